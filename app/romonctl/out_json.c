// SPDX-License-Identifier: BSD-3-Clause
// Writers json and jsonl. Rows are written as they come, so a list of a million neighbors takes no more
// memory than one page. What is printable stands as UTF-8, all else as JSON's escapes: safe on any terminal,
// where one without UTF-8 gets ASCII only. Main thread.
#include <stdlib.h>

#include "base_utf8.h"
#include "out.h"

#define INDENT 2
#define FLAGS  (JSON_ENCODE_ANY | JSON_REAL_PRECISION(15)) // 1.1, not 1.1000000000000001

// A character as \uNNNN, beyond the first plane as two of them.
static void code_print(FILE *f, uint32_t code)
{
	if (code >= 0x10000)
		fprintf(f, "\\u%04x\\u%04x", 0xd800 + ((code - 0x10000) >> 10), 0xdc00 + (code & 0x3ff));
	else
		fprintf(f, "\\u%04x", code);
}

// What jansson writes: pieces of whole characters, control characters of ASCII escaped.
static int piece_print(const char *piece, size_t len, void *ctx)
{
	const struct out *o = ctx;

	for (size_t n; len > 0; piece += n, len -= n) {
		uint32_t code;

		for (n = 0; n < len && piece[n] >= 0x20 && piece[n] < 0x7f;)
			n++;
		if (n > 0) {
			fwrite(piece, 1, n, o->style.file);
			continue;
		}
		n = base_utf8_decode(piece, len, &code);
		if (n == 0)
			return -1;
		if (code == '\n' || (base_utf8_is_printable(code) && (n == 1 || o->style.has_utf8)))
			fwrite(piece, 1, n, o->style.file);
		else
			code_print(o->style.file, code);
	}
	return 0;
}

static void value_print(struct out *o, json_t *value, size_t layout)
{
	(void)json_dump_callback(value, piece_print, o, FLAGS | layout);
}

static void json_begin(struct out *o)
{
	if (o->format == OUT_FORMAT_JSON)
		fputc('[', o->style.file);
}

static void json_row(struct out *o, json_t *row)
{
	if (o->format == OUT_FORMAT_JSON)
		fputs(o->n_rows > 0 ? ",\n " : "\n ", o->style.file);
	value_print(o, row, JSON_COMPACT);
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
	json_t *row;
	size_t i;

	(void)print;
	if (o->format == OUT_FORMAT_JSONL && json_is_array(data)) { // a list is a line for each row
		json_array_foreach (data, i, row) {
			value_print(o, row, layout);
			fputc('\n', o->style.file);
		}
		return;
	}
	value_print(o, data, layout);
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
