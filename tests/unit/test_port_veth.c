// SPDX-License-Identifier: BSD-3-Clause
// Kernel interfaces through AF_XDP and AF_PACKET, in a network namespace of this process alone.
//
//	[port_dev r0] ---- veth ---- [p0, a packet socket of the test]
//
// Needs root; says so and exits 77 (skipped) without.
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/if_packet.h>
#include <malloc.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base_log.h"
#include "base_text.h"
#include "eal_start.h"
#include "port.h"
#include "port_facts.h"
#include "suite.h"

#define MBUFS     2048
#define FRAME_LEN 98
#define WAIT_MS   10000

static char error[PORT_ERROR_LEN];
static int peer = -1; // packet socket on p0

static void shell(const char *command)
{
	if (system(command) != 0)
		fprintf(stderr, "failed: %s\n", command);
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static int packet_socket(const char *ifname)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_ALL));
	struct sockaddr_ll addr = {.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex(ifname)};
	int bytes = 8 << 20;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
	CU_ASSERT_EQUAL_FATAL(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	return fd;
}

static void veth_make(void)
{
	shell("ip link add r0 type veth peer name p0 && ip link set r0 up && ip link set p0 up");
	peer = packet_socket("p0");
}

static void veth_remove(void)
{
	close(peer);
	shell("ip link del r0 2>/dev/null || ip link del p0 2>/dev/null || true");
}

static struct port_dev *open_as(enum conf_driver driver, bool has_vlans)
{
	struct port_dev_cfg cfg = {.device = "r0",
		.driver = driver,
		.has_vlans = has_vlans,
		.n_txq_wanted = 1,
		.mbufs = MBUFS,
		.burst = 32};

	error[0] = '\0';
	return port_dev_open(&cfg, error);
}

// Open as romond does: try again while the interface is taken. The kernel closes the descriptors of a
// killed process in its own time.
static struct port_dev *open_when_free(enum conf_driver driver)
{
	struct port_dev *dev = open_as(driver, false);

	for (int i = 0; i < 500 && dev == NULL && errno == EADDRINUSE; i++) {
		usleep(10000);
		dev = open_as(driver, false);
	}
	return dev;
}

static void dev_is_there(const struct port_dev *dev)
{
	if (dev == NULL)
		fprintf(stderr, "(%s) ", error);
	CU_ASSERT_PTR_NOT_NULL_FATAL(dev);
}

// A frame with the EtherType at offset 12, or a tag of VLAN vid there and the EtherType behind it.
static void frame_make(uint8_t *f, uint16_t vid, uint16_t ethertype, size_t len)
{
	static const uint8_t macs[12] = {0x01, 0x80, 0xc2, 0, 0x88, 0xbf, 0x02, 0, 0, 0, 0, 0x77};
	size_t off = 12;

	memset(f, 0, len);
	memcpy(f, macs, sizeof(macs));
	if (vid != 0) {
		f[12] = 0x81;
		f[14] = (uint8_t)(vid >> 8);
		f[15] = (uint8_t)vid;
		off = 16;
	}
	f[off] = (uint8_t)(ethertype >> 8);
	f[off + 1] = (uint8_t)ethertype;
}

static void peer_send(int fd, uint16_t vid, uint16_t ethertype, size_t len)
{
	uint8_t f[4096];

	frame_make(f, vid, ethertype, len);
	CU_ASSERT_EQUAL(send(fd, f, len, 0), (ssize_t)len);
}

// The kernel passes changes of a carrier on from a work queue.
static enum port_link poll_until(struct port_dev *dev, enum port_link wanted)
{
	uint64_t end = now_ms() + WAIT_MS;

	while (port_dev_poll(dev) != wanted && now_ms() < end)
		usleep(1000);
	return dev->link;
}

// Received frames, freed; the last one is kept in *last when that is asked for. Waits until n_wanted are
// there, and then once more so that what is too much is seen.
static uint32_t dev_receive(struct port_dev *dev, uint32_t n_wanted, struct rte_mbuf **last)
{
	uint64_t end = now_ms() + WAIT_MS;
	uint32_t n_total = 0;

	while (now_ms() < end) {
		struct rte_mbuf *mbufs[32];
		bool is_enough = n_total >= n_wanted;
		uint16_t n = 0;

		for (uint16_t q = 0; q < dev->n_rxq && n == 0; q++)
			n = rte_eth_rx_burst(dev->ethdev_id, q, mbufs, 32);
		if (n == 0 && is_enough)
			break;
		if (n == 0)
			continue;
		n_total += n;
		if (last != NULL) {
			rte_pktmbuf_free(*last);
			*last = mbufs[--n];
		}
		rte_pktmbuf_free_bulk(mbufs, n);
	}
	return n_total;
}

static uint32_t dev_send(struct port_dev *dev, uint32_t n, size_t len)
{
	uint32_t n_sent = 0;
	uint8_t frame[2048];

	frame_make(frame, 0, 0x88bf, len);
	for (uint32_t i = 0; i < n; i++) {
		struct rte_mbuf *m = rte_pktmbuf_alloc(dev->pool);

		CU_ASSERT_PTR_NOT_NULL_FATAL(m);
		memcpy(rte_pktmbuf_mtod(m, void *), frame, len);
		m->data_len = (uint16_t)len;
		m->pkt_len = (uint32_t)len;
		if (rte_eth_tx_burst(dev->ethdev_id, 0, &m, 1) == 1)
			n_sent++;
		else
			rte_pktmbuf_free(m);
	}
	return n_sent;
}

// RoMON frames that arrive at a packet socket, out of what it hears.
static uint32_t socket_receive(int fd, uint32_t n_wanted, uint32_t *n_others)
{
	uint64_t end = now_ms() + (n_wanted == 0 ? 50 : WAIT_MS);
	uint32_t n_romon = 0;
	uint8_t f[4096];

	while (now_ms() < end && (n_romon < n_wanted || n_wanted == 0)) {
		ssize_t n = recv(fd, f, sizeof(f), 0);

		if (n < 14)
			continue;
		bool is_romon = f[12] == 0x88 && f[13] == 0xbf;
		n_romon += is_romon;
		if (n_others != NULL && !is_romon)
			*n_others += 1;
	}
	return n_romon;
}

