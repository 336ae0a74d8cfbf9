// SPDX-License-Identifier: BSD-3-Clause
// Any bytes as the header Accept, as the value of a label, and as an answer of romond: the text stays one
// that can be read line by line, whatever the answer is.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base_utf8.h"
#include "metrics.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

// Where the value of a label ends: at its closing quote.
static const char *label_skip(const char *at, const char *end)
{
	while (at < end && *at != '"') {
		uint32_t code;
		size_t n = base_utf8_decode(at, (size_t)(end - at), &code);

		must(n > 0 && base_utf8_is_printable(code));
		if (*at == '\\')
			must(at + 1 < end && strchr("\\\"n", at[1]) != NULL);
		at += *at == '\\' ? 2 : n;
	}
	must(at < end);
	return at;
}

// name{label="value",…} number
static void sample_check(const char *at, const char *end)
{
	at += strspn(at, "abcdefghijklmnopqrstuvwxyz_0123456789");
	while (*at == '{' || *at == ',') {
		at++;
		at += strspn(at, "abcdefghijklmnopqrstuvwxyz_");
		must(at[0] == '=' && at[1] == '"');
		at = label_skip(at + 2, end) + 1;
		must(*at == ',' || *at == '}');
	}
	at += *at == '}';
	must(*at == ' ' && at + 1 < end);
	char *behind;
	(void)strtod(at + 1, &behind);
	must(behind == end);
}

static void text_check(const char *text, size_t len)
{
	const char *end = text + len;

	while (text < end) {
		const char *eol = memchr(text, '\n', (size_t)(end - text));

		must(eol != NULL);
		if (*text == '#')
			must(strncmp(text, "# HELP ", 7) == 0 || strncmp(text, "# TYPE ", 7) == 0 ||
				strncmp(text, "# UNIT ", 7) == 0 || strcmp(text, "# EOF\n") == 0);
		else
			sample_check(text, eol);
		text = eol + 1;
	}
}

static void answer_try(json_t *answer, enum metrics_format format)
{
	struct metrics_facts facts = {0};
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	must(out != NULL);
	for (size_t i = 0; i < METRICS_N_SOURCES; i++)
		facts.from[i] = json_incref(answer);
	metrics_write(out, format, &facts);
	must(fclose(out) == 0);
	text_check(text, len);
	free(text);
	metrics_facts_fini(&facts);
}

static void label_try(const char *bytes, size_t size)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	must(out != NULL);
	metrics_label_write(out, bytes, size);
	must(fputc('"', out) == '"' && fclose(out) == 0);
	must(label_skip(text, text + len) == text + len - 1);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	must(text != NULL);
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	must(metrics_accept(text) != METRICS_FORMAT_INVALID);
	label_try(text, size);
	json_t *answer = json_loadb(text, size, JSON_ALLOW_NUL, NULL);
	if (answer != NULL) {
		answer_try(answer, METRICS_FORMAT_TEXT);
		answer_try(answer, METRICS_FORMAT_OPENMETRICS);
	}
	json_decref(answer);
	free(text);
	return 0;
}
