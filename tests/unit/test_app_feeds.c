// SPDX-License-Identifier: BSD-3-Clause
// Feeds that last: who follows events from a point in the past, and who asks for all nodes. Who is told what,
// once, until when, and who is refused with which words.
#include <string.h>
#include <unistd.h>

#include "app_bed.h"
#include "base_clock.h"
#include "discovery.h"
#include "events.h"
#include "suite.h"
#include "topo.h"

#define NODE                                              \
	"romon: { identity: n, id: 02:00:00:00:ff:01 }\n" \
	"ports: { a: { device: net_ring_app0, link-id: 11 } }\n"

static const struct app_bed_node hap = {{{2, 0, 0, 0, 0, 0x10}}, "hap", NULL, 7, 200};
static const struct app_bed_node crs = {{{2, 0, 0, 0, 0, 0x20}}, "crs", NULL, 8, 300};

static struct app_bed *bed;

static int asked(const char *request)
{
	int fd = app_bed_connect(bed);

	app_bed_request(bed, fd, request);
	return fd;
}

static void left(int fd)
{
	close(fd);
	app_bed_advance_ms(bed, 50);
}

// A member of the data of the next line, "" when there is none; NULL when there is no line.
static const char *next(int fd, const char *member)
{
	static char text[256];
	json_t *line = app_bed_line(bed, fd);

	if (line == NULL)
		return NULL;
	json_t *value = json_object_get(json_object_get(line, "data"), member);
	snprintf(text, sizeof(text), "%s", json_is_string(value) ? json_string_value(value) : "");
	json_decref(line);
	return text;
}

static void next_is(int fd, const char *member, const char *wanted)
{
	const char *text = next(fd, member);

	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	if (strcmp(text, wanted) != 0)
		fprintf(stderr, "(%s, not %s) ", text, wanted);
	CU_ASSERT_STRING_EQUAL(text, wanted);
}

static void refused(const char *request, const char *message)
{
	int fd = asked(request);
	json_t *line = app_bed_line(bed, fd);
	const char *said = json_string_value(json_object_get(json_object_get(line, "error"), "message"));

	CU_ASSERT_PTR_NOT_NULL_FATAL(said);
	CU_ASSERT_STRING_EQUAL(said, message);
	json_decref(line);
	left(fd);
}

static void added(const char *text)
{
	events_add(&bed->app, EVENT_CONFIG_APPLIED, "a", 0, "%s", text);
}

static int followed(uint64_t since)
{
	char request[96];

	snprintf(request, sizeof(request),
		"{\"v\":1,\"id\":1,\"cmd\":\"events-follow\",\"args\":{\"since\":%u}}", (unsigned)since);
	return asked(request);
}

static void followers_hear_what_was_since_then_and_what_comes(void)
{
	bed = app_bed_open(NODE);
	uint64_t since = events_count(&bed->app);
	added("one");
	added("two");
	int all = followed(since);
	int some = followed(since + 1);
	int none = followed(since + 2);
	int later = followed(since + 100);
	added("three");
	app_bed_turn(bed);
	next_is(all, "text", "one");
	next_is(all, "text", "two");
	next_is(all, "text", "three");
	CU_ASSERT_PTR_NULL(next(all, "text"));
	next_is(some, "text", "two");
	next_is(some, "text", "three");
	CU_ASSERT_PTR_NULL(next(some, "text"));
	next_is(none, "text", "three");
	next_is(later, "text", "three");
	left(some); // neither the first nor the last in line
	added("four");
	app_bed_turn(bed);
	next_is(all, "text", "four");
	next_is(none, "text", "four");
	next_is(later, "text", "four");
	left(all);
	left(later);
	left(none);
	CU_ASSERT_PTR_NULL(bed->app.followers);
	CU_ASSERT(app_bed_close(bed));
}

// What is no longer in memory is not told: the oldest that is comes first.
static void followers_begin_with_the_oldest_that_is_kept(void)
{
	char text[16];

	bed = app_bed_open(NODE);
	uint64_t begun = events_count(&bed->app);
	for (uint64_t i = begun; i < EVENTS_MAX + 5; i++) {
		snprintf(text, sizeof(text), "%u", (unsigned)i);
		added(text);
	}
	CU_ASSERT_EQUAL(events_count(&bed->app), EVENTS_MAX + 5);
	int fd = followed(EVENTS_MAX + 3); // two of them
	snprintf(text, sizeof(text), "%d", EVENTS_MAX + 3);
	next_is(fd, "text", text);
	snprintf(text, sizeof(text), "%d", EVENTS_MAX + 4);
	next_is(fd, "text", text);
	CU_ASSERT_PTR_NULL(next(fd, "text"));
	left(fd);
	CU_ASSERT(app_bed_close(bed));
}

