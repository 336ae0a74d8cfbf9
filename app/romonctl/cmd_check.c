// SPDX-License-Identifier: BSD-3-Clause
// check: romond's health as a monitoring plugin tells it: one line, performance data, exit code 0 to 3. Main
// thread.
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "out_text.h"
#include "top_rates.h"

#define DROPS_OVER_MS  1000 // measured over
#define MBUFS_WARNING  80   // per cent in use
#define MBUFS_CRITICAL 95
#define TEXT_SIZE      4096
#define ITEM_SIZE      256 // of a text from romond

// In the order of how much they weigh.
enum health { HEALTH_OK, HEALTH_WARNING, HEALTH_UNKNOWN, HEALTH_CRITICAL };

static const char *const health_names[] = {"OK", "WARNING", "UNKNOWN", "CRITICAL"};
static const int health_exits[] = {0, 1, 3, 2}; // what monitoring takes them for

struct check {
	enum health worst;
	char found_buf[TEXT_SIZE]; // what is wrong
	char perf_buf[TEXT_SIZE];
	struct base_text found;
	struct base_text perf;
};

// A thing that is wrong.
static void found_add(struct check *c, enum health how_bad, const char *fmt, ...) BASE_PRINTF(3, 4);
static void found_add(struct check *c, enum health how_bad, const char *fmt, ...)
{
	va_list ap;

	c->worst = how_bad > c->worst ? how_bad : c->worst;
	base_text_add(&c->found, c->found.len > 0 ? ", " : "");
	va_start(ap, fmt);
	base_text_addv(&c->found, fmt, ap);
	va_end(ap);
}

// Text of romond in the line: neither a control character nor the bar that begins the performance data.
static const char *item_clean(char buf[ITEM_SIZE], json_t *value)
{
	const char *text = json_string_value(value);

	out_text_clean(buf, ITEM_SIZE, text == NULL ? "-" : text, true, false);
	for (char *bar = strchr(buf, '|'); bar != NULL; bar = strchr(bar, '|'))
		*bar = '/';
	return buf;
}

// A number of an answer, or -1 when romond does not tell it.
static json_int_t number(json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	return json_is_integer(value) ? json_integer_value(value) : -1;
}

// The value of a number option; -1 when it was left out.
static json_int_t limit_of(const struct cmd_call *call, const char *name)
{
	const char *text = cmd_given(call, name);

	return text == NULL ? -1 : strtoll(text, NULL, 10);
}

static void ports_check(struct check *c, json_t *ports)
{
	unsigned n_wanted = 0;
	unsigned n_up = 0;
	json_t *port;
	size_t i;

	json_array_foreach (ports, i, port) {
		const char *state = json_string_value(json_object_get(port, "state"));
		bool is_up = state != NULL && strcmp(state, "up") == 0;
		char name[ITEM_SIZE];

		if (state == NULL || strcmp(state, "disabled") == 0 || strcmp(state, "forbidden") == 0)
			continue; // as the configuration wants it
		n_wanted++;
		n_up += is_up;
		if (!is_up)
			found_add(c, HEALTH_WARNING, "port %s is %s",
				item_clean(name, json_object_get(port, "name")),
				strcmp(state, "absent") == 0 ? "absent" : "down");
	}
	if (n_wanted > 0 && n_up == 0)
		found_add(c, HEALTH_CRITICAL, "no port is up");
	base_text_add(&c->perf, " ports_up=%u;%u:;1:;0;%u", n_up, n_wanted, n_wanted);
}

static void workers_check(struct check *c, json_t *workers)
{
	unsigned n_stuck = 0;
	json_t *worker;
	size_t i;

	json_array_foreach (workers, i, worker) {
		if (!json_is_true(json_object_get(worker, "stuck")))
			continue;
		n_stuck++;
		found_add(c, HEALTH_CRITICAL,
			"worker %" JSON_INTEGER_FORMAT " on CPU %" JSON_INTEGER_FORMAT " is stuck",
			number(worker, "worker"), number(worker, "core"));
	}
	base_text_add(&c->perf, " workers_stuck=%u;;0;0;%zu", n_stuck, json_array_size(workers));
}