static uint32_t fds_open(void)
{
	DIR *dir = opendir("/proc/self/fd");
	uint32_t n = 0;

	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n;
}

// How a mapping of a socket or a pool would show that is not given back.
static uint32_t maps_of_sockets(void)
{
	FILE *f = fopen("/proc/self/maps", "re");
	char line[512];
	uint32_t n = 0;

	while (fgets(line, sizeof(line), f) != NULL)
		n += strstr(line, "socket:[") != NULL;
	fclose(f);
	return n;
}

static uint32_t prog_attached(const char *ifname)
{
	uint32_t id = 0;

	bpf_xdp_query_id((int)if_nametoindex(ifname), 0, &id);
	return id;
}

// A program that passes everything, called name.
static int foreign_prog(const char *name)
{
	struct bpf_insn pass[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = XDP_PASS},
		{.code = BPF_JMP | BPF_EXIT},
	};

	return bpf_prog_load(BPF_PROG_TYPE_XDP, name, "GPL", pass, 2, NULL);
}

static bool is_member(const char *ifname)
{
	FILE *f = fopen("/proc/thread-self/net/dev_mcast", "re");
	char line[256];
	bool is_found = false;

	while (fgets(line, sizeof(line), f) != NULL)
		is_found |= strstr(line, ifname) != NULL && strstr(line, "0180c20088bf") != NULL;
	fclose(f);
	return is_found;
}

// Does auto take AF_XDP on a veth? Not before Linux 6.8.
static bool is_skipped(void)
{
	shell("ip link add s0 type veth peer name s1");
	bool tells_tags = port_link_tells_tags((int)if_nametoindex("s0"));
	shell("ip link del s0");
	if (!tells_tags)
		fprintf(stderr, "(this kernel tells of no tags beside frames) ");
	return !tells_tags;
}

// Take the program off an interface as only somebody who insists can: by its BPF link.
static void link_break(const char *ifname)
{
	uint32_t id = 0;

	while (bpf_link_get_next_id(id, &id) == 0) {
		struct bpf_link_info info = {.type = 0};
		uint32_t len = sizeof(info);
		int fd = bpf_link_get_fd_by_id(id);

		if (fd < 0)
			continue;
		if (bpf_obj_get_info_by_fd(fd, &info, &len) == 0 && info.type == BPF_LINK_TYPE_XDP &&
			info.prog_id == prog_attached(ifname))
			CU_ASSERT_EQUAL(bpf_link_detach(fd), 0);
		close(fd);
	}
	CU_ASSERT_EQUAL(prog_attached(ifname), 0);
}

static void preflight_takes_an_ethernet_interface_and_no_other(void)
{
	char why[PORT_ERROR_LEN] = "";

	veth_make();
	CU_ASSERT_EQUAL(port_preflight("r0", why), 0);
	CU_ASSERT_STRING_EQUAL(why, "");
	CU_ASSERT_EQUAL(port_preflight("lo", why), -EMEDIUMTYPE);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "lo is not an Ethernet interface"));
	veth_remove();
}

static void xdp_takes_romon_frames_only(void)
{
	uint32_t n_others = 0;

	veth_make();
	int kernel = packet_socket("r0");
	struct port_dev *dev = open_as(CONF_DRIVER_AF_XDP, false);
	dev_is_there(dev);
	CU_ASSERT_EQUAL(dev->kind, PORT_KIND_AF_XDP);
	CU_ASSERT_STRING_EQUAL(dev->driver, "net_af_xdp");
	CU_ASSERT_STRING_EQUAL(dev->ifname, "r0");
	CU_ASSERT_PTR_NOT_NULL(strstr(dev->why, "AF_XDP, native, copy mode"));
	CU_ASSERT_EQUAL(poll_until(dev, PORT_LINK_UP), PORT_LINK_UP);
	CU_ASSERT_EQUAL(dev->mtu, 1500);
	CU_ASSERT_NOT_EQUAL(prog_attached("r0"), 0);
	for (int i = 0; i < 50; i++) {
		peer_send(peer, 0, 0x88bf, FRAME_LEN);
		peer_send(peer, 0, 0x0800, FRAME_LEN);
	}
	CU_ASSERT_EQUAL(dev_receive(dev, 50, NULL), 50);
	CU_ASSERT_EQUAL(socket_receive(kernel, 0, &n_others), 0);
	CU_ASSERT_TRUE(n_others >= 50); // and what the kernel says for itself
	peer_send(peer, 0, 0x88bf, 1514);
	CU_ASSERT_EQUAL(dev_receive(dev, 1, NULL), 1);
	peer_send(peer, 0, 0x88bf, 14); // the kernel pads nothing here
	CU_ASSERT_EQUAL(dev_receive(dev, 1, NULL), 1);
	CU_ASSERT_EQUAL(dev_send(dev, 100, 1514), 100);
	CU_ASSERT_EQUAL(socket_receive(peer, 100, NULL), 100);
	port_dev_close(dev);
	CU_ASSERT_EQUAL(prog_attached("r0"), 0);
	peer_send(peer, 0, 0x88bf, FRAME_LEN);
	CU_ASSERT_EQUAL(socket_receive(kernel, 1, NULL), 1); // all is the kernel's again
	close(kernel);
	veth_remove();
	CU_ASSERT_EQUAL(port_pools_in_use(), 0);
}

// More frames than the pool has mbufs, so that each of them goes to the kernel and comes back.
static void xdp_uses_the_whole_pool(void)
{
	uint32_t n_rx = 0;
	uint32_t n_tx = 0;

	veth_make();
	struct port_dev *dev = open_as(CONF_DRIVER_AF_XDP, false);
	dev_is_there(dev);
	for (int i = 0; i < 400; i++) {
		for (int j = 0; j < 32; j++)
			peer_send(peer, 0, 0x88bf, FRAME_LEN);
		n_rx += dev_receive(dev, 32, NULL);
		n_tx += dev_send(dev, 32, FRAME_LEN);
		CU_ASSERT_EQUAL(socket_receive(peer, 32, NULL), 32);
	}
	CU_ASSERT_EQUAL(n_rx, 400 * 32);
	CU_ASSERT_EQUAL(n_tx, 400 * 32);
	port_dev_close(dev);
	veth_remove();
	CU_ASSERT_EQUAL(port_pools_in_use(), 0);
}

