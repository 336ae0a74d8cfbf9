// SPDX-License-Identifier: BSD-3-Clause
// Each thing that the topology tells becomes the daemon's event of its kind, with the node, its name, and the
// port on whose account it is; and what filters deny is forgotten where it was heard.
#include <stdlib.h>
#include <string.h>

#include "app_bed.h"
#include "base_clock.h"
#include "discovery.h"
#include "suite.h"
#include "topo.h"

#define NODE                                                            \
	"romon: { identity: n, id: 02:00:00:00:ff:01, role: master }\n" \
	"ports: { a: { device: net_ring_app0, link-id: 11 },\n"         \
	"  b: { device: net_ring_app1, link-id: 22 } }\n"

#define ID(a, b) ((uint64_t)(b) << 40 | (uint64_t)(a) << 32 | 2) // 02:00:00:00:a:b
#define OWN_ID   ID(0xff, 1)
#define NEAR     ID(0, 0x10)

static struct app_bed *bed;
static uint8_t slot_of[2]; // of ports a and b

// NEAR answers by a port, at a cost.
static struct topo_answer answer(uint32_t port, const char *name, uint16_t cost)
{
	return (struct topo_answer){.parent_id = OWN_ID,
		.parent_out = {.link_id = port == 0 ? 11 : 22, .l2mtu = 1500, .cost = cost, .mac = OWN_ID},
		.node_id = NEAR,
		.node_in = {.link_id = 7 + port, .l2mtu = 1500, .cost = cost, .mac = NEAR},
		.port = slot_of[port],
		.from_mac = NEAR,
		.identity = name,
		.identity_len = (uint8_t)strlen(name)};
}

static int taken(const struct topo_answer *a)
{
	return topo_learn(discovery_topo(&bed->app), a, base_mono_ms(), base_wall_us(), NULL);
}

static void begin(const char *yaml)
{
	bed = app_bed_open(yaml);
	app_bed_advance_ms(bed, 1000);
	for (uint8_t s = 0; s < SNAP_PORTS_MAX; s++) {
		if (bed->app.slots[s].is_used)
			slot_of[strcmp(bed->app.slots[s].name, "a") == 0 ? 0 : 1] = s;
	}
}

static void end(void)
{
	CU_ASSERT(app_bed_close(bed));
}

// By the account of port a, of port b, or of nobody (-1).
static void told(enum event_kind kind, int port, const char *identity, const char *text)
{
	app_bed_advance_ms(bed, 1000);
	const struct app_event *e = app_bed_event(bed, kind);

	CU_ASSERT_PTR_NOT_NULL_FATAL(e);
	CU_ASSERT_EQUAL(e->cause, port < 0 ? 0 : slot_of[port] + 1);
	CU_ASSERT_STRING_EQUAL(e->identity, identity);
	if (strstr(e->text, text) == NULL)
		fprintf(stderr, "(%s) ", e->text);
	CU_ASSERT_PTR_NOT_NULL(strstr(e->text, text));
}

static void what_a_node_does_is_an_event_of_its_kind(void)
{
	begin(NODE);
	struct topo_answer a = answer(0, "near", 10);
	CU_ASSERT_EQUAL(taken(&a), 0);
	told(EVENT_NODE_NEW, 0, "near", "node 02:00:00:00:00:10: new, near");
	CU_ASSERT_EQUAL(app_bed_event(bed, EVENT_NODE_NEW)->id, NEAR);
	a = answer(0, "nearer", 10);
	CU_ASSERT_EQUAL(taken(&a), 0);
	told(EVENT_NODE_CHANGED, 0, "nearer", "node 02:00:00:00:00:10: changed, identity near -> nearer");
	a = answer(0, "nearer", 20);
	CU_ASSERT_EQUAL(taken(&a), 0);
	told(EVENT_NODE_MOVED, 0, "nearer", "node 02:00:00:00:00:10: moved, cost 20 -> 40");
	app_bed_advance_ms(bed, 60 * 60000);
	told(EVENT_NODE_LATE, 0, "nearer", "node 02:00:00:00:00:10: late");
	told(EVENT_NODE_DOWN, 0, "nearer", "node 02:00:00:00:00:10: down");
	CU_ASSERT_EQUAL(taken(&a), 0);
	told(EVENT_NODE_UP, 0, "nearer", "node 02:00:00:00:00:10: up, was down");
	CU_ASSERT_EQUAL(topo_forget(discovery_topo(&bed->app), NEAR), 0);
	told(EVENT_NODE_FORGOTTEN, 0, "", "node 02:00:00:00:00:10: forgotten, by an operator");
	end();
}

