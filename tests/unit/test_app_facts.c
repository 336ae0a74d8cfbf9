// SPDX-License-Identifier: BSD-3-Clause
// Each field of what commands answer, beside what it is known to be: counters and rates that are set by hand,
// frames that are known to have passed. And what Data of our own looks like on the wire.
#include <malloc.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <string.h>
#include <unistd.h>

#include "app_bed.h"
#include "base_be.h"
#include "base_clock.h"
#include "counters.h"
#include "discovery.h"
#include "handlers.h"
#include "inject.h"
#include "node_data.h"
#include "own_node.h"
#include "ports.h"
#include "ports_state.h"
#include "rates.h"
#include "suite.h"

#define HEAD "romon: { identity: n, id: 02:00:00:00:ff:01 }\n"
#define TWO                                                          \
	HEAD "ports: { a: { device: net_ring_app0, link-id: 11 },\n" \
	     "  b: { device: net_ring_app1, link-id: 22, vlan: 7 } }\n"
#define MASTER                                                          \
	"romon: { identity: m, id: 02:00:00:00:ff:01, role: master }\n" \
	"discovery: { interval: 5s }\n"                                 \
	"ports: { a: { device: net_ring_app0, link-id: 11 } }\n"

static const struct app_bed_node hap = {{{2, 0, 0, 0, 0, 0x10}}, "hap", NULL, 7, 200};

// In front of DPDK's: each counter has a value of its own.
int rte_eth_stats_get(uint16_t port_id, struct rte_eth_stats *stats)
{
	(void)port_id;
	*stats = (struct rte_eth_stats){.imissed = 10, .rx_nombuf = 200, .ierrors = 3000, .oerrors = 40000};
	return 0;
}

static json_int_t number(const json_t *row, const char *key)
{
	CU_ASSERT(json_is_integer(json_object_get(row, key)));
	return json_integer_value(json_object_get(row, key));
}

static const char *text(const json_t *row, const char *key)
{
	const char *s = json_string_value(json_object_get(row, key));

	return s == NULL ? "(none)" : s;
}

static json_t *row_of(json_t *answer, const char *key, const char *name)
{
	json_t *found = NULL;
	json_t *row;
	size_t i;

	json_array_foreach (answer, i, row) {
		if (strcmp(text(row, key), name) == 0)
			found = json_incref(row);
	}
	json_decref(answer);
	CU_ASSERT_PTR_NOT_NULL_FATAL(found);
	return found;
}

static void discover_put(struct app_bed *bed, uint32_t dev, uint16_t n)
{
	struct frame f;

	frame_discover(&f, frame_mac(n), frame_mac(n), NULL, 0);
	app_bed_send(bed, dev, &f);
}

// ---- counters

#define COUNTERS(app, w, slot) \
	((struct dp_port_counters *)(uintptr_t)dp_worker_port_counters((app)->workers[w], (uint32_t)(slot)))

// Each counter of a port is another number, times of, so that none can stand for another.
static void counters_set(struct app_bed *bed, uint32_t w, int slot, uint64_t of)
{
	struct dp_port_counters *c = COUNTERS(&bed->app, w, slot);

	c->rx_frames = 1 * of;
	c->rx_bytes = 2 * of;
	c->tx_frames = 4 * of;
	c->tx_bytes = 8 * of;
	c->tx_originals = 16 * of;
	c->tx_lost = 32 * of;
	c->delivered = 64 * of;
	for (int i = 0; i < WIRE_N_TYPES; i++)
		c->rx_types[i] = 0;
	c->rx_types[WIRE_TYPE_DISCOVER] = 128 * of;
	c->rx_types[WIRE_TYPE_DATA] = 256 * of;
	for (int i = 0; i < DP_N_REASONS; i++)
		c->drops[i] = 0;
	c->drops[DP_DROP_TX_FULL] = 512 * of;
	c->drops[DP_DROP_ACROSS_FULL] = 1024 * of;
	c->drops[DP_DROP_CHANNEL] = 2048 * of;
}

