// SPDX-License-Identifier: BSD-3-Clause
// Bodies of HTTP requests, by strangers. Any thread.
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

// The object that the body is, a new reference; no body is an empty object. NULL: it is none, or lists and
// objects stand in each other too deep.
json_t *gw_body_parse(const char *body, size_t len);

// The field of that name of a form, "a=b&c=d", decoded. False: it is not there, empty, too long, or no text.
bool gw_body_field(const char *body, size_t len, const char *name, char *out, size_t size);
