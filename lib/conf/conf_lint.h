// SPDX-License-Identifier: BSD-3-Clause
// How strong is a secret? MD5 is fast: what is not random, or short, is found by trying. Any thread; pure
// functions, which never show any part of a secret.
#pragma once

#include <stdint.h>

#include "conf.h"
#include "conf_issue.h"
#include "conf_node.h"

#define CONF_SECRET_LEN_WANTED 16 // random characters

// Warn of entry idx of the list when it is weak, unsigned, or an earlier entry again. file (NULL = the entry
// is node itself) and its line number stand for the entry in the message; node is where the warning points
// to.
void conf_lint_secret(const struct conf_secrets *secrets, uint32_t idx, const char *file, unsigned line_no,
	const struct conf_node *node, struct conf_place *place);
