// SPDX-License-Identifier: BSD-3-Clause
// Byte streams of the whole daemon: to a node behind port a, and from it to a TCP server of this machine. The
// far node speaks with lib/stream; its frames are on the wire of net_ring_app0.
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app_bed.h"
#include "base_be.h"
#include "base_clock.h"
#include "stream_table.h"
#include "suite.h"

#define FAR_ID 0x020000000010u
#define OTHER  99 // a service that nobody knows

#define NODE                                                            \
	"romon: { identity: n, id: 02:00:00:00:ff:01, role: master }\n" \
	"ports: { a: { device: net_ring_app0, link-id: 11 } }\n"
#define PAYLOAD (WIRE_ETH_LEN + WIRE_HDR_LEN + WIRE_HOP_LEN) // of Data over one link: service ports first

static const struct base_mac own_id = {{2, 0, 0, 0, 0xff, 1}};
static const struct app_bed_node far_node = {{{2, 0, 0, 0, 0, 0x10}}, "far", NULL, 7, 200};

static struct app_bed *bed;
static struct stream_table *far;
static struct stream_conn *far_conn;
static uint32_t far_news;
static bool far_is_deaf;
static uint8_t bytes[400000];
static uint8_t got[sizeof(bytes)];

static int far_send(
	void *ctx, uint64_t peer, const uint8_t *way, uint32_t way_len, const uint8_t *payload, uint32_t len)
{
	struct base_mac here = app_bed_mac(bed, "a");
	struct frame_hop hop = {far_node.link_id, here};
	struct frame_data_spec spec = {.eth_dst = here,
		.eth_src = far_node.id,
		.src_id = far_node.id,
		.dst_id = own_id,
		.hops = &hop,
		.n = 1,
		.src_port = base_be16_load(payload),
		.dst_port = base_be16_load(payload + 2),
		.payload_len = len - 4};
	struct frame f;

	(void)ctx;
	(void)way;
	(void)way_len;
	CU_ASSERT_EQUAL(peer, base_mac_u64(&own_id));
	frame_data(&f, &spec);
	memcpy(f.bytes + PAYLOAD, payload, len);
	app_bed_put(bed, 0, &f);
	return 0;
}

static struct stream_route far_route(void *ctx, uint64_t peer, const uint8_t *way, uint32_t way_len)
{
	(void)ctx;
	(void)peer;
	(void)way;
	(void)way_len;
	return (struct stream_route){.segment = 1000};
}

static uint32_t far_random(void *ctx)
{
	static uint32_t n = 0x12345;

	(void)ctx;
	return n = n * 1664525u + 1013904223u;
}

static void begin(const char *yaml)
{
	const struct stream_io io = {.send = far_send, .route = far_route, .random = far_random};

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7 + i / 251);
	bed = app_bed_open(yaml);
	app_bed_advance_ms(bed, 1000);
	CU_ASSERT_FATAL(app_bed_answer(bed, 0, &far_node));
	app_bed_advance_ms(bed, 100);
	far = stream_table_create(&stream_cfg_default, &io);
	CU_ASSERT_PTR_NOT_NULL_FATAL(far);
	far_conn = NULL;
	far_news = 0;
	far_is_deaf = false;
}

static void end(void)
{
	stream_table_destroy(far);
	CU_ASSERT(app_bed_close(bed));
}

// A millisecond of both ends.
static void turn(void)
{
	uint8_t way = 1;
	struct frame f;
	struct stream_conn *c;
	uint32_t news;

	app_bed_advance_ms(bed, 1);
	while (app_bed_take_type(bed, 0, WIRE_TYPE_DATA, &f)) {
		if (!far_is_deaf)
			(void)stream_input(far, base_mac_u64(&own_id), 0, f.bytes + PAYLOAD, f.len - PAYLOAD,
				&way, 1, base_mono_ns() / 1000);
	}
	stream_tick(far, base_mono_ns() / 1000);
	while ((c = stream_next(far, &news)) != NULL) {
		far_conn = c;
		far_news |= news;
	}
}

static void turns(uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		turn();
}

static bool far_until(uint32_t news)
{
	for (int i = 0; i < 20000 && (far_news & news) == 0; i++)
		turn();
	return (far_news & news) != 0;
}

// A line that the client of the control socket gets.
static json_t *line_until(int fd)
{
	json_t *line = NULL;

	for (int i = 0; i < 12000 && line == NULL; i++) {
		turn();
		line = app_bed_line(bed, fd);
	}
	CU_ASSERT_PTR_NOT_NULL_FATAL(line);
	return line;
}

