// SPDX-License-Identifier: BSD-3-Clause
// What `why` says of a node, word by word: one that answers, is silent, refused, taken for another, never
// heard.
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app_bed.h"
#include "base_clock.h"
#include "discovery.h"
#include "ports.h"
#include "suite.h"
#include "topo.h"
#include "trend.h"
#include "why_words.h"

#define MASTER                                                          \
	"romon: { identity: m, id: 02:00:00:00:ff:01, role: master }\n" \
	"discovery: { interval: 5s, late-after: 2, down-after: 4 }\n"   \
	"ports: { a: { device: net_ring_app0, link-id: 11 },\n"         \
	"  b: { device: net_ring_app1, link-id: 22 } }\n"
#define AGENT                                             \
	"romon: { identity: n, id: 02:00:00:00:ff:01 }\n" \
	"ports: { a: { device: net_ring_app0, link-id: 11 } }\n"
#define UNHEARD                                                                                       \
	"`romonctl discover --once`, then `romonctl ping` the last node on the way that answers; on " \
	"RouterOS there: /tool/romon/print (enabled=yes, id) and /tool/romon/port/print (forbid=no)"
#define HAP "02:00:00:00:00:10"

static const struct app_bed_node hap = {{{2, 0, 0, 0, 0, 0x10}}, "hap", NULL, 7, 200};

static struct app_bed *bed;
static json_t *answer;

static void begin(const char *yaml)
{
	bed = app_bed_open(yaml);
	bed->app.config_path = "F";
}

static void end(void)
{
	json_decref(answer);
	answer = NULL;
	CU_ASSERT(app_bed_close(bed));
}

static void ask(const char *args)
{
	json_decref(answer);
	answer = app_bed_ask(bed, "why", args);
	CU_ASSERT_PTR_NOT_NULL_FATAL(answer);
	CU_ASSERT_EQUAL_FATAL(json_array_size(answer), 1);
}

static const json_t *field(const char *key)
{
	return json_object_get(json_array_get(answer, 0), key);
}

static void said(size_t i, const char *level, const char *cause, const char *mend)
{
	static const char *const keys[] = {"level", "cause", "mend"};
	const char *const wanted[] = {level, cause, mend};
	const json_t *row = json_array_get(field("findings"), i);

	for (size_t k = 0; k < BASE_ARRAY_LEN(keys); k++) {
		const char *got = json_string_value(json_object_get(row, keys[k]));

		CU_ASSERT_PTR_NOT_NULL_FATAL(got);
		CU_ASSERT_STRING_EQUAL(got, wanted[k]);
		if (strcmp(got, wanted[k]) != 0)
			fprintf(stderr, "%s: %s\nwanted: %s\n", keys[k], got, wanted[k]);
	}
}

static void only(const char *level, const char *cause, const char *mend)
{
	CU_ASSERT_EQUAL_FATAL(json_array_size(field("findings")), 1);
	said(0, level, cause, mend);
}

static void found(void)
{
	app_bed_advance_ms(bed, 1000);
	CU_ASSERT_FATAL(app_bed_answer(bed, 0, &hap));
}

static void this_node_itself_is_told_as_such(void)
{
	begin(MASTER);
	ask("{\"id\": \"02:00:00:00:ff:01\"}");
	only("ok", "this is the node that you ask", "`romonctl status`, `romonctl why`");
	CU_ASSERT(json_is_true(field("is-self")));
	CU_ASSERT(json_is_null(field("node")));
	ask("{\"what\": \"m\"}"); // our identity
	only("ok", "this is the node that you ask", "`romonctl status`, `romonctl why`");
	CU_ASSERT_STRING_EQUAL(json_string_value(field("asked")), "m");
	end();
}

