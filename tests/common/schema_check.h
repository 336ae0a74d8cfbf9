// SPDX-License-Identifier: BSD-3-Clause
// Does JSON look as the schema says? For every answer that a test sees.
#pragma once

#include "base_text.h"
#include "schema.h"

// An object against a table, at any depth: no unknown member, none missing, each of its type, null only where
// it may be. False: why names the member and the fault.
bool schema_check_object(const struct schema_table *table, json_t *object, struct base_text *why);

// The data of an answer, or of a message of a feed (is_last: of the line that ends it).
bool schema_check_answer(
	const struct schema_command *command, json_t *data, bool is_last, struct base_text *why);
