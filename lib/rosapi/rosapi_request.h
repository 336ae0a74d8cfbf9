// SPDX-License-Identifier: BSD-3-Clause
// A request of the RouterOS API: a sentence, sorted into its command, arguments, tag and queries. Any thread.
#pragma once

#include "rosapi_read.h"

struct rosapi_arg {
	const char *name;  // "name", ".id", ".proplist"
	const char *value; // "" when there was none: some clients leave the second = out
};

// Points into the sentence.
struct rosapi_request {
	const char *command; // "/tool/romon/print"
	const char *tag;     // that each reply has to carry; NULL = none
	uint32_t n_args;
	uint32_t n_queries;
	struct rosapi_arg args[ROSAPI_WORDS_MAX];
	const char *queries[ROSAPI_WORDS_MAX]; // behind the ?, in their order
};

// Sort the words of a sentence of at least one word; they are cut into names and values in place. -EINVAL
// with *bad: the word that is none of these, or that holds a NUL (and then ends there). The tag is known even
// then.
BASE_MUST_USE int rosapi_request_parse(
	struct rosapi_sentence *sentence, struct rosapi_request *out, const char **bad);

// The value of the argument of that name, the last one if it came twice, or NULL.
const char *rosapi_request_arg(const struct rosapi_request *r, const char *name);
