// SPDX-License-Identifier: BSD-3-Clause
// What `why` says of a port, word by word, from facts that are set by hand: each cause with all that it
// names, when it counts as present, and which silence is wrong.
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app_bed.h"
#include "base_clock.h"
#include "handlers.h"
#include "ports.h"
#include "refused.h"
#include "suite.h"
#include "trend.h"
#include "why.h"
#include "why_words.h"

#define HEAD "romon: { identity: n, id: 02:00:00:00:ff:01 }\n"
#define MANY                                                                                               \
	HEAD "filters: [ { port: b, deny-id: [\"02:00:00:00:00:08\"] },\n"                                 \
	     "  { port: all, deny-id: [\"02:00:00:00:00:05\"], deny-service: [ 6 ] },\n"                   \
	     "  { port: a, deny-id: [\"02:00:00:00:00:07\"], deny-service: [ 9 ] } ]\n"                    \
	     "ports: { a: { device: net_ring_app0, link-id: 11 },\n"                                       \
	     "  b: { device: net_ring_app1, link-id: 22 }, c: { device: nosuchif9 },\n"                    \
	     "  d: { device: net_ring_app2, forbid: true }, e: { device: net_ring_app3, disabled: true } " \
	     "}\n"                                                                                         \
	     "relay-groups: { g: { storm-limit: 500, ports: { r: { device: net_ring_app4 }, s: { "         \
	     "device: net_ring_app5 } } } }\n"
#define FEW                                                                                            \
	"romon: { identity: n, id: 02:00:00:00:ff:01, channel: 9, hop-limit: 20 }\n"                   \
	"ports: { a: { device: net_ring_app0 }, b: { device: nosuchif8 }, c: { device: nosuchif9 },\n" \
	"  d: { device: net_ring_app1, forbid: true }, e: { device: net_ring_app2, forbid: true } }\n" \
	"relay-groups: { g: { ports: { r: { device: net_ring_app4 }, s: { device: nosuchif7 } } } }\n"
#define ALONE HEAD "ports: { a: { device: net_ring_app0 } }\n"

static struct app_bed *bed;
static struct app_totals totals;
static json_t *findings;
static json_t *earlier;

static void begin(const char *yaml)
{
	bed = app_bed_open(yaml);
	bed->app.config_path = "F";
	memset(&totals, 0, sizeof(totals));
	app_bed_advance_ms(bed, 2000);
}

static void end(void)
{
	json_decref(findings);
	json_decref(earlier);
	findings = earlier = NULL;
	CU_ASSERT(app_bed_close(bed));
}

static struct app_slot *slot_of(const char *port)
{
	return &bed->app.slots[slots_find(&bed->app, port)];
}

static struct why_port port_of(const char *port)
{
	struct why_port p;

	why_port_init(&p, &bed->app, (uint32_t)slots_find(&bed->app, port), &totals);
	return p;
}

typedef void (*find_fn)(const struct why_port *p, struct why_list *now, struct why_list *before);

static json_t *as_json(const struct why_list *list)
{
	struct schema_finding_list out = {0};
	struct schema_mem mem;

	schema_mem_init(&mem);
	handlers_findings_add(&out, &mem, &bed->app, list);
	json_t *rows = schema_encode_list(schema_finding_table(), &out);
	schema_mem_fini(&mem);
	return rows;
}

static void look(find_fn find, const char *port)
{
	struct why_list now = {.n = 0}, before = {.n = 0};
	struct why_port p = port_of(port);

	find(&p, &now, &before);
	json_decref(findings);
	json_decref(earlier);
	findings = as_json(&now);
	earlier = as_json(&before);
}

static void causes_look(const char *port)
{
	look(why_cause_findings, port);
}

static void port_look(const char *port)
{
	look(why_port_findings, port);
}

// n frames were dropped, the last age_ms ago, the first before_ms before that.
static void dropped(const char *port, enum dp_reason reason, uint64_t n, uint64_t age_ms, uint64_t before_ms)
{
	struct app_trend *t = &slot_of(port)->trend;

	totals.drops[reason] = n;
	t->drops_ms[reason] = base_mono_ms() - age_ms;
	t->drops_first_ms[reason] = t->drops_ms[reason] - before_ms;
}

static void said(const json_t *row, const char *key, const char *wanted)
{
	const char *got = json_string_value(json_object_get(row, key));

	CU_ASSERT_PTR_NOT_NULL_FATAL(got);
	CU_ASSERT_STRING_EQUAL(got, wanted);
	if (strcmp(got, wanted) != 0)
		fprintf(stderr, "%s: %s\nwanted: %s\n", key, got, wanted);
}

static void only(const json_t *list, const char *level, const char *cause, const char *mend)
{
	const json_t *row = json_array_get(list, 0);

	CU_ASSERT_EQUAL_FATAL(json_array_size(list), 1);
	said(row, "level", level);
	said(row, "cause", cause);
	said(row, "mend", mend);
}

static void sample_keep(const char *port, enum dp_reason reason, const struct frame *f, uint32_t n_kept)
{
	struct app_bad_frame *bad = &slot_of(port)->bad;

	*bad = (struct app_bad_frame){
		.reason = reason, .at_ms = base_mono_ms() - 500, .len = f->len, .n_kept = n_kept};
	memcpy(bad->bytes, f->bytes, n_kept);
}

// ---- what comes before the row is told: facts of the port

static void none(const char *port, enum dp_reason reason)
{
	(void)port;
	(void)reason;
}

static void sampled(const char *port, enum dp_reason reason)
{
	struct frame f;

	frame_discover(&f, frame_mac(0x77), frame_mac(0x78), NULL, 0);
	sample_keep(port, reason, &f, f.len);
}

static void sampled_tagged(const char *port, enum dp_reason reason)
{
	struct frame f;

	frame_discover(&f, frame_mac(0x77), frame_mac(0x78), NULL, 0);
	frame_tag(&f, 0x6005);
	sample_keep(port, reason, &f, f.len);
}

static void sampled_short(const char *port, enum dp_reason reason)
{
	struct frame f;

	frame_discover(&f, frame_mac(0x77), frame_mac(0x78), NULL, 0);
	sample_keep(port, reason, &f, WIRE_ETH_LEN - 1);
}

static void sampled_of_another_reason(const char *port, enum dp_reason reason)
{
	sampled(port, reason == DP_DROP_CHANNEL ? DP_DROP_FILTERED : DP_DROP_CHANNEL);
}

static void sampled_with_hops(const char *port, enum dp_reason reason)
{
	struct frame_hop hops[20];
	struct frame f;

	for (uint16_t i = 0; i < 20; i++)
		hops[i] = (struct frame_hop){i + 1u, frame_mac(i)};
	frame_discover(&f, frame_mac(0x77), frame_mac(0x78), hops, 20);
	sample_keep(port, reason, &f, APP_BAD_LEN_MAX < f.len ? APP_BAD_LEN_MAX : f.len);
}

static void sampled_data_of(const char *port, enum dp_reason reason, uint8_t n)
{
	struct frame_hop hops[26];
	struct frame f;

	for (uint16_t i = 0; i < n; i++)
		hops[i] = (struct frame_hop){i + 1u, frame_mac(i)};
	struct frame_data_spec spec = {.eth_dst = frame_mac(1),
		.eth_src = frame_mac(0x77),
		.src_id = frame_mac(0x78),
		.dst_id = frame_mac(3),
		.hops = hops,
		.n = n};
	frame_data(&f, &spec);
	sample_keep(port, reason, &f, APP_BAD_LEN_MAX < f.len ? APP_BAD_LEN_MAX : f.len);
}

static void sampled_data(const char *port, enum dp_reason reason)
{
	sampled_data_of(port, reason, 21);
}

static void sampled_long_data(const char *port, enum dp_reason reason)
{
	sampled_data_of(port, reason, 26);
}

static void at_most_hops(const char *port, enum dp_reason reason)
{
	(void)port;
	(void)reason;
	bed->app.conf->romon.hop_limit = WIRE_HOPS_MAX;
}

static void sampled_at_the_end(const char *port, enum dp_reason reason)
{
	struct frame f;

	at_most_hops(port, reason);
	frame_discover(&f, frame_mac(0x77), frame_mac(0x78), NULL, 0);
	frame_hdr(&f)->n_hops = WIRE_HOPS_MAX; // what is kept of it ends before
	sample_keep(port, reason, &f, f.len);
}

