// SPDX-License-Identifier: BSD-3-Clause
// The XDP filter of a kernel interface: RoMON frames go to the AF_XDP socket of their queue, everything
// else stays with the kernel.
//
// Compiled into romon_xdp.o; port_xdp_prog.c knows the program by its name.
#include "port_xdp_parse.h"

SEC("xdp")
int romon_xdp(struct xdp_md *ctx)
{
	return is_romon(ctx) ? to_socket(ctx) : XDP_PASS;
}

char romon_xdp_license[] SEC("license") = "Dual BSD/GPL";