static void a_row_of_ports_has_each_counter(void)
{
	struct app_bed *bed = app_bed_open_cfg(&(struct app_bed_cfg){.yaml = TWO, .n_workers = 2});

	for (int s = 0; s < 2; s++) {
		counters_set(bed, 0, s, s == 0 ? 1 : 100000);
		counters_set(bed, 1, s, 10);
		bed->app.slots[s].baseline = (struct app_totals){.rx_frames = 3};
	}
	json_t *row = row_of(app_bed_ask(bed, "ports", NULL), "name", "a");
	CU_ASSERT_EQUAL(number(row, "rx-frames"), 11 - 3);
	CU_ASSERT_EQUAL(number(row, "rx-bytes"), 22);
	CU_ASSERT_EQUAL(number(row, "rx-drops"), 11 * (512 + 1024 + 2048));
	CU_ASSERT_EQUAL(number(row, "rx-missed"), 210);
	CU_ASSERT_EQUAL(number(row, "tx-frames"), 44);
	CU_ASSERT_EQUAL(number(row, "tx-bytes"), 88);
	CU_ASSERT_EQUAL(number(row, "tx-drops"), 11 * (32 + 512 + 1024));
	CU_ASSERT_EQUAL(number(row, "forwarded"), 11 * 16);
	CU_ASSERT_EQUAL(number(row, "delivered"), 11 * 64);
	CU_ASSERT_EQUAL(number(row, "at-us"), (json_int_t)(base_mono_ns() / 1000));
	CU_ASSERT_EQUAL(number(row, "tries"), 0);
	CU_ASSERT(json_is_null(json_object_get(row, "error")));
	CU_ASSERT(json_is_null(json_object_get(row, "error-name")));
	CU_ASSERT(json_is_null(json_object_get(row, "warning")));
	CU_ASSERT_EQUAL(number(row, "l2mtu"), 1500);
	json_decref(row);
	row = row_of(app_bed_ask(bed, "ports", NULL), "name", "b");
	CU_ASSERT_EQUAL(number(row, "rx-frames"), 100010 - 3);
	CU_ASSERT_EQUAL(number(row, "l2mtu"), 1496);
	CU_ASSERT_EQUAL(number(row, "vlan"), 7);
	json_decref(row);

	json_t *status = app_bed_ask(bed, "status", NULL);
	CU_ASSERT_EQUAL(number(status, "rx-frames"), 100021);
	CU_ASSERT_EQUAL(number(status, "tx-frames"), 4 * 100021);
	CU_ASSERT_EQUAL(number(status, "forwarded"), 16 * 100021);
	CU_ASSERT_EQUAL(number(status, "delivered"), 64 * 100021);
	CU_ASSERT_EQUAL(number(status, "drops"), (512 + 1024 + 2048) * 100021);
	const json_t *types = json_object_get(status, "types");
	CU_ASSERT_EQUAL_FATAL(json_array_size(types), 2);
	CU_ASSERT_STRING_EQUAL(text(json_array_get(types, 0), "type"), "Discover");
	CU_ASSERT_EQUAL(number(json_array_get(types, 0), "count"), 128 * 100021);
	CU_ASSERT_STRING_EQUAL(text(json_array_get(types, 1), "type"), "Data");
	CU_ASSERT_EQUAL(number(json_array_get(types, 1), "count"), 256 * 100021);
	json_decref(status);

	json_t *drops = app_bed_ask(bed, "drops", "{\"port\": \"a\"}");
	CU_ASSERT_EQUAL(json_array_size(drops), 3);
	row = row_of(drops, "reason", "channel");
	CU_ASSERT_EQUAL(number(row, "count"), 11 * 2048);
	CU_ASSERT_STRING_EQUAL(text(row, "help"), dp_reason_help(DP_DROP_CHANNEL));
	json_decref(row);
	for (uint32_t w = 0; w < 2; w++) {
		for (int s = 0; s < 2; s++)
			counters_set(bed, w, s, 0);
	}
	CU_ASSERT(app_bed_close(bed));
}

static void a_port_that_cannot_be_opened_says_why(void)
{
	struct app_bed *bed = app_bed_open(HEAD "ports: { a: { device: nosuchif9 } }\n");
	struct app_dev *d = &bed->app.devs[0];

	d->err = EBUSY;
	d->n_failures = 5;
	json_t *row = row_of(app_bed_ask(bed, "ports", NULL), "name", "a");
	CU_ASSERT_STRING_EQUAL(text(row, "error"), d->error);
	CU_ASSERT_STRING_EQUAL(text(row, "driver-why"), d->error);
	CU_ASSERT_STRING_EQUAL(text(row, "error-name"), "EBUSY");
	CU_ASSERT_EQUAL(number(row, "tries"), 5);
	CU_ASSERT_EQUAL(number(row, "l2mtu"), 0);
	CU_ASSERT_EQUAL(number(row, "speed-mbps"), 0);
	CU_ASSERT_EQUAL(number(row, "rx-missed"), 0);
	CU_ASSERT_STRING_EQUAL(text(row, "driver"), "");
	json_decref(row);
	d->err = 0;
	row = row_of(app_bed_ask(bed, "ports", NULL), "name", "a");
	CU_ASSERT(json_is_null(json_object_get(row, "error")));
	CU_ASSERT_EQUAL(number(row, "tries"), 0);
	json_decref(row);
	CU_ASSERT(app_bed_close(bed));
}

// ---- status and workers

