// SPDX-License-Identifier: BSD-3-Clause
// Feeds of the control socket as a peer sees them, and what their owner is told. The server runs in this
// thread, a turn at a time.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api_bed.h"
#include "api_client.h"
#include "api_feed.h"
#include "suite.h"

#define MESSAGE_LEN 1000

// What owns the feed that was opened last.
#define N_MANY 5000 // messages; a sanitizer takes a millisecond for each

static struct {
	struct api_feed *feed;
	unsigned n_closed;
	enum api_close why;
	json_t *summary; // given to on_close's caller
	unsigned works;  // what it does with the feed in on_close
} owner;

enum { WORK_ASK = 1, WORK_SEND = 2, WORK_END = 4, WORK_FAIL = 8 };

static json_t *closed(void *user, enum api_close why)
{
	struct api_error err = API_ERROR_INIT;

	CU_ASSERT_PTR_EQUAL(user, &owner);
	if ((owner.works & WORK_ASK) != 0)
		CU_ASSERT(api_feed_pending(owner.feed) <= API_QUEUE_LEN_MAX);
	if ((owner.works & WORK_SEND) != 0)
		api_feed_send(owner.feed, json_string("nobody hears this"));
	if ((owner.works & WORK_END) != 0)
		api_feed_end(owner.feed, json_string("nor this"));
	api_fail(&err, API_ERROR_FAILED, "nor this");
	if ((owner.works & WORK_FAIL) != 0)
		api_feed_fail(owner.feed, &err);
	owner.feed = NULL;
	owner.n_closed++;
	owner.why = why;
	json_t *summary = owner.summary;
	owner.summary = NULL;
	return summary;
}

static int follow(void *ctx, struct api_feed *s, json_t *args, struct api_error *err)
{
	(void)ctx;
	if (json_object_get(args, "refuse") != NULL) {
		api_feed_send(s, json_integer(0));
		api_feed_on_close(s, closed, &owner);
		api_fail(err, API_ERROR_NOT_FOUND, "nothing to follow");
		return -ENOENT;
	}
	if (json_object_get(args, "forget") != NULL)
		return -ENOENT; // without a reason: an opener's own bug
	json_int_t n = json_integer_value(json_object_get(args, "count"));
	for (json_int_t i = 0; i < n; i++)
		api_feed_send(s, json_integer(i));
	if (json_object_get(args, "count") != NULL) {
		api_feed_end(s, json_string("done"));
		return 0;
	}
	owner.feed = s;
	api_feed_on_close(s, closed, &owner);
	return 0;
}

static json_t *echo(void *ctx, json_t *args, struct api_error *err)
{
	(void)ctx;
	(void)err;
	return json_incref(args);
}

static const struct api_command commands[] = {
	{"echo", API_TIER_READ, echo, "give the arguments back"},
	{"follow", API_TIER_READ, NULL, "a feed", follow},
	{"both", API_TIER_READ, echo, "a feed here, an answer elsewhere", follow},
};

static void bed_open(struct api_bed *b)
{
	api_bed_open(b, commands, BASE_ARRAY_LEN(commands), NULL, NULL);
	memset(&owner, 0, sizeof(owner));
}

static void ask(struct api_bed *b, int fd, const char *line)
{
	CU_ASSERT_EQUAL(api_bed_send(b, fd, line, strlen(line)), strlen(line));
}

static void expect(struct api_bed *b, int fd, const char *lines)
{
	bool is_closed;
	char *got = api_bed_receive(b, fd, NULL, &is_closed);

	if (strcmp(got, lines) != 0)
		printf("\nwanted: %.400s\ngot:    %.400s\n", lines, got);
	CU_ASSERT_STRING_EQUAL(got, lines);
	CU_ASSERT_FALSE(is_closed);
	free(got);
}

#define FOLLOW(id) "{\"v\":1,\"id\":" id ",\"cmd\":\"follow\"}\n"
#define ECHO(id)   "{\"v\":1,\"id\":" id ",\"cmd\":\"echo\"}\n"

