// SPDX-License-Identifier: BSD-3-Clause
// What the whole daemon takes from others only because it asked, and only from whom it asked: answers to
// pings, to requests for rosters, to Discovers. And whom it answers.
#include <string.h>
#include <unistd.h>

#include "app_bed.h"
#include "base_be.h"
#include "stream_roster.h"
#include "suite.h"

#define MASTER                                                          \
	"romon: { identity: m, id: 02:00:00:00:ff:01, role: master }\n" \
	"ports: { a: { device: net_ring_app0, link-id: 11 },\n"         \
	"  b: { device: net_ring_app1, link-id: 22 } }\n"
#define PAYLOAD (WIRE_ETH_LEN + WIRE_HDR_LEN + WIRE_HOP_LEN + 4) // of Data over one link
#define PING    "{\"v\":1,\"id\":1,\"cmd\":\"ping\",\"args\":{\"id\":\"hap\",\"count\":1,\"timeout\":60000}}"

static const struct base_mac own_id = {{2, 0, 0, 0, 0xff, 1}};
static const struct base_mac far_id = {{2, 0, 0, 0, 0, 0x99}};
static const struct app_bed_node hap = {{{2, 0, 0, 0, 0, 0x10}}, "hap", "other", 7, 200};
static const struct app_bed_node crs = {{{2, 0, 0, 0, 0, 0x20}}, "crs", NULL, 8, 300};

static json_int_t refused(struct app_bed *bed, const char *port, const char *reason)
{
	json_t *status = app_bed_ask(bed, "status", NULL);
	json_int_t count = 0;
	json_t *row;
	size_t i;

	json_array_foreach (json_object_get(status, "refused"), i, row) {
		if (strcmp(json_string_value(json_object_get(row, "port")), port) == 0 &&
			strcmp(json_string_value(json_object_get(row, "reason")), reason) == 0)
			count = json_integer_value(json_object_get(row, "count"));
	}
	json_decref(status);
	return count;
}

static json_int_t told(struct app_bed *bed, const char *counter)
{
	json_t *status = app_bed_ask(bed, "status", NULL);
	json_t *count = json_object_get(status, counter);
	json_int_t n = json_is_integer(count) ? json_integer_value(count) : -1;

	json_decref(status);
	return n;
}

static bool is_known(struct app_bed *bed, const char *id)
{
	char args[64];

	snprintf(args, sizeof(args), "{\"id\": \"%s\"}", id);
	json_t *row = app_bed_ask(bed, "node", args);
	json_decref(row);
	return row != NULL;
}

// hap, a master, behind port a, and crs behind port b, both found.
static struct app_bed *with_nodes(const char *yaml)
{
	struct app_bed *bed = app_bed_open(yaml);

	app_bed_advance_ms(bed, 1000);
	CU_ASSERT_FATAL(app_bed_answer(bed, 0, &hap));
	CU_ASSERT_FATAL(app_bed_answer(bed, 1, &crs));
	CU_ASSERT(is_known(bed, "hap"));
	CU_ASSERT(is_known(bed, "crs"));
	return bed;
}

// Data to us by a port, from the neighbor there, in the name of node.
static void data_make(struct app_bed *bed, struct frame *f, uint32_t dev, const struct app_bed_node *node,
	uint16_t src_port, uint16_t dst_port, const uint8_t *payload, uint32_t len)
{
	struct base_mac here = app_bed_mac(bed, dev == 0 ? "a" : "b");
	const struct app_bed_node *neighbor = dev == 0 ? &hap : &crs;
	struct frame_hop hop = {neighbor->link_id, here};
	struct frame_data_spec spec = {.eth_dst = here,
		.eth_src = neighbor->id,
		.src_id = node->id,
		.dst_id = own_id,
		.hops = &hop,
		.n = 1,
		.src_port = src_port,
		.dst_port = dst_port,
		.payload_len = len};

	frame_data(f, &spec);
	memcpy(f->bytes + PAYLOAD, payload, len);
}

static void data_send(struct app_bed *bed, uint32_t dev, const struct app_bed_node *node, uint16_t src_port,
	uint16_t dst_port, const uint8_t *payload, uint32_t len)
{
	struct frame f;

	data_make(bed, &f, dev, node, src_port, dst_port, payload, len);
	app_bed_send(bed, dev, &f);
}

