// SPDX-License-Identifier: BSD-3-Clause
// The schema of the control socket: arguments that are checked, structs that become JSON, names that follow.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base_mac.h"
#include "schema_commands.h"
#include "suite.h"

// Decode arguments of a command, given as JSON. The sentence of the refusal, or "".
static const char *decode(const struct schema_args *args, const char *json, void *out)
{
	static char message[512];
	struct api_error err = API_ERROR_INIT;
	json_t *given = json_loads(json, 0, NULL);

	CU_ASSERT_PTR_NOT_NULL_FATAL(given);
	int rc = schema_decode(args, given, out, &err);
	CU_ASSERT_EQUAL(rc, err.code == API_ERROR_INVALID ? 0 : -EINVAL);
	CU_ASSERT(err.code == API_ERROR_INVALID || err.code == API_ERROR_BAD_ARGUMENT);
	snprintf(message, sizeof(message), "%s", err.message);
	api_error_clear(&err);
	json_decref(given);
	return message;
}

static void refused(const struct schema_args *args, const char *json, const char *sentence)
{
	uint64_t room[32];

	CU_ASSERT_STRING_EQUAL(decode(args, json, room), sentence);
}

static void arguments_become_a_struct(void)
{
	struct schema_neighbors_args in;
	json_t *given = json_pack("{s:i, s:s, s:n}", "count", 5, "port", "e1", "offset");
	struct api_error err = API_ERROR_INIT;

	CU_ASSERT_EQUAL(schema_decode(schema_neighbors_args(), given, &in, &err), 0);
	CU_ASSERT_EQUAL(in.count, 5);
	CU_ASSERT_EQUAL(in.offset, 0); // null is left out
	CU_ASSERT_STRING_EQUAL(in.port, "e1");
	json_decref(given);
	CU_ASSERT_STRING_EQUAL(decode(schema_neighbors_args(), "{}", &in), "");
	CU_ASSERT_EQUAL(in.count, SCHEMA_PAGE_MAX);
	CU_ASSERT_PTR_NULL(in.port);

	struct schema_drops_args drops;
	CU_ASSERT_STRING_EQUAL(decode(schema_drops_args(), "{\"all\": true}", &drops), "");
	CU_ASSERT_TRUE(drops.all);
	struct schema_events_follow_args follow;
	CU_ASSERT_STRING_EQUAL(decode(schema_events_follow_args(), "{}", &follow), "");
	CU_ASSERT_EQUAL(follow.since, SCHEMA_NONE);
}

static void a_wrong_argument_is_named_with_what_was_expected(void)
{
	const struct schema_args *neighbors = schema_neighbors_args();

	refused(neighbors, "{\"count\": 1001}", "count: expected a number from 1 to 1000");
	refused(neighbors, "{\"count\": 0}", "count: expected a number from 1 to 1000");
	refused(neighbors, "{\"count\": -1}", "count: expected a number from 1 to 1000");
	refused(neighbors, "{\"count\": \"5\"}", "count: expected a number from 1 to 1000");
	refused(neighbors, "{\"port\": 5}", "port: expected a port; `romonctl ports` lists them");
	refused(neighbors, "{\"prot\": null}", "prot: no such argument; did you mean port?");
	refused(schema_nothing_args(), "{\"x\": 1}", "x: no such argument");
	refused(schema_drops_args(), "{\"all\": 1}", "all: expected true or false");
	refused(schema_log_level_args(), "{\"level\": \"loud\"}",
		"level: expected error, warning, notice, info or debug, got loud");
	refused(schema_log_level_args(), "{\"level\": \"INFO\"}",
		"level: expected error, warning, notice, info or debug, got INFO");
	refused(schema_node_args(), "{}", "id: expected a RoMON id (aa:bb:cc:dd:ee:ff) or an identity");
	refused(schema_node_args(), "{\"id\": \"\"}",
		"id: expected a RoMON id (aa:bb:cc:dd:ee:ff) or an identity");
	refused(schema_ping_args(), "{\"id\": \"n\", \"timeout-ms\": 0}",
		"timeout-ms: expected a number from 1 to 60000 ms");
	refused(schema_ping_args(), "{\"id\": \"n\", \"mac-address\": \"x\"}",
		"mac-address: expected an address (aa:bb:cc:dd:ee:ff), got x");
	refused(schema_torch_args(), "{}", "port: expected a port; `romonctl ports` lists them");
}

