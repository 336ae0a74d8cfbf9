// SPDX-License-Identifier: BSD-3-Clause
// The key dispatch: frames of one port dealt to two workers, those of a neighbor always to the same one.
#include <string.h>

#include "base_be.h"
#include "dp_bed.h"
#include "station.h"
#include "suite.h"

#define NODE_OF(limits, keys)                                                      \
	"romon: { identity: n, id: 02:00:00:00:ff:01, secrets: [] }\n"             \
	"workers: { cores: [0, 1] }\n"                                             \
	"limits: { neighbors: 1000, origins: 4096, punt: 10000000, " limits " }\n" \
	"ports:\n"                                                                 \
	"  a: { device: d0, link-id: 11, dispatch: neighbor, " keys " }\n"         \
	"  b: { device: d1, link-id: 22 }\n"                                       \
	"  v: { device: d2, link-id: 33, dispatch: neighbor, vlan: 7 }\n"          \
	"  w: { device: d2, link-id: 44, dispatch: neighbor, vlan: 8 }\n"
#define NODE NODE_OF("discover-in: none", "")

#define STATIONS 32

enum { A, B, V, W };

static struct dp_bed *two_workers(const char *yaml)
{
	return dp_bed_open_cfg(&(struct dp_bed_cfg){.yaml = yaml, .n_workers = 2});
}

static void close_balanced(struct dp_bed *bed)
{
	CU_ASSERT_TRUE(dp_bed_is_balanced(bed));
	CU_ASSERT_TRUE(dp_bed_close(bed));
}

static uint64_t rx_frames(const struct dp_bed *bed, uint32_t worker, uint8_t slot)
{
	return dp_worker_port_counters(bed->workers[worker], slot)->rx_frames;
}

static struct frame data_of(struct dp_bed *bed, uint8_t slot, uint16_t station)
{
	struct frame f = dp_bed_data_to(bed, slot, 22);
	struct base_mac mac = frame_mac(station);

	memcpy(f.bytes + BASE_MAC_LEN, &mac, BASE_MAC_LEN);
	return f;
}

// Does this worker have a row of the station?
static bool knows(const struct dp_bed *bed, uint32_t worker, uint16_t station)
{
	const struct nbr_table *t = dp_worker_neighbors(bed->workers[worker]);
	struct base_mac mac = frame_mac(station);
	struct nbr_row row;

	for (uint32_t i = 0; i < nbr_table_rows_end(t); i++) {
		if (nbr_table_row(t, i, &row) && nbr_key_mac(row.key) == base_mac_u64(&mac))
			return true;
	}
	return false;
}

static void each_neighbor_is_one_workers(void)
{
	struct dp_bed *bed = two_workers(NODE);
	uint32_t n_of[2] = {0};

	for (int round = 0; round < 3; round++) {
		for (uint16_t s = 1; s <= STATIONS; s++) {
			struct frame f = data_of(bed, A, s);

			dp_bed_inject(bed, A, &f);
		}
		dp_bed_turn(bed);
		dp_bed_turn(bed);
		CU_ASSERT_EQUAL(dp_bed_discard(bed, B), STATIONS);
	}
	for (uint16_t s = 1; s <= STATIONS; s++) {
		CU_ASSERT_EQUAL(knows(bed, 0, s) + knows(bed, 1, s), 1);
		n_of[0] += knows(bed, 0, s);
		n_of[1] += knows(bed, 1, s);
	}
	CU_ASSERT_TRUE(n_of[0] >= STATIONS / 4 && n_of[1] >= STATIONS / 4);
	for (uint32_t w = 0; w < 2; w++) {
		CU_ASSERT_EQUAL(rx_frames(bed, w, A), 3 * n_of[w]);
		CU_ASSERT_EQUAL(
			dp_worker_counters(bed->workers[w])->rx_frames, w == 0 ? 3 * STATIONS : 3 * n_of[1]);
	}
	close_balanced(bed);
}

// Addresses that were chosen to meet in one worker, by the multiplier that was no secret: they spread.
static void chosen_addresses_spread_over_the_workers(void)
{
	struct dp_bed *bed = two_workers(NODE);
	uint32_t n = 0;

	for (uint32_t i = 1; n < 200; i++) {
		struct frame f = data_of(bed, A, 1);

		base_be32_store(f.bytes + 8, i * 2654435761u);
		uint64_t mac = base_mac_u64(f.bytes + BASE_MAC_LEN);
		if (mac * 0x9e3779b97f4a7c15ull >> 62 != 0)
			continue; // worker 0 of 2, and in the same quarter
		dp_bed_send(bed, A, &f);
		n++;
	}
	uint64_t n_of_1 = rx_frames(bed, 1, A);
	CU_ASSERT_TRUE(n_of_1 >= 60 && n_of_1 <= 140);
	dp_bed_discard_all(bed);
	close_balanced(bed);
}

