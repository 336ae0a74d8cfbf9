// SPDX-License-Identifier: BSD-3-Clause
// Frames of made-up stations, for tests that send them. A frame is a plain buffer that a test may then
// spoil, tag or pad. Tests and fuzz targets only.
#pragma once

#include <stdint.h>

#include "wire_build.h"
#include "wire_parse.h"

#define FRAME_SIZE 4096

struct frame {
	uint32_t len;
	uint8_t bytes[FRAME_SIZE];
};

struct frame_hop {
	uint32_t link_id;
	struct base_mac mac;
};

// 02:00:00:00:hh:ll of a number: the address of a made-up station.
struct base_mac frame_mac(uint16_t n);

// A Discover of origin as station src sends it to the group address, after n hops.
void frame_discover(struct frame *f, struct base_mac src, struct base_mac origin,
	const struct frame_hop *hops, uint32_t n);

// A Data frame of src_id to dst_id on link ptr of n, with its service ports and payload_len further bytes.
struct frame_data_spec {
	struct base_mac eth_dst;
	struct base_mac eth_src;
	struct base_mac src_id;
	struct base_mac dst_id;
	const struct frame_hop *hops;
	uint32_t n;
	uint8_t ptr;
	uint16_t src_port;
	uint16_t dst_port;
	uint32_t payload_len;
};

void frame_data(struct frame *f, const struct frame_data_spec *spec);

// responder's answer to origin's Discover, on its way home.
void frame_resp(struct frame *f, struct base_mac eth_dst, struct base_mac eth_src, struct base_mac origin,
	struct base_mac responder, const struct frame_hop *hops, uint32_t n, uint8_t ptr);

// A Hello (Route TLV and nonce) or SeqErr of station src, whose RoMON id is its address.
void frame_hello(struct frame *f, struct base_mac eth_dst, struct base_mac src);
void frame_seq_err(struct frame *f, struct base_mac eth_dst, struct base_mac src);

// Insert an 802.1Q tag, write another EtherType, append n bytes of padding (0xa5).
void frame_tag(struct frame *f, uint16_t tci);
void frame_ethertype(struct frame *f, uint16_t ethertype);
void frame_pad(struct frame *f, uint32_t n);

// The RoMON header behind the Ethernet header and tag; NULL when the frame has none.
struct wire_hdr *frame_hdr(struct frame *f);

bool frames_equal(const struct frame *a, const struct frame *b);

// Parse a frame that must be well-formed: false when it is not.
bool frame_parse(const struct frame *f, struct wire_l2 *l2, struct wire_frame *out);
