// SPDX-License-Identifier: BSD-3-Clause
// Ports at run time: links, devices, slots, workers, what is counted of them, and what `ports` says.
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <string.h>

#include "app_bed.h"
#include "base_text.h"
#include "counters.h"
#include "mbufs.h"
#include "placement.h"
#include "ports.h"
#include "ports_state.h"
#include "publish.h"
#include "rates.h"
#include "suite.h"
#include "trend.h"

#define HEAD "romon: { identity: n, id: 02:00:00:00:ff:01 }\n"
#define TWO                                                          \
	HEAD "ports: { a: { device: net_ring_app0, link-id: 11 },\n" \
	     "  b: { device: net_ring_app1, link-id: 22 } }\n"

static json_t *port_row(struct app_bed *bed, const char *name)
{
	json_t *rows = app_bed_ask(bed, "ports", NULL);
	json_t *found = NULL;
	size_t i;
	json_t *row;

	json_array_foreach (rows, i, row) {
		if (strcmp(json_string_value(json_object_get(row, "name")), name) == 0)
			found = json_incref(row);
	}
	json_decref(rows);
	CU_ASSERT_PTR_NOT_NULL_FATAL(found);
	return found;
}

static const char *state_of(const struct app_bed *bed, const char *name)
{
	return slots_state_name(slots_state(&bed->app, &bed->app.slots[slots_find(&bed->app, name)]));
}

static json_int_t number_of(struct app_bed *bed, const char *port, const char *key)
{
	json_t *row = port_row(bed, port);
	json_int_t n = json_integer_value(json_object_get(row, key));

	json_decref(row);
	return n;
}

static void discover_put(struct app_bed *bed, uint32_t dev, uint16_t n)
{
	struct frame f;

	frame_discover(&f, frame_mac(n), frame_mac(n), NULL, 0);
	app_bed_send(bed, dev, &f);
}

static void a_link_that_goes_and_comes_is_told(void)
{
	struct app_bed *bed = app_bed_open(TWO);

	CU_ASSERT_STRING_EQUAL(state_of(bed, "a"), "up");
	app_bed_link_set(bed, 0, false);
	app_bed_advance_ms(bed, 250);
	CU_ASSERT_STRING_EQUAL(state_of(bed, "a"), "down");
	CU_ASSERT_STRING_EQUAL(state_of(bed, "b"), "up");
	CU_ASSERT_EQUAL(app_bed_n_events(bed, EVENT_PORT_DOWN), 1);
	CU_ASSERT_STRING_EQUAL(app_bed_event(bed, EVENT_PORT_DOWN)->port, "a");
	CU_ASSERT_PTR_NOT_NULL(strstr(app_bed_event(bed, EVENT_PORT_DOWN)->text, "link down"));
	app_bed_link_set(bed, 0, true);
	app_bed_advance_ms(bed, 250);
	CU_ASSERT_STRING_EQUAL(state_of(bed, "a"), "up");
	CU_ASSERT_EQUAL(app_bed_n_events(bed, EVENT_PORT_UP), 1);
	CU_ASSERT(app_bed_close(bed));
}

static void nothing_is_sent_by_a_port_without_link(void)
{
	struct app_bed *bed = app_bed_open(TWO);
	struct frame f;

	app_bed_link_set(bed, 1, false);
	app_bed_advance_ms(bed, 250);
	app_bed_discard(bed, 1);
	discover_put(bed, 0, 1);
	CU_ASSERT_EQUAL(app_bed_discard(bed, 1), 0);
	app_bed_link_set(bed, 1, true);
	app_bed_advance_ms(bed, 250);
	discover_put(bed, 0, 2);
	CU_ASSERT(app_bed_take_type(bed, 1, WIRE_TYPE_DISCOVER, &f));
	CU_ASSERT(app_bed_close(bed));
}

static void states_of_ports_that_do_nothing(void)
{
	struct app_bed *bed = app_bed_open(
		HEAD "ports: { a: { device: net_ring_app0, forbid: true },\n"
		     "  b: { device: net_ring_app1, disabled: true }, c: { device: nosuchif9 } }\n");

	CU_ASSERT_STRING_EQUAL(state_of(bed, "a"), "forbidden");
	CU_ASSERT_STRING_EQUAL(state_of(bed, "b"), "disabled");
	CU_ASSERT_STRING_EQUAL(state_of(bed, "c"), "absent");
	json_t *row = port_row(bed, "b");
	CU_ASSERT(json_is_null(json_object_get(row, "mac")));
	CU_ASSERT(json_is_null(json_object_get(row, "worker")));
	json_decref(row);
	row = port_row(bed, "c");
	CU_ASSERT_PTR_NOT_NULL(strstr(json_string_value(json_object_get(row, "driver-why")), "nosuchif9"));
	json_decref(row);
	json_t *status = app_bed_ask(bed, "status", NULL);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(status, "ports")), 3);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(status, "ports-up")), 0);
	json_decref(status);
	CU_ASSERT(app_bed_close(bed));
}

