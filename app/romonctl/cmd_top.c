// SPDX-License-Identifier: BSD-3-Clause
// top: what flows now, on the whole terminal or as one block. Main thread.
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base_clock.h"
#include "cmd_job.h"
#include "out_screen.h"
#include "out_text.h"
#include "top_rates.h"

#define INTERVAL_MS     1000
#define INTERVAL_MIN_MS 100
#define INTERVAL_MAX_MS (60 * 60 * 1000)
#define RATE_WIDTH      8
#define NAME_WIDTH      12
#define STATE_WIDTH     9
#define LINES_BESIDE    9 // of the screen: all but the rows of ports, workers and stages

static const struct out_column port_columns[] = {
	{"PORT", "name", OUT_KIND_TEXT, false, NAME_WIDTH},
	{"STATE", "state", OUT_KIND_STATE, false, STATE_WIDTH},
	{"RX/S", "rx-frames-per-s", OUT_KIND_RATE, false, RATE_WIDTH},
	{"TX/S", "tx-frames-per-s", OUT_KIND_RATE, false, RATE_WIDTH},
	{"RX-BIT/S", "rx-bits-per-s", OUT_KIND_RATE, false, RATE_WIDTH},
	{"TX-BIT/S", "tx-bits-per-s", OUT_KIND_RATE, false, RATE_WIDTH},
	{"DROPS/S", "drops-per-s", OUT_KIND_RATE, false, RATE_WIDTH},
};

static const struct out_column worker_columns[] = {
	{"WORKER", "worker", OUT_KIND_NUMBER, false},
	{"CORE", "core", OUT_KIND_NUMBER, false},
	{"BUSY%", "busy-percent", OUT_KIND_NUMBER, false},
	{"RX/S", "rx-frames-per-s", OUT_KIND_RATE, false, RATE_WIDTH},
	{"FRAMES/BURST", "frames-per-burst", OUT_KIND_RATE, false},
	{"CYCLES/FRAME", "cycles-per-frame", OUT_KIND_RATE, false},
	{"PUNTS/S", "punts-per-s", OUT_KIND_RATE, false, RATE_WIDTH},
};

static void rows_write(struct out *o, const struct out_column *columns, size_t n, json_t *rows, size_t max)
{
	json_t *row;
	size_t i;

	out_begin(o, columns, n);
	json_array_foreach (rows, i, row) {
		if (i < max)
			out_row(o, row);
	}
	out_end(o);
	if (json_array_size(rows) > max)
		out_print(o, "(%zu more: a taller terminal shows them)\n", json_array_size(rows) - max);
}

static void head_write(struct out *o, json_t *rates)
{
	json_t *status = json_object_get(rates, "status");
	const char *identity = json_string_value(json_object_get(status, "identity"));
	char age[64];

	out_age_format(
		age, sizeof(age), (uint64_t)json_integer_value(json_object_get(status, "uptime-s")) * 1000);
	out_color(o, OUT_BOLD);
	out_print(o, "romond %s", identity == NULL ? "" : identity);
	out_color(o, OUT_PLAIN);
	out_print(o, ", up %s, %" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT " ports up, ", age,
		json_integer_value(json_object_get(status, "ports-up")),
		json_integer_value(json_object_get(status, "ports")));
	out_print(o, "%" JSON_INTEGER_FORMAT " neighbors; over %.1f s\n\n",
		json_integer_value(json_object_get(status, "neighbors")),
		(double)json_integer_value(json_object_get(rates, "interval-ms")) / 1000);
}

static void types_write(struct out *o, json_t *types)
{
	char number[32];
	json_t *type;
	size_t i;

	out_print(o, "\nfrom routers, frames/s:%s", json_array_size(types) == 0 ? " nothing yet" : "");
	json_array_foreach (types, i, type) {
		const char *name = json_string_value(json_object_get(type, "type"));

		out_cell_format(number, sizeof(number), &o->style, OUT_KIND_RATE,
			json_object_get(type, "frames-per-s"));
		out_print(o, "%s %s %s", i == 0 ? "" : ",", name == NULL ? "-" : name, number);
	}
	out_print(o, "\n\n");
}

static json_t *stages_of(json_t *worker)
{
	return json_object_get(worker, "stage-cycles-per-frame");
}

// Lines that stages_write() will take: none while no turn was timed.
static size_t stages_lines(json_t *workers)
{
	size_t n = 0;
	json_t *worker;
	size_t i;

	json_array_foreach (workers, i, worker)
		n += json_object_size(stages_of(worker)) > 0;
	return n == 0 ? 0 : n + 2;
}

// A line a worker, once turns of it were timed.
static void stages_write(struct out *o, json_t *workers)
{
	json_t *worker;
	size_t i;

	if (stages_lines(workers) > 0)
		out_print(o, "\ncycles a frame takes in each stage\n");
	json_array_foreach (workers, i, worker) {
		const char *stage;
		json_t *cycles;

		if (json_object_size(stages_of(worker)) == 0)
			continue;
		out_print(o, "worker %" JSON_INTEGER_FORMAT ":",
			json_integer_value(json_object_get(worker, "worker")));
		json_object_foreach (stages_of(worker), stage, cycles)
			out_print(o, " %s %.0f", stage, json_real_value(cycles));
		out_print(o, "\n");
	}
}

