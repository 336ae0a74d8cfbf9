// SPDX-License-Identifier: BSD-3-Clause
// Writers table and wide: columns as wide as their widest cell, numbers to the right, a header that is
// printed before the first row only. On a terminal the widest texts are cut until a row fits; when that is
// not enough, columns at the right are left out, and a last line says so. Main thread.
//
// Rows wait until PAGE_ROWS have come, so that widths fit them; then they are printed and forgotten.
// Widths only grow from page to page: memory stays bounded, and a later page may stand wider.
#include <stdlib.h>
#include <string.h>

#include "base_text.h"
#include "out.h"
#include "out_text.h"

#define COLUMNS_MAX 32
#define PAGE_ROWS   1000
#define CELL_SIZE   512
#define GAP         2 // spaces between columns
#define TEXT_MIN    8 // a text column is not cut below this width

struct out_table {
	struct out base; // first: the writers' common part
	const struct out_column *shown[COLUMNS_MAX];
	size_t n_shown;
	size_t n_fitting; // of shown, from the left: what the first page had room for
	size_t widths[COLUMNS_MAX];
	char **cells; // n_shown a row
	size_t n_waiting;
	bool has_header;
};

static void table_begin(struct out *o)
{
	struct out_table *t = (struct out_table *)o;

	t->n_shown = 0;
	t->n_waiting = 0;
	t->has_header = false;
	for (size_t i = 0; i < o->n_columns && t->n_shown < COLUMNS_MAX; i++) {
		if (o->columns[i].is_wide && o->format != OUT_FORMAT_WIDE)
			continue;
		size_t title = strlen(o->columns[i].title);
		t->widths[t->n_shown] = title;
		if (o->is_live && o->columns[i].width > title)
			t->widths[t->n_shown] = o->columns[i].width;
		t->shown[t->n_shown++] = &o->columns[i];
	}
	t->cells = out_must(calloc(PAGE_ROWS * t->n_shown, sizeof(char *)));
}

static bool column_is_text(const struct out_column *c)
{
	return c->kind == OUT_KIND_TEXT || c->kind == OUT_KIND_LIST;
}

static bool width_is_limited(const struct out_table *t)
{
	return t->base.format == OUT_FORMAT_TABLE && t->base.style.width > 0;
}

static size_t row_width(const size_t *widths, size_t n)
{
	size_t total = GAP * (n - 1);

	for (size_t i = 0; i < n; i++)
		total += widths[i];
	return total;
}

// Take columns of the terminal from the widest texts until a row fits or nothing is left to take.
static void widths_fit(const struct out_table *t, size_t *widths)
{
	size_t total = row_width(widths, t->n_fitting);

	for (; total > t->base.style.width; total--) {
		size_t widest = COLUMNS_MAX;

		for (size_t i = 0; i < t->n_fitting; i++) {
			if (!column_is_text(t->shown[i]) || widths[i] <= TEXT_MIN)
				continue;
			if (widest == COLUMNS_MAX || widths[i] > widths[widest])
				widest = i;
		}
		if (widest == COLUMNS_MAX)
			return;
		widths[widest]--;
	}
}

// How many columns fit when every text is cut as far as it may be.
static size_t fitting_count(const struct out_table *t)
{
	size_t least[COLUMNS_MAX];
	size_t n = t->n_shown;

	for (size_t i = 0; i < n; i++) {
		bool may_cut = column_is_text(t->shown[i]) && t->widths[i] > TEXT_MIN;
		least[i] = may_cut ? TEXT_MIN : t->widths[i];
	}
	while (n > 1 && row_width(least, n) > t->base.style.width)
		n--;
	return n;
}

