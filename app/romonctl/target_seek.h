// SPDX-License-Identifier: BSD-3-Clause
// Nodes that people name and romond does not know yet: looked for. romond says which node a name means
// (app/romond/commands/target.h). Main thread.
#pragma once

#include "cmd_job.h"

#define TARGET_SEEK_MS 5000

// The answer of `node` for it in *node; one that is not known is looked for, with a word on a terminal. What
// goes wrong is said.
BASE_MUST_USE enum cmd_exit target_find(struct cmd_job *job, const char *target, json_t **node);

// After romond refused api_cmd's args for want of the node: look for the one that they name. True: it is
// known now, ask again.
bool target_seek_for(struct cmd_job *job, json_t *args, const struct api_error *err);
