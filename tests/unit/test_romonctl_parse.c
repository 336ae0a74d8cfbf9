// SPDX-License-Identifier: BSD-3-Clause
// The command line of romonctl: what the rows of cmd_table make of words. Also that the table keeps its own
// rules, which no compiler checks.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "suite.h"

#define WORDS_MAX 16

static char why_buf[256];

// Parse the words of one line, which hold no spaces themselves.
static int parse(struct cmd_call *call, const char *line)
{
	static char words[256];
	static char *argv[WORDS_MAX]; // a call may point into it
	struct base_text why;
	char *rest = NULL;
	int argc = 0;

	base_text_copy(words, sizeof(words), line);
	base_text_init(&why, why_buf, sizeof(why_buf));
	for (char *w = strtok_r(words, " ", &rest); w != NULL; w = strtok_r(NULL, " ", &rest))
		argv[argc++] = w;
	return cmd_parse(call, argc, argv, &why);
}

static char *request(const char *line)
{
	struct cmd_call call;

	CU_ASSERT_EQUAL_FATAL(parse(&call, line), 0);
	json_t *args = cmd_request_make(&call);
	char *text = json_dumps(args, JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(args);
	return text;
}

static void expect_request(const char *line, const char *args)
{
	char *text = request(line);

	CU_ASSERT_STRING_EQUAL(text, args);
	free(text);
}

static void options_stand_anywhere(void)
{
	static const char *const lines[] = {"-o json -s /x drops e1 --all", "drops -ojson e1 --all -s/x",
		"drops --output=json --socket=/x --all e1", "drops --all --output json --socket /x -- e1"};

	for (size_t i = 0; i < BASE_ARRAY_LEN(lines); i++) {
		struct cmd_call call;

		CU_ASSERT_EQUAL(parse(&call, lines[i]), 0);
		CU_ASSERT_STRING_EQUAL(call.cmd->name, "drops");
		CU_ASSERT_EQUAL(call.format, OUT_FORMAT_JSON);
		CU_ASSERT_STRING_EQUAL(call.socket, "/x");
		CU_ASSERT_STRING_EQUAL(call.args[0], "e1");
		CU_ASSERT_PTR_NOT_NULL(call.opts[0]);
	}
}

static void socket_comes_from_option_environment_default(void)
{
	struct cmd_call call;

	unsetenv(CMD_SOCKET_ENV);
	CU_ASSERT_EQUAL(parse(&call, "ports"), 0);
	CU_ASSERT_STRING_EQUAL(call.socket, CMD_SOCKET_DEFAULT);
	setenv(CMD_SOCKET_ENV, "/env", 1);
	CU_ASSERT_EQUAL(parse(&call, "ports"), 0);
	CU_ASSERT_STRING_EQUAL(call.socket, "/env");
	CU_ASSERT_EQUAL(parse(&call, "ports -s /opt"), 0);
	CU_ASSERT_STRING_EQUAL(call.socket, "/opt");
	setenv(CMD_SOCKET_ENV, "", 1);
	CU_ASSERT_EQUAL(parse(&call, "ports"), 0);
	CU_ASSERT_STRING_EQUAL(call.socket, CMD_SOCKET_DEFAULT);
}

static void requests_have_types(void)
{
	char wanted[5000];
	char cwd[4096];

	expect_request("status", "{}");
	expect_request("drops e1 --all", "{\"all\":true,\"port\":\"e1\"}");
	expect_request("events --since 9000000000", "{\"since\":9000000000}");
	expect_request("events --history", "{\"history\":true}");
	expect_request("log level debug", "{\"level\":\"debug\"}");
	expect_request("config apply /a/b", "{\"path\":\"/a/b\"}");
	CU_ASSERT_PTR_NOT_NULL_FATAL(getcwd(cwd, sizeof(cwd)));
	struct base_text t;
	base_text_init(&t, wanted, sizeof(wanted));
	base_text_add(&t, "{\"path\":\"%s/b.yaml\"}", cwd);
	expect_request("config diff b.yaml", wanted);

	struct cmd_call call;
	CU_ASSERT_EQUAL(parse(&call, "drops \xff"), 0);
	CU_ASSERT_PTR_NULL(cmd_request_make(&call));
}

static void durations_have_units(void)
{
	static const char *const wrong[] = {
		"", "5", "s", "-1s", "1 s", "5sec", "1.5s", "1000000001s", "+1s", "99999999999999999999s"};
	uint64_t ms;

	CU_ASSERT_EQUAL(cmd_duration_parse("200ms", &ms), 0);
	CU_ASSERT_EQUAL(ms, 200);
	CU_ASSERT_EQUAL(cmd_duration_parse("5s", &ms), 0);
	CU_ASSERT_EQUAL(ms, 5000);
	CU_ASSERT_EQUAL(cmd_duration_parse("2m", &ms), 0);
	CU_ASSERT_EQUAL(ms, 120000);
	CU_ASSERT_EQUAL(cmd_duration_parse("1000000000h", &ms), 0);
	CU_ASSERT_EQUAL(ms, UINT64_C(3600000000000000));
	for (size_t i = 0; i < BASE_ARRAY_LEN(wrong); i++)
		CU_ASSERT_EQUAL(cmd_duration_parse(wrong[i], &ms), -EINVAL);
}

static void pings_take_seconds_as_ping_does(void)
{
	static const struct {
		const char *line;
		json_int_t ms;
	} rows[] = {
		{"ping a -i 0", 0},
		{"ping a -i 1", 1000},
		{"ping a -i 0.2", 200},
		{"ping a -i 1.005", 1005},
		{"ping a -i 12.5", 12500},
		{"ping a -i 300ms", 300},
		{"ping a -i 2m", 120000},
	};
	static const char *const wrong[] = {"ping a -i 1.", "ping a -i .5", "ping a -i 0.2005",
		"ping a -i 1.5s", "ping a -i -1", "ping a -i 1x", "ping a -i 1e3"};
	struct cmd_call call;

	for (size_t i = 0; i < BASE_ARRAY_LEN(rows); i++) {
		CU_ASSERT_EQUAL_FATAL(parse(&call, rows[i].line), 0);
		json_t *args = cmd_request_make(&call);
		CU_ASSERT_EQUAL(json_integer_value(json_object_get(args, "interval-ms")), rows[i].ms);
		json_decref(args);
	}
	for (size_t i = 0; i < BASE_ARRAY_LEN(wrong); i++)
		CU_ASSERT_EQUAL(parse(&call, wrong[i]), -EINVAL);
}

static void letters_of_a_command_stand_for_its_options(void)
{
	static const char *const lines[] = {
		"doctor -c /x", "doctor -c/x", "doctor --config /x", "doctor --config=/x"};
	struct cmd_call call;

	for (size_t i = 0; i < BASE_ARRAY_LEN(lines); i++) {
		CU_ASSERT_EQUAL(parse(&call, lines[i]), 0);
		CU_ASSERT_STRING_EQUAL(cmd_given(&call, "--config"), "/x");
	}
	CU_ASSERT_EQUAL(parse(&call, "doctor"), 0);
	CU_ASSERT_PTR_NULL(cmd_given(&call, "--config"));
	CU_ASSERT_PTR_NULL(cmd_given(&call, "--no-such"));
	expect_request("events -f --since 3", "{\"since\":3}"); // --follow is our own
}

static void lines_of_a_shell_take_over_its_options(void)
{
	static char ports[] = "ports";
	static char wide[] = "-owide";
	char *words[] = {ports, wide};
	struct cmd_call outer = {.socket = "/x", .format = OUT_FORMAT_JSON, .no_color = true};
	struct base_text why;
	struct cmd_call call;

	base_text_init(&why, why_buf, sizeof(why_buf));
	CU_ASSERT_EQUAL(cmd_parse_within(&call, &outer, 1, words, &why), 0);
	CU_ASSERT_STRING_EQUAL(call.socket, "/x");
	CU_ASSERT_EQUAL(call.format, OUT_FORMAT_JSON);
	CU_ASSERT_TRUE(call.no_color);
	CU_ASSERT_EQUAL(cmd_parse_within(&call, &outer, 2, words, &why), 0);
	CU_ASSERT_EQUAL(call.format, OUT_FORMAT_WIDE);
}

// Of commands for many nodes: any number of words, options among them, and a command behind "--".
static void nodes_stand_anywhere_and_a_command_behind_two_dashes(void)
{
	struct cmd_call call;

	CU_ASSERT_EQUAL_FATAL(parse(&call, "-o jsonl backup a --jobs 3 b -o json-folder c"), 0);
	CU_ASSERT_EQUAL(call.format, OUT_FORMAT_JSONL);
	CU_ASSERT_STRING_EQUAL(cmd_given(&call, "--dir"), "json-folder"); // its own -o
	CU_ASSERT_STRING_EQUAL(cmd_given(&call, "--jobs"), "3");
	CU_ASSERT_EQUAL_FATAL(call.rest_argc, 3);
	for (int i = 0; i < 3; i++)
		CU_ASSERT_STRING_EQUAL(call.rest_argv[i], ((const char *[]){"a", "b", "c"})[i]);

	CU_ASSERT_EQUAL_FATAL(parse(&call, "run a -o json b -- /export --all"), 0);
	CU_ASSERT_EQUAL(call.format, OUT_FORMAT_JSON);
	CU_ASSERT_EQUAL(call.rest_argc, 2);
	CU_ASSERT_PTR_NULL(cmd_given(&call, "--all"));
	CU_ASSERT_EQUAL_FATAL(call.tail_argc, 2);
	CU_ASSERT_STRING_EQUAL(call.tail_argv[0], "/export");
	CU_ASSERT_STRING_EQUAL(call.tail_argv[1], "--all");
	CU_ASSERT_EQUAL(parse(&call, "backup --jobs many -o d"), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(why_buf, "--jobs: expected a whole number"));
	CU_ASSERT_EQUAL(parse(&call, "restore a"), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(why_buf, "`restore` wants FILE"));
}

static void topology_can_be_a_graph(void)
{
	struct cmd_call call;

	CU_ASSERT_EQUAL(parse(&call, "topology -o dot"), 0);
	CU_ASSERT_EQUAL(call.format, OUT_FORMAT_DOT);
}

static void mistakes_are_explained(void)
{
	static const struct {
		const char *line;
		const char *why;
	} rows[] = {
		{"statsu", "no command `statsu`; did you mean status?"},
		{"log lvel", "no command `log lvel`; did you mean log level?"},
		{"log", "log wants one more word: level"},
		{"drops e1 e2", "`drops` takes no `e2`"},
		{"events --since 1x", "--since: expected a whole number, got `1x`"},
		{"events --since 99999999999999999999",
			"--since: expected a whole number, got `99999999999999999999`"},
		{"--sokcet /x ports", "no option --sokcet; did you mean --socket?"},
		{"ports -x", "no option -x of `ports`"},
		{"ports --all", "no option --all of `ports`"},
		{"config apply", "`config apply` wants FILE: the file to apply"},
		{"top --interval 5", "--interval: expected a duration such as 200ms, 5s or 2m, got `5`"},
		{"ports -o", "--output wants a value: FORMAT"},
		{"ports -o dto", "--output: expected table, wide, json or jsonl, got `dto`"},
		{"-o dot ports",
			"--output: `ports` draws no graph: expected table, wide, json or jsonl, got `dot`"},
	};
	struct cmd_call call;

	for (size_t i = 0; i < BASE_ARRAY_LEN(rows); i++) {
		CU_ASSERT_EQUAL(parse(&call, rows[i].line), -EINVAL);
		CU_ASSERT_STRING_EQUAL(why_buf, rows[i].why);
	}
}

static void help_needs_no_arguments(void)
{
	struct cmd_call call;

	CU_ASSERT_EQUAL(parse(&call, "config apply --help"), 0);
	CU_ASSERT_TRUE(call.wants_help);
	CU_ASSERT_STRING_EQUAL(call.cmd->name, "config apply");
	CU_ASSERT_EQUAL(parse(&call, ""), 0);
	CU_ASSERT_PTR_NULL(call.cmd);
	CU_ASSERT_EQUAL(parse(&call, "--version"), 0);
	CU_ASSERT_TRUE(call.wants_version);
}

static void table_keeps_its_rules(void)
{
	for (size_t i = 0; i < cmd_table_len; i++) {
		const struct cmd *cmd = &cmd_table[i];
		bool is_list = cmd->n_columns > 0;

		CU_ASSERT_PTR_NOT_NULL(cmd->help);
		CU_ASSERT_PTR_NOT_NULL(cmd->run);
		bool is_feed = cmd->verdict != NULL || cmd->run == cmd_run_feed; // may end without a row
		CU_ASSERT(is_feed || is_list == (cmd->empty != NULL));
		bool is_object = cmd->run == cmd_run_object || cmd->run == cmd_run_config_set ||
				 cmd->run == cmd_run_config_add;
		CU_ASSERT_EQUAL(is_object || cmd->verdict != NULL, cmd->print != NULL);
		bool asks = is_object || cmd->run == cmd_run_capture || cmd->run == cmd_run_config_save ||
			    cmd->run == cmd_run_proxy || is_feed || (is_list && cmd->run != cmd_run_decode);
		CU_ASSERT_EQUAL(asks, cmd->api_cmd != NULL);
		for (size_t a = 0; a < CMD_ARGS_MAX && cmd->args[a].value != CMD_VALUE_INVALID; a++) {
			CU_ASSERT_PTR_NOT_NULL(cmd->args[a].help);
			// words in pairs, and the file that config save writes, are romonctl's own
			CU_ASSERT(!asks || cmd->args[a].key != NULL || cmd->has_many ||
				  cmd->run == cmd_run_config_save);
		}
		for (size_t k = i + 1; k < cmd_table_len; k++)
			CU_ASSERT_STRING_NOT_EQUAL(cmd->name, cmd_table[k].name);
	}
}

static const struct suite_case cases[] = {
	SUITE_CASE(options_stand_anywhere),
	SUITE_CASE(socket_comes_from_option_environment_default),
	SUITE_CASE(requests_have_types),
	SUITE_CASE(durations_have_units),
	SUITE_CASE(pings_take_seconds_as_ping_does),
	SUITE_CASE(letters_of_a_command_stand_for_its_options),
	SUITE_CASE(lines_of_a_shell_take_over_its_options),
	SUITE_CASE(nodes_stand_anywhere_and_a_command_behind_two_dashes),
	SUITE_CASE(topology_can_be_a_graph),
	SUITE_CASE(mistakes_are_explained),
	SUITE_CASE(help_needs_no_arguments),
	SUITE_CASE(table_keeps_its_rules),
};

SUITE_MAIN("romonctl_parse", cases)
