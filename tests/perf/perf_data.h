// SPDX-License-Identifier: BSD-3-Clause
// The Data frame of the benches in C: a ping of three links, on its first, that passes the node from its
// first device to link id 2.
#pragma once

#include "dp_bed.h"

#define PERF_DATA_LEN_MIN 94 // without payload

static inline void perf_data_make(
	struct dp_bed *bed, struct base_mac src, uint32_t payload_len, struct frame *f)
{
	const struct frame_hop hops[] = {{6, dp_bed_mac(bed, 0)}, {2, frame_mac(2)}, {9, frame_mac(3)}};

	frame_data(f, &(struct frame_data_spec){.eth_dst = dp_bed_mac(bed, 0),
			      .eth_src = src,
			      .src_id = frame_mac(50),
			      .dst_id = frame_mac(51),
			      .hops = hops,
			      .n = 3,
			      .src_port = 20000,
			      .dst_port = WIRE_SERVICE_PING,
			      .payload_len = payload_len});
}
