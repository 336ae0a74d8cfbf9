// SPDX-License-Identifier: BSD-3-Clause
// Streams that are being opened. Control thread.
#include "stream_open.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api_server.h"
#include "base_clock.h"
#include "base_text.h"
#include "discovery.h"
#include "handlers.h"
#include "ping_text.h"
#include "reach.h"
#include "target.h"
#include "topo.h"

#define OPENS_MAX 64   // at once; open streams do not count
#define FIND_MS   5000 // a node without a path is looked for so long

struct opening {
	struct api_feed *feed; // NULL = free
	struct app *app;
	struct pipe *pipe; // NULL = the node is looked for
	uint64_t id;       // 0 = a name that nobody has told us yet
	char name[TOPO_TEXT_LEN_MAX + 1];
	uint16_t service;
	uint32_t uid;
	bool is_sought_told;
	uint64_t find_until_ms;
};

struct stream_opens {
	struct opening openings[OPENS_MAX];
};

int stream_opens_start(struct app *app)
{
	app->stream_opens = calloc(1, sizeof(*app->stream_opens));
	return app->stream_opens == NULL ? -ENOMEM : 0;
}

void stream_opens_stop(struct app *app)
{
	free(app->stream_opens);
	app->stream_opens = NULL;
}

static void fail(struct opening *o, enum api_error_code code, const char *reason, const char *sentence)
{
	struct api_error err = API_ERROR_INIT;
	struct api_feed *s = o->feed;

	o->feed = NULL;
	api_fail(&err, code, "%s", sentence);
	err.extra = json_pack("{s:s}", "reason", reason);
	api_feed_fail(s, &err);
	api_error_clear(&err);
}

// Why a stream did not open, as a sentence that says what to do.
static void end_explain(const struct opening *o, enum stream_end end, char *out, size_t size)
{
	char id[BASE_MAC_TEXT_LEN];
	struct base_mac mac = base_mac_from_u64(o->id);

	base_mac_format(&mac, id);
	switch (end) {
	case STREAM_END_NO_ANSWER:
		snprintf(out, size,
			"%s does not answer on service %u: it offers none there, or frames get lost on the way; try `romonctl ping %s` and `romonctl why --id %s`",
			id, o->service, id, id);
		return;
	case STREAM_END_REFUSED:
	case STREAM_END_RESET:
		snprintf(out, size, "%s refuses service %u: it is not offered there, or not to this node", id,
			o->service);
		return;
	case STREAM_END_NO_PATH:
		snprintf(out, size,
			"the path to %s was lost while the stream was opened; `romonctl why --id %s` says more",
			id, id);
		return;
	case STREAM_END_NONE:
	case STREAM_END_CLOSED:
	case STREAM_END_LOST:
	case STREAM_END_ABORTED:
	case STREAM_N_ENDS:
		break;
	}
	snprintf(out, size, "the stream to %s was given up", id);
}

static json_t *answer_json(const struct opening *o)
{
	struct schema_stream_opened opened = {
		.stream = o->pipe->number, .address = o->id, .service = o->service};

	return schema_encode(schema_stream_opened_table(), &opened);
}

static void told(void *ctx, struct pipe *p, enum stream_end end)
{
	struct opening *o = ctx;
	char sentence[300];

	if (end != STREAM_END_NONE) {
		end_explain(o, end, sentence, sizeof(sentence));
		fail(o, API_ERROR_FAILED, stream_end_name(end == STREAM_END_RESET ? STREAM_END_REFUSED : end),
			sentence);
		return; // the pipe goes by itself
	}
	struct api_feed *s = o->feed;
	json_t *answer = answer_json(o);

	o->feed = NULL;
	int fd = api_feed_take(s, answer);
	if (fd >= 0 && pipe_bind(p, fd, false, base_mono_ns() / 1000) == 0)
		return;
	if (fd >= 0)
		close(fd);
	pipe_close(p, STREAM_END_ABORTED, base_mono_ns() / 1000);
}

static json_t *opening_closed(void *user, enum api_close why)
{
	struct opening *o = user;

	(void)why;
	if (o->pipe != NULL)
		pipe_close(o->pipe, STREAM_END_ABORTED, base_mono_ns() / 1000);
	o->feed = NULL;
	return NULL;
}

int open_stream_open(
	struct app *app, struct api_feed *s, const struct schema_stream_open_args *in, struct api_error *err)
{
	uint16_t service = in->service == NULL ? WIRE_SERVICE_SSH : conf_service_parse(in->service);
	struct opening *o = NULL;
	struct target node;

	if (service == 0) {
		api_fail(err, API_ERROR_BAD_ARGUMENT,
			"service: expected ssh, winbox, or a number from 1 to 65535");
		return -EINVAL;
	}
	if (target_read_other(app, in->id, &node, err) != 0)
		return -EINVAL;
	for (uint32_t i = 0; i < caller_places(app, OPENS_MAX) && o == NULL; i++) {
		if (app->stream_opens->openings[i].feed == NULL)
			o = &app->stream_opens->openings[i];
	}
	if (o == NULL) {
		api_fail(
			err, API_ERROR_BUSY, "%d streams are being opened already: wait a moment", OPENS_MAX);
		return -EBUSY;
	}
	const struct api_call *call = app->api != NULL ? api_server_call(app->api) : NULL;
	*o = (struct opening){.feed = s,
		.app = app,
		.id = node.id,
		.service = service,
		.uid = call != NULL ? call->peer.uid : 0,
		.find_until_ms = base_mono_ms() + FIND_MS};
	base_text_copy(o->name, sizeof(o->name), node.name);
	api_feed_on_close(s, opening_closed, o);
	return 0;
}

static void find(struct opening *o, uint64_t now_ms)
{
	struct ping_why why;

	if (o->id == 0)
		o->id = target_sought(o->app, o->name, now_ms >= o->find_until_ms);
	int err =
		o->id == 0 ? -EHOSTUNREACH : reach_dial(o->app, o->id, o->service, o->uid, told, o, &o->pipe);
	if (err == 0)
		return;
	if (err != -EHOSTUNREACH) {
		fail(o, API_ERROR_BUSY, "limit",
			"as many streams as may be are open: close one (`romonctl streams`)");
		return;
	}
	if (now_ms >= o->find_until_ms) {
		ping_why_lost(&why, o->app, o->id, o->name, FIND_MS);
		fail(o, why.is_known ? API_ERROR_FAILED : API_ERROR_NOT_FOUND,
			why.is_known ? "no-path" : "not-found", why.detail);
		return;
	}
	discovery_want(o->app, o->find_until_ms);
	if (o->is_sought_told)
		return;
	o->is_sought_told = true;
	ping_why_sought(&why, o->app, o->id, o->name);
	struct schema_stream_sought sought = {.status = why.status, .detail = why.detail};
	api_feed_send(o->feed, schema_encode(schema_stream_sought_table(), &sought));
}

bool stream_opens_tick(struct app *app, uint64_t now_ms)
{
	bool is_any = false;

	for (uint32_t i = 0; i < OPENS_MAX; i++) {
		struct opening *o = &app->stream_opens->openings[i];

		if (o->feed != NULL && o->pipe == NULL)
			find(o, now_ms);
		is_any |= o->feed != NULL;
	}
	return is_any;
}
