// SPDX-License-Identifier: BSD-3-Clause
// What a running romond says of itself, for the frames that it has to make. Control thread.
#pragma once

#include "base_err.h"
#include "gen_profile.h"

// Ask the romond at socket for its id, and for the address, link id, cost and MTU of each port that has the
// name of a port of the profile. 0 or -errno, said.
BASE_MUST_USE int gen_romond_ask(struct gen_profile *p, const char *socket);