static void cell_print(struct out_table *t, size_t i, size_t width, const char *text, enum out_color color)
{
	enum out_kind kind = t->shown[i]->kind;
	bool is_right = kind == OUT_KIND_NUMBER || kind == OUT_KIND_AGE_MS || kind == OUT_KIND_RATE ||
			kind == OUT_KIND_US;
	bool is_last = i + 1 == t->n_fitting;
	FILE *f = t->base.style.file;
	char cut[CELL_SIZE];

	base_text_copy(cut, sizeof(cut), text);
	out_text_cut(cut, sizeof(cut), width, t->base.style.has_utf8);
	size_t used = out_text_width(cut);
	size_t pad = used < width ? width - used : 0;
	if (is_right)
		fprintf(f, "%*s", (int)pad, "");
	if (color != OUT_PLAIN)
		out_color(&t->base, color);
	fputs(cut, f);
	if (color != OUT_PLAIN)
		out_color(&t->base, OUT_PLAIN);
	if (is_last)
		fputc('\n', f);
	else
		fprintf(f, "%*s", (int)(GAP + (is_right ? 0 : pad)), "");
}

static void rows_flush(struct out_table *t)
{
	size_t widths[COLUMNS_MAX];

	for (size_t i = 0; i < t->n_shown; i++) {
		for (size_t row = 0; row < t->n_waiting; row++) {
			size_t width = out_text_width(t->cells[row * t->n_shown + i]);
			t->widths[i] = width > t->widths[i] ? width : t->widths[i];
		}
	}
	memcpy(widths, t->widths, sizeof(widths));
	if (!t->has_header)
		t->n_fitting = width_is_limited(t) ? fitting_count(t) : t->n_shown;
	if (width_is_limited(t))
		widths_fit(t, widths);
	for (size_t i = 0; i < t->n_fitting && !t->has_header; i++)
		cell_print(t, i, widths[i], t->shown[i]->title, OUT_BOLD);
	t->has_header = true;
	for (size_t c = 0; c < t->n_waiting * t->n_shown; c++) {
		size_t i = c % t->n_shown;
		bool is_state = t->shown[i]->kind == OUT_KIND_STATE;

		if (i < t->n_fitting)
			cell_print(t, i, widths[i], t->cells[c],
				is_state ? out_state_color(t->cells[c]) : OUT_PLAIN);
		free(t->cells[c]);
		t->cells[c] = NULL;
	}
	t->n_waiting = 0;
}

static void table_row(struct out *o, json_t *row)
{
	struct out_table *t = (struct out_table *)o;
	char **cells = t->cells + t->n_waiting * t->n_shown;

	for (size_t i = 0; i < t->n_shown; i++) {
		char text[CELL_SIZE];

		out_cell_format(text, sizeof(text), &o->style, t->shown[i]->kind,
			json_object_get(row, t->shown[i]->key));
		cells[i] = out_must(strdup(text));
	}
	if (++t->n_waiting == PAGE_ROWS)
		rows_flush(t);
}

static void table_flush(struct out *o)
{
	struct out_table *t = (struct out_table *)o;

	if (t->n_waiting > 0)
		rows_flush(t);
}

static void table_end(struct out *o)
{
	struct out_table *t = (struct out_table *)o;

	if (t->n_waiting > 0)
		rows_flush(t);
	free(t->cells);
	t->cells = NULL;
	if (!t->has_header || t->n_fitting == t->n_shown)
		return;
	fputs("(no room for", o->style.file);
	for (size_t i = t->n_fitting; i < t->n_shown; i++)
		fprintf(o->style.file, " %s", t->shown[i]->title);
	fputs(": `-o wide` shows all columns)\n", o->style.file);
}

static void table_object(struct out *o, json_t *data, out_print_fn print)
{
	print(o, data);
}

static void table_destroy(struct out *o)
{
	struct out_table *t = (struct out_table *)o;

	for (size_t c = 0; c < t->n_waiting * t->n_shown; c++)
		free(t->cells[c]);
	free(t->cells);
	free(t);
}

static const struct out_ops table_ops = {
	table_begin, table_row, table_flush, table_end, table_object, table_destroy};

struct out *out_table_create(void)
{
	struct out_table *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->base.ops = &table_ops;
	return &t->base;
}
