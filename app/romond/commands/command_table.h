// SPDX-License-Identifier: BSD-3-Clause
// The table of all commands of the control socket.
#pragma once

#include <stddef.h>

#include "api_proto.h"

extern const struct api_command command_table[];
extern const size_t command_table_len;
