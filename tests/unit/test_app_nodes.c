// SPDX-License-Identifier: BSD-3-Clause
// Discovery, inventory, pings and rosters of the whole daemon: who is found, kept, lost, forgotten, and what
// `nodes`, `node`, `links`, `discover` and `ping` say.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app_bed.h"
#include "base_be.h"
#include "base_clock.h"
#include "discovery.h"
#include "stream_roster.h"
#include "suite.h"
#include "topo_frame.h"

#define MASTER                                                          \
	"romon: { identity: m, id: 02:00:00:00:ff:01, role: master }\n" \
	"discovery: { interval: 5s, late-after: 2, down-after: 4 }\n"   \
	"ports: { a: { device: net_ring_app0, link-id: 11 },\n"         \
	"  b: { device: net_ring_app1, link-id: 22 } }\n"

static const struct app_bed_node hap = {{{2, 0, 0, 0, 0, 0x10}}, "hap", NULL, 7, 200};
static const struct app_bed_node crs = {{{2, 0, 0, 0, 0, 0x20}}, "crs", NULL, 8, 300};

static json_t *node_row(struct app_bed *bed, const char *id)
{
	char args[64];

	snprintf(args, sizeof(args), "{\"id\": \"%s\"}", id);
	return app_bed_ask(bed, "node", args);
}

static const char *text(const json_t *row, const char *key)
{
	const char *s = json_string_value(json_object_get(row, key));

	return s == NULL ? "" : s;
}

static bool has_status(struct app_bed *bed, const char *id, const char *status)
{
	json_t *row = node_row(bed, id);
	bool is_it = row != NULL && strcmp(text(row, "status"), status) == 0;

	json_decref(row);
	return is_it;
}

// Rounds of a master, answered by both nodes.
static void rounds(struct app_bed *bed, int n)
{
	for (int i = 0; i < n; i++) {
		app_bed_advance_ms(bed, 5000);
		CU_ASSERT(app_bed_answer(bed, 0, &hap));
		CU_ASSERT(app_bed_answer(bed, 1, &crs));
	}
}

static struct app_bed *with_nodes(void)
{
	struct app_bed *bed = app_bed_open(MASTER);

	rounds(bed, 2);
	return bed;
}

static void who_answers_is_known(void)
{
	struct app_bed *bed = with_nodes();
	json_t *nodes = app_bed_ask(bed, "nodes", NULL);

	CU_ASSERT_EQUAL(json_array_size(json_object_get(nodes, "rows")), 2);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(nodes, "total")), 2);
	CU_ASSERT(json_is_null(json_object_get(nodes, "next")));
	json_decref(nodes);
	json_t *row = node_row(bed, "hap");
	CU_ASSERT_PTR_NOT_NULL_FATAL(row);
	CU_ASSERT_STRING_EQUAL(text(row, "address"), "02:00:00:00:00:10");
	CU_ASSERT_STRING_EQUAL(text(row, "status"), "ok");
	CU_ASSERT_STRING_EQUAL(text(row, "board"), "made up");
	CU_ASSERT(json_is_true(json_object_get(row, "reachable")));
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(row, "hops")), 1);
	const json_t *link = json_array_get(json_object_get(row, "links"), 0);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(link, "link-id")), 11);
	CU_ASSERT_STRING_EQUAL(text(link, "mac-address"), "02:00:00:00:00:10");
	json_decref(row);
	CU_ASSERT_EQUAL(app_bed_n_events(bed, EVENT_NODE_NEW), 2);
	CU_ASSERT(app_bed_close(bed));
}

static void an_answer_by_another_port_than_it_names_is_refused(void)
{
	struct app_bed *bed = app_bed_open(MASTER);
	struct frame f, answer;
	struct wire_l2 l2;
	struct wire_frame parsed;
	struct topo_self self = {.id = hap.id, .identity = "hap", .identity_len = 3};
	struct topo_port port = {.link_id = 7, .l2mtu = 1500, .cost = 200, .mac = hap.id};

	app_bed_advance_ms(bed, 1000);
	CU_ASSERT_FATAL(app_bed_take_type(bed, 0, WIRE_TYPE_DISCOVER, &f));
	CU_ASSERT_FATAL(frame_parse(&f, &l2, &parsed));
	struct base_mac other = app_bed_mac(bed, "b");
	answer.len = (uint32_t)topo_resp_build(
		answer.bytes, sizeof(answer.bytes), &self, &port, &other, f.bytes + l2.romon_off, &parsed);
	app_bed_send(bed, 1, &answer);
	CU_ASSERT_EQUAL(discovery_counts(&bed->app).answers, 0);
	CU_ASSERT_EQUAL(discovery_counts(&bed->app).answers_refused, 1);
	json_t *status = app_bed_ask(bed, "status", NULL);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(status, "answers-refused")), 1);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(status, "answers-taken")), 0);
	json_decref(status);
	CU_ASSERT_PTR_NULL(node_row(bed, "hap"));
	CU_ASSERT(app_bed_close(bed));
}

