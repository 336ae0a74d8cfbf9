// SPDX-License-Identifier: BSD-3-Clause
// Memory of one answer. One thread.
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base_text.h"
#include "schema_mem.h"

#define BLOCK_SIZE 8192
#define ROWS_FIRST 8

struct schema_block {
	struct schema_block *next;
	size_t used;
	size_t size;
	_Alignas(max_align_t) uint8_t bytes[];
};

void schema_mem_init(struct schema_mem *mem)
{
	mem->blocks = NULL;
	mem->kept = NULL;
	mem->is_short = false;
}

void schema_mem_fini(struct schema_mem *mem)
{
	while (mem->blocks != NULL) {
		struct schema_block *block = mem->blocks;

		mem->blocks = block->next;
		free(block);
	}
	json_decref(mem->kept);
}

// Zeroed; NULL when memory ran out.
static void *take(struct schema_mem *mem, size_t size)
{
	struct schema_block *block = mem->blocks;
	size_t rounded = (size + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);

	if (block == NULL || block->size - block->used < rounded) {
		size_t room = rounded > BLOCK_SIZE ? rounded : BLOCK_SIZE;

		block = calloc(1, sizeof(*block) + room);
		if (block == NULL) {
			mem->is_short = true;
			return NULL;
		}
		block->size = room;
		block->next = mem->blocks;
		mem->blocks = block;
	}
	void *p = block->bytes + block->used;
	block->used += rounded;
	return p;
}

static void *spare(struct schema_mem *mem, size_t size)
{
	assert(size <= sizeof(mem->spare));
	memset(mem->spare, 0, sizeof(mem->spare));
	return mem->spare;
}

void *schema_mem_new(struct schema_mem *mem, size_t size)
{
	void *p = take(mem, size);

	return p != NULL ? p : spare(mem, size);
}

const char *schema_mem_text(struct schema_mem *mem, const char *fmt, ...)
{
	va_list ap;
	va_list again;

	va_start(ap, fmt);
	va_copy(again, ap);
	int len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	char *text = len < 0 ? NULL : take(mem, (size_t)len + 1);
	if (text != NULL)
		vsnprintf(text, (size_t)len + 1, fmt, again);
	va_end(again);
	return text != NULL ? text : "";
}

const char *schema_mem_escape(struct schema_mem *mem, const char *text)
{
	size_t len = strnlen(text, SCHEMA_TEXT_MAX);
	char *escaped = take(mem, 4 * len + 1);

	if (escaped == NULL)
		return "";
	base_text_escape(escaped, 4 * len + 1, text, len);
	return escaped;
}

json_t *schema_mem_keep(struct schema_mem *mem, json_t *value)
{
	if (mem->kept == NULL)
		mem->kept = json_array();
	if (value != NULL && json_array_append_new(mem->kept, value) == 0)
		return value;
	mem->is_short = true;
	return NULL;
}

// A list of any rows is read and written as bytes: its own type has another pointer in the place of rows.
void *schema_list_add(struct schema_mem *mem, void *list, size_t size)
{
	struct schema_list l;

	memcpy(&l, list, sizeof(l));
	if (l.n == l.n_max) {
		size_t n_max = l.n_max == 0 ? ROWS_FIRST : 2 * l.n_max;
		void *rows = take(mem, n_max * size);

		if (rows == NULL)
			return spare(mem, size);
		if (l.n > 0)
			memcpy(rows, l.rows, l.n * size);
		l.rows = rows;
		l.n_max = n_max;
	}
	void *row = (uint8_t *)l.rows + l.n++ * size;
	memcpy(list, &l, sizeof(l));
	return row;
}
