// SPDX-License-Identifier: BSD-3-Clause
// Which text a client wants. Any thread.
#include <stdlib.h>
#include <string.h>

#include "metrics.h"

#define OPENMETRICS "application/openmetrics-text"
#define TEXT        "text/plain"
#define VERSION     "1.0.0" // of OpenMetrics

const char *metrics_content_type(enum metrics_format format)
{
	return format == METRICS_FORMAT_OPENMETRICS ? OPENMETRICS "; version=" VERSION "; charset=utf-8"
						    : TEXT "; version=0.0.4; charset=utf-8";
}

static const char *blanks_skip(const char *at)
{
	return at + strspn(at, " \t");
}

static bool is_named(const char *at, size_t len, const char *name)
{
	return len == strlen(name) && strncasecmp(at, name, len) == 0;
}

// One range of the header, up to its comma: how much it is wanted, of 0 to 1. *version_fits: it asks for no
// version that we do not have.
static double range_read(const char *at, const char *end, bool *version_fits)
{
	double q = 1;

	*version_fits = true;
	for (at = memchr(at, ';', (size_t)(end - at)); at != NULL && at < end;
		at = memchr(at, ';', (size_t)(end - at))) {
		at = blanks_skip(at + 1);
		if (strncasecmp(at, "q=", 2) == 0)
			q = strtod(at + 2, NULL);
		else if (strncasecmp(at, "version=", 8) == 0)
			*version_fits = strncmp(at + 8, VERSION, strlen(VERSION)) == 0;
	}
	return q;
}

enum metrics_format metrics_accept(const char *accept)
{
	double open = 0, text = 0;

	while (accept != NULL && *accept != '\0') {
		const char *at = blanks_skip(accept);
		const char *end = at + strcspn(at, ",");
		size_t len = strcspn(at, "; \t,");
		bool fits;
		double q = range_read(at, end, &fits);

		if (is_named(at, len, OPENMETRICS) && fits && q > open)
			open = q;
		else if (is_named(at, len, TEXT) && q > text)
			text = q;
		accept = *end == ',' ? end + 1 : end;
	}
	return open > 0 && open >= text ? METRICS_FORMAT_OPENMETRICS : METRICS_FORMAT_TEXT;
}
