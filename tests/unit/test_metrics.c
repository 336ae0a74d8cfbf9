// SPDX-License-Identifier: BSD-3-Clause
// Metrics: the table of families agrees with the schema of romond's answers, the text is what Prometheus and
// OpenMetrics want, whatever identities are made of, and half an answer is none.
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base_utf8.h"
#include "metrics.h"
#include "metrics_json.h"
#include "schema.h"
#include "suite.h"

// ---- the table and the schema

static const struct schema_field *field_find(const struct schema_table *table, const char *name, size_t len)
{
	char buf[SCHEMA_NAME_LEN];

	for (size_t i = 0; table != NULL && i < table->n_fields; i++) {
		const struct schema_field *f = &table->fields[i];

		if (f->type == SCHEMA_TYPE_PART || f->type == SCHEMA_TYPE_EITHER) {
			const struct schema_field *inner = field_find(f->of(), name, len);

			if (inner != NULL)
				return inner;
		}
		schema_name(f->member, buf);
		if (strlen(buf) == len && memcmp(buf, name, len) == 0)
			return f;
	}
	return NULL;
}

// The field at "a.b" of the table, or NULL.
static const struct schema_field *field_at(const struct schema_table *table, const char *path, size_t len)
{
	const char *dot = memchr(path, '.', len);
	size_t n = dot == NULL ? len : (size_t)(dot - path);
	const struct schema_field *f = field_find(table, path, n);

	if (dot == NULL || f == NULL || f->of == NULL)
		return dot == NULL ? f : NULL;
	return field_at(f->of(), dot + 1, len - n - 1);
}

// Whose members the labels and the value of a family are; NULL = not romond's.
static const struct schema_table *table_of(const struct metrics_family *f)
{
	const char *name = metrics_source_command(f->from);

	if (name == NULL || f->from == METRICS_FROM_STREAMS)
		return NULL;
	const struct schema_command *command = schema_command_find(name);
	CU_ASSERT_PTR_NOT_NULL_FATAL(command);
	const struct schema_table *table = command->answer();
	const char *rows = f->from == METRICS_FROM_NODES ? "rows" : f->rows; // of all pages
	if (rows == NULL)
		return table;
	const struct schema_field *list = field_find(table, rows, strlen(rows));
	CU_ASSERT_PTR_NOT_NULL_FATAL(list);
	return list->of();
}

static void path_check(
	const struct metrics_family *f, const struct schema_table *table, const struct metrics_word *w)
{
	const struct schema_field *field = field_at(table, w->path, w->path_len);

	if (field == NULL)
		printf("%s: %s has no %.*s\n", f->name, table->name, (int)w->path_len, w->path);
	CU_ASSERT_PTR_NOT_NULL(field);
	if (field != NULL && field->is_counter && f->how != METRICS_ONE)
		CU_ASSERT_EQUAL(f->type, METRICS_COUNTER);
}

static void words_check(const struct metrics_family *f, const struct schema_table *table, const char *words)
{
	struct metrics_word member, w;

	CU_ASSERT_TRUE(metrics_word_next(&words, &member));
	const struct schema_field *field = field_at(table, member.path, member.path_len);
	CU_ASSERT_PTR_NOT_NULL_FATAL(field);
	CU_ASSERT_EQUAL(field->type, SCHEMA_TYPE_WORD);
	if (f->how == METRICS_STATE) {
		CU_ASSERT_STRING_EQUAL(words + 1, field->words);
		return;
	}
	while (metrics_word_next(&words, &w)) {
		char word[SCHEMA_NAME_LEN];

		snprintf(word, sizeof(word), "%.*s", (int)w.name_len, w.name);
		CU_ASSERT_TRUE(schema_words_have(field->words, word, false));
	}
}

static void every_value_and_label_is_a_member_of_an_answer(void)
{
	for (const struct metrics_family *f = metrics_families; f->name != NULL; f++) {
		const struct schema_table *table = table_of(f);
		const char *at = f->labels;
		struct metrics_word w;

		while (table != NULL && metrics_word_next(&at, &w))
			path_check(f, table, &w);
		at = f->value;
		if (table == NULL || f->how == METRICS_ONE)
			continue;
		if (f->how == METRICS_STATE || f->how == METRICS_IS || f->how == METRICS_IS_NOT)
			words_check(f, table, at);
		else if (f->how == METRICS_EACH)
			CU_ASSERT_TRUE(metrics_word_next(&at, &w)); // its first word is the label alone
		while (f->how != METRICS_STATE && f->how != METRICS_IS && f->how != METRICS_IS_NOT &&
			metrics_word_next(&at, &w))
			path_check(f, table, &w);
	}
}

