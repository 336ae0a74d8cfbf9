// SPDX-License-Identifier: BSD-3-Clause
// The first user: a link that works once, told on the console of a romon-gw whose file of users is empty. Any
// thread.
#pragma once

#include "gw_http.h"

// At the start, when HTTP is served: tell the link, if there is nobody yet who could log in.
void gw_setup_offer(const struct gw_conf *conf);

// Answer /setup/TOKEN: GET a form, POST its fields name and password.
enum MHD_Result gw_setup_answer(struct gw_http *h);
