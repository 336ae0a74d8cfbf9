// SPDX-License-Identifier: BSD-3-Clause
// Files of the page. The thread of the connection.
#include <string.h>

#include "gw_page.h"

// Nothing but our own files, and nothing inline: what a name from the network contains is never run. No other
// page may frame it.
#define POLICY                                                                                          \
	"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " \
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

const struct gw_page_file *gw_page_find(const char *url)
{
	for (const struct gw_page_file *f = gw_page_files; f->path != NULL; f++) {
		if (strcmp(url, f->path) == 0)
			return f;
	}
	return NULL;
}

static bool takes_packed(const struct gw_http *h)
{
	const char *takes =
		MHD_lookup_connection_value(h->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT_ENCODING);

	return takes != NULL && strstr(takes, "gzip") != NULL;
}

enum MHD_Result gw_page_answer(struct gw_http *h, const struct gw_page_file *file)
{
	static const struct gw_http_header packed[] = {{MHD_HTTP_HEADER_CONTENT_ENCODING, "gzip"},
		{MHD_HTTP_HEADER_VARY, MHD_HTTP_HEADER_ACCEPT_ENCODING}, {NULL, NULL}};
	static const struct gw_http_header plain[] = {
		{MHD_HTTP_HEADER_VARY, MHD_HTTP_HEADER_ACCEPT_ENCODING}, {NULL, NULL}};
	bool is_packed = takes_packed(h);
	const char *etag = is_packed ? file->packed_etag : file->etag;
	struct gw_out out = {0};

	if (!gw_http_is(h, MHD_HTTP_METHOD_GET) && !gw_http_is(h, MHD_HTTP_METHOD_HEAD))
		return gw_http_error(h, GW_STATUS_NOT_ACCEPTABLE, "only GET is answered here");
	h->policy = POLICY;
	if (gw_http_has(h, etag)) {
		h->headers = plain;
		return gw_http_send(h, GW_STATUS_NOT_MODIFIED, file->type, &out, etag);
	}
	h->headers = is_packed ? packed : plain;
	if (is_packed)
		gw_out_add(&out, file->packed, file->packed_len);
	else
		gw_out_add(&out, file->bytes, file->len);
	return gw_http_send(h, GW_STATUS_OK, file->type, &out, etag);
}
