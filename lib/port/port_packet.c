// SPDX-License-Identifier: BSD-3-Clause
// The socket filter of AF_PACKET ports. Control thread.
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include "base_err.h"
#include "port_packet.h"

#define ETHERTYPE_ROMON 0x88bf
#define METADATA(what)  ((uint32_t)(SKF_AD_OFF + (what)))
#define LOAD            (BPF_LD | BPF_ABS)
#define IF_EQUAL        (BPF_JMP | BPF_JEQ | BPF_K)
#define TAKE_ALL        0x40000 // more bytes than a frame has

// An outer tag may stand beside the frame (the hardware took it out; net_af_packet puts it back, always as
// 0x8100, so that any other kind must not pass) or in it. Frames with two tags pass: they are counted as
// such further on.
int port_packet_filter(int fd)
{
	static struct sock_filter code[] = {
		BPF_STMT(LOAD | BPF_W, METADATA(SKF_AD_PKTTYPE)),
		BPF_JUMP(IF_EQUAL, PACKET_OUTGOING, 9, 0),
		BPF_STMT(LOAD | BPF_W, METADATA(SKF_AD_VLAN_TAG_PRESENT)),
		BPF_JUMP(IF_EQUAL, 0, 2, 0),
		BPF_STMT(LOAD | BPF_W, METADATA(SKF_AD_VLAN_TPID)),
		BPF_JUMP(IF_EQUAL, ETH_P_8021Q, 0, 5),
		BPF_STMT(LOAD | BPF_H, 12), // EtherType
		BPF_JUMP(IF_EQUAL, ETHERTYPE_ROMON, 4, 0),
		BPF_JUMP(IF_EQUAL, ETH_P_8021Q, 0, 2),
		BPF_STMT(LOAD | BPF_H, 16), // EtherType behind the tag
		BPF_JUMP(IF_EQUAL, ETHERTYPE_ROMON, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, TAKE_ALL),
	};
	struct sock_fprog prog = {.len = BASE_ARRAY_LEN(code), .filter = code};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)) == 0 ? 0 : -errno;
}