static void messages_come_at_any_time_and_the_end_frees_the_connection(void)
{
	struct api_bed b;

	bed_open(&b);
	int fd = api_bed_peer(&b);
	ask(&b, fd, FOLLOW("7"));
	expect(&b, fd, "");
	CU_ASSERT_PTR_NOT_NULL_FATAL(owner.feed);
	api_feed_send(owner.feed, json_integer(1)); // no turn of the server is needed
	expect(&b, fd, "{\"id\":7,\"ok\":true,\"more\":true,\"data\":1}\n");
	api_feed_send(owner.feed, NULL);
	api_feed_send(owner.feed, json_string("x"));
	CU_ASSERT_EQUAL(api_feed_pending(owner.feed), 0);
	api_feed_end(owner.feed, json_integer(3));
	expect(&b, fd,
		"{\"id\":7,\"ok\":true,\"more\":true,\"data\":null}\n"
		"{\"id\":7,\"ok\":true,\"more\":true,\"data\":\"x\"}\n"
		"{\"id\":7,\"ok\":true,\"data\":3}\n");
	ask(&b, fd, ECHO("8"));
	expect(&b, fd, "{\"id\":8,\"ok\":true,\"data\":{}}\n");
	ask(&b, fd, "{\"v\":1,\"id\":9,\"cmd\":\"both\"}\n");
	api_feed_end(owner.feed, NULL);
	expect(&b, fd, "{\"id\":9,\"ok\":true,\"data\":null}\n");
	close(fd);
	api_bed_pump(&b);
	CU_ASSERT_EQUAL(api_server_clients(b.server), 0);
	CU_ASSERT_EQUAL(owner.n_closed, 0);
	api_bed_close(&b);
}

static void opener_may_end_fail_or_refuse(void)
{
	struct api_error err = API_ERROR_INIT;
	struct api_bed b;

	bed_open(&b);
	int fd = api_bed_peer(&b);
	ask(&b, fd, "{\"v\":1,\"id\":1,\"cmd\":\"follow\",\"args\":{\"count\":2}}\n");
	expect(&b, fd,
		"{\"id\":1,\"ok\":true,\"more\":true,\"data\":0}\n"
		"{\"id\":1,\"ok\":true,\"more\":true,\"data\":1}\n"
		"{\"id\":1,\"ok\":true,\"data\":\"done\"}\n");
	ask(&b, fd, "{\"v\":1,\"id\":2,\"cmd\":\"follow\",\"args\":{\"refuse\":1}}\n");
	expect(&b, fd,
		"{\"id\":2,\"ok\":true,\"more\":true,\"data\":0}\n"
		"{\"id\":2,\"ok\":false,\"error\":{\"code\":\"not-found\",\"message\":\"nothing to "
		"follow\"}}\n");
	ask(&b, fd, "{\"v\":1,\"id\":3,\"cmd\":\"follow\",\"args\":{\"forget\":1}}\n");
	expect(&b, fd,
		"{\"id\":3,\"ok\":false,\"error\":{\"code\":\"failed\",\"message\":"
		"\"out of memory in follow\"}}\n");
	ask(&b, fd, FOLLOW("4"));
	api_fail(&err, API_ERROR_FAILED, "the disk is full");
	api_feed_fail(owner.feed, &err);
	expect(&b, fd,
		"{\"id\":4,\"ok\":false,\"error\":{\"code\":\"failed\",\"message\":\"the disk is full\"}}\n");
	ask(&b, fd, ECHO("5"));
	expect(&b, fd, "{\"id\":5,\"ok\":true,\"data\":{}}\n");
	close(fd);
	api_bed_pump(&b);
	CU_ASSERT_EQUAL(owner.n_closed, 0);
	api_bed_close(&b);
}