static void heard_of_two_channels(const char *port, enum dp_reason reason)
{
	struct app_trend *t = &slot_of(port)->trend;
	struct base_mac m[4] = {frame_mac(0x10), frame_mac(0x11), frame_mac(0x20), frame_mac(0x21)};
	uint64_t now_ms = base_mono_ms();

	(void)reason;
	t->foreign[0] = (struct app_foreign){now_ms - 900, base_mac_u64(&m[0]), base_mac_u64(&m[1]), 3};
	t->foreign[3] = (struct app_foreign){now_ms - 700, base_mac_u64(&m[2]), base_mac_u64(&m[3]), 7};
	t->foreign[5] = (struct app_foreign){now_ms - 800, base_mac_u64(&m[0]), base_mac_u64(&m[1]), 4};
}

static void heard_of_what_is_ours_now(const char *port, enum dp_reason reason)
{
	struct app_trend *t = &slot_of(port)->trend;
	struct base_mac m = frame_mac(0x10);

	(void)reason;
	t->foreign[0] = (struct app_foreign){
		base_mono_ms() - 900, base_mac_u64(&m), base_mac_u64(&m), bed->app.conf->romon.channel};
}

static void refused(struct app_refused *r, uint16_t src, uint16_t dst, uint16_t service_0, uint16_t service_1)
{
	struct base_mac m[2] = {frame_mac(src), frame_mac(dst)};

	*r = (struct app_refused){.at_ms = base_mono_ms(),
		.src_id = base_mac_u64(&m[0]),
		.dst_id = base_mac_u64(&m[1]),
		.services = {service_0, service_1}};
}

static void filtered_by_source(const char *port, enum dp_reason reason)
{
	(void)reason;
	refused(&slot_of(port)->trend.filtered, 5, 7, 9, 6);
}

static void filtered_by_destination(const char *port, enum dp_reason reason)
{
	(void)reason;
	refused(&slot_of(port)->trend.filtered, 4, 7, 9, 6);
}

static void filtered_on_the_way_out(const char *port, enum dp_reason reason)
{
	(void)reason;
	refused(&slot_of(port)->trend.filtered, 4, 8, 0, 0);
}

static void filtered_by_service(const char *port, enum dp_reason reason)
{
	(void)reason;
	refused(&slot_of(port)->trend.filtered, 4, 3, 9, 6);
}

static void filtered_by_source_service(const char *port, enum dp_reason reason)
{
	(void)reason;
	refused(&slot_of(port)->trend.filtered, 4, 3, 9, 2);
}

static void filtered_by_what_is_gone(const char *port, enum dp_reason reason)
{
	(void)reason;
	refused(&slot_of(port)->trend.filtered, 4, 3, 2, 1);
}

static void one_in_excess(const char *port, enum dp_reason reason)
{
	(void)reason;
	refused(&slot_of(port)->trend.excess, 0x66, 0, 0, 0);
}

static void spare_down(const char *port, enum dp_reason reason)
{
	(void)port;
	(void)reason;
	app_bed_link_set(bed, 5, false);
	app_bed_advance_ms(bed, 250);
}

static void small_port(const char *port, enum dp_reason reason)
{
	(void)port;
	(void)reason;
	slots_dev(&bed->app, slot_of("s"))->dev->mtu = 1400;
	slots_dev(&bed->app, slot_of("b"))->dev->mtu = 1300;
	slots_dev(&bed->app, slot_of("a"))->dev->mtu = 1200; // of itself it is not told
}

static void small_and_smaller(const char *port, enum dp_reason reason)
{
	small_port(port, reason);
	slots_dev(&bed->app, slot_of("a"))->dev->mtu = 1998;
}

// Only a port of the same relay group is one to leave by.
static void small_spare(const char *port, enum dp_reason reason)
{
	small_port(port, reason);
	slots_dev(&bed->app, slot_of("r"))->dev->mtu = 1500;
}

struct row {
	void (*set)(const char *port, enum dp_reason reason);
	const char *port;
	enum dp_reason reason;
	const char *level;
	const char *cause;
	const char *mend;
};

static void rows_are_told(const char *yaml, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		begin(yaml);
		rows[i].set(rows[i].port, rows[i].reason);
		dropped(rows[i].port, rows[i].reason, 3, 0, 30000);
		causes_look(rows[i].port);
		only(findings, rows[i].level, rows[i].cause, rows[i].mend);
		said(json_array_get(findings, 0), "reason", dp_reason_name(rows[i].reason));
		CU_ASSERT_EQUAL(json_integer_value(json_object_get(json_array_get(findings, 0), "count")), 3);
		CU_ASSERT_EQUAL(json_array_size(earlier), 0);
		end();
	}
}