// Frames that workers hold when their device closes come back afterwards; the driver's come back at once.
static void xdp_close_takes_back_what_the_driver_forgot(void)
{
	struct rte_mbuf *held[32];
	uint16_t n = 0;

	veth_make();
	struct port_dev *dev = open_as(CONF_DRIVER_AF_XDP, false);
	dev_is_there(dev);
	for (int i = 0; i < 64; i++)
		peer_send(peer, 0, 0x88bf, FRAME_LEN);
	for (int i = 0; i < 10000 && n == 0; i++)
		n = rte_eth_rx_burst(dev->ethdev_id, 0, held, 32);
	CU_ASSERT_EQUAL(n, 32);
	CU_ASSERT_TRUE(port_pools_in_use() >= 2048);
	// one goes back by the port it came from: zero-copy, and the driver never gives it back
	CU_ASSERT_EQUAL(rte_eth_tx_burst(dev->ethdev_id, 0, &held[31], 1), 1);
	port_dev_close(dev);
	CU_ASSERT_EQUAL(port_pools_in_use(), 31);
	rte_pktmbuf_free_bulk(held, 31);
	CU_ASSERT_EQUAL(port_pools_in_use(), 0);
	veth_remove();
}

static void packet_hears_romon_frames_only(void)
{
	struct rte_mbuf *m = NULL;

	veth_make();
	struct port_dev *dev = open_as(CONF_DRIVER_AF_PACKET, false);
	dev_is_there(dev);
	CU_ASSERT_EQUAL(dev->kind, PORT_KIND_AF_PACKET);
	CU_ASSERT_STRING_EQUAL(dev->why, "AF_PACKET: asked for by driver: af-packet");
	CU_ASSERT_EQUAL(prog_attached("r0"), 0);
	for (int i = 0; i < 50; i++) {
		peer_send(peer, 0, 0x88bf, FRAME_LEN);
		peer_send(peer, 0, 0x0800, FRAME_LEN);
		peer_send(peer, 7, 0x0800, FRAME_LEN);
	}
	CU_ASSERT_EQUAL(dev_receive(dev, 50, NULL), 50);
	// neither its own frames nor those that others here send by the interface
	CU_ASSERT_EQUAL(dev_send(dev, 50, FRAME_LEN), 50);
	int other = packet_socket("r0");
	peer_send(other, 0, 0x88bf, FRAME_LEN);
	close(other);
	CU_ASSERT_EQUAL(socket_receive(peer, 51, NULL), 51);
	CU_ASSERT_EQUAL(dev_receive(dev, 0, NULL), 0);
	peer_send(peer, 0, 0x88bf, 1514);
	CU_ASSERT_EQUAL(dev_receive(dev, 1, &m), 1);
	CU_ASSERT_EQUAL(m->pkt_len, 1514);
	rte_pktmbuf_free(m);
	port_dev_close(dev);
	veth_remove();
	CU_ASSERT_EQUAL(port_pools_in_use(), 0);
}

// The kernel takes the outer tag out of every frame before a packet socket sees it. A VLAN port finds it in
// the frame again.
static void packet_gives_tags_back(void)
{
	struct rte_mbuf *m = NULL;
	uint8_t f[FRAME_LEN];

	veth_make();
	struct port_dev *dev = open_as(CONF_DRIVER_AUTO, true);
	dev_is_there(dev);
	CU_ASSERT_EQUAL(dev->kind, PORT_KIND_AF_PACKET);
	CU_ASSERT_PTR_NOT_NULL(strstr(dev->why, "AF_PACKET: a VLAN port"));
	peer_send(peer, 7, 0x88bf, FRAME_LEN);
	CU_ASSERT_EQUAL_FATAL(dev_receive(dev, 1, &m), 1);
	CU_ASSERT_EQUAL(memcmp(rte_pktmbuf_mtod(m, uint8_t *) + 12, "\x81\x00\x00\x07\x88\xbf", 6), 0);
	CU_ASSERT_EQUAL(m->pkt_len, FRAME_LEN);
	CU_ASSERT_EQUAL(m->data_len, FRAME_LEN);
	CU_ASSERT_EQUAL(m->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED, 0);

	// two tags come, to be counted as what they are
	frame_make(f, 7, 0x8100, FRAME_LEN);
	f[20] = 0x88;
	f[21] = 0xbf;
	CU_ASSERT_EQUAL(send(peer, f, FRAME_LEN, 0), FRAME_LEN);
	CU_ASSERT_EQUAL_FATAL(dev_receive(dev, 1, &m), 1);
	CU_ASSERT_EQUAL(memcmp(rte_pktmbuf_mtod(m, uint8_t *), f, FRAME_LEN), 0);

	// another kind of tag would come back as 0x8100
	frame_make(f, 7, 0x88bf, FRAME_LEN);
	f[12] = 0x88;
	f[13] = 0xa8;
	CU_ASSERT_EQUAL(send(peer, f, FRAME_LEN, 0), FRAME_LEN);
	CU_ASSERT_EQUAL(dev_receive(dev, 0, NULL), 0);
	rte_pktmbuf_free(m);
	port_dev_close(dev);
	veth_remove();
	CU_ASSERT_EQUAL(port_pools_in_use(), 0);
}

static void xdp_hears_one_tag_in_the_frame(void)
{
	veth_make();
	struct port_dev *dev = open_as(CONF_DRIVER_AF_XDP, true);
	dev_is_there(dev);
	peer_send(peer, 7, 0x88bf, FRAME_LEN);
	peer_send(peer, 7, 0x0800, FRAME_LEN);
	CU_ASSERT_EQUAL(dev_receive(dev, 1, NULL), 1);
	port_dev_close(dev);
	veth_remove();
}

