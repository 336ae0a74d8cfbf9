// SPDX-License-Identifier: BSD-3-Clause
// Who gave the command that runs. Under app_lock().
#include <stdio.h>
#include <string.h>

#include "app.h"
#include "base_text.h"
#include "caller.h"

const char *caller_name(const struct app *app, char buf[API_PEER_TEXT_SIZE])
{
	const struct api_call *call = app->api == NULL ? NULL : api_server_call(app->api);

	if (call == NULL) {
		base_text_copy(buf, API_PEER_TEXT_SIZE, "romond itself");
		return buf;
	}
	api_peer_describe(call->peer.uid, call->peer.pid, buf);
	size_t len = strlen(buf);
	if (call->on_behalf != NULL)
		snprintf(buf + len, API_PEER_TEXT_SIZE - len, " for %s", call->on_behalf);
	return buf;
}

uint32_t caller_places(const struct app *app, uint32_t max)
{
	const struct api_call *call = app->api == NULL ? NULL : api_server_call(app->api);

	return call != NULL && call->peer.tier != API_TIER_ROOT ? max - CALLER_PLACES_ROOT : max;
}
