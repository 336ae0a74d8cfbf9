// SPDX-License-Identifier: BSD-3-Clause
// YAML into a tree, through libyaml's events. Control thread; reads nothing but the text it is given.
//
// Everything is bounded before it is built: bytes, depth, nodes, members. Aliases are not followed at all,
// which is the whole defence against alias bombs.
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base_utf8.h"
#include "conf_node.h"
#include "conf_yaml_memory.h"

struct level {
	struct conf_node *node;
	struct conf_node *last; // member
	bool is_map;
	char *key; // map: name that waits for its value
	uint32_t key_line;
	uint32_t key_column;
};

struct builder {
	struct conf_place *place;
	struct conf_node *root;
	struct level levels[CONF_DEPTH_MAX];
	uint32_t depth;
	uint32_t n_nodes;
};

static const char refused_alias[] = "an alias (not accepted: write the value out)";
static const char refused_tag[] = "a tag (not accepted: leave it out)";

// C0, DEL, C1, line and paragraph separators, the byte order mark and non-characters.
static bool code_is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x2028 || code == 0x2029 ||
	       code == 0xfeff || code == 0xfffe || code == 0xffff;
}

size_t conf_text_clean_len(const char *text, size_t len, bool is_file)
{
	const uint8_t *s = (const uint8_t *)text;
	size_t at = 0;

	while (at < len) {
		uint32_t code = 0;
		size_t n = base_utf8_decode(s + at, len - at, &code);
		bool is_layout = code == '\t' || code == '\n' || code == '\r' || (code == 0xfeff && at == 0);

		if (n == 0 || (code_is_control(code) && !(is_file && is_layout)))
			break;
		at += n;
	}
	return at;
}

// Line and column, counted as libyaml counts them: characters, and CR LF is one line end.
static void text_position(const char *text, size_t at, uint32_t *line, uint32_t *column)
{
	*line = 1;
	*column = 1;
	for (size_t i = 0; i < at; i++) {
		if (text[i] == '\n' || (text[i] == '\r' && (i + 1 == at || text[i + 1] != '\n'))) {
			(*line)++;
			*column = 1;
		} else if ((text[i] & 0xc0) != 0x80) {
			(*column)++;
		}
	}
}

static int check_bytes(const char *text, size_t len, struct conf_place *place)
{
	size_t at = conf_text_clean_len(text, len, true);
	uint32_t line;
	uint32_t column;

	if (at == len)
		return 0;
	text_position(text, at, &line, &column);
	conf_error(place, line, column, "byte 0x%02x: not UTF-8 text, or a control character",
		(uint8_t)text[at]);
	return -EINVAL;
}

static void text_free(char *text)
{
	if (text != NULL)
		explicit_bzero(text, strlen(text));
	free(text);
}

void conf_node_free(struct conf_node *node)
{
	while (node != NULL) {
		struct conf_node *next = node->next;

		conf_node_free(node->first);
		text_free(node->text);
		text_free(node->key); // a secret in the wrong place is one all the same
		free(node);
		node = next;
	}
}

const struct conf_node *conf_node_get(const struct conf_node *map, const char *key)
{
	if (map == NULL || map->kind != CONF_NODE_MAP)
		return NULL;
	for (const struct conf_node *m = map->first; m != NULL; m = m->next) {
		if (strcmp(m->key, key) == 0)
			return m;
	}
	return NULL;
}

bool conf_node_is_null(const struct conf_node *node)
{
	static const char *const words[] = {"", "~", "null", "Null", "NULL"};

	if (node->kind != CONF_NODE_SCALAR || !node->is_plain)
		return false;
	for (size_t i = 0; i < BASE_ARRAY_LEN(words); i++) {
		if (strcmp(node->text, words[i]) == 0)
			return true;
	}
	return false;
}

static int fail(struct builder *b, const yaml_mark_t *mark, const char *why)
{
	conf_error(b->place, (uint32_t)mark->line + 1, (uint32_t)mark->column + 1, "%s", why);
	return -EINVAL;
}