static void a_row_says_what_the_port_is(void)
{
	struct app_bed *bed = app_bed_open(
		HEAD "ports: { a: { device: net_ring_app0, link-id: 11, cost: 7, comment: to b },\n"
		     "  v: { device: net_ring_app0, vlan: 9, link-id: 12 } }\n"
		     "relay-groups: { g: { ports: { r: { device: net_ring_app1 } } } }\n");
	json_t *row = port_row(bed, "a");

	CU_ASSERT_EQUAL(json_integer_value(json_object_get(row, "link-id")), 11);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(row, "cost")), 7);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(row, "mode")), "node");
	CU_ASSERT(json_is_null(json_object_get(row, "group")));
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(row, "comment")), "to b");
	json_decref(row);
	CU_ASSERT_EQUAL(number_of(bed, "v", "vlan"), 9);
	CU_ASSERT_EQUAL(number_of(bed, "v", "l2mtu"), number_of(bed, "a", "l2mtu") - 4);
	row = port_row(bed, "r");
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(row, "mode")), "relay");
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(row, "group")), "g");
	json_decref(row);
	CU_ASSERT(app_bed_close(bed));
}

static void counters_are_those_of_the_port_that_is_there_now(void)
{
	struct app_bed *bed = app_bed_open(TWO);

	for (uint16_t i = 1; i <= 5; i++)
		discover_put(bed, 0, i);
	CU_ASSERT_EQUAL(number_of(bed, "a", "rx-frames"), 5);
	CU_ASSERT_EQUAL(number_of(bed, "b", "tx-frames") >= 5, 1);
	// a reload that keeps the port keeps its counters and its slot
	int slot = slots_find(&bed->app, "b");
	CU_ASSERT_EQUAL(
		app_bed_reload(bed, HEAD "ports: { b: { device: net_ring_app1, link-id: 22 } }\n", 0), 0);
	CU_ASSERT_EQUAL(slots_find(&bed->app, "b"), slot);
	CU_ASSERT_EQUAL(slots_find(&bed->app, "a"), -ENOENT);
	CU_ASSERT_EQUAL(number_of(bed, "b", "tx-frames") >= 5, 1);
	// another port in the slot that became free begins at 0
	CU_ASSERT_EQUAL(app_bed_reload(bed,
				HEAD "ports: { b: { device: net_ring_app1, link-id: 22 },\n"
				     "  z: { device: net_ring_app0, link-id: 11 } }\n",
				0),
		0);
	CU_ASSERT_EQUAL(slots_find(&bed->app, "z"), 0);
	CU_ASSERT_EQUAL(number_of(bed, "z", "rx-frames"), 0);
	discover_put(bed, 0, 9);
	CU_ASSERT_EQUAL(number_of(bed, "z", "rx-frames"), 1);
	CU_ASSERT(app_bed_close(bed));
}

static uint32_t n_neighbors(struct app_bed *bed, const char *args)
{
	json_t *answer = app_bed_ask(bed, "neighbors", args);
	uint32_t n = (uint32_t)json_array_size(json_object_get(answer, "rows"));

	json_decref(answer);
	return n;
}

static void neighbors_of_a_slots_former_port_are_nobodys(void)
{
	struct app_bed *bed = app_bed_open(TWO);

	discover_put(bed, 0, 1);
	discover_put(bed, 1, 2);
	CU_ASSERT_EQUAL(n_neighbors(bed, NULL), 2);
	CU_ASSERT_EQUAL(n_neighbors(bed, "{\"port\": \"a\"}"), 1);
	CU_ASSERT_EQUAL(app_bed_reload(bed,
				HEAD "ports: { z: { device: net_ring_app0, link-id: 11 },\n"
				     "  b: { device: net_ring_app1, link-id: 22 } }\n",
				0),
		0);
	app_bed_turn(bed);
	CU_ASSERT_EQUAL(n_neighbors(bed, NULL), 1);
	discover_put(bed, 0, 1);
	CU_ASSERT_EQUAL(n_neighbors(bed, NULL), 2);
	CU_ASSERT(app_bed_close(bed));
}

static void neighbors_are_paged(void)
{
	struct app_bed *bed = app_bed_open(TWO);
	char args[64];
	json_int_t next = 0;
	uint32_t n = 0;

	for (uint16_t i = 1; i <= 10; i++)
		discover_put(bed, i % 2, i);
	for (int page = 0; page < 4; page++) {
		snprintf(args, sizeof(args), "{\"offset\": %d, \"count\": 3}", (int)next);
		json_t *answer = app_bed_ask(bed, "neighbors", args);
		CU_ASSERT_EQUAL(json_integer_value(json_object_get(answer, "total")), 10);
		n += (uint32_t)json_array_size(json_object_get(answer, "rows"));
		CU_ASSERT_EQUAL(json_is_null(json_object_get(answer, "next")), page == 3);
		next = json_integer_value(json_object_get(answer, "next"));
		json_decref(answer);
	}
	CU_ASSERT_EQUAL(n, 10);
	CU_ASSERT(app_bed_close(bed));
}

