// SPDX-License-Identifier: BSD-3-Clause
// Devices that are pairs of rings in this process, and faults on their way, so that what the sink says can be
// checked. Control thread makes them; the faults are made by the worker that receives.
#pragma once

#include <stdint.h>

#include "base_err.h"

enum gen_spoil_kind {
	GEN_SPOIL_INVALID,
	GEN_SPOIL_DROP,
	GEN_SPOIL_DUPLICATE,
	GEN_SPOIL_SWAP,
	GEN_SPOIL_DAMAGE,
};

struct gen_spoil {
	enum gen_spoil_kind kind;
	uint32_t every; // 0 = never
};

// "drop:1000"; -EINVAL for anything else.
BASE_MUST_USE int gen_spoil_parse(const char *text, struct gen_spoil *out);

// Make n devices (even), 0 wired to 1, 2 to 3; their names ("net_ring_...") go to names. 0 or -errno.
BASE_MUST_USE int gen_loopback_create(uint32_t n, const char *names[]);

// Spoil what an opened device receives, by a receive callback. 0 or -errno.
struct rte_mempool;
BASE_MUST_USE int gen_loopback_spoil(
	uint16_t ethdev, struct rte_mempool *pool, const struct gen_spoil *spoil);
