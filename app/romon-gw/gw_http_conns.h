// SPDX-License-Identifier: BSD-3-Clause
// Connections of HTTP clients: who sends a request too slowly is closed, and when there are many, who idles
// longest makes place for the next one. libmicrohttpd's own limit of time is for silence only. Any thread.
#pragma once

#include <microhttpd.h>
#include <stdint.h>

#define GW_HTTP_CONNS_MAX 1200

// Close, from a thread of its own, who needs too long. 0 or -errno.
int gw_http_conns_start(void);

// MHD_OPTION_NOTIFY_CONNECTION.
void gw_http_conns_notify(void *ctx, struct MHD_Connection *connection, void **socket_context,
	enum MHD_ConnectionNotificationCode code);

// How many there are, and how many requests they have made.
uint32_t gw_http_conns_count(uint64_t *n_requests);

// Is a request of it, which is there as a whole, being answered?
void gw_http_conns_busy(struct MHD_Connection *connection, int is_busy);