static void a_node_that_answers_is_well(void)
{
	begin(MASTER);
	found();
	ask("{\"id\": \"hap\"}");
	only("ok",
		"it answered 0 s ago: 1 hops, cost 300; a ping of up to 1440 bytes fits its path (l2mtu "
		"1500)",
		"nothing");
	CU_ASSERT(json_is_false(field("is-self")));
	CU_ASSERT_STRING_EQUAL(json_string_value(field("id")), HAP);
	CU_ASSERT_EQUAL(json_integer_value(field("size-max-bytes")), 1440);
	CU_ASSERT(json_is_null(field("stops-at")));
	CU_ASSERT(json_is_null(field("last-good")));
	CU_ASSERT_EQUAL(json_array_size(field("path")), 1);
	const json_t *hop = json_array_get(field("path"), 0);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(hop, "id")), HAP);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(hop, "identity")), "hap");
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(hop, "status")), "ok");
	end();
}

static void what_is_longer_than_its_path_takes_is_told(void)
{
	begin(MASTER);
	found();
	ask("{\"id\": \"hap\", \"size\": 1440}");
	CU_ASSERT_EQUAL_FATAL(json_array_size(field("findings")), 1);
	CU_ASSERT_STRING_EQUAL(
		json_string_value(json_object_get(json_array_get(field("findings"), 0), "level")), "ok");
	ask("{\"id\": \"hap\", \"size\": 1441}");
	only("error",
		"1441 bytes do not fit: the least l2mtu on the path to it is 1500, and over 1 hops that "
		"leaves 1440 bytes",
		"`romonctl ping " HAP " --size 1440`; or raise the MTU of the link with the least: "
		"`romonctl links` (`ip link set DEVICE mtu N` at both ends; on RouterOS "
		"/interface/ethernet/print, l2mtu)");
	end();
}

static void an_agent_that_nobody_made_ask_says_so(void)
{
	begin(AGENT);
	int fd = app_bed_connect(bed);
	app_bed_request(bed, fd, "{\"v\": 1, \"id\": 1, \"cmd\": \"discover\"}");
	app_bed_advance_ms(bed, 100);
	CU_ASSERT_FATAL(app_bed_answer(bed, 0, &hap));
	close(fd);
	app_bed_advance_ms(bed, 119000); // twice the window is two minutes
	ask("{\"id\": \"hap\"}");
	said(0, "ok",
		"it answered 119 s ago: 1 hops, cost 300; a ping of up to 1440 bytes fits its path (l2mtu "
		"1500)",
		"nothing");
	app_bed_advance_ms(bed, 1000);
	ask("{\"id\": \"hap\"}");
	said(0, "warning",
		"it answered 2 min ago: 1 hops, cost 300; nobody has asked since, for this node is an agent; "
		"a ping of up to 1440 bytes fits its path (l2mtu 1500)",
		"`romonctl discover --once`");
	end();
}

static void a_node_that_fell_silent_is_gone_and_the_port_may_say_why(void)
{
	begin(MASTER);
	found();
	app_bed_link_set(bed, 0, false);
	app_bed_link_set(bed, 1, false);
	app_bed_advance_ms(bed, 40000);
	ask("{\"id\": \"hap\"}");
	CU_ASSERT_EQUAL_FATAL(json_array_size(field("findings")), 3);
	said(0, "error", "it is down: it last answered 40 s ago",
		"it is the first hop from here: power, cable, and RoMON there (RouterOS: /tool/romon/set "
		"enabled=yes); `romonctl why a`");
	said(1, "warning",
		"it may be behind a: no link on net_ring_app0: the cable, or what is at its other end",
		"check the cable and the other end (`ethtool net_ring_app0`; on RouterOS there: "
		"/interface/print where running=no)");
	said(2, "warning",
		"it may be behind b: no link on net_ring_app1: the cable, or what is at its other end",
		"check the cable and the other end (`ethtool net_ring_app1`; on RouterOS there: "
		"/interface/print where running=no)");
	CU_ASSERT_STRING_EQUAL(json_string_value(field("stops-at")), HAP);
	CU_ASSERT(json_is_null(field("last-good")));
	CU_ASSERT(json_is_null(field("size-max-bytes")));
	end();
}

