// SPDX-License-Identifier: BSD-3-Clause
// What `ping` says of pings that do not come back, or cannot be sent: which of the reasons it is, where it
// is, and what to do.
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app_bed.h"
#include "base_clock.h"
#include "discovery.h"
#include "suite.h"
#include "topo.h"

#define NODE                                                            \
	"romon: { identity: n, id: 02:00:00:00:ff:01, role: master }\n" \
	"ports: { a: { device: net_ring_app0, link-id: 11 },\n"         \
	"  b: { device: net_ring_app1, link-id: 22 } }\n"

#define ID(a, b)        ((uint64_t)(b) << 40 | (uint64_t)(a) << 32 | 2) // 02:00:00:00:a:b
#define OWN_ID          ID(0xff, 1)
#define NEAR            ID(0, 0x10)              // behind port a
#define FAR             ID(0, 0x30)              // behind near
#define HEADERS(n_hops) (46 + 10 * (n_hops) + 4) // of Data: header, hops, service ports

static struct app_bed *bed;

// node answers, by the way of parent, over a link of l2mtu.
static void answers(uint64_t parent, uint32_t out_link, uint64_t node, const char *name, uint16_t l2mtu)
{
	struct topo_answer a = {.parent_id = parent,
		.parent_out = {.link_id = out_link, .l2mtu = 1500, .cost = 10, .mac = parent},
		.node_id = node,
		.node_in = {.link_id = 7, .l2mtu = l2mtu, .cost = 10, .mac = node},
		.n_hops = parent == OWN_ID ? 0 : 1,
		.from_mac = NEAR,
		.identity = name,
		.identity_len = (uint8_t)strlen(name)};

	CU_ASSERT_EQUAL_FATAL(
		topo_learn(discovery_topo(&bed->app), &a, base_mono_ms(), base_wall_us(), NULL), 0);
}

static void begin(void)
{
	bed = app_bed_open(NODE);
	app_bed_advance_ms(bed, 1000);
	answers(OWN_ID, 11, NEAR, "near", 1200);
	answers(NEAR, 5, FAR, "far", 1100);
}

static void end(void)
{
	CU_ASSERT(app_bed_close(bed));
}

static int asked(const char *args)
{
	char request[256];
	int fd = app_bed_connect(bed);

	snprintf(request, sizeof(request), "{\"v\":1,\"id\":1,\"cmd\":\"ping\",\"args\":%s}", args);
	app_bed_request(bed, fd, request);
	return fd;
}

// The next line, its data or its error; a new reference. Pings are timed by the TSC, so that one which is
// not answered ends in its own time, while that of the bed stands still.
static json_t *line_wait(int fd, const char *what, uint32_t step_ms)
{
	json_t *line = NULL;

	for (int i = 0; i < 10000 && line == NULL; i++) {
		if (step_ms > 0)
			app_bed_advance_ms(bed, step_ms);
		else
			nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
		app_bed_turn(bed);
		line = app_bed_line(bed, fd);
	}
	CU_ASSERT_PTR_NOT_NULL_FATAL(line);
	json_t *part = json_incref(json_object_get(line, what));
	if (part == NULL)
		fprintf(stderr, "(%s) ", json_dumps(line, 0));
	CU_ASSERT_PTR_NOT_NULL_FATAL(part);
	json_decref(line);
	return part;
}

static json_t *line_of(int fd, const char *what)
{
	return line_wait(fd, what, 50);
}

static void timeout_comes(int fd)
{
	json_t *row = line_wait(fd, "data", 0);
	const char *status = json_string_value(json_object_get(row, "status"));

	CU_ASSERT_STRING_EQUAL(status, "timeout");
	json_decref(row);
}

static void text_is(json_t *object, const char *name, const char *wanted)
{
	const char *text = json_string_value(json_object_get(object, name));

	if (text == NULL || strcmp(text, wanted) != 0)
		fprintf(stderr, "(%s, not %s) ", text != NULL ? text : "nothing", wanted);
	CU_ASSERT_TRUE(text != NULL && strcmp(text, wanted) == 0);
}

