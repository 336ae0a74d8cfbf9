// SPDX-License-Identifier: BSD-3-Clause
// Edits of single keys of a running daemon, and who follows the nodes.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app_bed.h"
#include "conf.h"
#include "suite.h"

#define YAML                                                            \
	"romon: { identity: n, id: 02:00:00:00:ff:01, role: master }\n" \
	"ports: { a: { device: net_ring_app0, link-id: 11, cost: 200 } }\n"

static struct app_bed *bed;

static void begin(const char *folder)
{
	bed = app_bed_open_cfg(&(struct app_bed_cfg){.yaml = YAML, .is_kept = true, .folder = folder});
}

static void end(void)
{
	CU_ASSERT(app_bed_close(bed));
}

static bool is_done(const char *command, const char *args)
{
	json_t *answer = app_bed_ask(bed, command, args);

	json_decref(answer);
	return answer != NULL;
}

static uint32_t cost(void)
{
	return bed->app.conf->ports[conf_port_find(bed->app.conf, "a")].cost;
}

static void overlay_of(char path[128], const char *tail)
{
	snprintf(path, 128, "%s/state/overlay.yaml%s", bed->folder, tail);
}

static json_int_t status_number(const char *object, const char *key)
{
	json_t *status = app_bed_ask(bed, "status", NULL);
	json_t *in = object == NULL ? status : json_object_get(status, object);
	json_int_t n = json_integer_value(json_object_get(in, key));

	CU_ASSERT(json_is_integer(json_object_get(in, key)));
	json_decref(status);
	return n;
}

static void an_edit_is_live_and_kept_over_a_start(void)
{
	char folder[32];

	begin(NULL);
	json_t *answer = app_bed_ask(
		bed, "config-set", "{\"values\": {\"ports.a.cost\": 70, \"romon.identity\": \"x\"}}");
	CU_ASSERT(json_is_true(json_object_get(answer, "is-kept")));
	CU_ASSERT_EQUAL(json_array_size(json_object_get(answer, "changes")), 2);
	json_decref(answer);
	CU_ASSERT_EQUAL(cost(), 70);
	CU_ASSERT_EQUAL(status_number("overlay", "edits"), 2);
	CU_ASSERT_EQUAL(status_number(NULL, "differing-keys"), 2);
	json_t *status = app_bed_ask(bed, "status", NULL);
	CU_ASSERT(json_is_false(json_object_get(status, "differs-from-file"))); // a restart brings the same
	json_decref(status);
	CU_ASSERT(app_bed_leave(bed, folder));
	begin(folder);
	CU_ASSERT_EQUAL(cost(), 70);
	CU_ASSERT_STRING_EQUAL(bed->app.conf->romon.identity, "x");
	CU_ASSERT(is_done("reload", NULL));
	CU_ASSERT_EQUAL(cost(), 70);
	CU_ASSERT(is_done("config-reset", "{\"key\": \"ports.a\"}"));
	CU_ASSERT_EQUAL(cost(), 200);
	CU_ASSERT_EQUAL(status_number("overlay", "edits"), 1);
	end();
}

static void an_invalid_edit_changes_nothing_and_names_the_key(void)
{
	static const struct {
		const char *command;
		const char *args;
		const char *said;
	} bad[] = {
		{"config-set", "{\"values\": {\"romon.identity\": \"x\", \"ports.a.cost\": 70000}}",
			"ports.a.cost: expected 1..65535, got 70000"},
		{"config-set", "{\"values\": {\"ports.b.cost\": 7}}", "ports.b.cost: no such entry"},
		{"config-set", "{\"values\": {\"ports.a\": 7}}", "ports.a: has no value"},
		{"config-set", "{\"values\": {\"ports.a.cost\": 1.5}}", "ports.a.cost: expected a text"},
		{"config-set", "{\"values\": {}}", "values: expected at least one"},
		{"config-set", "{\"values\": {\"discovery.masters\": \"[a\"}}",
			"discovery.masters: not a list"},
		{"config-add", "{\"map\": \"ports\", \"name\": \"a\"}", "ports.a: there is one already"},
		{"config-add", "{\"map\": \"ports\", \"name\": \"all\"}", "name has 1..31 characters"},
		{"config-add", "{\"map\": \"romon\", \"name\": \"x\"}", "expected ports, relay-groups"},
		{"config-add",
			"{\"map\": \"ports\", \"name\": \"b\", \"values\": {\"device\": \"net_ring_app0\"}}",
			"has device net_ring_app0 already"},
		{"config-remove", "{\"key\": \"ports.b\"}", "ports.b: no such entry"},
		{"config-remove", "{\"key\": \"romon.channel\"}", "romon.channel: has its default already"},
		{"config-reset", "{\"key\": \"ports.a\"}", "ports.a: is not edited"},
	};

	begin(NULL);
	uint64_t generation = bed->app.generation;
	for (size_t i = 0; i < BASE_ARRAY_LEN(bad); i++) {
		CU_ASSERT(!is_done(bad[i].command, bad[i].args));
		if (strstr(bed->error.message, bad[i].said) == NULL)
			CU_FAIL_FATAL(bad[i].said);
	}
	CU_ASSERT_EQUAL(bed->app.generation, generation);
	CU_ASSERT_STRING_EQUAL(bed->app.conf->romon.identity, "n");
	CU_ASSERT_EQUAL(status_number("overlay", "edits"), 0);
	end();
}

