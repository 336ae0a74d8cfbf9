// SPDX-License-Identifier: BSD-3-Clause
// secrets rotate: walks the stages of a change of secrets on this node (docs/secrets.md). Each step is a
// trial: if romonctl, the network or this program fails, romond goes back by itself. Main thread; blocks
// while it waits for neighbors.
//
// A neighbor is asked by a ping before a step and after it, over the one link that it was heard on. An answer
// after the step proves all of it: the neighbor took a frame that we signed by the new list, and we took the
// one that it signed.
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base_clock.h"
#include "base_secmem.h"
#include "rotation.h"
#include "secret_file.h"
#include "secrets_state.h"

#define WHY_SIZE           512
#define CONFIRM_MS_DEFAULT 60000
#define CONFIRM_MS_MIN     10000 // a step asks its neighbors meanwhile
#define FOLLOW_MS          5000  // a neighbor that does not answer for so long is cut off: back at once
#define WAIT_MS_DEFAULT    600000
#define PAUSE_S            1 // between two looks
#define PING_TRIES         3
#define PING_TIMEOUT_MS    700
#define PING_ASK_MS        5000 // romond tells of a lost ping long before
#define PINGED_MAX         256  // neighbors; of more, the others are only listened to

struct rotate {
	struct cmd_job job;
	struct secrets_state s;
	uint64_t confirm_ms;
	uint64_t wait_until_ms; // monotonic: how long neighbors are waited for
	json_t *answering;      // rows of neighbors that answered before the step
	json_t *silent;         // of those that did not, or have no id: they cannot be asked
	json_t *steps;          // what was done, for the JSON formats
};

static void say(const struct rotate *r, const char *fmt, ...) BASE_PRINTF(2, 3);

