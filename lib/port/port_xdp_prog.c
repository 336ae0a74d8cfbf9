// SPDX-License-Identifier: BSD-3-Clause
// The filter program: where it is, what is attached, taking a stale one off. Control thread.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base_log.h"
#include "base_text.h"
#include "port_locked.h"
#include "port_pool.h"
#include "port_xdp.h"
#include "port_xdp_paths.h"

LOG_TYPE("port");

// BPF_F_XDP_DEV_BOUND_ONLY: younger than the headers of Debian 12.
#define PROG_DEV_BOUND (1u << 6)

// Loaded with our rights: it must be root's or our own, and nobody else's to write.
static bool file_is_trusted(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && (st.st_uid == 0 || st.st_uid == geteuid()) &&
	       (st.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

// The first of places that will do.
static int find(const char *const *places, size_t n, char path[PORT_XDP_PATH_MAX], char *why, size_t why_size)
{
	for (size_t i = 0; i < n; i++) {
		if (places[i] == NULL || !file_is_trusted(places[i]))
			continue;
		// what stands in a device argument cannot hold these
		if (strpbrk(places[i], ",=[]\"") != NULL ||
			base_text_copy(path, PORT_XDP_PATH_MAX, places[i]) != 0)
			continue;
		return 0;
	}
	snprintf(why, why_size, "%s",
		n == 1 ? "built without the XDP program"
		       : "the XDP programs romon_xdp.o and romon_xdp_tag.o are not installed");
	return -ENOENT;
}

int port_xdp_find(char path[PORT_XDP_PATH_MAX], char *why, size_t why_size)
{
	const char *const places[] = {
		getenv("ROMOND_XDP_PROG"),
#ifdef PORT_XDP_BUILD_PATH
		PORT_XDP_BUILD_PATH,
		PORT_XDP_INSTALL_PATH,
#endif
	};

	return find(places, BASE_ARRAY_LEN(places), path, why, why_size);
}

int port_xdp_find_tagged(char path[PORT_XDP_PATH_MAX], char *why, size_t why_size)
{
	const char *const places[] = {
		getenv("ROMOND_XDP_PROG_TAG"),
#ifdef PORT_XDP_BUILD_PATH
		PORT_XDP_TAG_BUILD_PATH,
		PORT_XDP_TAG_INSTALL_PATH,
#endif
	};

	return find(places, BASE_ARRAY_LEN(places), path, why, why_size);
}

static bool is_ours(const struct port_xdp_attached *attached)
{
	return strcmp(attached->name, PORT_XDP_NAME) == 0 || strcmp(attached->name, PORT_XDP_NAME_TAG) == 0;
}

static int prog_name_read(uint32_t id, char name[16])
{
	struct bpf_prog_info info = {0};
	uint32_t len = sizeof(info);
	int fd = bpf_prog_get_fd_by_id(id);

	name[0] = '\0';
	if (fd < 0)
		return fd;
	int rc = bpf_obj_get_info_by_fd(fd, &info, &len);
	close(fd);
	if (rc == 0)
		memcpy(name, info.name, sizeof(info.name));
	name[15] = '\0';
	return rc;
}

int port_xdp_attached(int ifindex, struct port_xdp_attached *out)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, q);
	int rc = bpf_xdp_query(ifindex, 0, &q);

	memset(out, 0, sizeof(*out));
	if (rc != 0)
		return rc;
	out->is_native = q.drv_prog_id != 0;
	out->id = q.drv_prog_id != 0 ? q.drv_prog_id : q.skb_prog_id != 0 ? q.skb_prog_id : q.hw_prog_id;
	if (out->id != 0 && prog_name_read(out->id, out->name) != 0)
		base_text_copy(out->name, sizeof(out->name), "?"); // gone this moment, or not ours to see
	return 0;
}

// A filter of ours stays attached when romond is killed. It is stale when no socket is bound to queue 0,
// which the kernel lets go of with its process.
static int stale_remove(const char *ifname, int ifindex, const struct port_xdp_attached *attached)
{
	char ignored[128];
	int rc = port_xdp_queues_try(ifindex, 1, ignored, sizeof(ignored));

	if (rc != 0)
		return rc;
	rc = bpf_xdp_detach(ifindex, attached->is_native ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE, NULL);
	if (rc == 0)
		LOG(NOTICE, "%s: took off the XDP filter that a killed romond had left", ifname);
	return rc;
}

static int libbpf_quiet(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level;
	(void)fmt;
	(void)ap;
	return 0;
}

// Our program for a device, loaded over map (-1: over its own); NULL with errno, and the step that failed.
static struct bpf_object *prog_load(const struct port_xdp_plan *plan, int ifindex, int map, const char **step)
{
	bool is_tagged = plan->tagged[0] != '\0';
	struct bpf_object *obj = bpf_object__open_file(is_tagged ? plan->tagged : plan->path, NULL);
	int rc = libbpf_get_error(obj) != 0 ? -errno : 0;

	*step = "open";
	if (rc != 0)
		return base_errno_null(-rc);
	if (is_tagged) { // the device's own functions need a program that is bound to it
		struct bpf_program *prog = bpf_object__next_program(obj, NULL);

		bpf_program__set_ifindex(prog, (uint32_t)ifindex);
		rc = bpf_program__set_flags(prog, PROG_DEV_BOUND);
	}
	if (rc == 0 && map >= 0)
		rc = bpf_map__reuse_fd(bpf_object__find_map_by_name(obj, "xsks_map"), map);
	*step = "load";
	if (rc == 0)
		rc = bpf_object__load(obj);
	if (rc == 0)
		return obj;
	bpf_object__close(obj);
	return base_errno_null(-rc);
}