// The first station whose frames worker 1 gets.
static uint16_t station_of_1(void)
{
	struct dp_bed *bed = two_workers(NODE);
	uint16_t s = 0;

	do {
		s++;
		struct frame f = data_of(bed, A, s);
		dp_bed_send(bed, A, &f);
	} while (!knows(bed, 1, s));
	dp_bed_discard(bed, B);
	CU_ASSERT_TRUE(dp_bed_close(bed));
	return s;
}

static void frames_of_a_neighbor_keep_their_order(void)
{
	uint16_t s = station_of_1();
	struct dp_bed *bed = two_workers(NODE);
	uint32_t n_left = 0;
	struct frame out;

	for (uint32_t i = 0; i < 200; i++) {
		struct frame f = data_of(bed, A, i % 3 == 0 ? (uint16_t)(s + 1) : s);

		base_be32_store(f.bytes + f.len - 4, i);
		dp_bed_inject(bed, A, &f);
		if (i % 50 == 49)
			dp_bed_turn_worker(bed, 0);
		if (i % 80 == 79)
			dp_bed_turn_worker(bed, 1);
	}
	for (int i = 0; i < 10; i++)
		dp_bed_turn(bed);
	uint32_t last[2] = {0};
	while (dp_bed_take(bed, B, &out)) {
		uint32_t i = base_be32_load(out.bytes + out.len - 4);

		CU_ASSERT_TRUE(n_left < 2 || i > last[i % 3 == 0]);
		last[i % 3 == 0] = i;
		n_left++;
	}
	CU_ASSERT_EQUAL(n_left, 200);
	close_balanced(bed);
}

static void full_ring_drops_by_name(void)
{
	struct frame f;
	uint16_t s = station_of_1();
	struct dp_bed *bed = two_workers(NODE);

	f = data_of(bed, A, s);
	for (uint32_t i = 0; i < XCHG_DISPATCHED_LEN + 100; i++) {
		dp_bed_inject(bed, A, &f);
		dp_bed_turn_worker(bed, 0);
	}
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_DISPATCH_FULL), 100);
	CU_ASSERT_EQUAL(rx_frames(bed, 0, A), 100);
	for (int i = 0; i < 20; i++)
		dp_bed_turn_worker(bed, 1);
	CU_ASSERT_EQUAL(rx_frames(bed, 1, A), XCHG_DISPATCHED_LEN);
	CU_ASSERT_EQUAL(dp_bed_discard(bed, B), DP_BED_TX_RING_LEN);
	close_balanced(bed);
}

// Frames of several devices in one ring; ports by VLAN; what is no RoMON, and what has no addresses.
static void every_frame_is_classified_where_it_goes(void)
{
	uint16_t s = station_of_1();
	struct dp_bed *bed = two_workers(NODE);
	struct frame of_a = data_of(bed, A, s);
	struct frame of_v = data_of(bed, V, s);
	struct frame of_w = data_of(bed, W, s);
	struct frame other = of_a;
	struct frame runt = {.len = 10};

	frame_tag(&of_v, 7);
	frame_tag(&of_w, 8);
	frame_ethertype(&other, 0x0800);
	for (int i = 0; i < 5; i++) {
		dp_bed_inject(bed, A, &of_a);
		dp_bed_inject(bed, V, &of_v);
		dp_bed_inject(bed, W, &of_w);
		dp_bed_inject(bed, A, &other);
		dp_bed_inject(bed, A, &runt);
		dp_bed_turn_worker(bed, 0);
	}
	CU_ASSERT_EQUAL(dp_bed_discard(bed, B), 0);
	for (int i = 0; i < 3; i++)
		dp_bed_turn_worker(bed, 1);
	CU_ASSERT_EQUAL(rx_frames(bed, 1, A), 10);
	CU_ASSERT_EQUAL(rx_frames(bed, 1, V), 5);
	CU_ASSERT_EQUAL(rx_frames(bed, 1, W), 5);
	CU_ASSERT_EQUAL(dp_worker_port_counters(bed->workers[1], A)->drops[DP_DROP_NOT_ROMON], 5);
	CU_ASSERT_EQUAL(dp_worker_port_counters(bed->workers[0], A)->drops[DP_DROP_RUNT], 5);
	CU_ASSERT_EQUAL(dp_bed_discard(bed, B), 15);
	close_balanced(bed);
}

