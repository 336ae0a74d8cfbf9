// SPDX-License-Identifier: BSD-3-Clause
// torch and capture as a client sees them, beside the frames that are known to have passed; and the answers
// that this node gives to Discovers.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app_bed.h"
#include "node_responder.h"
#include "suite.h"

#define TWO                                                                                             \
	"romon: { identity: n, id: 02:00:00:00:ff:01 }\n"                                               \
	"limits: { neighbors: 1000, origins: 1000, discover-in: none, answers-per-origin: none, punt: " \
	"100000 }\n"                                                                                    \
	"ports: { a: { device: net_ring_app0, link-id: 11 },\n"                                         \
	"  b: { device: net_ring_app1, link-id: 22 } }\n"

static uint32_t discover_put(struct app_bed *bed, uint16_t n)
{
	struct frame f;

	frame_discover(&f, frame_mac(n), frame_mac(n), NULL, 0);
	app_bed_send(bed, 0, &f);
	return f.len;
}

static json_int_t number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static json_t *data_of(json_t *line)
{
	json_t *data = json_incref(json_object_get(line, "data"));

	json_decref(line);
	return data;
}

static json_t *next_data(struct app_bed *bed, int fd)
{
	json_t *line = app_bed_line(bed, fd);

	CU_ASSERT_PTR_NOT_NULL_FATAL(line);
	return data_of(line);
}

static void torch_counts_who_sends_what(void)
{
	struct app_bed *bed = app_bed_open(TWO);
	int fd = app_bed_connect(bed);
	uint32_t len = 0;

	app_bed_request(bed, fd,
		"{\"v\": 1, \"id\": 1, \"cmd\": \"torch\", \"args\": {\"port\": \"a\", \"interval\": 1000}}");
	for (int i = 0; i < 6; i++)
		len = discover_put(bed, i < 4 ? 1 : 2);
	app_bed_advance_ms(bed, 950);
	CU_ASSERT_PTR_NULL(app_bed_line(bed, fd)); // the interval is not over
	app_bed_advance_ms(bed, 100);
	json_t *data = next_data(bed, fd);
	const json_t *rows = json_object_get(data, "rows");
	json_int_t n_in = 0;
	CU_ASSERT_EQUAL(number(data, "interval-ms"), 1000);
	CU_ASSERT_EQUAL(number(data, "lost"), 0);
	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *row = json_array_get(rows, i);

		if (strcmp(json_string_value(json_object_get(row, "direction")), "in") != 0)
			continue;
		bool is_first =
			strcmp(json_string_value(json_object_get(row, "id")), "02:00:00:00:00:01") == 0;
		CU_ASSERT_EQUAL(number(row, "frames"), is_first ? 4 : 2);
		CU_ASSERT_EQUAL(number(row, "frames-per-s"), is_first ? 4 : 2);
		CU_ASSERT_EQUAL(number(row, "bytes"), (is_first ? 4 : 2) * (json_int_t)len);
		CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(row, "type")), "Discover");
		CU_ASSERT(json_is_null(json_object_get(row, "service")));
		n_in++;
	}
	CU_ASSERT_EQUAL(n_in, 2);
	for (size_t i = 1; i < json_array_size(rows); i++) // the largest first
		CU_ASSERT(number(json_array_get(rows, i - 1), "bytes") >=
			  number(json_array_get(rows, i), "bytes"));
	json_decref(data);
	app_bed_advance_ms(bed, 1000); // nothing passed
	data = next_data(bed, fd);
	CU_ASSERT_EQUAL(json_array_size(json_object_get(data, "rows")), 0);
	json_decref(data);
	close(fd);
	CU_ASSERT(app_bed_close(bed));
}

