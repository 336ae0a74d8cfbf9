// SPDX-License-Identifier: BSD-3-Clause
// A million made-up neighbors and origins from one port: tables keep their caps, others keep their rows, and
// memory stays as it is.
#include <stdio.h>
#include <unistd.h>

#include "base_be.h"
#include "dp_bed.h"
#include "frames.h"
#include "suite.h"

#define N_SPOOFED 1000000u
#define N_HONEST  100u
#define N_KEPT    20000u // the table's cap: less than the sum of the ports' caps
#define PER_PORT  16384u
#define A         0 // the spoofer's port
#define B         1

static uint64_t rss_bytes(void)
{
	unsigned long pages = 0;
	unsigned long resident = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (f == NULL)
		return 0;
	if (fscanf(f, "%lu %lu", &pages, &resident) != 2)
		resident = 0;
	fclose(f);
	return (uint64_t)resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void honest_speak(struct dp_bed *bed)
{
	struct frame f;

	for (uint32_t i = 0; i < N_HONEST; i++) {
		frame_discover(&f, frame_mac((uint16_t)(1 + i)), frame_mac((uint16_t)(1 + i)), NULL, 0);
		dp_bed_send(bed, B, &f);
	}
	dp_bed_discard_all(bed);
	dp_bed_discard_punts(bed);
	dp_bed_discard_events(bed);
}

// Frames first..first+n of made-up stations, each its own origin.
static void spoof(struct dp_bed *bed, uint32_t first, uint32_t n)
{
	struct frame f;

	frame_discover(&f, frame_mac(1), frame_mac(1), NULL, 0);
	f.bytes[6] = 0x06; // none of the honest ones
	frame_hdr(&f)->src_id.b[0] = 0x06;
	for (uint32_t i = first; i < first + n; i++) {
		base_be32_store(f.bytes + 8, i);
		base_be32_store(frame_hdr(&f)->src_id.b + 2, i);
		dp_bed_inject(bed, A, &f);
		if (i % 32 != 31)
			continue;
		dp_bed_turn(bed);
		dp_bed_discard_all(bed);
		dp_bed_discard_punts(bed);
		dp_bed_discard_events(bed);
	}
}

static void million_neighbors_and_origins_cost_nobody_else_a_row(void)
{
	struct dp_bed *bed = dp_bed_open(
		"romon: { identity: n, id: 02:00:00:00:ff:01 }\n"
		"limits: { discover-in: none, neighbors: 20000, neighbors-per-port: 16384, origins: 4096 }\n"
		"ports: { a: { device: d0 }, b: { device: d1 } }\n");
	const struct nbr_table *neighbors = dp_worker_neighbors(bed->workers[0]);
	const struct nbr_table *origins = dp_worker_origins(bed->workers[0]);

	honest_speak(bed);
	spoof(bed, 0, 2 * N_KEPT); // every row was touched once: from now on nothing may grow
	uint64_t before = rss_bytes();
	spoof(bed, 2 * N_KEPT, N_SPOOFED - 2 * N_KEPT);
	uint64_t after = rss_bytes();

	struct nbr_port_counters a = nbr_table_port_counters(neighbors, A);
	struct nbr_port_counters b = nbr_table_port_counters(neighbors, B);
	CU_ASSERT_EQUAL(a.used, PER_PORT);
	CU_ASSERT_EQUAL(a.evicted, N_SPOOFED - PER_PORT);
	CU_ASSERT_EQUAL(a.full, 0);
	CU_ASSERT_EQUAL(b.used, N_HONEST);
	CU_ASSERT_EQUAL(b.evicted, 0);
	CU_ASSERT_EQUAL(nbr_table_used(origins), 4096);
	CU_ASSERT_EQUAL(nbr_table_port_counters(origins, B).evicted, 0);
	CU_ASSERT_EQUAL(nbr_table_port_counters(origins, B).used, N_HONEST);
	printf("resident: %lu KiB after %u, %lu KiB after %u\n", (unsigned long)(before / 1024), 2 * N_KEPT,
		(unsigned long)(after / 1024), N_SPOOFED);
	CU_ASSERT_TRUE(after <= before + 512 * 1024);
	CU_ASSERT_TRUE(dp_bed_is_balanced(bed));
	CU_ASSERT_TRUE(dp_bed_close(bed));
}

static void data_passes_however_many_discovers_are_refused(void)
{
	struct dp_bed *bed = dp_bed_open(
		"romon: { identity: n, id: 02:00:00:00:ff:01 }\n"
		"limits: { discover-in: 10, answers-per-origin: 1, neighbors: 1000, origins: 64, punt: 10 }\n"
		"ports: { a: { device: d0, link-id: 5 }, b: { device: d1, link-id: 6 } }\n");
	struct frame discover;

	frame_discover(&discover, frame_mac(1), frame_mac(1), NULL, 0);
	for (int i = 0; i < 500; i++) {
		struct frame data = dp_bed_data_to(bed, A, 6);

		dp_bed_send(bed, A, &discover);
		dp_bed_discard(bed, B);
		dp_bed_send(bed, A, &data);
		CU_ASSERT_EQUAL(dp_bed_discard(bed, B), 1);
	}
	CU_ASSERT_TRUE(dp_bed_drops(bed, DP_DROP_RATE_DISCOVER) >= 400);
	dp_bed_discard_all(bed);
	dp_bed_discard_punts(bed);
	CU_ASSERT_TRUE(dp_bed_is_balanced(bed));
	CU_ASSERT_TRUE(dp_bed_close(bed));
}

// One made-up Discover that a neighbor passed on.
static void made_up_send(struct dp_bed *bed, uint32_t i)
{
	struct frame_hop hop = {7, frame_mac(200)};
	struct frame f;

	frame_discover(&f, frame_mac(1), frame_mac(1), &hop, 1);
	frame_hdr(&f)->src_id.b[0] = 0x06;
	base_be32_store(frame_hdr(&f)->src_id.b + 2, i);
	dp_bed_send(bed, A, &f);
}

// The neighbor is flooded, and lets through as many as its own discover-in says. What it passes on beside
// them, a Discover of somebody else twice a second, finds room here.
static void a_full_bucket_of_the_node_before_leaves_room_here(void)
{
	struct dp_bed *bed =
		dp_bed_open("romon: { identity: n, id: 02:00:00:00:ff:01 }\n"
			    "limits: { discover-in: 100, neighbors: 1000, origins: 64 }\n"
			    "ports: { a: { device: d0, link-id: 5 }, b: { device: d1, link-id: 6 } }\n");
	struct frame_hop hop = {7, frame_mac(201)};
	struct frame honest;

	frame_discover(&honest, frame_mac(1), frame_mac(2), &hop, 1);
	for (uint32_t i = 0; i < 64; i++)
		made_up_send(bed, i);
	uint64_t before = dp_bed_drops(bed, DP_DROP_RATE_DISCOVER);
	CU_ASSERT_TRUE(before > 0); // nothing is left of the burst
	for (uint32_t i = 1; i <= 500; i++) {
		dp_bed_advance_ms(bed, 10);
		made_up_send(bed, 64 + i);
		if (i % 50 == 0)
			dp_bed_send(bed, A, &honest);
		dp_bed_discard_all(bed);
		dp_bed_discard_punts(bed);
		dp_bed_discard_events(bed);
	}
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_RATE_DISCOVER), before);
	CU_ASSERT_TRUE(dp_bed_is_balanced(bed));
	CU_ASSERT_TRUE(dp_bed_close(bed));
}

static const struct suite_case cases[] = {
	SUITE_CASE(a_full_bucket_of_the_node_before_leaves_room_here),
	SUITE_CASE(data_passes_however_many_discovers_are_refused),
	SUITE_CASE(million_neighbors_and_origins_cost_nobody_else_a_row),
};

SUITE_MAIN("dp_spoof", cases)