// The name of a map's member. In one that is not clean each such byte becomes '?', which no name of ours has.
static char *key_copy(const yaml_event_t *event)
{
	const char *value = (const char *)event->data.scalar.value;
	size_t len = event->data.scalar.length;
	char *key = calloc(1, len + 1);

	if (key == NULL)
		return NULL;
	memcpy(key, value, len);
	if (conf_text_clean_len(value, len, false) == len)
		return key;
	for (size_t i = 0; i < len; i++) {
		if (key[i] < 0x20 || key[i] == 0x7f)
			key[i] = '?';
	}
	return key;
}

static int take_key(struct builder *b, struct level *level, const yaml_event_t *event)
{
	if (event->type != YAML_SCALAR_EVENT || event->data.scalar.tag != NULL)
		return fail(b, &event->start_mark, "a key must be plain text");
	level->key = key_copy(event);
	level->key_line = (uint32_t)event->start_mark.line + 1;
	level->key_column = (uint32_t)event->start_mark.column + 1;
	return level->key == NULL ? -ENOMEM : 0;
}

// Fill kind and text from the event.
static int node_fill(struct conf_node *node, const yaml_event_t *event)
{
	const char *refused = NULL;

	if (event->type == YAML_SCALAR_EVENT) {
		const char *value = (const char *)event->data.scalar.value;
		size_t len = event->data.scalar.length;

		node->kind = CONF_NODE_SCALAR;
		node->is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
		node->is_clean = conf_text_clean_len(value, len, false) == len;
		refused = event->data.scalar.tag != NULL ? refused_tag : NULL;
		node->text = refused == NULL ? strndup(value, len) : NULL;
	} else if (event->type == YAML_SEQUENCE_START_EVENT) {
		node->kind = CONF_NODE_LIST;
		refused = event->data.sequence_start.tag != NULL ? refused_tag : NULL;
	} else if (event->type == YAML_MAPPING_START_EVENT) {
		node->kind = CONF_NODE_MAP;
		refused = event->data.mapping_start.tag != NULL ? refused_tag : NULL;
	} else {
		refused = refused_alias;
	}
	if (refused != NULL) {
		node->kind = CONF_NODE_REFUSED;
		node->text = strdup(refused);
	}
	bool has_text = node->kind == CONF_NODE_SCALAR || node->kind == CONF_NODE_REFUSED;
	return has_text && node->text == NULL ? -ENOMEM : 0;
}

static void node_attach(struct builder *b, struct conf_node *node)
{
	if (b->depth == 0) {
		b->root = node;
		return;
	}
	struct level *level = &b->levels[b->depth - 1];
	node->key = level->key;
	node->key_line = level->key_line;
	node->key_column = level->key_column;
	level->key = NULL;
	if (level->last == NULL)
		level->node->first = node;
	else
		level->last->next = node;
	level->last = node;
	level->node->n++;
}

static int take_node(struct builder *b, const yaml_event_t *event, bool is_map, bool is_open)
{
	struct level *level = b->depth > 0 ? &b->levels[b->depth - 1] : NULL;

	if (level != NULL && level->key == NULL && level->node->n == CONF_MEMBERS_MAX)
		return fail(b, &event->start_mark, "more than 1024 entries in one list or map");
	if (level != NULL && level->is_map && level->key == NULL)
		return take_key(b, level, event);
	if (b->n_nodes++ == CONF_NODES_MAX)
		return fail(b, &event->start_mark, "more than 65536 values in the file");
	if (is_open && b->depth == CONF_DEPTH_MAX)
		return fail(b, &event->start_mark, "nested more than 16 levels deep");

	struct conf_node *node = calloc(1, sizeof(*node));
	if (node == NULL)
		return -ENOMEM;
	node->line = (uint32_t)event->start_mark.line + 1;
	node->column = (uint32_t)event->start_mark.column + 1;
	node_attach(b, node);
	if (is_open) {
		struct level *opened = &b->levels[b->depth++];
		*opened = (struct level){.node = node, .is_map = is_map};
	}
	return node_fill(node, event);
}