static void what_was_never_heard_is_a_fault_once_somebody_asked(void)
{
	begin(AGENT);
	ask("{\"id\": \"02:00:00:00:00:99\"}");
	only("warning", "it was never heard, and this node has asked nobody yet", UNHEARD);
	CU_ASSERT_EQUAL(json_array_size(field("heard")), 0);
	CU_ASSERT_EQUAL(json_array_size(field("path")), 0);
	end();
	begin(MASTER);
	app_bed_advance_ms(bed, 1000);
	app_bed_link_set(bed, 1, false);
	app_bed_advance_ms(bed, 250);
	ask("{\"id\": \"02:00:00:00:00:99\"}");
	CU_ASSERT_EQUAL_FATAL(json_array_size(field("findings")), 2);
	said(0, "error", "it was never heard, neither as a neighbor nor by an answer", UNHEARD);
	said(1, "warning",
		"it may be behind b: no link on net_ring_app1: the cable, or what is at its other end",
		"check the cable and the other end (`ethtool net_ring_app1`; on RouterOS there: "
		"/interface/print where running=no)");
	end();
	begin("romon: { identity: n, id: 02:00:00:00:ff:01, enabled: false }\n"
	      "ports: { a: { device: net_ring_app0 } }\n");
	ask("{\"id\": \"02:00:00:00:00:99\"}");
	only("error", "RoMON is off on this node", "set `romon.enabled: true` in F, then `romonctl reload`");
	end();
}

static void filters_that_deny_it_are_named(void)
{
	begin("romon: { identity: n, id: 02:00:00:00:ff:01 }\n"
	      "ports: { a: { device: net_ring_app0 } }\n"
	      "filters: [ { port: all, deny-service: [ 7 ] }, { port: a, deny-id: [\"" HAP "\"] },\n"
	      "  { port: all, deny-id: [\"02:00:00:00:00:12\"] } ]\n");
	ask("{\"id\": \"" HAP "\"}");
	only("error", "filters[1] (port: a) denies this id: its frames are dropped there",
		"take " HAP " out of `filters[1].deny-id` in F, then `romonctl reload`");
	ask("{\"id\": \"02:00:00:00:00:12\"}");
	only("error", "filters[2] (port: all) denies this id: its frames are dropped there",
		"take 02:00:00:00:00:12 out of `filters[2].deny-id` in F, then `romonctl reload`");
	end();
}

static void another_channel_is_told_by_id_and_by_mac(void)
{
	begin(AGENT);
	struct app_trend *t = &bed->app.slots[0].trend;
	struct base_mac mac = frame_mac(0x31), id = frame_mac(0x32);
	app_bed_advance_ms(bed, 2000);
	t->foreign[6] = (struct app_foreign){base_mono_ms() - 3000, base_mac_u64(&mac), base_mac_u64(&id), 9};
	t->changed_ms = 0;
	for (int i = 0; i < 2; i++) {
		ask(i == 0 ? "{\"id\": \"02:00:00:00:00:31\"}" : "{\"id\": \"02:00:00:00:00:32\"}");
		only("error",
			"wrong channel: it sends on channel 9 (by a, 3 s ago), this node is on channel "
			"default",
			"set `romon.channel: 9` in F, then `romonctl reload`; or give it `romon.channel: "
			"default`");
	}
	t->foreign[6].at_ms = base_mono_ms() - 60001; // not now
	ask("{\"id\": \"02:00:00:00:00:31\"}");
	said(0, "warning", "it was never heard, and this node has asked nobody yet", UNHEARD);
	t->foreign[6].at_ms = base_mono_ms();
	t->foreign[6].channel = 0; // ours
	ask("{\"id\": \"02:00:00:00:00:31\"}");
	said(0, "warning", "it was never heard, and this node has asked nobody yet", UNHEARD);
	end();
}