static void further_request_cancels_and_is_answered(void)
{
	struct api_bed b;

	bed_open(&b);
	int fd = api_bed_peer(&b);
	ask(&b, fd, FOLLOW("\"a\""));
	owner.summary = json_string("sum");
	ask(&b, fd, ECHO("2"));
	expect(&b, fd,
		"{\"id\":\"a\",\"ok\":true,\"cancelled\":true,\"data\":\"sum\"}\n"
		"{\"id\":2,\"ok\":true,\"data\":{}}\n");
	CU_ASSERT_EQUAL(owner.n_closed, 1);
	CU_ASSERT_EQUAL(owner.why, API_CLOSE_CANCELLED);

	ask(&b, fd, FOLLOW("3"));
	ask(&b, fd, FOLLOW("4")); // also by a feed, and by what is no request
	expect(&b, fd, "{\"id\":3,\"ok\":true,\"cancelled\":true,\"data\":null}\n");
	ask(&b, fd, "{\n");
	bool is_closed;
	char *got = api_bed_receive(&b, fd, NULL, &is_closed);
	CU_ASSERT_PTR_NOT_NULL(strstr(got, "{\"id\":4,\"ok\":true,\"cancelled\":true,\"data\":null}\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(got, "\"bad-request\""));
	free(got);
	CU_ASSERT_EQUAL(owner.n_closed, 3);

	ask(&b, fd, FOLLOW("5"));
	ask(&b, fd, "{\"v\":1,\"id\":6,\"cmd\":\"cancel\"}\n{\"v\":1,\"id\":7,\"cmd\":\"cancel\"}\n");
	expect(&b, fd,
		"{\"id\":5,\"ok\":true,\"cancelled\":true,\"data\":null}\n"
		"{\"id\":6,\"ok\":true,\"data\":{\"cancelled\":true}}\n"
		"{\"id\":7,\"ok\":true,\"data\":{\"cancelled\":false}}\n");
	CU_ASSERT_EQUAL(owner.n_closed, 4);
	close(fd);
	api_bed_close(&b);
}

// A peer that only says that it will ask no more still gets the summary.
static void end_of_input_cancels(void)
{
	struct api_bed b;
	bool is_closed;

	bed_open(&b);
	int fd = api_bed_peer(&b);
	ask(&b, fd, FOLLOW("1"));
	owner.summary = json_integer(9);
	shutdown(fd, SHUT_WR);
	api_bed_pump(&b);
	char *got = api_bed_receive(&b, fd, NULL, &is_closed);
	CU_ASSERT_STRING_EQUAL(got, "{\"id\":1,\"ok\":true,\"cancelled\":true,\"data\":9}\n");
	CU_ASSERT_TRUE(is_closed);
	CU_ASSERT_EQUAL(owner.n_closed, 1);
	CU_ASSERT_EQUAL(api_server_clients(b.server), 0);
	free(got);
	close(fd);
	api_bed_close(&b);
}

static void too_long_a_line_cancels_first(void)
{
	char *line = malloc(API_LINE_LEN_MAX + 1);
	struct api_bed b;
	bool is_closed;

	bed_open(&b);
	int fd = api_bed_peer(&b);
	ask(&b, fd, FOLLOW("1"));
	memset(line, 'x', API_LINE_LEN_MAX + 1);
	api_bed_send(&b, fd, line, API_LINE_LEN_MAX + 1);
	char *got = api_bed_receive(&b, fd, NULL, &is_closed);
	CU_ASSERT_TRUE(is_closed);
	CU_ASSERT_PTR_EQUAL(strstr(got, "{\"id\":1,\"ok\":true,\"cancelled\":true,\"data\":null}\n"), got);
	CU_ASSERT_PTR_NOT_NULL(strstr(got, "a request is at most"));
	CU_ASSERT_EQUAL(owner.n_closed, 1);
	free(got);
	free(line);
	close(fd);
	api_bed_close(&b);
}

