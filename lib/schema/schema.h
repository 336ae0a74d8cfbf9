// SPDX-License-Identifier: BSD-3-Clause
// The schema of the control socket: one row for each command, argument and field of an answer. The structs
// that handlers fill and read, the checks of what a client sends, the JSON of answers,
// docs/control-socket.md, options and columns of romonctl and the names of metrics all follow from these
// rows. Constant data; any thread.
//
// A row is written once, in a header of this folder, such as schema_status.h:
//
//	F(pool, OWN, KEY, HIDE, "name of the pool")
//	F(in_use, GAUGE("mbufs"), SET, HIDE, "of these, not free")
//
// make struct schema_pool {const char *pool; uint64_t in_use;}, struct schema_pool_list of such rows, and
// schema_pool_table(), by which schema_encode() makes {"pool": .., "in-use": ..}. schema_rows.h has the words
// of rows, schema_commands.h the commands.
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api_proto.h"

#define SCHEMA_VERSION  1          // of all rows; told by `status`
#define SCHEMA_NONE     UINT64_MAX // a number that is null, or an argument that was left out
#define SCHEMA_NAME_LEN 48         // of a name outside, with its NUL
#define SCHEMA_TEXT_MAX 1024       // characters of a foreign text that are told
#define SCHEMA_ARGS_MAX 16         // of one command

struct schema_table;
typedef const struct schema_table *(*schema_table_fn)(void);

// How people name a node (app/romond/commands/target.h), for texts of help.
#define SCHEMA_TARGET "a node: its id, its identity, or a pattern or beginning that no other fits"

// What a field of an answer is. In C: uint64_t unless it says otherwise.
enum schema_type {
	SCHEMA_TYPE_INVALID,
	SCHEMA_TYPE_NUMBER,
	SCHEMA_TYPE_REAL,    // double; NAN = null
	SCHEMA_TYPE_BOOL,    // bool
	SCHEMA_TYPE_MAYBE,   // enum schema_maybe: a bool that may be null or absent
	SCHEMA_TYPE_TEXT,    // const char *, of anybody: escaped here. NULL = null, in all texts
	SCHEMA_TYPE_OWN,     // const char *, of our own, or escaped before
	SCHEMA_TYPE_WORD,    // const char *, one of a set
	SCHEMA_TYPE_MAC,     // 48 bits, 0 = null
	SCHEMA_TYPE_TIME,    // microseconds of the wall clock; outside ISO 8601, UTC
	SCHEMA_TYPE_TEXTS,   // struct schema_texts, of our own or escaped
	SCHEMA_TYPE_MACS,    // struct schema_macs
	SCHEMA_TYPE_OBJECT,  // struct schema_X
	SCHEMA_TYPE_POINTER, // struct schema_X *, NULL = null
	SCHEMA_TYPE_PART,    // struct schema_X, whose members stand among those of this object
	SCHEMA_TYPE_EITHER,  // struct schema_X *: the same, or nothing of it when NULL
	SCHEMA_TYPE_LIST,    // struct schema_X_list
	SCHEMA_TYPE_ANY,     // json_t *, an object of which the schema says nothing; schema_mem_keep()
};

enum schema_maybe { SCHEMA_MAYBE_NULL, SCHEMA_MAYBE_NO, SCHEMA_MAYBE_YES };

enum schema_presence {
	SCHEMA_SET,    // always there
	SCHEMA_KEY,    // the same, and tells rows of a list from each other
	SCHEMA_NULL,   // may be null
	SCHEMA_ABSENT, // may be left out
};

// How romonctl shows it in a table.
struct schema_column {
	enum { SCHEMA_HIDE, SCHEMA_SHOW, SCHEMA_WIDE } where;
	const char *title;   // NULL = the name outside, in capitals
	unsigned char width; // at least, of rows that come one by one
};

struct schema_field {
	const char *member; // in C; outside "_" is "-"
	enum schema_type type;
	enum schema_presence presence;
	bool is_metric;        // of DPDK telemetry's /romon/stats, if the table is that of `status`
	bool is_counter;       // only grows, from the start of romond
	const char *unit;      // of a number whose name does not end in it
	const char *zero_word; // what stands in place of the number 0; NULL = 0
	const char *words;     // of a WORD: all of them, with blanks between; "" = see the help
	schema_table_fn of;
	struct schema_column column;
	size_t offset;
	const char *help;
};

