// SPDX-License-Identifier: BSD-3-Clause
// A byte stream to a service of a node, as romond opened it for us: a descriptor, and the bytes that came
// with the answer. Main thread. What goes wrong is said on standard error.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "cmd.h"

struct stream_link {
	int fd; // blocks
	char *early;
	size_t early_len;
	uint64_t number; // in `romonctl streams`
};

// Ask romond for it, with args as in the command's request. CMD_EXIT_OK, or why not: CMD_EXIT_NOT_FOUND,
// _NO_PATH, _NO_ANSWER, _REFUSED, …
BASE_MUST_USE enum cmd_exit stream_link_open(
	const struct cmd_call *call, json_t *args, struct stream_link *out);

// Bytes from in_fd to the node and from the node to out_fd, until both have ended. An end of in_fd goes over
// to the node. 0; -EPIPE: nobody reads out_fd; -errno.
int stream_link_join(struct stream_link *link, int in_fd, int out_fd);

// How it ended, as romond knows: CMD_EXIT_OK, or CMD_EXIT_LOST, said.
enum cmd_exit stream_link_verdict(const struct cmd_call *call, const struct stream_link *link);

void stream_link_close(struct stream_link *link);