static void client_that_vanishes_closes_once(void)
{
	struct api_bed b;

	bed_open(&b);
	int fd = api_bed_peer(&b);
	ask(&b, fd, FOLLOW("1"));
	owner.summary = json_integer(1); // nobody reads it
	api_feed_send(owner.feed, json_integer(1));
	close(fd);
	api_feed_send(owner.feed, json_integer(2)); // before the server has noticed
	CU_ASSERT_EQUAL(owner.n_closed, 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(owner.feed);
	api_feed_send(owner.feed, json_integer(3));
	api_bed_pump(&b);
	CU_ASSERT_EQUAL(owner.n_closed, 1);
	CU_ASSERT_EQUAL(owner.why, API_CLOSE_GONE); // a send had failed
	CU_ASSERT_EQUAL(api_server_clients(b.server), 0);

	fd = api_bed_peer(&b);
	ask(&b, fd, FOLLOW("1"));
	close(fd);
	api_bed_pump(&b);
	CU_ASSERT_EQUAL(owner.n_closed, 2);
	CU_ASSERT_EQUAL(api_server_clients(b.server), 0);

	fd = api_bed_peer(&b);
	ask(&b, fd, FOLLOW("1"));
	close(fd);
	api_feed_end(owner.feed, json_integer(4)); // the owner was first
	api_bed_pump(&b);
	CU_ASSERT_EQUAL(owner.n_closed, 2);
	CU_ASSERT_EQUAL(api_server_clients(b.server), 0);
	api_bed_close(&b);
}

static json_t *message_make(unsigned i)
{
	char text[MESSAGE_LEN + 1];

	memset(text, 'x', MESSAGE_LEN);
	text[MESSAGE_LEN] = '\0';
	return json_pack("{s:i, s:s}", "n", (int)i, "text", text);
}

static void many_messages_arrive_whole_and_in_order(void)
{
	struct api_bed b;
	size_t received = 0;
	unsigned n_lines = 0;
	char *all = calloc(1, 64 * 1024 * 1024);

	bed_open(&b);
	int fd = api_bed_peer(&b);
	ask(&b, fd, FOLLOW("1"));
	for (unsigned i = 0; i < N_MANY; i++) { // 1 KB each: more than the queue holds
		api_feed_send(owner.feed, message_make(i));
		if (api_feed_pending(owner.feed) < API_QUEUE_LEN_MAX / 2)
			continue;
		bool is_closed;
		size_t len;
		char *got = api_bed_receive(&b, fd, &len, &is_closed);
		memcpy(all + received, got, len);
		received += len;
		free(got);
		CU_ASSERT_EQUAL(api_feed_pending(owner.feed), 0);
	}
	api_feed_end(owner.feed, NULL);
	bool is_closed;
	size_t len;
	char *got = api_bed_receive(&b, fd, &len, &is_closed);
	memcpy(all + received, got, len);
	free(got);
	for (char *line = all; *line != '\0' && n_lines < N_MANY; n_lines++) {
		char *end = strchr(line, '\n');
		json_t *answer = json_loadb(line, (size_t)(end - line), 0, NULL);
		json_t *n = json_object_get(json_object_get(answer, "data"), "n");
		CU_ASSERT_EQUAL_FATAL(json_integer_value(n), n_lines);
		CU_ASSERT_TRUE(json_is_true(json_object_get(answer, "more")));
		json_decref(answer);
		line = end + 1;
	}
	CU_ASSERT_EQUAL(n_lines, N_MANY);
	CU_ASSERT_EQUAL(owner.n_closed, 0);
	free(all);
	close(fd);
	api_bed_close(&b);
}

static void slow_reader_is_dropped_while_others_are_served(void)
{
	struct api_bed b;
	bool is_closed;
	size_t len;

	bed_open(&b);
	int slow = api_bed_peer(&b);
	int other = api_bed_peer(&b);
	ask(&b, slow, FOLLOW("1"));
	struct api_feed *feed = owner.feed;
	for (unsigned i = 0; i < 10000 && owner.n_closed == 0; i++) {
		api_feed_send(feed, message_make(i));
		CU_ASSERT_EQUAL(owner.n_closed, 0); // never from inside a send
	}
	ask(&b, other, ECHO("2"));
	expect(&b, other, "{\"id\":2,\"ok\":true,\"data\":{}}\n");
	CU_ASSERT_EQUAL(owner.n_closed, 1);
	CU_ASSERT_EQUAL(owner.why, API_CLOSE_GONE);
	CU_ASSERT_EQUAL(b.n_log_lines, 1);
	CU_ASSERT_EQUAL(api_server_clients(b.server), 1);
	char *got = api_bed_receive(&b, slow, &len, &is_closed);
	CU_ASSERT_TRUE(is_closed);
	CU_ASSERT(len < API_QUEUE_LEN_MAX);
	free(got);
	close(slow);
	close(other);
	api_bed_close(&b);
}

static void destroy_closes_open_feeds(void)
{
	struct api_bed b;

	bed_open(&b);
	int fd = api_bed_peer(&b);
	ask(&b, fd, FOLLOW("1"));
	owner.summary = json_integer(1);
	api_server_destroy(b.server);
	b.server = NULL;
	CU_ASSERT_EQUAL(owner.n_closed, 1);
	CU_ASSERT_EQUAL(owner.why, API_CLOSE_GONE);
	close(fd);
	api_bed_close(&b);
}

// An owner that works on while it is told of the end (a capture takes what has passed until then): with every
// function of a feed, and for every end.
static void owner_may_use_its_feed_until_on_close_returns(void)
{
	static const unsigned works[] = {
		WORK_ASK, WORK_SEND, WORK_END, WORK_FAIL, WORK_ASK | WORK_SEND | WORK_END | WORK_FAIL};

	for (size_t i = 0; i < BASE_ARRAY_LEN(works); i++) {
		struct api_bed b;
		bool is_closed;

		bed_open(&b);
		owner.works = works[i];
		int fd = api_bed_peer(&b);
		ask(&b, fd, FOLLOW("1"));
		owner.summary = json_integer(1);
		ask(&b, fd, ECHO("2")); // a further request
		expect(&b, fd,
			"{\"id\":1,\"ok\":true,\"cancelled\":true,\"data\":1}\n"
			"{\"id\":2,\"ok\":true,\"data\":{}}\n");
		ask(&b, fd, FOLLOW("3"));
		shutdown(fd, SHUT_WR); // the end of input
		api_bed_pump(&b);
		char *got = api_bed_receive(&b, fd, NULL, &is_closed);
		CU_ASSERT_STRING_EQUAL(got, "{\"id\":3,\"ok\":true,\"cancelled\":true,\"data\":null}\n");
		CU_ASSERT_TRUE(is_closed);
		free(got);
		close(fd);
		fd = api_bed_peer(&b);
		ask(&b, fd, FOLLOW("4"));
		close(fd); // gone
		api_bed_pump(&b);
		CU_ASSERT_EQUAL(owner.n_closed, 3);
		fd = api_bed_peer(&b);
		ask(&b, fd, FOLLOW("5"));
		for (unsigned n = 0; n < 10000 && owner.feed != NULL && owner.n_closed == 3; n++) {
			api_feed_send(owner.feed, message_make(n)); // a slow reader
			if (n % 64 == 0)
				api_bed_pump(&b);
		}
		CU_ASSERT_EQUAL(owner.n_closed, 4);
		close(fd);
		fd = api_bed_peer(&b);
		ask(&b, fd, FOLLOW("6"));
		api_server_destroy(b.server); // the stop
		b.server = NULL;
		CU_ASSERT_EQUAL(owner.n_closed, 5);
		close(fd);
		api_bed_close(&b);
	}
}

static void dispatch_has_no_feeds(void)
{
	static const struct api_table table = {commands, BASE_ARRAY_LEN(commands), NULL};
	struct api_error err = API_ERROR_INIT;

	CU_ASSERT_PTR_NULL(api_dispatch(&table, API_TIER_READ, "follow", NULL, &err));
	CU_ASSERT_EQUAL(err.code, API_ERROR_BAD_REQUEST);
	CU_ASSERT_STRING_EQUAL(err.message, "follow is a feed: only the control socket has it");
	api_error_clear(&err);
	json_t *data = api_dispatch(&table, API_TIER_READ, "both", NULL, &err);
	CU_ASSERT_TRUE(json_is_object(data));
	json_decref(data);
}

// The client's side against the same server: nothing here waits, because what is read was sent before.
static void client_takes_messages_cancels_and_goes_on(void)
{
	struct api_error err = API_ERROR_INIT;
	struct api_bed b;
	json_t *data;
	bool is_last;

	bed_open(&b);
	struct api_client *c = api_client_connect(b.path, 1000);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_EQUAL(api_client_next(c, 0, &data, &is_last, &err), -EINVAL);
	CU_ASSERT_EQUAL(api_client_open(c, "follow", NULL, 1000), 0);
	api_bed_pump(&b);
	CU_ASSERT_EQUAL(api_client_next(c, 0, &data, &is_last, &err), -ETIMEDOUT);
	CU_ASSERT_FALSE(is_last);
	for (int i = 0; i < 3; i++)
		api_feed_send(owner.feed, json_integer(i));
	for (int i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(api_client_next(c, 0, &data, &is_last, &err), 0);
		CU_ASSERT_EQUAL(json_integer_value(data), i);
		CU_ASSERT_FALSE(is_last);
		json_decref(data);
	}
	owner.summary = json_string("sum");
	CU_ASSERT_EQUAL(api_client_cancel(c, 1000), 0);
	api_bed_pump(&b);
	CU_ASSERT_EQUAL(api_client_next(c, 0, &data, &is_last, &err), 0);
	CU_ASSERT_TRUE(is_last);
	CU_ASSERT_STRING_EQUAL(json_string_value(data), "sum");
	json_decref(data);

	json_t *args = json_pack("{s:i}", "refuse", 1);
	CU_ASSERT_EQUAL(api_client_open(c, "follow", args, 1000), 0); // the answer to cancel is still unread
	json_decref(args);
	api_bed_pump(&b);
	CU_ASSERT_EQUAL(api_client_next(c, 0, &data, &is_last, &err), 0);
	CU_ASSERT_FALSE(is_last);
	json_decref(data);
	CU_ASSERT_EQUAL(api_client_next(c, 0, &data, &is_last, &err), -EREMOTEIO);
	CU_ASSERT_TRUE(is_last);
	CU_ASSERT_EQUAL(err.code, API_ERROR_NOT_FOUND);
	api_error_clear(&err);
	CU_ASSERT_EQUAL(api_client_next(c, 0, &data, &is_last, &err), -EINVAL);
	CU_ASSERT_EQUAL(api_client_cancel(c, 0), 0); // nothing to cancel: nothing is sent

	CU_ASSERT_EQUAL(api_client_open(c, "follow", NULL, 1000), 0);
	api_bed_pump(&b);
	api_feed_send(owner.feed, json_integer(1));
	api_client_close(c);
	api_bed_pump(&b);
	CU_ASSERT_EQUAL(owner.n_closed, 2);
	api_bed_close(&b);
}

// Like an HTTP CONNECT: behind the last line the connection is the owner's.
static void a_connection_is_handed_over(void)
{
	struct api_bed b;
	char bytes[16] = {0};

	bed_open(&b);
	int fd = api_bed_peer(&b);
	ask(&b, fd, FOLLOW("7"));
	CU_ASSERT_PTR_NOT_NULL_FATAL(owner.feed);
	int taken = api_feed_take(owner.feed, json_integer(5));
	CU_ASSERT_TRUE_FATAL(taken >= 0);
	CU_ASSERT_EQUAL(owner.n_closed, 0);
	CU_ASSERT_EQUAL(api_server_clients(b.server), 0); // it takes no place any more
	expect(&b, fd, "{\"id\":7,\"ok\":true,\"data\":5}\n");
	// what looks like a request is nobody's business there
	CU_ASSERT_EQUAL(send(fd, ECHO("8"), strlen(ECHO("8")), 0), strlen(ECHO("8")));
	api_bed_pump(&b);
	CU_ASSERT_EQUAL(recv(taken, bytes, 6, MSG_DONTWAIT), 6);
	CU_ASSERT_STRING_EQUAL(bytes, "{\"v\":1");
	CU_ASSERT_EQUAL(recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT), -1);
	close(taken);
	close(fd);
	// who did not wait for the answer, or is gone, gets none
	fd = api_bed_peer(&b);
	ask(&b, fd, FOLLOW("9"));
	CU_ASSERT_EQUAL(send(fd, "early", 5, 0), 5);
	api_bed_pump(&b);
	CU_ASSERT_EQUAL(api_feed_take(owner.feed, json_integer(5)), -EPROTO);
	api_bed_pump(&b);
	CU_ASSERT_EQUAL(api_server_clients(b.server), 0);
	close(fd);
	api_bed_close(&b);
}

static const struct suite_case cases[] = {
	SUITE_CASE(a_connection_is_handed_over),
	SUITE_CASE(messages_come_at_any_time_and_the_end_frees_the_connection),
	SUITE_CASE(opener_may_end_fail_or_refuse),
	SUITE_CASE(further_request_cancels_and_is_answered),
	SUITE_CASE(end_of_input_cancels),
	SUITE_CASE(too_long_a_line_cancels_first),
	SUITE_CASE(client_that_vanishes_closes_once),
	SUITE_CASE(many_messages_arrive_whole_and_in_order),
	SUITE_CASE(slow_reader_is_dropped_while_others_are_served),
	SUITE_CASE(destroy_closes_open_feeds),
	SUITE_CASE(owner_may_use_its_feed_until_on_close_returns),
	SUITE_CASE(dispatch_has_no_feeds),
	SUITE_CASE(client_takes_messages_cancels_and_goes_on),
};

SUITE_MAIN("api_feed", cases)
