// SPDX-License-Identifier: BSD-3-Clause
// A text that grows: bodies of HTTP answers. One thread.
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base_err.h"

// All zero at the start.
struct gw_out {
	char *bytes; // no NUL behind them
	size_t len;
	size_t size;
	size_t given; // of len, by gw_out_give()
	bool is_bad;  // out of memory; what it has is of no use
};

void gw_out_fini(struct gw_out *o);

// The next bytes that were not given yet, at most size: how many.
size_t gw_out_give(struct gw_out *o, char *buf, size_t size);
bool gw_out_is_given(const struct gw_out *o); // all of them
void gw_out_restart(struct gw_out *o);        // with nothing in it, and its memory

void gw_out_add(struct gw_out *o, const void *bytes, size_t len);
void gw_out_text(struct gw_out *o, const char *text);
void gw_out_printf(struct gw_out *o, const char *fmt, ...) BASE_PRINTF(2, 3); // up to 255 characters
void gw_out_quoted(struct gw_out *o, const char *text); // as a JSON string; text is UTF-8
void gw_out_json(struct gw_out *o, const json_t *json); // NULL: null