static void a_silent_neighbor_is_late_and_then_forgotten(void)
{
	struct app_bed *bed = app_bed_open(HEAD "ports: { a: { device: net_ring_app0 } }\n");
	uint32_t age_s = bed->app.conf->romon.neighbor_age_s;

	discover_put(bed, 0, 1);
	for (int i = 0; i < 2; i++) {
		json_t *answer = app_bed_ask(bed, "neighbors", NULL);
		const json_t *row = json_array_get(json_object_get(answer, "rows"), 0);

		CU_ASSERT_STRING_EQUAL(
			json_string_value(json_object_get(row, "status")), i == 0 ? "ok" : "late");
		CU_ASSERT_EQUAL(json_integer_value(json_object_get(row, "rx-frames")), 1);
		json_decref(answer);
		app_bed_advance_ms(bed, age_s * 500 + 100);
	}
	app_bed_advance_ms(bed, 2000);
	CU_ASSERT_EQUAL(n_neighbors(bed, NULL), 0);
	CU_ASSERT_EQUAL(app_bed_n_events(bed, EVENT_NEIGHBOR_DOWN), 1);
	CU_ASSERT(app_bed_close(bed));
}

// ---- workers that do not report

static const struct app_dev *device_of(const struct app_bed *bed, const char *device)
{
	for (uint32_t d = 0; d < SNAP_DEVS_MAX; d++) {
		if (bed->app.devs[d].is_used && strcmp(bed->app.devs[d].device, device) == 0)
			return &bed->app.devs[d];
	}
	return NULL;
}

// It stands still in the middle of a turn, with a snapshot in hand. Control goes on: what it is told counts,
// no device is closed under the worker, and all of it comes into force when that moves again.
static void a_worker_that_is_stuck_holds_nothing_up(void)
{
	static const char one[] = HEAD "ports: { a: { device: net_ring_app0, link-id: 11 } }\n";
	struct app_bed *bed = app_bed_open(TWO);
	const struct snap *held = snap_current(bed->app.snaps);
	uint64_t generation = held->generation;
	struct frame f;

	snap_reader_online(bed->app.snaps, 0);
	CU_ASSERT_EQUAL(app_bed_reload(bed, one, 0), 0);
	CU_ASSERT_EQUAL(slots_find(&bed->app, "b"), -ENOENT);
	CU_ASSERT_PTR_NOT_NULL_FATAL(device_of(bed, "net_ring_app1"));
	CU_ASSERT_PTR_NOT_NULL(device_of(bed, "net_ring_app1")->dev);
	for (int i = 0; i < 6; i++) { // more than may wait
		CU_ASSERT_EQUAL(app_bed_reload(bed, i % 2 == 0 ? TWO : one, 0), 0);
		CU_ASSERT_EQUAL(ports_publish(&bed->app), 0);
	}
	CU_ASSERT(bed->app.ports->is_snap_due);
	CU_ASSERT_EQUAL(app_bed_reload(bed, TWO, 0), 0);
	CU_ASSERT_STRING_EQUAL(state_of(bed, "b"), "absent"); // nobody polls it
	ports_poll(&bed->app);
	CU_ASSERT_PTR_NOT_NULL(device_of(bed, "net_ring_app1")->dev);
	CU_ASSERT_PTR_NOT_NULL(strstr(device_of(bed, "net_ring_app1")->error, "a worker does not report"));
	CU_ASSERT_EQUAL(held->generation, generation); // it is there (ASan)
	snap_reader_offline(bed->app.snaps, 0);
	ports_poll(&bed->app); // published
	ports_poll(&bed->app); // closed, and opened anew
	CU_ASSERT(!bed->app.ports->is_snap_due);
	CU_ASSERT(snap_current(bed->app.snaps)->generation > generation);
	CU_ASSERT_STRING_EQUAL(state_of(bed, "b"), "up");
	discover_put(bed, 0, 1);
	CU_ASSERT(app_bed_take_type(bed, 1, WIRE_TYPE_DISCOVER, &f));
	CU_ASSERT(app_bed_close(bed));
}

