// SPDX-License-Identifier: BSD-3-Clause
// Words of a command line for OpenSSH over streams of ours. Main thread.
#pragma once

#include "base_text.h"
#include "cmd.h"

#define SSH_TEXT_MAX   4096
#define SSH_LEGACY_LEN 4

// What RouterOS 6 needs and OpenSSH does not offer by itself any more: values of -o.
extern const char *const ssh_legacy[SSH_LEGACY_LEN];

// The path of this program.
void ssh_own_path(char out[SSH_TEXT_MAX]);

// "ROMONCTL -s SOCKET proxy TARGET" for ProxyCommand; target NULL: ssh puts its host name in.
void ssh_proxy_add(struct base_text *t, const struct cmd_call *call, const char *target);
