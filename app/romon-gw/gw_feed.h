// SPDX-License-Identifier: BSD-3-Clause
// Commands of romond that answer with many messages: ping, discover, torch. Each has a connection of its own
// while it goes on: romond has one feed a connection, and few connections for a user. Any thread; one thread
// a feed.
#pragma once

#include "api_client.h"
#include "base_text.h"

#define GW_FEEDS_MAX       8 // of all clients; romond has 16 places for us
#define GW_FEED_TIMEOUT_MS 5000
#define GW_FEED_AWAY       "romond went away meanwhile" // what is told of a feed that broke off

// Ask for it; args is borrowed, on_behalf as in struct gw_ask. NULL with why: a sentence.
struct api_client *gw_feed_open(
	const char *socket, const char *cmd, json_t *args, const char *on_behalf, struct base_text *why);
void gw_feed_close(struct api_client *feed);