static void status_says_what_runs(void)
{
	struct app_bed *bed = app_bed_open(
		"romon: { identity: n, id: 02:00:00:00:ff:01, channel: 5, role: master }\n"
		"ports: { a: { device: net_ring_app0 }, b: { device: net_ring_app1 }, c: { device: nosuchif9 "
		"} }\n");

	app_bed_link_set(bed, 1, false);
	app_bed_advance_ms(bed, 61999);
	bed->app.stalled_ms = 777;
	uint32_t n_out = port_pools_in_use();
	struct rte_mbuf *m = rte_pktmbuf_alloc(port_pool_get(0, 0));
	json_t *s = app_bed_ask(bed, "status", NULL);
	CU_ASSERT_EQUAL(number(s, "uptime-s"), 61);
	CU_ASSERT_EQUAL(number(s, "pid"), getpid());
	CU_ASSERT_EQUAL(number(s, "ports"), 3);
	CU_ASSERT_EQUAL(number(s, "ports-up"), 1);
	CU_ASSERT_EQUAL(number(s, "workers"), 1);
	CU_ASSERT_EQUAL(number(s, "channel"), 5);
	CU_ASSERT_EQUAL(number(s, "generation"), 1);
	CU_ASSERT_EQUAL(number(s, "stalled-ms"), 777);
	CU_ASSERT_EQUAL(number(s, "at-us"), (json_int_t)(base_mono_ns() / 1000));
	CU_ASSERT_STRING_EQUAL(text(s, "version"), ROMOND_VERSION);
	CU_ASSERT_STRING_EQUAL(text(s, "id"), "02:00:00:00:ff:01");
	CU_ASSERT_STRING_EQUAL(text(s, "identity"), "n");
	CU_ASSERT_STRING_EQUAL(text(s, "role"), "master");
	CU_ASSERT_STRING_EQUAL(text(s, "loaded"), "2023-11-14T22:13:20Z");
	CU_ASSERT(json_is_true(json_object_get(s, "enabled")));
	CU_ASSERT(json_is_false(json_object_get(s, "hugepages")));
	CU_ASSERT(json_is_null(json_object_get(s, "confirm-left-ms")));
	CU_ASSERT(json_is_null(json_object_get(s, "degraded")));
	CU_ASSERT_EQUAL(json_array_size(json_object_get(s, "warnings")), 0);
	const json_t *mbufs = json_object_get(s, "mbufs");
	CU_ASSERT_EQUAL(number(mbufs, "total"), 4096);
	CU_ASSERT_EQUAL(number(mbufs, "in-use"), n_out + 1);
	rte_pktmbuf_free(m);
	CU_ASSERT_STRING_EQUAL(text(json_array_get(json_object_get(mbufs, "pools"), 0), "pool"), "socket0");
	json_decref(s);
	CU_ASSERT(app_bed_close(bed));
}

static void status_warns_of_trials_and_of_what_is_off(void)
{
	struct app_bed *bed = app_bed_open(TWO);

	CU_ASSERT_EQUAL(app_bed_reload(bed, TWO "memory: { hugepages: off, mbufs: 8192 }\n", 30001), 0);
	json_t *s = app_bed_ask(bed, "status", NULL);
	const json_t *warnings = json_object_get(s, "warnings");
	CU_ASSERT_EQUAL_FATAL(json_array_size(warnings), 2);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_array_get(warnings, 0)),
		"the configuration is on trial: without `romonctl config confirm` the one before comes back "
		"in 31 s");
	CU_ASSERT_STRING_EQUAL(json_string_value(json_array_get(warnings, 1)),
		"memory.mbufs: 8192 from the next start on; now 4096");
	CU_ASSERT_EQUAL(number(s, "confirm-left-ms"), 30001);
	CU_ASSERT_EQUAL(number(s, "generation"), 2);
	json_decref(s);
	app_bed_advance_ms(bed, 1);
	s = app_bed_ask(bed, "status", NULL);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(json_string_value(json_array_get(json_object_get(s, "warnings"), 0)), "in 30 s"));
	json_decref(s);
	json_decref(app_bed_ask(bed, "config-confirm", NULL));
	CU_ASSERT_EQUAL(app_bed_reload(bed,
				"romon: { identity: n, id: 02:00:00:00:ff:01, enabled: false }\n"
				"ports: { a: { device: net_ring_app0 } }\n",
				0),
		0);
	s = app_bed_ask(bed, "status", NULL);
	warnings = json_object_get(s, "warnings");
	CU_ASSERT_EQUAL_FATAL(json_array_size(warnings), 1);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_array_get(warnings, 0)),
		"romon.enabled is false: nothing is forwarded");
	CU_ASSERT(json_is_false(json_object_get(s, "enabled")));
	json_decref(s);
	CU_ASSERT(app_bed_close(bed));
}

static void a_worker_has_its_rates_counters_and_ports(void)
{
	struct app_bed *bed = app_bed_open_cfg(&(struct app_bed_cfg){
		.yaml = HEAD
		"workers: { cores: [0, 1] }\nports: { a: { device: net_ring_app0 },\n"
		"  b: { device: net_ring_app1 }, c: { device: net_ring_app2, disabled: true } }\n",
		.n_workers = 2});

	discover_put(bed, 1, 1);
	discover_put(bed, 1, 1);
	discover_put(bed, 1, 2);
	bed->app.ports->rates[1].busy_percent = 17;
	bed->app.ports->rates[1].rx_pps = 1700;
	bed->app.ports->rates[1].cycles_per_frame = 170;
	bed->app.ports->rates[1].frames_per_burst_x10 = 71;
	bed->app.ports->rates[1].is_stuck = true;
	bed->app.cores[1] = 3;
	json_t *rows = app_bed_ask(bed, "workers", NULL);
	CU_ASSERT_EQUAL_FATAL(json_array_size(rows), 2);
	const json_t *r = json_array_get(rows, 1);
	CU_ASSERT_EQUAL(number(r, "worker"), 1);
	CU_ASSERT_EQUAL(number(r, "core"), 3);
	CU_ASSERT_EQUAL(number(r, "busy-percent"), 17);
	CU_ASSERT_EQUAL(number(r, "rx-pps"), 1700);
	CU_ASSERT_EQUAL(number(r, "cycles-per-frame"), 170);
	CU_ASSERT_DOUBLE_EQUAL(json_real_value(json_object_get(r, "frames-per-burst")), 7.1, 0.0001);
	CU_ASSERT(json_is_true(json_object_get(r, "stuck")));
	CU_ASSERT(json_is_false(json_object_get(json_array_get(rows, 0), "stuck")));
	CU_ASSERT_EQUAL(number(r, "rx-frames"), 3);
	CU_ASSERT_EQUAL(number(r, "bursts"), 3);
	CU_ASSERT_EQUAL(number(r, "neighbors"), 2);
	CU_ASSERT_EQUAL(number(r, "origins"), 2);
	CU_ASSERT_EQUAL(number(r, "no-mbuf"), 0);
	CU_ASSERT_EQUAL(number(r, "evicted"), 0);
	CU_ASSERT_EQUAL(number(r, "full"), 0);
	CU_ASSERT_EQUAL(number(r, "at-us"), (json_int_t)(base_mono_ns() / 1000));
	CU_ASSERT_EQUAL_FATAL(json_array_size(json_object_get(r, "ports")), 1);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_array_get(json_object_get(r, "ports"), 0)), "b");
	CU_ASSERT_EQUAL(
		json_object_size(json_object_get(json_object_get(r, "stages"), "cycles")), DP_N_STAGES);
	json_decref(rows);
	json_t *s = app_bed_ask(bed, "status", NULL);
	CU_ASSERT_EQUAL(number(s, "neighbors"), 2);
	json_decref(s);
	CU_ASSERT(app_bed_close(bed));
}