static void torch_ends_after_its_time_with_a_sum(void)
{
	struct app_bed *bed = app_bed_open(TWO);
	int fd = app_bed_connect(bed);
	json_t *last = NULL;
	json_t *line;

	app_bed_request(bed, fd,
		"{\"v\": 1, \"id\": 1, \"cmd\": \"torch\", \"args\": {\"port\": \"b\", \"duration\": 2500}}");
	for (int i = 0; i < 5; i++) {
		discover_put(bed, 1); // floods out of b
		app_bed_advance_ms(bed, 600);
	}
	while ((line = app_bed_line(bed, fd)) != NULL) {
		json_decref(last);
		last = line;
	}
	CU_ASSERT_PTR_NOT_NULL_FATAL(last);
	CU_ASSERT_PTR_NULL(json_object_get(last, "more"));
	json_t *data = data_of(last);
	CU_ASSERT(number(data, "frames") >= 1);
	CU_ASSERT(number(data, "bytes") > 0);
	json_decref(data);
	close(fd);
	CU_ASSERT(app_bed_close(bed));
}

static void torch_wants_a_port_that_is_there(void)
{
	static const char *const bad[] = {"{}", "{\"port\": \"zz\"}", "{\"port\": \"a\", \"interval\": 99}",
		"{\"port\": \"a\", \"duration\": 0}", "{\"port\": \"a\", \"x\": 1}"};
	struct app_bed *bed = app_bed_open(TWO);
	int fd = app_bed_connect(bed);
	char line[128];

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		snprintf(line, sizeof(line), "{\"v\": 1, \"id\": 1, \"cmd\": \"torch\", \"args\": %s}",
			bad[i]);
		app_bed_request(bed, fd, line);
		json_t *answer = app_bed_line(bed, fd);
		CU_ASSERT(json_is_false(json_object_get(answer, "ok")));
		json_decref(answer);
	}
	close(fd);
	CU_ASSERT(app_bed_close(bed));
}

// The sum of frames over all messages of a capture, and whether the last one came.
static json_int_t captured(struct app_bed *bed, int fd, bool *is_over)
{
	json_int_t told = 0;
	json_int_t sum = 0;
	json_t *line;

	*is_over = false;
	while ((line = app_bed_line(bed, fd)) != NULL) {
		bool is_last = json_object_get(line, "more") == NULL;
		json_t *data = data_of(line);

		if (is_last) {
			*is_over = true;
			sum = number(data, "frames");
		} else {
			told += number(data, "frames");
		}
		CU_ASSERT_EQUAL(number(data, "lost"), 0);
		json_decref(data);
	}
	return *is_over ? sum : told;
}

static void a_capture_of_so_many_frames_has_so_many(void)
{
	struct app_bed *bed = app_bed_open(TWO);
	int fd = app_bed_connect(bed);
	bool is_over;

	app_bed_request(bed, fd,
		"{\"v\": 1, \"id\": 1, \"cmd\": \"capture\", \"args\": {\"port\": \"a\", \"in\": true, "
		"\"count\": 7}}");
	for (uint16_t i = 1; i <= 6; i++)
		discover_put(bed, i);
	app_bed_advance_ms(bed, 200);
	CU_ASSERT_EQUAL(captured(bed, fd, &is_over), 6);
	CU_ASSERT(!is_over);
	for (uint16_t i = 1; i <= 6; i++)
		discover_put(bed, i);
	app_bed_advance_ms(bed, 200);
	CU_ASSERT_EQUAL(captured(bed, fd, &is_over), 7);
	CU_ASSERT(is_over);
	close(fd);
	CU_ASSERT(app_bed_close(bed));
}

static void filters_of_a_capture_hold(void)
{
	static const struct {
		const char *args;
		json_int_t n;
	} rows[] = {
		{"{\"port\": \"a\", \"in\": true, \"id\": \"02:00:00:00:00:02\"}", 1},
		{"{\"port\": \"a\", \"in\": true, \"type\": \"Data\"}", 0},
		{"{\"port\": \"b\", \"in\": true}", 0},
		{"{\"port\": \"b\", \"out\": true}", 3},
		{"{\"port\": \"a\", \"in\": true}", 3},
	};
	bool is_over;
	char line[160];

	for (size_t r = 0; r < sizeof(rows) / sizeof(*rows); r++) {
		struct app_bed *bed = app_bed_open(TWO);
		int fd = app_bed_connect(bed);

		snprintf(line, sizeof(line), "{\"v\": 1, \"id\": 1, \"cmd\": \"capture\", \"args\": %s}",
			rows[r].args);
		app_bed_request(bed, fd, line);
		for (uint16_t i = 1; i <= 3; i++)
			discover_put(bed, i);
		app_bed_advance_ms(bed, 200);
		CU_ASSERT_EQUAL(captured(bed, fd, &is_over), rows[r].n);
		close(fd);
		CU_ASSERT(app_bed_close(bed));
	}
}

