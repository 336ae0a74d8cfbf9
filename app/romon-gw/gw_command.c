// SPDX-License-Identifier: BSD-3-Clause
// Commands of romond by HTTP. What answers with many messages is sent as Server-Sent Events: row, then end or
// error. The thread of the connection.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base_log.h"
#include "gw_body.h"
#include "gw_command.h"
#include "gw_feed.h"
#include "gw_follower.h"
#include "gw_verb.h"

LOG_TYPE("change");

#define PIECE    16384
#define FIRST_MS 250 // a feed that is refused says so at once
#define WHY_SIZE 512

enum gw_group gw_command_group(const struct schema_command *command)
{
	static const char *const elsewhere[] = {"stream-open", "nodes-follow", "events-follow"};
	const struct gw_verb_row *verb = gw_verb_find(command->name);

	for (size_t i = 0; i < BASE_ARRAY_LEN(elsewhere); i++) {
		if (strcmp(command->name, elsewhere[i]) == 0)
			return GW_GROUP_NONE;
	}
	if (verb != NULL) // ping and discover, as in the other dialects
		return verb->group;
	switch (command->tier) {
	case API_TIER_READ:
		return GW_GROUP_READ;
	case API_TIER_OPERATE:
		return GW_GROUP_WRITE;
	case API_TIER_ROOT:
	case API_TIER_INVALID:
	case API_N_TIERS:
		break;
	}
	return GW_GROUP_FULL;
}

static enum gw_status status_of(enum api_error_code code)
{
	switch (code) {
	case API_ERROR_NOT_FOUND:
	case API_ERROR_UNKNOWN_COMMAND:
		return GW_STATUS_MISSING;
	case API_ERROR_NOT_PERMITTED:
		return GW_STATUS_FORBIDDEN;
	case API_ERROR_INVALID:
	case API_ERROR_BUSY:
		return GW_STATUS_UNAVAILABLE;
	case API_ERROR_BAD_REQUEST:
	case API_ERROR_BAD_ARGUMENT:
	case API_ERROR_INVALID_CONFIG:
	case API_ERROR_FAILED:
		break;
	}
	return GW_STATUS_BAD;
}

// ---- one answer

static enum MHD_Result ask(struct gw_http *h, const struct schema_command *command, json_t *args)
{
	struct gw_ask a = {.cmd = command->name, .args = args, .on_behalf = h->who};
	struct gw_out out = {0};
	char buf[WHY_SIZE];
	struct base_text why;

	base_text_init(&why, buf, sizeof(buf));
	json_t *data = gw_link_ask_as(h->shared->link, &a, &why);
	if (command->tier > API_TIER_READ) {
		gw_tree_forget(h->shared->tree);
		LOG(NOTICE, "%s: %s%s%s", h->who, command->name, data == NULL ? " refused: " : "",
			data == NULL ? buf : "");
	}
	// where a configuration is wrong: romond's list `issues`
	enum MHD_Result rc = MHD_NO;
	if (data == NULL) {
		rc = gw_http_error_with(h, status_of(a.code), buf, a.extra);
	} else {
		gw_out_json(&out, data);
		rc = gw_http_send(h, GW_STATUS_OK, "application/json", &out, NULL);
	}
	json_decref(data);
	json_decref(a.extra);
	return rc;
}

// ---- many

struct telling {
	struct api_client *feed; // NULL = it is over
	struct gw_follower follower;
	struct gw_out out;
};

static void telling_free(void *ctx)
{
	struct telling *t = ctx;

	if (t->feed != NULL)
		gw_feed_close(t->feed);
	gw_follower_end(&t->follower);
	gw_out_fini(&t->out);
	free(t);
}

static void message_write(struct gw_out *out, const char *event, json_t *data)
{
	gw_out_printf(out, "event: %s\ndata: ", event);
	gw_out_json(out, data);
	gw_out_text(out, "\n\n");
}

// The next message becomes text. 0, -ETIMEDOUT: none came; or it is over: -EREMOTEIO with err, or another
// reason.
static int message_take(struct telling *t, int timeout_ms, struct api_error *err)
{
	bool is_last = false;
	json_t *data;

	int rc = api_client_next(t->feed, timeout_ms, &data, &is_last, err);
	if (rc == -ETIMEDOUT)
		return rc;
	if (rc == 0)
		message_write(&t->out, is_last ? "end" : "row", data);
	json_decref(data);
	if (rc != 0 || is_last) {
		gw_feed_close(t->feed);
		t->feed = NULL;
	}
	return rc;
}

