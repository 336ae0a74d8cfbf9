// SPDX-License-Identifier: BSD-3-Clause
// The same filter where the device tells of a tag that stands beside the frame (the hardware took it out, or
// a veth peer kept it in its skb): the tag goes back into the frame. Wants Linux 6.8 and a program that is
// bound to its device.
//
// Compiled into romon_xdp_tag.o, an object of its own: romon_xdp.o must load where no kernel has this
// function.
#include "port_xdp_parse.h"

extern int bpf_xdp_metadata_rx_vlan_tag(const struct xdp_md *ctx, __be16 *proto, __u16 *tci) __ksym;

static __always_inline int tag_put_back(struct xdp_md *ctx, __u16 tci)
{
	struct ethhdr macs;

	if (bpf_xdp_adjust_head(ctx, -(int)sizeof(struct vlan_tag)) != 0)
		return -1;
	void *data = (void *)(long)ctx->data;
	const void *end = (const void *)(long)ctx->data_end;
	struct vlan_tag *tag = (void *)((struct ethhdr *)data + 1);
	if ((const void *)(tag + 1) > end)
		return -1;
	// all of the header moves forward; its EtherType is then behind the tag's two bytes
	__builtin_memcpy(&macs, (const char *)data + sizeof(*tag), sizeof(macs));
	__be16 ethertype = macs.h_proto;
	macs.h_proto = bpf_htons(ETH_P_8021Q);
	__builtin_memcpy(data, &macs, sizeof(macs));
	tag->tci = bpf_htons(tci);
	tag->ethertype = ethertype;
	return 0;
}

SEC("xdp")
int romon_xdp_tag(struct xdp_md *ctx)
{
	__be16 proto = 0;
	__u16 tci = 0;

	if (!is_romon(ctx))
		return XDP_PASS;
	if (bpf_xdp_metadata_rx_vlan_tag(ctx, &proto, &tci) == 0) {
		// another kind of tag would look like 802.1Q further on
		if (proto != bpf_htons(ETH_P_8021Q))
			return XDP_PASS;
		if (tag_put_back(ctx, tci) != 0)
			return XDP_PASS; // no room: the kernel has it, with its tag
	}
	return to_socket(ctx);
}

char romon_xdp_license[] SEC("license") = "Dual BSD/GPL";
