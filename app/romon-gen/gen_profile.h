// SPDX-License-Identifier: BSD-3-Clause
// What a run sends, and what has to come out where: a YAML file (docs/romon-gen.md). Control thread; workers
// do not read it.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base_err.h"
#include "base_mac.h"
#include "conf.h"
#include "wire_frame.h"

#define GEN_PORTS_MAX    16
#define GEN_FLOWS_MAX    32
#define GEN_SIZES_MAX    16
#define GEN_NAME_LEN     32
#define GEN_TEXT_LEN     160
#define GEN_ADDRS_MAX    (16u << 20) // origins, neighbors or stations of a flow
#define GEN_FRAME_MAX    1518        // WIRE_FRAME_LEN_MAX and a tag
#define GEN_SHARE_MAX    1000
#define GEN_RATE_MAX     1000000000ull
#define GEN_DURATION_MAX 3600000u

// What stands between the ports, so how a frame must look when it has passed.
enum gen_through {
	GEN_THROUGH_INVALID,
	GEN_THROUGH_WIRE,  // unchanged, tag and all
	GEN_THROUGH_RELAY, // unchanged, but for the tag of the port that it leaves by
	GEN_THROUGH_NODE,  // as a RoMON node forwards it (docs/protocol.md section 5)
};

// Where a flow's frames are addressed to, on Ethernet.
enum gen_to_addr {
	GEN_TO_ADDR_INVALID,
	GEN_TO_ADDR_GROUP,
	GEN_TO_ADDR_PEER,    // the port of the node that hears them
	GEN_TO_ADDR_STATION, // an address behind the port that they go to
};

// A port of ours: a device, or one VLAN of it; and the port of what is tested at its other end.
struct gen_port {
	char name[GEN_NAME_LEN]; // also that of the port of romond at its other end
	uint32_t device;         // place in the list of --device
	uint16_t vlan;           // 0 = untagged
	struct base_mac peer_mac;
	uint32_t link_id;
	uint16_t cost;
	uint16_t l2mtu;
};

struct gen_flow {
	char name[GEN_NAME_LEN];
	enum wire_type type;
	uint32_t from;    // port
	uint32_t to_mask; // ports by which each frame must come out; 0 = by none
	uint32_t share;   // of the rate, relative to the other flows
	uint32_t n_sizes;
	uint16_t sizes[GEN_SIZES_MAX]; // bytes with the Ethernet header, without tag and checksum; 0 = least
	uint32_t hops;
	uint32_t ptr;
	uint8_t channel;
	uint16_t service; // destination port of Data
	enum gen_to_addr to_addr;
	uint32_t origins;
	uint32_t neighbors;
	uint32_t stations;
	uint32_t addr_base; // of origins, neighbors and stations: moves all to fresh addresses
	bool is_random;     // addresses in random order
};

struct gen_profile {
	char name[GEN_NAME_LEN];
	char description[GEN_TEXT_LEN];
	enum gen_through through;
	struct base_mac node_id;
	uint64_t rate_pps; // 0 = as fast as the devices take frames
	uint32_t duration_ms;
	uint32_t n_ports;
	struct gen_port ports[GEN_PORTS_MAX];
	uint32_t n_flows;
	struct gen_flow flows[GEN_FLOWS_MAX];
};

// Load and check a profile. 0, or -EINVAL with what is wrong in issues (an unreadable file is one too).
BASE_MUST_USE int gen_profile_load(struct gen_profile *p, const char *path, struct conf_issues *issues);
BASE_MUST_USE int gen_profile_load_text(
	struct gen_profile *p, const char *text, size_t len, struct conf_issues *issues);

// The first reason why a profile cannot be run, in error; 0 or -EINVAL. What a file alone cannot say (the
// peer's address) may come from the command line, so this is asked after it.
BASE_MUST_USE int gen_profile_check(const struct gen_profile *p, char *error, size_t size);

// Frames of a flow need at least so many bytes.
uint16_t gen_flow_size_min(const struct gen_flow *f);

// "250k", "1.5M", "3000", "max" into frames a second (max = 0). -EINVAL for anything else.
BASE_MUST_USE int gen_rate_parse(const char *text, uint64_t *out);
// "500ms", "2s", "1m" into milliseconds.
BASE_MUST_USE int gen_duration_parse(const char *text, uint32_t *out_ms);

const char *gen_through_name(enum gen_through through);
