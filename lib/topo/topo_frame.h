// SPDX-License-Identifier: BSD-3-Clause
// Discovery on the wire: the Discover that we send, our answer to one, and the answers that we get
// (docs/protocol.md section 5). Pure functions over bytes. Any thread.
#pragma once

#include "base_mac.h"
#include "topo.h"
#include "wire_parse.h"

// Take apart a DiscoverResp: romon and f as wire_frame_parse() accepted them. Texts in out point into romon.
// 0; -EINVAL: another type; -EADDRNOTAVAIL: it answers somebody else's Discover.
BASE_MUST_USE int topo_answer_parse(
	const uint8_t *romon, const struct wire_frame *f, uint64_t own_id, struct topo_answer *out);

// What we say of ourselves. Texts are not terminated.
struct topo_self {
	struct base_mac id;
	uint8_t channel;
	bool answer_swaps;    // answer-style: swap
	const char *identity; // bytes; at most TOPO_TEXT_LEN_MAX of each text
	const char *board;
	const char *master; // NULL = we are no master
	uint8_t identity_len;
	uint8_t board_len;
	uint8_t master_len;
	struct wire_version version;
};

// A node port of ours.
struct topo_port {
	uint32_t link_id;
	uint16_t l2mtu;
	uint16_t cost;
	struct base_mac mac;
};

// Build the Discover that we send out of a port as its origin: untagged, unsigned, to the group address.
// Returns its length in bytes, or -ENOSPC when it does not fit size.
BASE_MUST_USE int topo_discover_build(
	uint8_t *frame, uint32_t size, const struct topo_self *self, const struct topo_port *port);

// Build the answer to a Discover that came in on port from eth_src: untagged, unsigned, to that MAC. romon
// and f as wire_frame_parse() accepted them. Whether it may be answered (own id, loops, limits) is asked
// before. Returns its length in bytes; -EINVAL: no Discover; -ENOSPC when the answer does not fit size.
BASE_MUST_USE int topo_resp_build(uint8_t *frame, uint32_t size, const struct topo_self *self,
	const struct topo_port *port, const struct base_mac *eth_src, const uint8_t *romon,
	const struct wire_frame *f);