#define DISCOVER(args) "{\"v\":1,\"id\":1,\"cmd\":\"discover\",\"args\":{" args "}}"

static void a_discovery_of_some_time_tells_who_answers_and_sums_it_up(void)
{
	bed = app_bed_open(NODE);
	app_bed_advance_ms(bed, 1000);
	int fd = asked(DISCOVER("\"duration\":3000"));
	app_bed_advance_ms(bed, 200);
	CU_ASSERT_TRUE_FATAL(app_bed_answer(bed, 0, &hap));
	app_bed_advance_ms(bed, 1000);
	next_is(fd, "identity", "hap");
	CU_ASSERT_TRUE_FATAL(app_bed_answer(bed, 0, &crs));
	app_bed_advance_ms(bed, 1000);
	next_is(fd, "identity", "crs"); // who did not answer since is not told again
	CU_ASSERT_PTR_NULL(next(fd, "identity"));
	app_bed_advance_ms(bed, 700);
	CU_ASSERT_PTR_NULL(next(fd, "identity"));
	app_bed_advance_ms(bed, 300);
	json_t *line = app_bed_line(bed, fd);
	CU_ASSERT_PTR_NOT_NULL_FATAL(line);
	CU_ASSERT_PTR_NULL(json_object_get(line, "more")); // the last one
	json_decref(line);
	left(fd);
	CU_ASSERT(app_bed_close(bed));
}

// Asked for once: each node once, at the end, which is after three rounds.
static void a_discovery_for_once_tells_each_node_at_its_end(void)
{
	bed = app_bed_open(NODE);
	app_bed_advance_ms(bed, 1000);
	int fd = asked(DISCOVER("\"once\":true"));
	app_bed_advance_ms(bed, 200);
	CU_ASSERT_TRUE_FATAL(app_bed_answer(bed, 0, &hap));
	app_bed_advance_ms(bed, 1000);
	CU_ASSERT_TRUE_FATAL(app_bed_answer(bed, 0, &crs));
	app_bed_advance_ms(bed, 1000);
	CU_ASSERT_TRUE_FATAL(app_bed_answer(bed, 0, &hap));
	app_bed_advance_ms(bed, 700);
	CU_ASSERT_PTR_NULL(next(fd, "identity"));
	app_bed_advance_ms(bed, 200);
	next_is(fd, "identity", "hap");
	next_is(fd, "identity", "crs");
	CU_ASSERT_PTR_NOT_NULL(next(fd, "identity")); // the sum
	CU_ASSERT_PTR_NULL(next(fd, "identity"));
	left(fd);
	CU_ASSERT(app_bed_close(bed));
}

static void discoveries_that_cannot_be_are_refused(void)
{
	int fds[64];
	uint32_t n = 0;

	bed = app_bed_open(NODE);
	for (; n < 64; n++) {
		fds[n] = asked(DISCOVER(""));
		json_t *line = app_bed_line(bed, fds[n]);
		if (line == NULL)
			continue;
		json_decref(line);
		break;
	}
	char message[64];
	snprintf(message, sizeof(message), "%u discoveries run already: end one of them", n);
	CU_ASSERT_TRUE_FATAL(n > 0 && n < 64);
	refused(DISCOVER(""), message);
	for (uint32_t i = 0; i <= n; i++)
		close(fds[i]);
	app_bed_advance_ms(bed, 100);
	CU_ASSERT_EQUAL(app_bed_reload(bed,
				"romon: { identity: n, id: 02:00:00:00:ff:01, enabled: false }\n"
				"ports: { a: { device: net_ring_app0, link-id: 11 } }\n",
				0),
		0);
	refused(DISCOVER(""), "RoMON is off on this node: set romon.enabled: true");
	CU_ASSERT(app_bed_close(bed));
}

static const struct suite_case cases[] = {
	SUITE_CASE(followers_hear_what_was_since_then_and_what_comes),
	SUITE_CASE(followers_begin_with_the_oldest_that_is_kept),
	SUITE_CASE(a_discovery_of_some_time_tells_who_answers_and_sums_it_up),
	SUITE_CASE(a_discovery_for_once_tells_each_node_at_its_end),
	SUITE_CASE(discoveries_that_cannot_be_are_refused),
};
SUITE_MAIN("app feeds", cases)