static void each_cause_is_told_with_what_it_names(void)
{
	static const struct row rows[] = {
		{none, "a", DP_DROP_CHANNEL, "error",
			"a neighbor uses another overlay channel than ours, which is default",
			"set `romon.channel: CHANNEL` in F, then `romonctl reload`"},
		{none, "a", DP_DROP_AUTH_UNKNOWN, "error",
			"secret mismatch: this neighbor signs with a secret that we do not have",
			"put that neighbor's secret into `ports.a.secrets` (any place verifies, the first "
			"signs), or give it one of ours; the list that holds: `romonctl config show`. A "
			"RouterOS device may sign in a way that is not known yet: docs/auth-probe.md, or "
			"carry its frames through a relay group"},
		{none, "a", DP_DROP_AUTH_MISSING, "error",
			"secret mismatch: a neighbor sends unsigned frames, and the secrets of this port "
			"forbid that",
			"set `ports.a.secrets: [\"\"]` in F, then `romonctl reload`; or give the neighbor "
			"the secret. RouterOS signs in a way that is not known yet: docs/auth-probe.md"},
		{none, "a", DP_DROP_AUTH_FLOOD, "error",
			"more frames with wrong signatures come in than limits.bad-digests, so that those of "
			"senders that never signed rightly are no longer looked at",
			"find who sends them: `romonctl torch` and `romonctl capture` of this port; "
			"neighbors that signed rightly before are served meanwhile"},
		{none, "a", DP_DROP_AUTH_UNSYNCED, "warning",
			"a neighbor signs well, but does not answer our Hello, which asks it whether its "
			"frames are of now",
			"a few such frames after a start are normal. If they go on: either somebody replays "
			"recorded frames, or that neighbor does not take our Hello: it needs the secret that "
			"signs on this port, and a way from this port to it (`romonctl why` there)"},
		{none, "a", DP_DROP_AUTH_REPLAY, "warning",
			"frames come in that are signed well, but were seen before or are too old",
			"either somebody replays recorded frames, or a segment repeats them (a loop), or "
			"that neighbor's clock was set back by more than 12 days: set its clock, then "
			"restart its romond"},
		{none, "a", DP_DROP_FILTERED, "warning", "a filter refuses frames",
			"see the key filters: `romonctl config show`"},
		{none, "a", DP_DROP_HOP_LIMIT, "error", "the way is longer than romon.hop-limit, which is 32",
			"set `romon.hop-limit: 64` in F, then `romonctl reload`"},
		{none, "a", DP_DROP_VLAN_UNKNOWN, "error",
			"RoMON frames of a VLAN (which one is not known) arrive that no port of "
			"net_ring_app0 serves",
			"see it by `tcpdump -eni net_ring_app0 ether proto 0x8100`; add a port with that "
			"vlan, or remove the tag at the switch"},
		{none, "a", DP_DROP_VLAN_DEPTH, "warning", "frames carry two VLAN tags",
			"remove the outer tag at the switch"},
		{none, "a", DP_DROP_EGRESS_DOWN, "error", "frames should leave by a port that has no link: c",
			"`romonctl why c` says what that port lacks"},
		{none, "a", DP_DROP_EGRESS_FORBIDDEN, "error",
			"frames should leave by a port where RoMON is forbidden: d",
			"set `ports.d.forbid: false` in F, then `romonctl reload`"},
		{none, "a", DP_DROP_EGRESS_MTU, "error",
			"frames are longer than the port to leave by takes; of those that they may leave by "
			"b takes least: its MTU is 1500",
			"lower the MTU of whoever sends"},
		{none, "a", DP_DROP_NO_MBUF, "error", "the 4096 buffers are used up",
			"set `memory.mbufs: 8192` in F, then `romonctl reload` and restart romond"},
		{none, "a", DP_DROP_RATE_DISCOVER, "warning",
			"more Discovers arrive than the 2000 a second of limits.discover-in",
			"look for a loop or a scanner on this segment: `romonctl neighbors a`; if so many "
			"are right, set `limits.discover-in: 4000` in F, then `romonctl reload`"},
		{none, "a", DP_DROP_RATE_ORIGIN, "warning",
			"one origin sends more Discovers than the 20 a second of limits.answers-per-origin",
			"see what that node does; if so many are right, set `limits.answers-per-origin: 40` "
			"in F, then `romonctl reload`"},
		{none, "a", DP_DROP_RATE_PUNT, "warning",
			"more frames for this node itself arrive than the 10000 a second of limits.punt "
			"(of Data, while the worker has time: limits.punt-spare)",
			"see who sends them (`romonctl neighbors a`), or set `limits.punt: 20000` in F, then "
			"`romonctl reload`"},
		{none, "a", DP_DROP_PUNT_FULL, "warning",
			"control does not keep up with frames for this node",
			"see who sends so many: `romonctl neighbors`; see the load of this machine: top"},
		{none, "a", DP_DROP_TX_FULL, "warning", "the device does not send as fast as frames come in",
			"lower the load, or give net_ring_app0 a faster driver (`romonctl ports -o wide` "
			"says why it has the one that it has)"},
		{none, "a", DP_DROP_ACROSS_FULL, "warning",
			"the worker that sends by the egress port does not keep up",
			"see `romonctl workers`; give it more CPUs by the key workers.cores"},
		{none, "a", DP_DROP_DISPATCH_FULL, "warning",
			"the worker that its frames are dispatched to does not keep up",
			"see `romonctl workers`; give it more CPUs by the key workers.cores"},
		{none, "a", DP_DROP_HOP_NOT_US, "warning",
			"a sender's path is stale: it names a MAC or a link id that this node no longer has "
			"here",
			"discover again where the frames come from: `romonctl discover --once`, on RouterOS "
			"/tool/romon/discover"},
		{none, "a", DP_DROP_LINK_UNKNOWN, "warning",
			"a sender's path is stale: it names a MAC or a link id that this node no longer has "
			"here",
			"discover again where the frames come from: `romonctl discover --once`, on RouterOS "
			"/tool/romon/discover"},
		{none, "a", DP_DROP_RESP_NO_WAY, "warning",
			"answers to Discovers name no neighbor that is heard here: the way that the Discover "
			"took has changed",
			"discover again where they were asked for: `romonctl discover --once`, on RouterOS "
			"/tool/romon/discover"},
		{none, "a", DP_DROP_TOO_LONG, "warning", "frames arrive that are longer than a buffer",
			"lower the MTU of whoever sends them"},
		{none, "a", DP_DROP_SRC_OWN, "warning",
			"two ports of this box are on one segment and hear each other",
			"keep one of them, or leave it: nothing is lost but bandwidth"},
		{none, "a", DP_DROP_SRC_GROUP, "warning",
			"frames arrive whose source is no station's address",
			"find who makes them up: `tcpdump -eni` on the port's device"},
		{none, "a", DP_DROP_DST_OTHER, "warning",
			"frames for another node arrive here: a hub, or a promiscuous segment",
			"nothing, unless the sender's hop list should name this port"},
		{sampled, "a", DP_DROP_AUTH_UNKNOWN, "error",
			"secret mismatch: this neighbor signs with a secret that we do not have (the last "
			"one came from 02:00:00:00:00:77)",
			"put that neighbor's secret into `ports.a.secrets` (any place verifies, the first "
			"signs), or give it one of ours; the list that holds: `romonctl config show`. A "
			"RouterOS device may sign in a way that is not known yet: docs/auth-probe.md, or "
			"carry its frames through a relay group"},
		{sampled, "a", DP_DROP_AUTH_MISSING, "error",
			"secret mismatch: a neighbor sends unsigned frames (the last one came from "
			"02:00:00:00:00:77), and the secrets of this port forbid that",
			"set `ports.a.secrets: [\"\"]` in F, then `romonctl reload`; or give the neighbor "
			"the secret. RouterOS signs in a way that is not known yet: docs/auth-probe.md"},
		{sampled, "a", DP_DROP_AUTH_FLOOD, "error",
			"more frames with wrong signatures come in than limits.bad-digests, so that those of "
			"senders that never signed rightly are no longer looked at",
			"find who sends them: `romonctl torch` and `romonctl capture` of this port; "
			"neighbors that signed rightly before are served meanwhile"},
		{sampled, "a", DP_DROP_AUTH_UNSYNCED, "warning",
			"a neighbor signs well, but does not answer our Hello, which asks it whether its "
			"frames are of now (the last one came from 02:00:00:00:00:77)",
			"a few such frames after a start are normal. If they go on: either somebody replays "
			"recorded frames, or that neighbor does not take our Hello: it needs the secret that "
			"signs on this port, and a way from this port to it (`romonctl why` there)"},
		{sampled, "a", DP_DROP_AUTH_REPLAY, "warning",
			"frames come in that are signed well, but were seen before or are too old (the last "
			"one came from 02:00:00:00:00:77)",
			"either somebody replays recorded frames, or a segment repeats them (a loop), or "
			"that neighbor's clock was set back by more than 12 days: set its clock, then "
			"restart its romond"},
		{sampled, "a", DP_DROP_VLAN_UNKNOWN, "error",
			"RoMON frames without a VLAN tag arrive, and no port of net_ring_app0 serves those",
			"tag them at the switch, or set `ports: { a-untagged: { device: net_ring_app0 } }` "
			"in F, then `romonctl reload`"},
		{sampled_short, "a", DP_DROP_AUTH_UNKNOWN, "error",
			"secret mismatch: this neighbor signs with a secret that we do not have",
			"put that neighbor's secret into `ports.a.secrets` (any place verifies, the first "
			"signs), or give it one of ours; the list that holds: `romonctl config show`. A "
			"RouterOS device may sign in a way that is not known yet: docs/auth-probe.md, or "
			"carry its frames through a relay group"},
		{sampled_of_another_reason, "a", DP_DROP_AUTH_UNKNOWN, "error",
			"secret mismatch: this neighbor signs with a secret that we do not have",
			"put that neighbor's secret into `ports.a.secrets` (any place verifies, the first "
			"signs), or give it one of ours; the list that holds: `romonctl config show`. A "
			"RouterOS device may sign in a way that is not known yet: docs/auth-probe.md, or "
			"carry its frames through a relay group"},
		{sampled_tagged, "a", DP_DROP_VLAN_UNKNOWN, "error",
			"RoMON frames of a VLAN arrive that no port of net_ring_app0 serves: VLAN 5",
			"set `ports: { a-vlan5: { device: net_ring_app0, vlan: 5 } }` in F, then `romonctl "
			"reload`; or remove the tag at the switch"},
		{heard_of_two_channels, "a", DP_DROP_CHANNEL, "error",
			"wrong channel: 02:00:00:00:00:20 (id 02:00:00:00:00:21) sends on channel 7, this "
			"node is on channel default",
			"set `romon.channel: 7` in F, then `romonctl reload`; or give that node "
			"`romon.channel: default`"},
		{heard_of_what_is_ours_now, "a", DP_DROP_CHANNEL, "error",
			"02:00:00:00:00:10 was on channel default, and this node was not", ""},
		{sampled_with_hops, "a", DP_DROP_HOP_LIMIT, "error",
			"the way is longer than romon.hop-limit, which is 32: the last such frame, of id "
			"02:00:00:00:00:78, had 20 forwarders behind it, and needs one more",
			"nothing: romon.hop-limit was lower then"},
		{sampled_data, "a", DP_DROP_HOP_LIMIT, "error",
			"the way is longer than romon.hop-limit, which is 32: the last such frame, of id "
			"02:00:00:00:00:78, has 20 forwarders on its way",
			"nothing: romon.hop-limit was lower then"},
		{filtered_by_source, "a", DP_DROP_FILTERED, "warning",
			"a filter refuses frames: filters[1] (port: all) denies the id 02:00:00:00:00:05",
			"if it is welcome, take it out of `filters[1].deny-id` in F, then `romonctl reload`"},
		{filtered_by_destination, "a", DP_DROP_FILTERED, "warning",
			"a filter refuses frames: filters[2] (port: a) denies the id 02:00:00:00:00:07",
			"if it is welcome, take it out of `filters[2].deny-id` in F, then `romonctl reload`"},
		{filtered_on_the_way_out, "a", DP_DROP_FILTERED, "warning",
			"a filter refuses frames: filters[0] (port: b) denies the id 02:00:00:00:00:08",
			"if it is welcome, take it out of `filters[0].deny-id` in F, then `romonctl reload`"},
		{filtered_by_service, "a", DP_DROP_FILTERED, "warning",
			"a filter refuses frames: filters[1] (port: all) denies the service 6",
			"if it is welcome, take it out of `filters[1].deny-service` in F, then `romonctl "
			"reload`"},
		{filtered_by_source_service, "a", DP_DROP_FILTERED, "warning",
			"a filter refuses frames: filters[2] (port: a) denies the service 9",
			"if it is welcome, take it out of `filters[2].deny-service` in F, then `romonctl "
			"reload`"},
		{filtered_by_what_is_gone, "a", DP_DROP_FILTERED, "warning", "a filter refuses frames",
			"see the key filters: `romonctl config show`"},
		{one_in_excess, "a", DP_DROP_RATE_ORIGIN, "warning",
			"one origin sends more Discovers than the 20 a second of limits.answers-per-origin: "
			"02:00:00:00:00:66",
			"see what that node does: `romonctl why 02:00:00:00:00:66`; if so many are right, "
			"set `limits.answers-per-origin: 40` in F, then `romonctl reload`"},
		{small_port, "a", DP_DROP_EGRESS_MTU, "error",
			"frames are longer than the port to leave by takes; of those that they may leave by "
			"b takes least: its MTU is 1300",
			"lower the MTU of whoever sends"},
		{small_and_smaller, "a", DP_DROP_EGRESS_MTU, "error",
			"frames are longer than the port to leave by takes; of those that they may leave by "
			"b takes least: its MTU is 1300",
			"`ip link set net_ring_app1 mtu 1998`, as that of this port, or lower the MTU of "
			"whoever sends"},
		{small_spare, "r", DP_DROP_EGRESS_MTU, "error",
			"frames are longer than the port to leave by takes; of those that they may leave by "
			"s takes least: its MTU is 1400",
			"`ip link set net_ring_app5 mtu 1500`, as that of this port, or lower the MTU of "
			"whoever sends"},
		{spare_down, "r", DP_DROP_RELAY_ALONE, "error", "no other port of relay group g is up: s",
			"`romonctl why s`"},
		{none, "r", DP_DROP_RELAY_LOOP, "error",
			"a loop: a source is heard on this port and on another one of relay group g, so "
			"their segments are joined elsewhere too",
			"`romonctl events` names the address and the two ports; remove one of the two ways, "
			"or leave it as a spare: frames still cross once"},
		{none, "r", DP_DROP_STORM_LIMIT, "error",
			"a storm: r brings more than the 500 frames/s of relay-groups.g.storm-limit",
			"look for a loop or a scanner behind it (`tcpdump -eni net_ring_app4 ether proto "
			"0x88bf`); if so many are right, set `relay-groups.g.storm-limit: 1000` in F, then "
			"`romonctl reload`"},
		{none, "r", DP_DROP_AUTH_MISSING, "error",
			"secret mismatch: a neighbor sends unsigned frames, and the secrets of this port "
			"forbid that",
			"set `relay-groups.g.ports.r.secrets: [\"\"]` in F, then `romonctl reload`; or give "
			"the neighbor the secret. RouterOS signs in a way that is not known yet: "
			"docs/auth-probe.md"},
		{none, "r", DP_DROP_AUTH_UNKNOWN, "error",
			"secret mismatch: this neighbor signs with a secret that we do not have",
			"put that neighbor's secret into `relay-groups.g.ports.r.secrets` (any place "
			"verifies, the first signs), or give it one of ours; the list that holds: `romonctl "
			"config show`. A RouterOS device may sign in a way that is not known yet: "
			"docs/auth-probe.md, or carry its frames through a relay group"},
	};

	rows_are_told(MANY, rows, BASE_ARRAY_LEN(rows));
}

