// SPDX-License-Identifier: BSD-3-Clause
// docs/config.md from the rows of the schema. Runs in the build and in its test, never in the daemon.
#include <stdio.h>
#include <string.h>

#include "conf_schema.h"
#include "conf_value.h"

static const char intro[] =
	"# Configuration: every key\n"
	"\n"
	"<!-- Generated from lib/conf/conf_schema.c by `scripts/check-docs --write`. Do not edit. -->\n"
	"\n"
	"romond reads one YAML file. `romond --check FILE` names everything that is wrong with it as\n"
	"`FILE:LINE:COLUMN: key: what was expected, what was found`, without root, NICs or DPDK.\n"
	"`config/romond.yaml` is a commented file with every key at its default.\n"
	"\n"
	"*Takes effect* says what a change costs when the file is loaded again:\n"
	"\n"
	"* **live**: at once, no frame is lost.\n"
	"* **port restart**: the ports concerned are closed, opened or set up anew.\n"
	"* **restart**: at the next start of romond; until then the running value stays.\n"
	"\n"
	"*Edited by* says who may change the key of a running romond by `romonctl config set`\n"
	"([permissions](permissions.md)): members of `control.group`, or root alone.\n"
	"\n"
	"Rules of the file: UTF-8 without control characters, at most %d bytes, no aliases, tags or second\n"
	"document; each key once. Booleans are true/false, yes/no or on/off. A duration is a whole number with a\n"
	"unit: `400ms`, `30s`, `5m`, `1h`. Names of ports and relay groups have 1 to %d characters of\n"
	"`A-Z a-z 0-9 _ . -`; node and relay ports share one set of names, and `all` is none. At most %d ports\n"
	"on %d devices, %d relay groups and %d filters.\n";

// A cell: what Markdown would take for a border is escaped.
static void cell(FILE *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '|')
			fputc('\\', out);
		fputc(*text, out);
	}
}

static void print_default(FILE *out, const struct conf_key *key)
{
	bool has_text = key->fallback != NULL && key->fallback[0] != '\0';

	if (has_text)
		fprintf(out, "`%s`", key->fallback);
	if (key->fallback_note != NULL)
		fprintf(out, "%s%s", has_text ? ": " : "", key->fallback_note);
	if (!has_text && key->fallback_note == NULL)
		fputs(key->type == CONF_TYPE_TEXT ? "`\"\"`" : "empty", out);
}

static void print_row(FILE *out, const struct conf_key *key)
{
	char expects[256];

	fprintf(out, "| `%s` | ", key->path);
	cell(out, conf_value_expects(key, expects, sizeof(expects)));
	fputs(" | ", out);
	print_default(out, key);
	fprintf(out, " | %s | %s | ", conf_reload_name(key->reload),
		key->is_operators ? "operators" : "root");
	cell(out, key->help);
	if (key->not_yet != NULL) {
		fputs(". *Otherwise than by default: ", out);
		cell(out, key->not_yet);
		fputc('*', out);
	}
	fputs(" |\n", out);
}

static void print_scope(FILE *out, enum conf_scope scope, const char *title)
{
	fprintf(out,
		"\n## %s\n\n| key | value | default | takes effect | edited by | what it does |\n|---|---|---|---|---|---|\n",
		title);
	for (size_t i = 0; i < conf_n_keys; i++) {
		if (conf_keys[i].scope == scope)
			print_row(out, &conf_keys[i]);
	}
}

int conf_schema_print(FILE *out)
{
	fprintf(out, intro, CONF_FILE_SIZE_MAX, CONF_NAME_LEN_MAX, CONF_PORTS_MAX, CONF_DEVICES_MAX,
		CONF_GROUPS_MAX, CONF_FILTERS_MAX);
	print_scope(out, CONF_SCOPE_ROOT, "Top of the file");
	print_scope(out, CONF_SCOPE_PORT, "Node ports: below `ports.NAME`");
	print_scope(out, CONF_SCOPE_GROUP, "Relay groups: below `relay-groups.NAME`");
	print_scope(out, CONF_SCOPE_RELAY, "Relay ports: below `relay-groups.NAME.ports.NAME`");
	print_scope(out, CONF_SCOPE_FILTER, "Filters: an entry of the list `filters`");
	print_scope(out, CONF_SCOPE_FORWARD, "Forwards: below `forwards.NAME`");
	return ferror(out) != 0 ? -EIO : 0;
}