struct schema_table {
	const char *name;
	const struct schema_field *fields;
	size_t n_fields;
	size_t size; // of the struct
};

// What an argument is: how it is checked, and how romonctl completes it.
enum schema_arg_type {
	SCHEMA_ARG_INVALID,
	SCHEMA_ARG_NUMBER,  // uint64_t
	SCHEMA_ARG_MS,      // uint64_t, a duration. The name ends in _ms; it is taken without that too
	SCHEMA_ARG_FLAG,    // bool
	SCHEMA_ARG_TEXT,    // const char *, as all that follow but VALUES
	SCHEMA_ARG_WORD,    // one of a set
	SCHEMA_ARG_PORT,    // name of a port
	SCHEMA_ARG_NODE,    // RoMON id or identity
	SCHEMA_ARG_WHAT,    // a port, else a node
	SCHEMA_ARG_PATTERN, // of nodes
	SCHEMA_ARG_MAC,
	SCHEMA_ARG_VALUES, // json_t *, an object: names and their values
	SCHEMA_ARG_FILE,   // its descriptor comes with the request
};

enum schema_need { SCHEMA_OPTIONAL, SCHEMA_REQUIRED, SCHEMA_FOR_ROOT };

struct schema_arg {
	const char *member;
	enum schema_arg_type type;
	enum schema_need need;
	uint64_t min;
	uint64_t max;      // of a text: bytes; 0 = none
	uint64_t fallback; // of numbers; SCHEMA_NONE = there is none
	const char *words;
	bool is_any_case; // small and capital letters of a word are the same
	size_t offset;
	const char *help;
};

struct schema_args {
	const struct schema_arg *list;
	size_t n;
	size_t size; // of the struct
};

typedef const struct schema_args *(*schema_args_fn)(void);

enum schema_shape {
	SCHEMA_SHAPE_INVALID,
	SCHEMA_SHAPE_OBJECT,
	SCHEMA_SHAPE_LIST, // an array of objects
	SCHEMA_SHAPE_FEED, // messages, and a last object
};

struct schema_command {
	const char *name;
	enum api_tier tier;
	enum schema_shape shape;
	schema_table_fn answer; // the object, a row, or a message of the feed
	schema_table_fn end;    // what ends a feed
	schema_args_fn args;
	const char *help;
};

extern const struct schema_command schema_commands[];
extern const size_t schema_n_commands;

// By its name outside, or NULL.
const struct schema_command *schema_command_find(const char *name);

// "rx_frames" as "rx-frames". Returns buf.
const char *schema_name(const char *member, char buf[SCHEMA_NAME_LEN]);

// A time as answers have it: ISO 8601, UTC. Returns buf.
#define SCHEMA_TIME_LEN 40
const char *schema_time(uint64_t wall_us, char buf[SCHEMA_TIME_LEN]);

// The argument of that name, with "-ms" or without, or NULL.
const struct schema_arg *schema_arg_find(const struct schema_args *args, const char *name);

// The unit of a number, also one that its name ends in: "ms", "frames"; "" = none.
const char *schema_unit(const char *member, const char *unit);

// The name of a metric: "rx_frames_total", "uptime_seconds". False: the field is none. At most size bytes.
bool schema_metric(const struct schema_field *field, char *buf, size_t size);

// Is word one of words ("up down absent")?
bool schema_words_have(const char *words, const char *word, bool is_any_case);

// The words as a sentence has them: "up, down or absent". Returns buf.
const char *schema_words_list(const char *words, char *buf, size_t size);

// What a client sent becomes the struct of the command's arguments: texts point into args. -EINVAL with err
// (bad-argument): what was wrong, where, and what was expected.
BASE_MUST_USE int schema_decode(
	const struct schema_args *args, json_t *given, void *out, struct api_error *err);

// The argument among those given that is for API_TIER_ROOT, or NULL. given may be NULL.
const char *schema_root_arg(const struct schema_args *args, json_t *given);

// Everything as JSON, for programs (romonctl schema). A new reference, or NULL.
json_t *schema_dump(void);
