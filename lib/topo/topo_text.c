// SPDX-License-Identifier: BSD-3-Clause
// Identities, boards and labels, each kept once: of a hundred thousand nodes many have the same board. All
// together are bounded by the number of nodes. One thread.
#include <stdlib.h>
#include <string.h>

#include "topo_private.h"

#define BYTES_A_NODE 256 // of texts, on average over nodes_max
#define ALLOC_BYTES  16  // malloc's own, for the account

static uint64_t cost_of(uint32_t len)
{
	return sizeof(struct topo_text) + len + 1 + ALLOC_BYTES;
}

uint64_t topo_text_cost(const struct topo *t, uint32_t text)
{
	return text == 0 ? 0 : cost_of(t->texts[text]->len);
}

const char *topo_text_of(const struct topo *t, uint32_t text)
{
	return text == 0 ? "" : t->texts[text]->bytes;
}

static uint32_t text_find(const struct topo *t, uint32_t hash, const char *bytes, uint32_t len)
{
	uint32_t i = topo_map_first(&t->words, hash);

	for (; i != TOPO_NONE; i = topo_map_next(&t->words, i)) {
		if (t->texts[i]->len == len && memcmp(t->texts[i]->bytes, bytes, len) == 0)
			break;
	}
	return i;
}

static int texts_grow(struct topo *t)
{
	if (t->n_texts_spare > 0 || t->texts_end < t->texts_size)
		return 0;
	uint32_t size = t->texts_size == 0 ? 64 : t->texts_size + t->texts_size / 2;
	struct topo_text **texts = reallocarray(t->texts, size, sizeof(struct topo_text *));
	if (texts == NULL)
		return base_errno_set(ENOMEM);
	t->texts = texts;
	uint32_t *spare = reallocarray(t->texts_spare, size, sizeof(*spare));
	if (spare == NULL)
		return base_errno_set(ENOMEM);
	t->texts_spare = spare;
	int err = topo_map_reserve(&t->words, size);
	if (err != 0)
		return err;
	t->texts_size = size;
	return 0;
}

// May a share have so many bytes more? All of them together have a bound, and from half of it on each has its
// part.
static bool has_room(const struct topo *t, uint8_t share, uint32_t len)
{
	uint64_t max = (uint64_t)t->nodes_max * BYTES_A_NODE + 65536;
	uint32_t n_used = 1;

	if (t->text_bytes + cost_of(len) > max)
		return false;
	if (t->text_bytes < max / 2)
		return true;
	for (uint32_t i = 0; i < TOPO_SHARES; i++)
		n_used += i != share && t->shares[i].n_rows > 0;
	return t->shares[share].text_bytes + cost_of(len) <= max / n_used;
}

// A row for these bytes, len of them and at least one; TOPO_NONE: no room.
static uint32_t text_take(struct topo *t, const char *bytes, uint32_t len)
{
	uint32_t hash = topo_hash_bytes(t->seed, bytes, len);
	uint32_t i = text_find(t, hash, bytes, len);

	if (i != TOPO_NONE) {
		t->texts[i]->n_refs++;
		return i;
	}
	if (texts_grow(t) != 0)
		return TOPO_NONE;
	struct topo_text *text = malloc(sizeof(*text) + len + 1);
	if (text == NULL)
		return TOPO_NONE;
	text->n_refs = 1;
	text->len = len;
	memcpy(text->bytes, bytes, len);
	text->bytes[len] = '\0';
	i = t->n_texts_spare > 0 ? t->texts_spare[--t->n_texts_spare] : t->texts_end++;
	t->texts[i] = text;
	t->text_bytes += cost_of(len);
	topo_map_insert(&t->words, i, hash);
	return i;
}

void topo_text_drop(struct topo *t, uint8_t share, uint32_t *text)
{
	uint32_t i = *text;

	*text = 0;
	t->shares[share].text_bytes -= topo_text_cost(t, i);
	if (i == 0 || --t->texts[i]->n_refs > 0)
		return;
	topo_map_remove(&t->words, i);
	t->text_bytes -= cost_of(t->texts[i]->len);
	free(t->texts[i]);
	t->texts[i] = NULL;
	t->texts_spare[t->n_texts_spare++] = i;
}

bool topo_text_set(struct topo *t, uint8_t share, uint32_t *text, const char *bytes, uint32_t len)
{
	const char *had = topo_text_of(t, *text);
	uint32_t now = 0;

	len = (uint32_t)strnlen(bytes, len);
	if (strlen(had) == len && memcmp(had, bytes, len) == 0)
		return false;
	if (len > 0)
		now = has_room(t, share, len) ? text_take(t, bytes, len) : TOPO_NONE;
	if (now == TOPO_NONE) {
		t->counts.texts_refused++;
		return false;
	}
	topo_text_drop(t, share, text);
	*text = now;
	t->shares[share].text_bytes += topo_text_cost(t, now);
	return true;
}