// Each counter of a worker is told by its own name.
static void a_worker_has_each_counter(void)
{
	struct app_bed *bed = app_bed_open(HEAD "ports: { a: { device: net_ring_app0 } }\n");
	struct dp_worker_counters *c =
		(struct dp_worker_counters *)(uintptr_t)dp_worker_counters(bed->app.workers[0]);
	struct dp_stage_counters *stages =
		(struct dp_stage_counters *)(uintptr_t)dp_worker_stages(bed->app.workers[0]);
	static const char *const names[] = {
		"rx", "classify", "relay", "auth", "learn", "route", "flood", "tx"};

	c->rx_frames = 101;
	c->bursts = 102;
	c->punts = 103;
	c->punts_lost = 104;
	c->no_mbuf = 105;
	c->unanswered = 106;
	bed->app.channels[0]->events_lost = 107;
	stages->frames = 108;
	for (uint32_t s = 0; s < DP_N_STAGES; s++)
		stages->tsc[s] = 200 + s;
	json_t *rows = app_bed_ask(bed, "workers", NULL);
	const json_t *r = json_array_get(rows, 0);
	CU_ASSERT_EQUAL(number(r, "rx-frames"), 101);
	CU_ASSERT_EQUAL(number(r, "bursts"), 102);
	CU_ASSERT_EQUAL(number(r, "punts"), 103);
	CU_ASSERT_EQUAL(number(r, "punts-lost"), 104);
	CU_ASSERT_EQUAL(number(r, "no-mbuf"), 105);
	CU_ASSERT_EQUAL(number(r, "unanswered"), 106);
	CU_ASSERT_EQUAL(number(r, "events-lost"), 107);
	const json_t *told = json_object_get(r, "stages");
	CU_ASSERT_EQUAL(number(told, "frames"), 108);
	for (uint32_t s = 0; s < DP_N_STAGES; s++)
		CU_ASSERT_EQUAL(number(json_object_get(told, "cycles"), names[s]), 200 + s);
	json_decref(rows);
	c->punts = 0;
	c->punts_lost = 0;
	CU_ASSERT(app_bed_close(bed));
}

// ---- neighbors

static void a_row_of_neighbors_says_who_where_and_when(void)
{
	struct app_bed *bed =
		app_bed_open("romon: { identity: n, id: 02:00:00:00:ff:01, neighbor-age: 30s }\n"
			     "ports: { a: { device: net_ring_app0 } }\n"
			     "relay-groups: { g: { ports: { r: { device: net_ring_app1 }, s: { device: "
			     "net_ring_app2 } } } }\n");
	struct frame f;

	frame_discover(&f, frame_mac(0x31), frame_mac(0x32), NULL, 0);
	app_bed_send(bed, 0, &f);
	app_bed_send(bed, 0, &f);
	discover_put(bed, 1, 0x41);
	app_bed_advance_ms(bed, 10000); // workers' time goes on by itself, too
	json_t *answer = app_bed_ask(bed, "neighbors", NULL);
	CU_ASSERT_EQUAL(number(answer, "total"), 2);
	CU_ASSERT(json_is_null(json_object_get(answer, "next")));
	const json_t *rows = json_object_get(answer, "rows");
	CU_ASSERT_EQUAL_FATAL(json_array_size(rows), 2);
	const json_t *r = json_array_get(rows, 0);
	CU_ASSERT_STRING_EQUAL(text(r, "port"), "a");
	CU_ASSERT_STRING_EQUAL(text(r, "interface"), "net_ring_app0");
	CU_ASSERT_STRING_EQUAL(text(r, "mac-address"), "02:00:00:00:00:31");
	CU_ASSERT_STRING_EQUAL(text(r, "status"), "ok");
	CU_ASSERT_EQUAL(number(r, "rx-frames"), 2);
	CU_ASSERT(number(r, "age-ms") >= 10000 && number(r, "age-ms") <= 15000);
	CU_ASSERT_EQUAL(number(r, "worker"), 0);
	CU_ASSERT_STRING_EQUAL(text(r, "id"), "02:00:00:00:00:32");
	r = json_array_get(rows, 1);
	CU_ASSERT_STRING_EQUAL(text(r, "port"), "r");
	CU_ASSERT_STRING_EQUAL(text(r, "mac-address"), "02:00:00:00:00:41");
	CU_ASSERT(json_is_null(json_object_get(r, "id")));
	CU_ASSERT(json_is_null(json_object_get(r, "secret")));
	json_decref(answer);
	app_bed_advance_ms(bed, 5001);
	answer = app_bed_ask(bed, "neighbors", "{\"port\": \"a\"}");
	CU_ASSERT_EQUAL(json_array_size(json_object_get(answer, "rows")), 1);
	CU_ASSERT_STRING_EQUAL(text(json_array_get(json_object_get(answer, "rows"), 0), "status"), "late");
	json_decref(answer);
	CU_ASSERT_PTR_NULL(app_bed_ask(bed, "neighbors", "{\"count\": 0}"));
	CU_ASSERT_PTR_NULL(app_bed_ask(bed, "neighbors", "{\"count\": 1001}"));
	CU_ASSERT_PTR_NULL(app_bed_ask(bed, "neighbors", "{\"port\": \"z\"}"));
	CU_ASSERT_EQUAL(bed->error.code, API_ERROR_NOT_FOUND);
	CU_ASSERT_STRING_EQUAL(bed->error.message, "no port z; `romonctl ports` lists them");
	CU_ASSERT(app_bed_close(bed));
}

