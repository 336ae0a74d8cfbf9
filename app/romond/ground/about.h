// SPDX-License-Identifier: BSD-3-Clause
// What this program says of itself. Control thread.
#pragma once

#include "wire_frame.h"

struct wire_version about_version(void);
const char *about_board(void);
