// SPDX-License-Identifier: BSD-3-Clause
// Feeds of romond. Any thread.
#include <stdatomic.h>

#include "gw_feed.h"

static atomic_uint n_feeds;

void gw_feed_close(struct api_client *feed)
{
	api_client_close(feed);
	atomic_fetch_sub(&n_feeds, 1);
}

struct api_client *gw_feed_open(
	const char *socket, const char *cmd, json_t *args, const char *on_behalf, struct base_text *why)
{
	struct api_client *feed = NULL;

	if (atomic_fetch_add(&n_feeds, 1) >= GW_FEEDS_MAX) {
		base_text_add(why, "too many pings and searches go on at once: try again");
	} else if ((feed = api_client_connect(socket, GW_FEED_TIMEOUT_MS)) == NULL) {
		base_text_add(why, "romond does not run, or has no place left for us");
	} else {
		api_client_for(feed, on_behalf);
		if (api_client_open(feed, cmd, args, GW_FEED_TIMEOUT_MS) == 0)
			return feed;
		base_text_add(why, GW_FEED_AWAY);
	}
	gw_feed_close(feed);
	return NULL;
}
