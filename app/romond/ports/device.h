// SPDX-License-Identifier: BSD-3-Clause
// One device at run time: opening it, trying again, and when to open it anew. Control thread, under
// app_lock(). ports.c sees to it that no worker polls what is closed here.
#pragma once

#include <stdbool.h>

struct app;
struct app_dev;

// Open d as it is wanted. d->dev is NULL when that fails; d->err and d->error then say why, and the next try
// is due a little later each time.
void device_open(struct app *app, struct app_dev *d);

// Close it, and note why: it vanished, or it changed under us.
void device_close(struct app_dev *d);

// Is it time to try to open it? At once when it appeared or changed, else by the time since the last failure.
bool device_is_due(struct app_dev *d);

// Is an open device not what was opened any more? It is then to be closed; device_is_due() says when it
// opens again.
bool device_must_reopen(struct app_dev *d);