static void silence_makes_late_then_down_and_an_answer_up(void)
{
	struct app_bed *bed = with_nodes();

	for (int i = 0; i < 6; i++) {
		app_bed_advance_ms(bed, 5000);
		(void)app_bed_answer(bed, 1, &crs);
		if (i == 2)
			CU_ASSERT(has_status(bed, "hap", "late"));
		CU_ASSERT(has_status(bed, "crs", "ok"));
	}
	CU_ASSERT(has_status(bed, "hap", "down"));
	CU_ASSERT_EQUAL(app_bed_n_events(bed, EVENT_NODE_LATE), 1);
	CU_ASSERT_EQUAL(app_bed_n_events(bed, EVENT_NODE_DOWN), 1);
	CU_ASSERT_STRING_EQUAL(app_bed_event(bed, EVENT_NODE_DOWN)->identity, "hap");
	json_t *status = app_bed_ask(bed, "status", NULL);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(status, "nodes-ok")), 1);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(status, "nodes-down")), 1);
	json_decref(status);
	app_bed_advance_ms(bed, 5000);
	CU_ASSERT(app_bed_answer(bed, 0, &hap));
	app_bed_advance_ms(bed, 100);
	CU_ASSERT(has_status(bed, "hap", "ok"));
	CU_ASSERT_EQUAL(app_bed_n_events(bed, EVENT_NODE_UP), 1);
	CU_ASSERT(app_bed_close(bed));
}

// The edges by a port that lost its link are of no use at once, not after rounds of silence.
static void a_lost_port_loses_its_edges_at_once(void)
{
	struct app_bed *bed = with_nodes();

	app_bed_link_set(bed, 0, false);
	app_bed_advance_ms(bed, 300);
	json_t *row = node_row(bed, "hap");
	CU_ASSERT(json_is_false(json_object_get(row, "reachable")));
	json_decref(row);
	row = node_row(bed, "crs");
	CU_ASSERT(json_is_true(json_object_get(row, "reachable")));
	json_decref(row);
	// and a port that comes back is asked at once, not in the next round
	app_bed_discard(bed, 0);
	app_bed_link_set(bed, 0, true);
	app_bed_advance_ms(bed, 500);
	CU_ASSERT(app_bed_answer(bed, 0, &hap));
	row = node_row(bed, "hap");
	CU_ASSERT(json_is_true(json_object_get(row, "reachable")));
	json_decref(row);
	CU_ASSERT(app_bed_close(bed));
}

static void another_link_id_loses_the_edges_of_the_old_one(void)
{
	struct app_bed *bed = with_nodes();

	CU_ASSERT_EQUAL(app_bed_reload(bed,
				"romon: { identity: m, id: 02:00:00:00:ff:01, role: master }\n"
				"discovery: { interval: 5s, late-after: 2, down-after: 4 }\n"
				"ports: { a: { device: net_ring_app0, link-id: 111 },\n"
				"  b: { device: net_ring_app1, link-id: 22 } }\n",
				0),
		0);
	app_bed_advance_ms(bed, 100);
	json_t *row = node_row(bed, "hap");
	CU_ASSERT(json_is_false(json_object_get(row, "reachable")));
	json_decref(row);
	CU_ASSERT(app_bed_close(bed));
}