// ---- why, as the whole answer

static void why_of_a_port_has_what_came_and_when(void)
{
	struct app_bed *bed = app_bed_open(TWO);
	struct frame f;

	app_bed_advance_ms(bed, 1000);
	json_t *row = row_of(app_bed_ask(bed, "why", "{\"port\": \"a\"}"), "port", "a");
	CU_ASSERT(json_is_null(json_object_get(row, "last-bad")));
	CU_ASSERT(json_is_null(json_object_get(row, "rx-age-ms")));
	CU_ASSERT(json_is_null(json_object_get(row, "foreign-channel")));
	CU_ASSERT_EQUAL(number(row, "rx-frames"), 0);
	CU_ASSERT_EQUAL(json_array_size(json_object_get(row, "types")), 0);
	CU_ASSERT_EQUAL(json_array_size(json_object_get(row, "drops")), 0);
	CU_ASSERT_STRING_EQUAL(text(row, "mode"), "node");
	CU_ASSERT_STRING_EQUAL(text(row, "state"), "up");
	json_decref(row);
	discover_put(bed, 0, 1);
	json_decref(app_bed_ask(bed, "why", NULL)); // looks
	app_bed_advance_ms(bed, 40);
	frame_discover(&f, frame_mac(1), frame_mac(2), NULL, 0);
	frame_hdr(&f)->channel = 7;
	app_bed_send(bed, 0, &f);
	json_decref(app_bed_ask(bed, "why", NULL));
	app_bed_advance_ms(bed, 30);
	row = row_of(app_bed_ask(bed, "why", NULL), "port", "a");
	CU_ASSERT_EQUAL(number(row, "rx-frames"), 2);
	CU_ASSERT_EQUAL(number(row, "rx-age-ms"), 30);
	const json_t *types = json_object_get(row, "types");
	CU_ASSERT_EQUAL_FATAL(json_array_size(types), 1);
	CU_ASSERT_STRING_EQUAL(text(json_array_get(types, 0), "type"), "Discover");
	const json_t *drops = json_object_get(row, "drops");
	CU_ASSERT_EQUAL_FATAL(json_array_size(drops), 1);
	CU_ASSERT_STRING_EQUAL(text(json_array_get(drops, 0), "reason"), "channel");
	CU_ASSERT_EQUAL(number(json_array_get(drops, 0), "age-ms"), 30);
	CU_ASSERT_EQUAL(number(json_array_get(drops, 0), "count"), 1);
	const json_t *foreign = json_object_get(row, "foreign-channel");
	CU_ASSERT_EQUAL(number(foreign, "channel"), 7);
	CU_ASSERT_STRING_EQUAL(text(foreign, "mac-address"), "02:00:00:00:00:01");
	CU_ASSERT_EQUAL(number(foreign, "age-ms"), 30);
	const json_t *bad = json_object_get(row, "last-bad");
	char hex[2 * APP_BAD_LEN_MAX + 1] = "";
	for (uint32_t i = 0; i < f.len; i++)
		snprintf(hex + 2 * i, 3, "%02x", f.bytes[i]);
	CU_ASSERT_STRING_EQUAL(text(bad, "reason"), "channel");
	CU_ASSERT_STRING_EQUAL(text(bad, "hex"), hex);
	CU_ASSERT_EQUAL(number(bad, "length"), f.len);
	CU_ASSERT_EQUAL(number(bad, "age-ms"), 30);
	CU_ASSERT(json_array_size(json_object_get(bad, "decoded")) > 1);
	json_decref(row);
	// the one of several that was heard last
	struct app_trend *t = &bed->app.slots[0].trend;
	t->foreign[4] = (struct app_foreign){base_mono_ms() - 5, t->foreign[0].mac, t->foreign[0].id, 0};
	row = row_of(app_bed_ask(bed, "why", "{\"what\": \"a\"}"), "port", "a");
	CU_ASSERT_STRING_EQUAL(text(json_object_get(row, "foreign-channel"), "channel"), "default");
	CU_ASSERT_EQUAL(number(json_object_get(row, "foreign-channel"), "age-ms"), 5);
	json_decref(row);
	json_t *all = app_bed_ask(bed, "why", NULL);
	CU_ASSERT_EQUAL(json_array_size(all), 2);
	json_decref(all);
	CU_ASSERT_PTR_NULL(app_bed_ask(bed, "why", "{\"what\": \"\"}"));
	CU_ASSERT_STRING_EQUAL(bed->error.message, "expected a port, a RoMON id or an identity");
	CU_ASSERT_PTR_NULL(app_bed_ask(bed, "why", "{\"what\": \"zz\"}"));
	CU_ASSERT_PTR_EQUAL(strstr(bed->error.message, "no port and no node that is called zz is known"),
		bed->error.message);
	CU_ASSERT_PTR_NULL(app_bed_ask(bed, "why", "{\"id\": \"zz\"}"));
	CU_ASSERT_PTR_EQUAL(
		strstr(bed->error.message, "no node that is called zz is known"), bed->error.message);
	CU_ASSERT_PTR_NULL(app_bed_ask(bed, "why", "{\"port\": \"zz\"}"));
	CU_ASSERT(app_bed_close(bed));
}

