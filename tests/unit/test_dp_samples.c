// SPDX-License-Identifier: BSD-3-Clause
// Samples of refused frames, as control gets them for `why`: one a second of each kind, so that much of one
// kind hides no other.
#include "dp_bed.h"
#include "frames.h"
#include "suite.h"

#define A 0
#define B 1

// How many samples of this reason went up since the last call; others are counted in *n_others.
static uint32_t samples(struct dp_bed *bed, enum dp_reason reason, uint32_t *n_others)
{
	struct dp_bed_punt p;
	uint32_t n = 0;

	while (dp_bed_take_punt(bed, &p)) {
		if (p.class != XCHG_PUNT_BAD)
			continue;
		if (p.reason == reason)
			n++;
		else
			(*n_others)++;
	}
	return n;
}

static struct dp_bed *bed_open(void)
{
	return dp_bed_open("romon: { identity: n, id: 02:00:00:00:ff:01 }\n"
			   "limits: { neighbors: 1000, origins: 64 }\n"
			   "ports: { a: { device: d0 }, b: { device: d1 } }\n"
			   "filters: [ { port: a, deny-id: [\"02:00:00:00:00:09\"] } ]\n");
}

static void kinds_do_not_hide_each_other(void)
{
	struct dp_bed *bed = bed_open();
	struct frame broken, foreign, denied;
	uint32_t n_others = 0;

	frame_discover(&broken, frame_mac(1), frame_mac(1), NULL, 0);
	frame_hdr(&broken)->type = 9;
	frame_discover(&foreign, frame_mac(2), frame_mac(2), NULL, 0);
	frame_hdr(&foreign)->channel = 7;
	frame_discover(&denied, frame_mac(9), frame_mac(9), NULL, 0);
	for (int i = 0; i < 100; i++)
		dp_bed_send(bed, A, &broken);
	CU_ASSERT_EQUAL(samples(bed, DP_DROP_TYPE_UNKNOWN, &n_others), 1);
	dp_bed_send(bed, A, &foreign);
	CU_ASSERT_EQUAL(samples(bed, DP_DROP_CHANNEL, &n_others), 1);
	dp_bed_send(bed, A, &denied);
	CU_ASSERT_EQUAL(samples(bed, DP_DROP_FILTERED, &n_others), 1);
	dp_bed_send(bed, B, &broken); // each port has its own
	CU_ASSERT_EQUAL(samples(bed, DP_DROP_TYPE_UNKNOWN, &n_others), 1);
	dp_bed_advance_ms(bed, 1001);
	for (int i = 0; i < 100; i++) {
		dp_bed_send(bed, A, &denied);
		dp_bed_send(bed, A, &foreign);
	}
	uint32_t n = samples(bed, DP_DROP_FILTERED, &n_others);
	CU_ASSERT_EQUAL(n, 1);
	CU_ASSERT_EQUAL(n_others, 1);
	dp_bed_discard_all(bed);
	CU_ASSERT_TRUE(dp_bed_is_balanced(bed));
	CU_ASSERT_TRUE(dp_bed_close(bed));
}

static void only_what_needs_a_look_is_sampled(void)
{
	CU_ASSERT_EQUAL(dp_reason_sample(DP_DROP_NONE), DP_SAMPLE_NONE);
	CU_ASSERT_EQUAL(dp_reason_sample(DP_DROP_NOT_ROMON), DP_SAMPLE_NONE);
	CU_ASSERT_EQUAL(dp_reason_sample(DP_DROP_FLOOD_HOLD), DP_SAMPLE_NONE);
	CU_ASSERT_EQUAL(dp_reason_sample(DP_DROP_STORM_LIMIT), DP_SAMPLE_NONE);
	CU_ASSERT_EQUAL(dp_reason_sample(DP_DROP_RATE_ORIGIN), DP_SAMPLE_EXCESS);
	CU_ASSERT_EQUAL(dp_reason_sample(DP_DROP_VLAN_UNKNOWN), DP_SAMPLE_SETTINGS);
	CU_ASSERT_EQUAL(dp_reason_sample(DP_DROP_TLV_LENGTH), DP_SAMPLE_MALFORMED);
}

static const struct suite_case cases[] = {
	SUITE_CASE(kinds_do_not_hide_each_other),
	SUITE_CASE(only_what_needs_a_look_is_sampled),
};

SUITE_MAIN("dp_samples", cases)
