// SPDX-License-Identifier: BSD-3-Clause
// The commands of romonctl as data. One row of cmd_table gives the parser, --help, shell completion and the
// man page, and says how the command is run and printed. Main thread.
#pragma once

#include "base_text.h"
#include "out.h"
#include "schema.h"

#define CMD_ARGS_MAX       3
#define CMD_OPTS_MAX       16
#define CMD_TABLE_MAX      64
#define CMD_COLUMNS_MAX    256 // of all commands
#define CMD_SOCKET_DEFAULT "/run/romond/control.sock"
#define CMD_SOCKET_ENV     "ROMOND_SOCKET"
#define CMD_CONFIG_DEFAULT "/etc/romond/romond.yaml"
#define CMD_TIMEOUT_MS     10000 // of one answer

enum cmd_exit {
	CMD_EXIT_OK = 0,
	CMD_EXIT_FAILURE = 1,
	CMD_EXIT_USAGE = 2,
	CMD_EXIT_NOT_CONNECTED = 3,
	CMD_EXIT_NOT_FOUND = 4,
	CMD_EXIT_PARTIAL = 5,
	// of feeds
	CMD_EXIT_NO_PATH = 6,
	CMD_EXIT_NO_ANSWER = 7,
	CMD_EXIT_REFUSED = 8,
	CMD_EXIT_LOST = 9,
};

// What a value is: decides its check, its completion, and its type in the request.
enum cmd_value {
	CMD_VALUE_INVALID, // also: end of a list of parameters
	CMD_VALUE_FLAG,    // an option without a value: true
	CMD_VALUE_PORT,
	CMD_VALUE_FILE,
	CMD_VALUE_NUMBER,
	CMD_VALUE_SECONDS,  // a duration, or a number of seconds as ping takes it: 1, 0.2
	CMD_VALUE_DURATION, // "200ms", "5s", "2m", "1h"; a number of milliseconds in the request
	CMD_VALUE_ID,       // a RoMON id, or the identity of a node, which romond looks up
	CMD_VALUE_WHAT,     // a port, or else as CMD_VALUE_ID
	CMD_VALUE_TEXT,     // anything, not empty
	CMD_VALUE_ANY,      // anything
	CMD_VALUE_WORD,     // one of the words of the parameter
	CMD_VALUE_FORMAT,
	CMD_VALUE_SECRET, // never shown, nor kept in the shell's history
};

struct cmd_param {
	const char *name;     // "PORT"; "--since"
	const char *key;      // in the request's args; NULL = romonctl's own, not sent
	enum cmd_value value; // left out of a parameter with a key, as what follows: as the schema has it
	bool is_required;
	const char *help;
	char letter;       // of an option: "-c"; 0 = none
	const char *words; // of CMD_VALUE_WORD, with blanks between
	bool is_any_case;
};

struct cmd_call;
typedef enum cmd_exit (*cmd_run_fn)(const struct cmd_call *call);

struct cmd {
	const char *name;     // one or two words
	const char *api_cmd;  // what romond is asked; NULL = romonctl does it alone
	const char *api_also; // another command of romond's that this one covers
	const char *help;     // one line
	const char *details;  // more for help and man page, or NULL
	struct cmd_param args[CMD_ARGS_MAX];
	struct cmd_param opts[CMD_OPTS_MAX];
	const struct out_column *columns; // of a list; left out: as the schema has them
	size_t n_columns;
	const char *empty;  // said when a list has no row
	out_print_fn print; // of an object; of a feed: of the summary at its end
	// Of an object, or of a feed that came to its end: the exit code that it, or the summary (JSON
	// null = none), means. NULL = 0.
	enum cmd_exit (*verdict)(json_t *summary);
	bool has_summary_row; // of a feed: the summary is the last row of the formats json and jsonl
	bool has_dot;         // can draw a graph: -o dot
	bool seeks_node;      // one that romond does not know is looked for, and romond asked again
	cmd_run_fn run;
	int usage_exit; // of a wrong command line; 0 = CMD_EXIT_USAGE
	bool is_hidden;
	bool has_many;     // the first argument may be given any number of times: rest_argv
	bool has_tail;     // what stands behind "--" is a command for others: tail_argv
	uint8_t rest_from; // what follows so many arguments is passed on as it stands; 0 = nothing is
};

extern const struct cmd cmd_rows[]; // as they are written
extern const size_t cmd_n_rows;
extern struct cmd
	cmd_table[CMD_TABLE_MAX]; // made of them and of lib/schema before main(); not written any more
extern size_t cmd_table_len;

// Columns for the rows of a table of lib/schema. They stay.
size_t cmd_columns_of(const struct schema_table *table, const struct out_column **columns);

// Options of every command; name, letter and help.
struct cmd_global {
	const char *name;
	char letter; // 0 = none
	const char *value_name;
	enum cmd_value value;
	const char *help;
};

extern const struct cmd_global cmd_globals[];
extern const size_t cmd_globals_len;

// The connection that a shell keeps from command to command.
struct api_client;
struct cmd_session {
	const char *socket;
	struct api_client *client; // NULL = none yet, or lost
	unsigned n_opened;         // connections so far
};

// A parsed command line.
struct cmd_call {
	const struct cmd *cmd; // NULL: none was named
	const char *socket;
	enum out_format format;
	bool no_color;
	bool wants_help;
	bool wants_version;
	const char *args[CMD_ARGS_MAX]; // by row of cmd->args; NULL = left out
	const char *opts[CMD_OPTS_MAX]; // by row of cmd->opts; a flag is ""
	int rest_argc;                  // words behind a hidden command, passed on, or of has_many
	char **rest_argv;
	int tail_argc; // words behind "--" of has_tail
	char **tail_argv;
	struct cmd_session *session; // NULL = each command has its own connection
};