// As ports, why, neighbors and secrets have it.
static void a_page_has_all_of_one_port(void)
{
	struct app_bed *bed = app_bed_open(TWO);

	app_bed_advance_ms(bed, 1000);
	for (int i = 0; i < 30; i++) { // one a turn, a few of them in the last look
		discover_put(bed, 0, 1);
		app_bed_advance_ms(bed, 100);
	}
	json_t *p = app_bed_ask(bed, "port", "{\"name\": \"a\"}");
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_STRING_EQUAL(text(p, "name"), "a");
	CU_ASSERT_EQUAL(number(p, "rx-frames"), 30);
	CU_ASSERT_EQUAL(number(p, "rx-frames-per-s"), 10);
	CU_ASSERT_STRING_EQUAL(text(json_object_get(p, "why"), "port"), "a");
	CU_ASSERT_STRING_EQUAL(text(json_object_get(p, "signing"), "sends"), "unsigned");
	json_t *rows = json_object_get(json_object_get(p, "heard"), "rows");
	CU_ASSERT_EQUAL_FATAL(json_array_size(rows), 1);
	CU_ASSERT_STRING_EQUAL(text(json_array_get(rows, 0), "port"), "a");
	json_decref(p);
	p = app_bed_ask(bed, "port", "{\"name\": \"b\"}");
	CU_ASSERT_EQUAL(number(p, "rx-frames"), 0);
	CU_ASSERT_EQUAL(json_array_size(json_object_get(json_object_get(p, "heard"), "rows")), 0);
	json_decref(p);
	CU_ASSERT_PTR_NULL(app_bed_ask(bed, "port", "{\"name\": \"zz\"}"));
	CU_ASSERT_EQUAL(bed->error.code, API_ERROR_NOT_FOUND);
	CU_ASSERT(app_bed_close(bed));
}

static void texts_and_times_are_for_people(void)
{
	static const struct {
		uint64_t us;
		const char *text;
	} rows[] = {{0, "1970-01-01T00:00:00Z"}, {999999, "1970-01-01T00:00:00Z"},
		{1000000, "1970-01-01T00:00:01Z"}, {1709251199999999, "2024-02-29T23:59:59Z"}};

	for (size_t i = 0; i < BASE_ARRAY_LEN(rows); i++) {
		char t[SCHEMA_TIME_LEN];

		CU_ASSERT_STRING_EQUAL(schema_time(rows[i].us, t), rows[i].text);
	}
}

// ---- a node, and Data to it

static void a_node_has_each_field(void)
{
	struct app_bed *bed = app_bed_open(MASTER);

	app_bed_advance_ms(bed, 1000);
	CU_ASSERT_FATAL(app_bed_answer(bed, 0, &hap));
	uint64_t first_us = base_wall_us();
	app_bed_advance_ms(bed, 5000);
	CU_ASSERT_FATAL(app_bed_answer(bed, 0, &hap));
	json_t *n = app_bed_ask(bed, "node", "{\"id\": \"HAP\"}"); // but for the case of letters
	CU_ASSERT_PTR_NOT_NULL_FATAL(n);
	CU_ASSERT_STRING_EQUAL(text(n, "address"), "02:00:00:00:00:10");
	CU_ASSERT_STRING_EQUAL(text(n, "heard-on"), "a");
	CU_ASSERT_EQUAL(number(n, "l2mtu"), 1500);
	CU_ASSERT_EQUAL(number(n, "hops"), 1);
	CU_ASSERT_EQUAL(number(n, "cost"), 100 + 200); // our port, and its own
	CU_ASSERT_EQUAL(number(n, "paths-avoided"), 0);
	CU_ASSERT(json_is_null(json_object_get(n, "via-master")));
	CU_ASSERT(json_is_null(json_object_get(n, "master")));
	CU_ASSERT(json_is_null(json_object_get(n, "duplicate-id")));
	char first[SCHEMA_TIME_LEN], last[SCHEMA_TIME_LEN];
	CU_ASSERT_STRING_EQUAL(text(n, "first-seen"), schema_time(first_us, first));
	CU_ASSERT_STRING_EQUAL(text(n, "last-seen"), schema_time(base_wall_us(), last));
	CU_ASSERT_STRING_NOT_EQUAL(text(n, "first-seen"), text(n, "last-seen"));
	CU_ASSERT_EQUAL(json_array_size(json_object_get(n, "links")), 1);
	json_decref(n);
	CU_ASSERT(app_bed_close(bed));
}

