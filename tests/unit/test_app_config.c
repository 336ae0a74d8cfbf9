// SPDX-License-Identifier: BSD-3-Clause
// What the daemon does with configurations: reload, trial, confirm, roll back, and what it says of them.
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app_bed.h"
#include "config_file.h"
#include "confirm.h"
#include "reload.h"
#include "state_mark.h"
#include "store.h"
#include "suite.h"

#define ONE_PORT(cost, extra)                             \
	"romon: { identity: n, id: 02:00:00:00:ff:01 }\n" \
	"ports: { a: { device: net_ring_app0, link-id: 11, cost: " cost " } }\n" extra "\n"

static uint32_t cost_of(const struct app_bed *bed)
{
	return bed->app.conf->ports[0].cost;
}

static json_t *field(json_t *answer, const char *key)
{
	json_t *value = json_object_get(answer, key);

	CU_ASSERT_PTR_NOT_NULL(value);
	return value;
}

static json_int_t status_number(struct app_bed *bed, const char *key)
{
	json_t *status = app_bed_ask(bed, "status", NULL);
	json_int_t n = json_integer_value(json_object_get(status, key));

	json_decref(status);
	return n;
}

static void a_reload_is_in_force_and_told(void)
{
	struct app_bed *bed = app_bed_open(ONE_PORT("200", ""));
	uint64_t loaded_us = bed->app.config->loaded_us;

	app_bed_advance_ms(bed, 1000);
	CU_ASSERT_EQUAL(app_bed_reload(bed, ONE_PORT("300", ""), 0), 0);
	CU_ASSERT_EQUAL(cost_of(bed), 300);
	CU_ASSERT_EQUAL(bed->app.generation, 2);
	CU_ASSERT_EQUAL(bed->app.config->loaded_us, loaded_us + 1000000);
	CU_ASSERT_EQUAL(app_bed_n_events(bed, EVENT_CONFIG_APPLIED), 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(app_bed_event(bed, EVENT_CONFIG_APPLIED)->text, "1 keys changed"));
	CU_ASSERT_EQUAL(confirm_left_ms(&bed->app), 0);
	CU_ASSERT(app_bed_close(bed));
}

static void an_invalid_file_changes_nothing_and_is_told(void)
{
	struct app_bed *bed = app_bed_open(ONE_PORT("200", ""));

	CU_ASSERT_EQUAL(app_bed_reload(bed, ONE_PORT("900000", ""), 0), -EINVAL);
	CU_ASSERT_EQUAL(cost_of(bed), 200);
	CU_ASSERT_EQUAL(bed->app.generation, 1);
	CU_ASSERT_EQUAL(app_bed_n_events(bed, EVENT_CONFIG_FAILED), 1);
	CU_ASSERT_EQUAL(app_bed_n_events(bed, EVENT_CONFIG_APPLIED), 0);
	CU_ASSERT(app_bed_close(bed));
}

static void a_trial_that_nobody_confirms_ends_by_itself(void)
{
	struct app_bed *bed = app_bed_open(ONE_PORT("200", ""));

	CU_ASSERT_EQUAL(app_bed_reload(bed, ONE_PORT("300", ""), 10000), 0);
	CU_ASSERT_EQUAL(cost_of(bed), 300);
	CU_ASSERT_EQUAL(status_number(bed, "confirm-left-ms"), 10000);
	app_bed_advance_ms(bed, 9950);
	CU_ASSERT_EQUAL(cost_of(bed), 300);
	CU_ASSERT_EQUAL(status_number(bed, "confirm-left-ms"), 50);
	CU_ASSERT_EQUAL(app_bed_n_events(bed, EVENT_CONFIG_ROLLED_BACK), 0);
	app_bed_advance_ms(bed, 50);
	CU_ASSERT_EQUAL(cost_of(bed), 200);
	CU_ASSERT_EQUAL(app_bed_n_events(bed, EVENT_CONFIG_ROLLED_BACK), 1);
	CU_ASSERT_EQUAL(status_number(bed, "confirm-left-ms"), 0);
	CU_ASSERT_EQUAL(bed->app.generation, 3);
	app_bed_advance_ms(bed, 60000); // once
	CU_ASSERT_EQUAL(bed->app.generation, 3);
	CU_ASSERT(app_bed_close(bed));
}

