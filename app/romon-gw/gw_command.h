// SPDX-License-Identifier: BSD-3-Clause
// /api/v1/romond/COMMAND: each command of romond's control socket, as docs/control-socket.md has them, with
// its arguments as the JSON body. The thread of the connection.
#pragma once

#include "gw_http.h"
#include "schema.h"

// The least group that may give it, or GW_GROUP_NONE: nobody may here, since it hands its connection over, or
// /api/v1 has it for many at once.
enum gw_group gw_command_group(const struct schema_command *command);

// name: the command.
enum MHD_Result gw_command_answer(struct gw_http *h, const char *name);
