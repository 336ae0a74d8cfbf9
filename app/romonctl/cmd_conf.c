// SPDX-License-Identifier: BSD-3-Clause
// config check: what romond would say of a file, without a romond. Main thread.
#include <stdlib.h>

#include "cmd.h"
#include "conf.h"
#include "out_text.h"

static json_t *issues_make(const struct conf_issues *issues)
{
	json_t *list = out_must(json_array());

	for (uint32_t i = 0; i < issues->n; i++) {
		const struct conf_issue *issue = &issues->list[i];
		char text[4 * sizeof(issue->text)];

		out_text_clean(text, sizeof(text), issue->text, true, false);
		json_array_append_new(list, json_pack("{s:i, s:i, s:s, s:s}", "line", (int)issue->line,
						    "column", (int)issue->column, "level",
						    issue->is_warning ? "warning" : "error", "text", text));
	}
	return list;
}

static json_t *unsigned_make(const struct conf *conf)
{
	json_t *list = out_must(json_array());

	for (uint32_t i = 0; conf != NULL && i < conf->n_ports; i++) {
		if (conf_port_is_unsigned(conf, &conf->ports[i]))
			json_array_append_new(list, json_string(conf->ports[i].name));
	}
	return list;
}

// One note for all of them: many networks want it so.
static void unsigned_note(json_t *names, const char *path)
{
	size_t n = json_array_size(names);
	json_t *name;
	size_t i;

	if (n == 0)
		return;
	fprintf(stderr, "%s: note: port%s ", path, n == 1 ? "" : "s");
	json_array_foreach (names, i, name)
		fprintf(stderr, "%s%s", i > 0 ? ", " : "", json_string_value(name));
	fprintf(stderr,
		" %s no secret: anybody on that wire can join and speak for others; docs/secrets.md says how to sign\n",
		n == 1 ? "has" : "have");
}

static void check_print(struct out *o, json_t *data)
{
	const char *file = json_string_value(json_object_get(data, "file"));
	json_int_t ports = json_integer_value(json_object_get(data, "ports"));

	if (json_is_true(json_object_get(data, "ok")))
		out_print(o, "%s: ok, %" JSON_INTEGER_FORMAT " port%s\n", file, ports, ports == 1 ? "" : "s");
}

// Issues go to standard error as PATH:LINE:COL lines; in a JSON format they are in the answer instead.
enum cmd_exit cmd_run_config_check(const struct cmd_call *call)
{
	struct conf_issues *issues = out_must(calloc(1, sizeof(*issues)));
	struct out_style style;

	struct conf *conf = conf_load(call->args[0], issues);
	bool is_ok = conf != NULL;
	out_style_detect(&style, stdout, call->no_color);
	struct out *out = out_create(call->format, &style);
	json_t *data = json_pack("{s:s, s:b, s:I, s:o, s:o}", "file", call->args[0], "ok", is_ok, "ports",
		(json_int_t)(is_ok ? conf->n_ports : 0), "issues", issues_make(issues), "unsigned-ports",
		unsigned_make(conf));
	if (out_is_human(out))
		conf_issues_print(issues, call->args[0], stderr);
	if (out_is_human(out))
		unsigned_note(json_object_get(data, "unsigned-ports"), call->args[0]);
	if (data == NULL)
		fprintf(stderr, "romonctl: %s: its name is not UTF-8 text\n", call->cmd->args[0].name);
	else
		out_object(out, data, check_print);
	json_decref(data);
	out_destroy(out);
	conf_free(conf);
	free(issues);
	return is_ok && data != NULL ? CMD_EXIT_OK : CMD_EXIT_FAILURE;
}