static void a_confirmed_trial_stays(void)
{
	struct app_bed *bed = app_bed_open(ONE_PORT("200", ""));

	CU_ASSERT_EQUAL(app_bed_reload(bed, ONE_PORT("300", ""), 10000), 0);
	json_t *answer = app_bed_ask(bed, "config-confirm", NULL);
	CU_ASSERT_PTR_NOT_NULL(answer);
	CU_ASSERT_EQUAL(json_integer_value(field(answer, "generation")), 2);
	json_decref(answer);
	app_bed_advance_ms(bed, 20000);
	CU_ASSERT_EQUAL(cost_of(bed), 300);
	CU_ASSERT_EQUAL(app_bed_n_events(bed, EVENT_CONFIG_CONFIRMED), 1);
	CU_ASSERT_EQUAL(app_bed_n_events(bed, EVENT_CONFIG_ROLLED_BACK), 0);
	CU_ASSERT_PTR_NULL(app_bed_ask(bed, "config-confirm", NULL)); // nothing is on trial
	CU_ASSERT_EQUAL(bed->error.code, API_ERROR_FAILED);
	CU_ASSERT(app_bed_close(bed));
}

// From another file than ours: whoever starts next is to be told that it was in force, and is in force no
// more.
static void a_confirmed_trial_of_another_file_is_marked_as_unsaved(void)
{
	struct app_bed *bed =
		app_bed_open_cfg(&(struct app_bed_cfg){.yaml = ONE_PORT("200", ""), .is_kept = true});
	static char text[8192];
	char other[64], mark[PATH_MAX], what[STATE_MARK_SIZE];
	struct reload_result *result = calloc(1, sizeof(*result));

	FILE *f = fopen(bed->app.config_path, "r");
	CU_ASSERT_FATAL(f != NULL && result != NULL);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	char *cost = strstr(text, "cost: 200");
	CU_ASSERT_PTR_NOT_NULL_FATAL(cost);
	cost[6] = '3';
	snprintf(other, sizeof(other), "%s/other.yaml", bed->folder);
	f = fopen(other, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fputs(text, f);
	fclose(f);
	struct reload_request request = {
		.file = {.path = other, .fd = -1, .secrets_fd = -1}, .by = "the test", .confirm_ms = 10000};
	CU_ASSERT_EQUAL(reload_apply(&bed->app, &request, result), 0);
	free(result);
	CU_ASSERT_EQUAL(cost_of(bed), 300);
	state_mark_path(&bed->app, STATE_MARK_UNSAVED, mark);
	CU_ASSERT_EQUAL(store_flush(bed->app.store, 60000), 0);
	CU_ASSERT_NOT_EQUAL(access(mark, F_OK), 0); // on trial: the file's comes back by itself
	json_decref(app_bed_ask(bed, "config-confirm", NULL));
	CU_ASSERT_EQUAL(store_flush(bed->app.store, 60000), 0);
	state_mark_read(mark, what, sizeof(what));
	CU_ASSERT_PTR_NOT_NULL(strstr(what, "other.yaml, applied by the test,"));
	CU_ASSERT(app_bed_close(bed));
}

static void a_trial_is_taken_back_by_command(void)
{
	struct app_bed *bed = app_bed_open(ONE_PORT("200", ""));

	CU_ASSERT_PTR_NULL(app_bed_ask(bed, "config-rollback", NULL));
	CU_ASSERT_EQUAL(app_bed_reload(bed, ONE_PORT("300", ""), 10000), 0);
	json_decref(app_bed_ask(bed, "config-rollback", NULL));
	CU_ASSERT_EQUAL(cost_of(bed), 200);
	CU_ASSERT_EQUAL(bed->app.generation, 3);
	CU_ASSERT_PTR_NULL(bed->app.confirm);
	CU_ASSERT(app_bed_close(bed));
}

static void nothing_else_is_applied_while_one_is_on_trial(void)
{
	struct app_bed *bed = app_bed_open(ONE_PORT("200", ""));

	CU_ASSERT_EQUAL(app_bed_reload(bed, ONE_PORT("300", ""), 10000), 0);
	CU_ASSERT_EQUAL(app_bed_reload(bed, ONE_PORT("400", ""), 0), -EBUSY);
	CU_ASSERT_PTR_NULL(app_bed_ask(bed, "reload", NULL));
	CU_ASSERT_PTR_NOT_NULL(strstr(bed->error.message, "on trial for 10000 ms"));
	CU_ASSERT_EQUAL(cost_of(bed), 300);
	app_bed_advance_ms(bed, 10000);
	CU_ASSERT_EQUAL(app_bed_reload(bed, ONE_PORT("400", ""), 0), 0);
	CU_ASSERT_EQUAL(cost_of(bed), 400);
	CU_ASSERT(app_bed_close(bed));
}

static void an_invalid_trial_is_none(void)
{
	struct app_bed *bed = app_bed_open(ONE_PORT("200", ""));

	CU_ASSERT_EQUAL(app_bed_reload(bed, ONE_PORT("x", ""), 10000), -EINVAL);
	CU_ASSERT_PTR_NULL(bed->app.confirm);
	CU_ASSERT_EQUAL(app_bed_reload(bed, ONE_PORT("300", ""), 0), 0);
	CU_ASSERT(app_bed_close(bed));
}

// What a file would change, and what it changed: the same rows.
static void diff_and_apply_name_what_changes(void)
{
	struct app_bed *bed = app_bed_open(ONE_PORT("200", ""));
	static const char *const commands[] = {"config-diff", "config-apply"};

	FILE *f = fopen(bed->app.config_path, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fprintf(f,
		ONE_PORT("300",
			"memory: { hugepages: off, mbufs: 8192 }") "control: { socket: %s/control.sock }\n"
								   "limits: { neighbors: 1000, origins: 1000 }\nfile-prefix: app-bed\nstate: { dir: none }\n",
		bed->folder);
	fclose(f);
	for (int i = 0; i < 2; i++) {
		json_t *answer = app_bed_ask(bed, commands[i], NULL);
		CU_ASSERT_PTR_NOT_NULL_FATAL(answer);
		json_t *changes = field(answer, "changes");
		CU_ASSERT_EQUAL(json_array_size(changes), 2);
		CU_ASSERT_STRING_EQUAL(json_string_value(field(answer, "reload")), "restart");
		CU_ASSERT_EQUAL(json_is_true(json_object_get(answer, "applied")), i == 1);
		CU_ASSERT_EQUAL(cost_of(bed), i == 0 ? 200 : 300);
		json_decref(answer);
	}
	json_t *status = app_bed_ask(bed, "status", NULL); // mbufs counts from the next start on
	CU_ASSERT_EQUAL(json_array_size(field(status, "warnings")), 1);
	json_decref(status);
	CU_ASSERT_EQUAL(bed->app.n_mbufs, 4096);
	CU_ASSERT(app_bed_close(bed));
}

static void arguments_of_apply_are_judged(void)
{
	struct app_bed *bed = app_bed_open(ONE_PORT("200", ""));
	static const char *const bad[] = {"{\"confirm-within\": 999}", "{\"confirm-within\": 86400001}",
		"{\"secrets-file\": \"x\"}", "{\"path\": 1}", "{\"other\": 1}"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		CU_ASSERT_PTR_NULL(app_bed_ask(bed, "config-apply", bad[i]));
		CU_ASSERT_EQUAL(bed->error.code, API_ERROR_BAD_ARGUMENT);
	}
	CU_ASSERT_PTR_NULL(app_bed_ask(bed, "config-diff", "{\"confirm-within\": 5000}"));
	json_t *answer = app_bed_ask(bed, "config-apply", "{\"confirm-within\": 1000}");
	CU_ASSERT_PTR_NOT_NULL_FATAL(answer);
	CU_ASSERT_EQUAL(json_integer_value(field(answer, "confirm-within-ms")), 1000);
	json_decref(answer);
	CU_ASSERT_EQUAL(bed->app.generation, 2);
	CU_ASSERT(app_bed_close(bed));
}

static void a_file_that_is_not_there_is_named(void)
{
	struct app_bed *bed = app_bed_open(ONE_PORT("200", ""));

	CU_ASSERT_EQUAL(unlink(bed->app.config_path), 0);
	CU_ASSERT_PTR_NULL(app_bed_ask(bed, "config-apply", NULL));
	CU_ASSERT_EQUAL(bed->error.code, API_ERROR_INVALID_CONFIG);
	CU_ASSERT_PTR_NOT_NULL(strstr(bed->error.message, bed->app.config_path));
	// a file that a client names is not opened, whether it is there or not
	CU_ASSERT_PTR_NULL(app_bed_ask(bed, "config-apply", "{\"path\": \"/etc/passwd\"}"));
	CU_ASSERT_EQUAL(bed->error.code, API_ERROR_BAD_ARGUMENT);
	CU_ASSERT_PTR_NOT_NULL(strstr(bed->error.message, "as a descriptor"));
	CU_ASSERT_EQUAL(bed->app.generation, 1);
	CU_ASSERT(app_bed_close(bed));
}

// The file is looked at when it changed, and what is in force is not.
static void a_file_that_differs_is_told(void)
{
	struct app_bed *bed = app_bed_open(ONE_PORT("200", ""));
	static const char *const texts[] = {"ports: {}\n", "nonsense: 1\n"};
	static const char *const words[] = {"config diff", "would not start"};

	for (int i = 0; i < 2; i++) {
		FILE *f = fopen(bed->app.config_path, "w");
		CU_ASSERT_PTR_NOT_NULL_FATAL(f);
		fputs(texts[i], f);
		fclose(f);
		config_file_came(&bed->app, NULL, NULL, "");
		json_t *status = app_bed_ask(bed, "status", NULL);
		CU_ASSERT(json_is_true(field(status, "differs-from-file")));
		json_t *warnings = field(status, "warnings");
		CU_ASSERT_EQUAL_FATAL(json_array_size(warnings), 1);
		CU_ASSERT_PTR_NOT_NULL(strstr(json_string_value(json_array_get(warnings, 0)), words[i]));
		CU_ASSERT_EQUAL(bed->app.config->look.generation, bed->app.generation);
		json_decref(status);
		CU_ASSERT_PTR_NULL(app_bed_ask(bed, "config-save", NULL));
		CU_ASSERT_PTR_NOT_NULL(strstr(bed->error.message, "does not hold what is in force"));
		CU_ASSERT_PTR_NULL(app_bed_ask(bed, "config-save", "{\"path\": \"/etc/passwd\"}"));
		CU_ASSERT_PTR_NOT_NULL(strstr(bed->error.message, "as a descriptor"));
	}
	CU_ASSERT(app_bed_close(bed));
}

static void config_show_says_what_runs(void)
{
	struct app_bed *bed = app_bed_open(ONE_PORT("200", ""));

	CU_ASSERT_EQUAL(app_bed_reload(bed, ONE_PORT("321", ""), 0), 0);
	json_t *answer = app_bed_ask(bed, "config-show", NULL);
	CU_ASSERT_PTR_NOT_NULL(strstr(json_string_value(field(answer, "text")), "321"));
	json_decref(answer);
	CU_ASSERT(app_bed_close(bed));
}

static void the_log_level_is_asked_and_set(void)
{
	struct app_bed *bed = app_bed_open(ONE_PORT("200", ""));
	json_t *answer = app_bed_ask(bed, "log-level", "{\"level\": \"warning\"}");

	CU_ASSERT_STRING_EQUAL(json_string_value(field(answer, "level")), "warning");
	json_decref(answer);
	answer = app_bed_ask(bed, "log-level", NULL);
	CU_ASSERT_STRING_EQUAL(json_string_value(field(answer, "level")), "warning");
	json_decref(answer);
	// a reload that says nothing of the level leaves it; one that does sets it
	CU_ASSERT_EQUAL(app_bed_reload(bed, ONE_PORT("201", ""), 0), 0);
	CU_ASSERT_EQUAL(base_log_level_get(), BASE_LOG_WARNING);
	CU_ASSERT_EQUAL(app_bed_reload(bed, ONE_PORT("201", "log: { level: debug }"), 0), 0);
	CU_ASSERT_EQUAL(base_log_level_get(), BASE_LOG_DEBUG);
	CU_ASSERT_PTR_NULL(app_bed_ask(bed, "log-level", "{\"level\": \"loud\"}"));
	CU_ASSERT(app_bed_close(bed));
	base_log_level_set(BASE_LOG_NOTICE);
}

static const struct suite_case cases[] = {
	SUITE_CASE(a_reload_is_in_force_and_told),
	SUITE_CASE(an_invalid_file_changes_nothing_and_is_told),
	SUITE_CASE(a_trial_that_nobody_confirms_ends_by_itself),
	SUITE_CASE(a_confirmed_trial_stays),
	SUITE_CASE(a_confirmed_trial_of_another_file_is_marked_as_unsaved),
	SUITE_CASE(a_trial_is_taken_back_by_command),
	SUITE_CASE(nothing_else_is_applied_while_one_is_on_trial),
	SUITE_CASE(an_invalid_trial_is_none),
	SUITE_CASE(diff_and_apply_name_what_changes),
	SUITE_CASE(arguments_of_apply_are_judged),
	SUITE_CASE(a_file_that_is_not_there_is_named),
	SUITE_CASE(a_file_that_differs_is_told),
	SUITE_CASE(config_show_says_what_runs),
	SUITE_CASE(the_log_level_is_asked_and_set),
};

SUITE_MAIN("app_config", cases)
