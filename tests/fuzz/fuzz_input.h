// SPDX-License-Identifier: BSD-3-Clause
// An input that is read as operations, byte by byte. Fuzz targets only.
#pragma once

#include <stddef.h>
#include <stdint.h>

struct input {
	const uint8_t *next;
	size_t left;
};

// The next byte; 0 when there is none.
static inline uint8_t take(struct input *in)
{
	if (in->left == 0)
		return 0;
	in->left--;
	return *in->next++;
}
