// SPDX-License-Identifier: BSD-3-Clause
// Writing the RouterOS API: sentences into a buffer of the caller's, whole or not at all. Any thread; no I/O.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ROSAPI_LENGTH_LEN_MAX 5

// Set bytes and size; the rest is zero at the start.
struct rosapi_writer {
	uint8_t *bytes;
	size_t size;
	size_t len;   // of whole sentences
	size_t at;    // of the one that is being written, too
	bool is_full; // a word of this sentence did not fit
};

// The length as the API has it, in the fewest bytes; returns how many.
uint32_t rosapi_length_write(uint8_t out[ROSAPI_LENGTH_LEN_MAX], uint32_t len);

// The first word of a reply, with ".tag=TAG" behind it where there is one (NULL = none): mikronode takes what
// stands before the tag for another request's.
void rosapi_write_begin(struct rosapi_writer *w, const char *word, const char *tag);

void rosapi_write_word(struct rosapi_writer *w, const char *word);

// "=name=value". The value may hold any bytes.
void rosapi_write_arg(struct rosapi_writer *w, const char *name, const char *value, size_t value_len);

// The end of the sentence. False: it did not fit, and nothing of it is in the buffer.
bool rosapi_write_end(struct rosapi_writer *w);
