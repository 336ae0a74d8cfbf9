// SPDX-License-Identifier: BSD-3-Clause
// Pairs of rings as devices, and faults.
#include <rte_errno.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_ring.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gen_loopback.h"
#include "gen_profile.h"

#define RING_LEN 1024

static char names_made[GEN_PORTS_MAX][32];

// What one device does to what it receives. The worker: rw.
struct spoiler {
	struct gen_spoil spoil;
	struct rte_mempool *pool;
	uint64_t n;
};
static struct spoiler spoilers[RTE_MAX_ETHPORTS];

int gen_spoil_parse(const char *text, struct gen_spoil *out)
{
	static const char *const kinds[] = {"drop", "duplicate", "swap", "damage"};
	const char *colon = strchr(text, ':');
	char *end = NULL;

	if (colon == NULL || colon[1] < '0' || colon[1] > '9')
		return -EINVAL;
	unsigned long every = strtoul(colon + 1, &end, 10);
	if (*end != '\0' || every == 0 || every > UINT32_MAX)
		return -EINVAL;
	for (size_t i = 0; i < BASE_ARRAY_LEN(kinds); i++) {
		if (strlen(kinds[i]) == (size_t)(colon - text) &&
			strncmp(kinds[i], text, strlen(kinds[i])) == 0) {
			*out = (struct gen_spoil){(enum gen_spoil_kind)(i + 1), (uint32_t)every};
			return 0;
		}
	}
	return -EINVAL;
}

int gen_loopback_create(uint32_t n, const char *names[])
{
	struct rte_ring *rings[GEN_PORTS_MAX];
	char name[32];

	for (uint32_t i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "gen%u", i);
		rings[i] =
			rte_ring_create(name, RING_LEN, (int)rte_socket_id(), RING_F_SP_ENQ | RING_F_SC_DEQ);
		if (rings[i] == NULL)
			return -rte_errno;
	}
	for (uint32_t i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "gen%u", i);
		if (rte_eth_from_rings(name, &rings[i], 1, &rings[i ^ 1], 1, rte_socket_id()) < 0)
			return -ENODEV;
		snprintf(names_made[i], sizeof(names_made[i]), "net_ring_gen%u", i);
		names[i] = names_made[i];
	}
	return 0;
}

// Frames are freed, copied, swapped with the one before, or a byte of them is changed.
static uint16_t spoil(
	uint16_t port, uint16_t queue, struct rte_mbuf *mbufs[], uint16_t n, uint16_t room, void *ctx)
{
	struct spoiler *s = ctx;
	uint16_t kept = 0;
	struct rte_mbuf *copy = NULL;

	(void)port;
	(void)queue;
	for (uint16_t i = 0; i < n; i++) {
		struct rte_mbuf *m = mbufs[i];
		bool is_hit = ++s->n % s->spoil.every == 0;

		if (is_hit && s->spoil.kind == GEN_SPOIL_DROP) {
			rte_pktmbuf_free(m);
			continue;
		}
		if (is_hit && s->spoil.kind == GEN_SPOIL_DAMAGE)
			rte_pktmbuf_mtod(m, uint8_t *)[40] ^= 0x10;
		mbufs[kept++] = m;
		if (is_hit && s->spoil.kind == GEN_SPOIL_SWAP && kept > 1) {
			mbufs[kept - 1] = mbufs[kept - 2];
			mbufs[kept - 2] = m;
		}
		if (is_hit && s->spoil.kind == GEN_SPOIL_DUPLICATE && copy == NULL)
			copy = rte_pktmbuf_copy(m, s->pool, 0, UINT32_MAX);
	}
	if (copy != NULL && kept < room)
		mbufs[kept++] = copy;
	else
		rte_pktmbuf_free(copy);
	return kept;
}

int gen_loopback_spoil(uint16_t ethdev, struct rte_mempool *pool, const struct gen_spoil *wanted)
{
	struct spoiler *s = &spoilers[ethdev];

	*s = (struct spoiler){.spoil = *wanted, .pool = pool};
	return rte_eth_add_rx_callback(ethdev, 0, spoil, s) == NULL ? -rte_errno : 0;
}
