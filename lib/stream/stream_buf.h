// SPDX-License-Identifier: BSD-3-Clause
// A ring of bytes that grows with what is in it and is given back when it is empty, all from one budget that
// many rings share: an idle connection costs nothing. Pure; one thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base_err.h"

#define STREAM_BUF_MIN 4096         // bytes of the smallest ring, a power of two
#define STREAM_BUF_MAX (256 * 1024) // of the largest

// What rings may take in all.
struct stream_budget {
	uint64_t used;
	uint64_t max;
	uint64_t n_refused; // times that a ring could not grow
};

// Zeroed: empty. Bytes count from head; those behind len may be filled before it reaches them.
struct stream_buf {
	uint8_t *bytes;
	uint32_t size; // of the ring, 0 or a power of two
	uint32_t head;
	uint32_t len;
};

// Room for len bytes in all, from the head on. False: more than STREAM_BUF_MAX, than the budget or than
// memory has.
BASE_MUST_USE bool stream_buf_reserve(struct stream_buf *b, uint32_t len, struct stream_budget *budget);

// How much could be reserved now, by STREAM_BUF_MAX and the budget.
uint32_t stream_buf_room(const struct stream_buf *b, const struct stream_budget *budget);

// Copy to and from the place off bytes behind the head; the ring has room there.
void stream_buf_put(struct stream_buf *b, uint32_t off, const uint8_t *from, uint32_t n);
void stream_buf_get(const struct stream_buf *b, uint32_t off, uint8_t *to, uint32_t n);

// The bytes from the head on that lie in one piece, and how many.
const uint8_t *stream_buf_front(const struct stream_buf *b, uint32_t *n);

// Forget n bytes at the head, n <= len.
void stream_buf_drop(struct stream_buf *b, uint32_t n);

// Give the memory back.
void stream_buf_free(struct stream_buf *b, struct stream_budget *budget);
