// SPDX-License-Identifier: BSD-3-Clause
// Fixed input through dp_turn(), for callgrind, which counts the instructions of dp_turn() and of
// each stage in it. One worker over ethdevs of rings; the same frames, keys and clock at each run.
//
//   stage_turns WORK [BURSTS]     WORK: data, flood, relay-1-1, relay-1-3
//
// Prints the frames that the counted turns took. Ends the program when not every frame left as it should.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dp_worker.h"
#include "perf_data.h"

#define BURST     32
#define WARM      16 // bursts before: tables know their senders, pools are warm
#define NEIGHBORS 100

struct work {
	const char *name;
	const char *yaml;
	uint32_t n_out; // ports that each frame leaves by
	void (*frame)(struct dp_bed *bed, uint32_t k, struct frame *f);
};

// 126 bytes, from one of 100 neighbors.
static void data_frame(struct dp_bed *bed, uint32_t k, struct frame *f)
{
	perf_data_make(bed, frame_mac((uint16_t)(1000 + k % NEIGHBORS)), 32, f);
}

// 118 bytes: Discovers of distinct origins, two forwarders so far.
static void flood_frame(struct dp_bed *bed, uint32_t k, struct frame *f)
{
	struct frame_hop hops[] = {{7, frame_mac(2)}, {7, frame_mac(3)}};

	(void)bed;
	frame_discover(f, frame_mac(4), frame_mac((uint16_t)(1000 + k % 1024)), hops, 2);
}

// 98 bytes: Discovers as their origins send them, from 16 sources.
static void relay_frame(struct dp_bed *bed, uint32_t k, struct frame *f)
{
	uint16_t origin = (uint16_t)(1000 + k % 16);

	(void)bed;
	frame_discover(f, frame_mac(origin), frame_mac(origin), NULL, 0);
}

#define NODE(ports)                                                                \
	"romon: { id: 02:00:00:00:00:01, flood-hold: 0s }\nports: { " ports " }\n" \
	"limits: { discover-in: none, answers-per-origin: none }\n"
#define RELAY(ports)  "relay-groups: { g: { ports: { " ports " }, storm-limit: none } }\n"
#define NODE_PORT(n)  "p" n ": { device: \"net_ring" n "\", link-id: " n " }"
#define RELAY_PORT(n) "p" n ": { device: \"net_ring" n "\" }"

static const struct work works[] = {
	{"data", NODE(NODE_PORT("1") ", " NODE_PORT("2")), 1, data_frame},
	{"flood", NODE(NODE_PORT("1") ", " NODE_PORT("2") ", " NODE_PORT("3") ", " NODE_PORT("4")), 3,
		flood_frame},
	{"relay-1-1", RELAY(RELAY_PORT("1") ", " RELAY_PORT("2")), 1, relay_frame},
	{"relay-1-3", RELAY(RELAY_PORT("1") ", " RELAY_PORT("2") ", " RELAY_PORT("3") ", " RELAY_PORT("4")),
		3, relay_frame},
};

static uint32_t n_counted;

// What callgrind counts: --toggle-collect=counted_turn. Not static, so that its name stays; the sum keeps it
// a function that calls.
void counted_turn(struct dp_bed *bed);

__attribute__((noinline)) void counted_turn(struct dp_bed *bed)
{
	n_counted += dp_turn(bed->workers[0]);
}

static void burst(struct dp_bed *bed, const struct work *work, uint32_t *k, bool is_counted)
{
	for (uint32_t i = 0; i < BURST; i++) {
		struct frame f;

		work->frame(bed, (*k)++, &f);
		dp_bed_inject(bed, 0, &f);
	}
	if (is_counted)
		counted_turn(bed);
	else
		dp_bed_turn(bed);
	dp_bed_discard_punts(bed);
	if (dp_bed_discard_all(bed) != BURST * work->n_out) {
		fprintf(stderr, "stage_turns: not every frame left by %u ports\n", work->n_out);
		exit(1);
	}
}

int main(int argc, char **argv)
{
	uint32_t n_bursts = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 64;
	const struct work *work = NULL;
	uint32_t k = 0;

	for (size_t i = 0; argc > 1 && i < sizeof(works) / sizeof(works[0]); i++) {
		if (strcmp(works[i].name, argv[1]) == 0)
			work = &works[i];
	}
	if (work == NULL) {
		fprintf(stderr, "usage: stage_turns data|flood|relay-1-1|relay-1-3 [BURSTS]\n");
		return 2;
	}
	struct dp_bed *bed = dp_bed_open(work->yaml);
	bed->workers[0]->next_age_tsc = UINT64_MAX; // what real time brings would not be the same each time
	bed->workers[0]->next_quiescent_tsc = UINT64_MAX;
	for (uint32_t i = 0; i < WARM; i++)
		burst(bed, work, &k, false);
	if (strncmp(work->name, "relay", 5) ==
		0) { // sources that spoke for loop-guard are not watched any more
		for (uint32_t i = 0; i < 2 * WARM; i++) {
			if (i % WARM == 0)
				dp_bed_advance_ms(bed, 600);
			burst(bed, work, &k, false);
		}
	}
	for (uint32_t i = 0; i < n_bursts; i++)
		burst(bed, work, &k, true);
	printf("%u\n", n_counted);
	return dp_bed_is_balanced(bed) && dp_bed_close(bed) ? 0 : 1;
}
