// SPDX-License-Identifier: BSD-3-Clause
// The list of events: numbers, kinds, what is lost, what floods are held to, who follows.
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app_bed.h"
#include "events.h"
#include "suite.h"

#define ONE                                               \
	"romon: { identity: n, id: 02:00:00:00:ff:01 }\n" \
	"ports: { a: { device: net_ring_app0, link-id: 11 } }\n"

static json_t *events(struct app_bed *bed, uint64_t since, uint64_t count)
{
	char args[64];

	snprintf(args, sizeof(args), "{\"since\": %d, \"count\": %d}", (int)since, (int)count);
	return app_bed_ask(bed, "events", args);
}

static json_int_t number(const json_t *answer, const char *key)
{
	return json_integer_value(json_object_get(answer, key));
}

static const json_t *row_at(const json_t *answer, size_t i)
{
	return json_array_get(json_object_get(answer, "rows"), i);
}

static void events_have_numbers_and_pages(void)
{
	struct app_bed *bed = app_bed_open(ONE);
	uint64_t first = events_count(&bed->app);

	for (int i = 0; i < 10; i++)
		events_add(&bed->app, EVENT_CONFIG_APPLIED, "a", 0, "change %d", i);
	CU_ASSERT_EQUAL(events_count(&bed->app), first + 10);
	json_t *answer = events(bed, first, 4);
	CU_ASSERT_EQUAL(json_array_size(json_object_get(answer, "rows")), 4);
	CU_ASSERT_EQUAL(number(row_at(answer, 0), "seq"), (json_int_t)first + 1);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(row_at(answer, 3), "text")), "change 3");
	CU_ASSERT_EQUAL(number(answer, "next"), (json_int_t)first + 4);
	CU_ASSERT_EQUAL(number(answer, "lost"), 0);
	json_decref(answer);
	answer = events(bed, first + 10, 4);
	CU_ASSERT_EQUAL(json_array_size(json_object_get(answer, "rows")), 0);
	CU_ASSERT_EQUAL(number(answer, "next"), (json_int_t)first + 10);
	json_decref(answer);
	CU_ASSERT(app_bed_close(bed));
}

static void what_the_list_no_longer_has_is_counted(void)
{
	struct app_bed *bed = app_bed_open(ONE);
	uint64_t first = events_count(&bed->app);

	for (int i = 0; i < EVENTS_MAX + 7; i++)
		events_add(&bed->app, EVENT_CONFIG_APPLIED, "", 0, "change %d", i);
	json_t *answer = events(bed, first, 1);
	CU_ASSERT_EQUAL(number(answer, "lost"), 7);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(row_at(answer, 0), "text")), "change 7");
	json_decref(answer);
	CU_ASSERT(app_bed_close(bed));
}

// The answer's count of that type, -1 = it has no such row.
static json_int_t count_of(const json_t *counts, const char *type)
{
	const json_t *row;
	size_t i;

	json_array_foreach (counts, i, row) {
		if (strcmp(json_string_value(json_object_get(row, "type")), type) == 0)
			return number(row, "count");
	}
	return -1;
}

// Also those that the list has forgotten, and types of which there was none.
static void each_type_is_counted(void)
{
	struct app_bed *bed = app_bed_open(ONE);
	json_t *before = app_bed_ask(bed, "event-counts", "{}");

	for (int i = 0; i < EVENTS_MAX + 7; i++)
		events_add(&bed->app, EVENT_CONFIG_APPLIED, "", 0, "change %d", i);
	json_t *after = app_bed_ask(bed, "event-counts", "{}");
	CU_ASSERT_EQUAL(json_array_size(after), EVENT_N_KINDS - 1);
	CU_ASSERT_EQUAL(
		count_of(after, "config-applied"), count_of(before, "config-applied") + EVENTS_MAX + 7);
	CU_ASSERT_EQUAL(count_of(after, "storm"), 0);
	CU_ASSERT_STRING_EQUAL(
		json_string_value(json_object_get(json_array_get(after, 0), "severity")), "info");
	json_decref(before);
	json_decref(after);
	CU_ASSERT(app_bed_close(bed));
}

static void every_kind_has_a_name_a_severity_and_a_family(void)
{
	for (int k = EVENT_INVALID + 1; k < EVENT_N_KINDS; k++) {
		enum event_kind kind = (enum event_kind)k;

		CU_ASSERT(strlen(event_kind_name(kind)) > 2);
		CU_ASSERT_NOT_EQUAL(event_kind_severity(kind), BASE_LOG_INVALID);
		CU_ASSERT(event_kind_family(kind) > EVENT_FAMILY_INVALID &&
			  event_kind_family(kind) < EVENT_N_FAMILIES);
		for (int j = EVENT_INVALID + 1; j < k; j++)
			CU_ASSERT_STRING_NOT_EQUAL(
				event_kind_name(kind), event_kind_name((enum event_kind)j));
	}
}