// One that goes for good is forgotten as soon as it is closed.
static void a_device_that_a_stuck_worker_holds_is_forgotten_later(void)
{
	struct app_bed *bed = app_bed_open(TWO);

	snap_reader_online(bed->app.snaps, 0);
	CU_ASSERT_EQUAL(
		app_bed_reload(bed, HEAD "ports: { a: { device: net_ring_app0, link-id: 11 } }\n", 0), 0);
	CU_ASSERT_PTR_NOT_NULL(device_of(bed, "net_ring_app1"));
	snap_reader_offline(bed->app.snaps, 0);
	ports_poll(&bed->app);
	CU_ASSERT_PTR_NULL(device_of(bed, "net_ring_app1"));
	CU_ASSERT(app_bed_close(bed));
}

// ---- DPDK

static void every_word_for_dpdk_reaches_it(void)
{
	char yaml[2048];
	struct base_text text;
	const char *last;
	int n;

	base_text_init(&text, yaml, sizeof(yaml));
	base_text_add(&text, HEAD "ports: { a: { device: net_ring_app0 } }\neal-args: '");
	struct app_bed *bed = app_bed_open(HEAD "ports: { a: { device: net_ring_app0 } }\n");
	int n_own = app_bed_eal_args(&last);

	CU_ASSERT(app_bed_close(bed));
	for (n = 0; n < 300; n++)
		base_text_add(&text, "-v ");
	base_text_add(&text, "  last  '\n");
	bed = app_bed_open(yaml);
	CU_ASSERT_EQUAL(app_bed_eal_args(&last), n_own + n + 1);
	CU_ASSERT_STRING_EQUAL(last, "last");
	CU_ASSERT(app_bed_close(bed));
}

// ---- workers

static uint8_t worker_of(const struct app_bed *bed, const char *port)
{
	return slots_dev(&bed->app, &bed->app.slots[slots_find(&bed->app, port)])->worker;
}

static struct app_bed *on_two_workers(const char *yaml)
{
	return app_bed_open_cfg(&(struct app_bed_cfg){.yaml = yaml, .n_workers = 2});
}

static void relay_groups_stay_together_and_are_spread(void)
{
	struct app_bed *bed = on_two_workers(
		HEAD "relay-groups: { g: { ports: { r0: { device: net_ring_app0 }, r1: { device: "
		     "net_ring_app1 } } },\n"
		     "  h: { ports: { r2: { device: net_ring_app2 }, r3: { device: net_ring_app3 } } } }\n");

	CU_ASSERT_EQUAL(worker_of(bed, "r0"), worker_of(bed, "r1"));
	CU_ASSERT_EQUAL(worker_of(bed, "r2"), worker_of(bed, "r3"));
	CU_ASSERT_NOT_EQUAL(worker_of(bed, "r0"), worker_of(bed, "r2"));
	CU_ASSERT(app_bed_close(bed));
}

static void sets_that_share_a_device_share_a_worker(void)
{
	struct app_bed *bed = on_two_workers(HEAD
		"relay-groups: { g: { ports: { r0: { device: net_ring_app0 }, r1: { device: net_ring_app1, "
		"vlan: 5 } } },\n"
		"  h: { ports: { r2: { device: net_ring_app1, vlan: 6 }, r3: { device: net_ring_app3 } } },\n"
		"  i: { ports: { r4: { device: net_ring_app4 }, r5: { device: net_ring_app5 } } } }\n");

	CU_ASSERT_EQUAL(worker_of(bed, "r0"), worker_of(bed, "r3"));
	CU_ASSERT_EQUAL(worker_of(bed, "r0"), worker_of(bed, "r1"));
	CU_ASSERT_NOT_EQUAL(worker_of(bed, "r0"), worker_of(bed, "r4"));
	CU_ASSERT_EQUAL(worker_of(bed, "r4"), worker_of(bed, "r5"));
	CU_ASSERT(app_bed_close(bed));
}

static void listed_cpus_share_the_nodes_ports(void)
{
	struct app_bed *bed =
		on_two_workers(HEAD "workers: { cores: [0, 1] }\n"
				    "ports: { a: { device: net_ring_app0 }, b: { device: net_ring_app1 },\n"
				    "  c: { device: net_ring_app2 }, d: { device: net_ring_app3 } }\n");

	CU_ASSERT_NOT_EQUAL(worker_of(bed, "a"), worker_of(bed, "b"));
	CU_ASSERT_NOT_EQUAL(worker_of(bed, "c"), worker_of(bed, "d"));
	// what is open stays where it is; what comes is spread
	uint8_t a = worker_of(bed, "a");
	CU_ASSERT_EQUAL(app_bed_reload(bed,
				HEAD "workers: { cores: [0, 1] }\n"
				     "ports: { a: { device: net_ring_app0 }, c: { device: net_ring_app2 },\n"
				     "  e: { device: net_ring_app4 }, f: { device: net_ring_app5 } }\n",
				0),
		0);
	CU_ASSERT_EQUAL(worker_of(bed, "a"), a);
	CU_ASSERT_EQUAL(worker_of(bed, "c"), a);
	CU_ASSERT_NOT_EQUAL(worker_of(bed, "e"), a);
	CU_ASSERT_NOT_EQUAL(worker_of(bed, "f"), a);
	CU_ASSERT(app_bed_close(bed));
}

