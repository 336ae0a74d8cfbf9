// SPDX-License-Identifier: BSD-3-Clause
// The accounting rule over a long mixed run: every frame received is, exactly once, an original sent,
// delivered, or dropped with one reason; every mbuf comes back. Frames of all kinds, good and spoilt, on
// node, VLAN, signing and relay ports, while devices, punts and the mbuf pool are full or empty part of
// the time and snapshots change. The seed is fixed, and next to nothing depends on real time: a failure
// repeats.
//
// 1 million frames; 10 million with ROMOND_LONG=1.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_mbuf.h>

#include "base_be.h"
#include "base_clock.h"
#include "dp_bed.h"
#include "suite.h"
#include "test_random.h"

#define N_FRAMES      1000000u
#define N_FRAMES_LONG 10000000u
#define N_KINDS       64    // of frames, for each node port
#define CHECK_EVERY   65536 // frames between two exact checks

#define YAML                                                                             \
	"romon: { identity: n, id: 02:00:00:00:ff:01, flood-hold: 2ms, hop-limit: 6 }\n" \
	"limits: { neighbors: 300, neighbors-per-port: 200, origins: 64, punt: 2000,\n"  \
	"  discover-in: 400, answers-per-origin: 100 }\n"                                \
	"ports:\n"                                                                       \
	"  a: { device: d0, link-id: 11 }\n"                                             \
	"  b: { device: d1, link-id: 22 }\n"                                             \
	"  v: { device: d1, link-id: 33, vlan: 7 }\n"                                    \
	"  s: { device: d2, link-id: 44, secrets: [x] }\n"                               \
	"  m: { device: d3, link-id: 55, data-dst: multicast }\n"                        \
	"relay-groups:\n"                                                                \
	"  g: { storm-limit: 2000, loop-guard: 5ms, ports: { r0: { device: d4 },\n"      \
	"       r1: { device: d5 }, r2: { device: d6, vlan: 9 } } }\n"                   \
	"  h: { ports: { t0: { device: d7, vlan: 1 }, t1: { device: d7, vlan: 2 } } }\n" \
	"filters: [ { port: a, deny-service: [winbox] }, { deny-id: [\"02:00:00:00:00:0d\"] } ]\n"

enum { A, B, V, S, M, R0, R1, R2, T0, T1, N_PORTS };

static struct frame kinds[M + 1][N_KINDS];

static uint32_t link_random(void)
{
	static const uint32_t links[] = {11, 22, 33, 44, 55, 66};

	return links[random_below(BASE_ARRAY_LEN(links))];
}

// A frame of that kind as a station sends it to the port.
static struct frame kind_made(struct dp_bed *bed, uint8_t port, uint32_t kind)
{
	struct frame_hop hops[8];
	struct base_mac here = dp_bed_mac(bed, port);
	struct base_mac from = frame_mac((uint16_t)(1 + random_below(20)));
	struct base_mac other = frame_mac((uint16_t)(1 + random_below(20)));
	uint32_t n = 1 + random_below(6);
	uint32_t ptr = random_below(n);
	struct frame f;

	for (uint32_t i = 0; i < BASE_ARRAY_LEN(hops); i++)
		hops[i] = (struct frame_hop){link_random(), frame_mac((uint16_t)(1 + random_below(20)))};
	switch (kind % 8) {
	case 0:
	case 1:
		frame_discover(&f, from, other, hops, n - 1);
		break;
	case 2:
		frame_resp(&f, here, from, other, from, hops, n, (uint8_t)ptr);
		break;
	case 3:
		frame_hello(&f, here, from);
		break;
	case 4:
		frame_seq_err(&f, here, from);
		break;
	default:
		hops[ptr].mac = here;
		frame_data(&f,
			&(struct frame_data_spec){.eth_dst = kind % 8 == 5 ? wire_group_mac : here,
				.eth_src = from,
				.src_id = from,
				.dst_id = kind % 8 == 6 ? (struct base_mac){{2, 0, 0, 0, 0xff, 1}} : other,
				.hops = hops,
				.n = n,
				.ptr = (uint8_t)ptr,
				.src_port = 5000,
				.dst_port = (uint16_t)(1 + random_below(5)),
				.payload_len = random_below(3) == 0 ? 1400 : 32});
		break;
	}
	return f;
}