// What lies in the ring when its device is closed was received by nobody.
static void device_goes_while_frames_wait(void)
{
	uint16_t s = station_of_1();
	struct dp_bed *bed = two_workers(NODE);
	struct frame of_a = data_of(bed, A, s);
	struct frame of_v = data_of(bed, V, s);

	frame_tag(&of_v, 7);
	for (int i = 0; i < 3; i++) {
		dp_bed_inject(bed, A, &of_a);
		dp_bed_inject(bed, V, &of_v);
		dp_bed_turn_worker(bed, 0);
	}
	bed->in.ports[V].is_open = false;
	bed->in.ports[W].is_open = false;
	dp_bed_publish(bed);
	dp_bed_turn_worker(bed, 1);
	CU_ASSERT_EQUAL(rx_frames(bed, 1, A), 3);
	CU_ASSERT_EQUAL(rx_frames(bed, 1, V), 0);
	CU_ASSERT_EQUAL(dp_bed_discard(bed, B), 3);
	close_balanced(bed);
}

// The workers' buckets of Discovers let through together what the port's limit says.
static void discovers_share_the_limit_of_the_port(void)
{
	struct dp_bed *bed = two_workers(NODE_OF("discover-in: 1000, answers-per-origin: none", ""));
	uint32_t n_left;

	dp_bed_advance_ms(bed, 1000);
	for (uint16_t i = 0; i < 400; i++) {
		struct frame f;

		frame_discover(&f, frame_mac((uint16_t)(1 + i % STATIONS)), frame_mac((uint16_t)(1000 + i)),
			NULL, 0);
		dp_bed_inject(bed, A, &f);
		dp_bed_turn(bed);
	}
	n_left = dp_bed_discard(bed, B);
	CU_ASSERT_TRUE(n_left > 90 && n_left <= 104); // a tenth of a second's worth; one hop costs 1/33 less
	close_balanced(bed);
}

// An answer finds its way out by a port whose neighbor another worker knows.
static void resp_leaves_by_a_dispatched_port(void)
{
	uint16_t s = station_of_1();
	struct dp_bed *bed = two_workers(NODE);
	const struct frame_hop hops[] = {{11, frame_mac(s)}, {22, dp_bed_mac(bed, B)}};
	struct frame f = data_of(bed, A, s);

	dp_bed_send(bed, A, &f);
	dp_bed_discard(bed, B);
	CU_ASSERT_TRUE(knows(bed, 1, s));
	frame_resp(&f, dp_bed_mac(bed, B), frame_mac(600), frame_mac(500), frame_mac(600), hops, 2, 1);
	dp_bed_send(bed, B, &f); // worker 0's
	CU_ASSERT_EQUAL(dp_bed_discard(bed, A), 1);
	close_balanced(bed);
}

// Neighbors of both workers sign: each is asked, believed, and protected from replay by its own worker.
static void signed_neighbors_are_met_by_their_worker(void)
{
	struct dp_bed *bed = two_workers(NODE_OF("discover-in: none", "secrets: [of the cabinet]"));
	struct station stations[STATIONS];
	uint32_t n_left = 0;
	uint32_t n_of_1 = 0;

	for (uint16_t k = 0; k < STATIONS; k++) {
		station_init(&stations[k], (uint16_t)(k + 1), "of the cabinet");
		CU_ASSERT_TRUE(station_meet(&stations[k], bed, A));
		n_of_1 += knows(bed, 1, (uint16_t)(k + 1));
	}
	CU_ASSERT_TRUE(n_of_1 > 0 && n_of_1 < STATIONS);
	dp_bed_discard_all(bed);
	for (uint16_t k = 0; k < STATIONS; k++) {
		struct frame f = data_of(bed, A, (uint16_t)(k + 1));

		station_sign(&stations[k], &f);
		dp_bed_send(bed, A, &f);
		dp_bed_turn(bed);
		n_left += dp_bed_discard(bed, B);
		dp_bed_send(bed, A, &f);
		dp_bed_turn(bed);
		CU_ASSERT_EQUAL(dp_bed_discard(bed, B), 0);
	}
	CU_ASSERT_EQUAL(n_left, STATIONS);
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_AUTH_REPLAY), STATIONS);
	dp_bed_discard_punts(bed);
	close_balanced(bed);
}

static const struct suite_case cases[] = {
	SUITE_CASE(each_neighbor_is_one_workers),
	SUITE_CASE(chosen_addresses_spread_over_the_workers),
	SUITE_CASE(frames_of_a_neighbor_keep_their_order),
	SUITE_CASE(full_ring_drops_by_name),
	SUITE_CASE(every_frame_is_classified_where_it_goes),
	SUITE_CASE(device_goes_while_frames_wait),
	SUITE_CASE(discovers_share_the_limit_of_the_port),
	SUITE_CASE(resp_leaves_by_a_dispatched_port),
	SUITE_CASE(signed_neighbors_are_met_by_their_worker),
};

SUITE_MAIN("dp dispatch", cases)
