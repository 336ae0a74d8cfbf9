// SPDX-License-Identifier: BSD-3-Clause
// Who asks: the user and process at the other end of a connection, as the kernel says. Any thread.
#pragma once

#include <sys/types.h>

#include "api_proto.h"

#define API_PEER_TEXT_SIZE (96 + API_FOR_LEN_MAX)

struct api_peer {
	uid_t uid;
	gid_t gid;
	pid_t pid; // at the time of connect(); may be gone
	enum api_tier tier;
};

// "romonadm (uid 1000, pid 4711)", or "uid 1000 (pid 4711)" where /etc/passwd has no name for it: nothing but
// that file is asked, since a directory service may hang. Returns buf.
const char *api_peer_describe(uid_t uid, pid_t pid, char buf[API_PEER_TEXT_SIZE]);
