// SPDX-License-Identifier: BSD-3-Clause
// Making and unmaking the tables of signers. Control thread.

#include <rte_malloc.h>

#include "base_random.h"
#include "dp_signer.h"

#define SIGNERS_MAX            4096
#define SIGNERS_PER_PORT_MAX   1024
#define STRANGERS_MAX          1024
#define STRANGERS_PER_PORT_MAX 256

static struct nbr_table *table_create(
	const struct dp_worker_cfg *cfg, uint32_t capacity, uint32_t per_port_max)
{
	struct nbr_cfg table_cfg = {
		.capacity = capacity,
		.per_port_max = per_port_max,
		.socket_id = cfg->socket_id,
		.seed = cfg->seed,
	};
	return nbr_table_create(&table_cfg);
}

struct dp_signers *dp_signers_create(const struct dp_worker_cfg *cfg)
{
	struct dp_signers *s = rte_zmalloc_socket("signers", sizeof(*s), 0, cfg->socket_id);

	if (s == NULL)
		return base_errno_null(ENOMEM);
	s->rows = rte_zmalloc_socket("signer", SIGNERS_MAX * sizeof(*s->rows), 64, cfg->socket_id);
	s->greeted = rte_zmalloc_socket("stranger", STRANGERS_MAX * sizeof(*s->greeted), 64, cfg->socket_id);
	s->table = table_create(cfg, SIGNERS_MAX, SIGNERS_PER_PORT_MAX);
	s->strangers = table_create(cfg, STRANGERS_MAX, STRANGERS_PER_PORT_MAX);
	if (s->rows == NULL || s->greeted == NULL || s->table == NULL || s->strangers == NULL) {
		dp_signers_destroy(s);
		return base_errno_null(ENOMEM);
	}
	base_random_fill(s->secret, sizeof(s->secret));
	dp_signers_random_renew(s);
	return s;
}

void dp_signers_destroy(struct dp_signers *s)
{
	if (s == NULL)
		return;
	nbr_table_destroy(s->table);
	nbr_table_destroy(s->strangers);
	rte_free(s->rows);
	rte_free(s->greeted);
	explicit_bzero(s->secret, sizeof(s->secret));
	rte_free(s);
}

uint64_t dp_signers_bytes(void)
{
	return SIGNERS_MAX * sizeof(struct dp_signer) + STRANGERS_MAX * sizeof(struct auth_peer) +
	       nbr_table_bytes(SIGNERS_MAX) + nbr_table_bytes(STRANGERS_MAX);
}
