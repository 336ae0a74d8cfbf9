// SPDX-License-Identifier: BSD-3-Clause
// The list of issues. Control thread.
#include <string.h>

#include "conf_issue.h"
#include "conf_node.h"

#define NAME_SHOWN_MAX 40 // characters of a name that is not one of ours

void conf_place_init(struct conf_place *place, struct conf_issues *issues)
{
	place->issues = issues;
	base_text_init(&place->path, place->path_buf, sizeof(place->path_buf));
}

size_t conf_place_push(struct conf_place *place, const char *name)
{
	size_t mark = place->path.len;
	char shown[NAME_SHOWN_MAX + 1];

	base_text_escape(shown, sizeof(shown), name, strlen(name));
	base_text_add(&place->path, "%s%s", mark > 0 ? "." : "", shown);
	return mark;
}

size_t conf_place_push_idx(struct conf_place *place, uint32_t idx)
{
	size_t mark = place->path.len;

	base_text_add(&place->path, "[%u]", idx);
	return mark;
}

void conf_place_pop(struct conf_place *place, size_t mark)
{
	place->path.len = mark;
	place->path.buf[mark] = '\0';
	place->path.is_cut = false;
}

static void issue_add(struct conf_place *place, uint32_t line, uint32_t column, bool is_warning,
	const char *fmt, va_list ap)
{
	struct conf_issues *issues = place->issues;
	struct base_text text;

	if (!is_warning)
		issues->n_errors++;
	if (issues->n == CONF_ISSUES_MAX) {
		issues->n_lost++;
		return;
	}
	struct conf_issue *issue = &issues->list[issues->n++];
	issue->line = line;
	issue->column = column;
	issue->is_warning = is_warning;
	base_text_init(&text, issue->text, sizeof(issue->text));
	if (place->path.len > 0)
		base_text_add(&text, "%s: ", place->path.buf);
	base_text_addv(&text, fmt, ap);
	issue->text[conf_text_clean_len(issue->text, text.len, false)] = '\0'; // a character cut in two
}

void conf_error(struct conf_place *place, uint32_t line, uint32_t column, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	issue_add(place, line, column, false, fmt, ap);
	va_end(ap);
}

void conf_warning(struct conf_place *place, uint32_t line, uint32_t column, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	issue_add(place, line, column, true, fmt, ap);
	va_end(ap);
}

static bool issue_is_before(const struct conf_issue *a, const struct conf_issue *b)
{
	return a->line < b->line || (a->line == b->line && a->column < b->column);
}

void conf_issues_sort(struct conf_issues *issues)
{
	for (uint32_t i = 1; i < issues->n; i++) {
		struct conf_issue moved = issues->list[i];
		uint32_t j = i;

		for (; j > 0 && issue_is_before(&moved, &issues->list[j - 1]); j--)
			issues->list[j] = issues->list[j - 1];
		issues->list[j] = moved;
	}
}

const char *conf_issues_error(const struct conf_issues *issues)
{
	for (uint32_t i = 0; i < issues->n; i++) {
		if (!issues->list[i].is_warning)
			return issues->list[i].text;
	}
	return "";
}

void conf_issues_print(const struct conf_issues *issues, const char *path, FILE *out)
{
	for (uint32_t i = 0; i < issues->n; i++) {
		const struct conf_issue *issue = &issues->list[i];

		if (issue->line > 0)
			fprintf(out, "%s:%u:%u: ", path, issue->line, issue->column);
		else
			fprintf(out, "%s: ", path);
		fprintf(out, "%s%s\n", issue->is_warning ? "warning: " : "", issue->text);
	}
	if (issues->n_lost > 0)
		fprintf(out, "%s: %u more are not shown\n", path, issues->n_lost);
}