// What workers copied but nobody took up yet is in the last answer, though it is more than other answers
// take.
static void a_capture_that_is_cancelled_has_all_that_came_until_then(void)
{
	struct app_bed *bed = app_bed_open(TWO);
	int fd = app_bed_connect(bed);
	struct frame f;
	bool is_over;

	app_bed_request(bed, fd,
		"{\"v\": 1, \"id\": 1, \"cmd\": \"capture\", \"args\": {\"port\": \"a\", \"in\": true}}");
	app_bed_advance_ms(bed, 200);
	CU_ASSERT_EQUAL(captured(bed, fd, &is_over), 0);
	for (uint16_t i = 1; i <= 24; i++) { // 36 KB
		frame_discover(&f, frame_mac(i), frame_mac(i), NULL, 0);
		frame_pad(&f, 1500 - f.len);
		app_bed_put(bed, 0, &f);
	}
	app_bed_request(bed, fd, "{\"v\": 1, \"id\": 2, \"cmd\": \"cancel\"}");
	json_t *data = data_of(app_bed_line(bed, fd)); // the answer to cancel follows
	CU_ASSERT_EQUAL(number(data, "frames"), 24);
	CU_ASSERT_EQUAL(number(data, "lost"), 0);
	json_decref(data);
	close(fd);
	CU_ASSERT(app_bed_close(bed));
}

static void a_capture_ends_with_its_port(void)
{
	struct app_bed *bed = app_bed_open(TWO);
	int fd = app_bed_connect(bed);
	bool is_over;

	app_bed_request(bed, fd,
		"{\"v\": 1, \"id\": 1, \"cmd\": \"capture\", \"args\": {\"port\": \"a\", \"in\": true}}");
	discover_put(bed, 1);
	app_bed_advance_ms(bed, 100);
	CU_ASSERT_EQUAL(app_bed_reload(bed,
				"romon: { identity: n, id: 02:00:00:00:ff:01 }\n"
				"ports: { b: { device: net_ring_app1, link-id: 22 } }\n",
				0),
		0);
	app_bed_advance_ms(bed, 100);
	(void)captured(bed, fd, &is_over);
	CU_ASSERT(is_over);
	close(fd);
	CU_ASSERT(app_bed_close(bed));
}

// ---- without memory

#if !SUITE_HAS_ASAN // which brings its own

extern void *__libc_calloc(size_t n, size_t size);

static int calloc_fails_in; // 1 = the next one, 0 = none

void *calloc(size_t n, size_t size)
{
	if (calloc_fails_in > 0 && --calloc_fails_in == 0)
		return NULL;
	return __libc_calloc(n, size);
}

// Whatever fails of opening one: the client is told, and the next one goes well.
static void a_stream_that_gets_no_memory_is_refused_and_leaves_nothing(void)
{
	static const char *const requests[] = {
		"{\"v\": 1, \"id\": 1, \"cmd\": \"torch\", \"args\": {\"port\": \"a\", \"interval\": 100}}",
		"{\"v\": 1, \"id\": 1, \"cmd\": \"capture\", \"args\": {\"port\": \"a\"}}",
	};
	struct app_bed *bed = app_bed_open(TWO);
	uint32_t n_refused = 0;

	for (size_t r = 0; r < sizeof(requests) / sizeof(*requests); r++) {
		for (int k = 1; k <= 4; k++) {
			int fd = app_bed_connect(bed);

			calloc_fails_in = k;
			app_bed_request(bed, fd, requests[r]);
			calloc_fails_in = 0;
			app_bed_advance_ms(bed, 200);
			json_t *line = app_bed_line(bed, fd);
			CU_ASSERT_PTR_NOT_NULL(line); // a client that hears nothing waits for ever
			n_refused += json_is_false(json_object_get(line, "ok"));
			json_decref(line);
			close(fd);
			app_bed_advance_ms(bed, 100);
			CU_ASSERT_EQUAL(api_server_clients(bed->app.api), 0);
		}
	}
	CU_ASSERT(n_refused >= sizeof(requests) / sizeof(*requests));
	CU_ASSERT(app_bed_close(bed));
}

