// SPDX-License-Identifier: BSD-3-Clause
// Sentences to a client of the binary API. The thread of its session.
#include <string.h>

#include "gw_reply.h"

#define SEGMENT 1400 // bytes that one segment of TCP takes on any link of today

void gw_reply_init(struct gw_reply *r, struct gw_wire *wire)
{
	r->wire = wire;
	r->out.bytes = r->bytes;
	r->out.size = sizeof(r->bytes);
}

// Send the first len bytes off; what is behind them moves up.
static void bytes_send(struct gw_reply *r, size_t len)
{
	if (len > 0 && !r->is_over && gw_wire_send(r->wire, r->bytes, len) != 0)
		r->is_over = true;
	memmove(r->bytes, r->bytes + len, r->out.len - len);
	r->out.len -= len;
	r->out.at = r->out.len;
}

// A sentence was written behind what was gathered.
static void sentence_send(struct gw_reply *r, bool is_row)
{
	size_t gathered = r->out.len;

	if (!rosapi_write_end(&r->out)) {
		r->is_over = true; // longer than any sentence of ours
		return;
	}
	bool is_gathering = is_row && r->is_gathering;
	if (!is_gathering || r->out.len > SEGMENT)
		bytes_send(r, gathered);
	if (!is_gathering || r->out.len > SEGMENT)
		bytes_send(r, r->out.len);
}

void gw_reply_word(struct gw_reply *r, const char *tag, const char *word)
{
	rosapi_write_begin(&r->out, word, tag);
	sentence_send(r, false);
}

void gw_reply_done(struct gw_reply *r, const char *tag, const char *ret)
{
	rosapi_write_begin(&r->out, "!done", tag);
	if (ret != NULL)
		rosapi_write_arg(&r->out, "ret", ret, strlen(ret));
	sentence_send(r, false);
}

void gw_reply_trap_only(struct gw_reply *r, const char *tag, enum gw_category c, const char *message)
{
	char number[] = {(char)('0' + c), '\0'};

	rosapi_write_begin(&r->out, "!trap", tag);
	if (c != GW_CATEGORY_NONE)
		rosapi_write_arg(&r->out, "category", number, 1);
	rosapi_write_arg(&r->out, "message", message, strlen(message));
	sentence_send(r, false);
}

void gw_reply_trap(struct gw_reply *r, const char *tag, enum gw_category c, const char *message)
{
	gw_reply_trap_only(r, tag, c, message);
	gw_reply_done(r, tag, NULL);
}

void gw_reply_fatal(struct gw_reply *r, const char *reason)
{
	rosapi_write_begin(&r->out, "!fatal", NULL);
	rosapi_write_word(&r->out, reason);
	sentence_send(r, false);
	r->is_over = true;
}

void gw_reply_row(struct gw_reply *r, const char *tag, const struct gw_row *row, const char *proplist,
	const struct gw_more *more)
{
	rosapi_write_begin(&r->out, "!re", tag);
	for (uint32_t i = 0; i < row->n; i++) {
		if (gw_row_is_listed(proplist, row->names[i]))
			rosapi_write_arg(&r->out, row->names[i], row->values[i], strlen(row->values[i]));
	}
	for (; more != NULL && more->name != NULL; more++)
		rosapi_write_arg(&r->out, more->name, more->value, strlen(more->value));
	sentence_send(r, true);
}