static void bad_keep(enum dp_reason reason)
{
	struct app_bad_frame *bad = &bed->app.slots[0].bad;
	struct app_trend *t = &bed->app.slots[0].trend;
	struct frame f;

	frame_discover(&f, frame_mac(0x31), frame_mac(0x32), NULL, 0);
	*bad = (struct app_bad_frame){
		.reason = reason, .at_ms = base_mono_ms() - 2000, .len = f.len, .n_kept = f.len};
	memcpy(bad->bytes, f.bytes, f.len);
	t->changed_ms = 0;
	t->drops_ms[reason] = base_mono_ms();
	t->drops_first_ms[reason] = base_mono_ms() - 20000;
}

static void a_refused_frame_of_it_is_told(void)
{
	begin(AGENT);
	bad_keep(DP_DROP_HOP_LIMIT);
	ask("{\"id\": \"02:00:00:00:00:32\"}");
	only("error", "a refuses its frames (hop-limit, 2 s ago): it is further away than romon.hop-limit",
		"`romonctl why a` names the key that mends it");
	bad_keep(DP_DROP_HOP_NOT_US);
	ask("{\"id\": \"02:00:00:00:00:32\"}");
	only("warning", "a refuses its frames (hop-not-us, 2 s ago): its path to us is stale",
		"`romonctl why a` names the key that mends it");
	bed->app.slots[0].trend.drops_first_ms[DP_DROP_HOP_NOT_US] = base_mono_ms(); // for a moment
	ask("{\"id\": \"02:00:00:00:00:32\"}");
	said(0, "warning", "it was never heard, and this node has asked nobody yet", UNHEARD);
	bad_keep(DP_DROP_LINK_UNKNOWN);
	ask("{\"id\": \"02:00:00:00:00:32\"}");
	only("warning", "a refuses its frames (link-unknown, 2 s ago): its path is stale",
		"`romonctl why a` names the key that mends it");
	ask("{\"id\": \"02:00:00:00:00:33\"}"); // another one
	said(0, "warning", "it was never heard, and this node has asked nobody yet", UNHEARD);
	bad_keep(DP_DROP_CHANNEL); // told otherwise
	ask("{\"id\": \"02:00:00:00:00:32\"}");
	said(0, "warning", "it was never heard, and this node has asked nobody yet", UNHEARD);
	bad_keep(DP_DROP_HOP_LIMIT);
	bed->app.slots[0].bad.at_ms = base_mono_ms() - 60001;
	ask("{\"id\": \"02:00:00:00:00:32\"}");
	said(0, "warning", "it was never heard, and this node has asked nobody yet", UNHEARD);
	bad_keep(DP_DROP_HOP_LIMIT);
	bed->app.slots[0].bad.n_kept = WIRE_ETH_LEN + WIRE_HDR_LEN - 1;
	ask("{\"id\": \"02:00:00:00:00:32\"}");
	said(0, "warning", "it was never heard, and this node has asked nobody yet", UNHEARD);
	end();
}

static void one_that_asks_too_often_is_told(void)
{
	begin(AGENT);
	struct app_trend *t = &bed->app.slots[0].trend;
	struct base_mac id = frame_mac(0x32);
	t->excess = (struct app_refused){.at_ms = base_mono_ms(), .src_id = base_mac_u64(&id)};
	t->changed_ms = 0;
	ask("{\"id\": \"02:00:00:00:00:32\"}");
	only("warning",
		"it sends more Discovers by a than the 20 a second of limits.answers-per-origin: the rest is "
		"dropped",
		"find what asks so often there; RouterOS: close WinBox and /tool/romon/discover");
	t->excess.at_ms = base_mono_ms() - 60001;
	ask("{\"id\": \"02:00:00:00:00:32\"}");
	said(0, "warning", "it was never heard, and this node has asked nobody yet", UNHEARD);
	end();
}

// The age is of a worker's clock, which goes on by itself, too.
static void heard_is(const char *but, const char *mend)
{
	const json_t *heard = json_array_get(field("heard"), 0);
	uint64_t age_ms = (uint64_t)json_integer_value(json_object_get(heard, "age-ms"));
	char cause[256];

	snprintf(cause, sizeof(cause), "it is heard as a neighbor on a (02:00:00:00:00:31, %s ago), but %s",
		why_age(age_ms).text, but);
	only("warning", cause, mend);
}

