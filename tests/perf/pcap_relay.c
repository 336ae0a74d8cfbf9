// SPDX-License-Identifier: BSD-3-Clause
// The simplest RoMON relay that one can write: libpcap on two interfaces, immediate mode, and one inject for
// each frame. What scripts/bench holds romond's relay on kernel interfaces against. One thread.
//
//	pcap_relay IFACE IFACE

#include <pcap/pcap.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#define SNAPLEN       2048
#define BUFFER_BYTES  (8 << 20)
#define FRAMES_A_TURN 256

// The two ends of one direction.
struct way {
	pcap_t *from;
	pcap_t *to;
};

static void fail(const char *what, const char *why)
{
	fprintf(stderr, "pcap_relay: %s: %s\n", what, why);
	exit(1);
}

static pcap_t *open_iface(const char *name)
{
	char why[PCAP_ERRBUF_SIZE] = "";
	pcap_t *p = pcap_create(name, why);
	if (p == NULL)
		fail(name, why);
	pcap_set_snaplen(p, SNAPLEN);
	pcap_set_promisc(p, 1);
	pcap_set_immediate_mode(p, 1);
	pcap_set_buffer_size(p, BUFFER_BYTES);
	if (pcap_activate(p) < 0)
		fail(name, pcap_geterr(p));
	struct bpf_program filter;
	if (pcap_compile(p, &filter, "ether proto 0x88bf", 1, PCAP_NETMASK_UNKNOWN) != 0 ||
		pcap_setfilter(p, &filter) != 0)
		fail(name, pcap_geterr(p));
	pcap_freecode(&filter);
	// Else it would hear what it sent itself.
	if (pcap_setdirection(p, PCAP_D_IN) != 0)
		fail(name, pcap_geterr(p));
	if (pcap_setnonblock(p, 1, why) != 0)
		fail(name, why);
	return p;
}

static void on_frame(u_char *arg, const struct pcap_pkthdr *h, const u_char *bytes)
{
	const struct way *w = (const struct way *)arg;
	if (h->caplen == h->len)
		(void)pcap_inject(
			w->to, bytes, h->caplen); // a frame that does not fit is lost, as in any bridge
}

static void relay(pcap_t *from, pcap_t *to)
{
	struct way w = {from, to};
	if (pcap_dispatch(from, FRAMES_A_TURN, on_frame, (u_char *)&w) < 0)
		fail("reading", pcap_geterr(from));
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: pcap_relay IFACE IFACE\n");
		return 2;
	}
	pcap_t *a = open_iface(argv[1]);
	pcap_t *b = open_iface(argv[2]);
	struct pollfd wait[2] = {
		{.fd = pcap_get_selectable_fd(a), .events = POLLIN},
		{.fd = pcap_get_selectable_fd(b), .events = POLLIN},
	};
	puts("ready");
	fflush(stdout);
	for (;;) {
		(void)poll(wait, 2, -1);
		relay(a, b);
		relay(b, a);
	}
}
