// SPDX-License-Identifier: BSD-3-Clause
// The files that we hand out: config/romond.yaml has every key of the schema at its default, also in the
// examples inside its comments; config/examples load without a word.
#include <dirent.h>

#include "conf_expect.h"
#include "conf_node.h"
#include "conf_schema.h"
#include "conf_value.h"

#define FILE_SIZE_MAX 65536

static char *source_path(const char *name)
{
	static char path[4096];
	const char *root = getenv("ROMOND_SOURCE");

	snprintf(path, sizeof(path), "%s/%s", root != NULL ? root : ".", name);
	return path;
}

static char *file_read(const char *name)
{
	FILE *f = fopen(source_path(name), "r");
	char *text = calloc(1, FILE_SIZE_MAX);

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	size_t len = fread(text, 1, FILE_SIZE_MAX - 1, f);
	fclose(f);
	CU_ASSERT_TRUE(len > 0);
	return text;
}

// Make the examples valid: "#  key" becomes "   key", and the empty map or list before them goes.
static void take_comments_away(char *text)
{
	static const char *const empty[] = {"relay-groups: {}", "filters: []", "forwards: {}"};

	for (char *line = text; *line != '\0'; line += strcspn(line, "\n"), line += *line == '\n') {
		if (strncmp(line, "#  ", 3) == 0)
			memmove(line, line + 1, strlen(line));
	}
	for (size_t i = 0; i < BASE_ARRAY_LEN(empty); i++) {
		char *at = strstr(text, empty[i]);

		CU_ASSERT_PTR_NOT_NULL_FATAL(at);
		memcpy(at + strlen(empty[i]) - 2, "  ", 2);
	}
}

static void file_loads_and_gives_the_defaults(void)
{
	static struct conf_issues issues;
	struct conf *conf = conf_load(source_path("config/romond.yaml"), &issues);
	struct conf *defaults = conf_expect("", "");
	enum conf_reload worst;

	conf_issues_print(&issues, "config/romond.yaml", stderr);
	CU_ASSERT_EQUAL_FATAL(issues.n, 1); // it is to be filled in
	CU_ASSERT_STRING_EQUAL(
		issues.list[0].text, "names no port: nothing will be forwarded (see the key ports)");
	CU_ASSERT_PTR_NOT_NULL_FATAL(conf);
	CU_ASSERT_EQUAL(conf->n_ports, 0);
	CU_ASSERT_EQUAL(conf_diff(conf, defaults, NULL, 0, &worst), 0);
	conf_free(conf);
	conf_free(defaults);
}

static void its_examples_load_when_taken_out_of_the_comments(void)
{
	char *text = file_read("config/romond.yaml");

	take_comments_away(text);
	struct conf *conf = conf_expect(text, "");
	CU_ASSERT_PTR_NOT_NULL_FATAL(conf);
	CU_ASSERT_EQUAL(conf->n_ports, 4);
	CU_ASSERT_EQUAL(conf->n_groups, 1);
	CU_ASSERT_EQUAL(conf->n_filters, 1);
	CU_ASSERT_EQUAL(conf->n_forwards, 1);
	conf_free(conf);
	free(text);
}

// The value of a row in the tree, below start; sections are walked by the dots of its path.
static const struct conf_node *node_find(const struct conf_node *start, const char *path)
{
	char name[64];

	for (const char *dot = strchr(path, '.'); dot != NULL; dot = strchr(path, '.')) {
		snprintf(name, sizeof(name), "%.*s", (int)(dot - path), path);
		start = conf_node_get(start, name);
		path = dot + 1;
	}
	return conf_node_get(start, path);
}

// The map that holds the rows of scope in config/romond.yaml.
static const struct conf_node *scope_find(const struct conf_node *root, enum conf_scope scope)
{
	const struct conf_node *filters = conf_node_get(root, "filters");

	switch (scope) {
	case CONF_SCOPE_INVALID:
		break;
	case CONF_SCOPE_ROOT:
		return root;
	case CONF_SCOPE_PORT:
		return node_find(root, "ports.ether1");
	case CONF_SCOPE_GROUP:
		return node_find(root, "relay-groups.floor-2");
	case CONF_SCOPE_RELAY:
		return node_find(root, "relay-groups.floor-2.ports.relay1");
	case CONF_SCOPE_FORWARD:
		return node_find(root, "forwards.gateway-ssh");
	case CONF_SCOPE_FILTER:
		return filters != NULL ? filters->first : NULL;
	}
	return NULL;
}