static void mbufs_check(struct check *c, json_t *mbufs)
{
	json_int_t total = number(mbufs, "total");
	json_int_t in_use = number(mbufs, "in-use");

	if (total <= 0 || in_use < 0)
		return;
	json_int_t warning = total * MBUFS_WARNING / 100;
	json_int_t critical = total * MBUFS_CRITICAL / 100;
	if (in_use > warning)
		found_add(c, in_use > critical ? HEALTH_CRITICAL : HEALTH_WARNING,
			"%" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT " mbufs are in use", in_use,
			total);
	base_text_add(&c->perf,
		" mbufs=%" JSON_INTEGER_FORMAT ";%" JSON_INTEGER_FORMAT ";%" JSON_INTEGER_FORMAT
		";0;%" JSON_INTEGER_FORMAT,
		in_use, warning, critical, total);
}

static void neighbors_check(struct check *c, json_t *status, json_int_t least)
{
	json_int_t n = number(status, "neighbors");

	if (n < 0)
		return;
	if (least >= 0 && n < least)
		found_add(c, HEALTH_CRITICAL,
			"%" JSON_INTEGER_FORMAT " neighbors, fewer than %" JSON_INTEGER_FORMAT, n, least);
	base_text_add(&c->perf, " neighbors=%" JSON_INTEGER_FORMAT ";;", n);
	if (least >= 0)
		base_text_add(&c->perf, "%" JSON_INTEGER_FORMAT ":", least);
	base_text_add(&c->perf, ";0");
}

// A romond without an inventory of nodes tells nothing of them.
static void nodes_check(struct check *c, json_t *status, json_int_t most)
{
	json_int_t n = number(status, "nodes-down");

	if (n < 0) {
		if (most >= 0)
			found_add(c, HEALTH_UNKNOWN, "romond does not tell how many nodes are down");
		return;
	}
	if (most >= 0 && n > most)
		found_add(c, HEALTH_CRITICAL,
			"%" JSON_INTEGER_FORMAT " nodes are down, more than %" JSON_INTEGER_FORMAT, n, most);
	base_text_add(&c->perf, " nodes_down=%" JSON_INTEGER_FORMAT ";;", n);
	if (most >= 0)
		base_text_add(&c->perf, "%" JSON_INTEGER_FORMAT, most);
	base_text_add(&c->perf, ";0");
}

static void status_check(struct check *c, json_t *status)
{
	static const char *const counters[] = {"rx-frames", "tx-frames", "drops"};
	char text[ITEM_SIZE];
	json_t *warning;
	size_t i;

	if (json_is_false(json_object_get(status, "enabled")))
		found_add(c, HEALTH_CRITICAL, "RoMON is disabled in the configuration");
	json_array_foreach (json_object_get(status, "warnings"), i, warning)
		found_add(c, HEALTH_WARNING, "warning: %s", item_clean(text, warning));
	for (i = 0; i < BASE_ARRAY_LEN(counters); i++) {
		json_int_t n = number(status, counters[i]);

		base_text_copy(text, sizeof(text), counters[i]);
		for (char *dash = strchr(text, '-'); dash != NULL; dash = strchr(dash, '-'))
			*dash = '_';
		if (n >= 0)
			base_text_add(&c->perf, " %s=%" JSON_INTEGER_FORMAT "c;;;0", text, n);
	}
}

static double drops_of(json_t *rates)
{
	double sum = 0;
	json_t *port;
	size_t i;

	json_array_foreach (json_object_get(rates, "ports"), i, port)
		sum += json_number_value(json_object_get(port, "drops-per-s"));
	return sum;
}

static void drops_check(
	struct check *c, const struct top_sample *before, const struct top_sample *after, json_int_t most)
{
	json_t *rates = top_rates_make(before, after);
	double pps = drops_of(rates);

