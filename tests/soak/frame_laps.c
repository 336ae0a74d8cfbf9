// SPDX-License-Identifier: BSD-3-Clause
// Frames without an end through one worker, over ethdevs of rings: Data passed on and for this node,
// Discovers flooded, relayed frames, broken ones, links that go and come, a tap that copies, a pool that runs
// dry, in an order that a seed draws. After every lap each frame has had one fate, every mbuf is back, and
// memory is what it was.
//
//	frame_laps FRAMES [SEED]      prints a line each ten seconds, and one at the end; exit status 1 when
// one was lost
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "dp_bed.h"

#define LAP_BURSTS 8192
#define BURST      32
#define TELL_S     10
#define GROWTH_KB  1024 // of memory, behind the first laps

#define YAML                                                                                           \
	"romon: { identity: n, id: 02:00:00:00:ff:01, flood-hold: 1ms }\n"                             \
	"limits: { neighbors: 2000, origins: 2000, discover-in: none, answers-per-origin: none }\n"    \
	"ports:\n"                                                                                     \
	"  a: { device: d0, link-id: 1 }\n"                                                            \
	"  b: { device: d1, link-id: 22 }\n"                                                           \
	"  v: { device: d1, link-id: 33, vlan: 7 }\n"                                                  \
	"relay-groups: { g: { storm-limit: none, ports: { r: { device: d2 }, s: { device: d3 }, t: { " \
	"device: d4 } } } }\n"

enum { A, B, V, R, S, T, N_PORTS };

enum kind { DATA_ON, DATA_OWN, DISCOVER, RELAYED, BROKEN, TAGGED, N_KINDS };

static struct dp_bed *bed;
static uint64_t random_state;
static uint64_t n_put;
static uint64_t n_taken; // that left
static bool is_dry;

static uint32_t drawn(uint32_t below)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((random_state >> 33) % below);
}

static uint64_t memory_kb(void)
{
	unsigned long pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (f == NULL || fscanf(f, "%*u %lu", &pages) != 1)
		pages = 0;
	if (f != NULL)
		fclose(f);
	return pages * (uint64_t)sysconf(_SC_PAGESIZE) / 1024;
}

static void frame_make(enum kind kind, uint8_t port, struct frame *f)
{
	struct base_mac source = frame_mac((uint16_t)(100 + drawn(1000)));

	switch (kind) {
	case DATA_ON:
	case DATA_OWN:
	case TAGGED:
	case BROKEN:
		*f = dp_bed_data_to(bed, port, kind == DATA_OWN ? 0 : port == A ? 22 : 1);
		break;
	case DISCOVER:
	case RELAYED:
	case N_KINDS:
		frame_discover(f, source, source, NULL, 0);
		break;
	}
	memcpy(f->bytes + BASE_MAC_LEN, &source, sizeof(source));
	if (kind == BROKEN)
		f->bytes[drawn(f->len)] ^= (uint8_t)(1 + drawn(255));
	if (kind == TAGGED)
		frame_tag(f, 7);
}

// What left, what came up, what the tap copied: all of it goes.
static void outputs_take(void)
{
	n_taken += dp_bed_discard_all(bed);
	dp_bed_discard_punts(bed);
	dp_bed_discard_events(bed);
	dp_bed_discard_tapped(bed);
	dp_bed_discard_flows(bed);
}

static void burst(void)
{
	static struct frame f;
	enum kind kind = (enum kind)drawn(N_KINDS);
	uint8_t port = kind == RELAYED ? (uint8_t)(R + drawn(3)) : (uint8_t)drawn(2);

	frame_make(kind, port, &f);
	for (uint32_t i = 0; i < BURST; i++) {
		if (i % 8 == 7)
			frame_make(kind, port, &f);
		dp_bed_inject(bed, port, &f);
	}
	n_put += BURST;
	dp_bed_turn(bed);
	outputs_take();
}

// What seldom happens.
static void world_move(void)
{
	struct snap_tap tap = {.in = UINT64_MAX, .out = UINT64_MAX, .torch = UINT64_MAX, .snaplen = 128};
	struct snap_tap none = {.snaplen = 0};

	switch (drawn(4)) {
	case 0:
		bed->in.ports[drawn(N_PORTS)].is_up ^= true;
		dp_bed_publish(bed);
		break;
	case 1:
		dp_bed_tap(bed, drawn(2) == 0 ? &tap : &none);
		break;
	case 2:
		is_dry = !is_dry;
		if (is_dry)
			dp_bed_pool_exhaust(bed);
		else
			dp_bed_pool_restore(bed);
		break;
	default:
		dp_bed_advance_ms(bed, drawn(100) == 0 ? 400000 : 5);
		break;
	}
}

// Everything is back, and every frame had one fate.
static bool lap_check(void)
{
	struct dp_bed_totals t;

	if (is_dry)
		dp_bed_pool_restore(bed);
	is_dry = false;
	while (dp_bed_turn(bed) > 0)
		outputs_take();
	outputs_take();
	dp_bed_totals(bed, &t);
	if (t.rx_frames == n_put && t.tx_frames == n_taken &&
		t.rx_frames == t.tx_originals + t.delivered + t.n_drops && dp_bed_is_clean(bed))
		return true;
	fprintf(stderr,
		"frame_laps: put %" PRIu64 ", received %" PRIu64 ", passed on %" PRIu64 ", delivered %" PRIu64
		", dropped %" PRIu64 "; sent %" PRIu64 ", taken %" PRIu64 "\n",
		n_put, t.rx_frames, t.tx_originals, t.delivered, t.n_drops, t.tx_frames, n_taken);
	return false;
}

int main(int argc, char **argv)
{
	uint64_t n_wanted = argc > 1 ? (uint64_t)strtod(argv[1], NULL) : 0;
	uint64_t begin_kb = 0;
	bool is_well = true;

	random_state = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	if (n_wanted == 0) {
		fprintf(stderr, "usage: frame_laps FRAMES [SEED]\n");
		return 2;
	}
	bed = dp_bed_open(YAML);
	time_t begin = time(NULL);
	time_t told = begin;
	for (uint64_t lap = 0; is_well && n_put < n_wanted; lap++) {
		for (uint32_t i = 0; i < LAP_BURSTS; i++) {
			if (drawn(256) == 0)
				world_move();
			burst();
		}
		is_well = lap_check();
		if (lap == 4)
			begin_kb = memory_kb();
		if (is_well && (time(NULL) - told >= TELL_S || n_put >= n_wanted)) {
			told = time(NULL);
			printf("%" PRIu64 " frames, %" PRIu64 " a second, none lost, %" PRIu64 " kB\n", n_put,
				n_put / (uint64_t)(told > begin ? told - begin : 1), memory_kb());
			fflush(stdout);
		}
	}
	if (begin_kb > 0 && memory_kb() > begin_kb + GROWTH_KB) {
		fprintf(stderr, "frame_laps: memory grew from %" PRIu64 " to %" PRIu64 " kB\n", begin_kb,
			memory_kb());
		is_well = false;
	}
	return dp_bed_close(bed) && is_well ? 0 : 1;
}