static void causes_name_the_other_ports_and_this_nodes_keys(void)
{
	static const struct row rows[] = {
		{heard_of_two_channels, "a", DP_DROP_CHANNEL, "error",
			"wrong channel: 02:00:00:00:00:20 (id 02:00:00:00:00:21) sends on channel 7, this "
			"node is on channel 9",
			"set `romon.channel: 7` in F, then `romonctl reload`; or give that node "
			"`romon.channel: 9`, which RouterOS cannot: it speaks channel default only"},
		{none, "a", DP_DROP_CHANNEL, "error",
			"a neighbor uses another overlay channel than ours, which is 9",
			"set `romon.channel: CHANNEL` in F, then `romonctl reload`"},
		{none, "a", DP_DROP_EGRESS_FORBIDDEN, "error",
			"frames should leave by a port where RoMON is forbidden: d, e",
			"set `ports.PORT.forbid: false` in F, then `romonctl reload`"},
		{sampled_with_hops, "a", DP_DROP_HOP_LIMIT, "error",
			"the way is longer than romon.hop-limit, which is 20: the last such frame, of id "
			"02:00:00:00:00:78, had 20 forwarders behind it, and needs one more",
			"set `romon.hop-limit: 21` in F, then `romonctl reload`"},
		{sampled_long_data, "a", DP_DROP_HOP_LIMIT, "error",
			"the way is longer than romon.hop-limit, which is 20: the last such frame, of id "
			"02:00:00:00:00:78, has 25 forwarders on its way",
			"set `romon.hop-limit: 25` in F, then `romonctl reload`"},
		{none, "a", DP_DROP_EGRESS_DOWN, "error",
			"frames should leave by a port that has no link: b, c",
			"`romonctl why` says what that port lacks"},
		{none, "a", DP_DROP_NO_EGRESS, "warning",
			"Discovers end here: of the other ports (b, c, d, e) none is up to pass them on",
			"`romonctl why`"},
		{none, "r", DP_DROP_RELAY_ALONE, "error", "no other port of relay group g is up: s",
			"`romonctl why s`"},
		{none, "a", DP_DROP_EGRESS_MTU, "error",
			"frames are longer than the port to leave by takes; of those that they may leave by "
			"d takes least: its MTU is 1500",
			"lower the MTU of whoever sends"},
	};

	rows_are_told(FEW, rows, BASE_ARRAY_LEN(rows));
}

static void a_port_alone_has_nobody_to_name(void)
{
	static const struct row rows[] = {
		{none, "a", DP_DROP_EGRESS_MTU, "error", "frames are longer than the port to leave by takes",
			"lower the MTU of whoever sends"},
		{sampled_at_the_end, "a", DP_DROP_HOP_LIMIT, "error",
			"the way is longer than romon.hop-limit, which is 128: the last such frame, of id "
			"02:00:00:00:00:78, had 128 forwarders behind it, and needs one more",
			"shorten the way: no node takes more than 128 hops"},
		{at_most_hops, "a", DP_DROP_HOP_LIMIT, "error",
			"the way is longer than romon.hop-limit, which is 128",
			"shorten the way: no node takes more than 128 hops"},
		{none, "a", DP_DROP_EGRESS_FORBIDDEN, "error",
			"frames should leave by a port where RoMON is forbidden",
			"set `ports.PORT.forbid: false` in F, then `romonctl reload`"},
	};

	rows_are_told(ALONE, rows, BASE_ARRAY_LEN(rows));
}

// ---- what is present, and what was earlier

static bool is_present(const char *port)
{
	causes_look(port);
	CU_ASSERT_EQUAL(json_array_size(findings) + json_array_size(earlier), 1);
	return json_array_size(findings) == 1;
}

static void a_cause_is_present_for_its_window(void)
{
	begin(ALONE);
	struct app_trend *t = &slot_of("a")->trend;
	uint64_t now_ms = base_mono_ms();

	CU_ASSERT_EQUAL(trend_window_ms(&bed->app), 60000);
	dropped("a", DP_DROP_TX_FULL, 1, 60000, 0);
	CU_ASSERT(is_present("a"));
	dropped("a", DP_DROP_TX_FULL, 1, 60001, 0);
	CU_ASSERT(!is_present("a"));
	said(json_array_get(earlier, 0), "reason", "tx-full");
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(json_array_get(earlier, 0), "age-ms")), 60001);
	dropped("a", DP_DROP_TX_FULL, 1, 100, 0);
	t->changed_ms = now_ms - 101;
	CU_ASSERT(is_present("a"));
	t->changed_ms = now_ms - 100; // what another configuration did
	CU_ASSERT(!is_present("a"));
	struct why_port p = port_of("a");
	struct why_list now = {.n = 0};
	why_cause_findings(&p, &now, NULL); // what was earlier is not wanted
	CU_ASSERT_EQUAL(now.n, 0);
	totals.drops[DP_DROP_TX_FULL] = 0;
	causes_look("a");
	CU_ASSERT_EQUAL(json_array_size(findings) + json_array_size(earlier), 0);
	end();
}

static void the_window_is_the_age_of_neighbors(void)
{
	begin("romon: { identity: n, id: 02:00:00:00:ff:01, neighbor-age: 30s }\n"
	      "ports: { a: { device: net_ring_app0 } }\n");
	CU_ASSERT_EQUAL(trend_window_ms(&bed->app), 30000);
	dropped("a", DP_DROP_TX_FULL, 1, 30000, 0);
	CU_ASSERT(is_present("a"));
	dropped("a", DP_DROP_TX_FULL, 1, 30001, 0);
	CU_ASSERT(!is_present("a"));
	end();
}