static void a_path_that_carries_nothing_is_an_event(void)
{
	begin(NODE);
	for (int i = 0; i < 4; i++) {
		struct topo_answer a = answer(0, "near", 10);
		struct topo_answer b = answer(1, "near", 50);

		CU_ASSERT_EQUAL(taken(&a), 0);
		CU_ASSERT_EQUAL(taken(&b), 0);
		app_bed_advance_ms(bed, 1000);
		CU_ASSERT_EQUAL(taken(&a), 0);
		discovery_path_tell(&bed->app, NEAR, false, 1000);
	}
	told(EVENT_NODE_PATH_FAILED, 0, "near", "no answer to 2 in a row");
	end();
}

static void two_nodes_with_one_id_are_an_event_and_so_is_one_with_ours(void)
{
	begin(NODE);
	for (int i = 0; i < 4; i++) {
		struct topo_answer north = answer(0, "north", 10);
		struct topo_answer south = answer(1, "south", 10);

		CU_ASSERT_EQUAL(taken(&north), 0);
		CU_ASSERT_EQUAL(taken(&south), 0);
	}
	told(EVENT_NODE_DUPLICATE_ID, 0, "north", "two nodes answer with this id: north");
	struct topo_answer own = answer(0, "clone", 10);
	own.parent_id = NEAR;
	own.node_id = OWN_ID;
	own.n_hops = 1;
	CU_ASSERT_EQUAL(taken(&own), -EINVAL);
	told(EVENT_OWN_ID_DUPLICATE, 0, "", "clone at 02:00:00:00:00:10");
	// and `why` names it at that port, and at no other
	for (int i = 0; i < 2; i++) {
		json_t *found = app_bed_ask(bed, "why", i == 0 ? "{\"port\":\"a\"}" : "{\"port\":\"b\"}");
		char *text = json_dumps(found, 0);
		bool is_named =
			strstr(text, "another node has our own id, 02:00:00:00:ff:01: clone at") != NULL;

		CU_ASSERT_EQUAL(is_named, i == 0);
		free(text);
		json_decref(found);
	}
	end();
}

// Denied on the port where it is heard, and nowhere else: it is forgotten, and may come back by another.
static void what_one_port_denies_is_forgotten_if_it_was_heard_there(void)
{
	char yaml[512];

	for (int on_a = 0; on_a < 3; on_a++) { // on b; on a; on both
		begin(NODE);
		struct topo_answer a = answer(0, "near", 10);
		CU_ASSERT_EQUAL(taken(&a), 0);
		app_bed_advance_ms(bed, 100);
		snprintf(yaml, sizeof(yaml),
			NODE "filters: [ { port: %s, deny-id: [ 02:00:00:00:00:10 ] } ]\n",
			on_a == 0   ? "b"
			: on_a == 1 ? "a"
				    : "all");
		CU_ASSERT_EQUAL(app_bed_reload(bed, yaml, 0), 0);
		app_bed_advance_ms(bed, 100);
		CU_ASSERT_EQUAL(topo_find(discovery_topo(&bed->app), NEAR) >= 0, on_a == 0);
		CU_ASSERT_EQUAL(taken(&a), on_a == 2 ? -EPERM : 0);
		end();
	}
}

static const struct suite_case cases[] = {
	SUITE_CASE(what_a_node_does_is_an_event_of_its_kind),
	SUITE_CASE(a_path_that_carries_nothing_is_an_event),
	SUITE_CASE(two_nodes_with_one_id_are_an_event_and_so_is_one_with_ours),
	SUITE_CASE(what_one_port_denies_is_forgotten_if_it_was_heard_there),
};
SUITE_MAIN("app discovery", cases)