// One frame of the run: a kind, perhaps on another station's behalf, spoilt, cut, tagged, padded, in pieces.
static void inject_random(struct dp_bed *bed, bool worker1_sleeps)
{
	static const uint16_t tags[] = {0, 1, 2, 7, 9, 4095};
	static struct frame f;
	uint8_t port = (uint8_t)random_below(N_PORTS);
	while (worker1_sleeps && bed->in.ports[port].worker != 0)
		port = (uint8_t)random_below(N_PORTS);
	uint8_t meant_for = port <= M && random_below(16) > 0 ? port : (uint8_t)random_below(M + 1);
	const struct frame *kind = &kinds[meant_for][random_below(N_KINDS)];
	uint32_t dice = random_below(64);

	f.len = kind->len;
	memcpy(f.bytes, kind->bytes, f.len);
	if (dice & 1)
		f.bytes[11] = (uint8_t)(1 + random_below(250)); // Ethernet source
	if (dice & 2)
		f.bytes[14 + 33] = (uint8_t)random_below(256); // source id
	if (dice == 41)
		memcpy(f.bytes + 6, &bed->in.ports[random_below(M + 1)].mac, 6);
	if (dice < 8)
		f.bytes[random_below(f.len)] = (uint8_t)random_below(256);
	if (dice >= 60)
		f.len = random_below(f.len);
	bool is_tagged = port == V || port == R2 || port == T0 || port == T1;
	if (f.len >= WIRE_ETH_LEN && (is_tagged ? dice != 9 : dice == 9)) {
		static const uint16_t vids[N_PORTS] = {[V] = 7, [R2] = 9, [T0] = 1, [T1] = 2};

		frame_tag(&f, dice == 10 ? tags[random_below(BASE_ARRAY_LEN(tags))] : vids[port]);
	}
	if (dice == 11)
		frame_pad(&f, random_below(200));
	if (dice == 12)
		frame_pad(&f, 2500 - f.len);
	if (dice == 13)
		dp_bed_inject_flush_left(bed, port, &f);
	else if (dice >= 14 && dice < 20 && f.len < 2000)
		dp_bed_inject_split(bed, port, &f, random_below(f.len + 1));
	else
		dp_bed_inject(bed, port, &f);
}

// What the run does beside frames, from time to time.
static void change_something(struct dp_bed *bed, uint32_t dice)
{
	uint8_t port = (uint8_t)random_below(N_PORTS);

	switch (dice) {
	case 0:
		bed->in.ports[port].is_up = random_below(8) > 0;
		dp_bed_publish(bed);
		break;
	case 1:
		bed->in.ports[port].mtu = bed->in.ports[port].mtu == 1500 ? 300 : 1500;
		dp_bed_publish(bed);
		break;
	case 2:
		dp_bed_pool_exhaust(bed);
		break;
	case 3:
	case 4:
		dp_bed_pool_restore(bed);
		break;
	case 5:
		dp_bed_tap(bed, &(struct snap_tap){.in = 1ull << port,
					.out = random_below(1u << N_PORTS),
					.torch = random_below(2),
					.types = random_below(64)});
		break;
	case 6:
		dp_bed_discard_tapped(bed);
		dp_bed_discard_flows(bed);
		break;
	default:
		dp_bed_advance_ms(bed, random_below(30));
		break;
	}
}

// All that is in flight arrives or is lost.
static void quiesce(struct dp_bed *bed)
{
	do {
		dp_bed_discard_all(bed);
	} while (dp_bed_turn(bed) > 0);
	dp_bed_discard_all(bed);
}

static bool totals_check(struct dp_bed *bed, uint64_t n_injected, struct dp_bed_totals *t)
{
	quiesce(bed);
	dp_bed_totals(bed, t);
	CU_ASSERT_EQUAL(t->rx_frames, n_injected);
	CU_ASSERT_EQUAL(t->rx_frames, t->tx_originals + t->delivered + t->n_drops);
	return t->rx_frames == n_injected && dp_bed_is_balanced(bed);
}

