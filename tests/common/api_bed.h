// SPDX-License-Identifier: BSD-3-Clause
// A control socket server in a directory of its own, driven a turn at a time from the test's thread, and
// peers of it by plain sockets. A fault of the test's own making ends it by an assertion.
#pragma once

#include "api_server.h"

struct api_bed {
	char dir[64];
	char path[96];
	struct api_server *server;
	unsigned n_log_lines; // since open; what is logged is not shown
};

void api_bed_open(
	struct api_bed *b, const struct api_command *commands, size_t n, void *ctx, const char *group);

// The same with a clock, and peers, of the test's own.
void api_bed_open_as(struct api_bed *b, const struct api_command *commands, size_t n,
	uint64_t (*now_ms)(void), void (*peer_seam)(int fd, struct api_peer *peer));

// Also checks that nothing is left behind. The server may be gone already.
void api_bed_close(struct api_bed *b);

// Give the server turns until it has nothing to do.
void api_bed_pump(struct api_bed *b);

// A connected peer, which the server took.
int api_bed_peer(struct api_bed *b);

// Send whatever the socket's size: the server takes turns in between. Returns how much was taken.
size_t api_bed_send(struct api_bed *b, int fd, const void *bytes, size_t len);

// What the server has sent so far: a string that the caller frees. *len may be NULL. *is_closed tells the
// end.
char *api_bed_receive(struct api_bed *b, int fd, size_t *len, bool *is_closed);