static int stream_asked(const char *args)
{
	char request[256];
	int fd = app_bed_connect(bed);

	snprintf(request, sizeof(request), "{\"v\":1,\"id\":1,\"cmd\":\"stream-open\",\"args\":%s}", args);
	app_bed_request(bed, fd, request);
	return fd;
}

static const char *text_of(json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL ? text : "(none)";
}

static json_int_t number_of(json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

// The far node offers the service; the answer that the client got.
static int opened(const char *args, uint16_t service)
{
	CU_ASSERT_EQUAL_FATAL(stream_listen(far, service), 0);
	int fd = stream_asked(args);
	json_t *line = line_until(fd);
	json_t *data = json_object_get(line, "data");
	CU_ASSERT_STRING_EQUAL(text_of(data, "address"), "02:00:00:00:00:10");
	CU_ASSERT_EQUAL(number_of(data, "service"), service);
	CU_ASSERT_EQUAL(number_of(data, "stream"), 1);
	json_decref(line);
	CU_ASSERT_TRUE_FATAL(far_until(STREAM_OPENED));
	return fd;
}

// What the far node has read until now, at most max; into got.
static uint32_t far_read(uint32_t n, uint32_t max)
{
	const uint8_t *at;
	uint32_t len;

	while (n < max && (at = stream_read(far_conn, &len)) != NULL && len > 0) {
		len = len < max - n ? len : max - n;
		memcpy(got + n, at, len);
		stream_read_done(far_conn, len);
		n += len;
	}
	return n;
}

// All of bytes from the descriptor to the far node, and back.
static void both_ways(int fd)
{
	uint32_t n_sent = 0;
	uint32_t n_got = 0;

	memset(got, 0, sizeof(got));
	for (int i = 0; i < 60000 && n_got < sizeof(bytes); i++) {
		ssize_t n = send(fd, bytes + n_sent, sizeof(bytes) - n_sent, MSG_DONTWAIT | MSG_NOSIGNAL);
		n_sent += n > 0 ? (uint32_t)n : 0;
		turn();
		n_got = far_read(n_got, sizeof(bytes));
	}
	CU_ASSERT_EQUAL(n_got, sizeof(bytes));
	CU_ASSERT_EQUAL(memcmp(got, bytes, sizeof(bytes)), 0);
	memset(got, 0, sizeof(got));
	n_sent = 0;
	n_got = 0;
	for (int i = 0; i < 60000 && n_got < sizeof(bytes); i++) {
		if (n_sent < sizeof(bytes))
			n_sent += stream_write(far_conn, bytes + n_sent, (uint32_t)sizeof(bytes) - n_sent,
				base_mono_ns() / 1000);
		turn();
		ssize_t n =
			i < 200 ? 0
				: recv(fd, got + n_got, sizeof(got) - n_got, MSG_DONTWAIT); // slow at first
		n_got += n > 0 ? (uint32_t)n : 0;
	}
	CU_ASSERT_EQUAL(n_got, sizeof(bytes));
	CU_ASSERT_EQUAL(memcmp(got, bytes, sizeof(bytes)), 0);
}

static bool is_at_end(int fd)
{
	char c;

	for (int i = 0; i < 20000; i++) {
		ssize_t n = recv(fd, &c, 1, MSG_DONTWAIT);

		if (n == 0 || (n < 0 && errno == ECONNRESET))
			return true;
		turn();
	}
	return false;
}

static json_t *row_of_stream(void)
{
	json_t *rows = app_bed_ask(bed, "streams", NULL);
	json_t *row = json_incref(json_array_get(rows, 0));

	CU_ASSERT_EQUAL(json_array_size(rows), 1);
	json_decref(rows);
	return row;
}

static void ended_as(uint32_t number, const char *wanted)
{
	char args[32];

	snprintf(args, sizeof(args), "{\"stream\":%u}", number);
	json_t *state = app_bed_ask(bed, "stream", args);
	if (strcmp(text_of(state, "end"), wanted) != 0)
		fprintf(stderr, "(%s, not %s) ", text_of(state, "end"), wanted);
	CU_ASSERT_STRING_EQUAL(text_of(state, "end"), wanted);
	json_decref(state);
}

static void a_client_reaches_a_service_and_all_bytes_cross_both_ways(void)
{
	begin(NODE);
	int fd = opened("{\"id\":\"far\"}", WIRE_SERVICE_SSH);
	both_ways(fd);
	turns(3000);
	json_t *row = row_of_stream();
	CU_ASSERT_EQUAL(number_of(row, "stream"), 1);
	CU_ASSERT_EQUAL(number_of(row, "service"), WIRE_SERVICE_SSH);
	CU_ASSERT_STRING_EQUAL(text_of(row, "direction"), "out");
	CU_ASSERT_STRING_EQUAL(text_of(row, "state"), "open");
	CU_ASSERT_STRING_EQUAL(text_of(row, "address"), "02:00:00:00:00:10");
	CU_ASSERT_EQUAL(number_of(row, "bytes-in"), sizeof(bytes));
	CU_ASSERT_EQUAL(number_of(row, "bytes-out"), sizeof(bytes));
	CU_ASSERT_EQUAL(number_of(row, "uid"), getuid());
	CU_ASSERT_EQUAL(number_of(row, "waiting-bytes"), 0);
	CU_ASSERT_TRUE(number_of(row, "segment-bytes") > 1000 && number_of(row, "segment-bytes") < 1500);
	CU_ASSERT_TRUE(number_of(row, "age-s") >= 3);
	CU_ASSERT_TRUE(number_of(row, "rtt-us") > 0);
	json_decref(row);
	ended_as(1, "open");
	stream_shut(far_conn, base_mono_ns() / 1000); // each side ends its way
	CU_ASSERT_TRUE(is_at_end(fd));
	shutdown(fd, SHUT_WR);
	CU_ASSERT_TRUE(far_until(STREAM_ENDED));
	CU_ASSERT_EQUAL(stream_end_of(far_conn), STREAM_END_CLOSED);
	turns(100);
	ended_as(1, "closed");
	close(fd);
	end();
}

// The client is gone while the peer goes on: after a second it is told.
static void a_client_that_leaves_ends_its_stream(void)
{
	begin(NODE);
	int fd = opened("{\"id\":\"far\",\"service\":\"winbox\"}", WIRE_SERVICE_WINBOX);
	CU_ASSERT_EQUAL(send(fd, bytes, 5000, MSG_DONTWAIT), 5000);
	close(fd); // what it wrote is still to come
	turns(500);
	CU_ASSERT_EQUAL(far_read(0, sizeof(got)), 5000);
	CU_ASSERT_EQUAL(memcmp(got, bytes, 5000), 0);
	CU_ASSERT_FALSE(far_news & STREAM_ENDED);
	turns(1500);
	CU_ASSERT_TRUE(far_news & STREAM_ENDED);
	json_t *rows = app_bed_ask(bed, "streams", NULL);
	CU_ASSERT_EQUAL(json_array_size(rows), 0);
	json_decref(rows);
	ended_as(1, "aborted");
	end();
}

static void a_stream_is_closed_by_command(void)
{
	begin(NODE);
	int fd = opened("{\"id\":\"02:00:00:00:00:10\",\"service\":\"99\"}", OTHER);
	json_t *state = app_bed_ask(bed, "stream-close", "{\"stream\":1}");
	CU_ASSERT_STRING_EQUAL(text_of(state, "end"), "aborted");
	json_decref(state);
	CU_ASSERT_TRUE(is_at_end(fd));
	CU_ASSERT_TRUE(far_until(STREAM_ENDED));
	ended_as(1, "aborted");
	CU_ASSERT_PTR_NULL(app_bed_ask(bed, "stream-close", "{\"stream\":1}"));
	CU_ASSERT_EQUAL(bed->error.code, API_ERROR_NOT_FOUND);
	CU_ASSERT_PTR_NULL(app_bed_ask(bed, "stream", "{\"stream\":2}"));
	CU_ASSERT_EQUAL(bed->error.code, API_ERROR_NOT_FOUND);
	close(fd);
	end();
}

static void refused_as(const char *args, const char *code, const char *reason, const char *message)
{
	int fd = stream_asked(args);
	json_t *line = line_until(fd);

	while (json_object_get(line, "error") == NULL) { // it is looked for first
		json_decref(line);
		line = line_until(fd);
	}
	json_t *error = json_object_get(line, "error");
	CU_ASSERT_STRING_EQUAL(text_of(error, "code"), code);
	if (reason != NULL)
		CU_ASSERT_STRING_EQUAL(text_of(error, "reason"), reason);
	if (strstr(text_of(error, "message"), message) == NULL)
		fprintf(stderr, "(%s) ", text_of(error, "message"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text_of(error, "message"), message));
	json_decref(line);
	close(fd);
	turns(10);
}

static void why_a_stream_does_not_open_is_said(void)
{
	begin(NODE);
	refused_as("{\"id\":\"far\"}", "failed", "refused",
		"02:00:00:00:00:10 refuses service 3: it is not offered there, or not to this node");
	far_is_deaf = true;
	refused_as("{\"id\":\"far\"}", "failed", "no-answer",
		"02:00:00:00:00:10 does not answer on service 3: it offers none there");
	refused_as("{\"id\":\"nobody\"}", "not-found", "not-found", "nobody");
	refused_as("{\"id\":\"02:00:00:00:00:77\"}", "not-found", "not-found", "02:00:00:00:00:77");
	refused_as("{\"id\":\"far\",\"service\":\"0\"}", "bad-argument", NULL,
		"service: expected ssh, winbox, or a number from 1 to 65535");
	refused_as("{\"id\":\"far\",\"service\":\"65536\"}", "bad-argument", NULL, "service: expected");
	refused_as("{\"id\":\"far\",\"service\":\"9x\"}", "bad-argument", NULL, "service: expected");
	refused_as("{\"id\":\"far\",\"service\":\"+9\"}", "bad-argument", NULL, "service: expected");
	end();
}

// A peer that answers no more is lost, and the client sees the end.
static void a_peer_that_is_gone_ends_the_stream(void)
{
	begin(NODE);
	int fd = opened("{\"id\":\"far\",\"service\":\"65535\"}", UINT16_MAX);
	far_is_deaf = true;
	CU_ASSERT_EQUAL(send(fd, bytes, 1000, MSG_DONTWAIT), 1000);
	turns(4000);
	json_t *row = row_of_stream();
	CU_ASSERT_STRING_EQUAL(text_of(row, "state"), "stalled");
	CU_ASSERT_EQUAL(number_of(row, "waiting-bytes"), 1000);
	CU_ASSERT_TRUE(number_of(row, "resent") > 0);
	json_decref(row);
	CU_ASSERT_TRUE(is_at_end(fd));
	ended_as(1, "lost");
	close(fd);
	end();
}

// ---- from the far node to a TCP server here

static int tcp_listen(uint16_t *port)
{
	struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof(addr);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	CU_ASSERT_EQUAL_FATAL(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	CU_ASSERT_EQUAL_FATAL(listen(fd, 10), 0);
	CU_ASSERT_EQUAL_FATAL(getsockname(fd, (struct sockaddr *)&addr, &len), 0);
	*port = ntohs(addr.sin_port);
	return fd;
}

static void begin_offering(uint16_t port, const char *more)
{
	char yaml[512];

	snprintf(yaml, sizeof(yaml), NODE "services: { ssh: { enabled: true, to: \"127.0.0.1:%u\" }%s }\n",
		port, more);
	begin(yaml);
}

static struct stream_conn *far_dial(uint16_t service)
{
	struct stream_conn *c;

	far_news = 0;
	CU_ASSERT_EQUAL_FATAL(
		stream_open(far, base_mac_u64(&own_id), service, NULL, base_mono_ns() / 1000, &c), 0);
	return c;
}

static int tcp_accept(int listener)
{
	int fd = -1;

	for (int i = 0; i < 20000 && fd < 0; i++) {
		turn();
		fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	}
	CU_ASSERT_FATAL(fd >= 0);
	return fd;
}

static void a_node_reaches_the_service_that_is_offered(void)
{
	uint16_t port;
	int listener = tcp_listen(&port);
	char text[128];

	begin_offering(port, "");
	struct stream_conn *c = far_dial(WIRE_SERVICE_SSH);
	CU_ASSERT_TRUE(far_until(STREAM_OPENED));
	CU_ASSERT_EQUAL(stream_write(c, bytes, 1, base_mono_ns() / 1000), 1);
	int fd = tcp_accept(listener);
	for (int i = 0; i < 1000 && recv(fd, got, 1, MSG_DONTWAIT) != 1; i++)
		turn();
	CU_ASSERT_EQUAL(got[0], bytes[0]);
	const struct app_event *e = app_bed_event(bed, EVENT_SESSION_OPENED);
	CU_ASSERT_PTR_NOT_NULL_FATAL(e);
	snprintf(text, sizeof(text), "it reaches service 3 here, 127.0.0.1:%u", port);
	CU_ASSERT_PTR_NOT_NULL(strstr(e->text, text));
	far_conn = c;
	both_ways(fd);
	json_t *row = row_of_stream();
	CU_ASSERT_STRING_EQUAL(text_of(row, "direction"), "in");
	CU_ASSERT_EQUAL(number_of(row, "service"), WIRE_SERVICE_SSH);
	CU_ASSERT_FALSE(json_is_integer(json_object_get(row, "uid"))); // no user of ours
	json_decref(row);
	CU_ASSERT_EQUAL(app_bed_n_events(bed, EVENT_SESSION_ENDED), 0);
	close(fd);
	stream_shut(c, base_mono_ns() / 1000);
	CU_ASSERT_TRUE(far_until(STREAM_ENDED));
	turns(100);
	e = app_bed_event(bed, EVENT_SESSION_ENDED);
	CU_ASSERT_PTR_NOT_NULL_FATAL(e);
	snprintf(text, sizeof(text), "its session with service 3 here ended (");
	CU_ASSERT_PTR_NOT_NULL(strstr(e->text, text));
	snprintf(text, sizeof(text), "): %zu bytes in, %zu out", sizeof(bytes) + 1, sizeof(bytes));
	CU_ASSERT_PTR_NOT_NULL(strstr(e->text, text));
	end();
	close(listener);
}

static void what_is_not_offered_is_refused(void)
{
	uint16_t port;
	int listener = tcp_listen(&port);

	begin_offering(port, ", allow-id: [ 02:00:00:00:00:11 ]");
	struct stream_conn *c = far_dial(WIRE_SERVICE_SSH); // it is not on the list
	CU_ASSERT_TRUE(far_until(STREAM_ENDED));
	CU_ASSERT_TRUE(stream_end_of(c) == STREAM_END_REFUSED || stream_end_of(c) == STREAM_END_RESET);
	CU_ASSERT_EQUAL(accept(listener, NULL, NULL), -1);
	c = far_dial(OTHER);
	CU_ASSERT_TRUE(far_until(STREAM_ENDED));
	CU_ASSERT_TRUE(stream_end_of(c) == STREAM_END_REFUSED || stream_end_of(c) == STREAM_END_RESET);
	end();

	begin_offering(port, ", allow-id: [ 02:00:00:00:00:11, 02:00:00:00:00:10 ]");
	(void)far_dial(WIRE_SERVICE_SSH);
	int fd = tcp_accept(listener);
	CU_ASSERT_EQUAL(shutdown(listener, SHUT_RDWR), 0);
	c = far_dial(WIRE_SERVICE_SSH); // nobody listens any more
	CU_ASSERT_TRUE(far_until(STREAM_ENDED));
	CU_ASSERT_TRUE(stream_end_of(c) == STREAM_END_REFUSED || stream_end_of(c) == STREAM_END_RESET);
	CU_ASSERT_EQUAL(app_bed_n_events(bed, EVENT_SESSION_OPENED), 2);
	close(fd);
	end();
	close(listener);
}

// It is offered no more: who is there stays, nobody else comes.
static void a_reload_ends_the_offer_and_no_session(void)
{
	uint16_t port;
	int listener = tcp_listen(&port);

	begin_offering(port, "");
	struct stream_conn *first = far_dial(WIRE_SERVICE_SSH);
	int fd = tcp_accept(listener);
	CU_ASSERT_EQUAL(app_bed_reload(bed, NODE, 0), 0);
	struct stream_conn *second = far_dial(WIRE_SERVICE_SSH);
	CU_ASSERT_TRUE(far_until(STREAM_ENDED));
	CU_ASSERT_NOT_EQUAL(stream_end_of(second), STREAM_END_NONE);
	far_conn = first;
	both_ways(fd);
	close(fd);
	end();
	close(listener);
}

static const struct suite_case cases[] = {
	SUITE_CASE(a_client_reaches_a_service_and_all_bytes_cross_both_ways),
	SUITE_CASE(a_client_that_leaves_ends_its_stream),
	SUITE_CASE(a_stream_is_closed_by_command),
	SUITE_CASE(why_a_stream_does_not_open_is_said),
	SUITE_CASE(a_peer_that_is_gone_ends_the_stream),
	SUITE_CASE(a_node_reaches_the_service_that_is_offered),
	SUITE_CASE(what_is_not_offered_is_refused),
	SUITE_CASE(a_reload_ends_the_offer_and_no_session),
};
SUITE_MAIN("app reach", cases)