static void foreign_program_is_never_touched(void)
{
	veth_make();
	int ifindex = (int)if_nametoindex("r0");
	int prog = foreign_prog("somebody");
	CU_ASSERT_EQUAL_FATAL(bpf_xdp_attach(ifindex, prog, 0, NULL), 0);
	uint32_t id = prog_attached("r0");
	CU_ASSERT_NOT_EQUAL(id, 0);
	CU_ASSERT_PTR_NULL(open_as(CONF_DRIVER_AF_XDP, false));
	CU_ASSERT_EQUAL(errno, EBUSY);
	CU_ASSERT_PTR_NOT_NULL(strstr(error, "another XDP program (somebody, id "));
	struct port_dev *dev = open_as(CONF_DRIVER_AUTO, false);
	dev_is_there(dev);
	CU_ASSERT_PTR_NOT_NULL(strstr(dev->why, "AF_PACKET: another XDP program (somebody, id "));
	port_dev_close(dev);
	CU_ASSERT_EQUAL(prog_attached("r0"), id);
	bpf_xdp_detach(ifindex, 0, NULL);

	// while we run nobody replaces ours by mistake
	dev = open_as(CONF_DRIVER_AF_XDP, false);
	dev_is_there(dev);
	CU_ASSERT_EQUAL(bpf_xdp_attach(ifindex, prog, 0, NULL), -EBUSY);
	CU_ASSERT_EQUAL(bpf_xdp_detach(ifindex, 0, NULL), -EBUSY);
	port_dev_poll(dev);
	CU_ASSERT_EQUAL(dev->stale, PORT_STALE_INVALID);
	// who insists is found out, and theirs outlives our close
	link_break("r0");
	port_dev_poll(dev);
	CU_ASSERT_EQUAL(dev->stale, PORT_STALE_XDP);
	CU_ASSERT_STRING_EQUAL(dev->stale_why, "somebody took our XDP program off");
	CU_ASSERT_EQUAL(bpf_xdp_attach(ifindex, prog, 0, NULL), 0);
	port_dev_poll(dev);
	CU_ASSERT_EQUAL(dev->stale, PORT_STALE_XDP);
	CU_ASSERT_PTR_NOT_NULL(strstr(dev->stale_why, "another XDP program (id "));
	port_dev_close(dev);
	CU_ASSERT_EQUAL(prog_attached("r0"), id);
	// AF_PACKET beside it says so, and knows when it is gone
	dev = open_as(CONF_DRIVER_AUTO, false);
	dev_is_there(dev);
	CU_ASSERT_PTR_NOT_NULL(strstr(dev->warning, "the XDP program somebody (id "));
	CU_ASSERT_EQUAL(dev->stale, PORT_STALE_INVALID);
	bpf_xdp_detach(ifindex, 0, NULL);
	port_dev_poll(dev);
	CU_ASSERT_TRUE(dev->stale == PORT_STALE_DRIVER || is_skipped());
	CU_ASSERT_STRING_EQUAL(dev->warning, "");
	port_dev_close(dev);
	close(prog);
	veth_remove();
	CU_ASSERT_EQUAL(port_pools_in_use(), 0);
}

static void stale_program_is_taken_off(void)
{
	veth_make();
	int prog = foreign_prog("romon_xdp");
	CU_ASSERT_EQUAL_FATAL(bpf_xdp_attach((int)if_nametoindex("r0"), prog, 0, NULL), 0);
	close(prog);
	struct port_dev *dev = open_as(CONF_DRIVER_AF_XDP, false);
	dev_is_there(dev);
	peer_send(peer, 0, 0x88bf, FRAME_LEN);
	CU_ASSERT_EQUAL(dev_receive(dev, 1, NULL), 1);
	// this one lives: a second open is refused, whatever driver would do
	CU_ASSERT_PTR_NULL(open_as(CONF_DRIVER_AUTO, false));
	CU_ASSERT_EQUAL(errno, EADDRINUSE);
	CU_ASSERT_PTR_NOT_NULL(strstr(error, "another romond uses AF_XDP on r0"));
	peer_send(peer, 0, 0x88bf, FRAME_LEN);
	CU_ASSERT_EQUAL(dev_receive(dev, 1, NULL), 1);
	port_dev_close(dev);
	veth_remove();
}

// The test program itself, opening r0 in a process of its own until it is killed. Returns its id when the
// device is open.
static pid_t victim_start(void)
{
	int ready[2];
	char c;

	CU_ASSERT_EQUAL_FATAL(pipe(ready), 0);
	pid_t pid = fork();
	if (pid == 0) {
		dup2(ready[1], STDOUT_FILENO);
		execl("/proc/self/exe", "victim", "victim", NULL);
		_exit(127);
	}
	close(ready[1]);
	CU_ASSERT_EQUAL(read(ready[0], &c, 1), 1);
	close(ready[0]);
	return pid;
}

static int victim_main(void)
{
	eal_start("test_port_victim", 64);
	struct port_dev *dev = open_as(CONF_DRIVER_AF_XDP, false);

	if (dev == NULL)
		fprintf(stderr, "victim: %s\n", error);
	rmdir(rte_eal_get_runtime_dir()); // nobody else will
	if (dev == NULL || write(STDOUT_FILENO, "1", 1) != 1)
		return 1;
	pause();
	return 0;
}

static void killed_process_leaves_nothing_in_the_way(void)
{
	veth_make();
	for (int i = 0; i < 3; i++) {
		pid_t pid = victim_start();

		CU_ASSERT_PTR_NULL(open_as(CONF_DRIVER_AUTO, false));
		CU_ASSERT_EQUAL(errno, EADDRINUSE);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		CU_ASSERT_EQUAL(prog_attached("r0"), 0); // the link went with the process
		CU_ASSERT_FALSE(is_member("r0"));
		struct port_dev *dev = open_when_free(CONF_DRIVER_AF_XDP);
		dev_is_there(dev);
		peer_send(peer, 0, 0x88bf, FRAME_LEN);
		CU_ASSERT_EQUAL(dev_receive(dev, 1, NULL), 1);
		port_dev_close(dev);
	}
	veth_remove();
}

