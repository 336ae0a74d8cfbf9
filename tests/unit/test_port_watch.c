// SPDX-License-Identifier: BSD-3-Clause
// What an open interface becomes under romond: each change is told once it matters, by its reason, and what
// does not matter is not. In a network namespace of this process alone.
//
//	[port_dev r0] ---- veth ---- [p0]
//
// Needs root; says so and exits 77 (skipped) without.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base_log.h"
#include "eal_start.h"
#include "port.h"
#include "port_facts.h"
#include "suite.h"

#ifndef SO_PREFER_BUSY_POLL
#define SO_PREFER_BUSY_POLL 69 // younger than Debian 12's headers for user space
#endif

#define WAIT_ROUNDS 10000 // of a millisecond

static char error[PORT_ERROR_LEN];

// The kernel gives no socket of this domain, and says this; 0 = it does.
static int failing_domain;
static int failing_errno;
static int failing_option; // of SOL_SOCKET; -1 = none

int socket(int domain, int type, int protocol)
{
	int (*libc)(int, int, int);

	if (failing_domain != 0 && domain == failing_domain) {
		errno = failing_errno;
		return -1;
	}
	*(void **)&libc = dlsym(RTLD_NEXT, "socket");
	return libc(domain, type, protocol);
}

int setsockopt(int fd, int level, int option, const void *value, socklen_t len)
{
	int (*libc)(int, int, int, const void *, socklen_t);

	if (level == SOL_SOCKET && failing_option > 0 && option == failing_option) {
		errno = ENOPROTOOPT;
		return -1;
	}
	*(void **)&libc = dlsym(RTLD_NEXT, "setsockopt");
	return libc(fd, level, option, value, len);
}

static void shell(const char *command)
{
	if (system(command) != 0)
		fprintf(stderr, "failed: %s\n", command);
}

static void begin(void)
{
	shell("ip link add r0 type veth peer name p0 && ip link set r0 up && ip link set p0 up");
}

static void end(void)
{
	shell("ip link del r0 2>/dev/null || ip link del p0 2>/dev/null || true");
	CU_ASSERT_EQUAL(port_pools_in_use(), 0);
}

static struct port_dev *open_r0(enum conf_driver driver)
{
	struct port_dev_cfg cfg = {
		.device = "r0", .driver = driver, .n_txq_wanted = 1, .mbufs = 2048, .burst = 32};
	struct port_dev *dev = port_dev_open(&cfg, error);

	if (dev == NULL)
		fprintf(stderr, "(%s) ", error);
	CU_ASSERT_PTR_NOT_NULL_FATAL(dev);
	return dev;
}

static enum port_link poll_until(struct port_dev *dev, enum port_link wanted)
{
	for (int i = 0; i < WAIT_ROUNDS && port_dev_poll(dev) != wanted; i++)
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	return dev->link;
}

// A program that passes everything.
static int foreign_prog(const char *name)
{
	struct bpf_insn pass[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = XDP_PASS},
		{.code = BPF_JMP | BPF_EXIT},
	};

	return bpf_prog_load(BPF_PROG_TYPE_XDP, name, "GPL", pass, 2, NULL);
}

static uint32_t prog_attached(void)
{
	uint32_t id = 0;

	bpf_xdp_query_id((int)if_nametoindex("r0"), 0, &id);
	return id;
}