static void nodes_are_paged_and_filtered(void)
{
	struct app_bed *bed = with_nodes();
	json_t *page = app_bed_ask(bed, "nodes", "{\"count\": 1}");

	CU_ASSERT_EQUAL(json_array_size(json_object_get(page, "rows")), 1);
	json_int_t next = json_integer_value(json_object_get(page, "next"));
	CU_ASSERT(next > 0);
	json_decref(page);
	char args[64];
	snprintf(args, sizeof(args), "{\"count\": 1, \"offset\": %d}", (int)next);
	page = app_bed_ask(bed, "nodes", args);
	CU_ASSERT_EQUAL(json_array_size(json_object_get(page, "rows")), 1);
	CU_ASSERT(json_is_null(json_object_get(page, "next")));
	json_decref(page);
	page = app_bed_ask(bed, "nodes", "{\"status\": \"down\"}");
	CU_ASSERT_EQUAL(json_array_size(json_object_get(page, "rows")), 0);
	json_decref(page);
	CU_ASSERT_PTR_NULL(app_bed_ask(bed, "nodes", "{\"count\": 1001}"));
	CU_ASSERT_PTR_NULL(app_bed_ask(bed, "nodes", "{\"count\": 0}"));
	CU_ASSERT(app_bed_close(bed));
}

static void links_have_two_ends(void)
{
	struct app_bed *bed = with_nodes();
	json_t *links = app_bed_ask(bed, "links", NULL);
	const json_t *rows = json_object_get(links, "rows");
	bool is_there = false;

	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *l = json_array_get(rows, i);

		is_there |= strcmp(text(l, "to"), "02:00:00:00:00:10") == 0 &&
			    json_integer_value(json_object_get(l, "from-link")) == 11 &&
			    json_integer_value(json_object_get(l, "to-link")) == 7 &&
			    json_is_true(json_object_get(l, "used")) &&
			    json_is_false(json_object_get(l, "stale"));
	}
	CU_ASSERT(is_there);
	CU_ASSERT_EQUAL(
		json_integer_value(json_object_get(links, "total")), (json_int_t)json_array_size(rows));
	json_decref(links);
	CU_ASSERT(app_bed_close(bed));
}

// Which node a text names: the last digits of its address, or -1 with the error's sentence in place.
static int named(struct app_bed *bed, const char *target)
{
	json_t *row = node_row(bed, target);
	const char *address = text(row, "address");
	int last = strlen(address) == 17 ? (int)strtol(address + 15, NULL, 16) : -1;

	json_decref(row);
	return last;
}

static void a_target_is_named_as_people_name_it(void)
{
	static const struct app_bed_node gw = {{{2, 0, 0, 0, 0, 0x10}}, "Dune-GW", NULL, 7, 200};
	static const struct app_bed_node ap = {{{2, 0, 0x5e, 0, 0, 0x20}}, "dune-gw2", NULL, 8, 300};
	static const struct {
		const char *target;
		int is;
	} rows[] = {{"02:00:00:00:00:10", 0x10}, {"02-00-00-00-00-10", 0x10}, {"0200.0000.0010", 0x10},
		{"020000000010", 0x10}, {"020000-000010", 0x10}, {"Dune-GW", 0x10}, {"dune-gw", 0x10},
		{"DUNE-GW2", 0x20}, {"*-gw", 0x10}, {"*gw?", 0x20}, {"02:00:5e", 0x20}, {"02005", 0x20},
		{"*:20", 0x20}, {"dune-gw2x", -1}, {"0200", -1}, {"dune", -1}, {"Dune-G", -1}, {"*", -1},
		{"une", -1}, {"02:00:00:00:00:99", -1}};
	struct app_bed *bed = app_bed_open(MASTER);

	app_bed_advance_ms(bed, 1000);
	CU_ASSERT(app_bed_answer(bed, 0, &gw));
	CU_ASSERT(app_bed_answer(bed, 1, &ap));
	for (size_t i = 0; i < BASE_ARRAY_LEN(rows); i++) {
		int is = named(bed, rows[i].target);

		CU_ASSERT_EQUAL(is, rows[i].is);
		if (is != rows[i].is)
			fprintf(stderr, "%s names %x\n", rows[i].target, (unsigned)is);
	}
	CU_ASSERT_EQUAL(named(bed, "dune"), -1);
	CU_ASSERT_EQUAL(bed->error.code, API_ERROR_BAD_ARGUMENT);
	CU_ASSERT_PTR_NOT_NULL(strstr(bed->error.message, "dune names 2 nodes: Dune-GW (02:00:00:00:00:10), "
							  "dune-gw2 (02:00:5e:00:00:20); name one"));
	CU_ASSERT_EQUAL(named(bed, "une"), -1);
	CU_ASSERT_EQUAL(bed->error.code, API_ERROR_NOT_FOUND);
	// what is to go is named by more than a pattern that several fit
	CU_ASSERT_PTR_NULL(app_bed_ask(bed, "node-forget", "{\"id\": \"dune*\"}"));
	CU_ASSERT_EQUAL(bed->error.code, API_ERROR_BAD_ARGUMENT);
	json_t *all = app_bed_ask(bed, "nodes", "{\"match\": \"0200.5e00.0020\"}");
	CU_ASSERT_EQUAL(json_array_size(json_object_get(all, "rows")), 1);
	json_decref(all);
	CU_ASSERT(app_bed_close(bed));
}

