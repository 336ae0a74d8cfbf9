// SPDX-License-Identifier: BSD-3-Clause
// The listening socket as a file: the lock that keeps a second instance away, stale sockets, owner and
// mode, and who may connect. Control thread; internal to the library.
#pragma once

#include <stdbool.h>
#include <sys/types.h>
#include <sys/un.h>

#include "api_peer.h"

#define API_LOCK_PATH_SIZE (sizeof(((struct sockaddr_un *)0)->sun_path) + sizeof(".lock"))

struct api_listen {
	struct sockaddr_un addr;
	char lock_path[API_LOCK_PATH_SIZE];
	int fd;      // listening, non-blocking
	int lock_fd; // flock()ed while the server lives
	dev_t dev;   // of the socket file that we made
	ino_t ino;
	bool has_group; // whose members have the tier operate
	gid_t gid;
	bool has_read_group; // whose members have the tier read
	gid_t read_gid;
};

struct api_listen_cfg {
	const char *path;
	const char *group;      // NULL or "" = none
	const char *read_group; // likewise
};

// Errors are logged with what to do. -errno.
BASE_MUST_USE int api_listen_open(struct api_listen *l, const struct api_listen_cfg *cfg);
void api_listen_close(struct api_listen *l);

// Who is at the other end of fd, and what he may: API_TIER_INVALID, when he is neither root, nor our own
// user, nor a member of a group. -errno when the kernel does not say.
BASE_MUST_USE int api_listen_peer(const struct api_listen *l, int fd, struct api_peer *out);

// Fill a UNIX address; -ENAMETOOLONG, -EINVAL for an empty path.
BASE_MUST_USE int api_addr_make(struct sockaddr_un *addr, const char *path);
