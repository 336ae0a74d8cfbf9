// SPDX-License-Identifier: BSD-3-Clause
// Requests that go on. The thread of the session.
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base_clock.h"
#include "gw_job.h"

static void job_free(struct gw_job *job)
{
	job->kind->free(job->ctx);
	free(job->tag);
	free(job->proplist);
}

static void remove_at(struct gw_jobs *jobs, uint32_t i)
{
	job_free(&jobs->list[i]);
	jobs->list[i] = jobs->list[--jobs->n];
}

bool gw_jobs_add(struct gw_jobs *jobs, struct gw_reply *r, const struct rosapi_request *q,
	const struct gw_job_kind *kind, void *ctx, int fd, uint64_t next_ms)
{
	const char *proplist = rosapi_request_arg(q, ".proplist");

	if (jobs->n == GW_JOBS_MAX) {
		kind->free(ctx);
		gw_reply_trap(r, q->tag, GW_CATEGORY_GENERAL,
			"too many commands go on in this connection: cancel some");
		return false;
	}
	jobs->list[jobs->n++] = (struct gw_job){.kind = kind,
		.ctx = ctx,
		.fd = fd,
		.next_ms = next_ms,
		.tag = q->tag == NULL ? NULL : strdup(q->tag),
		.proplist = proplist == NULL ? NULL : strdup(proplist)};
	return true;
}

static bool is_ready(const struct gw_job *job)
{
	struct pollfd p = {.fd = job->fd, .events = POLLIN};

	return base_mono_ms() >= job->next_ms || (job->fd >= 0 && poll(&p, 1, 0) > 0);
}

void gw_jobs_run(struct gw_jobs *jobs, struct gw_reply *r)
{
	for (uint32_t i = 0; i < jobs->n && !r->is_over;) {
		struct gw_job *job = &jobs->list[i];

		if (is_ready(job) && job->kind->run(job->ctx, job, r))
			remove_at(jobs, i);
		else
			i++;
	}
}

static bool is_named(const struct gw_job *job, const char *tag)
{
	return tag == NULL || (job->tag != NULL && strcmp(job->tag, tag) == 0);
}

// First each is told of its interruption, then the answer to /cancel, then that they are done: in this order
// by MikroTik's documentation. What has ended by itself is told nothing.
void gw_jobs_cancel(struct gw_jobs *jobs, struct gw_reply *r, const struct rosapi_request *q)
{
	const char *tag = rosapi_request_arg(q, "tag");

	for (uint32_t i = 0; i < jobs->n; i++) {
		if (is_named(&jobs->list[i], tag))
			gw_reply_trap_only(r, jobs->list[i].tag, GW_CATEGORY_INTERRUPTED, "interrupted");
	}
	gw_reply_done(r, q->tag, NULL);
	for (uint32_t i = 0; i < jobs->n;) {
		if (is_named(&jobs->list[i], tag)) {
			gw_reply_done(r, jobs->list[i].tag, NULL);
			remove_at(jobs, i);
		} else {
			i++;
		}
	}
}

int gw_jobs_wait_ms(const struct gw_jobs *jobs)
{
	uint64_t now_ms = base_mono_ms(), next_ms = UINT64_MAX;

	for (uint32_t i = 0; i < jobs->n; i++)
		next_ms = jobs->list[i].next_ms < next_ms ? jobs->list[i].next_ms : next_ms;
	if (next_ms == UINT64_MAX)
		return -1;
	uint64_t left_ms = next_ms > now_ms ? next_ms - now_ms : 0;
	return left_ms > INT_MAX ? INT_MAX : (int)left_ms;
}

void gw_jobs_fini(struct gw_jobs *jobs)
{
	while (jobs->n > 0)
		remove_at(jobs, jobs->n - 1);
}