// A node that is to be found by its id is not the one that calls itself by it.
static void an_id_is_no_name(void)
{
	struct app_bed *bed = app_bed_open(MASTER);
	struct app_bed_node liar = crs;

	liar.identity = "020000000010";
	app_bed_advance_ms(bed, 1000);
	CU_ASSERT(app_bed_answer(bed, 0, &liar));
	CU_ASSERT_EQUAL(named(bed, "020000000010"), -1);
	CU_ASSERT_EQUAL(bed->error.code, API_ERROR_NOT_FOUND);
	CU_ASSERT(app_bed_close(bed));
}

static void a_target_of_many_lists_some(void)
{
	struct app_bed *bed = app_bed_open(MASTER);

	app_bed_advance_ms(bed, 1000);
	for (uint8_t i = 1; i <= 30; i++) {
		char name[32];
		struct app_bed_node n = {{{2, 0, 0, 0, 1, i}}, name, NULL, 100u + i, 200};

		snprintf(name, sizeof(name), "site-%u", i);
		CU_ASSERT(app_bed_answer(bed, 0, &n));
		app_bed_advance_ms(bed, 5000);
	}
	CU_ASSERT_EQUAL(named(bed, "site"), -1);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(bed->error.message, "site names 30 nodes: site-1 (02:00:00:00:01:01), "));
	CU_ASSERT_PTR_NOT_NULL(strstr(bed->error.message, " more; name one by its id"));
	CU_ASSERT(app_bed_close(bed));
}

static void names_of_nodes_are_judged(void)
{
	struct app_bed *bed = app_bed_open(MASTER);
	struct app_bed_node twin = crs;

	twin.identity = "hap";
	app_bed_advance_ms(bed, 1000);
	CU_ASSERT(app_bed_answer(bed, 0, &hap));
	CU_ASSERT(app_bed_answer(bed, 1, &twin));
	CU_ASSERT_PTR_NULL(node_row(bed, "hap"));
	CU_ASSERT_EQUAL(bed->error.code, API_ERROR_BAD_ARGUMENT);
	CU_ASSERT_PTR_NOT_NULL(strstr(bed->error.message, "2 nodes"));
	CU_ASSERT_PTR_NULL(node_row(bed, "02:00:00:00:ff:01")); // ourselves
	CU_ASSERT_EQUAL(bed->error.code, API_ERROR_BAD_ARGUMENT);
	CU_ASSERT_PTR_NULL(node_row(bed, "02:00:00:00:00:99"));
	CU_ASSERT_EQUAL(bed->error.code, API_ERROR_NOT_FOUND);
	CU_ASSERT_PTR_NULL(app_bed_ask(bed, "node", "{}"));
	CU_ASSERT_PTR_NULL(node_row(bed, ""));
	json_t *row = node_row(bed, "02:00:00:00:00:10");
	CU_ASSERT_PTR_NOT_NULL(row);
	json_decref(row);
	CU_ASSERT(app_bed_close(bed));
}

static void what_is_forgotten_is_gone_until_it_answers(void)
{
	struct app_bed *bed = with_nodes();

	json_t *row = app_bed_ask(bed, "node-forget", "{\"id\": \"hap\"}");
	CU_ASSERT_STRING_EQUAL(text(row, "identity"), "hap");
	json_decref(row);
	app_bed_advance_ms(bed, 100);
	CU_ASSERT_PTR_NULL(node_row(bed, "hap"));
	CU_ASSERT_EQUAL(app_bed_n_events(bed, EVENT_NODE_FORGOTTEN), 1);
	rounds(bed, 1);
	CU_ASSERT(has_status(bed, "hap", "ok"));
	CU_ASSERT(app_bed_close(bed));
}

