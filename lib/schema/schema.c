// SPDX-License-Identifier: BSD-3-Clause
// Looking rows up, and names that follow from them. Constant data; any thread.
#include <string.h>
#include <strings.h>

#include "base_text.h"
#include "schema.h"

const char *schema_name(const char *member, char buf[SCHEMA_NAME_LEN])
{
	size_t i;

	for (i = 0; member[i] != '\0' && i + 1 < SCHEMA_NAME_LEN; i++)
		buf[i] = member[i] == '_' ? '-' : member[i];
	buf[i] = '\0';
	return buf;
}

const struct schema_command *schema_command_find(const char *name)
{
	for (size_t i = 0; i < schema_n_commands; i++) {
		if (strcmp(schema_commands[i].name, name) == 0)
			return &schema_commands[i];
	}
	return NULL;
}

const struct schema_arg *schema_arg_find(const struct schema_args *args, const char *name)
{
	for (size_t i = 0; i < args->n; i++) {
		const struct schema_arg *a = &args->list[i];
		char own[SCHEMA_NAME_LEN];

		schema_name(a->member, own);
		if (strcmp(own, name) == 0)
			return a;
		if (a->type != SCHEMA_ARG_MS)
			continue;
		own[strlen(own) - strlen("-ms")] = '\0';
		if (strcmp(own, name) == 0)
			return a;
	}
	return NULL;
}

const char *schema_unit(const char *member, const char *unit)
{
	static const char *const units[] = {"ms", "us", "s", "bytes", "frames", "mbps", "percent", "pps"};
	const char *last = strrchr(member, '_');

	for (size_t i = 0; last != NULL && i < BASE_ARRAY_LEN(units); i++) {
		if (strcmp(last + 1, units[i]) == 0)
			return units[i];
	}
	return unit == NULL ? "" : unit;
}

bool schema_metric(const struct schema_field *field, char *buf, size_t size)
{
	size_t len = strlen(field->member);
	struct base_text t;

	if (!field->is_metric)
		return false;
	base_text_init(&t, buf, size);
	if (len > 2 && strcmp(field->member + len - 2, "_s") == 0)
		base_text_add(&t, "%.*s_seconds", (int)(len - 2), field->member);
	else
		base_text_add(&t, "%s", field->member);
	base_text_add(&t, "%s", field->is_counter ? "_total" : "");
	return !t.is_cut;
}

bool schema_words_have(const char *words, const char *word, bool is_any_case)
{
	size_t len = strlen(word);

	for (const char *at = words; *at != '\0'; at += strspn(at, " ")) {
		size_t n = strcspn(at, " ");

		if (n == len && (is_any_case ? strncasecmp : strncmp)(at, word, n) == 0)
			return true;
		at += n;
	}
	return false;
}

const char *schema_words_list(const char *words, char *buf, size_t size)
{
	struct base_text t;

	base_text_init(&t, buf, size);
	for (const char *at = words; *at != '\0';) {
		size_t n = strcspn(at, " ");
		bool is_last = at[n] == '\0';

		base_text_add(&t, "%s%.*s", t.len == 0 ? "" : is_last ? " or " : ", ", (int)n, at);
		at += n + !is_last;
	}
	return buf;
}
