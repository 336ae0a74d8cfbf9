// SPDX-License-Identifier: BSD-3-Clause
// The verb listen of the binary API. The thread of the session.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gw_listen.h"
#include "gw_print.h"
#include "gw_watch.h"
#include "rosapi_query.h"

struct listen {
	struct gw_watch *watch;
	const struct gw_menu *menu;
	struct gw_watcher *watcher;
	uint32_t n_queries;
	char *queries[ROSAPI_WORDS_MAX];
};

static void listen_free(void *ctx)
{
	struct listen *l = ctx;

	gw_watch_leave(l->watch, l->menu, l->watcher);
	for (uint32_t i = 0; i < l->n_queries; i++)
		free(l->queries[i]);
	free(l);
}

static void change_tell(
	const struct listen *l, const struct gw_change *c, const struct gw_job *job, struct gw_reply *r)
{
	static const struct gw_more dead[] = {{".dead", "yes"}, {NULL}};
	struct gw_row row;

	if (c->row == NULL)
		return; // romond is away, or back: what changed meanwhile is told when it is
	gw_menu_row(l->menu, c->row, &row);
	if (!rosapi_query_match((const char *const *)l->queries, l->n_queries, gw_row_value, &row))
		return;
	if (c->kind == GW_CHANGE_DEAD)
		gw_reply_row(r, job->tag, &row, ".id", dead);
	else
		gw_reply_row(r, job->tag, &row, job->proplist, NULL);
}

static bool listen_run(void *ctx, struct gw_job *job, struct gw_reply *r)
{
	struct listen *l = ctx;
	struct gw_change c = {0};
	int rc = 1;

	while (!r->is_over && (rc = gw_watcher_next(l->watcher, &c)) > 0) {
		change_tell(l, &c, job, r);
		json_decref(c.row);
	}
	if (rc != -EOVERFLOW)
		return false;
	gw_reply_trap(
		r, job->tag, GW_CATEGORY_GENERAL, "more changed than was read: print, then listen again");
	return true;
}

static const struct gw_job_kind listen_kind = {listen_run, listen_free};

void gw_listen(struct gw_jobs *jobs, struct gw_reply *r, const struct gw_shared *shared,
	const struct gw_menu *menu, const struct rosapi_request *q)
{
	if (!gw_print_check(r, q))
		return;
	struct listen *l = calloc(1, sizeof(*l));
	struct gw_watcher *watcher = l == NULL ? NULL : gw_watch_join(shared->watch, menu);
	if (watcher == NULL) {
		free(l);
		gw_reply_trap(r, q->tag, GW_CATEGORY_GENERAL, "out of memory");
		return;
	}
	l->watch = shared->watch;
	l->menu = menu;
	l->watcher = watcher;
	while (l->n_queries < q->n_queries &&
		(l->queries[l->n_queries] = strdup(q->queries[l->n_queries])) != NULL)
		l->n_queries++;
	gw_jobs_add(jobs, r, q, &listen_kind, l, gw_watcher_fd(watcher), UINT64_MAX);
}