// A queue that AF_XDP cannot have would keep its frames.
static void many_queues_fall_back(void)
{
	shell("ip link add r0 numtxqueues 2 numrxqueues 2 type veth peer name p0 numtxqueues 2 numrxqueues 2 "
	      "&& "
	      "ip link set r0 up && ip link set p0 up");
	peer = packet_socket("p0");
	struct port_dev *dev = open_as(CONF_DRIVER_AUTO, false);
	dev_is_there(dev);
	CU_ASSERT_PTR_NOT_NULL(strstr(dev->why, "AF_PACKET: receives on 2 queues, AF_XDP here on at most 1"));
	port_dev_close(dev);
	CU_ASSERT_PTR_NULL(open_as(CONF_DRIVER_AF_XDP, false));
	CU_ASSERT_EQUAL(errno, E2BIG);
	veth_remove();
}

static void missing_filter_program_falls_back(void)
{
	char path[] = "/tmp/test_port_veth_XXXXXX";

	if (is_skipped())
		return;
	int fd = mkstemp(path);
	veth_make();
	CU_ASSERT_EQUAL(write(fd, "no program", 10), 10);
	setenv("ROMOND_XDP_PROG", path, 1);
	struct port_dev *dev = open_as(CONF_DRIVER_AUTO, false);
	dev_is_there(dev);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(dev->why, "AF_PACKET: the kernel refuses to open the XDP program on r0"));
	port_dev_close(dev);
	fchmod(fd, 0666); // anybody could write it: not taken, the next place is asked
	dev = open_as(CONF_DRIVER_AUTO, false);
	dev_is_there(dev);
	CU_ASSERT_EQUAL(dev->kind, PORT_KIND_AF_XDP);
	port_dev_close(dev);
	unsetenv("ROMOND_XDP_PROG");
	close(fd);
	unlink(path);
	veth_remove();
}

static void interface_is_left_as_found(void)
{
	static const enum conf_driver drivers[] = {CONF_DRIVER_AF_XDP, CONF_DRIVER_AF_PACKET};

	veth_make();
	shell("ip link set r0 promisc on");
	for (size_t i = 0; i < BASE_ARRAY_LEN(drivers); i++) {
		struct port_dev *dev = open_as(drivers[i], false);

		dev_is_there(dev);
		CU_ASSERT_TRUE(is_member("r0"));
		port_dev_close(dev);
		CU_ASSERT_FALSE(is_member("r0"));
		CU_ASSERT_EQUAL(system("ip link show r0 | grep -q PROMISC"), 0);
	}
	veth_remove();
}

static void link_and_mtu_follow_the_interface(void)
{
	static const enum conf_driver drivers[] = {CONF_DRIVER_AF_XDP, CONF_DRIVER_AF_PACKET};

	for (size_t i = 0; i < BASE_ARRAY_LEN(drivers); i++) {
		veth_make();
		shell("ip link set r0 down");
		struct port_dev *dev = open_as(drivers[i], false);
		dev_is_there(dev);
		CU_ASSERT_EQUAL(dev->link, PORT_LINK_DOWN);
		CU_ASSERT_PTR_NOT_NULL(strstr(dev->why, "; the interface is down"));
		CU_ASSERT_EQUAL(dev->speed_mbps, 0);
		dev_send(dev, 10, FRAME_LEN);
		CU_ASSERT_EQUAL(dev_receive(dev, 0, NULL), 0);
		shell("ip link set r0 up mtu 1600 && ip link set p0 mtu 1600");
		CU_ASSERT_EQUAL(poll_until(dev, PORT_LINK_UP), PORT_LINK_UP);
		CU_ASSERT_PTR_NULL(strstr(dev->why, "is down"));
		CU_ASSERT_EQUAL(dev->mtu, 1600);
		CU_ASSERT_EQUAL(dev->speed_mbps, 10000); // what veth says
		peer_send(peer, 0, 0x88bf, 1614);
		CU_ASSERT_EQUAL(dev_receive(dev, 1, NULL), 1);
		shell("ip link set p0 down");
		CU_ASSERT_EQUAL(poll_until(dev, PORT_LINK_DOWN), PORT_LINK_DOWN);
		shell("ip link set p0 up");
		CU_ASSERT_EQUAL(poll_until(dev, PORT_LINK_UP), PORT_LINK_UP);
		port_dev_close(dev);
		veth_remove();
	}
}

static void address_follows_the_interface(void)
{
	static const enum conf_driver drivers[] = {CONF_DRIVER_AF_XDP, CONF_DRIVER_AF_PACKET};

	for (size_t i = 0; i < BASE_ARRAY_LEN(drivers); i++) {
		static const uint8_t wanted[] = {0x02, 0, 0, 0, 0xab, 0xcd};

		veth_make();
		struct port_dev *dev = open_as(drivers[i], false);
		dev_is_there(dev);
		CU_ASSERT_FALSE(base_mac_equal(&dev->mac, wanted));
		shell("ip link set r0 address 02:00:00:00:ab:cd");
		port_dev_poll(dev);
		CU_ASSERT_TRUE(base_mac_equal(&dev->mac, wanted));
		CU_ASSERT_EQUAL(dev->stale, PORT_STALE_INVALID);
		port_dev_close(dev);
		shell("ip link show r0 | grep -q 02:00:00:00:ab:cd");
		veth_remove();
	}
}

