// SPDX-License-Identifier: BSD-3-Clause
// Reading the RouterOS API: lengths, and where words begin. Any thread.
#include <errno.h>
#include <stdbool.h>

#include "rosapi_read.h"

// A length that begins at bytes: how many bytes it takes, 1 to 5, with *len; -EAGAIN, -EPROTO.
static int length_read(const uint8_t *bytes, size_t n, uint32_t *len)
{
	uint32_t first;
	int more;

	if (n == 0)
		return -EAGAIN;
	if (bytes[0] < 0x80) {
		first = bytes[0];
		more = 0;
	} else if (bytes[0] < 0xc0) {
		first = bytes[0] & 0x3f;
		more = 1;
	} else if (bytes[0] < 0xe0) {
		first = bytes[0] & 0x1f;
		more = 2;
	} else if (bytes[0] < 0xf0) {
		first = bytes[0] & 0x0f;
		more = 3;
	} else if (bytes[0] == 0xf0) {
		first = 0;
		more = 4;
	} else {
		return -EPROTO;
	}
	if (n < (size_t)more + 1)
		return -EAGAIN;
	for (int i = 1; i <= more; i++)
		first = first << 8 | bytes[i];
	*len = first;
	return more + 1;
}

// May a word of that length stand at offset at, behind its own length?
static int length_check(
	const struct rosapi_reader *r, const struct rosapi_limits *limits, uint32_t at, uint32_t len)
{
	if (len > limits->word_len || at > limits->sentence_len || len > limits->sentence_len - at)
		return -EMSGSIZE;
	if (len > 0 && (r->n >= limits->n_words || r->n >= ROSAPI_WORDS_MAX))
		return -E2BIG;
	return 0;
}

// Each word ends where the length of the next one begins, which was read: a NUL fits there.
static void words_end(const struct rosapi_reader *r, uint8_t *bytes, struct rosapi_sentence *out)
{
	out->n = r->n;
	for (uint32_t i = 0; i < r->n; i++) {
		bytes[r->starts[i] + r->lens[i]] = '\0';
		out->words[i] = (char *)bytes + r->starts[i];
		out->lens[i] = r->lens[i];
	}
}

int rosapi_read(struct rosapi_reader *r, const struct rosapi_limits *limits, uint8_t *bytes, size_t n,
	struct rosapi_sentence *out)
{
	while (true) {
		uint32_t len;
		int taken = length_read(bytes + r->at, n - r->at, &len);

		if (taken < 0)
			return taken;
		int rc = length_check(r, limits, r->at + (uint32_t)taken, len);
		if (rc != 0)
			return rc;
		if (len == 0) {
			int whole = (int)r->at + taken;

			words_end(r, bytes, out);
			r->at = 0;
			r->n = 0;
			return whole;
		}
		if (n - r->at - (uint32_t)taken < len)
			return -EAGAIN;
		r->starts[r->n] = r->at + (uint32_t)taken;
		r->lens[r->n] = len;
		r->n++;
		r->at += (uint32_t)taken + len;
	}
}