static void what_cannot_be_written_is_not_in_force(void)
{
	char path[128];

	begin(NULL);
	CU_ASSERT(is_done("config-set", "{\"values\": {\"ports.a.cost\": 70}}"));
	overlay_of(path, ".new");
	CU_ASSERT_EQUAL(mkdir(path, 0700), 0); // as a full disk would, the file is not to be had
	CU_ASSERT(!is_done("config-set", "{\"values\": {\"ports.a.cost\": 71}}"));
	CU_ASSERT_PTR_NOT_NULL(strstr(bed->error.message, "the edit cannot be kept, and is not in force"));
	CU_ASSERT_EQUAL(cost(), 70);
	CU_ASSERT_EQUAL(rmdir(path), 0);
	CU_ASSERT(is_done("config-set", "{\"values\": {\"ports.a.cost\": 71}}"));
	CU_ASSERT_EQUAL(cost(), 71);
	end();
}

static void a_damaged_file_is_said_and_set_aside(void)
{
	char folder[32];
	char path[128];

	begin(NULL);
	CU_ASSERT(is_done("config-set", "{\"values\": {\"ports.a.cost\": 70}}"));
	CU_ASSERT(app_bed_leave(bed, folder));
	snprintf(path, sizeof(path), "%s/state/overlay.yaml", folder);
	CU_ASSERT_EQUAL(truncate(path, 250), 0);
	begin(folder);
	CU_ASSERT_EQUAL(cost(), 200);
	json_t *status = app_bed_ask(bed, "status", NULL);
	char *text = json_dumps(json_object_get(status, "warnings"), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "no edit in it is in force"));
	free(text);
	json_decref(status);
	CU_ASSERT(is_done("config-set", "{\"values\": {\"ports.a.cost\": 71}}"));
	overlay_of(path, ".damaged");
	CU_ASSERT_EQUAL(access(path, F_OK), 0);
	end();
}

static void rollback_takes_edits_back_one_by_one(void)
{
	begin(NULL);
	CU_ASSERT(!is_done("config-rollback", NULL));
	CU_ASSERT(is_done("config-set", "{\"values\": {\"ports.a.cost\": 70}}"));
	CU_ASSERT(is_done("config-set", "{\"values\": {\"ports.a.cost\": 71}}"));
	CU_ASSERT(is_done("config-rollback", NULL));
	CU_ASSERT_EQUAL(cost(), 70);
	CU_ASSERT(is_done("config-rollback", NULL));
	CU_ASSERT_EQUAL(cost(), 200);
	CU_ASSERT(!is_done("config-rollback", NULL));
	char path[128];
	overlay_of(path, "");
	CU_ASSERT_EQUAL(access(path, F_OK), -1); // no edit, no file
	end();
}

static void an_edit_on_trial_is_kept_when_it_is_confirmed(void)
{
	begin(NULL);
	json_t *answer = app_bed_ask(
		bed, "config-set", "{\"values\": {\"ports.a.cost\": 70}, \"confirm-within-ms\": 2000}");
	CU_ASSERT(json_is_false(json_object_get(answer, "is-kept")));
	json_decref(answer);
	CU_ASSERT_EQUAL(cost(), 70);
	char path[128];
	overlay_of(path, "");
	CU_ASSERT_EQUAL(access(path, F_OK), -1);
	CU_ASSERT(!is_done("config-set", "{\"values\": {\"ports.a.cost\": 71}}"));
	app_bed_advance_ms(bed, 3000);
	CU_ASSERT_EQUAL(cost(), 200);
	CU_ASSERT(is_done("config-set", "{\"values\": {\"ports.a.cost\": 70}, \"confirm-within-ms\": 2000}"));
	CU_ASSERT(is_done("config-confirm", NULL));
	CU_ASSERT_EQUAL(access(path, F_OK), 0);
	app_bed_advance_ms(bed, 3000);
	CU_ASSERT_EQUAL(cost(), 70);
	CU_ASSERT(is_done("config-rollback", NULL));
	CU_ASSERT_EQUAL(cost(), 200);
	end();
}

