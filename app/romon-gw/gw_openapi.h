// SPDX-License-Identifier: BSD-3-Clause
// OpenAPI 3.1 of /api/v1, from the tree. Any thread.
#pragma once

#include "gw_out.h"

void gw_openapi_write(struct gw_out *out);
