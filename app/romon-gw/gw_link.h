// SPDX-License-Identifier: BSD-3-Clause
// Questions to romond, over one connection that all clients share: romond keeps few places for a user, and an
// answer takes well below a millisecond. A connection that broke is made again by the next question. Any
// thread.
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "api_proto.h"
#include "base_err.h"
#include "base_text.h"

struct gw_link;

// socket: path of romond's control socket, which must outlive the link. NULL: out of memory.
struct gw_link *gw_link_create(const char *socket);
void gw_link_destroy(struct gw_link *link); // nobody asks any more

// Changes whenever the connection to romond ended: what was answered before may not hold any more. A romond
// that is gone is noticed here, without a question to it.
uint32_t gw_link_epoch(struct gw_link *link);

// A question, and why it was refused.
struct gw_ask {
	const char *cmd;
	json_t *args;             // borrowed; NULL = none
	const char *on_behalf;    // who asks us, for romond's log; NULL = nobody
	enum api_error_code code; // out: of romond; API_ERROR_INVALID = it did not answer
	json_t *extra;            // out: what else it told, a new reference, or NULL
};

// A new reference, or NULL with ask->code and why: a sentence for people.
json_t *gw_link_ask_as(struct gw_link *link, struct gw_ask *ask, struct base_text *why);

// The same with nothing told but why.
json_t *gw_link_ask(struct gw_link *link, const char *cmd, json_t *args, struct base_text *why);
