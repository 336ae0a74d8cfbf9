// SPDX-License-Identifier: BSD-3-Clause
// Writers json and jsonl. Rows are written as they come, so a list of a million neighbors takes no more
// memory than one page. ASCII only: safe on any terminal. Main thread.
#include <stdlib.h>

#include "out.h"

#define INDENT 2
#define FLAGS  (JSON_ENSURE_ASCII | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15)) // 1.1, not 1.1000000000000001

static void json_begin(struct out *o)
{
	if (o->format == OUT_FORMAT_JSON)
		fputc('[', o->style.file);
}

static void json_row(struct out *o, json_t *row)
{
	if (o->format == OUT_FORMAT_JSON)
		fputs(o->n_rows > 0 ? ",\n " : "\n ", o->style.file);
	json_dumpf(row, o->style.file, FLAGS | JSON_COMPACT);
	if (o->format == OUT_FORMAT_JSONL)
		fputc('\n', o->style.file);
}

static void json_flush(struct out *o)
{
	(void)o; // nothing waits here
}

static void json_end(struct out *o)
{
	if (o->format == OUT_FORMAT_JSON)
		fputs(o->n_rows > 0 ? "\n]\n" : "]\n", o->style.file);
}

static void json_write_object(struct out *o, json_t *data, out_print_fn print)
{
	size_t layout = o->format == OUT_FORMAT_JSON ? JSON_INDENT(INDENT) : JSON_COMPACT;

	(void)print;
	json_dumpf(data, o->style.file, FLAGS | layout);
	fputc('\n', o->style.file);
}

static void json_destroy(struct out *o)
{
	free(o);
}

static const struct out_ops json_ops = {
	json_begin, json_row, json_flush, json_end, json_write_object, json_destroy};

struct out *out_json_create(void)
{
	struct out *o = calloc(1, sizeof(*o));

	if (o != NULL)
		o->ops = &json_ops;
	return o;
}
