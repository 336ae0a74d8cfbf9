// SPDX-License-Identifier: BSD-3-Clause
// From a file to a struct conf: walk the tree along the schema, then check what keys say together. Control
// thread. Goes on after an error, so that one pass names them all.
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base_file.h"
#include "base_secmem.h"
#include "conf_edit.h"
#include "conf_loader.h"
#include "conf_schema.h"
#include "conf_value.h"

#define PATH_SIZE     64   // longest path of a row is "discovery.inventory-max"
#define FILE_ROOM_MIN 4096 // read of a file whose size is told as 0, as those of /proc are

static void load_members(struct conf_loader *l, enum conf_scope scope, void *base,
	const struct conf_node *map, const char *section);

static void set_defaults(enum conf_scope scope, void *base)
{
	for (size_t i = 0; i < conf_n_keys; i++) {
		if (conf_keys[i].scope == scope)
			conf_value_set_default(&conf_keys[i], base);
	}
}

// The members of a section: false, with an error, when node is no map. Nothing (`ports:`) is an empty map.
static bool is_map(struct conf_loader *l, const struct conf_node *node, const char *expected)
{
	char got[64];

	if (node->kind == CONF_NODE_MAP || conf_node_is_null(node))
		return true;
	conf_error(&l->place, node->line, node->column, "expected %s, got %s", expected,
		conf_value_got(node, got, sizeof(got)));
	return false;
}

// A second member of the same name: the first one counts, this one is an error.
static bool is_duplicate(struct conf_loader *l, const struct conf_node *map, const struct conf_node *member)
{
	const struct conf_node *first = conf_node_get(map, member->key);

	if (first == member)
		return false;
	conf_error(&l->place, member->key_line, member->key_column, "duplicate key; first in line %u",
		first->key_line);
	return true;
}

static void name_check(struct conf_loader *l, const struct conf_node *node, const char *what)
{
	if (!conf_name_is_valid(node->key))
		conf_error(&l->place, node->key_line, node->key_column,
			"a %s name has 1..%d characters of A-Z a-z 0-9 _ . -", what, CONF_NAME_LEN_MAX);
	else if (strcmp(node->key, "all") == 0)
		conf_error(&l->place, node->key_line, node->key_column,
			"all is not a name: it stands for the ports not named");
}

static struct conf_port *port_add(struct conf_loader *l, const struct conf_node *node, enum conf_mode mode)
{
	struct conf *conf = l->conf;
	struct conf_port *port = &l->spare_port;

	name_check(l, node, "port");
	if (conf->n_ports < CONF_PORTS_MAX) {
		l->port_nodes[conf->n_ports] = node;
		port = &conf->ports[conf->n_ports++];
	} else {
		conf_error(&l->place, node->key_line, node->key_column, "more than %d ports", CONF_PORTS_MAX);
	}
	memset(port, 0, sizeof(*port));
	set_defaults(CONF_SCOPE_PORT, port);
	base_text_copy(port->name, sizeof(port->name), node->key);
	base_text_copy(port->device, sizeof(port->device), port->name);
	port->mode = mode;
	port->cost = conf->others_cost;
	port->line = node->key_line;
	if (mode == CONF_MODE_NODE)
		port->secrets = conf->others_secrets;
	return port;
}

static void load_ports(struct conf_loader *l, const struct conf_node *map)
{
	const struct conf_node *all = conf_node_get(map, "all");

	if (!is_map(l, map, "a map of port names"))
		return;
	if (all != NULL) { // first: it has the defaults of the others
		size_t mark = conf_place_push(&l->place, "all");

		if (is_map(l, all, "keys such as forbid"))
			load_members(l, CONF_SCOPE_ROOT, l->conf, all, "ports.all");
		conf_place_pop(&l->place, mark);
	}
	for (const struct conf_node *m = map->first; m != NULL; m = m->next) {
		size_t mark = conf_place_push(&l->place, m->key);

		if (!is_duplicate(l, map, m) && m != all && is_map(l, m, "keys such as device"))
			load_members(l, CONF_SCOPE_PORT, port_add(l, m, CONF_MODE_NODE), m, "");
		conf_place_pop(&l->place, mark);
	}
}

static void load_relays(struct conf_loader *l, uint32_t group_idx, const struct conf_node *map)
{
	if (!is_map(l, map, "a map of port names"))
		return;
	for (const struct conf_node *m = map->first; m != NULL; m = m->next) {
		size_t mark = conf_place_push(&l->place, m->key);

		if (!is_duplicate(l, map, m) && is_map(l, m, "keys such as device")) {
			struct conf_port *port = port_add(l, m, CONF_MODE_RELAY);

			port->group_idx = group_idx;
			load_members(l, CONF_SCOPE_RELAY, port, m, "");
		}
		conf_place_pop(&l->place, mark);
	}
}

