// SPDX-License-Identifier: BSD-3-Clause
// The page: files that are part of the program (web/dist), for everybody who asks. What they show is asked
// for by those who have logged in.
#pragma once

#include "gw_http.h"

struct gw_page_file {
	const char *path; // of the address; NULL = behind the last
	const char *type;
	const char *etag; // with its quotes
	const char *packed_etag;
	const unsigned char *bytes;
	size_t len;
	const unsigned char *packed; // by gzip
	size_t packed_len;
};

extern const struct gw_page_file gw_page_files[]; // made by web/embed.py

// The file of that address, or NULL.
const struct gw_page_file *gw_page_find(const char *url);

enum MHD_Result gw_page_answer(struct gw_http *h, const struct gw_page_file *file);
