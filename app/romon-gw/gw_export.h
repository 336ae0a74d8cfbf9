// SPDX-License-Identifier: BSD-3-Clause
// /export: what can be set by the tree, as the commands of RouterOS's console that set it. Secrets are left
// out, as RouterOS leaves them out unless told otherwise: romond tells them to nobody. Any thread.
#pragma once

#include "gw_out.h"
#include "gw_tree.h"
#include "rosapi_request.h"

// Those of the menus at the path of len bytes and below it; "" = all. 0, -ENOENT: there is no such path; or
// -EIO with why: romond did not answer.
BASE_MUST_USE int gw_export_write(
	struct gw_tree *tree, const char *path, size_t len, struct gw_out *out, struct base_text *why);

// Is it an argument of export? Those there are change nothing.
bool gw_export_has_arg(const char *name);

// A value as it stands in a command: as it is, or in quotes. As RouterOS does, what is no printable ASCII is
// written as \XX, byte by byte.
void gw_export_value(struct gw_out *out, const char *value);