static struct conf_group *group_add(struct conf_loader *l, const struct conf_node *node)
{
	struct conf *conf = l->conf;
	struct conf_group *group = &l->spare_group;

	name_check(l, node, "group");
	if (conf->n_groups < CONF_GROUPS_MAX) {
		l->group_nodes[conf->n_groups] = node;
		group = &conf->groups[conf->n_groups++];
	} else {
		conf_error(&l->place, node->key_line, node->key_column, "more than %d relay groups",
			CONF_GROUPS_MAX);
	}
	memset(group, 0, sizeof(*group));
	set_defaults(CONF_SCOPE_GROUP, group);
	base_text_copy(group->name, sizeof(group->name), node->key);
	return group;
}

static void load_groups(struct conf_loader *l, const struct conf_node *map)
{
	if (!is_map(l, map, "a map of group names"))
		return;
	for (const struct conf_node *m = map->first; m != NULL; m = m->next) {
		size_t mark = conf_place_push(&l->place, m->key);

		if (!is_duplicate(l, map, m) && is_map(l, m, "keys such as ports"))
			load_members(l, CONF_SCOPE_GROUP, group_add(l, m), m, "");
		conf_place_pop(&l->place, mark);
	}
}

static void load_filter(struct conf_loader *l, const struct conf_node *node)
{
	struct conf *conf = l->conf;
	struct conf_filter *filter = &l->spare_filter;

	if (conf->n_filters < CONF_FILTERS_MAX) {
		l->filter_nodes[conf->n_filters] = node;
		filter = &conf->filters[conf->n_filters++];
	} else {
		conf_error(&l->place, node->line, node->column, "more than %d filters", CONF_FILTERS_MAX);
	}
	memset(filter, 0, sizeof(*filter));
	set_defaults(CONF_SCOPE_FILTER, filter);
	if (is_map(l, node, "keys such as deny-service"))
		load_members(l, CONF_SCOPE_FILTER, filter, node, "");
}

static void load_filters(struct conf_loader *l, const struct conf_node *list)
{
	char got[64];
	uint32_t idx = 0;

	if (list->kind != CONF_NODE_LIST && !conf_node_is_null(list)) {
		conf_error(&l->place, list->line, list->column, "expected a list of filters, got %s",
			conf_value_got(list, got, sizeof(got)));
		return;
	}
	for (const struct conf_node *e = list->first; e != NULL; e = e->next, idx++) {
		size_t mark = conf_place_push_idx(&l->place, idx);

		load_filter(l, e);
		conf_place_pop(&l->place, mark);
	}
}

static struct conf_forward *forward_add(struct conf_loader *l, const struct conf_node *node)
{
	struct conf *conf = l->conf;
	struct conf_forward *forward = &l->spare_forward;

	name_check(l, node, "forward");
	if (conf->n_forwards < CONF_FORWARDS_MAX) {
		l->forward_nodes[conf->n_forwards] = node;
		forward = &conf->forwards[conf->n_forwards++];
	} else {
		conf_error(&l->place, node->key_line, node->key_column, "more than %d forwards",
			CONF_FORWARDS_MAX);
	}
	memset(forward, 0, sizeof(*forward));
	set_defaults(CONF_SCOPE_FORWARD, forward);
	base_text_copy(forward->name, sizeof(forward->name), node->key);
	return forward;
}

static void load_forwards(struct conf_loader *l, const struct conf_node *map)
{
	if (!is_map(l, map, "a map of names"))
		return;
	for (const struct conf_node *m = map->first; m != NULL; m = m->next) {
		size_t mark = conf_place_push(&l->place, m->key);

		if (!is_duplicate(l, map, m) && is_map(l, m, "the keys listen, to and service"))
			load_members(l, CONF_SCOPE_FORWARD, forward_add(l, m), m, "");
		conf_place_pop(&l->place, mark);
	}
}

static void load_container(
	struct conf_loader *l, const struct conf_key *key, const void *base, const struct conf_node *node)
{
	const struct conf_group *group = base;

