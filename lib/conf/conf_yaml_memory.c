// SPDX-License-Identifier: BSD-3-Clause
// libyaml's memory. A configuration file may hold secrets, and libyaml gives its buffers and scalars back to
// the heap as they are. Its allocator is four public functions that it calls by name; these take their place
// in the whole program, keep the size of each block in front of it, and wipe it when it is freed. Any thread.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "conf_yaml_memory.h"

#define HEAD_SIZE 16 // keeps the alignment of malloc()

#define PUBLIC __attribute__((visibility("default")))

// As libyaml declares them in a header that it does not install.
PUBLIC void *yaml_malloc(size_t size);
PUBLIC void *yaml_realloc(void *ptr, size_t size);
PUBLIC void yaml_free(void *ptr);
PUBLIC yaml_char_t *yaml_strdup(const yaml_char_t *text);

static _Thread_local size_t n_freed;

static size_t *head_of(void *ptr)
{
	return (size_t *)(void *)((char *)ptr - HEAD_SIZE);
}

void *yaml_malloc(size_t size)
{
	if (size > SIZE_MAX - HEAD_SIZE)
		return NULL;
	char *block = malloc(size + HEAD_SIZE);
	if (block == NULL)
		return NULL;
	memcpy(block, &size, sizeof(size));
	return block + HEAD_SIZE;
}

void yaml_free(void *ptr)
{
	if (ptr == NULL)
		return;
	size_t *head = head_of(ptr);
	n_freed++;
	explicit_bzero(head, *head + HEAD_SIZE);
	free(head);
}

void *yaml_realloc(void *ptr, size_t size)
{
	void *moved = yaml_malloc(size);

	if (ptr == NULL || moved == NULL)
		return moved;
	size_t before = *head_of(ptr);
	memcpy(moved, ptr, before < size ? before : size);
	yaml_free(ptr);
	return moved;
}

yaml_char_t *yaml_strdup(const yaml_char_t *text)
{
	if (text == NULL)
		return NULL;
	size_t size = strlen((const char *)text) + 1;
	void *copy = yaml_malloc(size);
	return copy == NULL ? NULL : memcpy(copy, text, size);
}

size_t conf_yaml_n_freed(void)
{
	return n_freed;
}