#endif

// ---- answers

static void each_discover_is_answered_once_within_the_pause(void)
{
	struct app_bed *bed = app_bed_open(TWO);
	struct frame f;
	uint32_t n = 0;

	for (uint16_t i = 1; i <= 40; i++)
		discover_put(bed, i);
	uint32_t n_at_once = (uint32_t)node_responder_counts(bed->app.responder).sent;
	CU_ASSERT(n_at_once < 40); // answers that all left at once would meet at the asker
	app_bed_advance_ms(bed, 50);
	CU_ASSERT_EQUAL(node_responder_counts(bed->app.responder).sent, 40);
	CU_ASSERT_EQUAL(node_responder_counts(bed->app.responder).unsent, 0);
	app_bed_advance_ms(bed, 1000);
	while (app_bed_take_type(bed, 0, WIRE_TYPE_DISCOVER_RESP, &f))
		n++;
	CU_ASSERT_EQUAL(n, 40);
	CU_ASSERT(app_bed_close(bed));
}

// While answers wait for their time control looks often; else it sleeps.
static void control_is_brisk_while_answers_wait_and_slow_again(void)
{
	struct app_bed *bed = app_bed_open(TWO);

	app_bed_advance_ms(bed, 1000);
	CU_ASSERT_EQUAL(bed->app.tick_ms, 50);
	for (uint16_t i = 1; i <= 40; i++)
		discover_put(bed, i);
	CU_ASSERT(node_responder_counts(bed->app.responder).sent < 40);
	CU_ASSERT_EQUAL(bed->app.tick_ms, 2);
	app_bed_advance_ms(bed, 1000);
	CU_ASSERT_EQUAL(bed->app.tick_ms, 50);
	CU_ASSERT(app_bed_close(bed));
}

static void an_answer_that_cannot_leave_is_counted(void)
{
	static struct rte_mbuf *mbufs[8192];
	struct app_bed *bed = app_bed_open(TWO);
	uint32_t n = 0;

	app_bed_advance_ms(bed, 100);
	for (uint16_t i = 1; i <= 20; i++)
		discover_put(bed, i);
	uint32_t sent = (uint32_t)node_responder_counts(bed->app.responder).sent;
	CU_ASSERT(sent < 20);
	while (n < BASE_ARRAY_LEN(mbufs) && (mbufs[n] = rte_pktmbuf_alloc(port_pool_get(0, 0))) != NULL)
		n++;
	app_bed_advance_ms(bed, 300); // no buffer is free
	rte_pktmbuf_free_bulk(mbufs, n);
	struct node_responder_counts c = node_responder_counts(bed->app.responder);
	CU_ASSERT_EQUAL(c.sent, sent);
	CU_ASSERT_EQUAL(c.unsent, 20 - sent);
	json_t *status = app_bed_ask(bed, "status", NULL);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(status, "answers-sent")), (json_int_t)c.sent);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(status, "answers-unsent")), (json_int_t)c.unsent);
	json_decref(status);
	CU_ASSERT(app_bed_close(bed));
}

static const struct suite_case cases[] = {
	SUITE_CASE(torch_counts_who_sends_what),
	SUITE_CASE(torch_ends_after_its_time_with_a_sum),
	SUITE_CASE(torch_wants_a_port_that_is_there),
	SUITE_CASE(a_capture_of_so_many_frames_has_so_many),
	SUITE_CASE(filters_of_a_capture_hold),
	SUITE_CASE(a_capture_that_is_cancelled_has_all_that_came_until_then),
	SUITE_CASE(a_capture_ends_with_its_port),
#if !SUITE_HAS_ASAN
	SUITE_CASE(a_stream_that_gets_no_memory_is_refused_and_leaves_nothing),
#endif
	SUITE_CASE(each_discover_is_answered_once_within_the_pause),
	SUITE_CASE(control_is_brisk_while_answers_wait_and_slow_again),
	SUITE_CASE(an_answer_that_cannot_leave_is_counted),
};

SUITE_MAIN("app_streams", cases)