static void every_key_is_there_at_its_default(void)
{
	static struct conf_issues issues;
	struct conf_place place;
	char *text = file_read("config/romond.yaml");

	take_comments_away(text);
	conf_place_init(&place, &issues);
	struct conf_node *root = conf_node_parse(text, strlen(text), &place);
	CU_ASSERT_PTR_NOT_NULL_FATAL(root);
	for (size_t i = 0; i < conf_n_keys; i++) {
		const struct conf_key *key = &conf_keys[i];
		const struct conf_node *node = node_find(scope_find(root, key->scope), key->path);

		if (node == NULL)
			fprintf(stderr, "config/romond.yaml lacks %s\n", key->path);
		CU_ASSERT_PTR_NOT_NULL(node);
		if (node == NULL || key->fallback == NULL)
			continue;
		if (strcmp(node->text, key->fallback) != 0)
			fprintf(stderr, "config/romond.yaml: %s is %s\n", key->path, node->text);
		CU_ASSERT_STRING_EQUAL(node->text, key->fallback);
	}
	conf_node_free(root);
	free(text);
}

static int is_example(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot != NULL && dot != entry->d_name && strcmp(dot, ".yaml") == 0;
}

static void every_example_loads_without_a_word(void)
{
	static struct conf_issues issues;
	struct dirent **entries;
	int n = scandir(source_path("config/examples"), &entries, is_example, alphasort);

	CU_ASSERT_TRUE_FATAL(n >= 12);
	for (int i = 0; i < n; i++) {
		char name[512];

		snprintf(name, sizeof(name), "config/examples/%s", entries[i]->d_name);
		struct conf *conf = conf_load(source_path(name), &issues);
		conf_issues_print(&issues, name, stderr);
		CU_ASSERT_EQUAL(issues.n, 0);
		CU_ASSERT_PTR_NOT_NULL_FATAL(conf);
		CU_ASSERT_TRUE(conf->n_ports > 0);
		conf_free(conf);
		free(entries[i]);
	}
	free(entries);
}

// Each row: a unique path, help without a full stop, a default that its own parser takes and prints again.
static void rows_of_the_schema_are_sound(void)
{
	struct conf *conf = conf_expect("", "");
	char text[CONF_VALUE_TEXT_SIZE];

	CU_ASSERT_PTR_NOT_NULL_FATAL(conf);
	for (size_t i = 0; i < conf_n_keys; i++) {
		const struct conf_key *key = &conf_keys[i];

		CU_ASSERT_PTR_EQUAL(conf_key_find(key->scope, key->path), key);
		CU_ASSERT_TRUE(key->help != NULL && key->help[strlen(key->help) - 1] != '.');
		CU_ASSERT_NOT_EQUAL(key->reload, CONF_RELOAD_NONE);
		bool has_text =
			key->scope == CONF_SCOPE_ROOT && key->fallback != NULL && key->fallback_note == NULL;
		if (has_text)
			CU_ASSERT_STRING_EQUAL(conf_value_format(key, conf, text), key->fallback);
		if (key->not_yet != NULL && key->type != CONF_TYPE_SECRETS)
			CU_ASSERT_PTR_NOT_NULL(key->fallback);
	}
	conf_free(conf);
}

static void reload_classes_have_names(void)
{
	CU_ASSERT_STRING_EQUAL(conf_reload_name(CONF_RELOAD_NONE), "none");
	CU_ASSERT_STRING_EQUAL(conf_reload_name(CONF_RELOAD_LIVE), "live");
	CU_ASSERT_STRING_EQUAL(conf_reload_name(CONF_RELOAD_PORT), "port restart");
	CU_ASSERT_STRING_EQUAL(conf_reload_name(CONF_RELOAD_RESTART), "restart");
}

static const struct suite_case cases[] = {
	SUITE_CASE(file_loads_and_gives_the_defaults),
	SUITE_CASE(its_examples_load_when_taken_out_of_the_comments),
	SUITE_CASE(every_key_is_there_at_its_default),
	SUITE_CASE(every_example_loads_without_a_word),
	SUITE_CASE(rows_of_the_schema_are_sound),
	SUITE_CASE(reload_classes_have_names),
};

SUITE_MAIN("conf_golden", cases)
