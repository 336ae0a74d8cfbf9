// SPDX-License-Identifier: BSD-3-Clause
// Feeds of the server. Its thread.
//
// A feed sends at any time, also from a handler or an opener: then a client that failed is only marked, and
// closed in the next turn, so that on_close never runs inside a function of its owner.
#include <assert.h>
#include <stdlib.h>

#include "api_private.h"

// Take the feed off its client.
static void feed_free(struct api_feed *st)
{
	st->client->feed = NULL;
	st->client->quiet_ms = st->server->now_ms();
	json_decref(st->id);
	free(st);
}

// Tell the owner that its feed ends. The feed is there until on_close has returned: an owner may have
// more to do at its end than to forget it. What it still sends goes nowhere. Returns what on_close did.
json_t *api_feed_close(struct api_feed *st, enum api_close why)
{
	st->is_closing = true;
	json_t *summary = st->on_close(st->user, why);
	feed_free(st);
	return summary;
}

// Open a feed. -errno with err set when it was refused.
int api_feed_start(struct api_server *s, struct api_conn *c, const struct api_command *command,
	const struct api_request *req, struct api_error *err)
{
	struct api_feed *st = calloc(1, sizeof(*st));
	json_t *args = req->args != NULL ? json_incref(req->args) : json_object();
	int rc = -ENOMEM;

	if (st != NULL && args != NULL) {
		*st = (struct api_feed){.server = s, .client = c, .id = json_incref(req->id)};
		c->feed = st;
		rc = command->open(s->table.ctx, st, args, err);
		assert(rc == 0 || c->feed == st); // who ended it did not refuse it
		assert(rc != 0 || c->feed == NULL || st->on_close != NULL);
	}
	if (rc != 0 && err->code == API_ERROR_INVALID)
		api_fail(err, API_ERROR_FAILED, "out of memory in %s", command->cmd);
	if (rc != 0 && c->feed != NULL)
		feed_free(st);
	else if (rc != 0)
		free(st);
	json_decref(args);
	return rc;
}

// Queue a line of a feed and send what the socket takes. line is stolen.
static void feed_line(struct api_feed *st, json_t *line)
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

void api_feed_on_close(struct api_feed *s, api_feed_close_fn fn, void *user)
{
	s->on_close = fn;
	s->user = user;
}

void api_feed_send(struct api_feed *s, json_t *data)
{
	feed_line(s, api_message_make(s->id, "more", data));
}

size_t api_feed_pending(const struct api_feed *s)
{
	return api_buf_len(&s->client->out);
}

// The owner's last line. Whoever is in on_close already has nothing to end: the server frees the feed.
static void feed_finish(struct api_feed *s, json_t *line)
{
	feed_line(s, line);
	if (!s->is_closing)
		feed_free(s);
}

void api_feed_end(struct api_feed *s, json_t *data)
{
	feed_finish(s, api_answer_make(s->id, data != NULL ? data : json_null(), NULL));
}

void api_feed_fail(struct api_feed *s, const struct api_error *err)
{
	feed_finish(s, api_answer_make(s->id, NULL, err));
}

int api_feed_take(struct api_feed *s, json_t *data)
{
	struct api_server *server = s->server;
	struct api_conn *c = s->client;

	assert(!s->is_closing && !server->is_called);
	api_feed_end(s, data);
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
