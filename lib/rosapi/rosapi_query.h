// SPDX-License-Identifier: BSD-3-Clause
// Queries of the RouterOS API: which rows a client wants. Each word pushes what it finds onto a stack of
// truths, or works on that stack:
//
//	name  -name		has the property, or has it not
//	name=x  =name=x		its value is x (yes is true, no is false)
//	<name=x  >name=x	its value is less, or more: as numbers where both are some, else as texts
//	#OPERATIONS		on the stack, below
//
// Operations: ! negates the top; & and | join two into one; digits push a copy of the value at that index, 0
// = the top, or at the end leave nothing but it; . pushes a copy of the top, and behind digits does nothing.
//
// A row is wanted when no false is left. Below the first value that was pushed are as many truths as one
// likes. Source: MikroTik's documentation of the API ("API", section Queries). Any thread; no allocation.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base_err.h"
#include "rosapi_read.h"

// The value of a property of the row, or NULL: it has none of that name.
typedef const char *(*rosapi_value_fn)(const void *row, const char *name);

// Are these queries, without their ?. -EINVAL with *bad: an operation that is none, or more values than a
// stack takes.
BASE_MUST_USE int rosapi_query_check(const char *const *queries, uint32_t n, const char **bad);

// Is the row wanted? The queries have passed the check.
bool rosapi_query_match(const char *const *queries, uint32_t n, rosapi_value_fn value_of, const void *row);