// A set stays with the worker that its open devices have, also when the first of it is not there.
static void a_set_whose_first_device_is_absent_stays_where_it_is(void)
{
	struct app_bed *bed = on_two_workers(
		HEAD "relay-groups: { h: { ports: { r0: { device: net_ring_app0 }, r1: { device: "
		     "net_ring_app1 } } },\n"
		     "  g: { ports: { r2: { device: nosuchif9 }, r3: { device: net_ring_app3 },\n"
		     "    r4: { device: net_ring_app4 } } } }\n");
	const struct port_dev *dev = slots_dev(&bed->app, &bed->app.slots[slots_find(&bed->app, "r3")])->dev;
	uint32_t n_closed;

	CU_ASSERT_EQUAL(worker_of(bed, "r0"), 0);
	CU_ASSERT_EQUAL(worker_of(bed, "r3"), 1);
	n_closed = app_bed_n_events(bed, EVENT_PORT_DOWN);
	CU_ASSERT_EQUAL(
		app_bed_reload(bed,
			HEAD "relay-groups: {\n"
			     "  g: { ports: { r2: { device: nosuchif9 }, r3: { device: net_ring_app3 },\n"
			     "    r4: { device: net_ring_app4 } } } }\n",
			0),
		0);
	CU_ASSERT_EQUAL(worker_of(bed, "r3"), 1);
	CU_ASSERT_EQUAL(worker_of(bed, "r4"), 1);
	CU_ASSERT_EQUAL(worker_of(bed, "r2"), 1); // as soon as it is there
	CU_ASSERT_PTR_EQUAL(slots_dev(&bed->app, &bed->app.slots[slots_find(&bed->app, "r3")])->dev, dev);
	CU_ASSERT_EQUAL(app_bed_n_events(bed, EVENT_PORT_DOWN), n_closed);
	CU_ASSERT(app_bed_close(bed));
}

// What a reload takes away no longer counts when it looks for the worker with the fewest devices.
static void a_device_that_goes_leaves_room_at_its_worker(void)
{
	struct app_bed *bed =
		on_two_workers(HEAD "workers: { cores: [0, 1] }\n"
				    "ports: { a: { device: net_ring_app0 }, b: { device: net_ring_app1 },\n"
				    "  c: { device: net_ring_app2 } }\n");

	CU_ASSERT_EQUAL(worker_of(bed, "a"), 0);
	CU_ASSERT_EQUAL(worker_of(bed, "b"), 1);
	CU_ASSERT_EQUAL(worker_of(bed, "c"), 0);
	CU_ASSERT_EQUAL(app_bed_reload(bed,
				HEAD "workers: { cores: [0, 1] }\n"
				     "ports: { a: { device: net_ring_app0, disabled: true },\n"
				     "  b: { device: net_ring_app1 }, d: { device: net_ring_app3 },\n"
				     "  e: { device: net_ring_app4 }, f: { device: net_ring_app5 } }\n",
				0),
		0);
	CU_ASSERT_EQUAL(worker_of(bed, "b"), 1);
	CU_ASSERT_EQUAL(worker_of(bed, "d"), 0);
	CU_ASSERT_EQUAL(worker_of(bed, "e"), 0);
	CU_ASSERT_EQUAL(worker_of(bed, "f"), 1);
	CU_ASSERT(app_bed_close(bed));
}

static void automatic_workers_keep_the_node_on_one(void)
{
	struct app_bed *bed =
		on_two_workers(HEAD "ports: { a: { device: net_ring_app0 }, b: { device: net_ring_app1 } }\n"
				    "relay-groups: { g: { ports: { r: { device: net_ring_app2 }, s: { "
				    "device: net_ring_app3 } } } }\n");

	CU_ASSERT_EQUAL(worker_of(bed, "a"), worker_of(bed, "b"));
	CU_ASSERT_NOT_EQUAL(worker_of(bed, "a"), worker_of(bed, "r"));
	json_t *workers = app_bed_ask(bed, "workers", NULL);
	CU_ASSERT_EQUAL(json_array_size(workers), 2);
	for (size_t w = 0; w < 2; w++)
		CU_ASSERT_EQUAL(json_array_size(json_object_get(json_array_get(workers, w), "ports")), 2);
	json_decref(workers);
	CU_ASSERT(app_bed_close(bed));
}

