// SPDX-License-Identifier: BSD-3-Clause
// Requests, answers and dispatch. Any thread.
//
// Bounds: the caller limits the line (API_LINE_LEN_MAX), jansson limits nesting (2048) and refuses NUL
// bytes and text that is not UTF-8.
#include <stdio.h>
#include <string.h>

#include "api_proto.h"
#include "base_suggest.h"
#include "base_text.h"

#define COMMANDS_SUGGEST_MAX 64
#define WORD_SHOWN_MAX       64 // of a word that a peer sent, in a message

static const char *const error_names[] = {
	[API_ERROR_INVALID] = "invalid",
	[API_ERROR_BAD_REQUEST] = "bad-request",
	[API_ERROR_UNKNOWN_COMMAND] = "unknown-command",
	[API_ERROR_BAD_ARGUMENT] = "bad-argument",
	[API_ERROR_NOT_FOUND] = "not-found",
	[API_ERROR_INVALID_CONFIG] = "invalid-config",
	[API_ERROR_NOT_PERMITTED] = "not-permitted",
	[API_ERROR_BUSY] = "busy",
	[API_ERROR_FAILED] = "failed",
};

_Static_assert(BASE_ARRAY_LEN(error_names) == API_ERROR_FAILED + 1, "a name for each code");

const char *api_error_name(enum api_error_code code)
{
	return error_names[code];
}

enum api_error_code api_error_parse(const char *name)
{
	for (enum api_error_code c = API_ERROR_BAD_REQUEST; c <= API_ERROR_FAILED; c++) {
		if (strcmp(name, error_names[c]) == 0)
			return c;
	}
	return API_ERROR_INVALID;
}

void *api_fail(struct api_error *err, enum api_error_code code, const char *fmt, ...)
{
	char raw[sizeof(err->message)];
	struct base_text t;
	va_list ap;

	base_text_init(&t, raw, sizeof(raw));
	va_start(ap, fmt);
	base_text_addv(&t, fmt, ap);
	va_end(ap);
	err->code = code;
	base_text_tidy(err->message, sizeof(err->message), raw); // what is escaped already stays
	return NULL;
}

void api_error_clear(struct api_error *err)
{
	json_decref(err->extra);
	*err = (struct api_error)API_ERROR_INIT;
}

static void unknown_command_explain(const struct api_table *table, const char *cmd, struct api_error *err)
{
	const char *words[COMMANDS_SUGGEST_MAX];
	size_t n = 0;

	for (size_t i = 0; i < table->n_commands && n < COMMANDS_SUGGEST_MAX; i++)
		words[n++] = table->commands[i].cmd;
	const char *near = base_suggest(cmd, words, n);
	if (near != NULL)
		api_fail(err, API_ERROR_UNKNOWN_COMMAND, "no command %.*s; did you mean %s?", WORD_SHOWN_MAX,
			cmd, near);
	else
		api_fail(err, API_ERROR_UNKNOWN_COMMAND, "no command %.*s", WORD_SHOWN_MAX, cmd);
}

const struct api_command *api_command_find(
	const struct api_table *table, const char *cmd, struct api_error *err)
{
	for (size_t i = 0; i < table->n_commands; i++) {
		if (strcmp(table->commands[i].cmd, cmd) == 0)
			return &table->commands[i];
	}
	unknown_command_explain(table, cmd, err);
	return NULL;
}

static const char *const tier_names[] = {
	[API_TIER_INVALID] = "none",
	[API_TIER_READ] = "read",
	[API_TIER_OPERATE] = "operate",
	[API_TIER_ROOT] = "root",
};

static const char *const tier_holders[] = {
	[API_TIER_INVALID] = "nobody",
	[API_TIER_READ] = "members of control.read-group and of control.group, and root",
	[API_TIER_OPERATE] = "members of control.group, and root",
	[API_TIER_ROOT] = "root and the user that romond runs as",
};

_Static_assert(BASE_ARRAY_LEN(tier_names) == API_N_TIERS && BASE_ARRAY_LEN(tier_holders) == API_N_TIERS,
	"a name for each tier");

const char *api_tier_name(enum api_tier tier)
{
	return tier_names[tier];
}

const char *api_tier_holders(enum api_tier tier)
{
	return tier_holders[tier];
}

int api_command_permit(
	const struct api_command *command, json_t *args, enum api_tier tier, struct api_error *err)
{
	if (tier < command->tier) {
		api_fail(err, API_ERROR_NOT_PERMITTED, "%s needs the tier %s, which %s have; you have %s",
			command->cmd, api_tier_name(command->tier), api_tier_holders(command->tier),
			api_tier_name(tier));
		return base_errno_set(EPERM);
	}
	const char *arg = tier == API_TIER_ROOT || command->root_arg == NULL ? NULL : command->root_arg(args);
	if (arg == NULL)
		return 0;
	api_fail(err, API_ERROR_NOT_PERMITTED, "%s with %s needs the tier %s, which %s have; you have %s",
		command->cmd, arg, api_tier_name(API_TIER_ROOT), api_tier_holders(API_TIER_ROOT),
		api_tier_name(tier));
	return base_errno_set(EPERM);
}