static void a_flood_of_neighbors_is_summed_up_and_hides_nothing_else(void)
{
	struct app_bed *bed =
		app_bed_open(ONE "limits: { neighbors: 1000, origins: 1000, discover-in: none }\n");
	struct frame f;

	for (uint16_t i = 1; i <= 900; i++) {
		frame_discover(&f, frame_mac(i), frame_mac(i), NULL, 0);
		app_bed_put(bed, 0, &f);
		if (i % 30 == 0)
			app_bed_turn(bed);
	}
	uint32_t n = app_bed_n_events(bed, EVENT_NEIGHBOR_UP) + app_bed_n_events(bed, EVENT_NEIGHBOR_CHANGED);
	CU_ASSERT(n >= 256);
	CU_ASSERT(n < 300);
	events_add(&bed->app, EVENT_STORM, "a", 0, "of our own");
	CU_ASSERT_PTR_NOT_NULL(app_bed_event(bed, EVENT_STORM));
	events_node(&bed->app, EVENT_NODE_DOWN, SNAP_PORTS_MAX, 5, "x", "of a node");
	CU_ASSERT_PTR_NOT_NULL(app_bed_event(bed, EVENT_NODE_DOWN));
	app_bed_advance_ms(bed, 1000);
	CU_ASSERT(app_bed_n_events(bed, EVENT_EVENTS_HELD) >= 1);
	CU_ASSERT(app_bed_close(bed));
}

static void what_flaps_is_told_at_first_and_then_summed_up(void)
{
	struct app_bed *bed = app_bed_open(ONE);

	for (int i = 0; i < 100; i++) {
		events_add(&bed->app, i % 2 == 0 ? EVENT_PORT_DOWN : EVENT_PORT_UP, "a", 0, "flap %d", i);
		app_bed_advance_ms(bed, 100);
	}
	uint32_t n = app_bed_n_events(bed, EVENT_PORT_DOWN) + app_bed_n_events(bed, EVENT_PORT_UP);
	CU_ASSERT(n >= 2);
	CU_ASSERT(n < 50);
	app_bed_advance_ms(bed, 120000);
	CU_ASSERT_PTR_NOT_NULL_FATAL(app_bed_event(bed, EVENT_PORT_UP)); // the last state is told in the end
	CU_ASSERT_PTR_NOT_NULL(strstr(app_bed_event(bed, EVENT_PORT_UP)->text, "flap 99"));
	CU_ASSERT(app_bed_close(bed));
}

static void text_from_the_wire_is_escaped(void)
{
	struct app_bed *bed = app_bed_open(ONE);

	events_node(&bed->app, EVENT_NODE_NEW, SNAP_PORTS_MAX, 5, "a\x1b[31m", "node \x1b[31m");
	const struct app_event *e = app_bed_event(bed, EVENT_NODE_NEW);
	CU_ASSERT_PTR_NOT_NULL_FATAL(e);
	CU_ASSERT_PTR_NULL(strchr(e->identity, 0x1b));
	CU_ASSERT_PTR_NULL(strchr(e->text, 0x1b));
	CU_ASSERT_EQUAL(e->id, 5);
	CU_ASSERT(app_bed_close(bed));
}

static void followers_hear_what_happens_and_only_that(void)
{
	struct app_bed *bed = app_bed_open(ONE);
	int fd = app_bed_connect(bed);

	app_bed_request(bed, fd, "{\"v\": 1, \"id\": 1, \"cmd\": \"events-follow\"}");
	json_t *line;
	while ((line = app_bed_line(bed, fd)) != NULL) {
		json_decref(line);
	}
	events_add(&bed->app, EVENT_CONFIG_APPLIED, "a", 0, "first");
	events_add(&bed->app, EVENT_CONFIG_FAILED, "a", 0, "second");
	app_bed_turn(bed);
	for (int i = 0; i < 2; i++) {
		line = app_bed_line(bed, fd);
		CU_ASSERT_PTR_NOT_NULL_FATAL(line);
		char *dump = json_dumps(line, 0);
		CU_ASSERT_PTR_NOT_NULL(strstr(dump, i == 0 ? "first" : "second"));
		free(dump);
		json_decref(line);
	}
	CU_ASSERT_PTR_NULL(app_bed_line(bed, fd));
	close(fd);
	app_bed_turn(bed);
	events_add(&bed->app, EVENT_CONFIG_APPLIED, "a", 0, "third");
	CU_ASSERT_PTR_NULL(bed->app.followers);
	CU_ASSERT(app_bed_close(bed));
}

