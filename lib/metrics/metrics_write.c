// SPDX-License-Identifier: BSD-3-Clause
// The text: Prometheus 0.0.4 and OpenMetrics 1.0. Any thread.
#include <string.h>
#include <time.h>

#include "base_utf8.h"
#include "metrics.h"
#include "metrics_json.h"

#define NAME_MAX_LEN  128
#define VALUE_LEN     40
#define MBIT_BYTES    125000
#define MS_PER_S      1000
#define US_PER_S      1000000
#define WHOLE_PERCENT 100

struct writer {
	FILE *out;
	enum metrics_format format;
	const struct metrics_family *family;
	bool has_head; // of this family
};

// What tells one sample of a row from the others.
struct extra {
	const char *label; // NULL = nothing does
	size_t label_len;
	const char *word;
	size_t word_len;
};

// ---- labels

void metrics_label_write(FILE *out, const char *text, size_t len)
{
	for (size_t at = 0; at < len;) {
		uint32_t code;
		size_t n = base_utf8_decode(text + at, len - at, &code);

		if (text[at] == '\n')
			fputs("\\n", out);
		else if (text[at] == '"' || text[at] == '\\')
			fprintf(out, "\\%c", text[at]);
		else if (n > 0 && base_utf8_is_printable(code))
			fwrite(text + at, 1, n, out);
		else
			for (size_t i = 0; i < (n > 0 ? n : 1); i++)
				fprintf(out, "\\\\x%02x", (unsigned char)text[at + i]);
		at += n > 0 ? n : 1;
	}
}

static void label_value_write(FILE *out, const json_t *value)
{
	if (json_is_string(value))
		metrics_label_write(out, json_string_value(value), json_string_length(value));
	else if (json_is_integer(value))
		fprintf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (json_is_boolean(value))
		fputs(json_is_true(value) ? "true" : "false", out);
}

static void labels_write(const struct writer *w, const json_t *row, const struct extra *extra)
{
	const char *at = w->family->labels;
	const char *before = "{";
	struct metrics_word word;

	while (metrics_word_next(&at, &word)) {
		fprintf(w->out, "%s%.*s=\"", before, (int)word.name_len, word.name);
		label_value_write(w->out, metrics_json_at(row, word.path, word.path_len));
		fputc('"', w->out);
		before = ",";
	}
	if (extra->label != NULL) {
		fprintf(w->out, "%s%.*s=\"%.*s\"", before, (int)extra->label_len, extra->label,
			(int)extra->word_len, extra->word);
		before = ",";
	}
	fputs(before[0] == ',' ? "}" : "", w->out);
}

// ---- samples

// The name of the family in "# TYPE" and so on: in OpenMetrics without what its samples add to it.
static void family_name(const struct writer *w, char name[NAME_MAX_LEN])
{
	const char *suffix = w->family->type == METRICS_COUNTER ? "_total"
			     : w->family->type == METRICS_INFO  ? "_info"
								: "";
	size_t len = strlen(w->family->name);

	if (w->format == METRICS_FORMAT_OPENMETRICS)
		len -= strlen(suffix);
	snprintf(name, NAME_MAX_LEN, "%.*s", (int)len, w->family->name);
}

static const char *unit_of(const char *name)
{
	static const char *const units[] = {"seconds", "bytes", "ratio"};
	const char *last = strrchr(name, '_');

	for (size_t i = 0; last != NULL && i < BASE_ARRAY_LEN(units); i++) {
		if (strcmp(last + 1, units[i]) == 0)
			return units[i];
	}
	return NULL;
}

static void head_write(struct writer *w)
{
	bool is_open = w->format == METRICS_FORMAT_OPENMETRICS;
	const char *type = w->family->type == METRICS_COUNTER           ? "counter"
			   : w->family->type == METRICS_INFO && is_open ? "info"
									: "gauge";
	char name[NAME_MAX_LEN];

	if (w->has_head)
		return;
	w->has_head = true;
	family_name(w, name);
	fprintf(w->out, "# HELP %s %s\n# TYPE %s %s\n", name, w->family->help, name, type);
	if (is_open && unit_of(name) != NULL)
		fprintf(w->out, "# UNIT %s %s\n", name, unit_of(name));
}

static void sample_write(struct writer *w, const json_t *row, const struct extra *extra, const char *value)
{
	head_write(w);
	fputs(w->family->name, w->out);
	labels_write(w, row, extra);
	fprintf(w->out, " %s\n", value);
}

// ---- values

// A part of a whole number, without the errors of floating point.
static void divided(char buf[VALUE_LEN], json_int_t value, int by, int digits)
{
	snprintf(buf, VALUE_LEN, "%lld.%0*lld", (long long)(value / by), digits, (long long)(value % by));
}

// "2026-11-30T17:18:56.997Z"
static bool time_read(char buf[VALUE_LEN], const json_t *value)
{
	struct tm tm = {0};
	int us = 0;
	const char *text = json_string_value(value);
	const char *end = text == NULL ? NULL : strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);

	if (end == NULL)
		return false;
	if (*end == '.')
		for (int i = 0, scale = US_PER_S / 10; end[1 + i] >= '0' && end[1 + i] <= '9';
			i++, scale /= 10)
			us += (end[1 + i] - '0') * scale;
	snprintf(buf, VALUE_LEN, "%lld.%06d", (long long)timegm(&tm), us);
	return true;
}

