// SPDX-License-Identifier: BSD-3-Clause
// Sends one frame out of a kernel interface, over and over, as a NIC's driver would deliver it to the other
// end: the kernel's XDP test run makes the frames (BPF_F_TEST_XDP_LIVE_FRAMES), a small program redirects
// them. Far cheaper than a packet socket, so that the relay behind the interface is what a bench measures,
// and not this source. The last byte of the Ethernet source is 0 to 15 at random: 16 senders. One thread;
// SIGTERM ends it.
//
//	xdp_blast IFACE FILE        the first frame of a pcap file

#define PCAP_DONT_INCLUDE_PCAP_BPF_H // its struct bpf_insn is another
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <pcap/pcap.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// A call ends with a pause of some milliseconds (RCU grace periods), in which a fast relay would run dry. A
// signal ends it sooner.
#define FRAMES_A_CALL INT32_MAX
#define BATCH         64
#define FRAME_MAX     2048
#define SENDERS_MASK  15
#define SOURCE_END    12 // bytes up to the end of the Ethernet source

static atomic_bool is_over; // set by the handler

static void on_signal(int sig)
{
	(void)sig;
	atomic_store(&is_over, true);
}

static void fail(const char *what, const char *why)
{
	fprintf(stderr, "xdp_blast: %s: %s\n", what, why);
	exit(1);
}

static unsigned load_frame(const char *file, unsigned char frame[FRAME_MAX])
{
	char why[PCAP_ERRBUF_SIZE] = "";
	pcap_t *p = pcap_open_offline(file, why);
	if (p == NULL)
		fail(file, why);
	struct pcap_pkthdr *h = NULL;
	const u_char *bytes = NULL;
	if (pcap_next_ex(p, &h, &bytes) != 1 || h->caplen > FRAME_MAX)
		fail(file, "no frame in it, or a too long one");
	unsigned n = h->caplen;
	memcpy(frame, bytes, n);
	pcap_close(p);
	return n;
}

// The program: the source's last byte at random, then out of ifindex.
static int load_program(int ifindex)
{
	const struct bpf_insn code[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 6, .src_reg = 1},
		{.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_get_prandom_u32},
		{.code = BPF_ALU64 | BPF_AND | BPF_K, .dst_reg = 0, .imm = SENDERS_MASK},
		{.code = BPF_LDX | BPF_MEM | BPF_W,
			.dst_reg = 2,
			.src_reg = 6,
			.off = offsetof(struct xdp_md, data)},
		{.code = BPF_LDX | BPF_MEM | BPF_W,
			.dst_reg = 3,
			.src_reg = 6,
			.off = offsetof(struct xdp_md, data_end)},
		{.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 4, .src_reg = 2},
		{.code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = 4, .imm = SOURCE_END},
		{.code = BPF_JMP | BPF_JGT | BPF_X, .dst_reg = 4, .src_reg = 3, .off = 1},
		{.code = BPF_STX | BPF_MEM | BPF_B, .dst_reg = 2, .src_reg = 0, .off = SOURCE_END - 1},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 1, .imm = ifindex},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 2, .imm = 0},
		{.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_redirect},
		{.code = BPF_JMP | BPF_EXIT},
	};
	int fd = bpf_prog_load(
		BPF_PROG_TYPE_XDP, "xdp_blast", "GPL", code, sizeof(code) / sizeof(code[0]), NULL);
	if (fd < 0)
		fail("loading the program", strerror(errno));
	return fd;
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: xdp_blast IFACE FILE\n");
		return 2;
	}
	int ifindex = (int)if_nametoindex(argv[1]);
	if (ifindex == 0)
		fail(argv[1], strerror(errno));
	unsigned char frame[FRAME_MAX];
	unsigned n = load_frame(argv[2], frame);
	int fd = load_program(ifindex);
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = n, .repeat = FRAMES_A_CALL,
		.flags = BPF_F_TEST_XDP_LIVE_FRAMES, .batch_size = BATCH);
	while (!atomic_load_explicit(&is_over, memory_order_relaxed)) {
		int rc = bpf_prog_test_run_opts(fd, &opts);
		if (rc != 0 && rc != -EINTR)
			fail("sending", strerror(-rc));
	}
	return 0;
}