static void frames_cross_between_workers(void)
{
	struct app_bed *bed = on_two_workers(HEAD "workers: { cores: [0, 1] }\n"
						  "ports: { a: { device: net_ring_app0, link-id: 11 }, b: { "
						  "device: net_ring_app1, link-id: 22 } }\n");
	struct frame f;

	CU_ASSERT_NOT_EQUAL(worker_of(bed, "a"), worker_of(bed, "b"));
	app_bed_discard(bed, 1);
	discover_put(bed, 0, 1);
	app_bed_turn(bed);
	CU_ASSERT(app_bed_take_type(bed, 1, WIRE_TYPE_DISCOVER, &f));
	CU_ASSERT(app_bed_close(bed));
}

// ---- mbufs

static struct rte_mbuf *hogged[8192];
static uint32_t n_hogged;

// Take or give back mbufs until so many of the workers' pool are free.
static void mbufs_leave_free(struct app_bed *bed, uint32_t n)
{
	struct rte_mempool *pool = port_pool_get((int)rte_lcore_to_socket_id(bed->app.lcores[0]), 0);

	while (rte_mempool_avail_count(pool) > n && n_hogged < BASE_ARRAY_LEN(hogged))
		hogged[n_hogged++] = rte_pktmbuf_alloc(pool);
	while (rte_mempool_avail_count(pool) < n && n_hogged > 0)
		rte_pktmbuf_free(hogged[--n_hogged]);
	CU_ASSERT_EQUAL(rte_mempool_avail_count(pool), n);
	mbufs_tick(&bed->app);
}

static uint32_t n_copies(struct app_bed *bed, uint16_t n)
{
	uint32_t sum = 0;

	for (uint32_t d = 1; d < 4; d++)
		app_bed_discard(bed, d);
	discover_put(bed, 0, n);
	for (uint32_t d = 1; d < 4; d++)
		sum += app_bed_discard(bed, d);
	return sum;
}

static bool is_degraded(struct app_bed *bed)
{
	json_t *status = app_bed_ask(bed, "status", NULL);
	const char *text = json_string_value(json_object_get(status, "degraded"));
	bool is_it = text != NULL && strcmp(text, "no-mbufs") == 0;

	CU_ASSERT_EQUAL(is_it, !json_is_null(json_object_get(status, "degraded")));
	json_decref(status);
	return is_it;
}

// Short below a 16th that is free, well from an 8th on: between them it is as it was.
static void few_free_mbufs_make_copies_few(void)
{
	struct app_bed *bed = app_bed_open(HEAD
		"ports: { a: { device: net_ring_app0, link-id: 11 }, b: { device: net_ring_app1, link-id: "
		"22 },\n  c: { device: net_ring_app2 }, d: { device: net_ring_app3 } }\n");
	uint32_t size = port_pool_get((int)rte_lcore_to_socket_id(bed->app.lcores[0]), 0)->size;

	CU_ASSERT_EQUAL(size % 16, 0);
	mbufs_leave_free(bed, size / 4);
	CU_ASSERT_EQUAL(n_copies(bed, 1), 3);
	mbufs_leave_free(bed, size / 16);
	CU_ASSERT(!is_degraded(bed));
	CU_ASSERT_EQUAL(app_bed_n_events(bed, EVENT_DEGRADED), 0);
	mbufs_leave_free(bed, size / 16 - 1);
	CU_ASSERT(is_degraded(bed));
	CU_ASSERT_EQUAL(n_copies(bed, 2), 1);
	CU_ASSERT_EQUAL(app_bed_n_events(bed, EVENT_DEGRADED), 1);
	CU_ASSERT_STRING_EQUAL(app_bed_event(bed, EVENT_DEGRADED)->port, "");
	CU_ASSERT_PTR_NOT_NULL(strstr(app_bed_event(bed, EVENT_DEGRADED)->text, "memory.mbufs"));
	mbufs_leave_free(bed, size / 8 - 1);
	CU_ASSERT(is_degraded(bed));
	CU_ASSERT_EQUAL(n_copies(bed, 3), 1);
	CU_ASSERT_EQUAL(app_bed_n_events(bed, EVENT_WELL), 0);
	mbufs_leave_free(bed, size / 8);
	CU_ASSERT(!is_degraded(bed));
	CU_ASSERT_EQUAL(n_copies(bed, 4), 3);
	CU_ASSERT_EQUAL(app_bed_n_events(bed, EVENT_WELL), 1);
	CU_ASSERT_EQUAL(app_bed_n_events(bed, EVENT_DEGRADED), 1); // each once
	mbufs_leave_free(bed, 0);
	CU_ASSERT(is_degraded(bed));
	mbufs_leave_free(bed, size / 2);
	while (n_hogged > 0)
		rte_pktmbuf_free(hogged[--n_hogged]);
	CU_ASSERT(app_bed_close(bed));
}

// ---- rates and trends