static bool number_read(char buf[VALUE_LEN], const json_t *value)
{
	if (json_is_integer(value))
		snprintf(buf, VALUE_LEN, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (json_is_real(value))
		snprintf(buf, VALUE_LEN, "%.9g", json_real_value(value));
	else if (json_is_boolean(value))
		snprintf(buf, VALUE_LEN, "%d", json_is_true(value));
	else
		return false;
	return true;
}

// The one value of a row. False: there is none.
static bool value_read(char buf[VALUE_LEN], enum metrics_how how, const json_t *value)
{
	json_int_t n = json_integer_value(value);

	switch (how) {
	case METRICS_NUMBER:
		return number_read(buf, value);
	case METRICS_MS:
		divided(buf, n, MS_PER_S, 3);
		return json_is_integer(value) && n >= 0;
	case METRICS_US:
		divided(buf, n, US_PER_S, 6);
		return json_is_integer(value) && n >= 0;
	case METRICS_PERCENT:
		divided(buf, n, WHOLE_PERCENT, 2);
		return json_is_integer(value) && n >= 0;
	case METRICS_MBIT:
		snprintf(buf, VALUE_LEN, "%llu", (unsigned long long)n * MBIT_BYTES);
		return n > 0;
	case METRICS_TIME:
		return time_read(buf, value);
	case METRICS_IS_SET:
		snprintf(buf, VALUE_LEN, "%d", !json_is_null(value));
		return value != NULL;
	case METRICS_COUNT:
		snprintf(buf, VALUE_LEN, "%zu", json_array_size(value));
		return json_is_array(value);
	case METRICS_ONE:
		snprintf(buf, VALUE_LEN, "1");
		return true;
	case METRICS_HOW_INVALID:
	case METRICS_IS:
	case METRICS_IS_NOT:
	case METRICS_STATE:
	case METRICS_EACH:
		break;
	}
	return false;
}

static bool is_word(const char *text, const struct metrics_word *word)
{
	return strlen(text) == word->name_len && memcmp(text, word->name, word->name_len) == 0;
}

// "state up down absent"
static void states_write(struct writer *w, const json_t *row)
{
	const char *at = w->family->value;
	struct metrics_word member, word;

	if (!metrics_word_next(&at, &member))
		return;
	const json_t *value = metrics_json_at(row, member.path, member.path_len);
	const char *is = json_string_value(value);
	while (is != NULL && metrics_word_next(&at, &word)) {
		struct extra extra = {member.name, member.name_len, word.name, word.name_len};

		sample_write(w, row, &extra, is_word(is, &word) ? "1" : "0");
	}
}

// "status ok=nodes-ok late=nodes-late"
static void each_write(struct writer *w, const json_t *row)
{
	const char *at = w->family->value;
	struct metrics_word label, word;
	char value[VALUE_LEN];

	if (!metrics_word_next(&at, &label))
		return;
	while (metrics_word_next(&at, &word)) {
		struct extra extra = {label.name, label.name_len, word.name, word.name_len};

		if (number_read(value, metrics_json_at(row, word.path, word.path_len)))
			sample_write(w, row, &extra, value);
	}
}

// "status late"
static void is_write(struct writer *w, const json_t *row)
{
	const char *at = w->family->value;
	struct metrics_word member, word;

	if (!metrics_word_next(&at, &member) || !metrics_word_next(&at, &word))
		return;
	const char *is = json_string_value(metrics_json_at(row, member.path, member.path_len));
	if (is != NULL)
		sample_write(w, row, &(struct extra){NULL},
			is_word(is, &word) == (w->family->how == METRICS_IS) ? "1" : "0");
}

static void row_write(struct writer *w, const json_t *row)
{
	const struct metrics_family *f = w->family;
	char value[VALUE_LEN];

	if (f->how == METRICS_STATE)
		states_write(w, row);
	else if (f->how == METRICS_EACH)
		each_write(w, row);
	else if (f->how == METRICS_IS || f->how == METRICS_IS_NOT)
		is_write(w, row);
	else if (value_read(value, f->how,
			 f->value == NULL ? NULL : metrics_json_at(row, f->value, strlen(f->value))))
		sample_write(w, row, &(struct extra){NULL}, value);
}

void metrics_write(FILE *out, enum metrics_format format, const struct metrics_facts *facts)
{
	for (const struct metrics_family *f = metrics_families; f->name != NULL; f++) {
		struct writer w = {.out = out, .format = format, .family = f};
		const json_t *answer = facts->from[f->from];
		const json_t *rows = f->rows == NULL ? answer : json_object_get(answer, f->rows);
		json_t *row;
		size_t i;

		if (json_is_object(rows))
			row_write(&w, rows);
		json_array_foreach (rows, i, row)
			row_write(&w, row);
	}
	if (format == METRICS_FORMAT_OPENMETRICS)
		fputs("# EOF\n", out);
}
