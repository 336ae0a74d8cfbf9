// SPDX-License-Identifier: BSD-3-Clause
// Waiting bytes. One thread per buffer.
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "api_buf.h"

#define SIZE_MIN  4096
#define SIZE_KEEP (64 * 1024) // an empty buffer that is bigger goes back to the heap

int api_buf_reserve(struct api_buf *b, size_t want, size_t max)
{
	size_t len = api_buf_len(b);

	if (want > max || len > max - want)
		return base_errno_set(ENOBUFS);
	if (b->size - b->tail >= want)
		return 0;
	if (b->size >= len + want && b->head >= len) { // moving is cheaper than the bytes dropped so far
		memcpy(b->data, b->data + b->head, len);
		b->head = 0;
		b->tail = len;
		return 0;
	}
	size_t size = b->size > 0 ? b->size : SIZE_MIN;
	while (size < len + want)
		size *= 2;
	char *data = malloc(size);
	if (data == NULL)
		return base_errno_set(ENOMEM);
	if (len > 0)
		memcpy(data, b->data + b->head, len);
	free(b->data);
	b->data = data;
	b->size = size;
	b->head = 0;
	b->tail = len;
	return 0;
}

int api_buf_append(struct api_buf *b, const void *bytes, size_t len, size_t max)
{
	int rc = api_buf_reserve(b, len, max);

	if (rc != 0)
		return rc;
	memcpy(b->data + b->tail, bytes, len);
	b->tail += len;
	return 0;
}

void api_buf_drop(struct api_buf *b, size_t n)
{
	assert(n <= api_buf_len(b));
	b->head += n;
	if (b->head < b->tail)
		return;
	b->head = 0;
	b->tail = 0;
	if (b->size > SIZE_KEEP)
		api_buf_fini(b);
}

void api_buf_fini(struct api_buf *b)
{
	free(b->data);
	*b = (struct api_buf){NULL, 0, 0, 0};
}