static void a_path_is_as_the_topology_knows_it(void)
{
	struct app_bed *bed = app_bed_open(MASTER);
	struct node_io io = own_node_io(&bed->app);
	uint64_t id = base_mac_u64(&hap.id);
	struct node_path p;

	CU_ASSERT_EQUAL(node_path_find(&io, discovery_topo(&bed->app), id, &p), -ENETUNREACH);
	app_bed_advance_ms(bed, 1000);
	CU_ASSERT_FATAL(app_bed_answer(bed, 0, &hap));
	memset(&p, 0xee, sizeof(p));
	CU_ASSERT_EQUAL(node_path_find(&io, discovery_topo(&bed->app), id, &p), 0);
	CU_ASSERT_EQUAL(p.slot, 0);
	CU_ASSERT_EQUAL(p.n, 1);
	CU_ASSERT_EQUAL(p.l2mtu, 1500);
	CU_ASSERT_EQUAL(p.hops[0].link_id, 11);
	CU_ASSERT_EQUAL(p.hops[0].mac, id);
	CU_ASSERT_EQUAL(node_path_way(&p), id); // slot 0
	p.slot = 5;
	CU_ASSERT_EQUAL(node_path_way(&p), id | 5ull << 48);
	// over one link alone, whatever is known
	struct base_mac other = frame_mac(0x55);
	memset(&p, 0xee, sizeof(p));
	CU_ASSERT_EQUAL(node_path_link(&io, 0, base_mac_u64(&other), &p), 0);
	CU_ASSERT_EQUAL(p.slot, 0);
	CU_ASSERT_EQUAL(p.n, 1);
	CU_ASSERT_EQUAL(p.l2mtu, 1500);
	CU_ASSERT_EQUAL(p.hops[0].link_id, 11);
	CU_ASSERT_EQUAL(p.hops[0].mac, base_mac_u64(&other));
	CU_ASSERT_EQUAL(node_path_link(&io, 1, base_mac_u64(&other), &p), -ENETDOWN);
	CU_ASSERT_EQUAL(node_path_link(&io, SNAP_PORTS_MAX, base_mac_u64(&other), &p), -ENETDOWN);
	CU_ASSERT(app_bed_close(bed));
}

static void data_of_ours_is_as_long_as_its_path_takes(void)
{
	static uint8_t payload[2048];
	static struct frame f;
	struct app_bed *bed = app_bed_open(MASTER);
	struct node_io io = own_node_io(&bed->app);
	uint64_t id = base_mac_u64(&hap.id);
	struct wire_frame parsed;
	struct wire_l2 l2;
	struct node_path p;

	CU_ASSERT_EQUAL_FATAL(node_path_link(&io, 0, id, &p), 0);
	uint32_t most = node_payload_max(1500, 1);
	CU_ASSERT_EQUAL(most, 1500 - WIRE_HDR_LEN - WIRE_HOP_LEN - 4);
	CU_ASSERT_EQUAL(node_payload_max(WIRE_HDR_LEN + WIRE_HOP_LEN + 4, 1), 0);
	CU_ASSERT_EQUAL(node_payload_max(WIRE_HDR_LEN + WIRE_HOP_LEN + 5, 1), 1);
	CU_ASSERT_EQUAL(node_payload_max(10, 1), 0);
	CU_ASSERT_EQUAL(node_payload_max(1500, 3), most - 2 * WIRE_HOP_LEN);
	CU_ASSERT_EQUAL(node_data_send(&io, &p, id, 8, 9, payload, most + 1), -EMSGSIZE);
	app_bed_discard(bed, 0);
	payload[0] = 0xaa;
	payload[most - 1] = 0xbb;
	CU_ASSERT_EQUAL(node_data_send(&io, &p, id, 0x1234, 0x5678, payload, most), 0);
	app_bed_turn(bed);
	CU_ASSERT_FATAL(app_bed_take_type(bed, 0, WIRE_TYPE_DATA, &f));
	CU_ASSERT_EQUAL(f.len, WIRE_ETH_LEN + 1500);
	CU_ASSERT_FATAL(frame_parse(&f, &l2, &parsed));
	CU_ASSERT_EQUAL(parsed.n_hops, 1);
	struct base_mac here = app_bed_mac(bed, "a");
	CU_ASSERT_EQUAL(memcmp(f.bytes + 6, &here, 6), 0);
	const uint8_t *body = f.bytes + l2.romon_off + parsed.body_off;
	CU_ASSERT_EQUAL(base_be16_load(body), 0x1234);
	CU_ASSERT_EQUAL(base_be16_load(body + 2), 0x5678);
	CU_ASSERT_EQUAL(body[4], 0xaa);
	CU_ASSERT_EQUAL(f.bytes[f.len - 1], 0xbb);
	CU_ASSERT_EQUAL(base_mac_u64(&frame_hdr(&f)->src_id), bed->app.own_id);
	CU_ASSERT_EQUAL(base_mac_u64(&frame_hdr(&f)->dst_id), id);
	p.l2mtu = 0; // not known: the port's own limit holds
	CU_ASSERT_EQUAL(node_data_send(&io, &p, id, 8, 9, payload, most), 0);
	CU_ASSERT_EQUAL(node_data_send(&io, &p, id, 8, 9, payload, most + 1), -EMSGSIZE);
	p.slot = 3;
	CU_ASSERT_EQUAL(node_data_send(&io, &p, id, 8, 9, payload, 1), -ENETDOWN);
	app_bed_turn(bed);
	CU_ASSERT(app_bed_close(bed));
}

