// SPDX-License-Identifier: BSD-3-Clause
// Descriptors that somebody opened behind our back: which they are, and that no others are closed.
//
// Needs root; says so and exits 77 (skipped) without.
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/if_packet.h>
#include <linux/if_xdp.h>
#include <net/ethernet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base_err.h"
#include "port_fd.h"
#include "suite.h"

#define MAX 16

static struct port_fd_set before;
static struct port_fd found[MAX];

static uint64_t inode_of(int fd)
{
	struct stat st;

	CU_ASSERT_EQUAL_FATAL(fstat(fd, &st), 0);
	return st.st_ino;
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static int packet_open(void)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	CU_ASSERT_FATAL(fd >= 0);
	return fd;
}

static int map_open(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8, .max_entries = 1};

	return (int)syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));
}

// return 2 (pass)
static int program_open(void)
{
	static const struct bpf_insn code[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 2}, {.code = BPF_JMP | BPF_EXIT}};
	union bpf_attr attr = {.prog_type = BPF_PROG_TYPE_XDP,
		.insns = (uint64_t)(uintptr_t)code,
		.insn_cnt = 2,
		.license = (uint64_t)(uintptr_t) "GPL"};

	return (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
}

static void what_was_open_before_is_not_told(void)
{
	int old = packet_open();

	port_fd_snapshot(&before);
	CU_ASSERT_EQUAL(before.words[old / 64] >> (old % 64) & 1, 1);
	CU_ASSERT_EQUAL(port_fd_opened_since(&before, found, MAX), 0);
	int fd = packet_open();
	CU_ASSERT_EQUAL_FATAL(port_fd_opened_since(&before, found, MAX), 1);
	CU_ASSERT_EQUAL(found[0].fd, fd);
	CU_ASSERT_EQUAL(found[0].kind, PORT_FD_PACKET);
	CU_ASSERT_EQUAL(found[0].id, inode_of(fd));
	close(fd);
	CU_ASSERT_EQUAL(port_fd_opened_since(&before, found, MAX), 0);
	port_fd_snapshot(&before);
	CU_ASSERT_EQUAL(before.words[fd / 64] >> (fd % 64) & 1, 0);
	close(old);
}

static void other_descriptors_are_nobodys(void)
{
	int pipes[2];

	port_fd_snapshot(&before);
	int inet = socket(AF_INET, SOCK_DGRAM, 0);
	int unix_fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	CU_ASSERT_EQUAL_FATAL(pipe(pipes), 0);
	int memory = memfd_create("x", 0);
	CU_ASSERT_EQUAL(port_fd_opened_since(&before, found, MAX), 0);
	struct port_fd list[] = {{.fd = inet, .kind = PORT_FD_PACKET, .id = inode_of(inet)},
		{.fd = unix_fd, .kind = PORT_FD_XDP, .id = inode_of(unix_fd)},
		{.fd = memory, .kind = PORT_FD_MAP, .id = inode_of(memory)}};
	port_fd_close_left(list, 3);
	CU_ASSERT(is_open(inet));
	CU_ASSERT(is_open(unix_fd));
	CU_ASSERT(is_open(memory));
	close(inet);
	close(unix_fd);
	close(pipes[0]);
	close(pipes[1]);
	close(memory);
}

// A name that is longer than those that are looked for.
static void a_long_name_is_no_name_of_ours(void)
{
	char path[256];

	port_fd_snapshot(&before);
	for (int len = 50; len < 80; len++) { // of the name, behind "/tmp/"
		snprintf(path, sizeof(path), "/tmp/%0*d", len, (int)getpid());
		int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
		CU_ASSERT_FATAL(fd >= 0);
		CU_ASSERT_EQUAL(port_fd_opened_since(&before, found, MAX), 0);
		close(fd);
		unlink(path);
	}
}

static void the_list_takes_as_many_as_it_has_room_for(void)
{
	int fds[4];

	port_fd_snapshot(&before);
	for (int i = 0; i < 4; i++)
		fds[i] = packet_open();
	memset(found, 0xff, sizeof(found));
	CU_ASSERT_EQUAL(port_fd_opened_since(&before, found, 3), 3);
	CU_ASSERT_EQUAL(found[3].fd, -1);
	CU_ASSERT_EQUAL(port_fd_opened_since(&before, found, 0), 0);
	CU_ASSERT_EQUAL(port_fd_opened_since(&before, found, MAX), 4);
	for (int i = 0; i < 4; i++)
		close(fds[i]);
}

