// SPDX-License-Identifier: BSD-3-Clause
// The tree of paths: each menu is one row of gw_menus, and each dialect reads the same rows of it, by pages.
// Answers of romond are shared for a tenth of a second, so that ten thousand clients that ask the same cost
// romond ten questions a second. Any thread.
#pragma once

#include "base_err.h"
#include "base_text.h"
#include "gw_link.h"
#include "gw_row.h"

#define GW_ALIASES_MAX 3

struct gw_page {
	// An array of objects, never written to once it was made: threads share it, which jansson's counters
	// of references allow (atomic since 2.12).
	json_t *rows;
	json_int_t next; // offset of the page behind it; -1 = it is the last
};

struct gw_menu {
	const char *path;
	const char *aliases[GW_ALIASES_MAX];
	// The member of a row whose value its .id follows from; NULL = settings: one row without .id.
	const char *key;
	const struct gw_prop *props; // end with a NULL name
	// Ask romond for the page at that offset. 0, or -EIO with why.
	int (*ask)(struct gw_link *link, json_int_t offset, struct gw_page *page, struct base_text *why);
	const char *help;
};

extern const struct gw_menu gw_menus[]; // ends with a NULL path

// The menu at path ("/tool/romon/port"), by its name or an alias, or NULL.
const struct gw_menu *gw_menu_find(const char *path, size_t len);

// Is it the beginning of a menu's path?
bool gw_menu_is_above(const char *path, size_t len);

// The .id of the row with that key.
#define GW_ID_LEN 24
void gw_menu_id(const char *key, char id[GW_ID_LEN]);

// A row of the menu as texts.
void gw_menu_row(const struct gw_menu *menu, json_t *json, struct gw_row *row);

// ---- reading

struct gw_tree; // what was asked last

struct gw_tree *gw_tree_create(struct gw_link *link); // link must outlive it. NULL: out of memory
void gw_tree_destroy(struct gw_tree *tree);

// Let nothing that was asked before hold any more: something was changed.
void gw_tree_forget(struct gw_tree *tree);

struct gw_cursor {
	struct gw_tree *tree;
	const struct gw_menu *menu;
	struct gw_page page; // next: as there, of the page to come
	size_t at;
};

void gw_cursor_open(struct gw_cursor *c, struct gw_tree *tree, const struct gw_menu *menu);
void gw_cursor_close(struct gw_cursor *c);

// The next row, borrowed until the next call: 1; 0 behind the last one; -EIO with why: romond did not answer.
BASE_MUST_USE int gw_cursor_next(struct gw_cursor *c, json_t **row, struct base_text *why);

// ---- the rows of gw_tree_rows.c

extern const struct gw_prop gw_romon_props[], gw_port_props[], gw_neighbor_props[], gw_identity_props[],
	gw_resource_props[], gw_interface_props[], gw_log_props[], gw_active_props[];

int gw_ask_romon(struct gw_link *link, json_int_t offset, struct gw_page *page, struct base_text *why);
int gw_ask_ports(struct gw_link *link, json_int_t offset, struct gw_page *page, struct base_text *why);
int gw_ask_neighbors(struct gw_link *link, json_int_t offset, struct gw_page *page, struct base_text *why);
int gw_ask_status(struct gw_link *link, json_int_t offset, struct gw_page *page, struct base_text *why);
int gw_ask_interfaces(struct gw_link *link, json_int_t offset, struct gw_page *page, struct base_text *why);
int gw_ask_log(struct gw_link *link, json_int_t offset, struct gw_page *page, struct base_text *why);
int gw_ask_active(struct gw_link *link, json_int_t offset, struct gw_page *page, struct base_text *why);
