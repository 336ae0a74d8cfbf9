// SPDX-License-Identifier: BSD-3-Clause
// Sends the frames of a pcap file out of a kernel interface, over and over, by sendmmsg on a packet socket
// without queueing discipline: as fast as the kernel takes them, or paced. What feeds the kernel rows of
// scripts/bench. One thread. SIGTERM ends it.
//
//	frame_blast IFACE FILE [FRAMES-PER-SECOND]      0, the default: as fast as it goes

#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <pcap/pcap.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

#define FRAMES_MAX  65536
#define A_CALL      64
#define NS_A_SECOND 1000000000ull

static struct iovec frames[FRAMES_MAX];
static unsigned n_frames;
static atomic_bool is_over; // set by the handler

static void on_signal(int sig)
{
	(void)sig;
	atomic_store(&is_over, true);
}

static void fail(const char *what, const char *why)
{
	fprintf(stderr, "frame_blast: %s: %s\n", what, why);
	exit(1);
}

static void load(const char *file)
{
	char why[PCAP_ERRBUF_SIZE] = "";
	pcap_t *p = pcap_open_offline(file, why);
	if (p == NULL)
		fail(file, why);
	struct pcap_pkthdr *h = NULL;
	const u_char *bytes = NULL;
	while (n_frames < FRAMES_MAX && pcap_next_ex(p, &h, &bytes) == 1) {
		void *copy = malloc(h->caplen);
		if (copy == NULL)
			fail(file, strerror(ENOMEM));
		memcpy(copy, bytes, h->caplen);
		frames[n_frames++] = (struct iovec){copy, h->caplen};
	}
	pcap_close(p);
	if (n_frames == 0)
		fail(file, "no frame in it");
}

static int open_socket(const char *iface)
{
	int fd = socket(AF_PACKET, SOCK_RAW, 0);
	if (fd < 0)
		fail("socket", strerror(errno));
	int one = 1;
	if (setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof(one)) != 0)
		fail("PACKET_QDISC_BYPASS", strerror(errno));
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_ifindex = (int)if_nametoindex(iface),
	};
	if (to.sll_ifindex == 0 || bind(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		fail(iface, strerror(errno));
	return fd;
}

static unsigned long long now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (unsigned long long)t.tv_sec * NS_A_SECOND + (unsigned long long)t.tv_nsec;
}

// Frames that should have left by now, less those that have: 0 to A_CALL. rate 0: always A_CALL.
static unsigned due(unsigned long long rate, unsigned long long start_ns, unsigned long long sent)
{
	if (rate == 0)
		return A_CALL;
	unsigned long long wanted = (unsigned long long)((double)(now_ns() - start_ns) * (double)rate / 1e9);
	unsigned long long late = wanted > sent ? wanted - sent : 0;
	return late < A_CALL ? (unsigned)late : A_CALL;
}

int main(int argc, char **argv)
{
	if (argc != 3 && argc != 4) {
		fprintf(stderr, "usage: frame_blast IFACE FILE [FRAMES-PER-SECOND]\n");
		return 2;
	}
	unsigned long long rate = argc == 4 ? strtoull(argv[3], NULL, 10) : 0;
	load(argv[2]);
	int fd = open_socket(argv[1]);
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	struct mmsghdr calls[A_CALL];
	memset(calls, 0, sizeof(calls));
	unsigned next = 0;
	unsigned long long sent = 0;
	unsigned long long start_ns = now_ns();
	while (!atomic_load_explicit(&is_over, memory_order_relaxed)) {
		unsigned n = due(rate, start_ns, sent);
		for (unsigned i = 0; i < n; i++) {
			calls[i].msg_hdr.msg_iov = &frames[(next + i) % n_frames];
			calls[i].msg_hdr.msg_iovlen = 1;
		}
		int done = n > 0 ? sendmmsg(fd, calls, n, 0) : 0;
		if (done < 0 && errno != ENOBUFS && errno != EINTR)
			fail(argv[1], strerror(errno));
		if (done > 0) {
			sent += (unsigned)done;
			next = (next + (unsigned)done) % n_frames;
		}
	}
	printf("%llu\n", sent);
	return 0;
}