static void a_later_descriptor_of_the_same_number_is_another(void)
{
	port_fd_snapshot(&before);
	int fd = packet_open();
	CU_ASSERT_EQUAL_FATAL(port_fd_opened_since(&before, found, MAX), 1);
	CU_ASSERT(port_fd_is_same(&found[0]));
	int other = packet_open();
	CU_ASSERT_EQUAL(dup2(other, fd), fd); // same kind, another socket
	CU_ASSERT_FALSE(port_fd_is_same(&found[0]));
	port_fd_close_left(found, 1);
	CU_ASSERT(is_open(fd));
	CU_ASSERT(is_open(other));
	struct port_fd other_kind = {.fd = other, .kind = PORT_FD_XDP, .id = inode_of(other)};
	CU_ASSERT_FALSE(port_fd_is_same(&other_kind));
	close(fd);
	struct port_fd closed = {.fd = fd, .kind = PORT_FD_PACKET, .id = inode_of(other)};
	CU_ASSERT_FALSE(port_fd_is_same(&closed));
	CU_ASSERT(is_open(other));
	close(other);
}

static void what_is_left_is_closed(void)
{
	int fds[3];

	port_fd_snapshot(&before);
	for (int i = 0; i < 3; i++)
		fds[i] = packet_open();
	uint32_t n = port_fd_opened_since(&before, found, MAX);
	CU_ASSERT_EQUAL(n, 3);
	close(fds[1]); // the driver closed that one
	port_fd_close_left(found, n);
	for (int i = 0; i < 3; i++)
		CU_ASSERT_FALSE(is_open(fds[i]));
}

static void bpf_objects_are_known_by_their_id(void)
{
	port_fd_snapshot(&before);
	int maps[2] = {map_open(), map_open()};
	int program = program_open();

	if (maps[0] < 0 || maps[1] < 0 || program < 0) {
		printf("no BPF here\n");
		port_fd_close_left(found, port_fd_opened_since(&before, found, MAX));
		return;
	}
	uint32_t n = port_fd_opened_since(&before, found, MAX);
	CU_ASSERT_EQUAL_FATAL(n, 3);
	uint64_t ids[2] = {0, 0};
	for (uint32_t i = 0; i < n; i++) {
		CU_ASSERT_EQUAL(found[i].kind, found[i].fd == program ? PORT_FD_PROG : PORT_FD_MAP);
		CU_ASSERT_NOT_EQUAL(found[i].id, 0);
		CU_ASSERT(port_fd_is_same(&found[i]));
		if (found[i].fd != program)
			ids[found[i].fd == maps[1]] = found[i].id;
	}
	CU_ASSERT_NOT_EQUAL(ids[0], ids[1]);
	// the other map under the number of the first: not the one that was listed
	struct port_fd first = {.fd = maps[0], .kind = PORT_FD_MAP, .id = ids[0]};
	CU_ASSERT_EQUAL(dup2(maps[1], maps[0]), maps[0]);
	CU_ASSERT_FALSE(port_fd_is_same(&first));
	port_fd_close_left(&first, 1);
	CU_ASSERT(is_open(maps[0]));
	close(maps[0]);
	port_fd_close_left(found, n);
	CU_ASSERT_FALSE(is_open(program));
	CU_ASSERT_FALSE(is_open(maps[1]));
}

static uint32_t n_mapped(uint64_t inode)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[256];
	char name[64];
	uint32_t n = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(maps);
	snprintf(name, sizeof(name), "socket:[%lu]", (unsigned long)inode);
	while (fgets(line, sizeof(line), maps) != NULL)
		n += strstr(line, name) != NULL;
	fclose(maps);
	return n;
}

