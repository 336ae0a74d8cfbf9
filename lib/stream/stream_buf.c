// SPDX-License-Identifier: BSD-3-Clause
// Rings of bytes. Pure; one thread.
#include "stream_buf.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

bool stream_buf_reserve(struct stream_buf *b, uint32_t len, struct stream_budget *budget)
{
	uint32_t size = b->size > 0 ? b->size : STREAM_BUF_MIN;

	if (len <= b->size)
		return true;
	if (len > STREAM_BUF_MAX)
		return false;
	while (size < len)
		size *= 2;
	uint8_t *bytes = budget->used + (size - b->size) <= budget->max ? malloc(size) : NULL;
	if (bytes == NULL) {
		budget->n_refused++;
		return false;
	}
	// all of it: bytes behind len may have come out of order
	stream_buf_get(b, 0, bytes, b->size);
	free(b->bytes);
	budget->used += size - b->size;
	*b = (struct stream_buf){.bytes = bytes, .size = size, .len = b->len};
	return true;
}

uint32_t stream_buf_room(const struct stream_buf *b, const struct stream_budget *budget)
{
	uint32_t size = b->size;

	while (size < STREAM_BUF_MAX) {
		uint32_t next = size > 0 ? 2 * size : STREAM_BUF_MIN;
		if (budget->used + (next - b->size) > budget->max)
			break;
		size = next;
	}
	return size;
}

void stream_buf_put(struct stream_buf *b, uint32_t off, const uint8_t *from, uint32_t n)
{
	assert(off <= b->size && n <= b->size - off);
	if (n == 0)
		return;
	uint32_t at = (b->head + off) & (b->size - 1);
	uint32_t first = least(n, b->size - at);

	memcpy(b->bytes + at, from, first);
	memcpy(b->bytes, from + first, n - first);
}

void stream_buf_get(const struct stream_buf *b, uint32_t off, uint8_t *to, uint32_t n)
{
	assert(off <= b->size && n <= b->size - off);
	if (n == 0)
		return;
	uint32_t at = (b->head + off) & (b->size - 1);
	uint32_t first = least(n, b->size - at);

	memcpy(to, b->bytes + at, first);
	memcpy(to + first, b->bytes, n - first);
}

const uint8_t *stream_buf_front(const struct stream_buf *b, uint32_t *n)
{
	*n = least(b->len, b->size - b->head);
	return b->size > 0 ? b->bytes + b->head : NULL;
}

void stream_buf_drop(struct stream_buf *b, uint32_t n)
{
	assert(n <= b->len);
	if (n == 0)
		return;
	b->head = (b->head + n) & (b->size - 1);
	b->len -= n;
}

void stream_buf_free(struct stream_buf *b, struct stream_budget *budget)
{
	free(b->bytes);
	budget->used -= b->size;
	*b = (struct stream_buf){0};
}