	if (key->type == CONF_TYPE_PORTS)
		load_ports(l, node);
	else if (key->type == CONF_TYPE_FILTERS)
		load_filters(l, node);
	else if (key->type == CONF_TYPE_FORWARDS)
		load_forwards(l, node);
	else if (key->type == CONF_TYPE_GROUPS)
		l->groups = node;
	else if (group == &l->spare_group)
		load_relays(l, 0, node);
	else
		load_relays(l, (uint32_t)(group - l->conf->groups), node);
}

static void load_value(
	struct conf_loader *l, const struct conf_key *key, void *base, const struct conf_node *node)
{
	char text[CONF_VALUE_TEXT_SIZE];

	if (conf_value_set(key, base, node, &l->place) < 0 || key->not_yet == NULL)
		return;
	bool is_default = key->type == CONF_TYPE_SECRETS
				  ? node->n == 0
				  : strcmp(conf_value_format(key, base, text), key->fallback) == 0;
	if (!is_default)
		conf_warning(&l->place, node->line, node->column, "%s", key->not_yet);
}

static void load_unknown(
	struct conf_loader *l, enum conf_scope scope, const struct conf_node *node, const char *section)
{
	char name[32];
	const char *hint = strchr(node->key, '=') != NULL ? "; quote a text that has commas" : "";

	if (conf_key_suggest(scope, section, node->key, name) != NULL)
		conf_error(
			&l->place, node->key_line, node->key_column, "unknown key; did you mean %s?", name);
	else
		conf_error(&l->place, node->key_line, node->key_column, "unknown key%s", hint);
}

static void load_member(struct conf_loader *l, enum conf_scope scope, void *base,
	const struct conf_node *member, const char *section)
{
	char path_buf[PATH_SIZE];
	struct base_text path;

	base_text_init(&path, path_buf, sizeof(path_buf));
	base_text_add(&path, "%s%s%s", section, section[0] != '\0' ? "." : "", member->key);
	const struct conf_key *key = path.is_cut ? NULL : conf_key_find(scope, path_buf);
	bool has_dot =
		strchr(member->key, '.') != NULL; // "romon.id" is a path of ours, but no name in a file

	if (key != NULL && !has_dot && conf_type_is_container(key->type))
		load_container(l, key, base, member);
	else if (key != NULL && !has_dot)
		load_value(l, key, base, member);
	else if (path.is_cut || has_dot || !conf_key_is_section(scope, path_buf))
		load_unknown(l, scope, member, section);
	else if (is_map(l, member, "a map of keys"))
		load_members(l, scope, base, member, path_buf);
}

// The members of a map below section of scope; their fields are in the struct at base.
static void load_members(struct conf_loader *l, enum conf_scope scope, void *base,
	const struct conf_node *map, const char *section)
{
	for (const struct conf_node *m = map->first; m != NULL; m = m->next) {
		size_t mark = conf_place_push(&l->place, m->key);

		if (!is_duplicate(l, map, m))
			load_member(l, scope, base, m, section);
		conf_place_pop(&l->place, mark);
	}
}

static void load_root(struct conf_loader *l)
{
	set_defaults(CONF_SCOPE_ROOT, l->conf);
	if (!is_map(l, l->root, "a map of keys"))
		return;
	load_members(l, CONF_SCOPE_ROOT, l->conf, l->root, "");
	if (l->groups != NULL) {
		size_t mark = conf_place_push(&l->place, l->groups->key);

		load_groups(l, l->groups);
		conf_place_pop(&l->place, mark);
	}
	conf_check(l);
}

// Put the edits into the tree.
static int edits_merge(
	struct conf_loader *l, struct conf_node *root, const struct conf_edits *edits, uint64_t *left_out)
{
	for (uint32_t i = 0; edits != NULL && i < edits->n; i++) {
		char why_buf[sizeof(l->place.issues->list[0].text)];
		struct base_text why;

		if ((left_out[i / 64] >> i % 64 & 1) != 0)
			continue;
		base_text_init(&why, why_buf, sizeof(why_buf));
		int err = conf_edit_merge(root, &edits->list[i], &why);
		if (err == 0)
			continue;
		if (err != -ENOENT) {
			conf_error(&l->place, 0, 0, "out of memory");
			return err;
		}
		left_out[i / 64] |= UINT64_C(1) << i % 64;
		conf_edit_misfit(&l->place, &edits->list[i], why_buf, i + l->source->n_must >= edits->n);
	}
	return 0;
}

// Is there a list of secrets in it anywhere?
static bool tree_has_secrets(const struct conf_node *map)
{
	bool has = false;

	for (const struct conf_node *m = map->first; m != NULL && !has; m = m->next)
		has = m->kind == CONF_NODE_LIST ? m->key != NULL && strcmp(m->key, "secrets") == 0 && m->n > 0
						: tree_has_secrets(m);
	return has;
}

