// SPDX-License-Identifier: BSD-3-Clause
// How romonctl writes what romond said: one interface, a writer per format (out_table.c, out_json.c).
// Main thread. Nothing that came from the daemon reaches a terminal with a control character in it.
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "base_err.h"

enum out_format {
	OUT_FORMAT_INVALID,
	OUT_FORMAT_TABLE, // for people, cut to the terminal
	OUT_FORMAT_WIDE,  // all columns, never cut
	OUT_FORMAT_JSON,  // the daemon's value as it is
	OUT_FORMAT_JSONL, // a line for each row
	OUT_FORMAT_DOT,   // a graph for Graphviz; commands with has_dot only
};

// "table", "wide", "json", "jsonl", "dot"; OUT_FORMAT_INVALID for any other text.
enum out_format out_format_parse(const char *text);

enum out_color { OUT_PLAIN, OUT_BOLD, OUT_GREEN, OUT_YELLOW, OUT_RED };

struct out_style {
	FILE *file;
	bool has_color;
	bool has_utf8;  // may print text beyond ASCII
	unsigned width; // of the terminal, in columns; 0 = not a terminal, cut nothing
};

// What the environment and the terminal behind file allow: NO_COLOR, TERM, COLUMNS, the locale.
void out_style_detect(struct out_style *style, FILE *file, bool no_color);

enum out_kind {
	OUT_KIND_INVALID,
	OUT_KIND_TEXT,
	OUT_KIND_STATE,  // a text whose colour tells good from bad
	OUT_KIND_NUMBER, // aligned to the right
	OUT_KIND_AGE_MS, // "3.2 s"
	OUT_KIND_RATE,   // "12.3M"
	OUT_KIND_US,     // microseconds: "85us", "1ms204us", as RouterOS writes them
	OUT_KIND_LIST,   // an array of texts
};

struct out_column {
	const char *title;
	const char *key; // of a row's object
	enum out_kind kind;
	bool is_wide;        // shown by OUT_FORMAT_WIDE only
	unsigned char width; // at least: for rows that come one by one and are to stand in line
};

struct out;

// Writes a value that is not a list for people.
typedef void (*out_print_fn)(struct out *o, json_t *data);

struct out_ops {
	void (*begin)(struct out *o);
	void (*row)(struct out *o, json_t *row); // row is borrowed
	void (*flush)(struct out *o);
	void (*end)(struct out *o);
	void (*object)(struct out *o, json_t *data, out_print_fn print);
	void (*destroy)(struct out *o);
};

// A writer: a list is begin, any number of rows, end; any other value is one object.
struct out {
	const struct out_ops *ops;
	struct out_style style;
	enum out_format format;
	const struct out_column *columns;
	size_t n_columns;
	size_t n_rows; // written since begin
	bool is_live;  // set before begin: rows come one by one
};

BASE_MUST_USE struct out *out_create(enum out_format format, const struct out_style *style);
void out_destroy(struct out *o); // accepts NULL

void out_begin(struct out *o, const struct out_column *columns, size_t n_columns);
void out_row(struct out *o, json_t *row);
void out_flush(struct out *o); // show the rows so far: more may take long to come
void out_end(struct out *o);
void out_object(struct out *o, json_t *data, out_print_fn print);

// Whether the format is one for people.
bool out_is_human(const struct out *o);

// printf() that lets no control character through except newlines. For print functions.
void out_print(struct out *o, const char *fmt, ...) BASE_PRINTF(2, 3);
void out_color(struct out *o, enum out_color color);

// Pass p through; when it is NULL say so and exit 1: a client program without memory has nothing to save.
void *out_must(void *p);

// The writers' constructors.
struct out *out_table_create(void);
struct out *out_json_create(void);
