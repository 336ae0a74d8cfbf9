// SPDX-License-Identifier: BSD-3-Clause
// A bed for tests of lib/node: ports, clock, dice and a list of what was sent, all the test's own. Its tests
// run a second time "on day 49", when the milliseconds of 32-bit clocks begin anew. Tests only.
#pragma once

#include "node_discovery.h"

#define NODE_BED_SENT 4096 // frames that are kept

struct node_bed_frame {
	uint64_t at_ms;
	uint8_t slot;
	uint32_t len;
	uint8_t bytes[WIRE_FRAME_LEN_MAX];
};

struct node_bed {
	struct node_io io;
	uint64_t now_ms;
	uint64_t random;
	struct topo_self self;
	bool has_port[NODE_PORTS];
	struct node_port ports[NODE_PORTS];
	int send_err; // what sending gives; 0 = frames leave
	uint32_t refused[NODE_PORTS][NODE_N_REFUSED];
	uint32_t n_sent;
	struct node_bed_frame sent[NODE_BED_SENT];
};

// A bed with ports 0 to n_ports - 1, all active: link id 10 + slot, cost 10, l2mtu 1500.
struct node_bed *node_bed_open(uint32_t n_ports);
void node_bed_close(struct node_bed *bed);

// The id of node n, 0 = ours, and the MAC of its port k.
struct base_mac node_bed_id(uint32_t n);
struct base_mac node_bed_port_mac(uint32_t n, uint32_t k);
uint64_t node_bed_id_u64(uint32_t n);

uint64_t node_bed_wall_us(const struct node_bed *bed);

// All refusals of a kind.
uint32_t node_bed_refused(const struct node_bed *bed, enum node_refused why);

// The Discover that our neighbor n sends to us as its origin. Returns its length.
uint32_t node_bed_discover(uint32_t n, uint8_t out[WIRE_FRAME_LEN_MAX]);

// The answer of our neighbor n to a Discover of ours; master: its label, NULL = no master.
uint32_t node_bed_answer(uint32_t n, const struct node_bed_frame *discover, const char *master,
	uint8_t out[WIRE_FRAME_LEN_MAX]);

// Node n, a neighbor by our port in slot, answers the Discover that left by it, within
// NODE_DISCOVERY_ANSWER_MS of a round. master: its label, or NULL.
enum node_answer node_bed_hear(
	const struct node_bed *bed, struct node_discovery *d, uint32_t n, uint8_t slot, const char *master);

// Data of node n to us by our port in slot, from the neighbor whose port has that MAC.
struct node_bed_data {
	uint8_t slot;
	uint32_t n;
	uint64_t from_mac;
	uint16_t src_port;
	uint16_t dst_port;
	const uint8_t *payload;
	uint32_t len;
};

uint32_t node_bed_data(
	const struct node_bed *bed, const struct node_bed_data *data, uint8_t out[WIRE_FRAME_LEN_MAX]);

// The last frame sent of a type (enum wire_type); NULL: none since the test set n_sent to 0.
const struct node_bed_frame *node_bed_last(const struct node_bed *bed, uint8_t type);