static uint32_t prog_id_read(int fd)
{
	struct bpf_prog_info info = {0};
	uint32_t len = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &len) == 0 ? info.id : 0;
}

int port_xdp_link(const struct port_xdp_plan *plan, const char *ifname, int ifindex, int map,
	uint32_t *prog_id, char *why, size_t why_size)
{
	libbpf_print_fn_t print = libbpf_set_print(libbpf_quiet); // what it says goes into why, briefly
	const char *step;
	struct bpf_object *obj = prog_load(plan, ifindex, map, &step);
	int fd = obj == NULL ? -errno : 0;

	if (obj != NULL) {
		int prog = bpf_program__fd(bpf_object__next_program(obj, NULL));

		step = "attach";
		*prog_id = prog_id_read(prog);
		// what net_af_xdp has attached stands in the way; -ENOENT when nothing does
		if (map >= 0)
			(void)bpf_xdp_detach(ifindex, 0, NULL);
		fd = bpf_link_create(prog, ifindex, BPF_XDP, NULL);
		bpf_object__close(obj); // the link holds it
	}
	libbpf_set_print(print);
	if (fd < 0)
		snprintf(why, why_size, "the kernel refuses to %s the XDP program on %s (%s)", step, ifname,
			strerror(-fd));
	return fd;
}

// Load and attach the program as net_af_xdp does, and undo both; then as port_xdp_link() does.
static int attach_try(
	const struct port_xdp_plan *plan, const char *ifname, int ifindex, char *why, size_t why_size)
{
	struct port_xdp_plan plain = *plan;
	const char *step;
	uint32_t id;

	plain.tagged[0] = '\0';
	struct bpf_object *obj = prog_load(&plain, ifindex, -1, &step);
	int rc = obj == NULL ? -errno : 0;
	if (rc == 0) {
		step = "attach";
		rc = bpf_xdp_attach(ifindex, bpf_program__fd(bpf_object__next_program(obj, NULL)),
			XDP_FLAGS_UPDATE_IF_NOEXIST, NULL);
	}
	if (rc == 0)
		rc = bpf_xdp_detach(ifindex, 0, NULL);
	if (obj != NULL)
		bpf_object__close(obj);
	if (rc != 0) {
		snprintf(why, why_size, "the kernel refuses to %s the XDP program on %s (%s)", step, ifname,
			strerror(-rc));
		return rc;
	}
	int link = port_xdp_link(plan, ifname, ifindex, -1, &id, why, why_size);
	if (link < 0)
		return link;
	close(link);
	return 0;
}

int port_xdp_try(
	const struct port_xdp_plan *plan, const char *ifname, int ifindex, char *why, size_t why_size)
{
	struct port_xdp_attached attached;
	libbpf_print_fn_t print = libbpf_set_print(libbpf_quiet);
	int rc = port_xdp_attached(ifindex, &attached);

	if (rc != 0) {
		snprintf(why, why_size, "the kernel does not tell what XDP program %s has (%s)", ifname,
			strerror(-rc));
		goto out;
	}
	if (attached.id != 0 && !is_ours(&attached)) {
		snprintf(why, why_size, "another XDP program (%s, id %u) is attached to %s", attached.name,
			attached.id, ifname);
		rc = -EBUSY;
		goto out;
	}
	if (attached.id != 0 && stale_remove(ifname, ifindex, &attached) != 0) {
		snprintf(why, why_size, "another romond uses AF_XDP on %s", ifname);
		rc = -EADDRINUSE;
		goto out;
	}
	rc = port_locked_xdp_try(port_pool_xdp_bytes(plan->n_queues), why, why_size);
	if (rc == 0)
		rc = port_xdp_queues_try(ifindex, plan->n_queues, why, why_size);
	if (rc == 0)
		rc = attach_try(plan, ifname, ifindex, why, why_size);
out:
	libbpf_set_print(print);
	return rc;
}

int port_xdp_foreign_hold(int ifindex, uint32_t our_id, struct port_xdp_attached *foreign)
{
	if (port_xdp_attached(ifindex, foreign) != 0 || foreign->id == 0 || foreign->id == our_id)
		return -1;
	int fd = bpf_prog_get_fd_by_id(foreign->id);
	if (fd < 0) // takes the capability SYS_ADMIN
		LOG(WARNING, "the XDP program %s (id %u) of somebody else comes off with our device: %s",
			foreign->name, foreign->id, strerror(-fd));
	return fd;
}

void port_xdp_foreign_restore(int ifindex, int fd, const struct port_xdp_attached *foreign)
{
	if (fd < 0)
		return;
	uint32_t mode = foreign->is_native ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE;
	int rc = bpf_xdp_attach(ifindex, fd, mode | XDP_FLAGS_UPDATE_IF_NOEXIST, NULL);

	if (rc == 0 || rc == -EBUSY) // busy: it never left
		LOG(NOTICE, "left the XDP program %s (id %u) of somebody else in place", foreign->name,
			foreign->id);
	else
		LOG(WARNING, "cannot put back the XDP program %s (id %u) of somebody else: %s", foreign->name,
			foreign->id, strerror(-rc));
	close(fd);
}