static void a_neighbor_that_does_not_answer_is_told(void)
{
	struct frame f;

	begin(AGENT);
	frame_discover(&f, frame_mac(0x31), frame_mac(0x31), NULL, 0);
	app_bed_send(bed, 0, &f);
	ask("{\"id\": \"02:00:00:00:00:31\"}");
	CU_ASSERT_EQUAL_FATAL(json_array_size(field("heard")), 1);
	const json_t *heard = json_array_get(field("heard"), 0);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(heard, "port")), "a");
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(heard, "mac-address")), "02:00:00:00:00:31");
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(heard, "id")), "02:00:00:00:00:31");
	heard_is("this node has asked nobody yet", "`romonctl discover --once`");
	end();
	begin(MASTER);
	frame_discover(&f, frame_mac(0x31), frame_mac(0x31), NULL, 0);
	app_bed_send(bed, 0, &f);
	app_bed_advance_ms(bed, 12000);
	ask("{\"id\": \"02:00:00:00:00:31\"}");
	CU_ASSERT(json_integer_value(json_object_get(json_array_get(field("heard"), 0), "age-ms")) >= 12000);
	heard_is("it answers none of our Discovers",
		"a switch between may drop 01:80:c2:00:88:bf in our direction, or it refuses ours: compare "
		"channel and secrets with those there (RouterOS: /tool/romon/print, "
		"/tool/romon/port/print); `romonctl why a`");
	end();
}

// People take the MAC of a neighbor for its id.
static void the_mac_of_a_neighbor_is_no_id(void)
{
	struct frame f;

	begin(AGENT);
	frame_discover(&f, frame_mac(0x31), frame_mac(0x32), NULL, 0);
	app_bed_send(bed, 0, &f);
	ask("{\"id\": \"02:00:00:00:00:31\"}");
	CU_ASSERT_EQUAL_FATAL(json_array_size(field("heard")), 1);
	only("warning", "this is no RoMON id that is known, but the MAC address of a neighbor on a",
		"its id is 02:00:00:00:00:32: `romonctl why 02:00:00:00:00:32`");
	ask("{\"id\": \"02:00:00:00:00:32\"}");
	CU_ASSERT_EQUAL(json_array_size(field("heard")), 1);
	heard_is("this node has asked nobody yet", "`romonctl discover --once`");
	end();
}

// --- further away

#define MID "02:00:00:00:00:20"
#define FAR "02:00:00:00:00:30"
#define FIRST_HOP                                                                                  \
	"it is the first hop from here: power, cable, and RoMON there (RouterOS: /tool/romon/set " \
	"enabled=yes)"

#define OWN_ID id_of(0xff01)
#define HAP_ID id_of(0x10)
#define MID_ID id_of(0x20)
#define FAR_ID id_of(0x30)

static uint64_t id_of(uint16_t n)
{
	struct base_mac mac = frame_mac(n);

	return base_mac_u64(&mac);
}

// What an answer of a node behind parent says, n_hops links away from us and one more.
static void learn(uint64_t parent, uint64_t id, const char *identity, uint8_t n_hops)
{
	struct topo_answer a = {.parent_id = parent,
		.parent_out = {.link_id = 5, .l2mtu = 1500, .cost = 100, .mac = parent},
		.node_id = id,
		.node_in = {.link_id = 6, .l2mtu = 1500, .cost = 100, .mac = id},
		.n_hops = n_hops,
		.from_mac = HAP_ID,
		.identity = identity,
		.identity_len = (uint8_t)strlen(identity)};

	CU_ASSERT_EQUAL(topo_learn(discovery_topo(&bed->app), &a, base_mono_ms(), base_wall_us(), NULL), 0);
}

// hap, mid behind it, far behind that.
static void chain(void)
{
	begin(MASTER);
	found();
	learn(HAP_ID, MID_ID, "mid", 1);
	learn(MID_ID, FAR_ID, "far", 2);
}