// 1 = go on, 0 = the end, -errno.
static int take_event(struct builder *b, const yaml_event_t *event)
{
	int err = 0;

	switch (event->type) {
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		break;
	case YAML_STREAM_END_EVENT:
		return 0;
	case YAML_DOCUMENT_START_EVENT:
		if (b->root != NULL)
			err = fail(b, &event->start_mark, "more than one YAML document in the file");
		break;
	case YAML_ALIAS_EVENT:
	case YAML_SCALAR_EVENT:
		err = take_node(b, event, false, false);
		break;
	case YAML_SEQUENCE_START_EVENT:
		err = take_node(b, event, false, true);
		break;
	case YAML_MAPPING_START_EVENT:
		err = take_node(b, event, true, true);
		break;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		b->depth--;
		break;
	}
	return err < 0 ? err : 1;
}

// The most common mistake of all: does the indentation of a line hold a tab?
static bool is_indented_by_tab(const char *text, size_t len, uint32_t line)
{
	size_t at = 0;

	for (; line > 1 && at < len; at++)
		line -= text[at] == '\n';
	while (at < len && text[at] == ' ')
		at++;
	return at < len && text[at] == '\t';
}

// libyaml's account of a syntax error. Its own words name no content, hence no secret.
static void syntax_error(const struct builder *b, const yaml_parser_t *parser, const char *text, size_t len)
{
	uint32_t line = (uint32_t)parser->problem_mark.line + 1;
	uint32_t column = (uint32_t)parser->problem_mark.column + 1;
	const char *why = parser->problem != NULL ? parser->problem : "cannot be read";

	if (parser->error == YAML_READER_ERROR)
		text_position(
			text, parser->problem_offset < len ? parser->problem_offset : len, &line, &column);
	const char *hint = is_indented_by_tab(text, len, line) ? "; indent with spaces, not tabs" : "";
	if (parser->context != NULL)
		conf_error(b->place, line, column, "not valid YAML: %s, %s%s", parser->context, why, hint);
	else
		conf_error(b->place, line, column, "not valid YAML: %s%s", why, hint);
}

static int build(struct builder *b, const char *text, size_t len)
{
	size_t n_freed = conf_yaml_n_freed();
	yaml_parser_t parser;
	int more = 1;

	if (!yaml_parser_initialize(&parser))
		return -ENOMEM;
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	while (more > 0) {
		yaml_event_t event;

		if (!yaml_parser_parse(&parser, &event)) {
			more = parser.error == YAML_MEMORY_ERROR ? -ENOMEM : -EINVAL;
			if (more == -EINVAL)
				syntax_error(b, &parser, text, len);
			break;
		}
		more = take_event(b, &event);
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	assert(conf_yaml_n_freed() > n_freed); // what libyaml held of the file is wiped, not just freed
	for (uint32_t i = 0; i < b->depth; i++)
		text_free(b->levels[i].key);
	return more;
}

struct conf_node *conf_node_parse(const char *text, size_t len, struct conf_place *place)
{
	static const char mark[] = {'\xef', '\xbb', '\xbf'}; // editors of Windows begin UTF-8 with it
	struct builder b = {.place = place};

	if (len >= sizeof(mark) && memcmp(text, mark, sizeof(mark)) == 0) {
		text += sizeof(mark);
		len -= sizeof(mark);
	}
	if (check_bytes(text, len, place) < 0)
		return base_errno_null(EINVAL);
	int err = build(&b, text, len);
	if (err == 0 && b.root == NULL)
		b.root = calloc(1, sizeof(*b.root));
	if (err == 0 && b.root == NULL)
		err = -ENOMEM;
	if (err == 0 && (b.root->kind == CONF_NODE_INVALID || conf_node_is_null(b.root)))
		b.root->kind = CONF_NODE_MAP;
	if (err < 0) {
		if (err == -ENOMEM)
			conf_error(place, 0, 0, "out of memory");
		conf_node_free(b.root);
		return base_errno_null(-err);
	}
	return b.root;
}