// Each of these makes a failed open worth another try; without a change the number is the same.
static void each_thing_that_an_open_may_depend_on_changes_the_fingerprint(void)
{
	static const char *const changes[] = {
		"ip link set r0 mtu 1400",
		"ip link set r0 down",
		"ip link set r0 up",
		"ip link set r0 address 02:00:00:00:00:99",
		"ip link add br0 type bridge && ip link set r0 master br0",
		"ip link set r0 nomaster",
		"ethtool -L r0 rx 2 tx 2",
		"ip link del r0 && ip link add r0 address 02:00:00:00:00:99 mtu 1400 numrxqueues 4 "
		"numtxqueues 4 type veth peer name p0 && ip link set r0 up && ip link set p0 up && "
		"ethtool -L r0 rx 2 tx 2",
	};

	shell("ip link add r0 numrxqueues 4 numtxqueues 4 type veth peer name p0 && ethtool -L r0 rx 1 tx 1 "
	      "&& "
	      "ip link set r0 up && ip link set p0 up");
	uint64_t before = port_fingerprint("r0");
	for (size_t i = 0; i < BASE_ARRAY_LEN(changes); i++) {
		shell(changes[i]);
		uint64_t after = port_fingerprint("r0");
		if (after == before)
			fprintf(stderr, "(%s) ", changes[i]);
		CU_ASSERT_NOT_EQUAL(after, before);
		CU_ASSERT_EQUAL(port_fingerprint("r0"), after);
		before = after;
	}
	int prog = foreign_prog("somebody");
	CU_ASSERT_EQUAL(bpf_xdp_attach((int)if_nametoindex("r0"), prog, 0, NULL), 0);
	CU_ASSERT_NOT_EQUAL(port_fingerprint("r0"), before);
	bpf_xdp_detach((int)if_nametoindex("r0"), 0, NULL);
	CU_ASSERT_EQUAL(port_fingerprint("r0"), before);
	shell("ip link set p0 down"); // carrier is no reason
	CU_ASSERT_EQUAL(port_fingerprint("r0"), before);
	close(prog);
	shell("ip link del br0");
	end();
	CU_ASSERT_EQUAL(port_fingerprint("r0"), 0);
	CU_ASSERT_EQUAL(port_fingerprint("0000:01:00.0"), 0);
	CU_ASSERT_EQUAL(port_fingerprint("net_null0"), 0);
}

