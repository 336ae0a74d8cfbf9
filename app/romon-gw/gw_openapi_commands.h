// SPDX-License-Identifier: BSD-3-Clause
// romond's commands in the OpenAPI description, from the schema of the control socket. Any thread.
#pragma once

#include <jansson.h>

// Adds /romond/COMMAND to paths, and "romond-TABLE" of what they answer to schemas.
void gw_openapi_commands(json_t *paths, json_t *schemas);