// A ping that is not sent, and why.
static json_t *unsent(const char *args, const char *status, const char *detail)
{
	int fd = asked(args);
	json_t *row = line_of(fd, "data");

	text_is(row, "status", status);
	text_is(row, "detail", detail);
	close(fd);
	app_bed_advance_ms(bed, 50);
	return row;
}

static void too_large(const char *node, uint32_t size, uint32_t size_max, const char *where)
{
	char args[96];
	char detail[256];

	snprintf(args, sizeof(args), "{\"id\":\"%s\",\"count\":1,\"size\":%u}", node, size);
	uint32_t n_hops = strcmp(node, "near") == 0 ? 1 : 2;
	snprintf(detail, sizeof(detail), "not sent: it needs an l2mtu of %u, and %s: --size %u fits",
		size + HEADERS(n_hops), where, size_max);
	json_t *row = unsent(args, "egress-mtu", detail);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(row, "size-max")), size_max);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(row, "size")), size);
	CU_ASSERT_TRUE(
		json_is_null(json_object_get(row, "rtt-us")) || json_object_get(row, "rtt-us") == NULL);
	json_decref(row);
}

static void a_ping_that_is_too_large_names_where_it_does_not_fit(void)
{
	begin();
	too_large("near", 1200 - HEADERS(1) + 1, 1200 - HEADERS(1),
		"02:00:00:00:00:10 (near) at the other end of port a takes 1200");
	too_large("far", 1100 - HEADERS(2) + 1, 1100 - HEADERS(2),
		"link 5 of 02:00:00:00:00:10 (near), to 02:00:00:00:00:30 (far), takes 1100");
	too_large("far", 1200 - HEADERS(2) + 1, 1100 - HEADERS(2),
		"02:00:00:00:00:10 (near) at the other end of port a takes 1200");
	// and what fits is sent
	int fd = asked("{\"id\":\"far\",\"count\":1,\"timeout\":20,\"size\":1030}");
	timeout_comes(fd);
	close(fd);
	end();
}

static void a_path_that_is_lost_meanwhile_is_said(void)
{
	begin();
	int fd = asked("{\"id\":\"near\",\"count\":3,\"interval\":40,\"timeout\":20}");
	timeout_comes(fd);
	topo_port_lost(discovery_topo(&bed->app), 11, base_mono_ms());
	json_t *row = line_wait(fd, "data", 0);
	text_is(row, "status", "no-path");
	text_is(row, "detail", "not sent: no path leads there now; others are asked for one");
	CU_ASSERT_FALSE(json_is_integer(json_object_get(row, "size-max")));
	json_decref(row);
	close(fd);
	end();
}

// Looked for in vain.
static void sought(
	const char *node, const char *status, const char *detail, const char *code, const char *message)
{
	char args[96];

	snprintf(args, sizeof(args), "{\"id\":\"%s\",\"count\":1}", node);
	int fd = asked(args);
	json_t *row = line_of(fd, "data");
	text_is(row, "status", status);
	text_is(row, "detail", detail);
	json_decref(row);
	json_t *error = line_of(fd, "error");
	text_is(error, "code", code);
	text_is(error, "message", message);
	json_decref(error);
	close(fd);
	app_bed_advance_ms(bed, 50);
}

static void a_node_that_nobody_knows_is_asked_for_and_given_up(void)
{
	begin();
	sought("nobody-of-all", "unknown", "no node nobody-of-all is known; asking who is there", "not-found",
		"no node nobody-of-all is known, and did not answer a Discover within 2 s; `romonctl nodes` "
		"lists who is known");
	sought("nearx", "unknown", "no node nearx is known; asking who is there", "not-found",
		"no node nearx is known, and did not answer a Discover within 2 s; did you mean near?");
	answers(OWN_ID, 11, ID(0, 0x11), "nears", 1400);
	answers(OWN_ID, 11, ID(0, 0x12), "nears", 1400);
	sought("nearx", "unknown", "no node nearx is known; asking who is there", "not-found",
		"no node nearx is known, and did not answer a Discover within 2 s; did you mean near or "
		"nears?");
	sought("02:00:00:00:00:99", "unknown", "no node 02:00:00:00:00:99 is known; asking who is there",
		"not-found",
		"no node 02:00:00:00:00:99 is known, and did not answer a Discover within 2 s; `romonctl "
		"nodes` lists who is known");
	end();
}