static void a_ping_is_answered_by_node_way_and_token_only(void)
{
	struct app_bed *bed = with_nodes(MASTER);
	struct frame f;
	uint8_t ping[32];

	int fd = app_bed_connect(bed);
	app_bed_request(bed, fd, PING);
	app_bed_advance_ms(bed, 200);
	CU_ASSERT_FATAL(app_bed_take_type(bed, 0, WIRE_TYPE_DATA, &f));
	CU_ASSERT_EQUAL_FATAL(f.len, PAYLOAD + sizeof(ping));
	uint16_t port = base_be16_load(f.bytes + PAYLOAD - 4);
	memcpy(ping, f.bytes + PAYLOAD, sizeof(ping));
	CU_ASSERT_NOT_EQUAL(memcmp(ping + 4, (uint8_t[8]){0}, 8), 0); // a token, of 2^64 not this one

	data_send(bed, 1, &hap, WIRE_SERVICE_PING, port, ping, sizeof(ping));
	CU_ASSERT_EQUAL(refused(bed, "b", "ping-way"), 1);
	data_send(bed, 0, &crs, WIRE_SERVICE_PING, port, ping, sizeof(ping));
	CU_ASSERT_EQUAL(refused(bed, "a", "ping-node"), 1);
	data_send(bed, 0, &hap, WIRE_SERVICE_PING, port + 1, ping, sizeof(ping));
	CU_ASSERT_EQUAL(refused(bed, "a", "ping-unasked"), 1);
	ping[11] ^= 1;
	data_send(bed, 0, &hap, WIRE_SERVICE_PING, port, ping, sizeof(ping));
	CU_ASSERT_EQUAL(refused(bed, "a", "ping-token"), 1);
	app_bed_advance_ms(bed, 500);
	CU_ASSERT_PTR_NULL(app_bed_line(bed, fd)); // nothing was told

	ping[11] ^= 1;
	data_send(bed, 0, &hap, WIRE_SERVICE_PING, port, ping, sizeof(ping));
	app_bed_advance_ms(bed, 100);
	json_t *line = app_bed_line(bed, fd);
	CU_ASSERT_PTR_NOT_NULL_FATAL(line);
	CU_ASSERT_STRING_EQUAL(
		json_string_value(json_object_get(json_object_get(line, "data"), "status")), "ok");
	json_decref(line);
	line = app_bed_line(bed, fd);
	CU_ASSERT_PTR_NOT_NULL_FATAL(line);
	json_t *told = json_object_get(json_object_get(line, "data"), "refused");
	CU_ASSERT_EQUAL(json_array_size(told), 3); // the one without a run is nobody's
	json_t *by_way = json_pack("{s:s, s:i}", "reason", "ping-way", "count", 1);
	bool is_told = false;
	for (size_t i = 0; i < json_array_size(told); i++)
		is_told |= json_equal(json_array_get(told, i), by_way) != 0;
	CU_ASSERT(is_told);
	json_decref(by_way);
	json_decref(line);
	close(fd);
	app_bed_advance_ms(bed, 100);
	CU_ASSERT(app_bed_close(bed));
}

// An answer with the token: one row, or its bytes cut.
static uint32_t roster_make(uint8_t out[100], uint32_t token, uint64_t id)
{
	struct stream_roster_row row = {.id = id,
		.status = 1,
		.hops = 1,
		.l2mtu = 1500,
		.cost = 10,
		.identity = "x",
		.identity_len = 1};
	struct stream_roster_writer w;

	stream_roster_begin(&w, out, 100, token);
	CU_ASSERT(stream_roster_add(&w, &row));
	return stream_roster_finish(&w, STREAM_ROSTER_END);
}

