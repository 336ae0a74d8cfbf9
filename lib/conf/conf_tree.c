// SPDX-License-Identifier: BSD-3-Clause
// Trees that are made, changed and written. Control thread.
#include <stdlib.h>
#include <string.h>

#include "conf_tree.h"

#define INDENT 2

struct conf_node *conf_node_make(enum conf_node_kind kind)
{
	struct conf_node *node = calloc(1, sizeof(*node));

	if (node != NULL)
		node->kind = kind;
	return node;
}

struct conf_node *conf_node_scalar(const char *text)
{
	struct conf_node *node = conf_node_make(CONF_NODE_SCALAR);

	if (node == NULL)
		return NULL;
	node->is_clean = conf_text_clean_len(text, strlen(text), false) == strlen(text);
	node->text = strdup(text);
	if (node->text != NULL)
		return node;
	conf_node_free(node);
	return base_errno_null(ENOMEM);
}

struct conf_node *conf_node_copy(const struct conf_node *node)
{
	struct conf_node *copy = conf_node_make(node->kind);

	if (copy == NULL)
		return NULL;
	copy->is_plain = node->is_plain;
	copy->is_clean = node->is_clean;
	copy->text = node->text == NULL ? NULL : strdup(node->text);
	bool is_short = node->text != NULL && copy->text == NULL;
	for (const struct conf_node *m = node->first; m != NULL && !is_short; m = m->next) {
		struct conf_node *member = conf_node_copy(m);

		is_short = member == NULL || conf_node_put(copy, m->key, member) != 0;
	}
	if (!is_short)
		return copy;
	conf_node_free(copy);
	return base_errno_null(ENOMEM);
}

struct conf_node *conf_node_member(struct conf_node *map, const char *key)
{
	for (struct conf_node *m = map->kind == CONF_NODE_MAP ? map->first : NULL; m != NULL; m = m->next) {
		if (strcmp(m->key, key) != 0)
			continue;
		if (conf_node_is_null(m)) {
			m->kind = CONF_NODE_MAP;
			free(m->text);
			m->text = NULL;
		}
		return m;
	}
	return NULL;
}

// Where the pointer to the member of that name stands, or the one at the end.
static struct conf_node **place_of(struct conf_node *map, const char *key)
{
	struct conf_node **at = &map->first;

	while (*at != NULL && (key == NULL || strcmp((*at)->key, key) != 0))
		at = &(*at)->next;
	return at;
}

int conf_node_put(struct conf_node *map, const char *key, struct conf_node *node)
{
	struct conf_node **at = place_of(map, key);
	struct conf_node *old = *at;

	node->key = key == NULL ? NULL : strdup(key);
	if (key != NULL && node->key == NULL) {
		conf_node_free(node);
		return base_errno_set(ENOMEM);
	}
	node->next = old == NULL ? NULL : old->next;
	*at = node;
	map->n += old == NULL;
	if (old != NULL) {
		old->next = NULL;
		conf_node_free(old);
	}
	return 0;
}

bool conf_node_drop(struct conf_node *map, const char *key)
{
	struct conf_node **at = place_of(map, key);
	struct conf_node *old = *at;

	if (old == NULL)
		return false;
	*at = old->next;
	map->n--;
	old->next = NULL;
	conf_node_free(old);
	return true;
}

// May it stand without quotes anywhere?
static bool is_plain_word(const char *text)
{
	static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./:-";
	size_t len = strlen(text);

	return len > 0 && strspn(text, good) == len && text[0] != '-' && text[0] != ':' &&
	       text[len - 1] != ':';
}

static void text_write(const char *text, bool is_plain, struct base_text *out)
{
	if (is_plain && is_plain_word(text)) {
		base_text_add(out, "%s", text);
		return;
	}
	base_text_add(out, "\"");
	for (; *text != '\0'; text++)
		base_text_add(out, "%s%c", *text == '"' || *text == '\\' ? "\\" : "", *text);
	base_text_add(out, "\"");
}

void conf_node_write_flow(const struct conf_node *node, struct base_text *out)
{
	bool is_map = node->kind == CONF_NODE_MAP;

	if (node->kind == CONF_NODE_SCALAR && !conf_node_is_null(node))
		text_write(node->text, node->is_plain, out);
	if (node->kind != CONF_NODE_LIST && !is_map)
		return;
	base_text_add(out, is_map ? "{" : "[");
	for (const struct conf_node *m = node->first; m != NULL; m = m->next) {
		base_text_add(out, "%s", m == node->first ? "" : ", ");
		if (is_map) {
			text_write(m->key, true, out);
			base_text_add(out, ": ");
		}
		conf_node_write_flow(m, out);
	}
	base_text_add(out, is_map ? "}" : "]");
}

void conf_node_write(const struct conf_node *node, unsigned depth, struct base_text *out)
{
	for (const struct conf_node *m = node->first; m != NULL; m = m->next) {
		base_text_add(out, "%*s", (int)depth * INDENT, "");
		text_write(m->key, true, out);
		base_text_add(out, ":");
		if (m->kind == CONF_NODE_MAP && m->n > 0) {
			base_text_add(out, "\n");
			conf_node_write(m, depth + 1, out);
			continue;
		}
		base_text_add(out, " ");
		conf_node_write_flow(m, out);
		base_text_add(out, "\n");
	}
}
