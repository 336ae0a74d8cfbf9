// SPDX-License-Identifier: BSD-3-Clause
// Memory of one answer: what a handler puts together lives until the answer is JSON, and goes at once. When
// memory runs out, rows and texts go to places that are not told, and the whole answer becomes the error: so
// handlers need not look. One thread.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "schema.h"

#define SCHEMA_SPARE_SIZE 1024 // of the largest row

struct schema_block;

struct schema_mem {
	struct schema_block *blocks;
	json_t *kept;  // values of fields that are JSON already
	bool is_short; // memory ran out: the answer is not whole
	_Alignas(max_align_t) uint8_t spare[SCHEMA_SPARE_SIZE];
};

// A command that is being answered. Who sets err (api_fail) refuses it, and what was put together is not
// told.
struct schema_call {
	struct schema_mem mem;
	struct api_error *err;
};

// Any list of rows; struct schema_X_list looks the same.
struct schema_list {
	void *rows;
	size_t n;
	size_t n_max;
};

struct schema_texts {
	const char **rows;
	size_t n;
	size_t n_max;
};

struct schema_macs {
	uint64_t *rows;
	size_t n;
	size_t n_max;
};

void schema_mem_init(struct schema_mem *mem);
void schema_mem_fini(struct schema_mem *mem);

// Zeroed; never NULL. At most SCHEMA_SPARE_SIZE bytes.
void *schema_mem_new(struct schema_mem *mem, size_t size);

// A text of any length; what does not fit the memory is "".
const char *schema_mem_text(struct schema_mem *mem, const char *fmt, ...) BASE_PRINTF(2, 3);

// A copy of a text, escaped (base_text_escape): for lists, which are told as they are.
const char *schema_mem_escape(struct schema_mem *mem, const char *text);

// JSON for a field of that type, which lives as long: value is stolen. NULL = no memory.
json_t *schema_mem_keep(struct schema_mem *mem, json_t *value);

// Lists grow by schema_add(mem, &list): the new row, zeroed. It stays where it is until the next schema_add()
// to the same list.
#define schema_add(mem, list) \
	((__typeof__((list)->rows))schema_list_add((mem), (list), sizeof(*(list)->rows)))
void *schema_list_add(struct schema_mem *mem, void *list, size_t size);

// A struct as a JSON object, by its table; a list as an array. NULL: no memory, or a text of our own is not
// UTF-8.
json_t *schema_encode(const struct schema_table *table, const void *row);
json_t *schema_encode_list(const struct schema_table *table, const void *list);