static void stale_paths_count_when_they_last(void)
{
	static const enum dp_reason reasons[] = {
		DP_DROP_HOP_NOT_US, DP_DROP_LINK_UNKNOWN, DP_DROP_RESP_NO_WAY, DP_DROP_AUTH_UNSYNCED};

	for (size_t i = 0; i < BASE_ARRAY_LEN(reasons); i++) {
		begin(ALONE);
		struct why_port p = port_of("a");

		dropped("a", reasons[i], 1, 0, 9999);
		CU_ASSERT(!is_present("a"));
		CU_ASSERT(why_cause_is_over(&p, reasons[i]));
		dropped("a", reasons[i], 1, 0, 10000);
		CU_ASSERT(is_present("a"));
		CU_ASSERT(!why_cause_is_over(&p, reasons[i]));
		CU_ASSERT(!why_cause_is_over(&p, DP_DROP_TX_FULL));
		end();
	}
}

static void what_a_port_lacked_is_over_when_it_is_there(void)
{
	begin(MANY);
	dropped("r", DP_DROP_RELAY_ALONE, 1, 0, 30000);
	CU_ASSERT(!is_present("r"));
	spare_down("s", DP_DROP_RELAY_ALONE);
	CU_ASSERT(is_present("r"));
	dropped("r", DP_DROP_RELAY_ALONE, 0, 0, 0);
	dropped("a", DP_DROP_EGRESS_DOWN, 1, 0, 30000); // c is absent
	CU_ASSERT(is_present("a"));
	dropped("a", DP_DROP_EGRESS_DOWN, 0, 0, 0);
	dropped("a", DP_DROP_NO_EGRESS, 1, 0, 30000); // b is up
	CU_ASSERT(!is_present("a"));
	app_bed_link_set(bed, 1, false);
	app_bed_advance_ms(bed, 250);
	dropped("a", DP_DROP_NO_EGRESS, 1, 0, 30000);
	CU_ASSERT(is_present("a"));
	end();
	begin(ALONE);
	dropped("a", DP_DROP_EGRESS_DOWN, 1, 0, 30000);
	CU_ASSERT(!is_present("a"));
	dropped("a", DP_DROP_EGRESS_DOWN, 0, 0, 0);
	dropped("a", DP_DROP_NO_EGRESS, 1, 0, 30000); // as it should be
	causes_look("a");
	CU_ASSERT_EQUAL(json_array_size(findings) + json_array_size(earlier), 0);
	end();
}

// A neighbor whose first frame was dropped after a start, and whose next one was taken.
static void a_neighbor_that_was_taken_up_is_synced(void)
{
	struct frame f;

	begin(MANY);
	frame_discover(&f, frame_mac(0x77), frame_mac(0x78), NULL, 0);
	app_bed_send(bed, 0, &f);
	app_bed_advance_ms(bed, 20000); // workers' time goes on by itself, too: no closer than seconds
	dropped("a", DP_DROP_AUTH_UNSYNCED, 1, 0, 30000);
	sample_keep("a", DP_DROP_AUTH_UNSYNCED, &f, f.len); // and the neighbor was heard since
	slot_of("a")->bad.at_ms = base_mono_ms() - 30000;
	CU_ASSERT(!is_present("a"));
	slot_of("a")->bad.at_ms = base_mono_ms() - 10000; // not since then
	CU_ASSERT(is_present("a"));
	slot_of("a")->bad.at_ms = base_mono_ms() - 30000;
	frame_discover(&f, frame_mac(0x79), frame_mac(0x78), NULL, 0); // another one
	sample_keep("a", DP_DROP_AUTH_UNSYNCED, &f, f.len);
	CU_ASSERT(is_present("a"));
	dropped("a", DP_DROP_AUTH_UNSYNCED, 1, 9999, 0); // a moment, and lately
	CU_ASSERT(!is_present("a"));
	dropped("a", DP_DROP_AUTH_UNSYNCED, 1, 10000, 0); // and it was not taken up
	CU_ASSERT(is_present("a"));
	dropped("a", DP_DROP_AUTH_UNSYNCED, 1, 0, 10000);
	CU_ASSERT(is_present("a"));
	frame_discover(&f, frame_mac(0x77), frame_mac(0x78), NULL, 0);
	sample_keep("b", DP_DROP_AUTH_UNSYNCED, &f, f.len); // heard by another port
	slot_of("b")->bad.at_ms = base_mono_ms() - 30000;
	dropped("a", DP_DROP_AUTH_UNSYNCED, 0, 0, 0);
	dropped("b", DP_DROP_AUTH_UNSYNCED, 1, 0, 30000);
	CU_ASSERT(is_present("b"));
	end();
}

static void causes_stand_in_the_order_of_likelihood(void)
{
	static const enum dp_reason wanted[] = {DP_DROP_CHANNEL, DP_DROP_AUTH_UNKNOWN, DP_DROP_VLAN_UNKNOWN,
		DP_DROP_LENGTH_LONG, DP_DROP_VLAN_DEPTH, DP_DROP_NO_MBUF, DP_DROP_DST_OTHER};

	begin(ALONE);
	for (size_t i = BASE_ARRAY_LEN(wanted); i > 0; i--)
		dropped("a", wanted[i - 1], i, 0, 30000);
	slot_of("a")->trend.evicted_ms = base_mono_ms();
	causes_look("a");
	CU_ASSERT_EQUAL_FATAL(json_array_size(findings), BASE_ARRAY_LEN(wanted) + 1);
	for (size_t i = 0; i < BASE_ARRAY_LEN(wanted); i++) {
		said(json_array_get(findings, i), "reason", dp_reason_name(wanted[i]));
		CU_ASSERT_EQUAL(json_integer_value(json_object_get(json_array_get(findings, i), "count")),
			(json_int_t)i + 1);
	}
	said(json_array_get(findings, BASE_ARRAY_LEN(wanted)), "reason", "evicted");
	end();
}

static void malformed_frames_are_one_finding(void)
{
	begin(MANY);
	dropped("a", DP_DROP_HOP_COUNT, 3, 2000, 0);
	dropped("a", DP_DROP_LENGTH_LONG, 4, 1000, 0);
	dropped("a", DP_DROP_ROUTE_COUNT, 5, 3000, 0);
	dropped("a", DP_DROP_NOT_ROMON, 100, 0, 0);
	sampled("a", DP_DROP_LENGTH_LONG);
	slots_dev(&bed->app, slot_of("a"))->dev->mtu = 1444;
	causes_look("a");
	only(findings, "error",
		"malformed RoMON frames arrive: length-long, the length field says more bytes than were "
		"received (the last one came from 02:00:00:00:00:77)",
		"last-bad shows one, decoded; mend or update its sender (on RouterOS: "
		"/system/package/update/check-for-updates), or look for what cuts frames on the way: a "
		"tunnel, or an MTU below 1444");
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(json_array_get(findings, 0), "count")), 12);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(json_array_get(findings, 0), "age-ms")), 1000);
	dropped("a", DP_DROP_HOP_COUNT, 3, 500, 0);
	causes_look("a");
	only(findings, "error", "malformed RoMON frames arrive: hop-count, more than 128 hop entries",
		"last-bad shows one, decoded; mend or update its sender (on RouterOS: "
		"/system/package/update/check-for-updates)");
	end();
}

static void addresses_that_had_to_go_are_told(void)
{
	begin(ALONE);
	slot_of("a")->trend.n_evicted = 17;
	causes_look("a");
	CU_ASSERT_EQUAL(json_array_size(findings) + json_array_size(earlier), 0);
	slot_of("a")->trend.evicted_ms = base_mono_ms() - 300;
	bed->app.boot_conf->limits.neighbors_per_port = 250;
	causes_look("a");
	only(findings, "warning",
		"more addresses are heard here than a table keeps (limits.neighbors-per-port is 250): the "
		"oldest are forgotten",
		"look for a loop or somebody who makes up addresses: `romonctl neighbors a`; if they are "
		"real, set `limits.neighbors-per-port: 1000` in F, then `romonctl reload` and restart "
		"romond");
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(json_array_get(findings, 0), "count")), 17);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(json_array_get(findings, 0), "age-ms")), 300);
	end();
}

// ---- what control refused

static void refuse(const char *port, enum node_refused why, uint64_t n, uint64_t lasting_ms)
{
	struct app_slot *slot = slot_of(port);

	slot->refused[why] = n;
	slot->trend.refused_ms[why] = base_mono_ms();
	slot->trend.refused_first_ms[why] = base_mono_ms() - lasting_ms;
}

