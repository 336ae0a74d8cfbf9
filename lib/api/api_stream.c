// SPDX-License-Identifier: BSD-3-Clause
// Streams of the server. Its thread.
//
// A stream sends at any time, also from a handler or an opener: then a client that failed is only marked, and
// closed in the next turn, so that on_close never runs inside a function of its owner.
#include <assert.h>
#include <stdlib.h>

#include "api_private.h"

// Take the stream off its client.
static void stream_free(struct api_stream *st)
{
	st->client->stream = NULL;
	st->client->quiet_ms = st->server->now_ms();
	json_decref(st->id);
	free(st);
}

// Tell the owner that its stream ends. The stream is there until on_close has returned: an owner may have
// more to do at its end than to forget it. What it still sends goes nowhere. Returns what on_close did.
json_t *api_stream_close(struct api_stream *st, enum api_close why)
{
	st->is_closing = true;
	json_t *summary = st->on_close(st->user, why);
	stream_free(st);
	return summary;
}

// Open a stream. -errno with err set when it was refused.
int api_stream_start(struct api_server *s, struct api_conn *c, const struct api_command *command,
	const struct api_request *req, struct api_error *err)
{
	struct api_stream *st = calloc(1, sizeof(*st));
	json_t *args = req->args != NULL ? json_incref(req->args) : json_object();
	int rc = -ENOMEM;

	if (st != NULL && args != NULL) {
		*st = (struct api_stream){.server = s, .client = c, .id = json_incref(req->id)};
		c->stream = st;
		rc = command->open(s->table.ctx, st, args, err);
		assert(rc == 0 || c->stream == st); // who ended it did not refuse it
		assert(rc != 0 || c->stream == NULL || st->on_close != NULL);
	}
	if (rc != 0 && err->code == API_ERROR_INVALID)
		api_fail(err, API_ERROR_FAILED, "out of memory in %s", command->cmd);
	if (rc != 0 && c->stream != NULL)
		stream_free(st);
	else if (rc != 0)
		free(st);
	json_decref(args);
	return rc;
}

// Queue a line of a stream and send what the socket takes. line is stolen.
static void stream_line(struct api_stream *st, json_t *line)
{
	struct api_conn *c = st->client;

	if (c->broken != 0 || st->is_closing) {
		json_decref(line);
		return;
	}
	bool was_empty = api_buf_len(&c->out) == 0; // else the socket is known to be full
	int rc = api_conn_queue(c, line);
	if (rc == 0 && was_empty)
		rc = api_conn_write(st->server, c);
	if (rc == 0)
		rc = api_conn_watch(st->server, c);
	if (rc == 0)
		return;
	c->broken = rc;
	api_server_wake(st->server, true);
}

void api_stream_on_close(struct api_stream *s, api_stream_close_fn fn, void *user)
{
	s->on_close = fn;
	s->user = user;
}

void api_stream_send(struct api_stream *s, json_t *data)
{
	stream_line(s, api_message_make(s->id, "more", data));
}

size_t api_stream_pending(const struct api_stream *s)
{
	return api_buf_len(&s->client->out);
}

// The owner's last line. Whoever is in on_close already has nothing to end: the server frees the stream.
static void stream_finish(struct api_stream *s, json_t *line)
{
	stream_line(s, line);
	if (!s->is_closing)
		stream_free(s);
}

void api_stream_end(struct api_stream *s, json_t *data)
{
	stream_finish(s, api_answer_make(s->id, data != NULL ? data : json_null(), NULL));
}

void api_stream_fail(struct api_stream *s, const struct api_error *err)
{
	stream_finish(s, api_answer_make(s->id, NULL, err));
}

int api_stream_take(struct api_stream *s, json_t *data)
{
	struct api_server *server = s->server;
	struct api_conn *c = s->client;

	assert(!s->is_closing && !server->is_called);
	api_stream_end(s, data);
	// what is left of a few hundred bytes: nobody reads there
	if (c->broken == 0 && api_buf_len(&c->out) > 0)
		c->broken = -ENOBUFS;
	if (c->broken == 0 && api_buf_len(&c->in) > 0)
		c->broken = -EPROTO;
	if (c->broken == 0)
		return api_conn_take(server, c);
	api_server_wake(server, true);
	return c->broken;
}
