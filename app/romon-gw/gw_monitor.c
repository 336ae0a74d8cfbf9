// SPDX-License-Identifier: BSD-3-Clause
// The verb monitor of the binary API: how interfaces do, and what passes through them. The thread of the
// session.
#include <stdlib.h>
#include <string.h>

#include "base_clock.h"
#include "gw_listen.h"
#include "gw_value.h"

#define EVERY_MS  1000
#define NAMES_LEN 1024
#define PORTS_MAX 256
#define WHY_SIZE  512

// Counters as they were before, of the port at that place.
struct sample {
	uint64_t at_us;
	uint64_t rx_bytes, tx_bytes, rx_frames, tx_frames;
};

struct monitor {
	const struct gw_shared *shared;
	const struct gw_menu *menu;
	char names[NAMES_LEN]; // "a,b"; "" = all
	bool is_once;
	uint32_t every_ms;
	uint32_t section;
	uint32_t n_told; // rows of this turn
	struct sample before[PORTS_MAX];
};

static uint64_t number_of(json_t *port, const char *name)
{
	return (uint64_t)json_integer_value(json_object_get(port, name));
}

static void rate_add(struct gw_row *row, const char *name, uint64_t now, uint64_t before, uint64_t passed_us)
{
	char text[24];
	uint64_t more = now > before ? now - before : 0; // less: the port was opened anew

	snprintf(text, sizeof(text), "%llu", (unsigned long long)(more * 1000000 / passed_us));
	gw_row_add(row, name, text);
}

static void rates_add(struct gw_row *row, json_t *port, struct sample *before)
{
	struct sample now = {number_of(port, "at-us"), number_of(port, "rx-bytes"),
		number_of(port, "tx-bytes"), number_of(port, "rx-frames"), number_of(port, "tx-frames")};
	uint64_t passed_us = now.at_us - before->at_us;

	if (before->at_us != 0 &&
		now.at_us > before->at_us) { // the first time there is nothing to compare with
		rate_add(row, "rx-bits-per-second", 8 * now.rx_bytes, 8 * before->rx_bytes, passed_us);
		rate_add(row, "tx-bits-per-second", 8 * now.tx_bytes, 8 * before->tx_bytes, passed_us);
		rate_add(row, "rx-packets-per-second", now.rx_frames, before->rx_frames, passed_us);
		rate_add(row, "tx-packets-per-second", now.tx_frames, before->tx_frames, passed_us);
	}
	*before = now;
}

static void port_tell(
	struct monitor *m, struct gw_job *job, struct gw_reply *r, json_t *port, struct sample *before)
{
	const char *name = json_string_value(json_object_get(port, "name"));
	char section[16], speed[24];
	const struct gw_more more[] = {{".section", section}, {NULL}};
	struct gw_row row;

	gw_menu_row(m->menu, port, &row);
	const char *id = gw_row_value(&row, ".id");
	if (name == NULL || (m->names[0] != '\0' && !gw_row_is_listed(m->names, name) &&
				    (id == NULL || !gw_row_is_listed(m->names, id))))
		return;
	gw_row_clear(&row);
	gw_row_add(&row, "name", name);
	gw_row_add(&row, "status", json_is_true(json_object_get(port, "is-running")) ? "link-ok" : "no-link");
	uint64_t mbps = number_of(port, "speed-mbps");
	snprintf(speed, sizeof(speed), "%llu%s", (unsigned long long)(mbps % 1000 == 0 ? mbps / 1000 : mbps),
		mbps % 1000 == 0 ? "Gbps" : "Mbps");
	if (mbps > 0)
		gw_row_add(&row, "rate", speed);
	rates_add(&row, port, before);
	snprintf(section, sizeof(section), "%u", m->section);
	gw_reply_row(r, job->tag, &row, job->proplist, m->is_once ? NULL : more);
	m->n_told++;
}

static bool monitor_run(void *ctx, struct gw_job *job, struct gw_reply *r)
{
	struct monitor *m = ctx;
	struct gw_cursor cursor;
	char buf[WHY_SIZE];
	struct base_text why;
	json_t *port;
	uint32_t i = 0;
	int rc;

	base_text_init(&why, buf, sizeof(buf));
	m->n_told = 0;
	gw_cursor_open(&cursor, m->shared->tree, m->menu);
	while ((rc = gw_cursor_next(&cursor, &port, &why)) > 0 && i < PORTS_MAX && !r->is_over)
		port_tell(m, job, r, port, &m->before[i++]);
	gw_cursor_close(&cursor);
	m->section++;
	job->next_ms = base_mono_ms() + m->every_ms;
	if (rc < 0)
		gw_reply_trap(r, job->tag, GW_CATEGORY_GENERAL, buf);
	else if (m->n_told == 0)
		gw_reply_trap(r, job->tag, GW_CATEGORY_MISSING, "no such item");
	else if (m->is_once)
		gw_reply_done(r, job->tag, NULL);
	return rc < 0 || m->n_told == 0 || m->is_once;
}

static const struct gw_job_kind monitor_kind = {monitor_run, free};

void gw_monitor(struct gw_jobs *jobs, struct gw_reply *r, const struct gw_shared *shared,
	const struct gw_menu *menu, const struct rosapi_request *q)
{
	const char *names = rosapi_request_arg(q, "numbers"), *every = rosapi_request_arg(q, "interval");
	struct monitor *m = calloc(1, sizeof(*m));

	if (names == NULL)
		names = rosapi_request_arg(q, ".id");
	if (m == NULL) {
		gw_reply_trap(r, q->tag, GW_CATEGORY_GENERAL, "out of memory");
		return;
	}
	*m = (struct monitor){.shared = shared,
		.menu = menu,
		.is_once = rosapi_request_arg(q, "once") != NULL,
		.every_ms = EVERY_MS};
	if (strcmp(menu->path, "/interface") != 0) {
		free(m);
		gw_reply_trap(r, q->tag, GW_CATEGORY_MISSING, "no such command");
	} else if (base_text_copy(m->names, sizeof(m->names), names == NULL ? "" : names) != 0 ||
		   (every != NULL && (!gw_value_duration(every, &m->every_ms) || m->every_ms < 100))) {
		free(m);
		gw_reply_trap(r, q->tag, GW_CATEGORY_ARGUMENT,
			"expected names as numbers=a,b and an interval of at least 100ms");
	} else if (gw_jobs_add(jobs, r, q, &monitor_kind, m, -1, 0)) {
		gw_jobs_run(jobs, r);
	}
}
