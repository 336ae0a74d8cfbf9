// SPDX-License-Identifier: BSD-3-Clause
// What a client of the binary API is told: sentences. One thread a client.
//
// What clients need, beyond the documentation (docs/gateway.md says which): no sentence is cut by a send();
// !done leaves by one of its own; a trap has no words but message and category; .id comes first; a request
// with a tag is never answered without it.
#pragma once

#include "gw_row.h"
#include "gw_wire.h"
#include "rosapi_write.h"

#define GW_SENTENCE_LEN 65536
#define GW_RET_LEN_MAX  (GW_SENTENCE_LEN - 4096) // of gw_reply_done(); the rest is for tag and words

enum gw_category {
	GW_CATEGORY_MISSING = 0,
	GW_CATEGORY_ARGUMENT = 1,
	GW_CATEGORY_INTERRUPTED = 2,
	GW_CATEGORY_GENERAL = 4,
	GW_CATEGORY_NONE = -1, // a login that failed says no more than its message
};

struct gw_reply {
	struct gw_wire *wire;
	bool is_over;      // the client is gone, does not read, or was told the end
	bool is_gathering; // rows that fit one segment share a send(); what is no row sends them off before
			   // it
	struct rosapi_writer out; // what was gathered, then the sentence that is written
	uint8_t bytes[GW_SENTENCE_LEN];
};

void gw_reply_init(struct gw_reply *r, struct gw_wire *wire);

// tag: of the request; NULL = it had none.
void gw_reply_word(struct gw_reply *r, const char *tag, const char *word); // a sentence of one word
void gw_reply_done(struct gw_reply *r, const char *tag, const char *ret);  // ret: NULL = none
void gw_reply_trap_only(struct gw_reply *r, const char *tag, enum gw_category c, const char *message);
void gw_reply_trap(struct gw_reply *r, const char *tag, enum gw_category c, const char *message); // and !done

// The reason as a word of its own, then nothing more. No tag: it is the whole connection that ends.
void gw_reply_fatal(struct gw_reply *r, const char *reason);

// !re with those cells that the .proplist has (NULL = all), then more of its own: ends with a NULL name.
struct gw_more {
	const char *name, *value;
};
void gw_reply_row(struct gw_reply *r, const char *tag, const struct gw_row *row, const char *proplist,
	const struct gw_more *more);