// Parse what stands behind the program's name. -EINVAL with a sentence in why.
BASE_MUST_USE int cmd_parse(struct cmd_call *call, int argc, char **argv, struct base_text *why);

// The same for a line of the shell: options that outer has hold unless the line says otherwise.
BASE_MUST_USE int cmd_parse_within(
	struct cmd_call *call, const struct cmd_call *outer, int argc, char **argv, struct base_text *why);

// The command that a first word, or two, name; NULL. *n_words: how many words it took.
const struct cmd *cmd_find(int argc, char **argv, int *n_words);

// The request's args: a new object, or NULL when one is not UTF-8 (said on standard error). A FILE becomes
// an absolute path: romond stands in another directory.
json_t *cmd_request_make(const struct cmd_call *call);

// What was given for the option (or argument) of that name; NULL = left out.
const char *cmd_given(const struct cmd_call *call, const char *name);

// "200ms", "5s", "2m", "1h" as milliseconds. -EINVAL for anything else.
BASE_MUST_USE int cmd_duration_parse(const char *text, uint64_t *ms);

// How commands run (cmd_run.c, cmd_feed.c, cmd_top.c, cmd_conf.c, cmd_decode.c).
enum cmd_exit cmd_run_list(const struct cmd_call *call);
enum cmd_exit cmd_run_pages(const struct cmd_call *call);
enum cmd_exit cmd_run_object(const struct cmd_call *call);
enum cmd_exit cmd_run_events(const struct cmd_call *call);

// A command that romond answers by a feed: each message is a row of the command's columns, written as it
// comes. Ctrl-C asks romond for the end and takes the summary; a second one leaves at once. The summary is
// written by cmd->print, in the formats json and jsonl as a last row if the command has one; cmd->verdict
// makes the exit code of it.
enum cmd_exit cmd_run_feed(const struct cmd_call *call);
enum cmd_exit cmd_run_proxy(const struct cmd_call *call);
enum cmd_exit cmd_run_ssh(const struct cmd_call *call);
enum cmd_exit cmd_run_ssh_config(const struct cmd_call *call);
enum cmd_exit cmd_run_forward(const struct cmd_call *call);
enum cmd_exit cmd_run_backup(const struct cmd_call *call);
enum cmd_exit cmd_run_restore(const struct cmd_call *call);
enum cmd_exit cmd_run_bulk_run(const struct cmd_call *call);
enum cmd_exit cmd_run_capture(const struct cmd_call *call);
enum cmd_exit cmd_run_secrets_plan(const struct cmd_call *call);
enum cmd_exit cmd_run_secrets_rotate(const struct cmd_call *call);
enum cmd_exit cmd_run_torch(const struct cmd_call *call);
enum cmd_exit cmd_run_decode(const struct cmd_call *call);
enum cmd_exit cmd_run_auth_probe(const struct cmd_call *call);
enum cmd_exit cmd_run_top(const struct cmd_call *call);
enum cmd_exit cmd_run_check(const struct cmd_call *call);
enum cmd_exit cmd_run_metrics(const struct cmd_call *call);
enum cmd_exit cmd_run_doctor(const struct cmd_call *call);

// Nodes (cmd_nodes.c, cmd_topology.c).
enum cmd_exit cmd_run_nodes(const struct cmd_call *call);
enum cmd_exit cmd_run_discover(const struct cmd_call *call);
enum cmd_exit cmd_run_topology(const struct cmd_call *call);
enum cmd_exit cmd_verdict_discover(json_t *summary);
enum cmd_exit cmd_verdict_ping(json_t *summary);
void cmd_print_node(struct out *o, json_t *data);
void cmd_print_discover(struct out *o, json_t *data);
void cmd_print_ping(struct out *o, json_t *data);
enum cmd_exit cmd_run_config_check(const struct cmd_call *call);
enum cmd_exit cmd_run_config_set(const struct cmd_call *call);
enum cmd_exit cmd_run_config_add(const struct cmd_call *call);
enum cmd_exit cmd_run_config_save(const struct cmd_call *call);
enum cmd_exit cmd_run_schema(const struct cmd_call *call);
enum cmd_exit cmd_run_completion(const struct cmd_call *call);
enum cmd_exit cmd_run_complete(const struct cmd_call *call);
enum cmd_exit cmd_run_man(const struct cmd_call *call);

// Without a command: the shell, or lines from standard input (cmd_shell.c).
enum cmd_exit cmd_shell(const struct cmd_call *outer);

// How objects look (cmd_print.c).
void cmd_print_status(struct out *o, json_t *data);
void cmd_print_why(struct out *o, json_t *data);
enum cmd_exit cmd_verdict_why(json_t *data);
void cmd_print_config_text(struct out *o, json_t *data);
void cmd_print_config_diff(struct out *o, json_t *data);
void cmd_print_config_trial(struct out *o, json_t *data);
void cmd_print_log_level(struct out *o, json_t *data);
void cmd_print_stream_state(struct out *o, json_t *data);
out_print_fn cmd_printer_find(const char *api_cmd); // of a command without a row

// Help (doc_help.c): of all commands with cmd NULL.
void doc_help_print(const struct cmd *cmd, FILE *file);
const char *doc_value_name(const struct cmd_param *p); // "N"; valid until the next call
