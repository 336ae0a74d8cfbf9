// SPDX-License-Identifier: BSD-3-Clause
// Damping: what flaps is listed a few times and then summed up; nobody else pays for it.
#include <stdio.h>
#include <string.h>

#include "event_damp.h"
#include "suite.h"

static struct event_damp *damp;

static void begin(uint32_t n_subjects)
{
	damp = event_damp_create(n_subjects, 7);
	CU_ASSERT_PTR_NOT_NULL_FATAL(damp);
}

static struct app_event port_event(const char *port, bool is_up)
{
	struct app_event e = {.kind = is_up ? EVENT_PORT_UP : EVENT_PORT_DOWN};

	snprintf(e.port, sizeof(e.port), "%s", port);
	snprintf(e.text, sizeof(e.text), "%s %s", port, is_up ? "up" : "down");
	return e;
}

static bool flap(const char *port, bool is_up, uint64_t now_ms)
{
	struct app_event e = port_event(port, is_up);

	return event_damp_take(damp, &e, now_ms);
}

static void six_changes_are_listed_and_the_rest_is_one_line(void)
{
	struct event_damp_told told;
	uint32_t n_listed = 0;
	uint64_t now_ms = 1000000;

	begin(64);
	for (int i = 0; i < 20; i++, now_ms += 500)
		n_listed += flap("ether1", i % 2 == 1, now_ms);
	CU_ASSERT_EQUAL(n_listed, EVENT_DAMP_LISTED);
	CU_ASSERT_TRUE(flap("ether2", false, now_ms)); // another one is heard all the same
	now_ms -= 500;                                 // the last one was then
	CU_ASSERT_FALSE(event_damp_next(damp, now_ms + EVENT_DAMP_QUIET_MS - 1, &told));
	CU_ASSERT_TRUE(event_damp_next(damp, now_ms + EVENT_DAMP_QUIET_MS, &told));
	CU_ASSERT_EQUAL(told.n_held, 14);
	CU_ASSERT_EQUAL(told.over_ms, 13 * 500 + EVENT_DAMP_QUIET_MS);
	CU_ASSERT_EQUAL(told.last.kind, EVENT_PORT_UP); // how it is now
	CU_ASSERT_STRING_EQUAL(told.last.text, "ether1 up");
	CU_ASSERT_FALSE(event_damp_next(damp, now_ms + 2 * EVENT_DAMP_QUIET_MS, &told));
	event_damp_destroy(damp);
}

static void what_never_rests_is_told_once_a_minute(void)
{
	struct event_damp_told told;
	uint32_t n_listed = 0;
	uint32_t n_told = 0;
	uint32_t n_held = 0;

	begin(64);
	for (uint64_t ms = 0; ms < 600000; ms += 100) {
		n_listed += flap("ether1", ms / 100 % 2 == 1, 1000000 + ms);
		while (event_damp_next(damp, 1000000 + ms, &told)) {
			n_told++;
			n_held += told.n_held;
		}
	}
	CU_ASSERT_EQUAL(n_listed, EVENT_DAMP_LISTED);
	CU_ASSERT_EQUAL(n_told, 9);
	CU_ASSERT_TRUE(n_held > 5000);
	event_damp_destroy(damp);
}

static void quiet_subject_is_as_new_after_a_minute(void)
{
	begin(64);
	for (int i = 0; i < EVENT_DAMP_LISTED; i++)
		CU_ASSERT_TRUE(flap("ether1", true, 1000000));
	CU_ASSERT_FALSE(flap("ether1", false, 1000000));
	struct event_damp_told told;
	CU_ASSERT_TRUE(event_damp_next(damp, 1020000, &told));
	CU_ASSERT_FALSE(event_damp_next(damp, 1020000, &told));
	CU_ASSERT_FALSE(flap("ether1", true, 1020000 + EVENT_DAMP_WINDOW_MS - 1));
	CU_ASSERT_TRUE(event_damp_next(damp, 1120000, &told));
	CU_ASSERT_TRUE(flap("ether1", true, 1120000 + EVENT_DAMP_WINDOW_MS));
	event_damp_destroy(damp);
}

static void slow_changes_are_never_held(void)
{
	begin(64);
	for (uint64_t i = 0; i < 200; i++)
		CU_ASSERT_TRUE(flap("ether1", i % 2 == 1, 1000000 + i * 12000));
	event_damp_destroy(damp);
}