static void rates_are_of_the_last_second(void)
{
	struct app_bed *bed = app_bed_open(TWO);
	const struct worker_rate *r = rates_of(&bed->app, 0);

	app_bed_advance_ms(bed, 1000);
	for (uint16_t i = 1; i <= 30; i++)
		discover_put(bed, 0, i);
	rates_sample(&bed->app);
	CU_ASSERT_EQUAL(r->rx_pps, 30);
	CU_ASSERT_EQUAL(r->frames_per_burst_x10, 10);
	CU_ASSERT(r->cycles_per_frame > 0);
	CU_ASSERT(r->busy_percent <= 100);
	CU_ASSERT(!r->is_stuck);
	rates_sample(&bed->app); // no turn since
	CU_ASSERT(r->is_stuck);
	CU_ASSERT_EQUAL(r->rx_pps, 0);
	CU_ASSERT_EQUAL(r->cycles_per_frame, 0);
	CU_ASSERT_EQUAL(r->frames_per_burst_x10, 0);
	CU_ASSERT(app_bed_close(bed));
}

static void what_grew_is_present_for_its_window(void)
{
	struct app_bed *bed = app_bed_open(TWO);
	const struct app_trend *t = &bed->app.slots[0].trend;
	struct frame f;

	app_bed_advance_ms(bed, 2000);
	CU_ASSERT(!trend_is_now(&bed->app, t, t->rx_ms));
	frame_discover(&f, frame_mac(1), frame_mac(1), NULL, 0);
	app_bed_send(bed, 0, &f);
	f.len = 40; // cut
	app_bed_send(bed, 0, &f);
	frame_discover(&f, frame_mac(1), frame_mac(1), NULL, 0);
	frame_ethertype(&f, 0x0800);
	app_bed_send(bed, 0, &f);
	trend_look(&bed->app);
	CU_ASSERT(trend_is_now(&bed->app, t, t->rx_ms));
	CU_ASSERT(trend_is_now(&bed->app, t, t->types_ms[WIRE_TYPE_DISCOVER]));
	CU_ASSERT(!trend_is_now(&bed->app, t, t->types_ms[WIRE_TYPE_DATA]));
	CU_ASSERT(trend_is_now(&bed->app, t, t->drops_ms[DP_DROP_NOT_ROMON]));
	CU_ASSERT(!trend_is_now(&bed->app, &bed->app.slots[1].trend, bed->app.slots[1].trend.rx_ms));
	CU_ASSERT(trend_is_now(&bed->app, &bed->app.slots[1].trend, bed->app.slots[1].trend.tx_ms));
	app_bed_advance_ms(bed, trend_window_ms(&bed->app) - 1000);
	CU_ASSERT(trend_is_now(&bed->app, t, t->rx_ms));
	app_bed_advance_ms(bed, 2000);
	CU_ASSERT(!trend_is_now(&bed->app, t, t->rx_ms));
	CU_ASSERT(app_bed_close(bed));
}

static void another_configuration_ends_what_was(void)
{
	struct app_bed *bed = app_bed_open(TWO);
	const struct app_trend *t = &bed->app.slots[0].trend;

	app_bed_advance_ms(bed, 2000);
	discover_put(bed, 0, 1);
	trend_look(&bed->app);
	CU_ASSERT(trend_is_now(&bed->app, t, t->rx_ms));
	app_bed_advance_ms(bed, 100);
	CU_ASSERT_EQUAL(app_bed_reload(bed, TWO "log: { level: info }\n", 0), 0);
	CU_ASSERT(!trend_is_now(&bed->app, t, t->rx_ms));
	app_bed_advance_ms(bed, 100);
	discover_put(bed, 0, 1);
	trend_look(&bed->app);
	CU_ASSERT(trend_is_now(&bed->app, t, t->rx_ms));
	CU_ASSERT(app_bed_close(bed));
}

static void the_last_bad_frame_and_who_sent_it_are_kept(void)
{
	struct app_bed *bed =
		app_bed_open(HEAD "ports: { a: { device: net_ring_app0, link-id: 11 }, b: { device: "
				  "net_ring_app1, link-id: 22 } }\n"
				  "filters: [ { port: a, deny-id: [\"02:00:00:00:00:05\"] } ]\n");
	const struct app_slot *slot = &bed->app.slots[0];
	struct frame f;

	app_bed_advance_ms(bed, 1000);
	frame_discover(&f, frame_mac(1), frame_mac(1), NULL, 0);
	frame_hdr(&f)->type = 99;
	app_bed_send(bed, 0, &f);
	CU_ASSERT_NOT_EQUAL(slot->bad.reason, DP_DROP_NONE);
	CU_ASSERT_EQUAL(slot->bad.len, f.len);
	CU_ASSERT_EQUAL(slot->bad.n_kept, f.len);
	CU_ASSERT_EQUAL(memcmp(slot->bad.bytes, f.bytes, f.len), 0);
	frame_discover(&f, frame_mac(1), frame_mac(5), NULL, 0);
	app_bed_send(bed, 0, &f);
	CU_ASSERT_EQUAL(slot->trend.filtered.at_ms != 0, 1);
	struct base_mac refused = frame_mac(5);
	CU_ASSERT_EQUAL(slot->trend.filtered.src_id, base_mac_u64(&refused));
	CU_ASSERT(app_bed_close(bed));
}

