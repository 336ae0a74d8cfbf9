// SPDX-License-Identifier: BSD-3-Clause
// The whole daemon in one thread: it starts, forwards, answers, asks, and stops without a loss. What the bed
// itself promises is shown here too.
#include <string.h>

#include "app_bed.h"
#include "suite.h"

#define TWO_PORTS                                                       \
	"romon: { identity: n, id: 02:00:00:00:ff:01, role: master }\n" \
	"discovery: { interval: 5s }\n"                                 \
	"ports:\n"                                                      \
	"  a: { device: net_ring_app0, link-id: 11 }\n"                 \
	"  b: { device: net_ring_app1, link-id: 22 }\n"

static json_int_t number(json_t *answer, const char *key)
{
	return json_integer_value(json_object_get(answer, key));
}

static const char *text(json_t *answer, const char *key)
{
	const char *s = json_string_value(json_object_get(answer, key));

	return s == NULL ? "" : s;
}

static void it_starts_and_stops_again_and_again(void)
{
	for (int i = 0; i < 3; i++) {
		struct app_bed *bed = app_bed_open(TWO_PORTS);

		json_t *status = app_bed_ask(bed, "status", NULL);
		CU_ASSERT_PTR_NOT_NULL_FATAL(status);
		CU_ASSERT_STRING_EQUAL(text(status, "identity"), "n");
		CU_ASSERT_STRING_EQUAL(text(status, "id"), "02:00:00:00:ff:01");
		json_decref(status);
		CU_ASSERT(app_bed_close(bed));
	}
}

static void a_discover_is_flooded_and_answered(void)
{
	struct app_bed *bed = app_bed_open(TWO_PORTS);
	struct frame f;

	frame_discover(&f, frame_mac(1), frame_mac(1), NULL, 0);
	app_bed_discard(bed, 0);
	app_bed_discard(bed, 1);
	app_bed_send(bed, 0, &f);
	CU_ASSERT(app_bed_take_type(bed, 1, WIRE_TYPE_DISCOVER, &f));
	app_bed_advance_ms(bed, 1000);
	CU_ASSERT(app_bed_take_type(bed, 0, WIRE_TYPE_DISCOVER_RESP, &f));
	CU_ASSERT_EQUAL(app_bed_n_events(bed, EVENT_NEIGHBOR_UP), 1);
	CU_ASSERT_EQUAL(app_bed_event(bed, EVENT_NEIGHBOR_UP)->mac,
		base_mac_u64(&(struct base_mac){{2, 0, 0, 0, 0, 1}}));
	CU_ASSERT(app_bed_close(bed));
}

static void a_master_asks_at_its_interval(void)
{
	struct app_bed *bed = app_bed_open(TWO_PORTS);
	struct frame f;
	uint32_t n = 0;

	app_bed_advance_ms(bed, 1000); // the first round, soon after the ports came up
	app_bed_discard(bed, 0);
	for (int i = 0; i < 50; i++) {
		app_bed_advance_ms(bed, 1000);
		while (app_bed_take_type(bed, 0, WIRE_TYPE_DISCOVER, &f))
			n++;
	}
	CU_ASSERT_EQUAL(n, 10);
	CU_ASSERT(app_bed_close(bed));
}

static void time_moves_only_as_the_test_says(void)
{
	struct app_bed *bed = app_bed_open(TWO_PORTS);
	json_t *before = app_bed_ask(bed, "status", NULL);

	app_bed_advance_ms(bed, 86400000 / 24);
	json_t *after = app_bed_ask(bed, "status", NULL);
	CU_ASSERT_EQUAL(number(after, "uptime-s") - number(before, "uptime-s"), 3600);
	json_decref(before);
	json_decref(after);
	CU_ASSERT(app_bed_close(bed));
}

static void commands_that_are_not_there_are_refused(void)
{
	struct app_bed *bed = app_bed_open(TWO_PORTS);

	CU_ASSERT_PTR_NULL(app_bed_ask(bed, "no-such", NULL));
	CU_ASSERT_EQUAL(bed->error.code, API_ERROR_UNKNOWN_COMMAND);
	CU_ASSERT_PTR_NULL(app_bed_ask(bed, "drops", "{\"port\": \"zz\"}"));
	CU_ASSERT_EQUAL(bed->error.code, API_ERROR_NOT_FOUND);
	CU_ASSERT(app_bed_close(bed));
}

static const struct suite_case cases[] = {
	SUITE_CASE(it_starts_and_stops_again_and_again),
	SUITE_CASE(a_discover_is_flooded_and_answered),
	SUITE_CASE(a_master_asks_at_its_interval),
	SUITE_CASE(time_moves_only_as_the_test_says),
	SUITE_CASE(commands_that_are_not_there_are_refused),
};

SUITE_MAIN("app", cases)
