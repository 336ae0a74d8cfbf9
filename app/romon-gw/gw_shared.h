// SPDX-License-Identifier: BSD-3-Clause
// What all clients share. The pointers are constant; what they point to, any thread may use.
#pragma once

#include "gw_auth.h"
#include "gw_conf.h"
#include "gw_cookie.h"
#include "gw_events.h"
#include "gw_link.h"
#include "gw_tree.h"
#include "gw_watch.h"

struct gw_shared {
	const struct gw_conf *conf;
	struct gw_link *link;
	struct gw_tree *tree;
	struct gw_roll *roll;
	struct gw_auth *auth;
	struct gw_cookies *cookies;
	struct gw_watch *watch;
	struct gw_events *events;
};