struct conf *conf_load_once(const char *text, size_t len, const struct conf_source *source,
	const struct conf_edits *edits, uint64_t left_out[CONF_EDITS_MAX / 64], struct conf_issues *issues)
{
	struct conf_loader *l = base_secmem_alloc(sizeof(*l)); // spare_port may hold secrets
	struct conf *conf = base_secmem_alloc(sizeof(*conf));
	struct conf_node *root = NULL;

	memset(issues, 0, sizeof(*issues));
	if (l == NULL || conf == NULL) {
		struct conf_place place;

		conf_place_init(&place, issues);
		conf_error(&place, 0, 0, "out of memory");
		base_secmem_free(l);
		base_secmem_free(conf);
		return base_errno_null(ENOMEM);
	}
	conf_place_init(&l->place, issues);
	l->source = source;
	if (len > CONF_FILE_SIZE_MAX)
		conf_error(&l->place, 0, 0, "larger than %d bytes", CONF_FILE_SIZE_MAX);
	else
		root = conf_node_parse(text, len, &l->place);
	if (root != NULL) {
		conf->text_has_secrets = tree_has_secrets(root);
		l->conf = conf;
		l->root = root;
		if (edits_merge(l, root, edits, left_out) == 0)
			load_root(l);
	}
	conf_issues_sort(issues);
	conf_node_free(root);
	base_secmem_free(l);
	if (issues->n_errors == 0)
		return conf;
	conf_free(conf);
	return base_errno_null(EINVAL);
}

struct conf *conf_load_text(const char *text, size_t len, struct conf_issues *issues)
{
	struct conf_source source = {.path = "text", .fd = -1, .secrets_fd = -1};

	return conf_load_once(text, len, &source, NULL, NULL, issues);
}

struct conf_text *conf_text_make(const char *bytes, size_t len)
{
	struct conf_text *text = base_secmem_alloc(sizeof(*text) + len + 1);

	if (text == NULL)
		return NULL;
	text->n_users = 1;
	text->len = len;
	memcpy(text->bytes, bytes, len);
	return text;
}

// Who counts users is not who reads the bytes.
struct conf_text *conf_text_share(const struct conf_text *text)
{
	struct conf_text *shared = (struct conf_text *)(uintptr_t)text;

	if (shared != NULL)
		shared->n_users++;
	return shared;
}

void conf_text_release(struct conf_text *text)
{
	if (text != NULL && --text->n_users == 0)
		base_secmem_free(text);
}

bool conf_text_equal(const struct conf_text *a, const struct conf_text *b)
{
	return a == b ||
	       (a != NULL && b != NULL && a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0);
}

// The whole file, or NULL with errno and why.
static struct conf_text *fd_read(int fd, const struct stat *st, struct base_text *why)
{
	size_t size = (size_t)st->st_size + 1; // a byte more tells whether it has grown meanwhile

	if (size < FILE_ROOM_MIN)
		size = FILE_ROOM_MIN;
	struct conf_text *text = base_secmem_alloc(sizeof(*text) + size);
	if (text == NULL) {
		base_text_add(why, "out of memory");
		return base_errno_null(ENOMEM);
	}
	ssize_t len = base_file_read(fd, text->bytes, size);
	if (len < 0) {
		base_text_add(why, "cannot be read: %s", strerror((int)-len));
		base_secmem_free(text);
		return base_errno_null((int)-len);
	}
	text->n_users = 1;
	text->len = (size_t)len;
	return text;
}

static struct conf_text *source_read(const struct conf_source *source, struct stat *st, struct base_text *why)
{
	bool is_ours = source->fd < 0;
	int fd = is_ours ? base_file_open(source->path, CONF_FILE_SIZE_MAX, st, why) : source->fd;
	int err = fd < 0 ? fd : 0;

	if (!is_ours)
		err = base_file_check(fd, CONF_FILE_SIZE_MAX, st, why);
	else if (err == 0 && source->is_judged)
		err = base_file_judge(source->path, st, why);
	struct conf_text *text = err != 0 ? base_errno_null(-err) : fd_read(fd, st, why);
	err = errno;
	if (is_ours && fd >= 0)
		close(fd);
	errno = err;
	return text;
}

