// SPDX-License-Identifier: BSD-3-Clause
// Bytes that wait: what a peer sent and nobody read yet, or what it has not taken yet. Grows to a limit
// that the caller names, and gives a big block back when it runs empty. One thread per buffer.
#pragma once

#include <stddef.h>

#include "base_err.h"

struct api_buf {
	char *data;
	size_t head; // first waiting byte
	size_t tail; // behind the last waiting byte
	size_t size; // of data
};

static inline size_t api_buf_len(const struct api_buf *b)
{
	return b->tail - b->head;
}

// Make room for want bytes behind the tail, so that at most max bytes ever wait. -ENOBUFS beyond max,
// -ENOMEM.
BASE_MUST_USE int api_buf_reserve(struct api_buf *b, size_t want, size_t max);
BASE_MUST_USE int api_buf_append(struct api_buf *b, const void *bytes, size_t len, size_t max);

// Forget the first n waiting bytes.
void api_buf_drop(struct api_buf *b, size_t n);
void api_buf_fini(struct api_buf *b);
