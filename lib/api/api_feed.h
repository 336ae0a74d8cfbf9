// SPDX-License-Identifier: BSD-3-Clause
// Feeds of the control socket, server side: a command that answers with many messages, as they come
// (docs/control-socket.md, "Feeds"). Everything here runs in the thread that runs the server; nothing
// blocks. One feed a connection.
//
//	static int follow_open(void *ctx, struct api_feed *s, json_t *args, struct api_error *err)
//	{
//		struct follow *f = ...;                     // -errno with api_fail(err, ...) refuses
//		api_feed_on_close(s, follow_closed, f);
//		return 0;
//	}
//	...
//	api_feed_send(f->feed, data);                   // any time later, for example in a timer's tick
//	api_feed_end(f->feed, summary);                 // f->feed is gone
//
// The life of a feed belongs to the server. The opener gets it; when the opener fails, it is gone and
// on_close is not called. Else it is gone after exactly one of api_feed_end(), api_feed_fail(), and the
// return of on_close. While on_close runs the feed is still there, and every function of this header may be
// called: what is sent goes nowhere, and to end it is not needed and does nothing.
#pragma once

#include "api_proto.h"

enum api_close {
	API_CLOSE_INVALID,
	API_CLOSE_CANCELLED, // by a further request on the connection, or by its end of input
	API_CLOSE_GONE,      // the client vanished, read too slowly, or the server is destroyed
};

// The feed ends: forget it before you return. May return the data of the feed's last line, a new
// reference (a summary); NULL = none. It is sent only when cancelled, and only if the client still reads.
// Called from api_server_run_once(), api_server_tick() or api_server_destroy(), never from a function of this
// header. Must not destroy the server; may use other feeds.
typedef json_t *(*api_feed_close_fn)(void *user, enum api_close why);

// Every feed that stays open behind its opener must have it.
void api_feed_on_close(struct api_feed *s, api_feed_close_fn fn, void *user);

// Send a message: {"id":..,"ok":true,"more":true,"data":..}. data is stolen; NULL is sent as null. What the
// socket does not take now waits in the connection's queue. A client whose queue passes API_QUEUE_LEN_MAX is
// dropped: nothing more is sent, and on_close is called in the next turn of the server.
void api_feed_send(struct api_feed *s, json_t *data);

// Bytes that wait because the client has not read them: an owner that can leave messages out does so when
// this grows.
size_t api_feed_pending(const struct api_feed *s);

// The last line: {"id":..,"ok":true,"data":..}, without "more". data is stolen; NULL is sent as null. s is
// gone.
void api_feed_end(struct api_feed *s, json_t *data);

// The last line is an error: {"id":..,"ok":false,"error":..}. s is gone. err stays the caller's.
void api_feed_fail(struct api_feed *s, const struct api_error *err);

// The last line as api_feed_end() sends it, and then the connection is the caller's, for bytes both ways as
// behind an HTTP CONNECT: the client waits for that line before it sends any. Returns its descriptor
// (non-blocking, the caller closes it), or -errno: the client is gone, does not read, or did not wait, and
// will be closed. data is stolen; s is gone either way. Not while an opener or a handler runs, nor in
// on_close.
BASE_MUST_USE int api_feed_take(struct api_feed *s, json_t *data);
