// SPDX-License-Identifier: BSD-3-Clause
// Writing the RouterOS API. Any thread.
#include <string.h>

#include "rosapi_write.h"

uint32_t rosapi_length_write(uint8_t out[ROSAPI_LENGTH_LEN_MAX], uint32_t len)
{
	static const struct {
		uint32_t end; // below it a length takes one byte, two, ...
		uint8_t mark;
	} sizes[] = {{0x80, 0}, {0x4000, 0x80}, {0x200000, 0xc0}, {0x10000000, 0xe0}};
	uint32_t more = 0;

	while (more < 4 && len >= sizes[more].end)
		more++;
	for (uint32_t i = 0; i <= more; i++)
		out[i] = (uint8_t)(i == 0 && more == 4 ? 0 : len >> 8 * (more - i));
	out[0] |= more == 4 ? 0xf0 : sizes[more].mark;
	return more + 1;
}

static void bytes_write(struct rosapi_writer *w, const void *bytes, size_t len)
{
	if (w->is_full || w->size - w->at < len) {
		w->is_full = true;
		return;
	}
	memcpy(w->bytes + w->at, bytes, len);
	w->at += len;
}

static void length_write(struct rosapi_writer *w, size_t len)
{
	uint8_t bytes[ROSAPI_LENGTH_LEN_MAX] = {0};

	if (len > UINT32_MAX)
		w->is_full = true;
	else
		bytes_write(w, bytes, rosapi_length_write(bytes, (uint32_t)len));
}

void rosapi_write_word(struct rosapi_writer *w, const char *word)
{
	length_write(w, strlen(word));
	bytes_write(w, word, strlen(word));
}

void rosapi_write_arg(struct rosapi_writer *w, const char *name, const char *value, size_t value_len)
{
	length_write(w, strlen(name) + value_len + 2);
	bytes_write(w, "=", 1);
	bytes_write(w, name, strlen(name));
	bytes_write(w, "=", 1);
	bytes_write(w, value, value_len);
}

void rosapi_write_begin(struct rosapi_writer *w, const char *word, const char *tag)
{
	rosapi_write_word(w, word);
	if (tag == NULL)
		return;
	length_write(w, sizeof(".tag=") - 1 + strlen(tag));
	bytes_write(w, ".tag=", sizeof(".tag=") - 1);
	bytes_write(w, tag, strlen(tag));
}

bool rosapi_write_end(struct rosapi_writer *w)
{
	length_write(w, 0);
	bool is_whole = !w->is_full;
	if (is_whole)
		w->len = w->at;
	w->at = w->len;
	w->is_full = false;
	return is_whole;
}
