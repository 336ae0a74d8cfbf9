// SPDX-License-Identifier: BSD-3-Clause
// Any bytes as a pcapng file: nothing is read past a block's end, and every packet lies inside its block.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pcapng_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// The block in memory of its own, so that the sanitizers see its end.
static int block_judge(struct pcapng_reader *r, const uint8_t *data, uint32_t len)
{
	uint8_t *block = malloc(len);
	struct pcapng_packet p;

	if (block == NULL)
		abort();
	memcpy(block, data, len);
	int rc = pcapng_read_block(r, block, len, &p);
	if (rc == 1) { // the last byte of the packet is the block's
		bool is_inside =
			p.interface < r->n_ifs && p.bytes >= block && p.captured <= len - (p.bytes - block);

		if (!is_inside)
			abort();
	}
	free(block);
	return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct pcapng_reader r;

	pcapng_read_init(&r);
	while (size >= PCAPNG_HEAD_LEN) {
		int len = pcapng_read_head(&r, data);

		if (len < 0 || (size_t)len > size || block_judge(&r, data, (uint32_t)len) < 0)
			return 0;
		data += len;
		size -= (size_t)len;
	}
	return 0;
}
