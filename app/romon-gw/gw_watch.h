// SPDX-License-Identifier: BSD-3-Clause
// What changes in a menu, told to all who listen to it. One thread a menu reads it and compares, while there
// are listeners; a list of 100,000 rows is read as often as one part in twenty of the time allows. Any
// thread.
#pragma once

#include "gw_ring.h"
#include "gw_tree.h"

struct gw_watch; // of all menus

// socket: path of romond's; it and tree must outlive the watch. NULL: out of memory.
struct gw_watch *gw_watch_create(struct gw_tree *tree, const char *socket);

// Listen from now on. Waits until the menu was read once, or romond does not answer. NULL: out of memory.
struct gw_watcher *gw_watch_join(struct gw_watch *watch, const struct gw_menu *menu);
void gw_watch_leave(struct gw_watch *watch, const struct gw_menu *menu, struct gw_watcher *w);