static void refused_look(const char *port)
{
	look(why_refused_findings, port);
}

static void what_is_made_up_is_told_at_once_and_bursts_when_they_last(void)
{
	static const enum node_refused at_once[] = {NODE_REFUSED_PING_WAY, NODE_REFUSED_PING_TOKEN,
		NODE_REFUSED_ROSTER_WAY, NODE_REFUSED_ROSTER_BROKEN, NODE_REFUSED_ROSTER_ENDLESS};
	static const enum node_refused later[] = {NODE_REFUSED_PING_UNASKED, NODE_REFUSED_ROSTER_UNASKED,
		NODE_REFUSED_ROSTER_TOKEN, NODE_REFUSED_ASKER_STRANGER, NODE_REFUSED_ASKER_RATE,
		NODE_REFUSED_ANSWER_RATE, NODE_REFUSED_ANSWER_UNASKED, NODE_REFUSED_BUSY};
	static const enum node_refused never[] = {NODE_REFUSED_PING_NODE, NODE_REFUSED_PING_LATE};

	begin(ALONE);
	for (size_t i = 0; i < BASE_ARRAY_LEN(at_once); i++)
		refuse("a", at_once[i], 1, 0);
	for (size_t i = 0; i < BASE_ARRAY_LEN(never); i++)
		refuse("a", never[i], 1, 60000);
	for (size_t i = 0; i < BASE_ARRAY_LEN(later); i++)
		refuse("a", later[i], 1, WHY_BRIEF_MS - 1);
	refused_look("a");
	CU_ASSERT_EQUAL(json_array_size(findings), BASE_ARRAY_LEN(at_once));
	CU_ASSERT_EQUAL(json_array_size(earlier), 0);
	for (size_t i = 0; i < BASE_ARRAY_LEN(later); i++)
		refuse("a", later[i], 1, WHY_BRIEF_MS);
	refused_look("a");
	CU_ASSERT_EQUAL(json_array_size(findings), BASE_ARRAY_LEN(at_once) + BASE_ARRAY_LEN(later));
	slot_of("a")->trend.changed_ms = base_mono_ms(); // under another configuration
	refused_look("a");
	CU_ASSERT_EQUAL(json_array_size(findings), 0);
	CU_ASSERT_EQUAL(json_array_size(earlier), BASE_ARRAY_LEN(at_once) + BASE_ARRAY_LEN(later));
	end();
}

static void a_refusal_names_the_port_and_what_shows_more(void)
{
	begin(MANY);
	refuse("b", NODE_REFUSED_ANSWER_RATE, 17, 20000);
	refused_look("a");
	CU_ASSERT_EQUAL(json_array_size(findings) + json_array_size(earlier), 0);
	refused_look("b");
	only(findings, "warning",
		"more Discovers come in here than this node answers on one port: those beyond are not "
		"answered",
		"see who it is: `romonctl neighbors b`; look for a loop or a scanner on this segment");
	said(json_array_get(findings, 0), "reason", "answer-rate");
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(json_array_get(findings, 0), "count")), 17);
	port_look("b"); // among all that is wrong with the port
	CU_ASSERT_EQUAL(json_array_size(findings), 1);
	refuse("a", NODE_REFUSED_ROSTER_ENDLESS, 1, 0);
	refused_look("a");
	only(findings, "warning",
		"a master's list of nodes does not come to an end: it is left alone for a while",
		"the log names it; the key discovery.masters says which masters are asked");
	end();
}

// As control counts: a flood of pongs that nobody asked for, for longer than a moment.
static void what_control_refuses_is_followed(void)
{
	const struct app_trend *t;

	begin(MANY);
	for (int i = 0; i < 4; i++) {
		refused_count(&bed->app, (uint8_t)slots_find(&bed->app, "b"), NODE_REFUSED_PING_UNASKED);
		app_bed_advance_ms(bed, 4000);
	}
	t = &slot_of("b")->trend;
	CU_ASSERT(t->refused_ms[NODE_REFUSED_PING_UNASKED] - t->refused_first_ms[NODE_REFUSED_PING_UNASKED] >=
		  11000);
	refused_look("b");
	CU_ASSERT_EQUAL(json_array_size(findings), 1);
	app_bed_advance_ms(bed, 61000); // over
	refused_look("b");
	CU_ASSERT_EQUAL(json_array_size(findings), 0);
	CU_ASSERT_EQUAL(json_array_size(earlier), 1);
	refused_count(
		&bed->app, (uint8_t)slots_find(&bed->app, "b"), NODE_REFUSED_PING_UNASKED); // begins anew
	app_bed_advance_ms(bed, 2000);
	CU_ASSERT_EQUAL(
		t->refused_ms[NODE_REFUSED_PING_UNASKED], t->refused_first_ms[NODE_REFUSED_PING_UNASKED]);
	end();
}

static void a_reason_has_a_few_words_or_is_normal(void)
{
	CU_ASSERT_STRING_EQUAL(why_cause_text(DP_DROP_CHANNEL), "it uses another overlay channel");
	CU_ASSERT_STRING_EQUAL(why_cause_text(DP_DROP_HOP_LIMIT), "it is further away than romon.hop-limit");
	CU_ASSERT_STRING_EQUAL(why_cause_text(DP_DROP_HOP_COUNT), dp_reason_help(DP_DROP_HOP_COUNT));
	CU_ASSERT_STRING_EQUAL(why_cause_text(DP_DROP_ROUTE_COUNT), dp_reason_help(DP_DROP_ROUTE_COUNT));
	CU_ASSERT_PTR_NULL(why_cause_text(DP_DROP_NOT_ROMON));
	CU_ASSERT_PTR_NULL(why_cause_text(DP_DROP_PORT_FORBIDDEN));
	CU_ASSERT_PTR_NULL(why_cause_text(DP_DROP_FLOOD_HOLD));
	CU_ASSERT_PTR_NULL(why_cause_text(DP_DROP_STORM_LIMIT));
}

static void filters_are_found_by_port_id_and_service(void)
{
	begin(MANY);
	const struct conf *c = bed->app.conf;
	struct base_mac m5 = frame_mac(5), m7 = frame_mac(7), m8 = frame_mac(8), m9 = frame_mac(9);

	CU_ASSERT_EQUAL(why_filter_find(c, "b", base_mac_u64(&m8), 0), 0);
	CU_ASSERT_EQUAL(why_filter_find(c, "a", base_mac_u64(&m8), 0), -ENOENT);
	CU_ASSERT_EQUAL(why_filter_find(c, NULL, base_mac_u64(&m8), 0), 0);
	CU_ASSERT_EQUAL(why_filter_find(c, "b", base_mac_u64(&m5), 0), 1);
	CU_ASSERT_EQUAL(why_filter_find(c, "a", base_mac_u64(&m7), 0), 2);
	CU_ASSERT_EQUAL(why_filter_find(c, "a", base_mac_u64(&m9), 0), -ENOENT);
	CU_ASSERT_EQUAL(why_filter_find(c, "b", 0, 6), 1);
	CU_ASSERT_EQUAL(why_filter_find(c, "b", 0, 9), -ENOENT);
	CU_ASSERT_EQUAL(why_filter_find(c, "a", 0, 9), 2);
	CU_ASSERT_EQUAL(why_filter_find(c, "a", 0, 0), -ENOENT);
	CU_ASSERT_EQUAL(why_filter_find(c, "a", base_mac_u64(&m9), 9), 2);
	end();
}

static void ages_and_channels_are_words(void)
{
	static const struct {
		uint64_t ms;
		const char *text;
	} rows[] = {{0, "0 s"}, {999, "0 s"}, {1000, "1 s"}, {119999, "119 s"}, {120000, "2 min"},
		{7199999, "119 min"}, {7200000, "2 h"}, {172799999, "47 h"}, {172800000, "2 days"}};

	for (size_t i = 0; i < BASE_ARRAY_LEN(rows); i++)
		CU_ASSERT_STRING_EQUAL(why_age(rows[i].ms).text, rows[i].text);
	CU_ASSERT_STRING_EQUAL(why_channel(0).text, "default");
	CU_ASSERT_STRING_EQUAL(why_channel(1).text, "1");
	CU_ASSERT_STRING_EQUAL(why_channel(255).text, "255");
	struct base_mac m = frame_mac(0xab);
	CU_ASSERT_STRING_EQUAL(why_mac(base_mac_u64(&m)).text, "02:00:00:00:00:ab");
}

// ---- the state of a port

