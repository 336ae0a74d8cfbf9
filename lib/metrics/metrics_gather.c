// SPDX-License-Identifier: BSD-3-Clause
// What romond is asked for. Any thread.
#include <string.h>

#include "base_clock.h"
#include "metrics.h"
#include "wire_frame.h"

#define PAGE_ROWS 500 // nodes asked for at once

const char *metrics_source_command(enum metrics_source source)
{
	static const char *const commands[METRICS_N_SOURCES] = {
		[METRICS_FROM_STATUS] = "status",
		[METRICS_FROM_PORTS] = "ports",
		[METRICS_FROM_DROPS] = "drops",
		[METRICS_FROM_WORKERS] = "workers",
		[METRICS_FROM_SECRETS] = "secrets",
		[METRICS_FROM_STREAMS] = "streams",
		[METRICS_FROM_EVENTS] = "event-counts",
		[METRICS_FROM_NODES] = "nodes",
	};

	return commands[source];
}

// ---- streams

static const char *const services[] = {"ssh", "winbox", "other"};
static const char *const directions[] = {"in", "out"};
static const char *const states[] = {"opening", "open", "stalled"};

#define N_DIRECTIONS BASE_ARRAY_LEN(directions)
#define N_STATES     BASE_ARRAY_LEN(states)
#define N_KINDS      (BASE_ARRAY_LEN(services) * N_DIRECTIONS * N_STATES)

// A number is all that romond tells.
static size_t service_of(const json_t *stream)
{
	json_int_t number = json_integer_value(json_object_get(stream, "service"));

	return number == WIRE_SERVICE_SSH ? 0 : number == WIRE_SERVICE_WINBOX ? 1 : 2;
}

// Where the member stands in words; n when it is none of them.
static size_t word_of(const json_t *stream, const char *member, const char *const *words, size_t n)
{
	const char *text = json_string_value(json_object_get(stream, member));
	size_t i = 0;

	while (i < n && (text == NULL || strcmp(text, words[i]) != 0))
		i++;
	return i;
}

// Streams come and go, and have numbers of their own: told one by one they would be series without end.
static json_t *streams_count(json_t *streams)
{
	uint32_t counts[N_KINDS] = {0};
	json_t *rows = json_array();
	json_t *stream;
	size_t i;

	json_array_foreach (streams, i, stream) {
		size_t d = word_of(stream, "direction", directions, N_DIRECTIONS);
		size_t s = word_of(stream, "state", states, N_STATES);

		if (d < N_DIRECTIONS && s < N_STATES)
			counts[(service_of(stream) * N_DIRECTIONS + d) * N_STATES + s]++;
	}
	for (i = 0; i < N_KINDS; i++)
		json_array_append_new(rows,
			json_pack("{s:s, s:s, s:s, s:i}", "service", services[i / N_STATES / N_DIRECTIONS],
				"direction", directions[i / N_STATES % N_DIRECTIONS], "state",
				states[i % N_STATES], "count", (int)counts[i]));
	return rows;
}

// ---- nodes

// The first nodes_max nodes, in romond's order: the same ones each time. False: romond did not answer.
static bool nodes_ask(struct metrics_facts *facts, metrics_ask_fn *ask, void *ctx, uint32_t nodes_max)
{
	json_t *all = json_array();
	json_int_t offset = 0, total = 0;

	facts->from[METRICS_FROM_NODES] = all;
	facts->has_nodes = true;
	while (offset >= 0 && json_array_size(all) < nodes_max) {
		size_t wanted = nodes_max - json_array_size(all);
		json_t *args = json_pack("{s:I, s:I}", "offset", offset, "count",
			(json_int_t)(wanted < PAGE_ROWS ? wanted : PAGE_ROWS));
		json_t *page = ask(ctx, metrics_source_command(METRICS_FROM_NODES), args);
		json_t *next = json_object_get(page, "next");
		bool is_page = json_array_extend(all, json_object_get(page, "rows")) == 0;

		total = json_integer_value(json_object_get(page, "total"));
		offset = json_is_integer(next) && json_integer_value(next) > offset ? json_integer_value(next)
										    : -1;
		json_decref(args);
		json_decref(page);
		if (!is_page)
			return false;
	}
	if (total > (json_int_t)json_array_size(all))
		facts->n_nodes_left_out = (uint64_t)total - json_array_size(all);
	return true;
}

// ---- all of it

static bool all_ask(struct metrics_facts *facts, metrics_ask_fn *ask, void *ctx, uint32_t nodes_max)
{
	for (enum metrics_source s = METRICS_FROM_STATUS; s < METRICS_FROM_NODES; s++) {
		json_t *answer = ask(ctx, metrics_source_command(s), NULL);

		if (answer != NULL && s == METRICS_FROM_STREAMS) {
			facts->from[s] = streams_count(answer);
			json_decref(answer);
		} else
			facts->from[s] = answer;
		if (answer == NULL)
			return false;
	}
	return nodes_max == 0 || nodes_ask(facts, ask, ctx, nodes_max);
}

void metrics_gather(struct metrics_facts *facts, metrics_ask_fn *ask, void *ctx, uint32_t nodes_max)
{
	uint64_t begin_ns = base_mono_ns();

	*facts = (struct metrics_facts){0};
	bool is_up = all_ask(facts, ask, ctx, nodes_max);
	if (!is_up)
		metrics_facts_fini(facts);
	facts->is_up = is_up;
	facts->took_us = (base_mono_ns() - begin_ns) / 1000;
}

void metrics_facts_fini(struct metrics_facts *facts)
{
	for (size_t i = 0; i < METRICS_N_SOURCES; i++)
		json_decref(facts->from[i]);
	*facts = (struct metrics_facts){0};
}

json_t *metrics_exporter(const struct metrics_facts *facts, const char *program)
{
	json_t *o = json_pack("{s:s, s:s, s:b, s:I}", "program", program, "version", ROMOND_VERSION, "up",
		facts->is_up, "took-us", (json_int_t)facts->took_us);

	if (o != NULL && facts->has_nodes)
		json_object_set_new(o, "nodes-left-out", json_integer((json_int_t)facts->n_nodes_left_out));
	return o;
}
