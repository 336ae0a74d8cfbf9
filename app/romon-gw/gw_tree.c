// SPDX-License-Identifier: BSD-3-Clause
// The menus, and reading them. Real RouterOS has RoMON below /tool only; /romon was there in 6.28, and
// /interface/romon is what people write who were told so. Any thread.
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base_be.h"
#include "base_clock.h"
#include "base_hash.h"
#include "base_mac.h"
#include "gw_tree.h"

#define SHARED_MS 100
#define ID_ALL    1 // of the port `all`, as in RouterOS

const struct gw_menu gw_menus[] = {
	{"/tool/romon", {"/interface/romon", "/romon"}, NULL, gw_romon_props, gw_ask_romon,
		"the overlay as a whole"},
	{"/tool/romon/port", {"/interface/romon/port", "/romon/port"}, "name", gw_port_props, gw_ask_ports,
		"ports of the node, and `all`: what holds for those that do not say otherwise"},
	{"/tool/romon/neighbors", {"/interface/romon/neighbors", "/romon/neighbors"}, "address",
		gw_neighbor_props, gw_ask_neighbors,
		"nodes of the overlay with their status: RouterOS has no such list"},
	{"/system/identity", {NULL}, NULL, gw_identity_props, gw_ask_status, "the name"},
	{"/system/resource", {NULL}, NULL, gw_resource_props, gw_ask_status, "version and uptime of romond"},
	{"/interface", {"/interface/ethernet"}, "name", gw_interface_props, gw_ask_interfaces,
		"all ports with their counters"},
	{"/log", {NULL}, "key", gw_log_props, gw_ask_log, "what romond told of itself: its events"},
	{"/user/active", {NULL}, "key", gw_active_props, gw_ask_active, "who is logged in to the binary API"},
	{NULL},
};

#define N_MENUS (BASE_ARRAY_LEN(gw_menus) - 1)

const struct gw_menu *gw_menu_find(const char *path, size_t len)
{
	for (const struct gw_menu *m = gw_menus; m->path != NULL; m++) {
		if (strlen(m->path) == len && memcmp(m->path, path, len) == 0)
			return m;
		for (int i = 0; i < GW_ALIASES_MAX && m->aliases[i] != NULL; i++) {
			if (strlen(m->aliases[i]) == len && memcmp(m->aliases[i], path, len) == 0)
				return m;
		}
	}
	return NULL;
}

static bool begins(const char *path, const char *with, size_t len)
{
	return path != NULL && strncmp(path, with, len) == 0 && path[len] == '/';
}

bool gw_menu_is_above(const char *path, size_t len)
{
	for (const struct gw_menu *m = gw_menus; m->path != NULL; m++) {
		if (begins(m->path, path, len))
			return true;
		for (int i = 0; i < GW_ALIASES_MAX; i++) {
			if (begins(m->aliases[i], path, len))
				return true;
		}
	}
	return false;
}

// ---- rows

// It stays the same while other rows come and go: the 48 bits of a RoMON id, or what follows from a name.
static uint64_t id_of(const char *key)
{
	struct base_mac mac;

	if (base_mac_parse(key, &mac) == 0)
		return (uint64_t)base_be16_load(mac.b) << 32 | base_be32_load(mac.b + 2);
	return strcmp(key, "all") == 0 ? ID_ALL : base_hash_name(key);
}

void gw_menu_id(const char *key, char id[GW_ID_LEN])
{
	snprintf(id, GW_ID_LEN, "*%llX", (unsigned long long)id_of(key));
}

void gw_menu_row(const struct gw_menu *menu, json_t *json, struct gw_row *row)
{
	char id[GW_ID_LEN];

	gw_row_clear(row);
	if (menu->key != NULL) {
		const char *key = json_string_value(json_object_get(json, menu->key));

		gw_menu_id(key == NULL ? "" : key, id);
		gw_row_add(row, ".id", id); // first: some clients take the first of .id and id for both
	}
	gw_row_fill(row, menu->props, json);
}

// ---- what was asked last

// The first page of a menu: those of a long list behind it are not kept.
struct kept {
	pthread_mutex_t lock; // held while romond is asked: who wants the same waits for that answer
	struct gw_page page;
	uint64_t until_ms;
	uint32_t epoch; // of the link
};

struct gw_tree {
	struct gw_link *link;
	struct kept kept[N_MENUS];
};

struct gw_tree *gw_tree_create(struct gw_link *link)
{
	struct gw_tree *tree = calloc(1, sizeof(*tree));

	if (tree == NULL)
		return NULL;
	tree->link = link;
	for (size_t i = 0; i < N_MENUS; i++)
		pthread_mutex_init(&tree->kept[i].lock, NULL);
	return tree;
}

void gw_tree_destroy(struct gw_tree *tree)
{
	for (size_t i = 0; i < N_MENUS; i++) {
		json_decref(tree->kept[i].page.rows);
		pthread_mutex_destroy(&tree->kept[i].lock);
	}
	free(tree);
}

void gw_tree_forget(struct gw_tree *tree)
{
	for (size_t i = 0; i < N_MENUS; i++) {
		pthread_mutex_lock(&tree->kept[i].lock);
		tree->kept[i].until_ms = 0;
		pthread_mutex_unlock(&tree->kept[i].lock);
	}
}

static int first_page_get(
	struct gw_tree *tree, const struct gw_menu *menu, struct gw_page *page, struct base_text *why)
{
	struct kept *k = &tree->kept[menu - gw_menus];
	int rc = 0;

	pthread_mutex_lock(&k->lock);
	if (base_mono_ms() >= k->until_ms || gw_link_epoch(tree->link) != k->epoch) {
		json_decref(k->page.rows);
		k->page.rows = NULL;
		k->until_ms = 0;
		rc = menu->ask(tree->link, 0, &k->page, why);
		if (rc == 0) {
			k->epoch = gw_link_epoch(tree->link);
			k->until_ms = base_mono_ms() + SHARED_MS;
		}
	}
	if (rc == 0)
		*page = (struct gw_page){json_incref(k->page.rows), k->page.next};
	pthread_mutex_unlock(&k->lock);
	return rc;
}

void gw_cursor_open(struct gw_cursor *c, struct gw_tree *tree, const struct gw_menu *menu)
{
	*c = (struct gw_cursor){.tree = tree, .menu = menu};
}

void gw_cursor_close(struct gw_cursor *c)
{
	json_decref(c->page.rows);
	c->page = (struct gw_page){.next = -1};
}

int gw_cursor_next(struct gw_cursor *c, json_t **row, struct base_text *why)
{
	while (c->page.rows == NULL || c->at == json_array_size(c->page.rows)) {
		json_int_t offset = c->page.next;

		if (offset < 0)
			return 0;
		json_decref(c->page.rows);
		c->page = (struct gw_page){.next = -1}; // nothing follows an error
		c->at = 0;
		int rc = offset == 0 ? first_page_get(c->tree, c->menu, &c->page, why)
				     : c->menu->ask(c->tree->link, offset, &c->page, why);
		if (rc != 0)
			return rc;
	}
	*row = json_array_get(c->page.rows, c->at++);
	return 1;
}