// So many rounds in which these answer.
static void rounds(int n, bool hap_does, bool mid_does, bool far_does)
{
	for (int i = 0; i < n; i++) {
		app_bed_advance_ms(bed, 5000);
		if (hap_does)
			CU_ASSERT(app_bed_answer(bed, 0, &hap));
		if (mid_does)
			learn(HAP_ID, MID_ID, "mid", 1);
		if (far_does)
			learn(MID_ID, FAR_ID, "far", 2);
	}
}

static void hop_is(size_t i, const char *id, const char *identity, const char *status)
{
	const json_t *hop = json_array_get(field("path"), i);

	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(hop, "id")), id);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(hop, "identity")), identity);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(hop, "status")), status);
}

static void the_way_ends_at_the_first_node_that_is_silent(void)
{
	chain();
	ask("{\"id\": \"far\"}");
	only("ok",
		"it answered 0 s ago: 3 hops, cost 700; a ping of up to 1420 bytes fits its path (l2mtu "
		"1500)",
		"nothing");
	CU_ASSERT_EQUAL(json_array_size(field("path")), 3);
	CU_ASSERT(json_is_null(field("stops-at")) && json_is_null(field("last-good")));
	rounds(8, true, false, false);
	ask("{\"id\": \"far\"}");
	only("error",
		"the way to it ends at " MID " (mid), which is down; the hop before it, " HAP
		" (hap), still answers",
		"look at the link behind " HAP ": power, cable, its port; `romonctl ping " HAP
		"` shows that the way so far is good; on RouterOS there: /interface/print where running=no, "
		"/tool/romon/port/print");
	CU_ASSERT_STRING_EQUAL(json_string_value(field("stops-at")), MID);
	CU_ASSERT_STRING_EQUAL(json_string_value(field("last-good")), HAP);
	CU_ASSERT_EQUAL_FATAL(json_array_size(field("path")), 3);
	hop_is(0, HAP, "hap", "ok");
	hop_is(1, MID, "mid", "down");
	hop_is(2, FAR, "far", "down");
	ask("{\"id\": \"mid\"}"); // itself
	said(0, "error",
		"it is down: it last answered 40 s ago; the hop before it, " HAP " (hap), still answers",
		"look at the link behind " HAP ": power, cable, its port; `romonctl ping " HAP
		"` shows that the way so far is good; on RouterOS there: /interface/print where running=no, "
		"/tool/romon/port/print");
	CU_ASSERT_STRING_EQUAL(json_string_value(field("stops-at")), MID);
	end();
}

static void the_last_hop_before_a_silent_node_is_named(void)
{
	chain();
	rounds(8, true, true, false);
	ask("{\"id\": \"far\"}");
	only("error",
		"it is down: it last answered 40 s ago; the hop before it, " MID " (mid), still answers",
		"look at the link behind " MID ": power, cable, its port; `romonctl ping " MID
		"` shows that the way so far is good; on RouterOS there: /interface/print where running=no, "
		"/tool/romon/port/print");
	CU_ASSERT_STRING_EQUAL(json_string_value(field("stops-at")), FAR);
	CU_ASSERT_STRING_EQUAL(json_string_value(field("last-good")), MID);
	end();
}

static void a_silent_first_hop_may_be_a_port_of_ours(void)
{
	chain();
	app_bed_link_set(bed, 1, false);
	rounds(8, false, false, false);
	ask("{\"id\": \"far\"}");
	CU_ASSERT_EQUAL_FATAL(json_array_size(field("findings")), 2);
	said(0, "error", "the way to it ends at " HAP " (hap), which is down", FIRST_HOP);
	said(1, "warning",
		"the first hop may be behind b: no link on net_ring_app1: the cable, or what is at its other "
		"end",
		"check the cable and the other end (`ethtool net_ring_app1`; on RouterOS there: "
		"/interface/print where running=no)");
	CU_ASSERT_STRING_EQUAL(json_string_value(field("stops-at")), HAP);
	CU_ASSERT(json_is_null(field("last-good")));
	end();
}