static void say(const struct rotate *r, const char *fmt, ...)
{
	char text[WHY_SIZE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	out_print(r->job.err, "%s\n", text);
}

static const char *text_of(json_t *row, const char *key)
{
	const char *text = json_string_value(json_object_get(row, key));

	return text == NULL ? "-" : text;
}

// Does the neighbor answer a ping over its link? -1: romond cannot be asked any more.
static int ping(struct rotate *r, json_t *row)
{
	struct api_error err = API_ERROR_INIT;
	json_t *args = out_must(json_pack("{s:s, s:s, s:s, s:i, s:i}", "id", text_of(row, "id"), "port",
		text_of(row, "port"), "mac-address", text_of(row, "mac-address"), "count", 1, "timeout-ms",
		PING_TIMEOUT_MS));
	json_t *data = NULL;
	bool is_last = false;
	bool has_answered = false;

	int rc = api_client_open(r->job.client, "ping", args, CMD_TIMEOUT_MS);
	json_decref(args);
	while (rc == 0 && !is_last) {
		rc = api_client_next(r->job.client, PING_ASK_MS, &data, &is_last, &err);
		if (rc == 0 && !is_last && strcmp(text_of(data, "status"), "ok") == 0)
			has_answered = true;
		if (rc == 0)
			json_decref(data);
	}
	if (rc == -EREMOTEIO) // the port went, or too many pings run
		rc = 0;
	else if (rc != 0)
		(void)cmd_job_explain(&r->job, rc, &err);
	api_error_clear(&err);
	return rc != 0 ? -1 : has_answered;
}

static int ping_patiently(struct rotate *r, json_t *row)
{
	int answers = 0;

	for (unsigned i = 0; i < PING_TRIES && answers == 0; i++)
		answers = ping(r, row);
	return answers;
}

// Who can be asked after the step: neighbors that answer now.
static enum cmd_exit neighbors_ask_before(struct rotate *r)
{
	json_t *neighbors = secrets_neighbors(&r->job, &r->s);
	json_t *row;
	size_t i;

	json_decref(r->answering);
	json_decref(r->silent);
	r->answering = out_must(json_array());
	r->silent = out_must(json_array());
	if (neighbors == NULL)
		return CMD_EXIT_FAILURE;
	json_array_foreach (neighbors, i, row) {
		bool can_ask = json_is_string(json_object_get(row, "id")) &&
			       json_array_size(r->answering) < PINGED_MAX;
		int answers = can_ask ? ping_patiently(r, row) : 0;

		if (answers < 0) {
			json_decref(neighbors);
			return CMD_EXIT_NOT_CONNECTED;
		}
		json_array_append(answers ? r->answering : r->silent, row);
	}
	json_decref(neighbors);
	return CMD_EXIT_OK;
}

// The first neighbor that answered before and does not answer now, until until_ms at least. NULL: all do.
// *is_lost: romond cannot be asked any more.
static json_t *neighbor_cut_off(struct rotate *r, uint64_t until_ms, bool *is_lost)
{
	json_t *row;
	size_t i;

	*is_lost = false;
	json_array_foreach (r->answering, i, row) {
		int answers = 0;

		while ((answers = ping(r, row)) == 0 && base_mono_ms() < until_ms)
			continue;
		*is_lost = answers < 0;
		if (answers <= 0)
			return row;
	}
	return NULL;
}

// What a neighbor does that does not follow; NULL: it does.
static const char *lag_of(const struct rotate *r, json_t *row)
{
	int entry = secrets_entry_of(row);

	if (entry == (r->s.is_removal ? 0 : 1))
		return NULL;
	if (entry < 0)
		return "was not heard with a good frame yet";
	if (r->s.is_removal)
		return "still signs";
	return entry == 0 ? "still sends unsigned" : "still signs with an old secret";
}

// Neighbors that do not follow yet: how many, the first of them in words.
static size_t followers_missing(const struct rotate *r, json_t *neighbors, char *words, size_t size)
{
	size_t n = 0;
	json_t *row;
	size_t i;

	json_array_foreach (neighbors, i, row) {
		const char *lag = lag_of(r, row);

		if (lag == NULL || n++ > 0)
			continue;
		snprintf(words, size, "%s (id %s) on port %s %s", text_of(row, "mac-address"),
			text_of(row, "id"), text_of(row, "port"), lag);
	}
	return n;
}

// Before the old secret goes: every neighbor heard must use the new one. Waits as long as it may.
static enum cmd_exit followers_wait(struct rotate *r, bool may_wait)
{
	char words[WHY_SIZE] = "";
	bool is_told = false;

	for (;;) {
		json_t *neighbors = secrets_neighbors(&r->job, &r->s);

		if (neighbors == NULL)
			return CMD_EXIT_FAILURE;
		size_t n = followers_missing(r, neighbors, words, sizeof(words));
		json_decref(neighbors);
		if (n == 0)
			return CMD_EXIT_OK;
		if (!may_wait || base_mono_ms() >= r->wait_until_ms) {
			say(r, "romonctl: stage 3 would cut off %zu neighbor%s: %s", n, n == 1 ? "" : "s",
				words);
			return CMD_EXIT_FAILURE;
		}
		if (!is_told)
			say(r, "waiting for %zu neighbor%s: %s", n, n == 1 ? "" : "s", words);
		is_told = true;
		sleep(PAUSE_S);
	}
}

static enum cmd_exit trial_end(struct rotate *r, const char *how)
{
	json_t *data = NULL;
	enum cmd_exit code = cmd_job_ask_for(&r->job, how, NULL, &data);

	json_decref(data);
	return code;
}

static enum cmd_exit candidate_write(struct rotate *r, unsigned stage)
{
	struct conf_secrets *list = out_must(base_secmem_alloc(sizeof(*list)));
	char why_buf[WHY_SIZE];
	struct base_text why;

	base_text_init(&why, why_buf, sizeof(why_buf));
	int err = rotation_list(&r->s.conf->romon.secrets, r->s.new_secret->text[0], stage, list);
	if (err == -E2BIG)
		base_text_add(&why, "the list has %d secrets already: take one out first", CONF_SECRETS_MAX);
	else if (err != 0)
		base_text_add(&why, "stage %u does not follow stage %u", stage, r->s.stage);
	else
		err = secret_file_write(r->s.candidate_path, list, &why);
	base_secmem_free(list);
	if (err == 0)
		return CMD_EXIT_OK;
	say(r, "romonctl: %s: %s", r->s.candidate_path, why_buf);
	return CMD_EXIT_FAILURE;
}

static enum cmd_exit trial_begin(struct rotate *r)
{
	json_t *args = out_must(json_pack("{s:s, s:s, s:I}", "path", r->s.config_path, "secrets-file",
		r->s.candidate_path, "confirm-within-ms", (json_int_t)r->confirm_ms));
	json_t *data = NULL;
	enum cmd_exit code = cmd_job_ask_for(&r->job, "config-apply", args, &data);

	json_decref(args);
	json_decref(data);
	return code;
}

// What was on trial becomes the file: a restart finds it too.
static enum cmd_exit candidate_take(struct rotate *r)
{
	if (rename(r->s.candidate_path, r->s.secrets_path) == 0)
		return CMD_EXIT_OK;
	say(r, "romonctl: %s: %s; it is in force, but the next restart goes back", r->s.secrets_path,
		strerror(errno));
	return CMD_EXIT_FAILURE;
}

// Ask the neighbors while the trial runs, then keep it or take it back.
static enum cmd_exit trial_judge(struct rotate *r, uint64_t begun_ms)
{
	bool is_lost;
	json_t *row = neighbor_cut_off(r, begun_ms + FOLLOW_MS, &is_lost);

	if (is_lost) // romond goes back by itself
		return CMD_EXIT_NOT_CONNECTED;
	if (row != NULL) {
		(void)trial_end(r, "config-rollback");
		unlink(r->s.candidate_path);
		say(r, "romonctl: neighbor %s on port %s does not answer any more: taken back, as it was before. Has it the stage before this one?",
			text_of(row, "id"), text_of(row, "port"));
		return CMD_EXIT_FAILURE;
	}
	enum cmd_exit code = trial_end(r, "config-confirm");
	return code == CMD_EXIT_OK ? candidate_take(r) : code;
}

// One stage on. The trial's list is in a file of its own until it is confirmed.
static enum cmd_exit step(struct rotate *r, unsigned stage, bool may_wait)
{
	enum cmd_exit code = neighbors_ask_before(r);

	if (code == CMD_EXIT_OK && stage == ROTATION_STAGES)
		code = followers_wait(r, may_wait);
	if (code == CMD_EXIT_OK && json_array_size(r->silent) > 0)
		say(r, "%zu neighbors answer no ping and cannot be asked whether they follow",
			json_array_size(r->silent));
	if (code == CMD_EXIT_OK)
		code = candidate_write(r, stage);
	uint64_t begun_ms = base_mono_ms();
	if (code == CMD_EXIT_OK)
		code = trial_begin(r);
	if (code == CMD_EXIT_OK)
		code = trial_judge(r, begun_ms);
	else
		unlink(r->s.candidate_path);
	if (code != CMD_EXIT_OK)
		return code;
	json_array_append_new(r->steps, json_pack("{s:i, s:i, s:i}", "stage", (int)stage, "neighbors-asked",
						(int)json_array_size(r->answering), "neighbors-silent",
						(int)json_array_size(r->silent)));
	say(r, "stage %u of %d is in force; %zu neighbors asked, all answer", stage, ROTATION_STAGES,
		json_array_size(r->answering));
	return CMD_EXIT_OK;
}

// A run before this one may have ended anywhere: what it left is finished, or named.
static enum cmd_exit resume(struct rotate *r)
{
	bool differs = false;
	size_t n_other = 0;

	enum cmd_exit code = secrets_state_diff(&r->job, &r->s, NULL, &differs, &n_other);
	if (code != CMD_EXIT_OK)
		return code;
	if (n_other > 0) {
		say(r, "romonctl: %s has changes that are not in force: `romonctl reload` first",
			r->s.config_path);
		return CMD_EXIT_FAILURE;
	}
	if (!differs)
		return CMD_EXIT_OK; // what a candidate of an older run would say is of no interest
	if (access(r->s.candidate_path, F_OK) == 0)
		code = secrets_state_diff(&r->job, &r->s, r->s.candidate_path, &differs, &n_other);
	if (code != CMD_EXIT_OK)
		return code;
	if (!differs) {
		say(r, "finishing what an earlier run confirmed");
		return candidate_take(r);
	}
	say(r, "romonctl: %s is not what is in force: `romonctl reload`, or bring it back",
		r->s.secrets_path);
	return CMD_EXIT_FAILURE;
}

// Is the running trial one that an earlier run left behind? Then what is in force is its candidate.
static enum cmd_exit trial_is_ours(struct rotate *r, bool *is_ours)
{
	bool differs = true;
	size_t n_other = 0;

	*is_ours = false;
	if (access(r->s.candidate_path, F_OK) != 0)
		return CMD_EXIT_OK;
	enum cmd_exit code = secrets_state_diff(&r->job, &r->s, r->s.candidate_path, &differs, &n_other);
	*is_ours = code == CMD_EXIT_OK && !differs && n_other == 0;
	return code;
}

// A trial that runs: one of ours begins anew, since nobody knows any more who answered before it; another one
// is not our business.
static enum cmd_exit trial_look(struct rotate *r)
{
	json_t *status = NULL;
	bool is_ours = false;
	enum cmd_exit code = cmd_job_ask_for(&r->job, "status", NULL, &status);
	json_t *left = json_object_get(status, "confirm-left-ms");
	json_int_t left_s = json_integer_value(left) / 1000 + 1;
	bool is_running = json_is_integer(left);

	json_decref(status);
	if (code != CMD_EXIT_OK || !is_running)
		return code;
	code = trial_is_ours(r, &is_ours);
	if (code != CMD_EXIT_OK)
		return code;
	if (is_ours) {
		say(r, "taking back the trial that an earlier run left behind");
		unlink(r->s.candidate_path);
		return trial_end(r, "config-rollback");
	}
	say(r,
		"romonctl: a configuration is on trial for %" JSON_INTEGER_FORMAT
		" s more: `romonctl config rollback` ends it",
		left_s);
	return CMD_EXIT_FAILURE;
}

// Read the state anew: after a step, and at the start.
static enum cmd_exit state_load(struct rotate *r)
{
	secrets_state_fini(&r->s);
	enum cmd_exit code = secrets_state_init(&r->s, &r->job, cmd_given(r->job.call, "--new-secret-file"));

	if (code != CMD_EXIT_OK)
		return code;
	if (r->s.secrets_path[0] != '/') {
		say(r, "romonctl: rotation wants a file of its own that holds the secrets: romon.secrets-file in %s (docs/secrets.md says how to move them there)",
			r->s.config_path);
		return CMD_EXIT_FAILURE;
	}
	return CMD_EXIT_OK;
}

static enum cmd_exit walk(struct rotate *r, unsigned target, bool is_auto)
{
	enum cmd_exit code = CMD_EXIT_OK;

	if (r->s.stage >= target)
		say(r, "stage %u of %d is in force already", r->s.stage, ROTATION_STAGES);
	if (!is_auto && target > r->s.stage + 1) {
		say(r, "romonctl: this node is at stage %u: stage %u comes first", r->s.stage,
			r->s.stage + 1);
		return CMD_EXIT_FAILURE;
	}
	while (code == CMD_EXIT_OK && r->s.stage < target) {
		unsigned next = r->s.stage + 1;

		code = step(r, next, is_auto);
		// neighbors that have not the stage before it: they may yet get it
		while (code == CMD_EXIT_FAILURE && is_auto && next == 2 &&
			base_mono_ms() < r->wait_until_ms) {
			sleep(PAUSE_S);
			code = step(r, next, is_auto);
		}
		if (code == CMD_EXIT_OK)
			code = state_load(r);
	}
	return code;
}

// "10s" of an option in ms.
static uint64_t duration(const struct cmd_call *call, const char *name, uint64_t fallback_ms)
{
	const char *text = cmd_given(call, name);
	uint64_t ms = fallback_ms;

	if (text != NULL && cmd_duration_parse(text, &ms) != 0)
		return fallback_ms; // cmd_parse() refused it
	return ms;
}

static bool usage_is_good(const struct cmd_call *call)
{
	const char *stage = cmd_given(call, "--stage");
	const char *why = NULL;

	if ((cmd_given(call, "--new-secret-file") == NULL) == (cmd_given(call, "--remove") == NULL))
		why = "wants --new-secret-file FILE or --remove";
	else if ((stage == NULL) == (cmd_given(call, "--auto") == NULL))
		why = "wants --stage N or --auto, and one of them only";
	else if (stage != NULL && (stage[1] != '\0' || stage[0] < '1' || stage[0] > '3'))
		why = "--stage: expected 1, 2 or 3";
	else if (duration(call, "--confirm-within", CONFIRM_MS_DEFAULT) < CONFIRM_MS_MIN)
		why = "--confirm-within: expected at least 10s: neighbors are asked meanwhile";
	if (why != NULL)
		fprintf(stderr, "romonctl: `secrets rotate` %s\n", why);
	return why == NULL;
}

static void result_write(struct rotate *r)
{
	if (out_is_human(r->job.out))
		return; // all is said
	json_t *data = out_must(json_pack("{s:i, s:O}", "stage", (int)r->s.stage, "steps", r->steps));
	out_object(r->job.out, data, NULL);
	json_decref(data);
}

enum cmd_exit cmd_run_secrets_rotate(const struct cmd_call *call)
{
	struct rotate r = {.confirm_ms = duration(call, "--confirm-within", CONFIRM_MS_DEFAULT)};
	const char *stage = cmd_given(call, "--stage");

	if (!usage_is_good(call))
		return CMD_EXIT_USAGE;
	r.wait_until_ms = base_mono_ms() + duration(call, "--wait", WAIT_MS_DEFAULT);
	r.steps = out_must(json_array());
	enum cmd_exit code = cmd_job_open(&r.job, call);
	if (code == CMD_EXIT_OK)
		code = state_load(&r);
	if (code == CMD_EXIT_OK)
		code = trial_look(&r);
	if (code == CMD_EXIT_OK)
		code = resume(&r);
	if (code == CMD_EXIT_OK)
		code = state_load(&r); // an earlier run's last step may just have been finished
	if (code == CMD_EXIT_OK && r.s.is_weak)
		say(&r, "the new secret %s", r.s.weakness);
	if (code == CMD_EXIT_OK)
		code = walk(&r, stage == NULL ? ROTATION_STAGES : (unsigned)(stage[0] - '0'), stage == NULL);
	if (code == CMD_EXIT_OK)
		result_write(&r);
	if (code == CMD_EXIT_FAILURE && json_array_size(r.steps) > 0)
		code = CMD_EXIT_PARTIAL;
	secrets_state_fini(&r.s);
	json_decref(r.answering);
	json_decref(r.silent);
	json_decref(r.steps);
	return cmd_job_close(&r.job, code);
}
