// SPDX-License-Identifier: BSD-3-Clause
// Any bytes as the body of an HTTP request, as a form, as parameters of an address and as durations: what is
// taken is matched against a row, and written as JSON that can be read again.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gw_body.h"
#include "gw_filter.h"
#include "gw_out.h"
#include "gw_value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void body_try(const char *body, size_t len, const struct gw_row *row)
{
	static struct gw_filter f;
	json_t *json = gw_body_parse(body, len);

	if (json == NULL)
		return;
	f = (struct gw_filter){0};
	if (gw_filter_body(&f, json)) {
		gw_filter_match(&f, row);
		gw_row_is_listed(f.proplist, "identity");
	}
	json_decref(json);
}

// "a=b" as a parameter; text ends with a NUL.
static void parameter_try(char *text, const struct gw_row *row)
{
	static struct gw_filter f;
	char *eq = strchr(text, '=');

	f = (struct gw_filter){0};
	if (eq != NULL)
		*eq = '\0';
	for (int i = 0; i < 300; i++) {
		if (!gw_filter_equal(&f, text, eq == NULL ? "" : eq + 1))
			break;
	}
	gw_filter_match(&f, row);
	if (eq != NULL)
		*eq = '=';
}

// Whatever UTF-8 is quoted is read as the same text again.
static void quoted_try(const char *text)
{
	struct gw_out out = {0};
	json_t *is = json_string(text); // NULL: no UTF-8

	if (is == NULL)
		return;
	gw_out_quoted(&out, text);
	json_t *again = json_loadb(out.bytes, out.len, JSON_DECODE_ANY, NULL);
	must(!out.is_bad && json_equal(is, again));
	json_decref(again);
	json_decref(is);
	gw_out_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct gw_row row;
	char field[64], *text = malloc(size + 1);
	uint32_t number;

	must(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	gw_row_clear(&row);
	gw_row_add(&row, ".id", "*1");
	gw_row_add(&row, "identity", "a");
	gw_row_add(&row, "cost", "100");
	body_try(text, size, &row);
	if (gw_body_field(text, size, "name", field, sizeof(field)))
		must(field[0] != '\0' && strlen(field) < sizeof(field));
	parameter_try(text, &row);
	quoted_try(text);
	(void)gw_value_duration(text, &number);
	(void)gw_value_number(text, UINT32_MAX, &number);
	free(text);
	return 0;
}