static bool has_own_secrets(const struct conf *conf)
{
	bool has = conf->romon.secrets_file[0] == '\0' && conf->romon.secrets.n > 0;

	has |= conf->others_secrets.n > 0;
	for (uint32_t i = 0; i < conf->n_ports; i++)
		has |= conf->ports[i].secrets.n > 0;
	return has;
}

// A file with secrets that anybody on the machine may read is refused; one that a group may read is a
// warning, since a group may be meant.
static bool is_open_to_others(struct conf_place *place, const struct stat *st)
{
	static const char advice[] = "chmod 0600 it, or use romon.secrets-file";
	unsigned mode = st->st_mode & 07777;

	if ((st->st_mode & (S_IROTH | S_IWOTH)) != 0) {
		conf_error(
			place, 0, 0, "holds secrets and is open to everybody (mode %04o): %s", mode, advice);
		return true;
	}
	if ((st->st_mode & (S_IRGRP | S_IWGRP)) != 0)
		conf_warning(
			place, 0, 0, "holds secrets and is open to its group (mode %04o): %s", mode, advice);
	return false;
}

struct conf *conf_load_from(const struct conf_source *source, struct conf_issues *issues)
{
	struct conf_place place;
	char why_buf[sizeof(issues->list[0].text)];
	struct base_text why;
	struct stat st;

	memset(issues, 0, sizeof(*issues));
	conf_place_init(&place, issues);
	base_text_init(&why, why_buf, sizeof(why_buf));
	struct conf_text *text =
		source->text != NULL ? conf_text_share(source->text) : source_read(source, &st, &why);
	if (text == NULL) {
		int err = errno;

		conf_error(&place, 0, 0, "%s", why_buf);
		return base_errno_null(err);
	}
	struct conf *conf = conf_load_edited(text->bytes, text->len, source, issues);
	if (conf == NULL) {
		int err = errno;

		conf_text_release(text);
		return base_errno_null(err);
	}
	conf->text = text;
	if (source->text == NULL && conf->text_has_secrets && is_open_to_others(&place, &st)) {
		conf_free(conf);
		return base_errno_null(EINVAL);
	}
	if (conf->n_ports == 0)
		conf_warning(&place, 0, 0, "names no port: nothing will be forwarded (see the key ports)");
	conf_issues_sort(issues);
	return conf;
}

struct conf *conf_load(const char *path, struct conf_issues *issues)
{
	struct conf_source source = {.path = path, .fd = -1, .secrets_fd = -1};

	return conf_load_from(&source, issues);
}

void conf_free(struct conf *conf)
{
	if (conf != NULL) {
		conf_text_release(conf->text);
		conf_text_release(conf->overlay);
	}
	base_secmem_free(conf);
}

void conf_forget_secrets(struct conf *conf)
{
	conf_text_release(conf->text);
	conf_text_release(conf->overlay);
	conf->text = NULL;
	conf->overlay = NULL;
	explicit_bzero(&conf->romon.secrets, sizeof(conf->romon.secrets));
	explicit_bzero(&conf->others_secrets, sizeof(conf->others_secrets));
	for (uint32_t i = 0; i < conf->n_ports; i++)
		explicit_bzero(&conf->ports[i].secrets, sizeof(conf->ports[i].secrets));
}

struct conf *conf_copy(const struct conf *conf)
{
	struct conf *copy = base_secmem_alloc(sizeof(*copy));

	if (copy != NULL)
		*copy = *conf;
	if (copy != NULL) {
		(void)conf_text_share(copy->text);
		(void)conf_text_share(copy->overlay);
	}
	return copy;
}

bool conf_has_secrets(const struct conf *conf)
{
	return conf->romon.secrets.n > 0 || has_own_secrets(conf);
}

int conf_port_find(const struct conf *conf, const char *name)
{
	for (uint32_t i = 0; i < conf->n_ports; i++) {
		if (strcmp(conf->ports[i].name, name) == 0)
			return (int)i;
	}
	return -ENOENT;
}

bool conf_port_is_unsigned(const struct conf *conf, const struct conf_port *port)
{
	return port->mode == CONF_MODE_NODE && !port->is_disabled && !port->forbid &&
	       conf_port_secrets(conf, port)->n == 0;
}

const struct conf_secrets *conf_port_secrets(const struct conf *conf, const struct conf_port *port)
{
	return port->secrets.n > 0 ? &port->secrets : &conf->romon.secrets;
}

bool conf_secrets_take_unsigned(const struct conf_secrets *list)
{
	bool takes = list->n == 0;

	for (uint32_t i = 0; i < list->n; i++)
		takes |= list->text[i][0] == '\0';
	return takes;
}
