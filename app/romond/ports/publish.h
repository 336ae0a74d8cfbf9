// SPDX-License-Identifier: BSD-3-Clause
// The snapshot that workers run on, made of what is now. Control thread, under app_lock().
#pragma once

#include "app.h"

// Publish a snapshot of what is now, for conf. 0 or -ENOMEM, with the last snapshot in force until the next
// call.
int publish_conf(struct app *app, const struct conf *conf);

// The same for the configuration in force: the tap's settings changed.
BASE_MUST_USE int ports_publish(struct app *app);