static void frames_of_ours_leave_by_ports_that_are_up_only(void)
{
	static uint8_t frame[2048];
	struct app_bed *bed = app_bed_open(TWO);
	struct frame f;

	for (int i = 0; i < 12; i++)
		frame[i] = (uint8_t)(i + 1);
	base_be16_store(frame + 12, WIRE_ETHERTYPE);
	CU_ASSERT_EQUAL(inject_send(&bed->app, 0, frame, WIRE_ETH_LEN - 1), -EMSGSIZE);
	CU_ASSERT_EQUAL(inject_send(&bed->app, 0, frame, WIRE_ETH_LEN + 1501), -EMSGSIZE);
	CU_ASSERT_EQUAL(inject_send(&bed->app, 0, frame, WIRE_ETH_LEN + 1500), 0);
	CU_ASSERT_EQUAL(inject_send(&bed->app, 1, frame, WIRE_ETH_LEN + 1497), -EMSGSIZE); // tagged
	CU_ASSERT_EQUAL(inject_send(&bed->app, 1, frame, WIRE_ETH_LEN + 100), 0);
	app_bed_discard(bed, 0);
	app_bed_discard(bed, 1);
	app_bed_turn(bed);
	CU_ASSERT_FATAL(app_bed_take(bed, 0, &f));
	CU_ASSERT_EQUAL(f.len, WIRE_ETH_LEN + 1500);
	CU_ASSERT_EQUAL(memcmp(f.bytes, frame, f.len), 0);
	CU_ASSERT_FATAL(app_bed_take(bed, 1, &f));
	CU_ASSERT_EQUAL(f.len, WIRE_ETH_LEN + WIRE_VLAN_LEN + 100);
	CU_ASSERT_EQUAL(memcmp(f.bytes, frame, 12), 0);
	CU_ASSERT_EQUAL(base_be16_load(f.bytes + 12), 0x8100);
	CU_ASSERT_EQUAL(base_be16_load(f.bytes + 14), 7);
	CU_ASSERT_EQUAL(base_be16_load(f.bytes + 16), WIRE_ETHERTYPE);
	CU_ASSERT_EQUAL(inject_slot_of(&bed->app, 11), 0);
	CU_ASSERT_EQUAL(inject_slot_of(&bed->app, 22), 1);
	CU_ASSERT_EQUAL(inject_slot_of(&bed->app, 12), -ENOENT);
	CU_ASSERT_EQUAL(inject_slot_of(&bed->app, UINT32_MAX), -ENOENT);
	app_bed_link_set(bed, 0, false);
	app_bed_advance_ms(bed, 250);
	CU_ASSERT_EQUAL(inject_send(&bed->app, 0, frame, 100), -ENETDOWN);
	CU_ASSERT(app_bed_close(bed));
}

// ---- memory

static size_t heap(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

// Each has a buffer of a megabyte. (Under AddressSanitizer the numbers are 0, and its own leak check looks.)
static void a_capture_that_ends_gives_its_memory_back(void)
{
	struct app_bed *bed = app_bed_open(TWO);
	size_t before = 0;

	for (int i = 0; i < 8; i++) {
		int fd = app_bed_connect(bed);

		if (i == 4)
			before = heap();
		app_bed_request(
			bed, fd, "{\"v\": 1, \"id\": 1, \"cmd\": \"capture\", \"args\": {\"port\": \"a\"}}");
		json_t *line = app_bed_line(bed, fd);
		CU_ASSERT_PTR_NOT_NULL(line);
		json_decref(line);
		close(fd);
		app_bed_advance_ms(bed, 200);
	}
	CU_ASSERT(heap() < before + 1000000);
	// one that is refused, too
	int fd = app_bed_connect(bed);
	for (int i = 0; i < 4; i++) {
		app_bed_request(
			bed, fd, "{\"v\": 1, \"id\": 1, \"cmd\": \"capture\", \"args\": {\"port\": \"z\"}}");
		json_decref(app_bed_line(bed, fd));
	}
	close(fd);
	app_bed_advance_ms(bed, 200);
	CU_ASSERT(heap() < before + 1000000);
	CU_ASSERT(app_bed_close(bed));
}

static const struct suite_case cases[] = {
	SUITE_CASE(a_row_of_ports_has_each_counter),
	SUITE_CASE(a_port_that_cannot_be_opened_says_why),
	SUITE_CASE(status_says_what_runs),
	SUITE_CASE(status_warns_of_trials_and_of_what_is_off),
	SUITE_CASE(a_worker_has_its_rates_counters_and_ports),
	SUITE_CASE(a_worker_has_each_counter),
	SUITE_CASE(a_row_of_neighbors_says_who_where_and_when),
	SUITE_CASE(why_of_a_port_has_what_came_and_when),
	SUITE_CASE(texts_and_times_are_for_people),
	SUITE_CASE(a_page_has_all_of_one_port),
	SUITE_CASE(a_node_has_each_field),
	SUITE_CASE(a_path_is_as_the_topology_knows_it),
	SUITE_CASE(data_of_ours_is_as_long_as_its_path_takes),
	SUITE_CASE(frames_of_ours_leave_by_ports_that_are_up_only),
	SUITE_CASE(a_capture_that_ends_gives_its_memory_back),
};
SUITE_MAIN("app facts", cases)
