// SPDX-License-Identifier: BSD-3-Clause
// The menus. Real RouterOS has RoMON below /tool only; /romon was there in 6.28, and /interface/romon is what
// people write who were told so. Any thread.
#include <string.h>

#include "gw_tree.h"

const struct gw_menu gw_menus[] = {
	{"/tool/romon", {"/interface/romon", "/romon"}, false, gw_walk_romon, "the overlay as a whole"},
	{"/tool/romon/port", {"/interface/romon/port", "/romon/port"}, true, gw_walk_ports,
		"ports of the node, and `all`: what holds for those that do not say otherwise"},
	{"/tool/romon/neighbors", {"/interface/romon/neighbors", "/romon/neighbors"}, true, gw_walk_neighbors,
		"nodes of the overlay with their status: RouterOS has no such list"},
	{"/system/identity", {NULL}, false, gw_walk_identity, "the name"},
	{"/system/resource", {NULL}, false, gw_walk_resource, "version and uptime of romond"},
	{"/interface", {NULL}, true, gw_walk_interfaces, "all ports with their counters"},
	{NULL},
};

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