json_t *api_dispatch(const struct api_table *table, enum api_tier tier, const char *cmd, json_t *args,
	struct api_error *err)
{
	const struct api_command *command = api_command_find(table, cmd, err);

	if (command == NULL || api_command_permit(command, args, tier, err) != 0)
		return NULL;
	if (command->handler == NULL)
		return api_fail(err, API_ERROR_BAD_REQUEST, "%s is a feed: only the control socket has it",
			command->cmd);
	json_t *owned_args = args != NULL ? json_incref(args) : json_object();
	if (owned_args == NULL)
		return api_fail(err, API_ERROR_FAILED, "out of memory");
	json_t *data = command->handler(table->ctx, owned_args, err);
	json_decref(owned_args);
	if (data == NULL && err->code == API_ERROR_INVALID)
		api_fail(err, API_ERROR_FAILED, "out of memory in %s", command->cmd);
	return data;
}

// "for" goes into the log and events as it is.
static bool for_take(struct api_request *req)
{
	json_t *value = json_object_get(req->root, "for");
	const char *text = json_string_value(value);

	if (value == NULL)
		return true;
	if (text == NULL || json_string_length(value) == 0 || json_string_length(value) > API_FOR_LEN_MAX)
		return false;
	for (const char *c = text; *c != '\0'; c++) {
		if (*c < ' ' || *c > '~')
			return false;
	}
	req->on_behalf = text;
	return true;
}

// Checks the members of a request; the first fault is named.
static int members_check(struct api_request *req, struct api_error *err)
{
	static const char *const known[] = {"v", "id", "cmd", "args", "for"};
	json_t *version = json_object_get(req->root, "v");
	json_t *cmd = json_object_get(req->root, "cmd");
	const char *key;
	json_t *value;

	if (req->id == NULL)
		api_fail(err, API_ERROR_BAD_REQUEST, "id: expected a number or a text");
	else if (!json_is_integer(version) || json_integer_value(version) != API_VERSION)
		api_fail(err, API_ERROR_BAD_REQUEST, "v: expected %d, the version of this protocol",
			API_VERSION);
	else if (!json_is_string(cmd))
		api_fail(err, API_ERROR_BAD_REQUEST, "cmd: expected a text");
	else if (req->args != NULL && !json_is_object(req->args))
		api_fail(err, API_ERROR_BAD_REQUEST, "args: expected an object");
	else if (!for_take(req))
		api_fail(err, API_ERROR_BAD_REQUEST, "for: expected a text of 1 to %d printable characters",
			API_FOR_LEN_MAX);
	if (err->code != API_ERROR_INVALID)
		return base_errno_set(EINVAL);

	json_object_foreach (req->root, key, value) {
		bool is_known = false;

		for (size_t i = 0; i < BASE_ARRAY_LEN(known); i++)
			is_known |= strcmp(key, known[i]) == 0;
		if (!is_known) {
			api_fail(err, API_ERROR_BAD_REQUEST, "%.*s: no such member of a request",
				WORD_SHOWN_MAX, key);
			return base_errno_set(EINVAL);
		}
	}
	req->cmd = json_string_value(cmd);
	return 0;
}

int api_request_decode(struct api_request *req, const char *line, size_t len, struct api_error *err)
{
	json_error_t fault;

	*req = (struct api_request){.root = NULL};
	req->root = json_loadb(line, len, JSON_REJECT_DUPLICATES, &fault);
	if (req->root == NULL) {
		api_fail(err, API_ERROR_BAD_REQUEST, "not JSON: column %d: %s", fault.column, fault.text);
		return base_errno_set(EINVAL);
	}
	if (!json_is_object(req->root)) {
		api_fail(err, API_ERROR_BAD_REQUEST, "expected a JSON object");
		return base_errno_set(EINVAL);
	}
	json_t *id = json_object_get(req->root, "id");
	if (json_is_integer(id) || json_is_string(id))
		req->id = id;
	req->args = json_object_get(req->root, "args");
	return members_check(req, err);
}

void api_request_clear(struct api_request *req)
{
	json_decref(req->root);
	*req = (struct api_request){.root = NULL};
}

static json_t *error_make(const struct api_error *err)
{
	json_t *error = json_pack("{s:s, s:s}", "code", api_error_name(err->code), "message", err->message);

	if (error != NULL && err->extra != NULL && json_object_update_missing(error, err->extra) != 0) {
		json_decref(error);
		return NULL;
	}
	return error;
}

json_t *api_answer_make(json_t *id, json_t *data, const struct api_error *err)
{
	if (data != NULL)
		return json_pack("{s:O?, s:b, s:o}", "id", id, "ok", 1, "data", data);
	json_t *error = error_make(err);
	if (error == NULL)
		return NULL;
	return json_pack("{s:O?, s:b, s:o}", "id", id, "ok", 0, "error", error);
}

json_t *api_message_make(json_t *id, const char *mark, json_t *data)
{
	return json_pack("{s:O?, s:b, s:b, s:o?}", "id", id, "ok", 1, mark, 1, "data",
		data != NULL ? data : json_null());
}