	if (pps > (double)most)
		found_add(c, HEALTH_WARNING, "%.1f frames dropped a second, more than %" JSON_INTEGER_FORMAT,
			pps, most);
	base_text_add(&c->perf, " drops_per_s=%.1f;%" JSON_INTEGER_FORMAT ";;0", pps, most);
	json_decref(rates);
}

static void sample_check(struct check *c, const struct cmd_call *call, const struct top_sample *s)
{
	ports_check(c, s->ports);
	workers_check(c, s->workers);
	neighbors_check(c, s->status, limit_of(call, "--min-neighbors"));
	nodes_check(c, s->status, limit_of(call, "--max-down"));
	mbufs_check(c, json_object_get(s->status, "mbufs"));
	status_check(c, s->status);
}

// What a romond that cannot be asked means. Nobody there, or one that does not answer: what a plugin is to
// find out. Not permitted, or an answer that is none: the plugin cannot find out.
static void unreachable(struct check *c, const char *socket, int rc, const struct api_error *err)
{
	bool is_dead = rc == -ENOENT || rc == -ECONNREFUSED || rc == -ETIMEDOUT || rc == -ECONNRESET;
	enum health health = is_dead ? HEALTH_CRITICAL : HEALTH_UNKNOWN;

	if (rc == -EREMOTEIO)
		found_add(c, health, "romond refuses: %s", err->message);
	else if (rc == -ENOENT || rc == -ECONNREFUSED)
		found_add(c, health, "romond is not running: nobody serves %s", socket);
	else if (rc == -EACCES || rc == -EPERM)
		found_add(c, health, "not permitted to use %s: become a member of its group", socket);
	else
		found_add(c, health, "no answer from romond on %s: %s", socket, strerror(-rc));
}

static int check_run(
	struct check *c, const struct cmd_call *call, struct api_client *client, struct api_error *err)
{
	json_int_t most_drops = limit_of(call, "--max-drops");
	struct top_sample before = {.at_us = 0};
	struct top_sample after = {.at_us = 0};
	int rc = 0;

	if (most_drops >= 0) {
		rc = top_sample_take(client, &before, err);
		poll(NULL, 0, rc == 0 ? DROPS_OVER_MS : 0);
	}
	if (rc == 0)
		rc = top_sample_take(client, &after, err);
	if (rc == 0)
		sample_check(c, call, &after);
	if (rc == 0 && most_drops >= 0)
		drops_check(c, &before, &after, most_drops);
	if (rc == 0 && c->found.len == 0)
		base_text_add(&c->found,
			"%" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT " ports up, %" JSON_INTEGER_FORMAT
			" neighbors, up %" JSON_INTEGER_FORMAT " s",
			number(after.status, "ports-up"), number(after.status, "ports"),
			number(after.status, "neighbors"), number(after.status, "uptime-s"));
	top_sample_clear(&before);
	top_sample_clear(&after);
	return rc;
}

enum cmd_exit cmd_run_check(const struct cmd_call *call)
{
	struct check *c = out_must(calloc(1, sizeof(*c)));
	struct api_error err = API_ERROR_INIT;
	int rc;

	base_text_init(&c->found, c->found_buf, sizeof(c->found_buf));
	base_text_init(&c->perf, c->perf_buf, sizeof(c->perf_buf));
	struct api_client *client = api_client_connect(call->socket, CMD_TIMEOUT_MS);
	if (client == NULL)
		rc = -errno;
	else
		rc = check_run(c, call, client, &err);
	if (rc != 0)
		unreachable(c, call->socket, rc, &err);
	bool has_perf = rc == 0 && !c->perf.is_cut;
	printf("ROMOND %s - %s%s%s\n", health_names[c->worst], c->found_buf, has_perf ? " |" : "",
		has_perf ? c->perf_buf : "");
	int code = health_exits[c->worst];
	api_error_clear(&err);
	api_client_close(client);
	free(c);
	return (enum cmd_exit)code;
}