static void report(const struct dp_bed_totals *t, uint64_t took_ms)
{
	uint32_t n_reasons = 0;

	for (uint32_t r = 0; r < DP_N_REASONS; r++)
		n_reasons += t->drops[r] > 0;
	printf("\n    %llu received = %llu sent on + %llu delivered + %llu dropped (%u reasons); "
	       "%llu transmissions, %llu copies lost, %llu ms ",
		(unsigned long long)t->rx_frames, (unsigned long long)t->tx_originals,
		(unsigned long long)t->delivered, (unsigned long long)t->n_drops, n_reasons,
		(unsigned long long)t->tx_frames, (unsigned long long)t->tx_lost,
		(unsigned long long)took_ms);
	if (getenv("ROMOND_VERBOSE") == NULL)
		return;
	for (uint32_t r = 0; r < DP_N_REASONS; r++)
		printf("\n    %-18s %llu", dp_reason_name((enum dp_reason)r),
			(unsigned long long)t->drops[r]);
}

static void run(const struct dp_bed_cfg *cfg, uint64_t seed)
{
	uint32_t n_frames = getenv("ROMOND_LONG") != NULL ? N_FRAMES_LONG : N_FRAMES;
	struct dp_bed *bed = dp_bed_open_cfg(cfg);
	struct dp_bed_totals t;
	uint64_t begin_ms = base_mono_ms();

	random_state = seed;
	for (uint32_t i = 0; cfg->n_workers == 2 && i < N_PORTS;
		i++) // a device, and a group, is one worker's
		bed->in.ports[i].worker = i == A || i == S || i >= T0;
	dp_bed_publish(bed);
	for (uint8_t p = 0; p <= M; p++) {
		for (uint32_t k = 0; k < N_KINDS; k++)
			kinds[p][k] = kind_made(bed, p, k);
	}
	for (uint32_t i = 1; i <= n_frames; i++) {
		bool worker1_sleeps = bed->n_workers > 1 && i / 32768 % 4 == 3;

		inject_random(bed, worker1_sleeps);
		uint32_t n_awake = worker1_sleeps ? 1 : bed->n_workers;
		if (i % 8 == 0 && random_below(8) == 0)
			dp_bed_turn_worker(bed, random_below(n_awake));
		for (uint32_t w = 0; i % 128 == 0 && w < n_awake; w++)
			dp_bed_turn_worker(bed, w);
		if (i % 512 == 0 && i / 16384 % 8 != 1) // devices take nothing for another eighth
			dp_bed_discard_all(bed);
		if (i % 1024 == 0 && i / 32768 % 4 != 2) { // control reads nothing for a quarter
			dp_bed_discard_punts(bed);
			dp_bed_discard_events(bed);
		}
		if (i % 256 == 0)
			change_something(bed, random_below(64));
		if (i % CHECK_EVERY == 0 && !totals_check(bed, i, &t))
			break;
	}
	CU_ASSERT_TRUE(totals_check(bed, n_frames, &t));
	report(&t, base_mono_ms() - begin_ms);
	CU_ASSERT_TRUE(dp_bed_close(bed));
}

static void one_worker(void)
{
	run(&(struct dp_bed_cfg){.yaml = YAML}, 0x9e3779b97f4a7c15u);
}

static void two_workers_one_queue_each_device(void)
{
	run(&(struct dp_bed_cfg){.yaml = YAML, .n_workers = 2, .n_txq = 1}, 0xdeadbeefcafef00du);
}

static void two_workers_two_queues_each_device(void)
{
	run(&(struct dp_bed_cfg){.yaml = YAML, .n_workers = 2, .n_txq = 2}, 0x123456789abcdefu);
}

static const struct suite_case cases[] = {
	SUITE_CASE(one_worker),
	SUITE_CASE(two_workers_one_queue_each_device),
	SUITE_CASE(two_workers_two_queues_each_device),
};

SUITE_MAIN("dp account", cases)