static uint32_t fds_open(void)
{
	uint32_t n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void looks_leave_nothing_open(void)
{
	begin();
	struct port_dev *dev = open_r0(CONF_DRIVER_AF_PACKET);
	uint32_t n = fds_open();
	for (int i = 0; i < 3; i++) {
		(void)port_fingerprint("r0");
		dev->looks_closely = true;
		port_dev_poll(dev);
	}
	CU_ASSERT_EQUAL(fds_open(), n);
	port_dev_close(dev);
	end();
}

// A frame that a slot of the driver's ring cannot take is not promised.
static void the_mtu_is_that_of_the_interface_as_far_as_the_driver_goes(void)
{
	static const struct {
		enum conf_driver driver;
		uint16_t most;
	} rows[] = {{CONF_DRIVER_AF_PACKET, 2048 - 66 - 18}, {CONF_DRIVER_AF_XDP, 2048 - 18}};
	char command[128];

	for (size_t i = 0; i < BASE_ARRAY_LEN(rows); i++) {
		begin();
		struct port_dev *dev = open_r0(rows[i].driver);
		for (int more = -1; more <= 1; more++) {
			snprintf(command, sizeof(command), "ip link set p0 mtu %d && ip link set r0 mtu %d",
				rows[i].most + more, rows[i].most + more);
			shell(command);
			port_dev_poll(dev);
			CU_ASSERT_EQUAL(dev->mtu, more < 0 ? rows[i].most - 1 : rows[i].most);
		}
		port_dev_close(dev);
		end();
	}
}

static void an_interface_that_is_set_down_says_so_and_one_without_carrier_does_not(void)
{
	begin();
	struct port_dev *dev = open_r0(CONF_DRIVER_AF_PACKET);
	CU_ASSERT_EQUAL(poll_until(dev, PORT_LINK_UP), PORT_LINK_UP);
	CU_ASSERT_STRING_EQUAL(dev->why, "AF_PACKET: asked for by driver: af-packet");
	CU_ASSERT_FALSE(dev->is_admin_down);
	CU_ASSERT_EQUAL(dev->speed_mbps, 10000);
	shell("ip link set p0 down");
	CU_ASSERT_EQUAL(poll_until(dev, PORT_LINK_DOWN), PORT_LINK_DOWN);
	CU_ASSERT_STRING_EQUAL(dev->why, "AF_PACKET: asked for by driver: af-packet");
	CU_ASSERT_FALSE(dev->is_admin_down);
	CU_ASSERT_EQUAL(dev->speed_mbps, 0);
	shell("ip link set r0 down");
	CU_ASSERT_EQUAL(port_dev_poll(dev), PORT_LINK_DOWN);
	CU_ASSERT_STRING_EQUAL(dev->why,
		"AF_PACKET: asked for by driver: af-packet; the interface is down (ip link set it up)");
	CU_ASSERT_TRUE(dev->is_admin_down);
	shell("ip link set p0 up && ip link set r0 up");
	CU_ASSERT_EQUAL(poll_until(dev, PORT_LINK_UP), PORT_LINK_UP);
	CU_ASSERT_STRING_EQUAL(dev->why, "AF_PACKET: asked for by driver: af-packet");
	CU_ASSERT_TRUE(!dev->is_admin_down && dev->speed_mbps == 10000);
	port_dev_close(dev);
	end();
}

// The name alone does not make it the interface that was opened.
static void another_interface_of_the_same_name_is_another(void)
{
	begin();
	struct port_dev *dev = open_r0(CONF_DRIVER_AF_PACKET);
	shell("ip link set r0 name r1");
	CU_ASSERT_EQUAL(port_dev_poll(dev), PORT_LINK_GONE);
	shell("ip link add r0 type veth peer name p9 && ip link set r0 up");
	CU_ASSERT_EQUAL(port_dev_poll(dev), PORT_LINK_GONE);
	shell("ip link del r0 && ip link set r1 name r0");
	CU_ASSERT_EQUAL(poll_until(dev, PORT_LINK_UP), PORT_LINK_UP);
	port_dev_close(dev);
	end();
}

static void whoever_asked_for_af_packet_is_never_told_of_another_driver(void)
{
	begin();
	int prog = foreign_prog("somebody");
	CU_ASSERT_EQUAL(bpf_xdp_attach((int)if_nametoindex("r0"), prog, 0, NULL), 0);
	struct port_dev *dev = open_r0(CONF_DRIVER_AF_PACKET);
	char warning[PORT_WHY_LEN];
	snprintf(warning, sizeof(warning),
		"the XDP program somebody (id %u) of somebody else sees frames first, and may keep RoMON's: "
		"`ip link set dev r0 xdp off` takes it off",
		prog_attached());
	CU_ASSERT_STRING_EQUAL(dev->warning, warning);
	bpf_xdp_detach((int)if_nametoindex("r0"), 0, NULL);
	port_dev_poll(dev);
	CU_ASSERT_STRING_EQUAL(dev->warning, "");
	CU_ASSERT_EQUAL(dev->stale, PORT_STALE_INVALID);
	int other = foreign_prog("another");
	CU_ASSERT_EQUAL(bpf_xdp_attach((int)if_nametoindex("r0"), other, 0, NULL), 0);
	port_dev_poll(dev);
	CU_ASSERT_PTR_NOT_NULL(strstr(dev->warning, "the XDP program another (id "));
	port_dev_close(dev);
	CU_ASSERT_NOT_EQUAL(prog_attached(), 0);
	close(prog);
	close(other);
	end();
}

static void what_kept_af_xdp_from_it_is_told_when_it_is_over(void)
{
	begin();
	shell("ip link add br0 type bridge && ip link set r0 master br0");
	struct port_dev *dev = open_r0(CONF_DRIVER_AUTO);
	CU_ASSERT_EQUAL(dev->kind, PORT_KIND_AF_PACKET);
	CU_ASSERT_EQUAL(dev->stale, PORT_STALE_INVALID);
	shell("ip link set r0 nomaster");
	port_dev_poll(dev);
	if (port_link_tells_tags((int)if_nametoindex("r0"))) { // else auto takes AF_PACKET here at any rate
		CU_ASSERT_EQUAL(dev->stale, PORT_STALE_DRIVER);
		CU_ASSERT_STRING_EQUAL(dev->stale_why, "what kept AF_XDP from it is over");
	}
	shell("ip link set r0 master br0");
	port_dev_poll(dev);
	CU_ASSERT_EQUAL(dev->stale, PORT_STALE_INVALID);
	port_dev_close(dev);
	shell("ip link del br0");
	end();
}

// Who stands on an interface is looked for only when somebody said that it may have changed.
static void a_guest_is_seen_at_a_close_look_and_remembered(void)
{
	begin();
	struct port_dev *dev = open_r0(CONF_DRIVER_AUTO);
	if (dev->kind == PORT_KIND_AF_XDP) {
		shell("ip link add guest0 link r0 type macvlan");
		port_dev_poll(dev);
		CU_ASSERT_EQUAL(dev->stale, PORT_STALE_INVALID);
		dev->looks_closely = true;
		for (int i = 0; i < 2; i++) {
			port_dev_poll(dev);
			CU_ASSERT_EQUAL(dev->stale, PORT_STALE_DRIVER);
			CU_ASSERT_PTR_NOT_NULL(strstr(dev->stale_why, "macvlan guest0 stands on it"));
			CU_ASSERT_FALSE(dev->looks_closely);
		}
		shell("ip link del guest0");
		dev->looks_closely = true;
		port_dev_poll(dev);
		CU_ASSERT_EQUAL(dev->stale, PORT_STALE_INVALID);
	}
	port_dev_close(dev);
	end();
}

// A macvlan hands frames on with their tags beside them, and does not tell of them.
static void tags_that_af_xdp_cannot_see_are_warned_of(void)
{
	begin();
	shell("ip link set r0 name low0 && ip link add r0 link low0 type macvlan && ip link set low0 up && "
	      "ip link set r0 up");
	struct port_dev_cfg cfg = {
		.device = "r0", .driver = CONF_DRIVER_AF_XDP, .n_txq_wanted = 1, .mbufs = 2048, .burst = 32};
	struct port_dev *dev = port_dev_open(&cfg, error);
	CU_ASSERT_PTR_NOT_NULL_FATAL(dev);
	CU_ASSERT_STRING_EQUAL(dev->warning,
		"driver: af-xdp here takes frames whose VLAN tag stands beside them for untagged ones: "
		"driver: auto, or see docs/ports.md");
	CU_ASSERT_EQUAL(dev->stale, PORT_STALE_INVALID);
	CU_ASSERT_PTR_NOT_NULL(strstr(dev->why, "AF_XDP, generic, copy mode"));
	port_dev_close(dev);
	cfg.driver = CONF_DRIVER_AUTO;
	dev = port_dev_open(&cfg, error);
	CU_ASSERT_PTR_NOT_NULL_FATAL(dev);
	CU_ASSERT_EQUAL(dev->kind, PORT_KIND_AF_PACKET);
	CU_ASSERT_STRING_EQUAL(dev->warning, "");
	port_dev_close(dev);
	shell("ip link del low0");
	end();
}

// What the kernel refuses is told with what to do about it; where AF_XDP is not a must, AF_PACKET serves.
static void each_socket_that_the_kernel_refuses_is_told(void)
{
	static const struct {
		int domain;
		int err;
		const char *told; // by the error with driver: af-xdp, and by why with auto
	} rows[] = {
		{AF_XDP, EAFNOSUPPORT, "this kernel has no AF_XDP"},
		{AF_XDP, EPERM, "AF_XDP needs the capabilities NET_ADMIN, NET_RAW and BPF (or root)"},
		{AF_XDP, EACCES, "AF_XDP needs the capabilities NET_ADMIN, NET_RAW and BPF (or root)"},
		{AF_XDP, ENOBUFS, "AF_XDP needs more locked memory (ulimit -l) or the capability IPC_LOCK"},
		{AF_XDP, EMFILE, "the kernel refuses an AF_XDP socket on queue 0 (Too many open files)"},
		{AF_XDP, EBUSY, "queue 0 belongs to an AF_XDP socket of another process"},
		{AF_PACKET, EPERM,
			"r0: cannot join the RoMON group: Operation not permitted (needs the capability "
			"NET_RAW, or root)"},
		{AF_PACKET, EMFILE, "r0: cannot join the RoMON group: Too many open files"},
		{AF_NETLINK, EMFILE, "cannot read interface r0: Too many open files"},
		{AF_UNIX, EMFILE, "cannot look at interface r0: Too many open files"},
	};
	struct port_dev_cfg cfg = {.device = "r0", .n_txq_wanted = 1, .mbufs = 2048, .burst = 32};
	char why[PORT_ERROR_LEN];

	begin();
	uint32_t n_fds = fds_open();
	for (size_t i = 0; i < BASE_ARRAY_LEN(rows); i++) {
		bool is_xdp = rows[i].domain == AF_XDP;

		failing_domain = rows[i].domain;
		failing_errno = rows[i].err;
		cfg.driver = CONF_DRIVER_AF_XDP;
		CU_ASSERT_PTR_NULL(port_dev_open(&cfg, error));
		CU_ASSERT_EQUAL(errno, rows[i].err);
		snprintf(why, sizeof(why), "%s%s", is_xdp ? "r0: AF_XDP cannot be had: " : "", rows[i].told);
		if (strcmp(error, why) != 0)
			fprintf(stderr, "(%s) ", error);
		CU_ASSERT_STRING_EQUAL(error, why);
		cfg.driver = CONF_DRIVER_AUTO;
		struct port_dev *dev = port_dev_open(&cfg, error);
		failing_domain = 0;
		CU_ASSERT_EQUAL(dev != NULL, is_xdp);
		if (dev != NULL && port_link_tells_tags((int)if_nametoindex("r0"))) {
			CU_ASSERT_EQUAL(dev->kind, PORT_KIND_AF_PACKET);
			snprintf(why, sizeof(why), "AF_PACKET: %s", rows[i].told);
			CU_ASSERT_STRING_EQUAL(dev->why, why);
		}
		port_dev_close(dev);
		CU_ASSERT_EQUAL(fds_open(), n_fds);
		CU_ASSERT_EQUAL(port_pools_in_use(), 0);
	}
	end();
}

static void reasons_against_af_xdp_that_are_ours_are_told(void)
{
	struct port_dev_cfg cfg = {
		.device = "r0", .driver = CONF_DRIVER_AUTO, .n_txq_wanted = 1, .mbufs = 2048, .burst = 32};

	begin();
	failing_option = SO_PREFER_BUSY_POLL;
	struct port_dev *dev = port_dev_open(&cfg, error);
	failing_option = -1;
	CU_ASSERT_PTR_NOT_NULL_FATAL(dev);
	if (port_link_tells_tags((int)if_nametoindex("r0")))
		CU_ASSERT_STRING_EQUAL(dev->why, "AF_PACKET: AF_XDP without preferred busy polling stalls a "
						 "worker (Linux 5.11 has it)");
	port_dev_close(dev);
	cfg.avoids_xdp = true;
	dev = port_dev_open(&cfg, error);
	CU_ASSERT_PTR_NOT_NULL_FATAL(dev);
	CU_ASSERT_STRING_EQUAL(dev->why, "AF_PACKET: somebody takes the XDP program off again and again");
	port_dev_poll(dev);
	CU_ASSERT_EQUAL(dev->stale, PORT_STALE_INVALID);
	port_dev_close(dev);
	end();
}

// net_af_xdp of DPDK 22.11 forgets its copy of the program and of the socket's memory (docs/ports.md).
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libbpf.so\nleak:libxdp.so\n";
}

