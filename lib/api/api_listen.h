// SPDX-License-Identifier: BSD-3-Clause
// The listening socket as a file: the lock that keeps a second instance away, stale sockets, owner and
// mode, and who may connect. Control thread; internal to the library.
#pragma once

#include <stdbool.h>
#include <sys/types.h>
#include <sys/un.h>

#include "base_err.h"

#define API_LOCK_PATH_SIZE (sizeof(((struct sockaddr_un *)0)->sun_path) + sizeof(".lock"))

struct api_listen {
	struct sockaddr_un addr;
	char lock_path[API_LOCK_PATH_SIZE];
	int fd;      // listening, non-blocking
	int lock_fd; // flock()ed while the server lives
	dev_t dev;   // of the socket file that we made
	ino_t ino;
	bool has_group;
	gid_t gid; // whose members may connect
};

// Errors are logged with what to do. -errno.
BASE_MUST_USE int api_listen_open(struct api_listen *l, const char *path, const char *group);
void api_listen_close(struct api_listen *l);

// Whether the peer of fd is root, our own user, or a member of the group.
bool api_listen_peer_is_allowed(const struct api_listen *l, int fd);

// Fill a UNIX address; -ENAMETOOLONG, -EINVAL for an empty path.
BASE_MUST_USE int api_addr_make(struct sockaddr_un *addr, const char *path);
