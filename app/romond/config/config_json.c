// SPDX-License-Identifier: BSD-3-Clause
// YAML of our own as JSON. Control thread.
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "config_json.h"

static json_t *node_make(yaml_document_t *doc, int id);

static json_t *scalar_make(const yaml_node_t *node)
{
	const char *text = (const char *)node->data.scalar.value;
	bool is_plain = node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	size_t n_digits = strspn(text, "0123456789");

	if (is_plain && strcmp(text, "true") == 0)
		return json_true();
	if (is_plain && strcmp(text, "false") == 0)
		return json_false();
	if (is_plain && n_digits > 0 && n_digits < 19 && text[n_digits] == '\0')
		return json_integer(strtoll(text, NULL, 10));
	return json_string(text);
}

static json_t *list_make(yaml_document_t *doc, const yaml_node_t *node)
{
	json_t *list = json_array();

	for (const yaml_node_item_t *i = node->data.sequence.items.start;
		i < node->data.sequence.items.top && list != NULL; i++) {
		if (json_array_append_new(list, node_make(doc, *i)) == 0)
			continue;
		json_decref(list);
		list = NULL;
	}
	return list;
}

static json_t *object_make(yaml_document_t *doc, const yaml_node_t *node)
{
	json_t *object = json_object();

	for (const yaml_node_pair_t *p = node->data.mapping.pairs.start;
		p < node->data.mapping.pairs.top && object != NULL; p++) {
		const yaml_node_t *key = yaml_document_get_node(doc, p->key);

		if (json_object_set_new(
			    object, (const char *)key->data.scalar.value, node_make(doc, p->value)) == 0)
			continue;
		json_decref(object);
		object = NULL;
	}
	return object;
}

// NULL when memory ran out.
static json_t *node_make(yaml_document_t *doc, int id)
{
	const yaml_node_t *node = yaml_document_get_node(doc, id);

	switch (node->type) {
	case YAML_SCALAR_NODE:
		return scalar_make(node);
	case YAML_SEQUENCE_NODE:
		return list_make(doc, node);
	case YAML_MAPPING_NODE:
		return object_make(doc, node);
	case YAML_NO_NODE:
		break;
	}
	return NULL;
}

json_t *config_json_make(const char *yaml)
{
	json_t *value = NULL;
	yaml_parser_t parser;
	yaml_document_t doc;

	if (yaml_parser_initialize(&parser) == 0)
		return NULL;
	yaml_parser_set_input_string(&parser, (const unsigned char *)yaml, strlen(yaml));
	if (yaml_parser_load(&parser, &doc) != 0) {
		if (yaml_document_get_root_node(&doc) != NULL)
			value = node_make(&doc, 1); // libyaml counts nodes from 1; the root is the first
		yaml_document_delete(&doc);
	}
	yaml_parser_delete(&parser);
	return value;
}
