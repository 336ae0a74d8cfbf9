// SPDX-License-Identifier: BSD-3-Clause
// The effective configuration as YAML. Control thread. What it writes can be loaded again and gives the
// same configuration, except for secrets, which are hidden.
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf_schema.h"
#include "conf_value.h"

#define INDENT 2

static void indent(FILE *out, int depth)
{
	fprintf(out, "%*s", depth * INDENT, "");
}

// Texts hold no control characters, so quote and backslash are all that needs an escape.
static void show_quoted(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

// "NAME:". Names that start like a YAML indicator are quoted.
static void show_name(FILE *out, int depth, const char *name)
{
	indent(out, depth);
	if (isalnum((unsigned char)name[0]))
		fputs(name, out);
	else
		show_quoted(out, name);
	fputc(':', out);
}

// romon.secrets that came from romon.secrets-file are not in the file, and may not be in both.
static bool is_from_file(const struct conf_key *key, const struct conf *conf)
{
	return strcmp(key->path, "romon.secrets") == 0 && conf->romon.secrets_file[0] != '\0';
}

static void show_value(FILE *out, const struct conf_key *key, const void *base)
{
	char text[CONF_VALUE_TEXT_SIZE];
	bool is_text = key->type == CONF_TYPE_TEXT || key->type == CONF_TYPE_NAME ||
		       key->type == CONF_TYPE_PATH || key->type == CONF_TYPE_SECRETS_FILE ||
		       key->type == CONF_TYPE_ENDPOINT;

	conf_value_format(key, base, text);
	if (is_text) {
		show_quoted(out, text);
		return;
	}
	if (key->type != CONF_TYPE_SECRETS) {
		fputs(text, out);
		return;
	}
	const struct conf_secrets *secrets = (const void *)((const char *)base + key->offset);
	if (secrets->n == 0 || is_from_file(key, base))
		fputs("[]", out);
	else
		fprintf(out, "(hidden) # %u", secrets->n);
}

// The last name of a path.
static const char *leaf(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot != NULL ? dot + 1 : path;
}

static int path_depth(const char *path)
{
	int depth = 0;

	for (; *path != '\0'; path++)
		depth += *path == '.';
	return depth;
}

// The names of the sections that path is in and the row before was not.
static void show_sections(FILE *out, const char *path, const char *before)
{
	int depth = 0;

	for (const char *start = path;; depth++) {
		const char *dot = strchr(start, '.');

		if (dot == NULL)
			return;
		if (strncmp(path, before, (size_t)(dot - path) + 1) != 0) {
			indent(out, depth);
			fprintf(out, "%.*s:\n", (int)(dot - start), start);
		}
		start = dot + 1;
	}
}

// The values of a scope without sections, one a line; a list item's first line starts with "- ".
static void show_scope(FILE *out, int depth, enum conf_scope scope, const void *base, bool is_item)
{
	for (size_t i = 0; i < conf_n_keys; i++) {
		const struct conf_key *key = &conf_keys[i];

		if (key->scope != scope || conf_type_is_container(key->type))
			continue;
		if (is_item)
			fprintf(out, "%*s- %s: ", (depth - 1) * INDENT, "", key->path);
		else
			fprintf(out, "%*s%s: ", depth * INDENT, "", key->path);
		is_item = false;
		show_value(out, key, base);
		fputc('\n', out);
	}
}

static void show_ports(FILE *out, const struct conf *conf)
{
	for (uint32_t i = 0; i < conf->n_ports; i++) {
		if (conf->ports[i].mode != CONF_MODE_NODE)
			continue;
		show_name(out, 1, conf->ports[i].name);
		fputc('\n', out);
		show_scope(out, 2, CONF_SCOPE_PORT, &conf->ports[i], false);
	}
}

static void show_relays(FILE *out, const struct conf *conf, uint32_t group_idx)
{
	bool is_empty = true;

	fprintf(out, "%*sports:", 2 * INDENT, "");
	for (uint32_t i = 0; i < conf->n_ports; i++) {
		const struct conf_port *port = &conf->ports[i];

		if (port->mode != CONF_MODE_RELAY || port->group_idx != group_idx)
			continue;
		if (is_empty)
			fputc('\n', out);
		is_empty = false;
		show_name(out, 3, port->name);
		fputc('\n', out);
		show_scope(out, 4, CONF_SCOPE_RELAY, port, false);
	}
	if (is_empty)
		fputs(" {}\n", out);
}

static void show_groups(FILE *out, const struct conf *conf)
{
	fprintf(out, "relay-groups:%s\n", conf->n_groups == 0 ? " {}" : "");
	for (uint32_t g = 0; g < conf->n_groups; g++) {
		show_name(out, 1, conf->groups[g].name);
		fputc('\n', out);
		show_scope(out, 2, CONF_SCOPE_GROUP, &conf->groups[g], false);
		show_relays(out, conf, g);
	}
}

static void show_filters(FILE *out, const struct conf *conf)
{
	fprintf(out, "filters:%s\n", conf->n_filters == 0 ? " []" : "");
	for (uint32_t i = 0; i < conf->n_filters; i++)
		show_scope(out, 2, CONF_SCOPE_FILTER, &conf->filters[i], true);
}

static void show_forwards(FILE *out, const struct conf *conf)
{
	fprintf(out, "forwards:%s\n", conf->n_forwards == 0 ? " {}" : "");
	for (uint32_t i = 0; i < conf->n_forwards; i++) {
		show_name(out, 1, conf->forwards[i].name);
		fputc('\n', out);
		show_scope(out, 2, CONF_SCOPE_FORWARD, &conf->forwards[i], false);
	}
}

static void show_all(FILE *out, const struct conf *conf)
{
	const char *before = "";

	for (size_t i = 0; i < conf_n_keys; i++) {
		const struct conf_key *key = &conf_keys[i];

		if (key->scope != CONF_SCOPE_ROOT)
			continue;
		if (key->type == CONF_TYPE_PORTS) {
			show_ports(out, conf);
		} else if (key->type == CONF_TYPE_GROUPS) {
			show_groups(out, conf);
		} else if (key->type == CONF_TYPE_FILTERS) {
			show_filters(out, conf);
		} else if (key->type == CONF_TYPE_FORWARDS) {
			show_forwards(out, conf);
		} else {
			show_sections(out, key->path, before);
			fprintf(out, "%*s%s: ", path_depth(key->path) * INDENT, "", leaf(key->path));
			show_value(out, key, conf);
			fputc('\n', out);
		}
		before = key->path;
	}
}

char *conf_show(const struct conf *conf)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (out == NULL)
		return NULL;
	show_all(out, conf);
	bool has_failed = ferror(out) != 0;
	if (fclose(out) != 0 || has_failed) {
		free(text);
		return base_errno_null(ENOMEM);
	}
	return text;
}