static void states_are_told_with_the_key_that_ends_them(void)
{
	begin(MANY);
	port_look("e");
	only(findings, "error", "the port is disabled",
		"set `ports.e.disabled: false` in F, then `romonctl reload`");
	CU_ASSERT(json_is_null(json_object_get(json_array_get(findings, 0), "reason")));
	CU_ASSERT(json_is_null(json_object_get(json_array_get(findings, 0), "age-ms")));
	port_look("d");
	only(findings, "error", "RoMON is forbidden on this port",
		"set `ports.d.forbid: false` in F, then `romonctl reload`");
	port_look("c");
	only(findings, "error", "there is no interface nosuchif9 yet",
		"romond opens nosuchif9 by itself as soon as it is there: `ip link show nosuchif9`");
	struct app_dev *dev = &bed->app.devs[slot_of("c")->dev_idx];
	dev->error[0] = '\0';
	dev->err = 0;
	port_look("c");
	only(findings, "error", "the device is absent",
		"romond opens nosuchif9 by itself as soon as it is there: `ip link show nosuchif9`");
	dev->err = EBUSY;
	port_look("c");
	only(findings, "error", "the device is absent",
		"nosuchif9 is there, and cannot be opened: mend what the cause names (`romonctl doctor` "
		"looks "
		"at what romond may do); romond tries again by itself, less and less often");
	app_bed_link_set(bed, 1, false);
	app_bed_advance_ms(bed, 250);
	port_look("b");
	only(findings, "error", "no link on net_ring_app1: the cable, or what is at its other end",
		"check the cable and the other end (`ethtool net_ring_app1`; on RouterOS there: "
		"/interface/print where running=no)");
	slots_dev(&bed->app, slot_of("b"))->dev->is_admin_down = true;
	port_look("b");
	only(findings, "error", "no link: the interface net_ring_app1 is set down",
		"`ip link set net_ring_app1 up`");
	end();
	begin("romon: { identity: n, id: 02:00:00:00:ff:01, enabled: false }\n"
	      "ports: { a: { device: net_ring_app0 } }\n"
	      "relay-groups: { g: { ports: { r: { device: net_ring_app1, disabled: true }, s: { device: "
	      "net_ring_app2 } } } }\n");
	port_look("r");
	CU_ASSERT_EQUAL_FATAL(json_array_size(findings), 2);
	said(json_array_get(findings, 0), "cause", "RoMON is off on this node");
	said(json_array_get(findings, 0), "mend", "set `romon.enabled: true` in F, then `romonctl reload`");
	said(json_array_get(findings, 1), "mend",
		"set `relay-groups.g.ports.r.disabled: false` in F, then `romonctl reload`");
	end();
}

static void a_twin_of_ours_is_told_for_ten_minutes(void)
{
	begin(ALONE);
	struct app_trend *t = &slot_of("a")->trend;

	trend_own_twin(&bed->app, 0, "a hAP ac");
	t->rx_ms = base_mono_ms();
	totals.rx_frames = 1;
	t->own_twin_ms = base_mono_ms() - 600000;
	port_look("a");
	only(findings, "error", "another node has our own id, 02:00:00:00:ff:01: a hAP ac (10 min ago)",
		"give one of the two another id: set `romon.id: ID` in F, then `romonctl reload`; on "
		"RouterOS "
		"/tool/romon/set id=...");
	t->own_twin_ms--;
	port_look("a");
	CU_ASSERT_EQUAL_FATAL(json_array_size(findings), 1);
	said(json_array_get(findings, 0), "level", "ok");
	t->own_twin_ms = base_mono_ms() - 5;
	t->changed_ms = base_mono_ms() - 5;
	port_look("a");
	said(json_array_get(findings, 0), "level", "ok");
	t->changed_ms--;
	port_look("a");
	said(json_array_get(findings, 0), "level", "error");
	end();
}

static void a_warning_of_the_device_is_told_while_nothing_comes(void)
{
	begin(ALONE);
	struct port_dev *dev = slots_dev(&bed->app, slot_of("a"))->dev;

	snprintf(dev->warning, sizeof(dev->warning), "X sees frames first");
	totals.rx_frames = 1;
	slot_of("a")->trend.rx_ms = base_mono_ms() - 60001;
	port_look("a");
	only(findings, "warning", "frames may not be heard here: X sees frames first",
		"`ip -d link show net_ring_app0`, `romonctl ports -o wide`");
	slot_of("a")->trend.rx_ms++;
	port_look("a");
	said(json_array_get(findings, 0), "level", "ok");
	dev->warning[0] = '\0';
	end();
}

// ---- silence

#define OFF                                                                                                 \
	"the other end has RoMON off or forbids it on its port, a switch between drops 01:80:c2:00:88:bf, " \
	"or the VLAN is another"
#define ASK                                                                                               \
	"`romonctl discover --once` asks; on RouterOS at the other end: /tool/romon/set enabled=yes and " \
	"/tool/romon/port/print (forbid=no); see what arrives: `tcpdump -eni "

static void asked(struct app_trend *t, uint32_t n, uint64_t first_ago_ms, uint64_t last_ago_ms)
{
	t->n_asked = n;
	t->asked_first_ms = base_mono_ms() - first_ago_ms;
	for (uint32_t i = 0; i < APP_ASKED_MAX; i++)
		t->asked_ms[i] = t->asked_first_ms;
	t->asked_ms[(n - 1) % APP_ASKED_MAX] = base_mono_ms() - last_ago_ms;
}

static void a_port_that_never_heard_anything_is_wrong_once_it_asked_enough(void)
{
	begin(MANY);
	struct app_trend *t = &slot_of("a")->trend;

	port_look("a");
	only(findings, "ok",
		"no RoMON frame was ever heard here; if one is due: " OFF "; this port has asked nobody yet",
		ASK "net_ring_app0 ether proto 0x88bf`");
	totals.tx_frames = 1;
	totals.rx_frames = 5;
	totals.drops[DP_DROP_NOT_ROMON] = 3;
	slot_of("a")->trend.drops_ms[DP_DROP_NOT_ROMON] = base_mono_ms();
	totals.drops[DP_DROP_RUNT] = 2;
	port_look("a"); // the runts were long ago
	only(findings, "ok",
		"no RoMON frame was ever heard here; if one is due: " OFF
		"; the link itself works: 3 other frames came",
		ASK "net_ring_app0 ether proto 0x88bf`");
	totals.drops[DP_DROP_RUNT] = 0;
	totals.rx_frames = 3;
	port_look("a");
	only(findings, "ok",
		"no RoMON frame was ever heard here; if one is due: " OFF
		"; the link itself works: 3 other frames came",
		ASK "net_ring_app0 ether proto 0x88bf`");
	asked(t, 3, 10000, 2999);
	port_look("a");
	said(json_array_get(findings, 0), "level", "ok");
	asked(t, 3, 10000, 3000);
	port_look("a");
	only(findings, "error",
		"no RoMON frame was ever heard here: " OFF "; the link itself works: 3 other frames came",
		ASK "net_ring_app0 ether proto 0x88bf`");
	totals.rx_frames = 4;
	port_look("a");
	CU_ASSERT_PTR_NULL(strstr(
		json_string_value(json_object_get(json_array_get(findings, 0), "cause")), "ever heard"));
	totals.rx_frames = 0;
	totals.drops[DP_DROP_NOT_ROMON] = 0;
	port_look("r");
	only(findings, "ok", "no RoMON frame was ever heard here: " OFF,
		ASK "net_ring_app4 ether proto 0x88bf`");
	end();
}

#define FINE "frames arrive, and none is dropped for a cause that needs care"

static void heard_ago(uint64_t ms)
{
	slot_of("a")->trend.rx_ms = base_mono_ms() - ms;
	port_look("a");
}

static void a_port_that_nobody_waits_for_is_quiet(void)
{
	begin(ALONE);
	totals.rx_frames = 1;
	heard_ago(10000);
	only(findings, "ok", FINE, "nothing");
	heard_ago(10001);
	only(findings, "ok", "quiet: the last RoMON frame came 10 s ago, and nobody has asked since",
		"nothing");
	heard_ago(500000);
	only(findings, "ok", "quiet: the last RoMON frame came 8 min ago, and nobody has asked since",
		"nothing");
	end();
}

#define SILENT_END                                                                                         \
	". It worked till then, so one of the two ends has changed: theirs (off, RoMON off or forbidden, " \
	"another channel, secret or VLAN, the switch between), or ours (the carrier of net_ring_app0 is "  \
	"there, its driver is net_ring)"
#define SILENT_MEND                                                                                        \
	"ours: `ip -s -d link show net_ring_app0` (do its counters grow? is the XDP program still ours?) " \
	"and `romonctl ports -o wide`; does anything arrive: `tcpdump -eni net_ring_app0 ether proto "     \
	"0x88bf`; theirs: power and RoMON there (RouterOS: /tool/romon/print, /tool/romon/port/print); "   \
	"`romonctl discover --once` asks again"

