// SPDX-License-Identifier: BSD-3-Clause
// Bytes of the kernel's generator. Any thread but workers.
#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <sys/random.h>

#include "base_random.h"

void base_random_fill(void *out, size_t len)
{
	uint8_t *at = out;

	while (len > 0) {
		ssize_t n = getrandom(at, len, 0);

		assert(n > 0 || errno == EINTR); // every kernel that DPDK runs on has it
		if (n > 0) {
			at += n;
			len -= (size_t)n;
		}
	}
}