// Frames on queues that came after the open would be nobody's.
static void queues_that_change_are_seen(void)
{
	if (is_skipped())
		return;
	shell("ip link add r0 numtxqueues 4 numrxqueues 4 type veth peer name p0 numtxqueues 1 numrxqueues 1 "
	      "&& "
	      "ethtool -L r0 rx 1 tx 1 && ip link set r0 up && ip link set p0 up");
	peer = packet_socket("p0");
	struct port_dev *dev = open_as(CONF_DRIVER_AUTO, false);
	dev_is_there(dev);
	CU_ASSERT_EQUAL(dev->kind, PORT_KIND_AF_XDP);
	shell("ethtool -L r0 rx 4 tx 4");
	port_dev_poll(dev);
	CU_ASSERT_EQUAL(dev->stale, PORT_STALE_QUEUES);
	CU_ASSERT_PTR_NOT_NULL(strstr(dev->stale_why, "receives on 4 queues now, and on 1 before"));
	port_dev_close(dev);
	dev = open_as(CONF_DRIVER_AUTO, false);
	dev_is_there(dev);
	CU_ASSERT_EQUAL(dev->kind, PORT_KIND_AF_PACKET);
	peer_send(peer, 0, 0x88bf, FRAME_LEN);
	CU_ASSERT_EQUAL(dev_receive(dev, 1, NULL), 1);
	shell("ethtool -L r0 rx 1 tx 1");
	port_dev_poll(dev);
	CU_ASSERT_EQUAL(dev->stale, PORT_STALE_DRIVER);
	port_dev_close(dev);
	veth_remove();
}

// A bridge, or a guest of a macvlan, that hears through the interface goes on hearing.
static void shared_interfaces_get_af_packet(void)
{
	static const struct {
		const char *join;
		const char *leave;
		const char *why;
	} rows[] = {
		{"ip link add br0 type bridge && ip link set r0 master br0", "ip link del br0",
			"part of a bridge"},
		{"ip link add guest0 link r0 type macvlan", "ip link del guest0", "macvlan guest0 stands on"},
	};

	if (is_skipped())
		return;
	for (size_t i = 0; i < BASE_ARRAY_LEN(rows); i++) {
		veth_make();
		struct port_dev *dev = open_as(CONF_DRIVER_AUTO, false);
		dev_is_there(dev);
		CU_ASSERT_EQUAL(dev->kind, PORT_KIND_AF_XDP);
		shell(rows[i].join);
		dev->looks_closely = true;
		port_dev_poll(dev);
		CU_ASSERT_EQUAL(dev->stale, PORT_STALE_DRIVER);
		CU_ASSERT_PTR_NOT_NULL(strstr(dev->stale_why, rows[i].why));
		port_dev_close(dev);
		dev = open_as(CONF_DRIVER_AUTO, false);
		dev_is_there(dev);
		CU_ASSERT_EQUAL(dev->kind, PORT_KIND_AF_PACKET);
		CU_ASSERT_PTR_NOT_NULL(strstr(dev->why, rows[i].why));
		CU_ASSERT_EQUAL(dev->stale, PORT_STALE_INVALID);
		shell(rows[i].leave);
		dev->looks_closely = true;
		port_dev_poll(dev);
		CU_ASSERT_EQUAL(dev->stale, PORT_STALE_DRIVER);
		port_dev_close(dev);
		veth_remove();
	}
}

// A bridge hands on a tagged frame with its tag beside it; XDP alone would see it untagged.
static void tags_beside_frames_are_put_back(void)
{
	static const enum conf_driver drivers[] = {CONF_DRIVER_AUTO, CONF_DRIVER_AF_PACKET};
	struct rte_mbuf *m = NULL;

	if (is_skipped())
		return;
	for (size_t i = 0; i < BASE_ARRAY_LEN(drivers); i++) {
		veth_make();
		shell("ip link add br0 type bridge && ip link set br0 up && ip link set p0 master br0 && "
		      "ip link add x0 type veth peer name x1 && ip link set x0 master br0 up && "
		      "ip link set x1 up");
		int far = packet_socket("x1");
		struct port_dev *dev = open_as(drivers[i], false);
		dev_is_there(dev);
		CU_ASSERT_EQUAL(poll_until(dev, PORT_LINK_UP), PORT_LINK_UP);
		peer_send(far, 7, 0x88bf, FRAME_LEN);
		CU_ASSERT_EQUAL_FATAL(dev_receive(dev, 1, &m), 1);
		CU_ASSERT_EQUAL(
			memcmp(rte_pktmbuf_mtod(m, uint8_t *) + 12, "\x81\x00\x00\x07\x88\xbf", 6), 0);
		CU_ASSERT_EQUAL(m->pkt_len, FRAME_LEN);
		CU_ASSERT_EQUAL(m->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED, 0);
		peer_send(far, 0, 0x88bf, FRAME_LEN);
		CU_ASSERT_EQUAL_FATAL(dev_receive(dev, 1, &m), 1);
		CU_ASSERT_EQUAL(memcmp(rte_pktmbuf_mtod(m, uint8_t *) + 12, "\x88\xbf", 2), 0);
		rte_pktmbuf_free(m);
		m = NULL;
		port_dev_close(dev);
		close(far);
		shell("ip link del br0; ip link del x0");
		veth_remove();
	}
	CU_ASSERT_EQUAL(port_pools_in_use(), 0);
}

// Where the kernel has no way to tell of such tags AF_XDP is not for auto to choose.
static void hidden_tags_mean_af_packet(void)
{
	struct port_facts f = {.queues = {.n_paired = 1, .n_rx = 1}};
	char why[PORT_WHY_LEN];

	CU_ASSERT_EQUAL(port_facts_xdp_fits(&f, CONF_DRIVER_AUTO, false, why, sizeof(why)), 0); // a NIC
	f.strips_tags = true;
	CU_ASSERT_NOT_EQUAL(port_facts_xdp_fits(&f, CONF_DRIVER_AUTO, false, why, sizeof(why)), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "rxvlan"));
	CU_ASSERT_EQUAL(port_facts_xdp_fits(&f, CONF_DRIVER_AF_XDP, false, why, sizeof(why)), 0);
	f.tells_tags = true;
	CU_ASSERT_EQUAL(port_facts_xdp_fits(&f, CONF_DRIVER_AUTO, false, why, sizeof(why)), 0);
	f = (struct port_facts){.queues = {.n_paired = 1, .n_rx = 1}, .link = {.kind = "veth"}};
	CU_ASSERT_NOT_EQUAL(port_facts_xdp_fits(&f, CONF_DRIVER_AUTO, false, why, sizeof(why)), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "a veth may keep a VLAN tag"));
	base_text_copy(f.link.kind, sizeof(f.link.kind), "tun"); // bytes from a program
	CU_ASSERT_EQUAL(port_facts_xdp_fits(&f, CONF_DRIVER_AUTO, false, why, sizeof(why)), 0);
	f.link.master = 3;
	base_text_copy(f.link.part_kind, sizeof(f.link.part_kind), "bond");
	CU_ASSERT_NOT_EQUAL(port_facts_xdp_fits(&f, CONF_DRIVER_AUTO, false, why, sizeof(why)), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "part of a bond"));
	base_text_copy(f.link.part_kind, sizeof(f.link.part_kind), "vrf");
	CU_ASSERT_EQUAL(port_facts_xdp_fits(&f, CONF_DRIVER_AUTO, false, why, sizeof(why)), 0);
}