// As until 0.1: without their unit.
static void durations_are_taken_by_their_old_names_too(void)
{
	struct schema_ping_args in;

	CU_ASSERT_STRING_EQUAL(
		decode(schema_ping_args(), "{\"id\": \"n\", \"interval\": 20, \"timeout-ms\": 30}", &in), "");
	CU_ASSERT_EQUAL(in.interval_ms, 20);
	CU_ASSERT_EQUAL(in.timeout_ms, 30);
	struct schema_capture_args capture;
	CU_ASSERT_STRING_EQUAL(decode(schema_capture_args(), "{\"type\": \"data\"}", &capture), "");
}

static void files_are_for_root(void)
{
	json_t *given = json_pack("{s:i, s:s}", "confirm-within", 1000, "secrets-file", "/x");

	CU_ASSERT_STRING_EQUAL(schema_root_arg(schema_config_apply_args(), given), "secrets-file");
	json_object_del(given, "secrets-file");
	CU_ASSERT_PTR_NULL(schema_root_arg(schema_config_apply_args(), given));
	CU_ASSERT_PTR_NULL(schema_root_arg(schema_config_apply_args(), NULL));
	json_decref(given);
}

static uint64_t mac(uint8_t first, uint8_t last)
{
	struct base_mac m = {{first, 0, 0, 0, 0, last}};

	return base_mac_u64(&m);
}

static void expect(json_t *value, const char *text)
{
	char *got = json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(3));

	CU_ASSERT_PTR_NOT_NULL_FATAL(got);
	if (strcmp(got, text) != 0)
		printf("\ngot: %s\n", got);
	CU_ASSERT_STRING_EQUAL(got, text);
	free(got);
	json_decref(value);
}

static void a_struct_becomes_json_by_its_rows(void)
{
	struct schema_foreign foreign = {.mac_address = mac(2, 3), .age_ms = SCHEMA_NONE};
	struct schema_ping_end end = {.packet_loss = 12.5, .min_rtt_us = SCHEMA_NONE, .avg_rtt_us = 1};
	struct schema_event event = {
		.seq = 1, .time = 1700000000000000u, .type = "x", .mac_address = mac(10, 15)};
	struct schema_config_saved saved = {.config_file = "/a\x1b", .is_unchanged = SCHEMA_MAYBE_NO};
	struct schema_mem mem;

	schema_mem_init(&mem);
	expect(schema_encode(schema_foreign_table(), &foreign),
		"{\"channel\":\"default\",\"mac-address\":\"02:00:00:00:00:03\",\"id\":null,\"age-ms\":"
		"null}");
	*schema_add(&mem, &end.refused) = (struct schema_ping_refused){"late", 2};
	expect(schema_encode(schema_ping_end_table(), &end),
		"{\"address\":null,\"sent\":0,\"received\":0,\"packet-loss\":12.5,\"min-rtt-us\":null,\"avg-"
		"rtt-us\":"
		"1,\"max-rtt-us\":0,\"stddev-rtt-us\":0,\"refused\":[{\"reason\":\"late\",\"count\":2}]}");
	expect(schema_encode(schema_event_table(), &event),
		"{\"seq\":1,\"time\":\"2023-11-14T22:13:20Z\",\"severity\":null,\"type\":\"x\",\"port\":null,"
		"\"mac-address\":\"0a:00:00:00:00:0f\",\"id\":null,\"identity\":null,\"text\":null}");
	expect(schema_encode(schema_config_saved_table(), &saved),
		"{\"config-file\":\"/a\\\\x1b\",\"is-saved\":false,\"is-unchanged\":false}");
	schema_mem_fini(&mem);
}

// Members of a part stand among the others; one of two is there.
static void parts_stand_among_the_others(void)
{
	struct schema_type_seen seen = {{"Data", 5}, 70};
	struct schema_mem mem;

	schema_mem_init(&mem);
	expect(schema_encode(schema_type_seen_table(), &seen),
		"{\"type\":\"Data\",\"count\":5,\"age-ms\":70}");
	struct schema_why_list list = {0};
	schema_add(&mem, &list); // neither
	expect(schema_encode_list(schema_why_table(), &list), "[{}]");
	schema_mem_fini(&mem);
}

static void lists_grow_and_keep_their_rows(void)
{
	struct schema_hop_list list = {0};
	struct schema_mem mem;

	schema_mem_init(&mem);
	for (uint64_t i = 0; i < 5000; i++)
		*schema_add(&mem, &list) = (struct schema_hop){i, i};
	CU_ASSERT_EQUAL(list.n, 5000);
	bool is_kept = true;
	for (uint64_t i = 0; i < 5000; i++)
		is_kept &= list.rows[i].link_id == i && list.rows[i].mac_address == i;
	CU_ASSERT_TRUE(is_kept);
	CU_ASSERT_FALSE(mem.is_short);
	schema_mem_fini(&mem);
}

