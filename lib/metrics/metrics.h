// SPDX-License-Identifier: BSD-3-Clause
// Answers of romond as metrics. One table of families (metrics_families) says what each is called, and where
// in which answer its values stand; the text, docs/metrics.md and the tests follow from it. Who asks romond
// is the caller's business: romon-gw and romonctl do it each in their way. Constant data and pure functions;
// any thread.
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base_err.h"

#define METRICS_NODES_MAX 10000 // nodes with series of their own, at most

enum metrics_type { METRICS_TYPE_INVALID, METRICS_GAUGE, METRICS_COUNTER, METRICS_INFO };

// Whose answer it is from.
enum metrics_source {
	METRICS_FROM_INVALID,
	METRICS_FROM_EXPORTER, // the program that writes the text: an object of its own
	METRICS_FROM_STATUS,   // romond's commands, by their names
	METRICS_FROM_PORTS,
	METRICS_FROM_DROPS,
	METRICS_FROM_WORKERS,
	METRICS_FROM_SECRETS,
	METRICS_FROM_STREAMS, // counted by service, direction and state
	METRICS_FROM_EVENTS,
	METRICS_FROM_NODES, // all pages as one list
	METRICS_N_SOURCES,
};

// What becomes of the member that holds the value. A member that is null or not there gives no sample.
enum metrics_how {
	METRICS_HOW_INVALID,
	METRICS_NUMBER,  // as it is; true is 1
	METRICS_MS,      // seconds
	METRICS_US,      // seconds
	METRICS_PERCENT, // a ratio
	METRICS_MBIT,    // bytes a second; 0 = not known: no sample
	METRICS_TIME,    // ISO 8601 to seconds since 1970
	METRICS_IS_SET,  // 1, or 0 when it is null
	METRICS_IS,      // "status late": 1 when it is that word, else 0
	METRICS_IS_NOT,  // the other way round
	METRICS_COUNT,   // of the elements of a list
	METRICS_STATE, // "state up down": a sample for each word, 1 for the one that it is; the label is the
		       // member
	METRICS_EACH, // "status ok=nodes-ok late=nodes-late": a sample for each member, told apart by the
		      // label
	METRICS_ONE,  // 1: the labels are what is told
};

struct metrics_family {
	const char *name; // as queries have it: counters end in _total, infos in _info
	enum metrics_type type;
	enum metrics_source from;
	const char *rows; // the member of the answer that is the list; NULL: the answer itself, a list or one
			  // object
	const char *labels; // "port reason", "id=address": label=member where the two differ; NULL = none
	enum metrics_how how;
	const char *value; // "mbufs.in-use"
	const char *help;  // a sentence
};

extern const struct metrics_family metrics_families[]; // ends with a NULL name

// The command of romond that a source is the answer of; NULL = of none.
const char *metrics_source_command(enum metrics_source source);

// ---- asking

// Ask romond for cmd with args (borrowed, NULL = none): a new reference, or NULL.
typedef json_t *metrics_ask_fn(void *ctx, const char *cmd, json_t *args);

struct metrics_facts {
	json_t *from[METRICS_N_SOURCES];
	bool is_up; // romond answered all that was asked; else there is nothing of it
	uint64_t took_us;
	bool has_nodes; // they were asked for
	uint64_t n_nodes_left_out;
};

// Ask romond for all there is, and for nodes_max nodes at most. Ends at the first question that is not
// answered: half of the facts are none.
void metrics_gather(struct metrics_facts *facts, metrics_ask_fn *ask, void *ctx, uint32_t nodes_max);
void metrics_facts_fini(struct metrics_facts *facts);

// The object METRICS_FROM_EXPORTER: what facts say of the asking, and who asked. A new reference, to which
// the caller may add; NULL: no memory.
json_t *metrics_exporter(const struct metrics_facts *facts, const char *program);

// ---- the text

enum metrics_format { METRICS_FORMAT_INVALID, METRICS_FORMAT_TEXT, METRICS_FORMAT_OPENMETRICS };

// Which of the two a client wants, by its header Accept (NULL = none): OpenMetrics only when it asks for it.
enum metrics_format metrics_accept(const char *accept);

const char *metrics_content_type(enum metrics_format format);

// Families without a value are left out. Errors of writing are those of out (ferror()).
void metrics_write(FILE *out, enum metrics_format format, const struct metrics_facts *facts);

// len bytes of anything as the value of a label, without the quotes: what is no printable UTF-8 is \xNN.
void metrics_label_write(FILE *out, const char *text, size_t len);

// The table, as docs/metrics.md has it.
void metrics_reference_print(FILE *out);
