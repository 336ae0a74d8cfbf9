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
#include "port_xdp.h"
#include "port_xdp_paths.h"

LOG_TYPE("port");

// Loaded with our rights: it must be root's or our own, and nobody else's to write.
static bool file_is_trusted(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && (st.st_uid == 0 || st.st_uid == geteuid()) &&
	       (st.st_mode & (S_IWGRP | S_IWOTH)) == 0;
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

	for (size_t i = 0; i < BASE_ARRAY_LEN(places); i++) {
		if (places[i] == NULL || !file_is_trusted(places[i]))
			continue;
		// what stands in a device argument cannot hold these
		if (strpbrk(places[i], ",=[]\"") != NULL ||
			base_text_copy(path, PORT_XDP_PATH_MAX, places[i]) != 0)
			continue;
		return 0;
	}
	snprintf(why, why_size, "%s",
		BASE_ARRAY_LEN(places) == 1 ? "built without the XDP program"
					    : "the XDP program romon_xdp.o is not installed");
	return -ENOENT;
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

// Load and attach the program as net_af_xdp does, and undo both.
static int attach_try(const char *ifname, int ifindex, const char *path, char *why, size_t why_size)
{
	struct bpf_object *obj = bpf_object__open_file(path, NULL);
	const char *step = "open";
	int rc = libbpf_get_error(obj) != 0 ? -errno : 0;

	if (rc == 0) {
		step = "load";
		rc = bpf_object__load(obj);
	}
	if (rc == 0) {
		step = "attach";
		rc = bpf_xdp_attach(ifindex, bpf_program__fd(bpf_object__next_program(obj, NULL)),
			XDP_FLAGS_UPDATE_IF_NOEXIST, NULL);
	}
	if (rc == 0)
		rc = bpf_xdp_detach(ifindex, 0, NULL);
	else
		snprintf(why, why_size, "the kernel refuses to %s the XDP program on %s (%s)", step, ifname,
			strerror(-rc));
	if (libbpf_get_error(obj) == 0)
		bpf_object__close(obj);
	return rc;
}

int port_xdp_try(
	const char *ifname, int ifindex, uint32_t n_queues, const char *path, char *why, size_t why_size)
{
	struct port_xdp_attached attached;
	libbpf_print_fn_t print = libbpf_set_print(libbpf_quiet); // what it says goes into why, briefly
	int rc = port_xdp_attached(ifindex, &attached);

	if (rc != 0) {
		snprintf(why, why_size, "the kernel does not tell what XDP program %s has (%s)", ifname,
			strerror(-rc));
		goto out;
	}
	if (attached.id != 0 && strcmp(attached.name, PORT_XDP_NAME) != 0) {
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
	rc = port_xdp_queues_try(ifindex, n_queues, why, why_size);
	if (rc == 0)
		rc = attach_try(ifname, ifindex, path, why, why_size);
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
