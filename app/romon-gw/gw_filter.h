// SPDX-License-Identifier: BSD-3-Clause
// Which rows and properties a REST request wants. Any thread.
#pragma once

#include "gw_row.h"
#include "rosapi_read.h"

#define GW_FILTER_LEN   4096
#define GW_PROPLIST_LEN 1024

// All zero at the start: everything.
struct gw_filter {
	const char *proplist; // NULL = all
	uint32_t n;
	const char *queries[ROSAPI_WORDS_MAX];
	size_t used;
	char texts[GW_FILTER_LEN];
	char proplist_text[GW_PROPLIST_LEN];
};

// A parameter of the address: rows whose property of that name has that value; .proplist the properties.
// False: too many. value must outlive the filter.
bool gw_filter_equal(struct gw_filter *f, const char *name, const char *value);

// Arguments of a POST, which must outlive the filter: ".query": ["a=b", "#|"], ".proplist": "a,b" or ["a",
// "b"]. False: they are none.
bool gw_filter_body(struct gw_filter *f, json_t *arguments);

bool gw_filter_match(const struct gw_filter *f, const struct gw_row *row);