static void what_was_known_is_known_after_a_restart(void)
{
	struct app_bed *bed = app_bed_open_cfg(&(struct app_bed_cfg){.yaml = MASTER, .is_kept = true});
	char folder[32];

	rounds(bed, 2);
	json_decref(app_bed_ask(bed, "node-forget", "{\"id\": \"crs\"}"));
	app_bed_advance_ms(bed, 200);
	CU_ASSERT(app_bed_leave(bed, folder));
	bed = app_bed_open_cfg(&(struct app_bed_cfg){.yaml = MASTER, .is_kept = true, .folder = folder});
	json_t *row = node_row(bed, "hap");
	CU_ASSERT_PTR_NOT_NULL_FATAL(row);
	CU_ASSERT_STRING_EQUAL(text(row, "board"), "made up");
	CU_ASSERT(json_is_false(json_object_get(row, "reachable"))); // nobody was heard yet
	json_decref(row);
	CU_ASSERT_PTR_NULL(node_row(bed, "crs"));
	CU_ASSERT_EQUAL(app_bed_n_events(bed, EVENT_NODE_NEW), 0);
	rounds(bed, 1);
	app_bed_advance_ms(bed, 100);
	CU_ASSERT(has_status(bed, "hap", "ok"));
	CU_ASSERT_EQUAL(app_bed_n_events(bed, EVENT_NODE_NEW), 1); // crs, which was forgotten
	CU_ASSERT(app_bed_close(bed));
}

#define MASTER_ID id_of(0x77)
#define MID_ID    id_of(0x78)
#define FAR_ID    id_of(0x79)

static uint64_t id_of(uint16_t n)
{
	struct base_mac mac = frame_mac(n);

	return base_mac_u64(&mac);
}

// A row in which no field has the value of another, or none.
static void far_report(struct app_bed *bed)
{
	struct topo_saved mid = {
		.id = MID_ID, .identity = "mid", .status = TOPO_OK, .path_n = 1, .path = {MID_ID}};
	struct topo_saved far = {.id = FAR_ID,
		.identity = "far away",
		.board = "RB5009",
		.master = "m9",
		.version = {7, 16, 2, 3},
		.status = TOPO_LATE,
		.cost = 123456,
		.hops = 21,
		.l2mtu = 1476,
		.path_n = 2,
		.path = {MID_ID, FAR_ID},
		.last_seen_us = APP_BED_WALL_US - 77000000};
	uint64_t first_us = APP_BED_WALL_US - 99000000;

	CU_ASSERT_EQUAL(topo_report(discovery_topo(&bed->app), MASTER_ID, &mid, base_mono_ms(), first_us), 0);
	CU_ASSERT_EQUAL(topo_report(discovery_topo(&bed->app), MASTER_ID, &far, base_mono_ms(), first_us), 0);
}

static void far_is_there(struct app_bed *bed)
{
	const struct topo *t = discovery_topo(&bed->app);
	int64_t row = topo_find(t, FAR_ID);
	struct wire_version version = {7, 16, 2, 3};
	struct topo_saved s;

	CU_ASSERT_FATAL(row >= 0 && topo_saved_at(t, (uint32_t)row, &s));
	CU_ASSERT_EQUAL(s.id, FAR_ID);
	CU_ASSERT_STRING_EQUAL(s.identity, "far away");
	CU_ASSERT_STRING_EQUAL(s.board, "RB5009");
	CU_ASSERT_STRING_EQUAL(s.master, "m9");
	CU_ASSERT_EQUAL(memcmp(&s.version, &version, sizeof(version)), 0);
	CU_ASSERT_EQUAL(s.status, TOPO_LATE);
	CU_ASSERT_EQUAL(s.cost, 123456);
	CU_ASSERT_EQUAL(s.hops, 21);
	CU_ASSERT_EQUAL(s.l2mtu, 1476);
	CU_ASSERT_EQUAL_FATAL(s.path_n, 2);
	CU_ASSERT_EQUAL(s.path[0], MID_ID);
	CU_ASSERT_EQUAL(s.path[1], FAR_ID);
	CU_ASSERT_EQUAL(s.first_seen_us, APP_BED_WALL_US - 99000000);
	CU_ASSERT_EQUAL(s.last_seen_us, APP_BED_WALL_US - 77000000);
	CU_ASSERT_EQUAL(s.via_master, MASTER_ID);
}

