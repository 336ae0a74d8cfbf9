// SPDX-License-Identifier: BSD-3-Clause
// The stages of a change of secrets without loss (docs/protocol.md section 7, docs/secrets.md), as lists:
// where does a list stand, and what is the next one? Pure functions; main thread.
//
//	stage 0  (old)        the new secret is not in the list
//	stage 1  (old, new)   it is accepted, the old one signs
//	stage 2  (new, old)   it signs, the old one is accepted
//	stage 3  (new)        done
//
// "old" may be several secrets, or "" where there was none. "new" is "" where secrets are removed.
#pragma once

#include "conf.h"

#define ROTATION_STAGES 3

// The stage of the list now, seen from the secret to come: 0 to 3.
unsigned rotation_stage_of(const struct conf_secrets *now, const char *new_secret);

// The list of that stage (1 to 3), from the list of any stage: the others keep their order. -E2BIG: there is
// no room for one more; -EINVAL: there is no way to this stage from here (a step must not leave out what
// neighbors rely on).
BASE_MUST_USE int rotation_list(
	const struct conf_secrets *now, const char *new_secret, unsigned stage, struct conf_secrets *out);

// "old, new" in words, entry by entry, without any secret: "unsigned", "old", "old 2", "new". Returns buf.
const char *rotation_describe(
	const struct conf_secrets *list, const char *new_secret, char *buf, size_t size);