static void a_node_without_a_path_says_when_it_last_answered(void)
{
	struct topo_saved s = {.id = ID(0, 0x55),
		.identity = "report\x1b",
		.status = TOPO_OK,
		.cost = 5,
		.hops = 1,
		.l2mtu = 1500,
		.path_n = 1,
		.path = {ID(0, 0x55)}};

	begin();
	topo_port_lost(discovery_topo(&bed->app), 11, base_mono_ms());
	app_bed_advance_ms(bed, 1000);
	sought("near", "no-path",
		"02:00:00:00:00:10 (near) is not reached: it last answered 1 s ago; asking who is there",
		"failed",
		"02:00:00:00:00:10 (near) is not reached: it last answered 3 s ago, and did not answer a "
		"Discover within 2 s; `romonctl why 02:00:00:00:00:10` says more");
	app_bed_advance_ms(bed, 20 * 60000);
	sought("near", "down",
		"02:00:00:00:00:10 (near) is down: it last answered 20 min ago; asking who is there",
		"failed",
		"02:00:00:00:00:10 (near) is down: it last answered 20 min ago, and did not answer a "
		"Discover "
		"within 2 s; `romonctl why 02:00:00:00:00:10` says more");
	CU_ASSERT_EQUAL(
		topo_report(discovery_topo(&bed->app), ID(1, 0x10), &s, base_mono_ms(), base_wall_us()), 0);
	sought("02:00:00:00:00:55", "no-path",
		"02:00:00:00:00:55 (report\\x1b) is not reached: only the master 02:00:00:00:01:10 hears it, "
		"last 0 s ago; asking who is there",
		"failed",
		"02:00:00:00:00:55 (report\\x1b) is not reached: only the master 02:00:00:00:01:10 hears it, "
		"last 2 s ago, and did not answer a Discover within 2 s; `romonctl why 02:00:00:00:00:55` "
		"says more");
	end();
}

// ---- over one link, whatever paths are known

#define LINK "{\"id\":\"near\",\"port\":\"b\",\"mac-address\":\"02:00:00:00:00:44\",\"timeout\":20"

static void a_ping_over_one_link_leaves_by_its_port_to_that_address(void)
{
	static const struct base_mac to = {{2, 0, 0, 0, 0, 0x44}};
	struct frame f;

	begin();
	app_bed_discard(bed, 1);
	int fd = asked(LINK ",\"count\":1}");
	app_bed_advance_ms(bed, 50);
	CU_ASSERT_TRUE_FATAL(app_bed_take_type(bed, 1, WIRE_TYPE_DATA, &f));
	CU_ASSERT_EQUAL(memcmp(f.bytes, to.b, sizeof(to.b)), 0);
	CU_ASSERT_FALSE(app_bed_take_type(bed, 0, WIRE_TYPE_DATA, &f));
	timeout_comes(fd);
	close(fd);
	app_bed_advance_ms(bed, 50);
	app_bed_link_set(bed, 1, false);
	app_bed_advance_ms(bed, 1000);
	json_decref(unsent(LINK ",\"count\":1}", "port-down",
		"not sent: its port cannot send now; `romonctl ports` says why"));
	json_decref(unsent(LINK ",\"count\":1,\"size\":1400}", "port-down",
		"not sent: its port cannot send now; `romonctl ports` says why"));
	end();
}

