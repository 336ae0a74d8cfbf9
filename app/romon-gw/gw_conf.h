// SPDX-License-Identifier: BSD-3-Clause
// romon-gw.yaml: one row a key (gw_conf_keys), as in romond.yaml. Read once, at the start; constant
// afterwards.
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base_err.h"

#define GW_ENDPOINT_LEN 64 // "[2001:db8::1]:8728" and the NUL

// Who may read /metrics.
enum gw_access { GW_ACCESS_INVALID, GW_ACCESS_LOGIN, GW_ACCESS_LOOPBACK, GW_ACCESS_ALL };

struct gw_conf {
	char socket[PATH_MAX];            // romond's control socket
	char users[PATH_MAX];             // who may log in
	char state[PATH_MAX];             // folder of the self-made certificate
	char api_listen[GW_ENDPOINT_LEN]; // binary API; "" = none
	char api_tls_listen[GW_ENDPOINT_LEN];
	char http_listen[GW_ENDPOINT_LEN]; // REST without TLS; "" = none
	char https_listen[GW_ENDPOINT_LEN];
	char certificate[PATH_MAX]; // PEM, with those that signed it; "" = self-made
	char key[PATH_MAX];         // PEM
	uint32_t metrics_nodes;     // that have series of their own in /metrics, at most
	enum gw_access metrics_access;
	bool api_reply_empty; // !empty before !done where there were no rows, as RouterOS 7.18 does
};

enum gw_conf_type {
	GW_CONF_PATH,
	GW_CONF_PATH_OR_NONE,
	GW_CONF_ENDPOINT,
	GW_CONF_BOOL,
	GW_CONF_NODES,
	GW_CONF_ACCESS,
};

struct gw_conf_key {
	const char *section; // "" = the top of the file
	const char *name;
	enum gw_conf_type type;
	size_t offset;
	const char *fallback;
	const char *help;
};

extern const struct gw_conf_key gw_conf_keys[]; // ends with a NULL name

// Read the file at path, or with NULL what holds when nothing is configured. What is wrong is told to out, as
// "PATH:LINE:COLUMN: what"; -EINVAL then.
BASE_MUST_USE int gw_conf_load(const char *path, struct gw_conf *out_conf, FILE *out);
