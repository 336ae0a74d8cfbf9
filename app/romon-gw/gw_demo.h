// SPDX-License-Identifier: BSD-3-Clause
// romon-gw --demo: beside a `romond --demo` of the same user, without root or a file. At the start.
#pragma once

#include "gw_conf.h"

// What holds then: the defaults, but the socket of that demo, its folder, and a user `demo` of group full
// with a new password, which is told on standard output. False: it cannot be, which was told.
bool gw_demo_conf(struct gw_conf *conf);