static void each_field_of_a_node_outlives_a_restart(void)
{
	struct app_bed_cfg cfg = {.yaml = MASTER, .is_kept = true};
	struct app_bed *bed = app_bed_open_cfg(&cfg);
	char folder[32];

	far_report(bed);
	far_is_there(bed);
	app_bed_advance_ms(bed, 200);
	CU_ASSERT(app_bed_leave(bed, folder));
	cfg.folder = folder;
	bed = app_bed_open_cfg(&cfg);
	far_is_there(bed);
	json_t *status = app_bed_ask(bed, "status", NULL);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(status, "nodes-late")), 1);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(status, "nodes-ok")), 1);
	json_decref(status);
	CU_ASSERT(app_bed_close(bed));
}

static void each_field_of_a_node_outlives_another_id_of_ours(void)
{
	struct app_bed *bed = app_bed_open(MASTER);

	far_report(bed);
	CU_ASSERT_EQUAL(app_bed_reload(bed,
				"romon: { identity: m, id: 02:00:00:00:ff:02, role: master }\n"
				"ports: { a: { device: net_ring_app0, link-id: 11 },\n"
				"  b: { device: net_ring_app1, link-id: 22 } }\n",
				0),
		0);
	far_is_there(bed);
	CU_ASSERT_EQUAL(topo_nodes_used(discovery_topo(&bed->app)), 2);
	CU_ASSERT(app_bed_close(bed));
}

static void another_id_of_ours_keeps_the_inventory(void)
{
	struct app_bed *bed = with_nodes();

	CU_ASSERT_EQUAL(app_bed_reload(bed,
				"romon: { identity: m, id: 02:00:00:00:ff:02, role: master }\n"
				"discovery: { interval: 5s, late-after: 2, down-after: 4 }\n"
				"ports: { a: { device: net_ring_app0, link-id: 11 },\n"
				"  b: { device: net_ring_app1, link-id: 22 } }\n",
				0),
		0);
	app_bed_advance_ms(bed, 100);
	json_t *row = node_row(bed, "hap");
	CU_ASSERT_PTR_NOT_NULL(row);
	json_decref(row);
	app_bed_discard(bed, 0);
	app_bed_discard(bed, 1);
	rounds(bed, 1);
	CU_ASSERT(has_status(bed, "hap", "ok"));
	CU_ASSERT(app_bed_close(bed));
}

static void an_agent_asks_only_while_somebody_wants_to_know(void)
{
	struct app_bed *bed = app_bed_open("romon: { identity: n, id: 02:00:00:00:ff:01 }\n"
					   "ports: { a: { device: net_ring_app0, link-id: 11 } }\n");
	struct frame f;

	app_bed_advance_ms(bed, 60000);
	CU_ASSERT(!app_bed_take_type(bed, 0, WIRE_TYPE_DISCOVER, &f));
	int fd = app_bed_connect(bed);
	app_bed_request(bed, fd, "{\"v\": 1, \"id\": 1, \"cmd\": \"discover\"}");
	app_bed_advance_ms(bed, 100);
	CU_ASSERT(app_bed_answer(bed, 0, &hap));
	app_bed_advance_ms(bed, 2000);
	json_t *line = app_bed_line(bed, fd);
	CU_ASSERT_PTR_NOT_NULL_FATAL(line);
	char *dump = json_dumps(line, 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(dump, "hap"));
	free(dump);
	json_decref(line);
	close(fd);
	app_bed_advance_ms(bed, 5000);
	app_bed_discard(bed, 0);
	app_bed_advance_ms(bed, 10000);
	CU_ASSERT(!app_bed_take_type(bed, 0, WIRE_TYPE_DISCOVER, &f));
	CU_ASSERT(app_bed_close(bed));
}

static uint32_t roster_token(const struct frame *f)
{
	struct stream_roster_ask ask = {0};
	struct wire_l2 l2;
	struct wire_frame parsed;

	CU_ASSERT_FATAL(frame_parse(f, &l2, &parsed));
	uint32_t at = l2.romon_off + parsed.body_off + (uint32_t)sizeof(struct wire_services);
	CU_ASSERT(stream_roster_ask_parse(f->bytes + at, f->len - at, &ask));
	return ask.seq;
}