static void secrets_are_not_told(void)
{
	begin(NULL);
	CU_ASSERT(is_done("config-set", "{\"values\": {\"ports.a.secrets\": [\"hush-hush-1\"]}}"));
	CU_ASSERT_EQUAL(bed->app.conf->ports[0].secrets.n, 1);
	json_t *show = app_bed_ask(bed, "config-show", NULL);
	char *text = json_dumps(show, 0);
	CU_ASSERT_PTR_NULL(strstr(text, "hush"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "(hidden)"));
	free(text);
	json_decref(show);
	end();
}

// ---- nodes-follow

static const struct app_bed_node far_node = {{{2, 0, 0, 0, 0, 9}}, "far", NULL, 5, 10};

// The next message of the feed, its `what`; "" = none.
static const char *next(int fd, json_t **data)
{
	static char what[16];
	json_t *line = app_bed_line(bed, fd);

	json_decref(*data);
	*data = line == NULL ? NULL : json_incref(json_object_get(line, "data"));
	json_decref(line);
	const char *word = json_string_value(json_object_get(*data, "what"));
	snprintf(what, sizeof(what), "%s", word == NULL ? "" : word);
	return what;
}

static void who_follows_hears_of_changes_alone(void)
{
	json_t *data = NULL;
	json_int_t change = 0;

	begin(NULL);
	int fd = app_bed_connect(bed);
	app_bed_request(bed, fd, "{\"v\":1,\"id\":1,\"cmd\":\"nodes-follow\"}");
	app_bed_turn(bed);
	CU_ASSERT_STRING_EQUAL(next(fd, &data), "begin");
	CU_ASSERT_STRING_EQUAL(next(fd, &data), "end");
	CU_ASSERT_STRING_EQUAL(next(fd, &data), "");
	app_bed_advance_ms(bed, 31000);
	CU_ASSERT(app_bed_answer(bed, 0, &far_node));
	app_bed_advance_ms(bed, 300);
	CU_ASSERT_STRING_EQUAL(next(fd, &data), "row");
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(data, "identity")), "far");
	while (next(fd, &data)[0] != '\0')
		;
	// heard again, the same as before: no message
	for (int i = 0; i < 3; i++) {
		app_bed_advance_ms(bed, 30000);
		CU_ASSERT(app_bed_answer(bed, 0, &far_node));
	}
	app_bed_advance_ms(bed, 300);
	CU_ASSERT_STRING_EQUAL(next(fd, &data), "");
	// it gets late
	app_bed_advance_ms(bed, 70000);
	CU_ASSERT_STRING_EQUAL(next(fd, &data), "row");
	while (data != NULL) {
		json_int_t n = json_integer_value(json_object_get(data, "change"));
		CU_ASSERT(n > change);
		change = n;
		(void)next(fd, &data);
	}
	// a second one gets all rows; both hear that it goes
	int other = app_bed_connect(bed);
	app_bed_request(bed, other, "{\"v\":1,\"id\":1,\"cmd\":\"nodes-follow\"}");
	app_bed_turn(bed);
	CU_ASSERT_STRING_EQUAL(next(other, &data), "begin");
	CU_ASSERT_STRING_EQUAL(next(other, &data), "row");
	CU_ASSERT_STRING_EQUAL(next(other, &data), "end");
	CU_ASSERT(is_done("node-forget", "{\"id\": \"02:00:00:00:00:09\"}"));
	app_bed_advance_ms(bed, 300);
	int fds[] = {fd, other};
	for (size_t i = 0; i < BASE_ARRAY_LEN(fds); i++) {
		CU_ASSERT_STRING_EQUAL(next(fds[i], &data), "gone");
		CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(data, "gone")), "02:00:00:00:00:09");
		CU_ASSERT_STRING_EQUAL(next(fds[i], &data), "");
		close(fds[i]);
	}
	json_decref(data);
	end();
}

static const struct suite_case cases[] = {
	SUITE_CASE(an_edit_is_live_and_kept_over_a_start),
	SUITE_CASE(an_invalid_edit_changes_nothing_and_names_the_key),
	SUITE_CASE(what_cannot_be_written_is_not_in_force),
	SUITE_CASE(a_damaged_file_is_said_and_set_aside),
	SUITE_CASE(rollback_takes_edits_back_one_by_one),
	SUITE_CASE(an_edit_on_trial_is_kept_when_it_is_confirmed),
	SUITE_CASE(secrets_are_not_told),
	SUITE_CASE(who_follows_hears_of_changes_alone),
};
SUITE_MAIN("app", cases)