// A mapped ring keeps its socket, and so the queue that it is bound to. Mappings are told by inode.
static int xdp_open(void **ring, size_t *len)
{
	int fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
	struct xdp_mmap_offsets off;
	socklen_t off_len = sizeof(off);
	int n = 64;

	if (fd < 0)
		return -1;
	CU_ASSERT_EQUAL_FATAL(setsockopt(fd, SOL_XDP, XDP_RX_RING, &n, sizeof(n)), 0);
	CU_ASSERT_EQUAL_FATAL(getsockopt(fd, SOL_XDP, XDP_MMAP_OFFSETS, &off, &off_len), 0);
	*len = off.rx.desc + (size_t)n * sizeof(struct xdp_desc);
	*ring = mmap(NULL, *len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, XDP_PGOFF_RX_RING);
	CU_ASSERT_PTR_NOT_EQUAL_FATAL(*ring, MAP_FAILED);
	return fd;
}

static void rings_of_a_left_xdp_socket_are_unmapped_and_no_others(void)
{
	void *ring, *other_ring;
	size_t len, other_len;
	int other = xdp_open(&other_ring, &other_len); // ours, of before

	if (other < 0) {
		printf("no AF_XDP here\n");
		return;
	}
	port_fd_snapshot(&before);
	int fd = xdp_open(&ring, &len);
	uint64_t inode = inode_of(fd);
	uint64_t other_inode = inode_of(other);
	CU_ASSERT_EQUAL_FATAL(port_fd_opened_since(&before, found, MAX), 1);
	CU_ASSERT_EQUAL(found[0].kind, PORT_FD_XDP);
	CU_ASSERT_EQUAL(found[0].id, inode);
	CU_ASSERT_EQUAL(n_mapped(inode), 1);
	port_fd_close_left(found, 1);
	CU_ASSERT_FALSE(is_open(fd));
	CU_ASSERT_EQUAL(n_mapped(inode), 0);
	CU_ASSERT_EQUAL(n_mapped(other_inode), 1);
	CU_ASSERT(is_open(other));
	// the driver closed the socket, and left its ring
	struct port_fd closed = {.fd = other, .kind = PORT_FD_XDP, .id = other_inode};
	close(other);
	CU_ASSERT_EQUAL(n_mapped(other_inode), 1);
	port_fd_close_left(&closed, 1);
	CU_ASSERT_EQUAL(n_mapped(other_inode), 0);
}

// Those of net_af_packet are its own to unmap, and its queues read them until it has.
static void rings_of_a_packet_socket_stay(void)
{
	struct tpacket_req req = {
		.tp_block_size = 4096, .tp_block_nr = 1, .tp_frame_size = 2048, .tp_frame_nr = 2};

	port_fd_snapshot(&before);
	int fd = packet_open();
	uint64_t inode = inode_of(fd);
	if (setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &req, sizeof(req)) != 0) {
		printf("no rings of packet sockets here\n");
		close(fd);
		return;
	}
	void *ring = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CU_ASSERT_PTR_NOT_EQUAL_FATAL(ring, MAP_FAILED);
	uint32_t n = port_fd_opened_since(&before, found, MAX);
	CU_ASSERT_EQUAL(n, 1);
	port_fd_close_left(found, n);
	CU_ASSERT_FALSE(is_open(fd));
	CU_ASSERT_EQUAL(n_mapped(inode), 1);
	munmap(ring, 4096);
}

static const struct suite_case cases[] = {
	SUITE_CASE(what_was_open_before_is_not_told),
	SUITE_CASE(other_descriptors_are_nobodys),
	SUITE_CASE(a_long_name_is_no_name_of_ours),
	SUITE_CASE(the_list_takes_as_many_as_it_has_room_for),
	SUITE_CASE(a_later_descriptor_of_the_same_number_is_another),
	SUITE_CASE(what_is_left_is_closed),
	SUITE_CASE(bpf_objects_are_known_by_their_id),
	SUITE_CASE(rings_of_a_left_xdp_socket_are_unmapped_and_no_others),
	SUITE_CASE(rings_of_a_packet_socket_stay),
};

int main(void)
{
	if (geteuid() != 0) {
		printf("needs root: skipped\n");
		return 77;
	}
	return suite_run("port_fd", cases, BASE_ARRAY_LEN(cases));
}