static void a_roster_is_believed_by_node_way_and_token_only(void)
{
	struct app_bed *bed = with_nodes(MASTER "discovery: { interval: 5s }\n");
	struct stream_roster_ask ask;
	uint8_t answer[100];
	struct frame f, answered;

	app_bed_advance_ms(bed, 4000); // requests before were silent
	app_bed_discard(bed, 0);
	app_bed_discard(bed, 1);
	for (int i = 0; i < 100 && !app_bed_take_type(bed, 0, WIRE_TYPE_DATA, &f); i++)
		app_bed_advance_ms(bed, 50);
	CU_ASSERT_FALSE(app_bed_take_type(bed, 1, WIRE_TYPE_DATA, &answered)); // crs is no master
	CU_ASSERT_TRUE_FATAL(stream_roster_ask_parse(f.bytes + PAYLOAD, f.len - PAYLOAD, &ask));

	uint32_t len = roster_make(answer, ask.seq, base_mac_u64(&far_id));
	data_send(bed, 1, &hap, STREAM_ROSTER_PORT, STREAM_ROSTER_ASKER_PORT, answer, len);
	CU_ASSERT_EQUAL(refused(bed, "b", "roster-way"), 1);
	data_send(bed, 0, &crs, STREAM_ROSTER_PORT, STREAM_ROSTER_ASKER_PORT, answer, len);
	CU_ASSERT_EQUAL(refused(bed, "a", "roster-unasked"), 1);
	data_send(bed, 0, &hap, STREAM_ROSTER_PORT, STREAM_ROSTER_ASKER_PORT, answer, 11);
	CU_ASSERT_EQUAL(refused(bed, "a", "roster-broken"), 1);
	roster_make(answer, ask.seq ^ 1, base_mac_u64(&far_id));
	data_send(bed, 0, &hap, STREAM_ROSTER_PORT, STREAM_ROSTER_ASKER_PORT, answer, len);
	CU_ASSERT_EQUAL(refused(bed, "a", "roster-token"), 1);
	CU_ASSERT_FALSE(is_known(bed, "02:00:00:00:00:99"));
	roster_make(answer, ask.seq, base_mac_u64(&far_id));
	data_send(bed, 0, &hap, STREAM_ROSTER_PORT, STREAM_ROSTER_ASKER_PORT, answer, len);
	CU_ASSERT_TRUE(is_known(bed, "02:00:00:00:00:99"));
	CU_ASSERT_TRUE(told(bed, "rosters-asked") >= 1 && told(bed, "rosters-unsent") == 0);
	CU_ASSERT_EQUAL(told(bed, "rosters-taken"), 1);
	CU_ASSERT_EQUAL(told(bed, "rosters-served"), 0);
	CU_ASSERT(app_bed_close(bed));
}

// Asks for our roster; is there an answer?
static bool is_served(struct app_bed *bed, uint32_t dev, const struct app_bed_node *node)
{
	struct stream_roster_ask ask = {.seq = 5, .room = 1400};
	uint8_t bytes[STREAM_ROSTER_ASK_LEN];
	bool is_answered = false;
	struct frame f;

	stream_roster_ask_build(bytes, &ask);
	app_bed_discard(bed, dev);
	data_send(bed, dev, node, STREAM_ROSTER_ASKER_PORT, STREAM_ROSTER_PORT, bytes, sizeof(bytes));
	while (app_bed_take_type(bed, dev, WIRE_TYPE_DATA, &f))
		is_answered |= base_be16_load(f.bytes + PAYLOAD - 4) == STREAM_ROSTER_PORT;
	return is_answered;
}

static void our_roster_goes_to_masters_that_we_hear(void)
{
	struct app_bed *bed = with_nodes(MASTER);

	CU_ASSERT_TRUE(is_served(bed, 0, &hap));
	CU_ASSERT_EQUAL(told(bed, "rosters-served"), 1);
	CU_ASSERT_EQUAL(told(bed, "rosters-taken"), 0);
	CU_ASSERT_FALSE(is_served(bed, 1, &crs)); // no master
	CU_ASSERT_EQUAL(told(bed, "rosters-served"), 1);
	CU_ASSERT_EQUAL(refused(bed, "b", "asker-stranger"), 1);
	CU_ASSERT_EQUAL(app_bed_reload(bed, MASTER "discovery: { masters: [02:00:00:00:00:20] }\n", 0), 0);
	CU_ASSERT_FALSE(is_served(bed, 0, &hap)); // not listed
	CU_ASSERT_FALSE(is_served(bed, 1, &crs)); // listed, but none
	CU_ASSERT_EQUAL(refused(bed, "a", "asker-stranger"), 1);
	CU_ASSERT_EQUAL(app_bed_reload(bed, MASTER "discovery: { masters: [02:00:00:00:00:10] }\n", 0), 0);
	uint32_t n = 0;
	for (uint32_t i = 0; i < 1000; i++)
		n += is_served(bed, 0, &hap);
	CU_ASSERT(n >= 100 && n <= 200); // a burst: the clock stands still
	CU_ASSERT_EQUAL(refused(bed, "a", "asker-rate"), 1000 - n);
	CU_ASSERT(app_bed_close(bed));
}

