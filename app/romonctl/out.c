// SPDX-License-Identifier: BSD-3-Clause
// What the writers share. Main thread.
#include <langinfo.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "out.h"
#include "out_text.h"

#define WIDTH_DEFAULT 80
#define WIDTH_MIN     20
#define WIDTH_MAX     10000

static const char *const format_names[] = {
	[OUT_FORMAT_INVALID] = NULL,
	[OUT_FORMAT_TABLE] = "table",
	[OUT_FORMAT_WIDE] = "wide",
	[OUT_FORMAT_JSON] = "json",
	[OUT_FORMAT_JSONL] = "jsonl",
	[OUT_FORMAT_DOT] = "dot",
};

enum out_format out_format_parse(const char *text)
{
	for (enum out_format f = OUT_FORMAT_TABLE; f <= OUT_FORMAT_DOT; f++) {
		if (strcmp(text, format_names[f]) == 0)
			return f;
	}
	return OUT_FORMAT_INVALID;
}

static unsigned terminal_width(int fd)
{
	const char *columns = getenv("COLUMNS");
	long width = columns == NULL ? 0 : strtol(columns, NULL, 10);
	struct winsize size;

	if (width <= 0 && ioctl(fd, TIOCGWINSZ, &size) == 0)
		width = size.ws_col;
	if (width <= 0)
		width = WIDTH_DEFAULT;
	return (unsigned)(width < WIDTH_MIN ? WIDTH_MIN : width > WIDTH_MAX ? WIDTH_MAX : width);
}

void out_style_detect(struct out_style *style, FILE *file, bool no_color)
{
	const char *term = getenv("TERM");
	const char *color_env = getenv("NO_COLOR");
	bool is_terminal = isatty(fileno(file)) == 1;
	bool may_color = !no_color && (color_env == NULL || color_env[0] == '\0');

	style->file = file;
	style->has_color = is_terminal && may_color && term != NULL && strcmp(term, "dumb") != 0;
	style->has_utf8 = !is_terminal || strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	style->width = is_terminal ? terminal_width(fileno(file)) : 0;
}

void *out_must(void *p)
{
	if (p == NULL) {
		fputs("romonctl: out of memory\n", stderr);
		exit(EXIT_FAILURE);
	}
	return p;
}

struct out *out_create(enum out_format format, const struct out_style *style)
{
	bool is_json = format == OUT_FORMAT_JSON || format == OUT_FORMAT_JSONL;
	struct out *o = is_json ? out_json_create() : out_table_create();

	out_must(o);
	o->style = *style;
	o->format = format;
	return o;
}

void out_destroy(struct out *o)
{
	if (o != NULL)
		o->ops->destroy(o);
}

void out_begin(struct out *o, const struct out_column *columns, size_t n_columns)
{
	o->columns = columns;
	o->n_columns = n_columns;
	o->n_rows = 0;
	o->ops->begin(o);
}

void out_row(struct out *o, json_t *row)
{
	o->ops->row(o, row);
	o->n_rows++;
}

void out_flush(struct out *o)
{
	o->ops->flush(o);
	fflush(o->style.file);
}

void out_end(struct out *o)
{
	o->ops->end(o);
}

void out_object(struct out *o, json_t *data, out_print_fn print)
{
	o->ops->object(o, data, print);
}

bool out_is_human(const struct out *o)
{
	return o->format == OUT_FORMAT_TABLE || o->format == OUT_FORMAT_WIDE;
}

void out_print(struct out *o, const char *fmt, ...)
{
	char *raw = NULL;
	va_list ap;

	va_start(ap, fmt);
	int len = vasprintf(&raw, fmt, ap);
	va_end(ap);
	if (len < 0)
		out_must(NULL);
	size_t size = 4 * (size_t)len + 1; // every byte escaped
	char *clean = out_must(malloc(size));
	size_t n = out_text_clean(clean, size, raw, o->style.has_utf8, true);
	fwrite(clean, 1, n, o->style.file);
	free(clean);
	free(raw);
}

void out_color(struct out *o, enum out_color color)
{
	static const char *const codes[] = {
		[OUT_PLAIN] = "\x1b[0m",
		[OUT_BOLD] = "\x1b[1m",
		[OUT_GREEN] = "\x1b[32m",
		[OUT_YELLOW] = "\x1b[33m",
		[OUT_RED] = "\x1b[31m",
	};

	if (o->style.has_color)
		fputs(codes[color], o->style.file);
}