// How many rows of n fit beside `others` on the screen; all of them when there is none.
static size_t rows_fitting(size_t n, size_t others, unsigned screen_rows)
{
	size_t taken = LINES_BESIDE + others;

	if (screen_rows == 0 || taken + n <= screen_rows)
		return n;
	return screen_rows > taken + 1 ? screen_rows - taken - 1 : 1; // one line says how many more
}

static void rates_write(struct out *o, json_t *rates, unsigned screen_rows)
{
	json_t *ports = json_object_get(rates, "ports");
	json_t *workers = json_object_get(rates, "workers");

	o->is_live = true; // columns that stand still
	head_write(o, rates);
	rows_write(o, port_columns, BASE_ARRAY_LEN(port_columns), ports,
		rows_fitting(json_array_size(ports), json_array_size(workers) + stages_lines(workers),
			screen_rows));
	types_write(o, json_object_get(rates, "types"));
	rows_write(o, worker_columns, BASE_ARRAY_LEN(worker_columns), workers, json_array_size(workers));
	stages_write(o, workers);
}

static void block_print(struct out *o, json_t *rates)
{
	rates_write(o, rates, 0);
}

static void screen_draw(const struct out_screen *screen, const struct cmd_call *call, json_t *rates)
{
	char *text = NULL;
	size_t len = 0;
	FILE *file = out_must(open_memstream(&text, &len));
	struct out_style style;

	out_style_detect(&style, stdout, call->no_color);
	style.file = file;
	style.width = screen->columns;
	struct out *o = out_create(OUT_FORMAT_TABLE, &style);
	if (rates == NULL)
		out_print(o, "romond: measuring\n");
	else
		rates_write(o, rates, screen->rows);
	out_print(o, "\nq quits\n");
	out_destroy(o);
	fclose(file);
	out_must(text);
	out_screen_show(screen, text);
	free(text);
}

// Look, wait, look, show, until somebody quits. 0 or -errno of a look.
static int screen_loop(
	struct cmd_job *job, struct out_screen *screen, uint64_t interval_ms, struct api_error *err)
{
	struct top_sample before = {.at_us = 0};
	json_t *rates = NULL;
	enum out_screen_event event = OUT_SCREEN_INVALID;
	uint64_t next_ms = base_mono_ms();

	int rc = top_sample_take(job->client, &before, err);
	while (rc == 0 && event != OUT_SCREEN_QUIT) {
		struct top_sample after = {.at_us = 0};

		next_ms += event == OUT_SCREEN_RESIZED ? 0 : interval_ms;
		screen_draw(screen, job->call, rates);
		event = out_screen_wait(screen, next_ms);
		if (event != OUT_SCREEN_TIME)
			continue;
		rc = top_sample_take(job->client, &after, err);
		if (rc == 0) {
			json_decref(rates);
			rates = top_rates_make(&before, &after);
		}
		top_sample_clear(&before);
		before = after;
	}
	top_sample_clear(&before);
	json_decref(rates);
	return rc;
}

static int block_write(struct cmd_job *job, uint64_t interval_ms, struct api_error *err)
{
	struct top_sample before = {.at_us = 0};
	struct top_sample after = {.at_us = 0};

	int rc = top_sample_take(job->client, &before, err);
	if (rc == 0) {
		poll(NULL, 0, (int)interval_ms);
		rc = top_sample_take(job->client, &after, err);
	}
	if (rc == 0) {
		json_t *rates = top_rates_make(&before, &after);

		out_object(job->out, rates, block_print);
		json_decref(rates);
	}
	top_sample_clear(&before);
	top_sample_clear(&after);
	return rc;
}

// The value of --interval, in bounds. -EINVAL with the reason on standard error.
static int interval_read(const struct cmd_call *call, uint64_t *ms)
{
	const char *text = cmd_given(call, "--interval");

	*ms = INTERVAL_MS;
	if (text == NULL)
		return 0;
	int rc = cmd_duration_parse(text, ms);
	if (rc == 0 && *ms >= INTERVAL_MIN_MS && *ms <= INTERVAL_MAX_MS)
		return 0;
	fprintf(stderr, "romonctl: --interval: expected a duration from 100ms to 1h, got `%s`\n", text);
	return base_errno_set(EINVAL);
}

enum cmd_exit cmd_run_top(const struct cmd_call *call)
{
	struct api_error err = API_ERROR_INIT;
	struct out_screen screen;
	struct cmd_job job;
	uint64_t interval_ms;

	if (interval_read(call, &interval_ms) != 0)
		return CMD_EXIT_USAGE;
	enum cmd_exit code = cmd_job_open(&job, call);
	if (code != CMD_EXIT_OK)
		return cmd_job_close(&job, code);
	bool has_screen =
		cmd_given(call, "--once") == NULL && out_is_human(job.out) && out_screen_is_possible();
	int rc = has_screen ? out_screen_open(&screen) : 0;
	if (rc == 0 && has_screen) {
		rc = screen_loop(&job, &screen, interval_ms, &err);
		out_screen_close(&screen);
	} else if (rc == 0) {
		rc = block_write(&job, interval_ms, &err);
	}
	if (rc != 0)
		code = cmd_job_explain(&job, rc, &err);
	return cmd_job_close(&job, code);
}
