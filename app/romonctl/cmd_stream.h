// SPDX-License-Identifier: BSD-3-Clause
// A stream for a command whose row names another request: events --follow. Main thread.
#pragma once

#include "cmd.h"

// As cmd_run_stream(), asking for api_cmd.
enum cmd_exit cmd_stream(const struct cmd_call *call, const char *api_cmd);
