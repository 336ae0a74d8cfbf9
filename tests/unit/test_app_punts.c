// SPDX-License-Identifier: BSD-3-Clause
// In which order control takes what workers hand up: a port that floods waits behind the others.
#include <string.h>

#include "punts.h"
#include "suite.h"

static uint8_t slots[XCHG_PUNTS_LEN];
static uint16_t order[XCHG_PUNTS_LEN];

static void ports_have_their_turns(void)
{
	static const uint8_t in[] = {5, 5, 5, 7, 5, 0, 7, 63};
	static const uint16_t wanted[] = {0, 3, 5, 7, 1, 6, 2, 4};

	punts_order(in, 0, order);
	punts_order(in, BASE_ARRAY_LEN(in), order);
	CU_ASSERT_EQUAL(memcmp(order, wanted, sizeof(wanted)), 0);
}

static void one_frame_behind_a_flood_is_second(void)
{
	memset(slots, 1, sizeof(slots));
	slots[XCHG_PUNTS_LEN - 1] = 2;
	punts_order(slots, XCHG_PUNTS_LEN, order);
	CU_ASSERT_EQUAL(order[0], 0);
	CU_ASSERT_EQUAL(order[1], XCHG_PUNTS_LEN - 1);
	for (uint32_t k = 2; k < XCHG_PUNTS_LEN; k++)
		CU_ASSERT_EQUAL(order[k], k - 1);
}

// Whatever comes: each frame once, those of a port as they came, and no port is two frames ahead of one that
// still has some.
static void every_frame_has_one_turn(void)
{
	uint64_t random = 42;

	for (uint32_t run = 0; run < 200; run++) {
		uint32_t taken[UINT8_MAX + 1] = {0};
		uint32_t all[UINT8_MAX + 1] = {0};
		int last[UINT8_MAX + 1];
		uint32_t n = run * 5 % XCHG_PUNTS_LEN;
		bool is_fair = true;
		bool is_seen[XCHG_PUNTS_LEN] = {false};

		for (uint32_t i = 0; i < n; i++) {
			random = random * 6364136223846793005u + 1442695040888963407u;
			slots[i] = (uint8_t)((random >> 33) % (run % 64 + 1));
			all[slots[i]]++;
		}
		memset(last, -1, sizeof(last));
		punts_order(slots, n, order);
		for (uint32_t k = 0; k < n; k++) {
			uint8_t s = slots[order[k]];

			CU_ASSERT_FALSE(is_seen[order[k]]);
			is_seen[order[k]] = true;
			CU_ASSERT(order[k] > last[s]);
			last[s] = order[k];
			taken[s]++;
			for (uint32_t other = 0; other < 64; other++)
				is_fair &= taken[other] == all[other] || taken[s] <= taken[other] + 1;
		}
		CU_ASSERT(is_fair);
	}
}

static const struct suite_case cases[] = {
	SUITE_CASE(ports_have_their_turns),
	SUITE_CASE(one_frame_behind_a_flood_is_second),
	SUITE_CASE(every_frame_has_one_turn),
};
SUITE_MAIN("punts", cases)