// An interface that is moved to another namespace takes nothing of ours with it.
static void moved_interface_keeps_no_program(void)
{
	veth_make();
	struct port_dev *dev = open_as(CONF_DRIVER_AF_XDP, false);
	dev_is_there(dev);
	shell("unshare --net sleep 60 & echo $! >/tmp/test_port_veth.pid; "
	      "while [ /proc/$!/ns/net -ef /proc/self/ns/net ]; do :; done; ip link set r0 netns $!");
	CU_ASSERT_EQUAL(port_dev_poll(dev), PORT_LINK_GONE);
	CU_ASSERT_EQUAL(
		system("nsenter -t $(cat /tmp/test_port_veth.pid) -n ip -d link show r0 | grep -q xdp"), 0);
	port_dev_close(dev);
	CU_ASSERT_NOT_EQUAL(
		system("nsenter -t $(cat /tmp/test_port_veth.pid) -n ip -d link show r0 | grep -q xdp"), 0);
	shell("kill $(cat /tmp/test_port_veth.pid); rm /tmp/test_port_veth.pid");
	veth_remove();
	CU_ASSERT_EQUAL(port_pools_in_use(), 0);
}

// The fingerprint changes with what a failed open may depend on, and not by itself.
static void fingerprint_tells_changes(void)
{
	veth_make();
	uint64_t first = port_fingerprint("r0");
	CU_ASSERT_NOT_EQUAL(first, 0);
	CU_ASSERT_EQUAL(port_fingerprint("r0"), first);
	shell("ip link set r0 mtu 1400");
	uint64_t second = port_fingerprint("r0");
	CU_ASSERT_NOT_EQUAL(second, first);
	CU_ASSERT_EQUAL(port_fingerprint("nosuch"), 0);
	veth_remove();
}

// What is longer than a buffer is cut by AF_PACKET and dropped, and counted, by AF_XDP.
static void oversize_frames_do_no_harm(void)
{
	static const enum conf_driver drivers[] = {CONF_DRIVER_AF_XDP, CONF_DRIVER_AF_PACKET};
	struct port_dev_stats stats;
	struct rte_mbuf *m = NULL;

	for (size_t i = 0; i < BASE_ARRAY_LEN(drivers); i++) {
		bool is_xdp = drivers[i] == CONF_DRIVER_AF_XDP;

		veth_make();
		shell("ip link set r0 mtu 3000 && ip link set p0 mtu 3000");
		struct port_dev *dev = open_as(drivers[i], false);
		dev_is_there(dev);
		CU_ASSERT_EQUAL(dev->mtu, is_xdp ? 2030 : 1964);
		peer_send(peer, 0, 0x88bf, 2500);
		peer_send(peer, 0, 0x88bf, dev->mtu + 14u);
		CU_ASSERT_EQUAL(dev_receive(dev, is_xdp ? 1 : 2, &m), is_xdp ? 1 : 2);
		CU_ASSERT_EQUAL(m->pkt_len, dev->mtu + 14u);
		rte_pktmbuf_free(m);
		m = NULL;
		port_dev_stats(dev, &stats);
		CU_ASSERT_EQUAL(stats.rx_missed, is_xdp ? 1 : 0);
		// as long as can be sent, by the device that could hear it
		CU_ASSERT_EQUAL(dev_send(dev, 1, dev->mtu + 14u), 1);
		CU_ASSERT_EQUAL(socket_receive(peer, 1, NULL), 1);
		port_dev_close(dev);
		veth_remove();
	}
	CU_ASSERT_EQUAL(port_pools_in_use(), 0);
}

struct usage {
	uint32_t fds;
	uint32_t maps;
	uint32_t mbufs;
	size_t rte_bytes;
	size_t heap_bytes;
};

static struct usage usage_now(void)
{
	struct rte_malloc_socket_stats stats;

	rte_malloc_get_socket_stats((int)rte_socket_id(), &stats);
	return (struct usage){.fds = fds_open(),
		.maps = maps_of_sockets(),
		.mbufs = port_pools_in_use(),
		.rte_bytes = stats.heap_allocsz_bytes,
		.heap_bytes = mallinfo2().uordblks};
}

