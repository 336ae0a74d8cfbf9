// SPDX-License-Identifier: BSD-3-Clause
// A row of the tree: names and values, all of them texts, as RouterOS has them. In memory of the caller's;
// one thread.
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GW_HIDDEN       "*****" // what secrets are shown as
#define GW_CELLS_MAX    40
#define GW_ROW_TEXT_LEN 16384 // more than the longest path, comment and identity together

struct gw_row {
	uint32_t n;
	size_t used; // of text
	const char *names[GW_CELLS_MAX];
	const char *values[GW_CELLS_MAX];
	char text[GW_ROW_TEXT_LEN];
};

// How a value of romond's JSON is written.
enum gw_kind {
	GW_KIND_TEXT,    // these three as they are
	GW_KIND_NUMBER,  // whole
	GW_KIND_BOOL,    // true, false
	GW_KIND_MAC,     // capitals, as RouterOS writes them; "auto" is 00:00:00:00:00:00
	GW_KIND_MACS,    // a list of these, with commas between
	GW_KIND_SECRETS, // a list of secrets: that there are some, and nothing of them
	GW_KIND_UPTIME,  // seconds: 1w2d3h4m5s
	GW_KIND_TIME,    // ISO 8601: 2026-11-30 17:10:32
	GW_KIND_SAID,    // nothing of romond's: `from` is the value
};

// A property: its name, where its value stands in the JSON of the row ("config/romon/id"), and its kind. A
// property whose value is null or not there is left out.
struct gw_prop {
	const char *name;
	const char *from;
	enum gw_kind kind;
	const char *help;
	bool is_counter; // its change is no news
};

void gw_row_clear(struct gw_row *row);
void gw_row_add(
	struct gw_row *row, const char *name, const char *value); // value is copied, cut where text is full
void gw_row_fill(struct gw_row *row, const struct gw_prop *props, json_t *json); // props end with a NULL name

// "config/romon/id" in the object, borrowed, or NULL.
json_t *gw_row_json_at(json_t *json, const char *path);

// Is name one of list, a .proplist: "a,b"? NULL has all.
bool gw_row_is_listed(const char *list, const char *name);

// For queries: the value of that name, or NULL. row: struct gw_row.
const char *gw_row_value(const void *row, const char *name);
