// SPDX-License-Identifier: BSD-3-Clause
// Word from the kernel that an interface has changed, come or gone. Control thread, under app_lock().
#pragma once

struct app;

// Without netlink too: ports_poll() finds out by itself then, a little later.
int links_watch_start(struct app *app); // 0
void links_watch_stop(struct app *app);

// Take up what is there, and look after the ports if it is about one of their devices.
void links_watch_read(struct app *app);
