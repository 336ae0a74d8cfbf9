// SPDX-License-Identifier: BSD-3-Clause
// Rows from romond's JSON. Any thread.
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base_text.h"
#include "gw_row.h"

void gw_row_clear(struct gw_row *row)
{
	row->n = 0;
	row->used = 0;
}

// False: there is no room for one more.
static bool cell_begin(struct gw_row *row, struct base_text *t)
{
	size_t left = sizeof(row->text) - row->used;

	if (row->n == GW_CELLS_MAX || left < 2)
		return false;
	base_text_init(t, row->text + row->used, left);
	return true;
}

static void cell_end(struct gw_row *row, const struct base_text *t, const char *name)
{
	row->used += t->len + 1;
	row->names[row->n] = name;
	row->values[row->n] = t->buf;
	row->n++;
}

void gw_row_add(struct gw_row *row, const char *name, const char *value)
{
	struct base_text t;

	if (!cell_begin(row, &t))
		return;
	base_text_put(&t, value, strlen(value));
	cell_end(row, &t, name);
}

const char *gw_row_value(const void *row, const char *name)
{
	const struct gw_row *r = row;

	for (uint32_t i = 0; i < r->n; i++) {
		if (strcmp(r->names[i], name) == 0)
			return r->values[i];
	}
	return NULL;
}

bool gw_row_is_listed(const char *list, const char *name)
{
	size_t len = strlen(name);

	if (list == NULL)
		return true;
	while (*list != '\0') {
		size_t n = strcspn(list, ",");

		if (n == len && memcmp(list, name, len) == 0)
			return true;
		list += n + (list[n] == ',');
	}
	return false;
}

json_t *gw_row_json_at(json_t *json, const char *path)
{
	while (json != NULL && *path != '\0') {
		size_t len = strcspn(path, "/");

		json = json_object_getn(json, path, len);
		path += len + (path[len] == '/');
	}
	return json;
}

static void text_add(struct base_text *t, const char *text)
{
	base_text_put(t, text, strlen(text));
}

static void plain_add(struct base_text *t, const json_t *json)
{
	if (json_is_string(json))
		base_text_put(t, json_string_value(json), json_string_length(json));
	else if (json_is_integer(json))
		base_text_add(t, "%" JSON_INTEGER_FORMAT, json_integer_value(json));
	else if (json_is_boolean(json))
		text_add(t, json_is_true(json) ? "true" : "false");
	else if (json_is_real(json))
		base_text_add(t, "%g", json_real_value(json));
}

static void mac_add(struct base_text *t, const json_t *json)
{
	const char *text = json_is_string(json) ? json_string_value(json) : "";

	if (strcmp(text, "auto") == 0)
		text = "00:00:00:00:00:00";
	for (; *text != '\0'; text++)
		base_text_put(t, &(char){(char)toupper((unsigned char)*text)}, 1);
}

static void macs_add(struct base_text *t, json_t *json)
{
	json_t *mac;
	size_t i;

	json_array_foreach (json, i, mac) {
		text_add(t, i == 0 ? "" : ",");
		mac_add(t, mac);
	}
}

static void uptime_add(struct base_text *t, const json_t *json)
{
	static const struct {
		uint64_t seconds;
		char letter;
	} units[] = {{604800, 'w'}, {86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
	uint64_t left = (uint64_t)json_integer_value(json);

	for (size_t i = 0; i < BASE_ARRAY_LEN(units); i++) {
		if (left >= units[i].seconds || (units[i].letter == 's' && t->len == 0))
			base_text_add(t, "%" PRIu64 "%c", left / units[i].seconds, units[i].letter);
		left %= units[i].seconds;
	}
}

static void time_add(struct base_text *t, const json_t *json)
{
	const char *text = json_is_string(json) ? json_string_value(json) : "";
	size_t date = strcspn(text, "TZ."), len = strcspn(text, "Z.");

	base_text_put(t, text, date);
	if (len > date) {
		text_add(t, " ");
		base_text_put(t, text + date + 1, len - date - 1);
	}
}

static void value_add(struct base_text *t, enum gw_kind kind, json_t *json)
{
	switch (kind) {
	case GW_KIND_TEXT:
	case GW_KIND_NUMBER:
	case GW_KIND_BOOL:
		plain_add(t, json);
		break;
	case GW_KIND_MAC:
		mac_add(t, json);
		break;
	case GW_KIND_MACS:
		macs_add(t, json);
		break;
	case GW_KIND_SECRETS:
		// a list, or the words of how many there are
		if (json_array_size(json) > 0 || json_is_string(json))
			base_text_add(t, GW_HIDDEN);
		break;
	case GW_KIND_UPTIME:
		uptime_add(t, json);
		break;
	case GW_KIND_TIME:
		time_add(t, json);
		break;
	case GW_KIND_SAID:
		break;
	}
}

void gw_row_fill(struct gw_row *row, const struct gw_prop *props, json_t *json)
{
	for (; props->name != NULL; props++) {
		json_t *at = props->kind == GW_KIND_SAID ? NULL : gw_row_json_at(json, props->from);
		struct base_text t;

		if (props->kind == GW_KIND_SAID) {
			gw_row_add(row, props->name, props->from);
		} else if (at != NULL && !json_is_null(at) && cell_begin(row, &t)) {
			value_add(&t, props->kind, at);
			cell_end(row, &t, props->name);
		}
	}
}
