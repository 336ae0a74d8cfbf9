// SPDX-License-Identifier: BSD-3-Clause
// Changes by /api/v1. The thread of the connection.
#include <string.h>

#include "gw_args.h"
#include "gw_body.h"
#include "gw_edit.h"
#include "gw_v1.h"
#include "gw_v1_change.h"
#include "gw_verb.h"

#define WHY_SIZE 512

static enum gw_status status_of(enum gw_edit_end end)
{
	switch (end) {
	case GW_EDIT_DONE:
		return GW_STATUS_OK;
	case GW_EDIT_NO_COMMAND:
		return GW_STATUS_NO_METHOD;
	case GW_EDIT_NO_ITEM:
		return GW_STATUS_MISSING;
	case GW_EDIT_AWAY:
		return GW_STATUS_UNAVAILABLE;
	case GW_EDIT_ARGUMENT:
	case GW_EDIT_FAILED:
		break;
	}
	return GW_STATUS_BAD;
}

static const char *verb_of(const struct gw_http *h, const struct gw_menu *menu, const char *item)
{
	bool is_list = menu->key != NULL && item == NULL;

	if (gw_http_is(h, MHD_HTTP_METHOD_POST))
		return is_list ? "add" : NULL;
	if (is_list)
		return NULL;
	if (gw_http_is(h, "PATCH"))
		return "set";
	return gw_http_is(h, MHD_HTTP_METHOD_DELETE) && item != NULL ? "remove" : NULL;
}

// What was changed, as it is now.
static enum MHD_Result changed_send(struct gw_http *h, const struct gw_edit *c, const char *item)
{
	struct gw_out out = {0};

	if (strcmp(c->verb, "remove") == 0)
		return gw_http_send(h, GW_STATUS_EMPTY, "application/json", &out, NULL);
	for (uint32_t i = 0; i < c->n_args && c->id[0] != '\0'; i++) { // what was added has this name
		if (strcmp(c->args[i].name, "interface") == 0)
			item = c->args[i].value;
	}
	return gw_v1_one(h, c->id[0] == '\0' ? GW_STATUS_OK : GW_STATUS_CREATED, c->menu, item);
}

enum MHD_Result gw_v1_change(struct gw_http *h, const struct gw_menu *menu, const char *item)
{
	struct gw_args args = {.n = 0};
	struct gw_edit c = {.menu = menu, .verb = verb_of(h, menu, item), .args = args.list, .who = h->who};
	char buf[WHY_SIZE];

	if (c.verb == NULL)
		return gw_http_error(h, GW_STATUS_NO_METHOD,
			"POST adds to a list, PATCH sets, and DELETE removes one of it");
	if (h->user.group < gw_verb_find(c.verb)->group)
		return gw_http_error(h, GW_STATUS_FORBIDDEN, GW_NO_RIGHTS);
	json_t *body = gw_body_parse(h->body, h->body_len);
	if (item != NULL)
		args.list[args.n++] = (struct rosapi_arg){.name = ".id", .value = item};
	bool is_good = gw_args_take(&args, body);
	enum gw_edit_end end = GW_EDIT_ARGUMENT;
	base_text_init(&c.why, buf, sizeof(buf));
	if (is_good) {
		c.n_args = args.n;
		end = gw_edit_run(h->shared, &c);
	} else {
		base_text_add(&c.why, "expected a JSON object of texts, numbers, true, false and lists of "
				      "texts");
	}
	enum MHD_Result rc =
		end == GW_EDIT_DONE ? changed_send(h, &c, item) : gw_http_error(h, status_of(end), buf);
	json_decref(body);
	return rc;
}
