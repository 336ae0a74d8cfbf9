// SPDX-License-Identifier: BSD-3-Clause
// RoMON on the wire: packed structs and constants (docs/protocol.md sections 1 to 4 and 6). Any thread.
//
// Multi-byte fields are byte arrays in network order: read and write them with base_be.h. Offsets in
// comments count from the RoMON header's first byte, the one after the EtherType.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base_mac.h"

#define WIRE_ETHERTYPE      0x88bf
#define WIRE_ETHERTYPE_VLAN 0x8100
#define WIRE_ETHERTYPE_QINQ 0x88a8
#define WIRE_ETH_LEN        14
#define WIRE_VLAN_LEN       4
#define WIRE_VID_MAX        4094
#define WIRE_FRAME_LEN_MAX  1514 // what we build: Ethernet header and a 1500-byte payload
#define WIRE_HOPS_MAX       128  // upper bound of the key hop-limit; more is refused by the parser

// Where Discover goes, and the destination id of a Discover.
static const struct base_mac wire_group_mac = {{0x01, 0x80, 0xc2, 0x00, 0x88, 0xbf}};
static const struct base_mac wire_id_all = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

enum wire_type {
	WIRE_TYPE_INVALID,
	WIRE_TYPE_DISCOVER,
	WIRE_TYPE_DISCOVER_RESP,
	WIRE_TYPE_DATA,
	WIRE_TYPE_SEQ_ERR,
	WIRE_TYPE_HELLO,
	WIRE_N_TYPES,
};

enum wire_tag {
	WIRE_TAG_ROUTE = 1,
	WIRE_TAG_IDENTITY = 3,
	WIRE_TAG_VERSION = 4,
	WIRE_TAG_BOARD = 5,
	WIRE_TAG_NONCE = 0x80,       // Hello: fresh nonce, 8 bytes
	WIRE_TAG_NONCE_ECHO = 0x81,  // Hello: the nonce that is answered, 8 bytes
	WIRE_TAG_COUNTER_MIN = 0x82, // SeqErr: lowest acceptable counter, 8 bytes
	WIRE_TAG_MASTER = 0x83,      // DiscoverResp of a master: its label, text; unknown to the parser
};

enum wire_service {
	WIRE_SERVICE_PING = 1,
	WIRE_SERVICE_SSH = 3,
	WIRE_SERVICE_WINBOX = 4,
};

struct wire_eth {
	struct base_mac dst;
	struct base_mac src;
	uint8_t ethertype[2];
} __attribute__((packed));

struct wire_vlan {
	uint8_t tci[2];
	uint8_t ethertype[2];
} __attribute__((packed));

struct wire_hdr {
	uint8_t type;      // enum wire_type
	uint8_t channel;   // 0 = default, RouterOS-compatible
	uint8_t length[2]; // whole frame with the 14-byte Ethernet header, without a VLAN tag
	uint8_t auth[24];  // all zero when unsigned
	struct base_mac src_id;
	struct base_mac dst_id;
	uint8_t n_hops; // forwarders in types 1, 2, 4 and 5; links in type 3
	uint8_t ptr;
	uint8_t zero[4]; // six bytes in all types but Data: see wire_hops_offset()
} __attribute__((packed));

struct wire_hop {
	uint8_t link_id[4]; // a label of the node that owns the port; nobody else interprets it
	struct base_mac mac;
} __attribute__((packed));

struct wire_tlv {
	uint8_t tag;
	uint8_t len; // of the value that follows
} __attribute__((packed));

// One side of a link: the port that a frame came in on, or left by.
struct wire_link_end {
	uint8_t link_id[4];
	uint8_t l2mtu[2];
	uint8_t cost[2];
	struct base_mac mac;
} __attribute__((packed));

struct wire_route {
	struct base_mac id;
	struct wire_link_end in;  // all zero at the origin of a Discover
	struct wire_link_end out; // all zero at the responder
} __attribute__((packed));

// Version TLV: what 7.13 final looks like is 07 0d 66 00.
struct wire_version {
	uint8_t major;
	uint8_t minor;
	uint8_t stage; // 'a' alpha, 'b' beta, 'c' rc, 'f' final
	uint8_t revision;
} __attribute__((packed));

struct wire_services {
	uint8_t src_port[2];
	uint8_t dst_port[2];
} __attribute__((packed));

#define WIRE_HDR_LEN      46 // struct wire_hdr as far as every type has it: Data's hop list follows
#define WIRE_HOP_LEN      10
#define WIRE_ROUTE_LEN    34
#define WIRE_LINK_END_LEN 14

_Static_assert(sizeof(struct wire_eth) == WIRE_ETH_LEN, "Ethernet header");
_Static_assert(sizeof(struct wire_vlan) == WIRE_VLAN_LEN, "802.1Q tag");
_Static_assert(sizeof(struct wire_hdr) == WIRE_HDR_LEN, "protocol.md sections 2 and 3");
_Static_assert(offsetof(struct wire_hdr, src_id) == 28, "protocol.md section 2");
_Static_assert(offsetof(struct wire_hdr, n_hops) == 40, "protocol.md section 3");
_Static_assert(sizeof(struct wire_hop) == WIRE_HOP_LEN, "protocol.md section 3");
_Static_assert(sizeof(struct wire_link_end) == WIRE_LINK_END_LEN, "protocol.md section 4");
_Static_assert(sizeof(struct wire_route) == WIRE_ROUTE_LEN, "protocol.md section 4");
_Static_assert(sizeof(struct wire_version) == 4, "protocol.md section 4");
_Static_assert(sizeof(struct wire_services) == 4, "protocol.md section 6");

// Offset of the hop list: 46 in Data, 48 in every other type.
static inline uint32_t wire_hops_offset(uint8_t type)
{
	return type == WIRE_TYPE_DATA ? 46 : 48;
}
