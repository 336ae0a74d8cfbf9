// SPDX-License-Identifier: BSD-3-Clause
// The configuration as JSON, for programs. Control thread.
#pragma once

#include <jansson.h>

// The YAML that conf_show() writes as an object: true and false are booleans, whole numbers numbers, all else
// texts. A new reference; NULL when memory ran out, or the text is not UTF-8.
json_t *config_json_make(const char *yaml);
