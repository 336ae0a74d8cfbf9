// SPDX-License-Identifier: BSD-3-Clause
// Who gave the command that runs. Under app_lock().
#include "caller.h"
#include "app.h"
#include "base_text.h"

const char *caller_name(const struct app *app, char buf[API_PEER_TEXT_SIZE])
{
	const struct api_call *call = app->api == NULL ? NULL : api_server_call(app->api);

	if (call != NULL)
		return api_peer_describe(call->peer.uid, call->peer.pid, buf);
	base_text_copy(buf, API_PEER_TEXT_SIZE, "romond itself");
	return buf;
}

uint32_t caller_places(const struct app *app, uint32_t max)
{
	const struct api_call *call = app->api == NULL ? NULL : api_server_call(app->api);

	return call != NULL && call->peer.tier != API_TIER_ROOT ? max - CALLER_PLACES_ROOT : max;
}