static void whom_nobody_asked_describes_no_node(void)
{
	struct app_bed *bed = app_bed_open(MASTER "discovery: { interval: 60s }\n");

	app_bed_advance_ms(bed, 30000);
	CU_ASSERT_TRUE_FATAL(app_bed_answer(bed, 0, &hap)); // to a Discover half a minute ago
	CU_ASSERT_FALSE(is_known(bed, "hap"));
	CU_ASSERT_EQUAL(refused(bed, "a", "answer-unasked"), 1);
	app_bed_advance_ms(bed, 35000);
	CU_ASSERT_TRUE_FATAL(app_bed_answer(bed, 0, &hap));
	CU_ASSERT_TRUE(is_known(bed, "hap"));
	CU_ASSERT(app_bed_close(bed));
}

static uint32_t discovers_left(struct app_bed *bed, uint32_t dev)
{
	struct frame f;
	uint32_t n = 0;

	while (app_bed_take_type(bed, dev, WIRE_TYPE_DISCOVER, &f))
		n++;
	return n;
}

static void what_was_asked_and_answered_is_counted(void)
{
	struct app_bed *bed = app_bed_open(MASTER "discovery: { interval: 1s }\n");
	struct frame f;

	app_bed_advance_ms(bed, 10000);
	json_int_t n_rounds = told(bed, "discover-rounds");
	CU_ASSERT_TRUE(n_rounds >= 9 && n_rounds <= 11);
	CU_ASSERT_EQUAL(discovers_left(bed, 0), n_rounds);
	CU_ASSERT_EQUAL(discovers_left(bed, 1), n_rounds);
	CU_ASSERT_TRUE(told(bed, "answers-taken") == 0 && told(bed, "answers-sent") == 0);
	CU_ASSERT_TRUE(told(bed, "nodes") == 0 && told(bed, "links") == 0);
	app_bed_advance_ms(bed, 1000);
	CU_ASSERT_FATAL(app_bed_answer(bed, 0, &hap));
	CU_ASSERT_EQUAL(told(bed, "answers-taken"), 1);
	CU_ASSERT_TRUE(told(bed, "nodes") == 1 && told(bed, "nodes-ok") == 1 && told(bed, "links") == 1);
	frame_discover(&f, hap.id, hap.id, NULL, 0);
	app_bed_send(bed, 0, &f);
	app_bed_advance_ms(bed, 1000);
	CU_ASSERT_EQUAL(told(bed, "answers-sent"), 1);
	CU_ASSERT_EQUAL(told(bed, "answers-unsent"), 0);
	CU_ASSERT_EQUAL(told(bed, "discovers-unsent"), 0);
	CU_ASSERT_TRUE(told(bed, "memory-needed-bytes") > 0 && told(bed, "log-lines-lost") == 0);
	CU_ASSERT(app_bed_close(bed));
}

// No buffer is free for a while: what could not leave is told by what it was.
static void what_cannot_leave_is_counted(void)
{
	struct app_bed *bed = with_nodes(MASTER "discovery: { interval: 2s }\n");
	static struct rte_mbuf *mbufs[8192];
	uint32_t n = 0;

	app_bed_advance_ms(bed, 1000);
	while (n < BASE_ARRAY_LEN(mbufs) && (mbufs[n] = rte_pktmbuf_alloc(port_pool_get(0, 0))) != NULL)
		n++;
	CU_ASSERT_TRUE(n > 0 && n < BASE_ARRAY_LEN(mbufs));
	app_bed_advance_ms(bed, 8000);
	rte_pktmbuf_free_bulk(mbufs, n);
	json_int_t n_discovers = told(bed, "discovers-unsent");
	json_int_t n_rosters = told(bed, "rosters-unsent");
	CU_ASSERT_TRUE(n_discovers >= 6 && n_discovers <= 10);
	CU_ASSERT_TRUE(n_rosters >= 1);
	app_bed_advance_ms(bed, 8000);
	CU_ASSERT_EQUAL(told(bed, "discovers-unsent"), n_discovers);
	CU_ASSERT_EQUAL(told(bed, "rosters-unsent"), n_rosters);
	CU_ASSERT(app_bed_close(bed));
}

static const struct suite_case cases[] = {
	SUITE_CASE(a_ping_is_answered_by_node_way_and_token_only),
	SUITE_CASE(a_roster_is_believed_by_node_way_and_token_only),
	SUITE_CASE(our_roster_goes_to_masters_that_we_hear),
	SUITE_CASE(whom_nobody_asked_describes_no_node),
	SUITE_CASE(what_was_asked_and_answered_is_counted),
	SUITE_CASE(what_cannot_leave_is_counted),
};
SUITE_MAIN("asks", cases)