static void loop_and_storm_of_a_port_are_two_things_whatever_the_source(void)
{
	struct app_event loop = {.kind = EVENT_LOOP, .port = "r0"};
	struct app_event storm = {.kind = EVENT_STORM, .port = "r0"};
	uint32_t n_loops = 0;

	begin(64);
	for (uint64_t mac = 1; mac <= 100; mac++) {
		loop.mac = mac;
		n_loops += event_damp_take(damp, &loop, 1000000);
	}
	CU_ASSERT_EQUAL(n_loops, EVENT_DAMP_LISTED);
	CU_ASSERT_TRUE(event_damp_take(damp, &storm, 1000000));
	event_damp_destroy(damp);
}

static void nodes_differ_by_id_and_neighbors_by_mac_and_port(void)
{
	struct app_event node = {.kind = EVENT_NODE_DOWN};
	struct app_event neighbor = {.kind = EVENT_NEIGHBOR_UP, .port = "a", .mac = 5};
	struct app_event down = {.kind = EVENT_NEIGHBOR_DOWN, .port = "a", .mac = 5};
	uint32_t n = 0;

	begin(1024);
	for (uint64_t id = 1; id <= 200; id++) {
		node.id = id;
		CU_ASSERT_TRUE(event_damp_take(damp, &node, 1000000));
	}
	for (int i = 0; i < 10; i++) // up and down are changes of one thing
		n += event_damp_take(damp, i % 2 == 0 ? &neighbor : &down, 1000000);
	CU_ASSERT_EQUAL(n, EVENT_DAMP_LISTED);
	for (uint64_t id = 1; id <= 100; id++) { // so are its ids, a new one in each frame
		neighbor.id = id;
		CU_ASSERT_FALSE(event_damp_take(damp, &neighbor, 1000000));
	}
	neighbor.port[0] = 'b';
	CU_ASSERT_TRUE(event_damp_take(damp, &neighbor, 1000000));
	event_damp_destroy(damp);
}

static void flood_of_subjects_is_bounded_and_what_is_forgotten_is_counted(void)
{
	struct app_event e = {.kind = EVENT_NEIGHBOR_UP, .port = "a"};
	struct event_damp_told told;
	uint64_t n_listed = 0;
	uint64_t n_told = 0;

	begin(64);
	for (uint64_t mac = 1; mac <= 100000; mac++) {
		e.mac = mac;
		for (int i = 0; i < EVENT_DAMP_LISTED + 2; i++)
			n_listed += event_damp_take(damp, &e, 1000000 + mac);
	}
	while (event_damp_next(damp, 2000000, &told))
		n_told += told.n_held;
	CU_ASSERT_EQUAL(n_listed, 100000ull * EVENT_DAMP_LISTED);
	CU_ASSERT_EQUAL(n_told + event_damp_lost(damp), 200000);
	CU_ASSERT_EQUAL(event_damp_lost(damp), 0);
	event_damp_destroy(damp);
}

// Where there is room for four: what tells nothing goes first, then what was quiet for the longest time.
static void who_makes_room_is_who_is_missed_least(void)
{
	static const char *const ports[] = {"p1", "p2", "p3", "p4"};
	struct event_damp_told told;

	begin(4);
	for (uint64_t p = 0; p < 4; p++) {
		for (int i = 0; i < EVENT_DAMP_LISTED; i++)
			CU_ASSERT_TRUE(flap(ports[p], true, 1000000 + p));
	}
	CU_ASSERT_FALSE(flap("p1", false, 1000000)); // holds one, and is the oldest
	CU_ASSERT_TRUE(flap("p5", true, 1000010));
	CU_ASSERT_EQUAL(event_damp_lost(damp), 0);
	CU_ASSERT_FALSE(flap("p1", true, 1000011)); // is remembered
	CU_ASSERT_FALSE(flap("p3", true, 1000012));
	CU_ASSERT_FALSE(flap("p4", true, 1000013));
	CU_ASSERT_TRUE(
		flap("p2", true, 1000014)); // was quiet for longer than p3 and p4; takes the place of p5
	for (int i = 1; i < EVENT_DAMP_LISTED; i++)
		CU_ASSERT_TRUE(flap("p2", true, 1000014));
	CU_ASSERT_FALSE(flap("p2", false, 1000015)); // all four hold something now
	CU_ASSERT_EQUAL(event_damp_lost(damp), 0);
	CU_ASSERT_TRUE(flap("p6", true, 1000016));
	CU_ASSERT_EQUAL(event_damp_lost(damp), 2); // those of p1
	uint32_t n = 0;
	while (event_damp_next(damp, 1000016 + EVENT_DAMP_QUIET_MS, &told)) {
		CU_ASSERT_STRING_NOT_EQUAL(told.last.port, "p1");
		n += told.n_held;
	}
	CU_ASSERT_EQUAL(n, 3);
	event_damp_destroy(damp);
}