static void a_node_beyond_the_hop_limit_is_told(void)
{
	begin("romon: { identity: m, id: 02:00:00:00:ff:01, role: master, hop-limit: 1 }\n"
	      "ports: { a: { device: net_ring_app0, link-id: 11 } }\n");
	found();
	learn(HAP_ID, MID_ID, "mid", 1);
	learn(MID_ID, FAR_ID, "far", 2);
	ask("{\"id\": \"mid\"}"); // just so far
	said(0, "ok",
		"it answered 0 s ago: 2 hops, cost 500; a ping of up to 1430 bytes fits its path (l2mtu "
		"1500)",
		"nothing");
	ask("{\"id\": \"far\"}");
	only("error", "it is 3 hops away, and romon.hop-limit is 1",
		"set `romon.hop-limit: 3` in F, then `romonctl reload`");
	end();
}

// --- by other masters

static void report(enum topo_status status, uint32_t age_s)
{
	struct topo_saved s = {.id = FAR_ID,
		.identity = "far",
		.status = status,
		.cost = 50,
		.hops = 1,
		.l2mtu = 1500,
		.path_n = 1,
		.path = {FAR_ID},
		.last_seen_us = base_wall_us() - age_s * 1000000ull};

	CU_ASSERT_EQUAL(
		topo_report(discovery_topo(&bed->app), MID_ID, &s, base_mono_ms(), base_wall_us()), 0);
}

static void what_a_master_reports_is_told_as_its_word(void)
{
	const char *mend = "`romonctl why " MID "`; ask on that master: `romonctl why " FAR "`";
	struct frame f;

	begin(MASTER);
	report(TOPO_OK, 3);
	ask("{\"id\": \"far\"}");
	only("ok", "only the master " MID " reports it (ok, 3 s ago); this node has not heard it itself",
		mend);
	report(TOPO_LATE, 20);
	ask("{\"id\": \"far\"}");
	only("warning",
		"only the master " MID " reports it (late, 20 s ago); this node has not heard it itself",
		mend);
	report(TOPO_DOWN, 300);
	ask("{\"id\": \"far\"}");
	only("error",
		"it is down, as the master " MID
		" reports: it last answered there 5 min ago; this node has not heard it itself",
		mend);
	CU_ASSERT(json_is_null(field("size-max-bytes")));
	CU_ASSERT(json_is_null(field("stops-at")));
	CU_ASSERT_EQUAL(json_array_size(field("path")), 1);
	// now it is a neighbor, too
	frame_discover(&f, frame_mac(0x30), frame_mac(0x30), NULL, 0);
	app_bed_send(bed, 0, &f);
	ask("{\"id\": \"far\"}");
	said(json_array_size(field("findings")) - 1, "error",
		"it is down, as the master " MID " reports: it last answered there 5 min ago", mend);
	end();
}

// --- two with one id

static void speak(uint8_t port, uint64_t mac, const char *identity)
{
	struct topo_answer a = {.parent_id = OWN_ID,
		.parent_out = {.link_id = port == 0 ? 11 : 22, .l2mtu = 1500, .cost = 100, .mac = OWN_ID},
		.node_id = FAR_ID,
		.node_in = {.link_id = 6, .l2mtu = 1500, .cost = 100, .mac = mac},
		.port = port,
		.from_mac = mac,
		.identity = identity,
		.identity_len = (uint8_t)strlen(identity)};

	CU_ASSERT_EQUAL(topo_learn(discovery_topo(&bed->app), &a, base_mono_ms(), base_wall_us(), NULL), 0);
}