static void senders_of_other_channels_are_remembered_the_last_of_them(void)
{
	struct app_bed *bed = app_bed_open(TWO);
	const struct app_trend *t = &bed->app.slots[0].trend;
	struct frame f;
	uint32_t n = 0;

	for (uint16_t i = 1; i <= 3 * APP_FOREIGN_MAX; i++) {
		frame_discover(&f, frame_mac(i), frame_mac(i), NULL, 0);
		frame_hdr(&f)->channel = 7;
		app_bed_advance_ms(bed, 1000); // samples have a rate
		app_bed_send(bed, 0, &f);
		app_bed_send(bed, 0, &f);
	}
	for (int i = 0; i < APP_FOREIGN_MAX; i++) {
		n += t->foreign[i].at_ms != 0;
		CU_ASSERT_EQUAL(t->foreign[i].channel, 7);
		CU_ASSERT_EQUAL(t->foreign[i].mac, t->foreign[i].id);
		for (int k = 0; k < i; k++)
			CU_ASSERT_NOT_EQUAL(t->foreign[i].mac, t->foreign[k].mac);
	}
	CU_ASSERT_EQUAL(n, APP_FOREIGN_MAX);
	struct base_mac last = frame_mac(3 * APP_FOREIGN_MAX);
	bool is_there = false;
	for (int i = 0; i < APP_FOREIGN_MAX; i++)
		is_there |= t->foreign[i].mac == base_mac_u64(&last);
	CU_ASSERT(is_there);
	CU_ASSERT(app_bed_close(bed));
}

static void drops_are_told_by_port_and_reason(void)
{
	struct app_bed *bed = app_bed_open(TWO);
	struct frame f;

	frame_discover(&f, frame_mac(1), frame_mac(1), NULL, 0);
	frame_hdr(&f)->channel = 7;
	app_bed_send(bed, 0, &f);
	json_t *rows = app_bed_ask(bed, "drops", NULL);
	CU_ASSERT_EQUAL_FATAL(json_array_size(rows), 1);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(json_array_get(rows, 0), "port")), "a");
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(json_array_get(rows, 0), "reason")),
		dp_reason_name(DP_DROP_CHANNEL));
	json_decref(rows);
	rows = app_bed_ask(bed, "drops", "{\"port\": \"b\", \"all\": true}");
	CU_ASSERT_EQUAL(json_array_size(rows), DP_N_REASONS - 1);
	json_decref(rows);
	CU_ASSERT(app_bed_close(bed));
}

static const struct suite_case cases[] = {
	SUITE_CASE(a_link_that_goes_and_comes_is_told),
	SUITE_CASE(nothing_is_sent_by_a_port_without_link),
	SUITE_CASE(states_of_ports_that_do_nothing),
	SUITE_CASE(a_row_says_what_the_port_is),
	SUITE_CASE(counters_are_those_of_the_port_that_is_there_now),
	SUITE_CASE(neighbors_of_a_slots_former_port_are_nobodys),
	SUITE_CASE(neighbors_are_paged),
	SUITE_CASE(a_silent_neighbor_is_late_and_then_forgotten),
	SUITE_CASE(a_worker_that_is_stuck_holds_nothing_up),
	SUITE_CASE(a_device_that_a_stuck_worker_holds_is_forgotten_later),
	SUITE_CASE(every_word_for_dpdk_reaches_it),
	SUITE_CASE(relay_groups_stay_together_and_are_spread),
	SUITE_CASE(sets_that_share_a_device_share_a_worker),
	SUITE_CASE(listed_cpus_share_the_nodes_ports),
	SUITE_CASE(a_set_whose_first_device_is_absent_stays_where_it_is),
	SUITE_CASE(a_device_that_goes_leaves_room_at_its_worker),
	SUITE_CASE(automatic_workers_keep_the_node_on_one),
	SUITE_CASE(frames_cross_between_workers),
	SUITE_CASE(few_free_mbufs_make_copies_few),
	SUITE_CASE(rates_are_of_the_last_second),
	SUITE_CASE(what_grew_is_present_for_its_window),
	SUITE_CASE(another_configuration_ends_what_was),
	SUITE_CASE(the_last_bad_frame_and_who_sent_it_are_kept),
	SUITE_CASE(senders_of_other_channels_are_remembered_the_last_of_them),
	SUITE_CASE(drops_are_told_by_port_and_reason),
};

SUITE_MAIN("app_ports", cases)
