// SPDX-License-Identifier: BSD-3-Clause
// Bodies of HTTP requests: JSON of strangers. Any thread.
#pragma once

#include <jansson.h>

// The object that the body is, a new reference; no body is an empty object. NULL: it is none, or lists and
// objects stand in each other too deep.
json_t *gw_body_parse(const char *body, size_t len);