// Every master that was found is asked what it knows, once an interval, by the port of its path; a node that
// is no master never. Whoever would answer in a master's place has to guess a token.
static void masters_are_asked_for_their_rosters(void)
{
	uint32_t tokens[16];
	struct app_bed *bed = app_bed_open(MASTER);
	struct app_bed_node master = hap;
	struct frame f;
	uint32_t n_asked = 0;

	master.master = "m2";
	for (int i = 0; i < 2; i++) {
		app_bed_advance_ms(bed, 5000);
		CU_ASSERT(app_bed_answer(bed, 0, &master));
		CU_ASSERT(app_bed_answer(bed, 1, &crs));
	}
	for (int i = 0; i < 200; i++) {
		app_bed_advance_ms(bed, 50);
		if (app_bed_take_type(bed, 0, WIRE_TYPE_DATA, &f) && n_asked < BASE_ARRAY_LEN(tokens))
			tokens[n_asked++] = roster_token(&f);
		CU_ASSERT(!app_bed_take_type(bed, 1, WIRE_TYPE_DATA, &f));
	}
	CU_ASSERT(n_asked >= 2);
	CU_ASSERT(n_asked <= 12); // with those that were sent again for want of an answer
	for (uint32_t i = 0; i < n_asked; i++) {
		for (uint32_t k = 0; k < i; k++)
			CU_ASSERT_NOT_EQUAL(tokens[i], tokens[k]);
	}
	CU_ASSERT(app_bed_close(bed));
}

// ---- pings

// The node sends the ping back that left by dev, as RouterOS does: ids and ports swapped.
static bool pong(struct app_bed *bed, uint32_t dev)
{
	struct frame f;
	struct wire_l2 l2;
	struct wire_frame parsed;
	uint8_t tmp[6];

	if (!app_bed_take_type(bed, dev, WIRE_TYPE_DATA, &f) || !frame_parse(&f, &l2, &parsed))
		return false;
	struct wire_hdr *h = frame_hdr(&f);
	struct wire_services *s = (struct wire_services *)(f.bytes + l2.romon_off + parsed.body_off);
	struct wire_hop *hop = (struct wire_hop *)(uintptr_t)wire_hop_at(f.bytes + l2.romon_off, &parsed, 0);
	memcpy(tmp, &h->src_id, 6);
	memcpy(&h->src_id, &h->dst_id, 6);
	memcpy(&h->dst_id, tmp, 6);
	uint16_t from = base_be16_load(s->src_port);
	base_be16_store(s->src_port, base_be16_load(s->dst_port));
	base_be16_store(s->dst_port, from);
	memcpy(tmp, f.bytes, 6); // the way back
	memcpy(f.bytes, f.bytes + 6, 6);
	memcpy(f.bytes + 6, tmp, 6);
	memcpy(&hop->mac, f.bytes, 6);
	base_be32_store(hop->link_id, 7);
	app_bed_send(bed, dev, &f);
	return true;
}

static json_t *last_line(struct app_bed *bed, int fd)
{
	json_t *last = NULL;
	json_t *line;

	while ((line = app_bed_line(bed, fd)) != NULL) {
		json_decref(last);
		last = line;
	}
	return last;
}

static json_int_t ping_number(const json_t *line, const char *key)
{
	return json_integer_value(json_object_get(json_object_get(line, "data"), key));
}

static void pings_are_answered_lost_and_summed_up(void)
{
	struct app_bed *bed = with_nodes();
	int fd = app_bed_connect(bed);

	app_bed_discard(bed, 0);
	app_bed_request(bed, fd,
		"{\"v\": 1, \"id\": 1, \"cmd\": \"ping\", \"args\": {\"id\": \"hap\", \"count\": "
		"3, \"interval\": "
		"100}}");
	app_bed_turn(bed);
	CU_ASSERT(pong(bed, 0));
	json_t *line = app_bed_line(bed, fd);
	CU_ASSERT_PTR_NOT_NULL_FATAL(line);
	CU_ASSERT_EQUAL(ping_number(line, "seq"), 0);
	CU_ASSERT_STRING_EQUAL(text(json_object_get(line, "data"), "status"), "ok");
	json_decref(line);
	app_bed_request(bed, fd, "{\"v\": 1, \"id\": 2, \"cmd\": \"cancel\"}");
	line = app_bed_line(bed, fd); // the summary
	CU_ASSERT_PTR_NOT_NULL_FATAL(line);
	CU_ASSERT_TRUE(ping_number(line, "sent") >= 1 && ping_number(line, "received") == 1);
	CU_ASSERT_STRING_EQUAL(text(json_object_get(line, "data"), "address"), "02:00:00:00:00:10");
	json_decref(line);
	line = last_line(bed, fd); // behind it the answer to cancel
	CU_ASSERT_PTR_NOT_NULL(line);
	json_decref(line);
	close(fd);
	CU_ASSERT(app_bed_close(bed));
}