// The interface vanishes while frames go both ways, and comes back under the same name.
static void vanish_and_return(enum conf_driver driver)
{
	struct usage start = {0};

	for (int i = 0; i < 21; i++) {
		veth_make();
		struct port_dev *dev = open_as(driver, false);
		dev_is_there(dev);
		for (int j = 0; j < 40; j++)
			peer_send(peer, 0, 0x88bf, FRAME_LEN);
		CU_ASSERT_EQUAL(dev_receive(dev, 40, NULL), 40);
		for (int j = 0; j < 40; j++)
			peer_send(peer, 0, 0x88bf, FRAME_LEN); // not fetched any more
		dev_send(dev, 40, FRAME_LEN);
		veth_remove();
		CU_ASSERT_EQUAL(port_dev_poll(dev), PORT_LINK_GONE);
		dev_send(dev, 40, FRAME_LEN);
		dev_receive(dev, 0, NULL);
		CU_ASSERT_EQUAL(port_dev_poll(dev), PORT_LINK_GONE);
		port_dev_close(dev);
		CU_ASSERT_PTR_NULL(open_as(driver, false));
		CU_ASSERT_EQUAL(errno, ENODEV);
		if (i == 0)
			start = usage_now(); // drivers are loaded and tables made
	}
	struct usage end = usage_now();
	CU_ASSERT_EQUAL(end.fds, start.fds);
	CU_ASSERT_EQUAL(end.maps, start.maps);
	CU_ASSERT_EQUAL(end.mbufs, 0);
	CU_ASSERT_TRUE(end.rte_bytes <= start.rte_bytes + 64 * 1024);
	fprintf(stderr, "(20 times: fds %+d, DPDK heap %+ld bytes, heap %+ld bytes) ",
		(int)(end.fds - start.fds), (long)(end.rte_bytes - start.rte_bytes),
		(long)(end.heap_bytes - start.heap_bytes));
}

static void xdp_vanishes_and_returns(void)
{
	vanish_and_return(CONF_DRIVER_AF_XDP);
}

static void packet_vanishes_and_returns(void)
{
	vanish_and_return(CONF_DRIVER_AF_PACKET);
}

static void xdp_opens_at_once_after_a_close(void)
{
	veth_make();
	for (int i = 0; i < 20; i++) {
		struct port_dev *dev = open_as(CONF_DRIVER_AF_XDP, false);

		dev_is_there(dev);
		peer_send(peer, 0, 0x88bf, FRAME_LEN);
		CU_ASSERT_EQUAL(dev_receive(dev, 1, NULL), 1);
		port_dev_close(dev);
	}
	veth_remove();
	CU_ASSERT_EQUAL(port_pools_in_use(), 0);
}

static void losses_are_counted(void)
{
	static const enum conf_driver drivers[] = {CONF_DRIVER_AF_XDP, CONF_DRIVER_AF_PACKET};
	struct port_dev_stats stats;

	for (size_t i = 0; i < BASE_ARRAY_LEN(drivers); i++) {
		veth_make();
		struct port_dev *dev = open_as(drivers[i], false);
		dev_is_there(dev);
		for (int j = 0; j < 3000; j++)
			peer_send(peer, 0, 0x88bf, FRAME_LEN);
		uint32_t n = dev_receive(dev, 1024, NULL);
		port_dev_stats(dev, &stats);
		CU_ASSERT_EQUAL(n + stats.rx_missed, 3000);
		port_dev_stats(dev, &stats);
		CU_ASSERT_EQUAL(n + stats.rx_missed, 3000); // reading does not clear
		port_dev_close(dev);
		veth_remove();
	}
	CU_ASSERT_EQUAL(port_pools_in_use(), 0);
}

static void computed_memory_covers_af_xdp(void)
{
	veth_make();
	CU_ASSERT_EQUAL(port_dev_bytes("r0", CONF_DRIVER_AF_PACKET, false), 0);
	CU_ASSERT_EQUAL(port_dev_bytes("r0", CONF_DRIVER_AUTO, true), 0);
	struct usage before = usage_now();
	struct port_dev *dev = open_as(CONF_DRIVER_AF_XDP, false);
	dev_is_there(dev);
	size_t taken = usage_now().rte_bytes - before.rte_bytes;
	CU_ASSERT_TRUE(port_dev_bytes("r0", CONF_DRIVER_AUTO, false) >= taken);
	CU_ASSERT_TRUE(port_dev_bytes("r0", CONF_DRIVER_AUTO, false) < 2 * taken);
	port_dev_close(dev);
	veth_remove();
}

// net_af_xdp of DPDK 22.11 forgets its copy of the program and of the socket's memory (docs/ports.md).
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libbpf.so\nleak:libxdp.so\n";
}

static const struct suite_case cases[] = {
	SUITE_CASE(preflight_takes_an_ethernet_interface_and_no_other),
	SUITE_CASE(xdp_takes_romon_frames_only),
	SUITE_CASE(xdp_uses_the_whole_pool),
	SUITE_CASE(xdp_close_takes_back_what_the_driver_forgot),
	SUITE_CASE(xdp_hears_one_tag_in_the_frame),
	SUITE_CASE(xdp_opens_at_once_after_a_close),
	SUITE_CASE(xdp_vanishes_and_returns),
	SUITE_CASE(packet_hears_romon_frames_only),
	SUITE_CASE(packet_gives_tags_back),
	SUITE_CASE(packet_vanishes_and_returns),
	SUITE_CASE(foreign_program_is_never_touched),
	SUITE_CASE(stale_program_is_taken_off),
	SUITE_CASE(killed_process_leaves_nothing_in_the_way),
	SUITE_CASE(many_queues_fall_back),
	SUITE_CASE(missing_filter_program_falls_back),
	SUITE_CASE(interface_is_left_as_found),
	SUITE_CASE(link_and_mtu_follow_the_interface),
	SUITE_CASE(address_follows_the_interface),
	SUITE_CASE(queues_that_change_are_seen),
	SUITE_CASE(shared_interfaces_get_af_packet),
	SUITE_CASE(tags_beside_frames_are_put_back),
	SUITE_CASE(hidden_tags_mean_af_packet),
	SUITE_CASE(moved_interface_keeps_no_program),
	SUITE_CASE(fingerprint_tells_changes),
	SUITE_CASE(oversize_frames_do_no_harm),
	SUITE_CASE(losses_are_counted),
	SUITE_CASE(computed_memory_covers_af_xdp),
};

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "victim") == 0)
		return victim_main();
	if (unshare(CLONE_NEWNET) != 0) {
		fprintf(stderr, "SKIPPED: a network namespace of its own needs root (%s)\n", strerror(errno));
		return 77;
	}
	base_log_level_set(BASE_LOG_ERROR);
	eal_start("test_port_veth", 128);
	int rc = suite_run("port veth", cases, BASE_ARRAY_LEN(cases));

	if (port_pools_fini() != 0)
		rc = 1;
	eal_stop();
	return rc;
}
