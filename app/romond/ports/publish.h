// SPDX-License-Identifier: BSD-3-Clause
// The snapshot that workers run on, made of what is now. Control thread, under app_lock().
#pragma once

#include "base_err.h"

struct app;
struct conf;

#define PUBLISH_SETTLE_US 20000 // for workers to report: those that run do so within a tenth of a millisecond

// Publish a snapshot of what is now, for conf. 0; or -ENOMEM: the last one stays in force. So it does, with
// 0, while workers hold as many old ones as may be: it is due then, and ports_poll() publishes.
int publish_conf(struct app *app, const struct conf *conf);

// The same for the configuration in force: the tap's settings changed.
BASE_MUST_USE int ports_publish(struct app *app);
