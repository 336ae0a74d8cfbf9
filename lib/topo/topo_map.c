// SPDX-License-Identifier: BSD-3-Clause
// A hash index over rows of an array, and the keyed hash for it. One thread.
#include <stdlib.h>
#include <string.h>

#include "topo_map.h"

#define HEADS_MIN 64u

static uint32_t bucket_of(const struct topo_map *m, uint32_t hash)
{
	uint32_t b = hash & (m->base - 1);

	return b < m->n_split ? hash & (2 * m->base - 1) : b;
}

int topo_map_init(struct topo_map *m)
{
	*m = (struct topo_map){.base = HEADS_MIN, .heads_size = HEADS_MIN};
	m->heads = malloc(HEADS_MIN * sizeof(*m->heads));
	if (m->heads == NULL)
		return base_errno_set(ENOMEM);
	memset(m->heads, 0xff, HEADS_MIN * sizeof(*m->heads));
	return 0;
}

void topo_map_fini(struct topo_map *m)
{
	free(m->heads);
	free(m->cells);
}

int topo_map_reserve(struct topo_map *m, uint32_t n_rows)
{
	if (n_rows <= m->cells_size)
		return 0;
	struct topo_map_cell *cells = reallocarray(m->cells, n_rows, sizeof(*cells));
	if (cells == NULL)
		return base_errno_set(ENOMEM);
	m->cells = cells;
	m->cells_size = n_rows;
	return 0;
}

// One more bucket: the next one in order gives up what belongs to its new half. Without memory the chains
// just grow longer.
static void split(struct topo_map *m)
{
	uint32_t to = m->base + m->n_split;

	if (to >= m->heads_size) {
		uint32_t *heads = reallocarray(m->heads, m->heads_size, 2 * sizeof(*heads));
		if (heads == NULL)
			return;
		m->heads = heads;
		m->heads_size *= 2;
	}
	uint32_t *link = &m->heads[m->n_split];
	m->heads[to] = TOPO_NONE;
	while (*link != TOPO_NONE) {
		uint32_t row = *link;

		if ((m->cells[row].hash & m->base) == 0) {
			link = &m->cells[row].next;
			continue;
		}
		*link = m->cells[row].next;
		m->cells[row].next = m->heads[to];
		m->heads[to] = row;
	}
	m->n_split++;
	if (m->n_split == m->base) {
		m->base *= 2;
		m->n_split = 0;
	}
}

void topo_map_insert(struct topo_map *m, uint32_t row, uint32_t hash)
{
	if (m->n_used >= m->base + m->n_split)
		split(m);
	uint32_t b = bucket_of(m, hash);
	m->cells[row] = (struct topo_map_cell){.next = m->heads[b], .hash = hash};
	m->heads[b] = row;
	m->n_used++;
}

void topo_map_remove(struct topo_map *m, uint32_t row)
{
	uint32_t *link = &m->heads[bucket_of(m, m->cells[row].hash)];

	while (*link != row)
		link = &m->cells[*link].next;
	*link = m->cells[row].next;
	m->n_used--;
}

static uint32_t same_hash(const struct topo_map *m, uint32_t row, uint32_t hash)
{
	while (row != TOPO_NONE && m->cells[row].hash != hash)
		row = m->cells[row].next;
	return row;
}

uint32_t topo_map_first(const struct topo_map *m, uint32_t hash)
{
	return same_hash(m, m->heads[bucket_of(m, hash)], hash);
}

uint32_t topo_map_next(const struct topo_map *m, uint32_t row)
{
	return same_hash(m, m->cells[row].next, m->cells[row].hash);
}

uint64_t topo_map_bytes(const struct topo_map *m)
{
	return (uint64_t)m->heads_size * sizeof(*m->heads) + (uint64_t)m->cells_size * sizeof(*m->cells);
}

static uint64_t rotated(uint64_t x, uint32_t by)
{
	return x << by | x >> (64 - by);
}

static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotated(v[1], 13) ^ v[0];
	v[0] = rotated(v[0], 32);
	v[2] += v[3];
	v[3] = rotated(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotated(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotated(v[1], 17) ^ v[2];
	v[2] = rotated(v[2], 32);
}

static void sip_begin(uint64_t v[4], uint64_t seed)
{
	uint64_t second = rotated(seed, 32) * 0x9e3779b97f4a7c15u;

	v[0] = seed ^ 0x736f6d6570736575u;
	v[1] = second ^ 0x646f72616e646f6du;
	v[2] = seed ^ 0x6c7967656e657261u;
	v[3] = second ^ 0x7465646279746573u;
}

static void sip_word(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
}

static uint32_t sip_end(uint64_t v[4])
{
	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(v);
	return (uint32_t)(v[0] ^ v[1] ^ v[2] ^ v[3]);
}

uint32_t topo_hash_words(uint64_t seed, const uint64_t *words, uint32_t n)
{
	uint64_t v[4];

	sip_begin(v, seed);
	for (uint32_t i = 0; i < n; i++)
		sip_word(v, words[i]);
	sip_word(v, (uint64_t)n * sizeof(*words) << 56);
	return sip_end(v);
}

uint32_t topo_hash_bytes(uint64_t seed, const void *bytes, uint32_t len)
{
	const uint8_t *p = bytes;
	uint64_t v[4];
	uint64_t word;
	uint32_t left = len;

	sip_begin(v, seed);
	for (; left >= sizeof(word); left -= (uint32_t)sizeof(word), p += sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		sip_word(v, word);
	}
	word = (uint64_t)len << 56;
	for (uint32_t i = 0; i < left; i++)
		word |= (uint64_t)p[i] << 8 * i;
	sip_word(v, word);
	return sip_end(v);
}
