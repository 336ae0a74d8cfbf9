// SPDX-License-Identifier: BSD-3-Clause
// Finding descriptors through /proc/self/fd, and closing those that a driver left open. Control thread.
#include <bpf/bpf.h>
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base_text.h"
#include "port_fd.h"

typedef void (*fd_walk_fn)(int fd, void *ctx);

static void fd_walk(fd_walk_fn fn, void *ctx)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;

	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL) {
		char *end;
		long fd = strtol(entry->d_name, &end, 10);

		if (end != entry->d_name && fd >= 0 && fd < PORT_FD_MAX && fd != dirfd(dir))
			fn((int)fd, ctx);
	}
	closedir(dir);
}

// Anonymous inodes are one and the same: a BPF object is known by its id.
static void bpf_identify(struct port_fd *f)
{
	union {
		struct bpf_prog_info prog;
		struct bpf_map_info map;
		struct bpf_btf_info btf;
	} info = {.prog = {0}};
	char link[64];
	char target[64];
	uint32_t len;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", f->fd);
	ssize_t n = readlink(link, target, sizeof(target) - 1);
	if (n <= 0)
		return;
	target[n] = '\0';
	if (strcmp(target, "anon_inode:bpf-prog") == 0) {
		len = sizeof(info.prog);
		if (bpf_obj_get_info_by_fd(f->fd, &info.prog, &len) == 0)
			*f = (struct port_fd){f->fd, PORT_FD_PROG, info.prog.id};
	} else if (strcmp(target, "anon_inode:bpf-map") == 0) {
		len = sizeof(info.map);
		if (bpf_obj_get_info_by_fd(f->fd, &info.map, &len) == 0)
			*f = (struct port_fd){f->fd, PORT_FD_MAP, info.map.id};
	} else if (strcmp(target, "anon_inode:btf") == 0) {
		len = sizeof(info.btf);
		if (bpf_obj_get_info_by_fd(f->fd, &info.btf, &len) == 0)
			*f = (struct port_fd){f->fd, PORT_FD_BTF, info.btf.id};
	}
}

// Fills kind and id of f->fd.
static void fd_identify(struct port_fd *f)
{
	struct stat st;
	int domain;
	socklen_t len = sizeof(domain);

	f->kind = PORT_FD_INVALID;
	f->id = 0;
	if (getsockopt(f->fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0) {
		if ((domain == AF_PACKET || domain == AF_XDP) && fstat(f->fd, &st) == 0) {
			f->kind = domain == AF_XDP ? PORT_FD_XDP : PORT_FD_PACKET;
			f->id = st.st_ino;
		}
		return;
	}

	bpf_identify(f);
}

static void snapshot_one(int fd, void *ctx)
{
	struct port_fd_set *set = ctx;

	set->words[fd / 64] |= 1ull << (fd % 64);
}

void port_fd_snapshot(struct port_fd_set *out)
{
	memset(out, 0, sizeof(*out));
	fd_walk(snapshot_one, out);
}

struct since {
	const struct port_fd_set *before;
	struct port_fd *out;
	uint32_t n;
	uint32_t max;
};

static void since_one(int fd, void *ctx)
{
	struct since *s = ctx;
	struct port_fd f = {.fd = fd};

	if ((s->before->words[fd / 64] >> (fd % 64) & 1) != 0 || s->n == s->max)
		return;
	fd_identify(&f);
	if (f.kind != PORT_FD_INVALID)
		s->out[s->n++] = f;
}

uint32_t port_fd_opened_since(const struct port_fd_set *before, struct port_fd *out, uint32_t max)
{
	struct since s = {.before = before, .out = out, .max = max};

	fd_walk(since_one, &s);
	return s.n;
}

bool port_fd_is_same(const struct port_fd *fd)
{
	struct port_fd now = {.fd = fd->fd};

	fd_identify(&now);
	return now.kind == fd->kind && now.id == fd->id;
}

// A ring that stays mapped keeps its socket, and through it the pages of the mbuf pool.
static void socket_unmap(uint64_t inode)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[256];
	struct {
		uintptr_t from;
		uintptr_t to;
	} found[8]; // four rings at most
	uint32_t n = 0;

	if (maps == NULL)
		return;
	while (n < 8 && fgets(line, sizeof(line), maps) != NULL) {
		uint64_t map_inode;

		if (strstr(line, "socket:[") != NULL &&
			sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %*s %*x %*x:%*x %" SCNu64, &found[n].from,
				&found[n].to, &map_inode) == 3 &&
			map_inode == inode)
			n++;
	}
	fclose(maps);
	for (uint32_t i = 0; i < n; i++)
		munmap((void *)found[i].from, found[i].to - found[i].from);
}

void port_fd_close_left(const struct port_fd *fds, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		if (fds[i].kind == PORT_FD_XDP)
			socket_unmap(fds[i].id);
		if (port_fd_is_same(&fds[i]))
			close(fds[i].fd);
	}
}
