// SPDX-License-Identifier: BSD-3-Clause
// Any bytes as a frame from its Ethernet header on: lib/wire and the reference parser (tests/common) agree
// on the verdict and on every field, and neither reads past the end.
//
// Each input is judged as it is, and once more with its EtherType and length field made true: chance
// rarely writes a true length, and what lies behind that check deserves the time.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base_be.h"
#include "ref_check.h"
#include "wire_frame.h"

#define SIZE_MAX_JUDGED 65535u // what a length field can say

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void judge(const uint8_t *frame, uint32_t len)
{
	enum wire_verdict verdict;

	if (!ref_check_copy(frame, len, &verdict)) // prints the difference
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > SIZE_MAX_JUDGED)
		return 0;
	uint32_t len = (uint32_t)size;
	judge(data, len);
	if (len < WIRE_ETH_LEN + WIRE_HDR_LEN)
		return 0;

	uint8_t *mended = malloc(len);
	if (mended == NULL)
		abort();
	memcpy(mended, data, len);
	base_be16_store(mended + 12, WIRE_ETHERTYPE);
	base_be16_store(mended + 16, (uint16_t)len);
	judge(mended, len);
	free(mended);
	return 0;
}