static void a_ping_over_a_link_whose_port_goes_is_over(void)
{
	begin();
	int fd = asked(LINK ",\"count\":0,\"interval\":100}");
	timeout_comes(fd);
	CU_ASSERT_EQUAL(app_bed_reload(bed,
				"romon: { identity: n, id: 02:00:00:00:ff:01, role: master }\n"
				"ports: { a: { device: net_ring_app0, link-id: 11 } }\n",
				0),
		0);
	json_t *error = line_wait(fd, "error", 0);
	text_is(error, "code", "not-found");
	text_is(error, "message", "port b is gone: a reload took it away");
	json_decref(error);
	close(fd);
	end();
}

static void refused(const char *args, const char *code, const char *message)
{
	int fd = asked(args);
	json_t *error = line_of(fd, "error");

	text_is(error, "code", code);
	if (message != NULL)
		text_is(error, "message", message);
	json_decref(error);
	close(fd);
	app_bed_advance_ms(bed, 50);
}

static void what_a_ping_over_one_link_wants_is_asked_for(void)
{
	static const char want[] = "a ping over one link wants port, mac-address and a RoMON id";

	begin();
	refused("{\"id\":\"near\",\"port\":\"b\"}", "bad-argument", want);
	refused("{\"id\":\"near\",\"mac-address\":\"02:00:00:00:00:44\"}", "bad-argument", want);
	refused("{\"id\":\"nobody\",\"port\":\"b\",\"mac-address\":\"02:00:00:00:00:44\"}", "bad-argument",
		want);
	refused("{\"id\":\"near\",\"port\":\"none-such\",\"mac-address\":\"02:00:00:00:00:44\"}", "not-found",
		NULL);
	refused("{\"id\":\"n\"}", "bad-argument", "n is this node itself");
	refused("{\"id\":\"02:00:00:00:ff:01\"}", "bad-argument", "02:00:00:00:ff:01 is this node itself");
	answers(OWN_ID, 11, ID(0, 0x11), "near", 1200);
	refused("{\"id\":\"near\"}", "bad-argument",
		"near names 2 nodes: near (02:00:00:00:00:10), near (02:00:00:00:00:11); name one by its id, "
		"or "
		"more of its name");
	answers(OWN_ID, 11, ID(0, 0x12), "N", 1400);
	refused("{\"id\":\"n\"}", "bad-argument",
		"n names 2 nodes: this node itself, N (02:00:00:00:00:12); name one by its id, or more of "
		"its "
		"name");
	end();
}

static void pings_at_once_are_as_many_as_there_are_places(void)
{
	int fds[17];
	uint32_t n_ok = 0;
	json_t *line = NULL;

	begin();
	for (int i = 0; i < 17; i++) {
		fds[i] = asked("{\"id\":\"near\",\"count\":0,\"interval\":3600000,\"timeout\":60000}");
		app_bed_advance_ms(bed, 10);
		line = app_bed_line(bed, fds[i]);
		n_ok += line == NULL;
		if (i < 16)
			json_decref(line);
	}
	CU_ASSERT_EQUAL(n_ok, 16);
	CU_ASSERT_PTR_NOT_NULL_FATAL(line);
	text_is(json_object_get(line, "error"), "message", "16 pings run already: end one of them");
	json_decref(line);
	for (int i = 0; i < 17; i++)
		close(fds[i]);
	app_bed_advance_ms(bed, 100);
	end();
}

static const struct suite_case cases[] = {
	SUITE_CASE(a_ping_that_is_too_large_names_where_it_does_not_fit),
	SUITE_CASE(a_path_that_is_lost_meanwhile_is_said),
	SUITE_CASE(a_node_that_nobody_knows_is_asked_for_and_given_up),
	SUITE_CASE(a_node_without_a_path_says_when_it_last_answered),
	SUITE_CASE(a_ping_over_one_link_leaves_by_its_port_to_that_address),
	SUITE_CASE(a_ping_over_a_link_whose_port_goes_is_over),
	SUITE_CASE(what_a_ping_over_one_link_wants_is_asked_for),
	SUITE_CASE(pings_at_once_are_as_many_as_there_are_places),
};
SUITE_MAIN("app pings", cases)
