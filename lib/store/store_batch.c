// SPDX-License-Identifier: BSD-3-Clause
// Changes that wait. The thread that owns the batch; no lock, no disk.
#include <stdlib.h>
#include <string.h>

#include "base_hash.h"
#include "store_batch.h"

#define BUCKETS_MIN 64

void store_batch_init(struct store_batch *b, uint64_t seed)
{
	*b = (struct store_batch){.seed = seed};
	b->events_end = &b->events;
}

void store_batch_nodes_drop(struct store_batch *b)
{
	for (uint32_t i = 0; i < b->n_buckets; i++) {
		while (b->buckets[i] != NULL) {
			struct store_item *item = b->buckets[i];

			b->buckets[i] = item->next;
			free(item);
		}
	}
	free(b->buckets);
	b->buckets = NULL;
	b->n_buckets = 0;
	b->n_nodes = 0;
	b->replaces_all = false;
}

void store_batch_event_drop(struct store_batch *b)
{
	struct store_event_item *first = b->events;

	b->events = first->next;
	if (b->events == NULL)
		b->events_end = &b->events;
	b->n_events--;
	free(first);
}

void store_batch_fini(struct store_batch *b)
{
	store_batch_nodes_drop(b);
	while (b->events != NULL)
		store_batch_event_drop(b);
}

void store_batch_move(struct store_batch *to, struct store_batch *from)
{
	store_batch_fini(to);
	*to = *from;
	if (to->events == NULL)
		to->events_end = &to->events;
	store_batch_init(from, from->seed);
}

static uint32_t bucket_of(const struct store_batch *b, uint64_t id)
{
	return (uint32_t)base_hash_mix(id ^ b->seed) & (b->n_buckets - 1);
}

static int grow(struct store_batch *b)
{
	uint32_t n_before = b->n_buckets;
	struct store_item **before = b->buckets;
	uint32_t n = n_before == 0 ? BUCKETS_MIN : 2 * n_before;
	struct store_item **buckets = calloc(n, sizeof(struct store_item *));

	if (buckets == NULL)
		return base_errno_set(ENOMEM);
	b->buckets = buckets;
	b->n_buckets = n;
	for (uint32_t i = 0; i < n_before; i++) {
		while (before[i] != NULL) {
			struct store_item *item = before[i];
			uint32_t k = bucket_of(b, item->node.id);

			before[i] = item->next;
			item->next = buckets[k];
			buckets[k] = item;
		}
	}
	free(before);
	return 0;
}

static size_t text_len(const char *text)
{
	return text == NULL ? 0 : strnlen(text, STORE_TEXT_LEN_MAX);
}

// Move *text to *at, which steps behind it.
static void text_keep(const char **text, char **at)
{
	size_t len = text_len(*text);

	if (len > 0)
		memcpy(*at, *text, len);
	(*at)[len] = '\0';
	*text = *at;
	*at += len + 1;
}

static struct store_item *item_make(const struct store_node *node, bool is_forgotten)
{
	static const struct store_node empty;
	const struct store_node *from = is_forgotten ? &empty : node;
	uint32_t n_path = from->n_path < STORE_PATH_MAX ? from->n_path : STORE_PATH_MAX;
	size_t path_size = n_path * sizeof(uint64_t);
	size_t size = sizeof(struct store_item) + path_size + text_len(from->identity) +
		      text_len(from->board) + text_len(from->master) + 3;
	struct store_item *item = malloc(size);

	if (item == NULL)
		return NULL;
	*item = (struct store_item){.node = *from, .is_forgotten = is_forgotten};
	item->node.id = node->id;
	item->node.n_path = n_path;
	item->node.path = (const uint64_t *)(item + 1);
	if (n_path > 0)
		memcpy(item + 1, from->path, path_size);
	char *at = (char *)(item + 1) + path_size;
	text_keep(&item->node.identity, &at);
	text_keep(&item->node.board, &at);
	text_keep(&item->node.master, &at);
	return item;
}

// Where the item of id is, or where it is to be put: *place is it, or NULL.
static struct store_item **place_of(struct store_batch *b, uint64_t id)
{
	struct store_item **place = &b->buckets[bucket_of(b, id)];

	while (*place != NULL && (*place)->node.id != id)
		place = &(*place)->next;
	return place;
}

// Takes the item in any case.
static int item_put(struct store_batch *b, struct store_item *item, uint32_t max)
{
	if (b->n_nodes >= b->n_buckets && grow(b) != 0 && b->n_buckets == 0) {
		free(item);
		return -ENOMEM;
	}
	struct store_item **place = place_of(b, item->node.id);
	struct store_item *old = *place;
	if (old == NULL && b->n_nodes >= max) {
		free(item);
		return -ENOSPC;
	}
	item->next = old != NULL ? old->next : NULL;
	*place = item;
	b->n_nodes += old == NULL;
	free(old);
	return 0;
}

int store_batch_put(struct store_batch *b, const struct store_node *node, bool is_forgotten, uint32_t max)
{
	struct store_item *item = item_make(node, is_forgotten);

	return item == NULL ? -ENOMEM : item_put(b, item, max);
}

int store_batch_event_add(struct store_batch *b, const struct store_event *e, uint32_t max)
{
	size_t size = sizeof(struct store_event_item) + text_len(e->kind) + text_len(e->severity) +
		      text_len(e->port) + text_len(e->identity) + text_len(e->text) + 5;
	struct store_event_item *item = malloc(size);

	if (item == NULL)
		return -ENOMEM;
	*item = (struct store_event_item){.event = *e};
	char *at = (char *)(item + 1);
	text_keep(&item->event.kind, &at);
	text_keep(&item->event.severity, &at);
	text_keep(&item->event.port, &at);
	text_keep(&item->event.identity, &at);
	text_keep(&item->event.text, &at);
	*b->events_end = item;
	b->events_end = &item->next;
	b->n_events++;
	while (b->n_events > max)
		store_batch_event_drop(b);
	return 0;
}

static void events_merge(struct store_batch *b, struct store_batch *newer, uint32_t max)
{
	if (newer->events != NULL) {
		*b->events_end = newer->events;
		b->events_end = newer->events_end;
		b->n_events += newer->n_events;
	}
	newer->events = NULL;
	newer->events_end = &newer->events;
	newer->n_events = 0;
	while (b->n_events > max)
		store_batch_event_drop(b);
}

int store_batch_merge(
	struct store_batch *b, struct store_batch *newer, uint32_t nodes_max, uint32_t events_max)
{
	int err = 0;

	events_merge(b, newer, events_max);
	if (newer->replaces_all) {
		store_batch_nodes_drop(b);
		b->replaces_all = true;
	}
	for (uint32_t i = 0; i < newer->n_buckets; i++) {
		while (err == 0 && newer->buckets[i] != NULL) {
			struct store_item *item = newer->buckets[i];

			newer->buckets[i] = item->next;
			err = item_put(b, item, nodes_max);
		}
	}
	if (err != 0)
		store_batch_nodes_drop(b);
	store_batch_nodes_drop(newer);
	return err;
}