static void two_with_one_id_are_told_by_both_their_ways(void)
{
	const char *mend = "give one of them another id: `romon.id: auto` in romond's file; on RouterOS "
			   "/tool/romon/set id=... (a copied configuration often brings it along)";

	begin(MASTER);
	for (int i = 0; i < 10; i++) {
		speak(0, id_of(0x31), "north");
		speak(1, id_of(0x32), "so\033th");
		app_bed_advance_ms(bed, 1000);
	}
	ask("{\"id\": \"" FAR "\"}");
	only("error",
		"two nodes have this id: one is heard by a (its port is 02:00:00:00:00:31), the other, "
		"so\\x1bth, by b (02:00:00:00:00:32): what one of them is told reaches the other",
		mend);
	end();
	begin(MASTER);
	for (int i = 0; i < 10; i++) {
		speak(0, id_of(0x31), "north");
		speak(1, id_of(0x32), ""); // says no name
		app_bed_advance_ms(bed, 1000);
	}
	ask("{\"id\": \"" FAR "\"}");
	only("error",
		"two nodes have this id: one is heard by a (its port is 02:00:00:00:00:31), the other, by b "
		"(02:00:00:00:00:32): what one of them is told reaches the other",
		mend);
	end();
}

// By its Data a neighbor tells no id of its own.
static void the_mac_of_a_neighbor_that_told_no_id_is_told_as_such(void)
{
	struct frame f;

	begin(AGENT);
	struct frame_hop hop = {1, app_bed_mac(bed, "a")};
	frame_data(&f, &(struct frame_data_spec){.eth_dst = hop.mac,
			       .eth_src = frame_mac(0x31),
			       .src_id = frame_mac(0x50),
			       .dst_id = frame_mac(0xff01),
			       .hops = &hop,
			       .n = 1,
			       .src_port = 5000,
			       .dst_port = WIRE_SERVICE_SSH,
			       .payload_len = 32});
	app_bed_send(bed, 0, &f);
	ask("{\"id\": \"02:00:00:00:00:31\"}");
	CU_ASSERT_EQUAL_FATAL(json_array_size(field("heard")), 1);
	CU_ASSERT(json_is_null(json_object_get(json_array_get(field("heard"), 0), "id")));
	only("warning", "this is no RoMON id that is known, but the MAC address of a neighbor on a",
		"it has not told its id yet: `romonctl discover --once` asks");
	speak(0, id_of(0x31), "north"); // an answer of a node at this MAC does
	ask("{\"id\": \"02:00:00:00:00:31\"}");
	only("warning", "this is no RoMON id that is known, but the MAC address of a neighbor on a",
		"its id is " FAR ": `romonctl why " FAR "`");
	end();
}

static const struct suite_case cases[] = {
	SUITE_CASE(this_node_itself_is_told_as_such),
	SUITE_CASE(a_node_that_answers_is_well),
	SUITE_CASE(what_is_longer_than_its_path_takes_is_told),
	SUITE_CASE(an_agent_that_nobody_made_ask_says_so),
	SUITE_CASE(a_node_that_fell_silent_is_gone_and_the_port_may_say_why),
	SUITE_CASE(what_was_never_heard_is_a_fault_once_somebody_asked),
	SUITE_CASE(filters_that_deny_it_are_named),
	SUITE_CASE(another_channel_is_told_by_id_and_by_mac),
	SUITE_CASE(a_refused_frame_of_it_is_told),
	SUITE_CASE(one_that_asks_too_often_is_told),
	SUITE_CASE(a_neighbor_that_does_not_answer_is_told),
	SUITE_CASE(the_mac_of_a_neighbor_is_no_id),
	SUITE_CASE(the_mac_of_a_neighbor_that_told_no_id_is_told_as_such),
	SUITE_CASE(the_way_ends_at_the_first_node_that_is_silent),
	SUITE_CASE(the_last_hop_before_a_silent_node_is_named),
	SUITE_CASE(a_silent_first_hop_may_be_a_port_of_ours),
	SUITE_CASE(a_node_beyond_the_hop_limit_is_told),
	SUITE_CASE(what_a_master_reports_is_told_as_its_word),
	SUITE_CASE(two_with_one_id_are_told_by_both_their_ways),
};
SUITE_MAIN("app why node", cases)
