// SPDX-License-Identifier: BSD-3-Clause
// What both XDP programs do: find the EtherType behind one tag, and hand a frame to the socket of its queue.
// Runs in the kernel for each received frame; knows EtherTypes only.
#pragma once

#include <linux/bpf.h>
#include <linux/if_ether.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define ETHERTYPE_ROMON 0x88bf
#define QUEUES_MAX      64 // at least PORT_RXQ_MAX; a queue without a socket passes its frames on

struct vlan_tag {
	__be16 tci;
	__be16 ethertype; // of what the tag stands before
};

// net_af_xdp wants it to be called xsks_map.
struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(max_entries, QUEUES_MAX);
	__type(key, __u32);
	__type(value, __u32);
} xsks_map SEC(".maps");

// RoMON, untagged or behind one tag in the frame?
static __always_inline int is_romon(const struct xdp_md *ctx)
{
	const void *end = (const void *)(long)ctx->data_end;
	const struct ethhdr *eth = (const void *)(long)ctx->data;

	if ((const void *)(eth + 1) > end)
		return 0;
	if (eth->h_proto != bpf_htons(ETH_P_8021Q))
		return eth->h_proto == bpf_htons(ETHERTYPE_ROMON);
	const struct vlan_tag *tag = (const void *)(eth + 1);
	return (const void *)(tag + 1) <= end && tag->ethertype == bpf_htons(ETHERTYPE_ROMON);
}

// The last argument is what happens where the queue has no socket.
static __always_inline int to_socket(const struct xdp_md *ctx)
{
	return (int)bpf_redirect_map(&xsks_map, ctx->rx_queue_index, XDP_PASS);
}