// A port makes up neighbors as fast as it can; one of another port flaps: its changes are held all the same.
static void flood_by_one_port_forgets_nothing_of_another(void)
{
	struct app_event made_up = {.kind = EVENT_NEIGHBOR_UP, .port = "a", .cause = 1};
	struct app_event flapping = {.kind = EVENT_NEIGHBOR_DOWN, .port = "b", .cause = 2, .mac = 7};
	struct app_event other = {.kind = EVENT_NEIGHBOR_DOWN, .port = "c", .cause = 3, .mac = 7};
	struct event_damp_told told;
	uint32_t n_listed[2] = {0};
	uint32_t n_told[2] = {0};

	begin(64);
	for (uint64_t mac = 1; mac <= 50000; mac++) {
		made_up.mac = mac;
		for (int i = 0; i < EVENT_DAMP_LISTED + 2; i++)
			(void)!event_damp_take(damp, &made_up, 1000000 + mac / 10);
		if (mac % 500 == 0) {
			n_listed[0] += event_damp_take(damp, &flapping, 1000000 + mac / 10);
			n_listed[1] += event_damp_take(damp, &other, 1000000 + mac / 10);
		}
	}
	CU_ASSERT_EQUAL(n_listed[0], EVENT_DAMP_LISTED);
	CU_ASSERT_EQUAL(n_listed[1], EVENT_DAMP_LISTED);
	while (event_damp_next(damp, 2000000, &told)) {
		n_told[0] += told.last.cause == 2 ? told.n_held : 0;
		n_told[1] += told.last.cause == 3 ? told.n_held : 0;
	}
	CU_ASSERT_EQUAL(n_told[0], 100 - EVENT_DAMP_LISTED);
	CU_ASSERT_EQUAL(n_told[1], 100 - EVENT_DAMP_LISTED);
	event_damp_destroy(damp);
}

// In a set that is full, what was quiet for a window makes room before anything that was not.
static void what_is_long_over_makes_room_first(void)
{
	struct app_event e = {.kind = EVENT_NEIGHBOR_UP, .port = "a", .cause = 1};
	struct app_event one = {.kind = EVENT_NEIGHBOR_UP, .port = "b", .cause = 2};
	uint32_t n_held = 0;

	begin(4); // one set
	one.mac = 100;
	CU_ASSERT_TRUE(event_damp_take(damp, &one, 1000000));
	one.mac = 101;
	for (int i = 0; i < EVENT_DAMP_LISTED; i++)
		CU_ASSERT_TRUE(event_damp_take(damp, &one, 1000000 + EVENT_DAMP_WINDOW_MS - 1));
	for (e.mac = 1; e.mac <= 3; e.mac++) // the third takes the place of 100
		CU_ASSERT_TRUE(event_damp_take(damp, &e, 1000000 + EVENT_DAMP_WINDOW_MS));
	n_held += !event_damp_take(damp, &one, 1000000 + EVENT_DAMP_WINDOW_MS);
	CU_ASSERT_EQUAL(n_held, 1);
	CU_ASSERT_EQUAL(event_damp_lost(damp), 0);
	event_damp_destroy(damp);
}

static void every_kind_has_a_name_a_severity_and_a_family(void)
{
	char tidy[32];

	for (enum event_kind k = EVENT_INVALID + 1; k < EVENT_N_KINDS; k++) {
		CU_ASSERT_TRUE(strlen(event_kind_name(k)) > 3);
		CU_ASSERT_TRUE(
			event_kind_severity(k) >= BASE_LOG_ERROR && event_kind_severity(k) <= BASE_LOG_INFO);
		CU_ASSERT_NOT_EQUAL(event_kind_family(k), EVENT_FAMILY_INVALID);
	}
	event_text_tidy(tidy, sizeof(tidy), "a\\x01 \x01\xff b");
	CU_ASSERT_STRING_EQUAL(tidy, "a\\x01 \\x01\\xff b");
}

static const struct suite_case cases[] = {
	SUITE_CASE(six_changes_are_listed_and_the_rest_is_one_line),
	SUITE_CASE(what_never_rests_is_told_once_a_minute),
	SUITE_CASE(quiet_subject_is_as_new_after_a_minute),
	SUITE_CASE(slow_changes_are_never_held),
	SUITE_CASE(loop_and_storm_of_a_port_are_two_things_whatever_the_source),
	SUITE_CASE(nodes_differ_by_id_and_neighbors_by_mac_and_port),
	SUITE_CASE(flood_of_subjects_is_bounded_and_what_is_forgotten_is_counted),
	SUITE_CASE(who_makes_room_is_who_is_missed_least),
	SUITE_CASE(flood_by_one_port_forgets_nothing_of_another),
	SUITE_CASE(what_is_long_over_makes_room_first),
	SUITE_CASE(every_kind_has_a_name_a_severity_and_a_family),
};

SUITE_MAIN("event damp", cases)
