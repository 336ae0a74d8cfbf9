// SPDX-License-Identifier: BSD-3-Clause
// The tree of paths: each menu is one row of gw_menus, and each dialect reads the same rows of it. Constant
// data; any thread.
#pragma once

#include "base_err.h"
#include "base_text.h"
#include "gw_link.h"
#include "gw_row.h"

// Takes one row, which holds until it returns. Anything but 0 ends the walk, which returns it.
typedef int (*gw_row_fn)(void *ctx, const struct gw_row *row);

#define GW_ALIASES_MAX 3

// What whoever wants to change something is told.
#define GW_ONLY_READS "romon-gw only reads; change romond's configuration file, then run romonctl reload"

struct gw_menu {
	const char *path;
	const char *aliases[GW_ALIASES_MAX];
	bool is_list; // else settings: one row without .id
	// Each row of the menu to fn. 0, what fn returned, or -EIO with why: romond did not answer.
	int (*walk)(struct gw_link *link, gw_row_fn fn, void *ctx, struct base_text *why);
	const char *help;
};

extern const struct gw_menu gw_menus[]; // ends with a NULL path

// The menu at path ("/tool/romon/port"), by its name or an alias, or NULL.
const struct gw_menu *gw_menu_find(const char *path, size_t len);

// Is it the beginning of a menu's path?
bool gw_menu_is_above(const char *path, size_t len);

// The rows, in gw_tree_rows.c.
int gw_walk_romon(struct gw_link *link, gw_row_fn fn, void *ctx, struct base_text *why);
int gw_walk_ports(struct gw_link *link, gw_row_fn fn, void *ctx, struct base_text *why);
int gw_walk_neighbors(struct gw_link *link, gw_row_fn fn, void *ctx, struct base_text *why);
int gw_walk_identity(struct gw_link *link, gw_row_fn fn, void *ctx, struct base_text *why);
int gw_walk_resource(struct gw_link *link, gw_row_fn fn, void *ctx, struct base_text *why);
int gw_walk_interfaces(struct gw_link *link, gw_row_fn fn, void *ctx, struct base_text *why);
