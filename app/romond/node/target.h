// SPDX-License-Identifier: BSD-3-Clause
// TARGET: a node as people name it, resolved here for every command. In this order: a RoMON id in any
// notation; the identity of one node, letter by letter; the same in any case; a pattern that one node fits,
// or the beginning of one identity or id. Under app_lock().
#pragma once

#include "api_proto.h"
#include "app.h"

struct target {
	uint64_t id;    // 0: a name that nobody has (yet)
	char name[256]; // as it was given
};

// The node that text names; -EINVAL with err set when it names several: err lists them.
BASE_MUST_USE int target_read(
	const struct app *app, const char *text, struct target *out, struct api_error *err);

// The same, and not this node itself.
BASE_MUST_USE int target_read_other(
	const struct app *app, const char *text, struct target *out, struct api_error *err);

// The id that a filter asks for, of any node; 0 when it asks for none (text NULL). -EINVAL, -ENOENT with err
// set.
BASE_MUST_USE int target_read_filter(
	const struct app *app, const char *text, uint64_t *id, struct api_error *err);

// For who waits for a node to answer: the one that has this id or this name, in any case, or 0. Once no more
// are waited for (is_last) as target_read(): before that, the first of several that begin like this would be
// taken for it.
uint64_t target_sought(const struct app *app, const char *name, bool is_last);

// Identities of known nodes like name: "shop or shop-2", escaped. False: there is none.
bool target_similar(const struct app *app, const char *name, char *out, size_t size);