// Text that is no UTF-8 and was not escaped is our own bug, and no half answer.
static void what_is_no_json_is_no_answer(void)
{
	struct schema_pool pool = {.pool = "\xff"};

	CU_ASSERT_PTR_NULL(schema_encode(schema_pool_table(), &pool));
}

static void units_and_metrics_follow_from_names(void)
{
	const struct schema_table *status = schema_status_table();
	char name[96];
	unsigned n = 0;

	CU_ASSERT_STRING_EQUAL(schema_unit("age_ms", NULL), "ms");
	CU_ASSERT_STRING_EQUAL(schema_unit("rx_frames", "frames"), "frames");
	CU_ASSERT_STRING_EQUAL(schema_unit("cost", NULL), "");
	for (size_t i = 0; i < status->n_fields; i++) {
		if (!schema_metric(&status->fields[i], name, sizeof(name)))
			continue;
		n += strcmp(name, "rx_frames_total") == 0 || strcmp(name, "uptime_seconds") == 0 ||
		     strcmp(name, "nodes_down") == 0 || strcmp(name, "enabled") == 0;
	}
	CU_ASSERT_EQUAL(n, 4);
}

// No two members of an object have one name, every name fits, every row has a help text or stands for others.
static void table_check(const struct schema_table *table)
{
	for (size_t i = 0; i < table->n_fields; i++) {
		const struct schema_field *f = &table->fields[i];

		CU_ASSERT(strlen(f->member) < SCHEMA_NAME_LEN);
		CU_ASSERT((f->of != NULL) == (f->type >= SCHEMA_TYPE_OBJECT && f->type <= SCHEMA_TYPE_LIST));
		for (size_t k = 0; k < i; k++)
			CU_ASSERT_STRING_NOT_EQUAL(f->member, table->fields[k].member);
		if (f->of != NULL)
			table_check(f->of());
	}
	CU_ASSERT(table->size <= SCHEMA_SPARE_SIZE);
}

static void the_rows_keep_their_own_rules(void)
{
	for (size_t i = 0; i < schema_n_commands; i++) {
		const struct schema_command *c = &schema_commands[i];

		CU_ASSERT_PTR_EQUAL(schema_command_find(c->name), c);
		CU_ASSERT((c->shape == SCHEMA_SHAPE_FEED) == (c->end != NULL));
		for (size_t k = 0; k < c->args()->n; k++) {
			const struct schema_arg *a = &c->args()->list[k];
			size_t len = strlen(a->member);

			CU_ASSERT((a->type == SCHEMA_ARG_MS) ==
				  (len > 3 && strcmp(a->member + len - 3, "_ms") == 0));
			CU_ASSERT(a->fallback == SCHEMA_NONE || a->fallback <= a->max || a->max == 0);
		}
		table_check(c->answer());
		if (c->end != NULL)
			table_check(c->end());
	}
}

static void all_of_it_is_told_to_programs(void)
{
	json_t *all = schema_dump();

	CU_ASSERT_PTR_NOT_NULL_FATAL(all);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(all, "schema-version")), SCHEMA_VERSION);
	CU_ASSERT_EQUAL(json_array_size(json_object_get(all, "commands")), schema_n_commands);
	json_t *tables = json_object_get(all, "tables");
	json_t *twin = json_array_get(json_object_get(tables, "twin"), 0);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(twin, "name")), "port"); // of its part
	json_decref(all);
}

static const struct suite_case cases[] = {
	SUITE_CASE(arguments_become_a_struct),
	SUITE_CASE(a_wrong_argument_is_named_with_what_was_expected),
	SUITE_CASE(durations_are_taken_by_their_old_names_too),
	SUITE_CASE(files_are_for_root),
	SUITE_CASE(a_struct_becomes_json_by_its_rows),
	SUITE_CASE(parts_stand_among_the_others),
	SUITE_CASE(lists_grow_and_keep_their_rows),
	SUITE_CASE(what_is_no_json_is_no_answer),
	SUITE_CASE(units_and_metrics_follow_from_names),
	SUITE_CASE(the_rows_keep_their_own_rules),
	SUITE_CASE(all_of_it_is_told_to_programs),
};

SUITE_MAIN("schema_rows", cases)