static void error_write(struct gw_out *out, int rc, const struct api_error *err)
{
	json_t *data =
		json_pack("{s:s, s:s}", "error", rc == -EREMOTEIO ? api_error_name(err->code) : "failed",
			"detail", rc == -EREMOTEIO ? err->message : GW_FEED_AWAY);

	message_write(out, "error", data);
	json_decref(data);
}

static void fill(struct telling *t)
{
	struct api_error err = API_ERROR_INIT;

	gw_out_restart(&t->out);
	int rc = message_take(t, 0, &err);
	if (rc == -ETIMEDOUT)
		gw_follower_wait(&t->follower, api_client_fd(t->feed), &t->out);
	else if (rc != 0)
		error_write(&t->out, rc, &err);
	api_error_clear(&err);
}

static ssize_t piece_give(void *ctx, uint64_t at, char *buf, size_t size)
{
	struct telling *t = ctx;

	(void)at;
	if (gw_out_is_given(&t->out) && t->feed == NULL)
		return MHD_CONTENT_READER_END_OF_STREAM;
	while (gw_out_is_given(&t->out) && !t->out.is_bad && !t->follower.is_gone)
		fill(t);
	if (t->out.is_bad || t->follower.is_gone)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	return (ssize_t)gw_out_give(&t->out, buf, size);
}

// Takes t.
static enum MHD_Result telling_send(struct gw_http *h, struct telling *t)
{
	struct MHD_Response *r =
		MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, PIECE, piece_give, t, telling_free);

	if (r == NULL) {
		telling_free(t);
		return MHD_NO;
	}
	return gw_http_events_send(h, r);
}

static enum MHD_Result follow(struct gw_http *h, const struct schema_command *command, json_t *args)
{
	struct telling *t = calloc(1, sizeof(*t));
	struct api_error err = API_ERROR_INIT;
	char buf[WHY_SIZE];
	struct base_text why;

	if (t == NULL)
		return MHD_NO;
	base_text_init(&why, buf, sizeof(buf));
	t->feed = gw_feed_open(h->shared->conf->socket, command->name, args, h->who, &why);
	if (t->feed == NULL) {
		telling_free(t);
		return gw_http_error(h, GW_STATUS_UNAVAILABLE, buf);
	}
	gw_follower_begin(&t->follower, h);
	int rc = message_take(t, FIRST_MS, &err);
	if (rc == 0 || rc == -ETIMEDOUT)
		return telling_send(h, t);
	telling_free(t);
	enum MHD_Result sent = rc == -EREMOTEIO ? gw_http_error(h, status_of(err.code), err.message)
						: gw_http_error(h, GW_STATUS_UNAVAILABLE, GW_FEED_AWAY);
	api_error_clear(&err);
	return sent;
}

enum MHD_Result gw_command_answer(struct gw_http *h, const char *name)
{
	const struct schema_command *command = schema_command_find(name);
	enum gw_group group = command == NULL ? GW_GROUP_NONE : gw_command_group(command);
	bool is_get = gw_http_is(h, MHD_HTTP_METHOD_GET);

	if (group == GW_GROUP_NONE)
		return gw_http_error(h, GW_STATUS_MISSING,
			"no such command here: /api/v1/openapi.json names all; changes of nodes and events "
			"are told by nodes/stream and events");
	if (!gw_http_is(h, MHD_HTTP_METHOD_POST) && !(is_get && command->tier == API_TIER_READ))
		return gw_http_error(h, GW_STATUS_NO_METHOD,
			"POST gives a command; those that only read are answered to GET too");
	if (h->user.group < group)
		return gw_http_error(h, GW_STATUS_FORBIDDEN, GW_NO_RIGHTS);
	json_t *args = gw_body_parse(h->body, h->body_len);
	if (args == NULL)
		return gw_http_error(h, GW_STATUS_BAD, "expected a JSON object: the arguments");
	enum MHD_Result rc =
		command->shape == SCHEMA_SHAPE_FEED ? follow(h, command, args) : ask(h, command, args);
	json_decref(args);
	return rc;
}
