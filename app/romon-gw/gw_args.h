// SPDX-License-Identifier: BSD-3-Clause
// The members of a JSON body as the arguments of a change, which are texts. One thread.
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "rosapi_request.h"

#define GW_ARG_TEXT_LEN 1024 // of a list, joined

struct gw_args {
	uint32_t n;
	struct rosapi_arg list[ROSAPI_WORDS_MAX];
	char numbers[ROSAPI_WORDS_MAX][24];
	size_t used; // of text
	char text[8 * GW_ARG_TEXT_LEN];
};

// Texts, whole numbers, true, false and lists of texts, which become one with commas between. False: body is
// no object (or NULL), or has others, or too many. The texts point into body.
bool gw_args_take(struct gw_args *args, json_t *body);