static const struct suite_case cases[] = {
	SUITE_CASE(each_thing_that_an_open_may_depend_on_changes_the_fingerprint),
	SUITE_CASE(looks_leave_nothing_open),
	SUITE_CASE(the_mtu_is_that_of_the_interface_as_far_as_the_driver_goes),
	SUITE_CASE(an_interface_that_is_set_down_says_so_and_one_without_carrier_does_not),
	SUITE_CASE(another_interface_of_the_same_name_is_another),
	SUITE_CASE(whoever_asked_for_af_packet_is_never_told_of_another_driver),
	SUITE_CASE(what_kept_af_xdp_from_it_is_told_when_it_is_over),
	SUITE_CASE(a_guest_is_seen_at_a_close_look_and_remembered),
	SUITE_CASE(tags_that_af_xdp_cannot_see_are_warned_of),
	SUITE_CASE(each_socket_that_the_kernel_refuses_is_told),
	SUITE_CASE(reasons_against_af_xdp_that_are_ours_are_told),
};

int main(void)
{
	if (unshare(CLONE_NEWNET) != 0) {
		fprintf(stderr, "SKIPPED: a network namespace of its own needs root (%s)\n", strerror(errno));
		return 77;
	}
	base_log_level_set(BASE_LOG_ERROR);
	eal_start("test_port_watch", 128);
	int rc = suite_run("port watch", cases, BASE_ARRAY_LEN(cases));

	if (port_pools_fini() != 0)
		rc = 1;
	eal_stop();
	return rc;
}