static void the_history_survives_a_restart(void)
{
	struct app_bed *bed = app_bed_open_cfg(&(struct app_bed_cfg){.yaml = ONE, .is_kept = true});
	char folder[32];

	events_add(&bed->app, EVENT_CONFIG_FAILED, "a", 0, "long ago");
	CU_ASSERT(app_bed_leave(bed, folder));
	bed = app_bed_open_cfg(&(struct app_bed_cfg){.yaml = ONE, .is_kept = true, .folder = folder});
	json_t *answer = app_bed_ask(bed, "events", "{\"history\": true}");
	CU_ASSERT_PTR_NOT_NULL_FATAL(answer);
	char *dump = json_dumps(answer, 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(dump, "long ago"));
	free(dump);
	json_decref(answer);
	CU_ASSERT(app_bed_close(bed));
	bed = app_bed_open(ONE);
	CU_ASSERT_PTR_NULL(app_bed_ask(bed, "events", "{\"history\": true}"));
	CU_ASSERT(app_bed_close(bed));
}

// One event each, and none of what is no event.
static void what_workers_tell_is_told_each_as_its_kind(void)
{
	static const struct {
		enum xchg_event_type type;
		enum event_kind kind;
		const char *text;
	} rows[] = {
		{XCHG_EVENT_NEIGHBOR_NEW, EVENT_NEIGHBOR_UP, "neighbor 02:00:00:00:00:31 on a: new"},
		{XCHG_EVENT_NEIGHBOR_ID, EVENT_NEIGHBOR_CHANGED,
			"neighbor 02:00:00:00:00:31 on a: id is 02:00:00:00:00:32"},
		{XCHG_EVENT_NEIGHBOR_AGED, EVENT_NEIGHBOR_DOWN,
			"neighbor 02:00:00:00:00:31 on a: silent, forgotten"},
		{XCHG_EVENT_NEIGHBOR_EVICTED, EVENT_NEIGHBOR_EVICTED,
			"neighbor 02:00:00:00:00:31 on a: made room for a newer one"},
		{XCHG_EVENT_NEIGHBOR_DENIED, EVENT_NEIGHBOR_DOWN,
			"neighbor 02:00:00:00:00:31 on a: a filter refuses its id, forgotten"},
		{XCHG_EVENT_RELAY_LOOP, EVENT_LOOP,
			"loop: what 02:00:00:00:00:31 sent was relayed, and came back by a within loop-guard"},
		{XCHG_EVENT_STORM, EVENT_STORM, "storm: a brings more frames than its storm-limit"},
	};
	struct app_bed *bed = app_bed_open(ONE);
	struct base_mac mac = frame_mac(0x31), id = frame_mac(0x32);
	struct xchg_event e = {.mac = base_mac_u64(&mac), .id = base_mac_u64(&id)};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		uint64_t before = events_count(&bed->app);

		e.type = (uint8_t)rows[i].type;
		xchg_event_post(bed->app.channels[0], &e);
		app_bed_turn(bed);
		CU_ASSERT_EQUAL(events_count(&bed->app), before + 1);
		const struct app_event *told = app_bed_event(bed, rows[i].kind);
		CU_ASSERT_PTR_NOT_NULL_FATAL(told);
		CU_ASSERT_EQUAL(told->seq, before + 1);
		CU_ASSERT_STRING_EQUAL(told->text, rows[i].text);
		CU_ASSERT_STRING_EQUAL(told->port, "a");
		CU_ASSERT_EQUAL(told->mac, e.mac);
	}
	uint64_t before = events_count(&bed->app);
	e.type = XCHG_EVENT_INVALID;
	xchg_event_post(bed->app.channels[0], &e);
	app_bed_turn(bed);
	CU_ASSERT_EQUAL(events_count(&bed->app), before);
	CU_ASSERT(app_bed_close(bed));
}

static const struct suite_case cases[] = {
	SUITE_CASE(what_workers_tell_is_told_each_as_its_kind),
	SUITE_CASE(events_have_numbers_and_pages),
	SUITE_CASE(what_the_list_no_longer_has_is_counted),
	SUITE_CASE(each_type_is_counted),
	SUITE_CASE(every_kind_has_a_name_a_severity_and_a_family),
	SUITE_CASE(a_flood_of_neighbors_is_summed_up_and_hides_nothing_else),
	SUITE_CASE(what_flaps_is_told_at_first_and_then_summed_up),
	SUITE_CASE(text_from_the_wire_is_escaped),
	SUITE_CASE(followers_hear_what_happens_and_only_that),
	SUITE_CASE(the_history_survives_a_restart),
};

SUITE_MAIN("app_events", cases)