static bool ends(const char *text, const char *with)
{
	size_t len = strlen(text), n = strlen(with);

	return len > n && strcmp(text + len - n, with) == 0;
}

static void names_and_helps_keep_the_rules(void)
{
	for (const struct metrics_family *f = metrics_families; f->name != NULL; f++) {
		for (const char *at = f->name; *at != '\0'; at++)
			CU_ASSERT_TRUE(
				*at == '_' || islower((unsigned char)*at) || isdigit((unsigned char)*at));
		CU_ASSERT_EQUAL(ends(f->name, "_total"), f->type == METRICS_COUNTER);
		CU_ASSERT_EQUAL(ends(f->name, "_info"), f->type == METRICS_INFO);
		CU_ASSERT_FALSE(ends(f->name, "_count"));
		CU_ASSERT_PTR_NULL(strpbrk(f->help, "\"\\\n|"));
		CU_ASSERT_TRUE(isupper((unsigned char)f->help[0]) && ends(f->help, "."));
		for (const struct metrics_family *other = metrics_families; other != f; other++)
			CU_ASSERT_STRING_NOT_EQUAL(other->name, f->name);
	}
}

// ---- the text

static void text_of(char *buf, size_t size, enum metrics_format format, const struct metrics_facts *facts)
{
	FILE *out = fmemopen(buf, size, "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	metrics_write(out, format, facts);
	CU_ASSERT_FALSE(ferror(out));
	fclose(out);
}

static json_t *json(const char *text)
{
	json_t *value = json_loads(text, 0, NULL);

	CU_ASSERT_PTR_NOT_NULL_FATAL(value);
	return value;
}

static const char status[] =
	"{\"uptime-s\": 7, \"enabled\": true, \"stalled-ms\": 1050, \"nodes-ok\": 3, \"nodes-late\": 0, \"nodes-down\": 1,"
	" \"degraded\": null, \"warnings\": [\"a\", \"b\"], \"confirm-left-ms\": null, \"id\": null, \"identity\": \"x\\\"y\","
	" \"role\": \"master\", \"channel\": 7, \"overlay\": {\"edits\": 4}, \"mbufs\": {\"total\": 8192, \"in-use\": 2}}";

static void values_have_base_units(void)
{
	struct metrics_facts facts = {0};
	char text[16384] = "";

	facts.from[METRICS_FROM_STATUS] = json(status);
	facts.from[METRICS_FROM_PORTS] = json(
		"[{\"name\": \"a\", \"state\": \"down\", \"speed-mbps\": 1000}, {\"name\": \"b\", \"speed-mbps\": 0}]");
	facts.from[METRICS_FROM_WORKERS] = json("[{\"worker\": 0, \"busy-percent\": 7, \"stuck\": false}]");
	facts.from[METRICS_FROM_NODES] =
		json("[{\"address\": \"02:00:00:00:00:01\", \"status\": \"late\","
		     " \"last-seen\": \"2026-11-30T17:18:56.09Z\", \"duplicate-id\": {}}]");
	text_of(text, sizeof(text), METRICS_FORMAT_TEXT, &facts);
	static const char *const lines[] = {"romon_uptime_seconds 7", "romon_enabled 1",
		"romon_control_stalled_seconds_total 1.050", "romon_nodes{status=\"ok\"} 3",
		"romon_nodes{status=\"down\"} 1", "romon_degraded 0", "romon_config_edits 4",
		"romon_warnings 2", "romon_mbufs 8192",
		"romon_self_info{id=\"\",identity=\"x\\\"y\",role=\"master\",channel=\"7\"} 1",
		"romon_port_state{port=\"a\",state=\"down\"} 1",
		"romon_port_state{port=\"a\",state=\"up\"} 0", "romon_port_speed_bytes{port=\"a\"} 125000000",
		"romon_worker_busy_ratio{worker=\"0\"} 0.07", "romon_worker_stuck{worker=\"0\"} 0",
		"romon_node_up{id=\"02:00:00:00:00:01\"} 1", "romon_node_late{id=\"02:00:00:00:00:01\"} 1",
		"romon_node_last_seen_timestamp_seconds{id=\"02:00:00:00:00:01\"} 1796059136.090000",
		"romon_node_duplicate_id{id=\"02:00:00:00:00:01\"} 1"};
	for (size_t i = 0; i < BASE_ARRAY_LEN(lines); i++) {
		char line[160];

		snprintf(line, sizeof(line), "\n%s\n", lines[i]);
		if (strstr(text, line) == NULL)
			printf("no line %s\n", lines[i]);
		CU_ASSERT_PTR_NOT_NULL(strstr(text, line));
	}
	// a family has one head, however many samples it has
	CU_ASSERT_PTR_NULL(strstr(strstr(text, "# HELP romon_nodes ") + 1, "# HELP romon_nodes "));
	// what is null or not known gives no sample, and no family
	CU_ASSERT_PTR_NULL(strstr(text, "romon_config_trial_remaining_seconds"));
	CU_ASSERT_PTR_NULL(strstr(text, "romon_port_speed_bytes{port=\"b\"}"));
	CU_ASSERT_PTR_NULL(strstr(text, "romon_port_state{port=\"b\""));
	CU_ASSERT_PTR_NULL(strstr(text, "# EOF"));
	metrics_facts_fini(&facts);
}

static void the_two_texts_name_families_differently(void)
{
	struct metrics_facts facts = {0};
	char text[4096] = "";

	facts.from[METRICS_FROM_DROPS] = json("[{\"port\": \"a\", \"reason\": \"runt\", \"count\": 3}]");
	facts.from[METRICS_FROM_EXPORTER] =
		json("{\"program\": \"p\", \"version\": \"1\", \"took-us\": 1500}");
	text_of(text, sizeof(text), METRICS_FORMAT_TEXT, &facts);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(text, "# TYPE romon_port_dropped_frames_total counter\n"
			     "romon_port_dropped_frames_total{port=\"a\",reason=\"runt\"} 3\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "# TYPE romon_exporter_build_info gauge\n"));
	CU_ASSERT_PTR_NULL(strstr(text, "# UNIT"));
	memset(text, 0, sizeof(text));
	text_of(text, sizeof(text), METRICS_FORMAT_OPENMETRICS, &facts);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(text, "# TYPE romon_port_dropped_frames counter\n"
			     "romon_port_dropped_frames_total{port=\"a\",reason=\"runt\"} 3\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "# TYPE romon_exporter_build info\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "# UNIT romon_exporter_scrape_duration_seconds seconds\n"
					    "romon_exporter_scrape_duration_seconds 0.001500\n"));
	CU_ASSERT_TRUE(ends(text, "\n# EOF\n"));
	metrics_facts_fini(&facts);
}

// ---- labels

static void label(char *buf, size_t size, const char *text, size_t len)
{
	FILE *out = fmemopen(buf, size, "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	metrics_label_write(out, text, len);
	fclose(out);
}

static void labels_are_escaped(void)
{
	static const struct {
		const char *text, *wanted;
		size_t len; // 0 = all of text
	} rows[] = {
		{"plain", "plain", 0},
		{"", "", 0},
		{"a\"b\\c\nd", "a\\\"b\\\\c\\nd", 0},
		{"\\x22", "\\\\x22", 0},
		{"<b>} 1\nromon_up 0", "<b>} 1\\nromon_up 0", 0},
		{"\r\t\x1b[31m\x7f", "\\\\x0d\\\\x09\\\\x1b[31m\\\\x7f", 0},
		{"B\xc3\xbcro \xe6\x9d\xb1", "B\xc3\xbcro \xe6\x9d\xb1", 0},
		{"\xff\xc3(\xe2\x82", "\\\\xff\\\\xc3(\\\\xe2\\\\x82", 0},
		{"\xe2\x80\xae", "\\\\xe2\\\\x80\\\\xae", 0}, // turns the direction of text
		{"\xc0\xaf\xed\xa0\x80", "\\\\xc0\\\\xaf\\\\xed\\\\xa0\\\\x80", 0},
		{"a\0b", "a\\\\x00b", 3},
	};
	for (size_t i = 0; i < BASE_ARRAY_LEN(rows); i++) {
		char buf[128] = "";

		label(buf, sizeof(buf), rows[i].text, rows[i].len == 0 ? strlen(rows[i].text) : rows[i].len);
		CU_ASSERT_STRING_EQUAL(buf, rows[i].wanted);
	}
}

// Whatever 255 bytes are: one line of printable UTF-8, and no quote that ends it.
static void any_bytes_stay_within_their_label(void)
{
	srand(7);
	for (int round = 0; round < 2000; round++) {
		char bytes[255], buf[2048] = "";
		uint32_t code;

		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (char)(round < 1000 ? rand() : "\"\\\n\xc3\xa4}"[rand() % 6]);
		label(buf, sizeof(buf), bytes, sizeof(bytes));
		for (size_t at = 0; buf[at] != '\0';) {
			size_t n = base_utf8_decode(buf + at, strlen(buf + at), &code);

			CU_ASSERT_TRUE_FATAL(n > 0 && base_utf8_is_printable(code) && buf[at] != '"');
			at += buf[at] == '\\' ? 2 : n;
			CU_ASSERT_TRUE_FATAL(at <= strlen(buf));
		}
	}
}

// ---- what a client wants

static void openmetrics_only_for_who_asks_for_it(void)
{
	static const struct {
		const char *accept;
		enum metrics_format wanted;
	} rows[] = {
		{NULL, METRICS_FORMAT_TEXT},
		{"", METRICS_FORMAT_TEXT},
		{"*/*", METRICS_FORMAT_TEXT},
		{"text/html,application/xhtml+xml,*/*;q=0.8", METRICS_FORMAT_TEXT},
		{"application/openmetrics-text", METRICS_FORMAT_OPENMETRICS},
		// Prometheus 2.42, and 3
		{"application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
			METRICS_FORMAT_OPENMETRICS},
		{"application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
			METRICS_FORMAT_OPENMETRICS},
		{"application/openmetrics-text;q=0.3, text/plain;q=0.5", METRICS_FORMAT_TEXT},
		{"text/plain;q=0.5, application/openmetrics-text;q=0.5", METRICS_FORMAT_OPENMETRICS},
		{"application/openmetrics-text; q=0", METRICS_FORMAT_TEXT},
		{"application/openmetrics-text;version=0.0.1", METRICS_FORMAT_TEXT},
		{"Application/OpenMetrics-Text ; version=1.0.0 ; Q=0.9 , text/plain;q=0.1",
			METRICS_FORMAT_OPENMETRICS},
		{";;;,,,;q=,q=;version=", METRICS_FORMAT_TEXT},
	};
	for (size_t i = 0; i < BASE_ARRAY_LEN(rows); i++)
		CU_ASSERT_EQUAL(metrics_accept(rows[i].accept), rows[i].wanted);
}

// ---- asking

struct romond {
	const char *silent_to; // a command that it does not answer
	unsigned n_nodes, n_asked;
	bool is_stuck; // its cursor does not move on
};

static json_t *nodes_page(const struct romond *r, json_t *args)
{
	json_int_t at = json_integer_value(json_object_get(args, "offset"));
	json_int_t count = json_integer_value(json_object_get(args, "count"));
	json_t *rows = json_array();

	for (; at < (json_int_t)r->n_nodes && (json_int_t)json_array_size(rows) < count; at++)
		json_array_append_new(rows, json_pack("{s:I}", "address", at));
	return json_pack("{s:i, s:o, s:o}", "total", (int)r->n_nodes, "next",
		r->is_stuck                   ? json_integer(0)
		: at < (json_int_t)r->n_nodes ? json_integer(at)
					      : json_null(),
		"rows", rows);
}

static json_t *romond_ask(void *ctx, const char *cmd, json_t *args)
{
	struct romond *r = ctx;

	r->n_asked++;
	if (r->silent_to != NULL && strcmp(cmd, r->silent_to) == 0)
		return NULL;
	if (strcmp(cmd, "nodes") == 0)
		return nodes_page(r, args);
	if (strcmp(cmd, "streams") == 0)
		return json("[{\"service\": 3, \"direction\": \"in\", \"state\": \"open\"},"
			    " {\"service\": 3, \"direction\": \"in\", \"state\": \"open\"},"
			    " {\"service\": 99, \"direction\": \"out\", \"state\": \"stalled\"}]");
	return strcmp(cmd, "status") == 0 ? json_object() : json_array();
}

static void half_an_answer_is_none(void)
{
	for (enum metrics_source s = METRICS_FROM_STATUS; s < METRICS_N_SOURCES; s++) {
		struct romond r = {.silent_to = metrics_source_command(s), .n_nodes = 3};
		struct metrics_facts facts;

		metrics_gather(&facts, romond_ask, &r, 10);
		CU_ASSERT_FALSE(facts.is_up);
		CU_ASSERT_EQUAL(r.n_asked, (unsigned)(s - METRICS_FROM_STATUS + 1));
		for (size_t i = 0; i < METRICS_N_SOURCES; i++)
			CU_ASSERT_PTR_NULL(facts.from[i]);
		json_t *o = metrics_exporter(&facts, "test");
		CU_ASSERT_TRUE(json_is_false(json_object_get(o, "up")));
		json_decref(o);
	}
}

static void nodes_come_by_pages_up_to_the_most(void)
{
	static const struct {
		unsigned n_nodes, most, told;
	} rows[] = {{0, 10, 0}, {3, 10, 3}, {10, 10, 10}, {1700, 1200, 1200}, {1700, 5000, 1700}, {3, 0, 0}};

	for (size_t i = 0; i < BASE_ARRAY_LEN(rows); i++) {
		struct romond r = {.n_nodes = rows[i].n_nodes};
		struct metrics_facts facts;

		metrics_gather(&facts, romond_ask, &r, rows[i].most);
		CU_ASSERT_TRUE(facts.is_up);
		CU_ASSERT_EQUAL(json_array_size(facts.from[METRICS_FROM_NODES]), rows[i].told);
		CU_ASSERT_EQUAL(facts.has_nodes, rows[i].most > 0);
		CU_ASSERT_EQUAL(
			facts.n_nodes_left_out, rows[i].most > 0 ? rows[i].n_nodes - rows[i].told : 0);
		metrics_facts_fini(&facts);
	}
}

static void a_cursor_that_does_not_move_ends_the_pages(void)
{
	struct romond r = {.n_nodes = 3, .is_stuck = true};
	struct metrics_facts facts;

	metrics_gather(&facts, romond_ask, &r, 10000);
	CU_ASSERT_TRUE(facts.is_up);
	CU_ASSERT_EQUAL(json_array_size(facts.from[METRICS_FROM_NODES]), 3);
	metrics_facts_fini(&facts);
}

static void streams_are_counted_by_kind(void)
{
	struct romond r = {0};
	struct metrics_facts facts;
	char text[8192] = "";

	metrics_gather(&facts, romond_ask, &r, 0);
	text_of(text, sizeof(text), METRICS_FORMAT_TEXT, &facts);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(text, "romon_streams{service=\"ssh\",direction=\"in\",state=\"open\"} 2\n"));
	CU_ASSERT_PTR_NOT_NULL(
		strstr(text, "romon_streams{service=\"other\",direction=\"out\",state=\"stalled\"} 1\n"));
	CU_ASSERT_PTR_NOT_NULL(
		strstr(text, "romon_streams{service=\"winbox\",direction=\"in\",state=\"open\"} 0\n"));
	metrics_facts_fini(&facts);
}

static const struct suite_case cases[] = {
	SUITE_CASE(every_value_and_label_is_a_member_of_an_answer),
	SUITE_CASE(names_and_helps_keep_the_rules),
	SUITE_CASE(values_have_base_units),
	SUITE_CASE(the_two_texts_name_families_differently),
	SUITE_CASE(labels_are_escaped),
	SUITE_CASE(any_bytes_stay_within_their_label),
	SUITE_CASE(openmetrics_only_for_who_asks_for_it),
	SUITE_CASE(half_an_answer_is_none),
	SUITE_CASE(nodes_come_by_pages_up_to_the_most),
	SUITE_CASE(a_cursor_that_does_not_move_ends_the_pages),
	SUITE_CASE(streams_are_counted_by_kind),
};
SUITE_MAIN("metrics", cases)
