// SPDX-License-Identifier: BSD-3-Clause
// The table of families as a document. Any thread.
#include "metrics.h"
#include "metrics_json.h"

static void labels_print(FILE *out, const struct metrics_family *f)
{
	const char *at = f->labels;
	struct metrics_word word;

	while (metrics_word_next(&at, &word))
		fprintf(out, " `%.*s`", (int)word.name_len, word.name);
	at = f->value;
	if ((f->how == METRICS_STATE || f->how == METRICS_EACH) && metrics_word_next(&at, &word))
		fprintf(out, " `%.*s`", (int)word.name_len, word.name);
}

// The words of a label that are known before.
static void words_print(FILE *out, const struct metrics_family *f)
{
	const char *at = f->value;
	const char *before = " (";
	struct metrics_word word;

	if ((f->how != METRICS_STATE && f->how != METRICS_EACH) || !metrics_word_next(&at, &word))
		return;
	while (metrics_word_next(&at, &word)) {
		fprintf(out, "%s%.*s", before, (int)word.name_len, word.name);
		before = ", ";
	}
	fputs(")", out);
}

void metrics_reference_print(FILE *out)
{
	static const char *const types[] = {
		[METRICS_GAUGE] = "gauge", [METRICS_COUNTER] = "counter", [METRICS_INFO] = "info"};

	fputs("| metric | type | labels | meaning |\n|---|---|---|---|\n", out);
	for (const struct metrics_family *f = metrics_families; f->name != NULL; f++) {
		fprintf(out, "| `%s` | %s |", f->name, types[f->type]);
		labels_print(out, f);
		words_print(out, f);
		fprintf(out, " | %s |\n", f->help);
	}
}
