// SPDX-License-Identifier: BSD-3-Clause
// /export. Any thread.
#include <errno.h>
#include <string.h>
#include <time.h>

#include "gw_edit.h"
#include "gw_export.h"

bool gw_export_has_arg(const char *name)
{
	static const char *const args[] = {"compact", "verbose", "terse", "hide-sensitive", ".proplist"};

	for (size_t i = 0; i < BASE_ARRAY_LEN(args); i++) {
		if (strcmp(name, args[i]) == 0)
			return true;
	}
	return false;
}

// ---- commands

static bool is_bare(const char *value)
{
	static const char bare[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:*,/@+-";

	return value[0] != '\0' && value[strspn(value, bare)] == '\0';
}

void gw_export_value(struct gw_out *out, const char *value)
{
	if (is_bare(value)) {
		gw_out_text(out, value);
		return;
	}
	gw_out_text(out, "\"");
	for (const unsigned char *c = (const unsigned char *)value; *c != '\0'; c++) {
		if (*c < ' ' || *c > '~')
			gw_out_printf(out, "\\%02X", *c);
		else if (strchr("\"\\$?", *c) != NULL)
			gw_out_printf(out, "\\%c", *c);
		else
			gw_out_printf(out, "%c", *c);
	}
	gw_out_text(out, "\"");
}

// " cost=100 forbid=no": what can be set of it and is no secret.
static void properties_write(
	struct gw_out *out, const struct gw_menu *menu, const struct gw_row *row, bool is_default)
{
	for (const struct gw_prop *p = menu->props; p->name != NULL; p++) {
		const char *value = gw_row_value(row, p->name);
		bool is_name = menu->key != NULL && strcmp(p->from, menu->key) == 0;

		if (value == NULL || p->kind == GW_KIND_SECRETS || (is_name && is_default) ||
			!gw_edit_is_writable(menu, p->name))
			continue;
		gw_out_printf(out, " %s=", p->name);
		if (p->kind == GW_KIND_BOOL)
			gw_out_text(out, strcmp(value, "true") == 0 ? "yes" : "no");
		else
			gw_export_value(out, value);
	}
}

static void item_write(struct gw_out *out, const struct gw_menu *menu, const struct gw_row *row)
{
	const char *is_default = gw_row_value(row, "default");
	bool is_there = is_default != NULL && strcmp(is_default, "true") == 0; // on every node

	gw_out_text(out, menu->key == NULL ? "set" : is_there ? "set [ find default=yes ]" : "add");
	properties_write(out, menu, row, is_there);
	gw_out_text(out, "\n");
}

static int menu_write(
	struct gw_tree *tree, const struct gw_menu *menu, struct gw_out *out, struct base_text *why)
{
	struct gw_cursor cursor;
	struct gw_row row;
	json_t *json;
	int rc;

	gw_out_text(out, "/");
	for (const char *c = menu->path + 1; *c != '\0'; c++)
		gw_out_add(out, *c == '/' ? " " : c, 1);
	gw_out_text(out, "\n");
	gw_cursor_open(&cursor, tree, menu);
	while ((rc = gw_cursor_next(&cursor, &json, why)) > 0) {
		gw_menu_row(menu, json, &row);
		item_write(out, menu, &row);
	}
	gw_cursor_close(&cursor);
	return rc;
}

// ---- all of them

static void head_write(struct gw_out *out)
{
	time_t now = time(NULL);
	struct tm tm;
	char text[32];

	gmtime_r(&now, &tm);
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
	gw_out_printf(out, "# %s UTC by romon-gw %s; without secrets\n", text, ROMOND_VERSION);
}

int gw_export_write(
	struct gw_tree *tree, const char *path, size_t len, struct gw_out *out, struct base_text *why)
{
	const struct gw_menu *only = gw_menu_find(path, len);
	const char *from = only != NULL ? only->path : path; // by whatever name it was called
	int rc = 0;

	len = only != NULL ? strlen(only->path) : len;
	if (only == NULL && len > 0 && !gw_menu_is_above(path, len))
		return -ENOENT;
	head_write(out);
	for (const struct gw_menu *m = gw_menus; m->path != NULL && rc == 0; m++) {
		bool is_below =
			strncmp(m->path, from, len) == 0 && (m->path[len] == '/' || m->path[len] == '\0');

		if (is_below && gw_edit_is_changeable(m))
			rc = menu_write(tree, m, out, why);
	}
	return rc;
}