static void a_node_without_a_path_is_looked_for_and_then_given_up(void)
{
	struct app_bed *bed = app_bed_open("romon: { identity: n, id: 02:00:00:00:ff:01 }\n"
					   "ports: { a: { device: net_ring_app0, link-id: 11 } }\n");
	int fd = app_bed_connect(bed);
	struct frame f;

	app_bed_request(bed, fd,
		"{\"v\": 1, \"id\": 1, \"cmd\": \"ping\", \"args\": {\"id\": "
		"\"02:00:00:00:00:77\", \"count\": 1}}");
	app_bed_advance_ms(bed, 4900);
	json_t *early = app_bed_line(bed, fd); // it may say what it waits for
	CU_ASSERT_PTR_NULL(json_object_get(early, "error"));
	json_decref(early);
	CU_ASSERT(app_bed_take_type(bed, 0, WIRE_TYPE_DISCOVER, &f)); // it was asked for
	app_bed_advance_ms(bed, 300);
	json_t *line = app_bed_line(bed, fd);
	CU_ASSERT_PTR_NOT_NULL_FATAL(line);
	CU_ASSERT_STRING_EQUAL(text(json_object_get(line, "error"), "code"), "not-found");
	json_decref(line);
	close(fd);
	CU_ASSERT(app_bed_close(bed));
}

static void clients_that_leave_end_their_feeds(void)
{
	static const char *const requests[] = {
		"{\"v\": 1, \"id\": 1, \"cmd\": \"ping\", \"args\": {\"id\": \"hap\"}}",
		"{\"v\": 1, \"id\": 1, \"cmd\": \"discover\"}",
		"{\"v\": 1, \"id\": 1, \"cmd\": \"events-follow\"}",
		"{\"v\": 1, \"id\": 1, \"cmd\": \"torch\", \"args\": {\"port\": \"a\"}}",
	};
	struct app_bed *bed = with_nodes();

	for (int round = 0; round < 20; round++) {
		int fds[4];

		for (int i = 0; i < 4; i++) {
			fds[i] = app_bed_connect(bed);
			app_bed_request(bed, fds[i], requests[i]);
		}
		app_bed_advance_ms(bed, 100);
		for (int i = 0; i < 4; i++)
			close(fds[(i + round) % 4]);
		app_bed_advance_ms(bed, 100);
		CU_ASSERT_EQUAL(api_server_clients(bed->app.api), 0);
		app_bed_discard(bed, 0);
		app_bed_discard(bed, 1);
	}
	CU_ASSERT(app_bed_close(bed));
}

static const struct suite_case cases[] = {
	SUITE_CASE(who_answers_is_known),
	SUITE_CASE(an_answer_by_another_port_than_it_names_is_refused),
	SUITE_CASE(silence_makes_late_then_down_and_an_answer_up),
	SUITE_CASE(a_lost_port_loses_its_edges_at_once),
	SUITE_CASE(another_link_id_loses_the_edges_of_the_old_one),
	SUITE_CASE(nodes_are_paged_and_filtered),
	SUITE_CASE(links_have_two_ends),
	SUITE_CASE(a_target_is_named_as_people_name_it),
	SUITE_CASE(an_id_is_no_name),
	SUITE_CASE(a_target_of_many_lists_some),
	SUITE_CASE(names_of_nodes_are_judged),
	SUITE_CASE(what_is_forgotten_is_gone_until_it_answers),
	SUITE_CASE(what_was_known_is_known_after_a_restart),
	SUITE_CASE(another_id_of_ours_keeps_the_inventory),
	SUITE_CASE(each_field_of_a_node_outlives_a_restart),
	SUITE_CASE(each_field_of_a_node_outlives_another_id_of_ours),
	SUITE_CASE(an_agent_asks_only_while_somebody_wants_to_know),
	SUITE_CASE(masters_are_asked_for_their_rosters),
	SUITE_CASE(pings_are_answered_lost_and_summed_up),
	SUITE_CASE(a_node_without_a_path_is_looked_for_and_then_given_up),
	SUITE_CASE(clients_that_leave_end_their_feeds),
};

SUITE_MAIN("app_nodes", cases)
