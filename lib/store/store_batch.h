// SPDX-License-Identifier: BSD-3-Clause
// Changes that wait: the newest state of each node by id, and events in their order. A batch has one owner at
// a time: control puts changes in (under the store's lock), the writer takes it as a whole.
#pragma once

#include "store.h"

struct store_item {
	struct store_item *next; // in its bucket
	struct store_node node;  // its texts and path point behind this struct
	bool is_forgotten;       // only node.id counts
};

struct store_event_item {
	struct store_event_item *next;
	struct store_event event; // its texts point behind this struct
};

struct store_batch {
	struct store_item **buckets; // n_buckets of them; NULL until the first node
	uint32_t n_buckets;          // a power of two
	uint32_t n_nodes;
	bool replaces_all; // what is stored goes first
	struct store_event_item *events;
	struct store_event_item **events_end;
	uint32_t n_events;
	uint64_t seed; // of the hash: ids come from the wire
};

void store_batch_init(struct store_batch *b, uint64_t seed);
void store_batch_fini(struct store_batch *b);
void store_batch_nodes_drop(struct store_batch *b);

// Add a change; the node is copied. -ENOSPC when it is a new id and the batch holds max; -ENOMEM.
BASE_MUST_USE int store_batch_put(
	struct store_batch *b, const struct store_node *node, bool is_forgotten, uint32_t max);

// Add an event; beyond max the oldest one goes.
BASE_MUST_USE int store_batch_event_add(struct store_batch *b, const struct store_event *e, uint32_t max);
void store_batch_event_drop(struct store_batch *b); // the oldest

// Hand all of from over to to, which is empty; from is empty then.
void store_batch_move(struct store_batch *to, struct store_batch *from);

// Add the changes of newer, which is empty then. -ENOSPC: more than nodes_max; all nodes are dropped.
BASE_MUST_USE int store_batch_merge(
	struct store_batch *b, struct store_batch *newer, uint32_t nodes_max, uint32_t events_max);

static inline bool store_batch_is_empty(const struct store_batch *b)
{
	return b->n_nodes == 0 && b->n_events == 0 && !b->replaces_all;
}
