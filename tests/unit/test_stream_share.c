// SPDX-License-Identifier: BSD-3-Clause
// Who asks gets no more than its share, and one port costs another nothing.
#include <string.h>

#include "stream_share.h"
#include "suite.h"

static struct stream_share share;
static const struct stream_share_rate rosters = STREAM_SHARE_ROSTERS;

// How many of n requests of the asker in one second are answered, beginning at start_ms.
static uint32_t answered(uint8_t slot, uint64_t asker, uint32_t n, uint64_t start_ms)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < n; i++)
		sum += stream_share_take(&share, &rosters, slot, asker, start_ms + (uint64_t)i * 1000 / n);
	return sum;
}

static void an_asker_has_a_share(void)
{
	memset(&share, 0, sizeof(share));
	uint32_t n = answered(3, 7, 10000, 1000);
	CU_ASSERT(n >= rosters.asker_s && n <= 2 * rosters.asker_s); // a burst, and a second's
	n = answered(3, 7, 10000, 2000);
	CU_ASSERT(n >= rosters.asker_s - 2 && n <= rosters.asker_s + 2);
	// while another one behind the same port asks at the pace of stream_asks.h
	CU_ASSERT_EQUAL(answered(3, 8, 100, 3000), 100);
}

static void a_port_has_a_share_whoever_asks(void)
{
	uint32_t n = 0;

	memset(&share, 0, sizeof(share));
	for (uint32_t i = 0; i < 10000; i++)
		n += stream_share_take(&share, &rosters, 3, 1000 + i, 1000 + i / 10);
	CU_ASSERT(n >= rosters.port_s && n <= 2 * rosters.port_s);
	CU_ASSERT_EQUAL(answered(4, 1000, 100, 2000), 100); // by another port all are
}

static const struct suite_case cases[] = {
	SUITE_CASE(an_asker_has_a_share),
	SUITE_CASE(a_port_has_a_share_whoever_asks),
};
SUITE_MAIN("stream share", cases)
