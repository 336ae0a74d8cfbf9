// SPDX-License-Identifier: BSD-3-Clause
// The XDP filter of a kernel interface: RoMON frames go to the AF_XDP socket of their queue, everything
// else stays with the kernel. Runs in the kernel for each received frame; knows EtherTypes only.
//
// Compiled into romon_xdp.o. net_af_xdp wants the map to be called xsks_map; port_xdp_prog.c knows the
// program by its name.
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

struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(max_entries, QUEUES_MAX);
	__type(key, __u32);
	__type(value, __u32);
} xsks_map SEC(".maps");

SEC("xdp")
int romon_xdp(struct xdp_md *ctx)
{
	const void *end = (const void *)(long)ctx->data_end;
	const struct ethhdr *eth = (const void *)(long)ctx->data;

	if ((const void *)(eth + 1) > end)
		return XDP_PASS;
	__be16 ethertype = eth->h_proto;
	if (ethertype == bpf_htons(ETH_P_8021Q)) {
		const struct vlan_tag *tag = (const void *)(eth + 1);

		if ((const void *)(tag + 1) > end)
			return XDP_PASS;
		ethertype = tag->ethertype;
	}
	if (ethertype != bpf_htons(ETHERTYPE_ROMON))
		return XDP_PASS;
	// The last argument is what happens where the queue has no socket.
	return (int)bpf_redirect_map(&xsks_map, ctx->rx_queue_index, XDP_PASS);
}

char romon_xdp_license[] SEC("license") = "Dual BSD/GPL";