static void frames_that_came_as_by_a_clock_and_come_no_more_are_silence(void)
{
	begin(ALONE);
	struct app_trend *t = &slot_of("a")->trend;

	totals.rx_frames = 1;
	for (int i = 0; i < APP_BEATS_MAX; i++)
		t->beats_ms[i] = 30000;
	t->n_beats = APP_BEATS_MAX;
	heard_ago(33000);
	only(findings, "ok", FINE, "nothing");
	heard_ago(33001);
	only(findings, "ok", "quiet: the last RoMON frame came 33 s ago, and one is due every 30 s",
		"nothing");
	heard_ago(65000);
	only(findings, "ok", "quiet: the last RoMON frame came 65 s ago, and one is due every 30 s",
		"nothing");
	heard_ago(65001);
	only(findings, "warning",
		"silent: the last RoMON frame came 65 s ago, and they came every 30 s before" SILENT_END,
		SILENT_MEND);
	end();
}

static void a_port_that_was_asked_in_vain_is_silent(void)
{
	begin(ALONE);
	struct app_trend *t = &slot_of("a")->trend;

	totals.rx_frames = 1;
	asked(t, 2, 6000, 3000);
	heard_ago(5000);
	only(findings, "warning",
		"nobody answers any more: the last RoMON frame came 5 s ago, and this node has asked 2 times "
		"since" SILENT_END,
		SILENT_MEND);
	heard_ago(4999); // it may come yet
	only(findings, "ok", FINE, "nothing");
	asked(t, 2, 6000, 2999); // the second has its time
	heard_ago(5000);
	only(findings, "ok", FINE, "nothing");
	asked(t, 2, 9000, 3000);
	heard_ago(6000); // as late as an answer to the first
	said(json_array_get(findings, 0), "level", "warning");
	heard_ago(5999); // later than an answer
	only(findings, "ok", FINE, "nothing");
	t->n_asked = 0;
	heard_ago(9000);
	only(findings, "ok", FINE, "nothing");
	end();
}

#define MASTER(interval)                                                \
	"romon: { identity: n, id: 02:00:00:00:ff:01, role: master }\n" \
	"discovery: { interval: " interval " }\nports: { a: { device: net_ring_app0 } }\n"

static void frames_of_a_masters_port_are_due_at_its_interval(void)
{
	begin(MASTER("20s"));
	struct app_trend *t = &slot_of("a")->trend;

	t->n_asked = 0;
	totals.rx_frames = 1;
	t->answered_ms = base_mono_ms() - 30000;
	heard_ago(23000);
	only(findings, "ok", FINE, "nothing");
	heard_ago(23001);
	only(findings, "ok", "quiet: the last RoMON frame came 23 s ago, and one is due every 20 s",
		"nothing");
	t->answered_ms = 0; // nobody ever answered here
	heard_ago(10001);
	only(findings, "ok", "quiet: the last RoMON frame came 10 s ago, and nobody has asked since",
		"nothing");
	end();
	begin(MASTER("10s"));
	t = &slot_of("a")->trend;
	t->n_asked = 0;
	totals.rx_frames = 1;
	t->answered_ms = 1;
	heard_ago(10000);
	only(findings, "ok", FINE, "nothing");
	heard_ago(10001);
	only(findings, "ok", "quiet: the last RoMON frame came 10 s ago, and one is due every 10 s",
		"nothing");
	end();
	begin(MASTER("3m"));
	t = &slot_of("a")->trend;
	t->n_asked = 0;
	totals.rx_frames = 1;
	t->answered_ms = 1;
	heard_ago(60000); // no longer than the window
	only(findings, "ok", FINE, "nothing");
	heard_ago(60001);
	only(findings, "ok", "quiet: the last RoMON frame came 60 s ago, and one is due every 3 min",
		"nothing");
	end();
}

static void who_is_heard_and_does_not_answer_is_told(void)
{
	const struct app_bed_node node = {{{2, 0, 0, 0, 0, 0x77}}, "deaf", NULL, 7, 200};
	struct frame f;

	begin(ALONE);
	struct app_trend *t = &slot_of("a")->trend;
	frame_discover(&f, frame_mac(0x77), frame_mac(0x77), NULL, 0);
	app_bed_send(bed, 0, &f);
	app_bed_advance_ms(bed, 20000);
	asked(t, 3, 30000, 3000);
	t->n_asked_heard = 2;
	totals.rx_frames = 1;
	t->rx_ms = base_mono_ms();
	port_look("a");
	only(findings, "error",
		"heard, but none answers our Discovers: 02:00:00:00:00:77 (id 02:00:00:00:00:77) is heard "
		"here, and the last 3 Discovers that this port sent brought no answer: a switch between may "
		"drop 01:80:c2:00:88:bf in our direction",
		"let the switch pass 01:80:c2:00:88:bf from this port too (IGMP snooping, storm control, "
		"filters for groups); else that node refuses ours: compare channel, secrets and filters "
		"there. See what leaves: `tcpdump -eni net_ring_app0 ether proto 0x88bf`, and what arrives "
		"there");
	t->n_asked_heard = 1; // a single frame says nothing
	port_look("a");
	said(json_array_get(findings, 0), "level", "ok");
	t->n_asked_heard = 2;
	asked(t, 3, 30000, 2999);
	port_look("a");
	said(json_array_get(findings, 0), "level", "ok");
	asked(t, 3, 10000, 3000); // heard before we asked only
	port_look("a");
	said(json_array_get(findings, 0), "level", "ok");
	// a second one that is heard
	frame_discover(&f, frame_mac(0x79), frame_mac(0x79), NULL, 0);
	app_bed_send(bed, 0, &f);
	asked(t, 3, 30000, 3000);
	t->rx_ms = base_mono_ms();
	port_look("a");
	CU_ASSERT_PTR_NOT_NULL(
		strstr(json_string_value(json_object_get(json_array_get(findings, 0), "cause")),
			"Discovers: 02:00:00:00:00:79 (id 02:00:00:00:00:79) and others is heard"));
	// one of them answered since
	int fd = app_bed_connect(bed);
	app_bed_request(bed, fd, "{\"v\": 1, \"id\": 1, \"cmd\": \"discover\"}");
	app_bed_advance_ms(bed, 100);
	CU_ASSERT(app_bed_answer(bed, 0, &node));
	asked(t, 3, 30000, 3000);
	t->n_asked_heard = 2;
	port_look("a");
	said(json_array_get(findings, 0), "level", "ok");
	close(fd);
	app_bed_advance_ms(bed, 100);
	end();
}

static const struct suite_case cases[] = {
	SUITE_CASE(each_cause_is_told_with_what_it_names),
	SUITE_CASE(causes_name_the_other_ports_and_this_nodes_keys),
	SUITE_CASE(a_port_alone_has_nobody_to_name),
	SUITE_CASE(a_cause_is_present_for_its_window),
	SUITE_CASE(the_window_is_the_age_of_neighbors),
	SUITE_CASE(stale_paths_count_when_they_last),
	SUITE_CASE(what_a_port_lacked_is_over_when_it_is_there),
	SUITE_CASE(a_neighbor_that_was_taken_up_is_synced),
	SUITE_CASE(causes_stand_in_the_order_of_likelihood),
	SUITE_CASE(malformed_frames_are_one_finding),
	SUITE_CASE(addresses_that_had_to_go_are_told),
	SUITE_CASE(what_is_made_up_is_told_at_once_and_bursts_when_they_last),
	SUITE_CASE(a_refusal_names_the_port_and_what_shows_more),
	SUITE_CASE(what_control_refuses_is_followed),
	SUITE_CASE(a_reason_has_a_few_words_or_is_normal),
	SUITE_CASE(filters_are_found_by_port_id_and_service),
	SUITE_CASE(ages_and_channels_are_words),
	SUITE_CASE(states_are_told_with_the_key_that_ends_them),
	SUITE_CASE(a_twin_of_ours_is_told_for_ten_minutes),
	SUITE_CASE(a_warning_of_the_device_is_told_while_nothing_comes),
	SUITE_CASE(a_port_that_never_heard_anything_is_wrong_once_it_asked_enough),
	SUITE_CASE(a_port_that_nobody_waits_for_is_quiet),
	SUITE_CASE(frames_that_came_as_by_a_clock_and_come_no_more_are_silence),
	SUITE_CASE(a_port_that_was_asked_in_vain_is_silent),
	SUITE_CASE(frames_of_a_masters_port_are_due_at_its_interval),
	SUITE_CASE(who_is_heard_and_does_not_answer_is_told),
};
SUITE_MAIN("app why", cases)
