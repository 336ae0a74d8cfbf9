// SPDX-License-Identifier: BSD-3-Clause
// The data path, stateful: an input is a sequence of frames on node, VLAN, signing and relay ports, with
// turns, passing time, links that go and come, devices that fill and a pool that runs dry. After each input
// the accounting is exact and every mbuf is back; whatever left a node port is a well-formed frame of it.
//
// An input is read as operations: a byte (low half: port, high half: what), then that operation's bytes.
// Short ones are the best: more of them pass.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base_be.h"
#include "dp_bed.h"
#include "fuzz_input.h"

#define YAML                                                                                \
	"romon: { identity: n, id: 02:00:00:00:ff:01, hop-limit: 6, flood-hold: 10ms }\n"   \
	"limits: { neighbors: 24, neighbors-per-port: 12, origins: 16, discover-in: 100,\n" \
	"  answers-per-origin: 100, punt: 100 }\n"                                          \
	"ports:\n"                                                                          \
	"  a: { device: d0, link-id: 11 }\n"                                                \
	"  b: { device: d1, link-id: 22 }\n"                                                \
	"  v: { device: d1, link-id: 33, vlan: 7 }\n"                                       \
	"  s: { device: d2, link-id: 44, secrets: [x, \"\"] }\n"                            \
	"  m: { device: d3, link-id: 55, data-dst: multicast }\n"                           \
	"relay-groups:\n"                                                                   \
	"  g: { storm-limit: 100, ports: { r0: { device: d4 }, r1: { device: d5 },\n"       \
	"       r2: { device: d5, vlan: 9 } } }\n"                                          \
	"filters: [ { port: b, deny-service: [winbox], deny-id: [\"02:00:00:00:00:05\"] } ]\n"

enum { A, B, V, S, M, R0, R1, R2, N_PORTS };

#define N_TEMPLATES 16

// Half of the inputs are watched: beds with a tap and without, on the same devices.
static struct dp_bed *beds[2];
static struct dp_bed_mark *marks[2];
static struct dp_bed *bed;
static uint64_t outcome;
static struct frame templates[M + 1][N_TEMPLATES];
static uint64_t n_left; // frames that left devices
static uint32_t n_injected;
static bool is_exhausted;

static void fail(const char *why)
{
	fprintf(stderr, "fuzz_dp: %s\n", why);
	abort();
}

// A frame of that kind, as a station sends it to the port.
static struct frame template_made(uint8_t port, uint32_t kind)
{
	static const uint32_t links[] = {11, 22, 33, 55};
	struct base_mac here = bed->in.ports[port].mac;
	struct base_mac own_id = {{2, 0, 0, 0, 0xff, 1}};
	struct frame_hop hops[3];
	uint32_t n = 1 + kind % 3;
	uint8_t ptr = (uint8_t)(kind / 3 % n);
	struct frame f;

	for (uint32_t i = 0; i < 3; i++)
		hops[i] =
			(struct frame_hop){links[(kind + i) % 4], frame_mac((uint16_t)(1 + (kind + i) % 4))};
	if (kind < 5) {
		frame_discover(&f, frame_mac(1), frame_mac((uint16_t)(2 + kind % 3)), hops, kind % 3);
	} else if (kind < 8) {
		frame_resp(&f, here, frame_mac(2), kind == 5 ? own_id : frame_mac(3), frame_mac(2), hops, n,
			kind == 6 ? (uint8_t)n : 0);
	} else if (kind == 8) {
		frame_hello(&f, here, frame_mac(3));
	} else if (kind == 9) {
		frame_seq_err(&f, here, frame_mac(3));
	} else {
		hops[ptr].mac = here;
		frame_data(&f, &(struct frame_data_spec){.eth_dst = kind % 2 == 0 ? here : wire_group_mac,
				       .eth_src = frame_mac(4),
				       .src_id = frame_mac(4),
				       .dst_id = own_id,
				       .hops = hops,
				       .n = n,
				       .ptr = ptr,
				       .src_port = 5000,
				       .dst_port = (uint16_t)(1 + kind % 5),
				       .payload_len = kind == 15 ? 1300 : 32});
	}
	return f;
}

static struct dp_bed *bed_open(bool is_tapped)
{
	struct dp_bed *b = dp_bed_open_cfg(&(struct dp_bed_cfg){.yaml = YAML, .id_base = is_tapped});

	if (is_tapped)
		dp_bed_tap(
			b, &(struct snap_tap){
				   .in = UINT64_MAX, .out = UINT64_MAX, .torch = UINT64_MAX, .snaplen = 96});
	return b;
}

static void open_once(void)
{
	for (int i = 0; i < 2; i++) {
		beds[i] = bed_open(i == 1);
		marks[i] = dp_bed_mark(beds[i]);
	}
	bed = beds[0];
	for (uint8_t p = A; p <= M; p++) {
		for (uint32_t k = 0; k < N_TEMPLATES; k++)
			templates[p][k] = template_made(p, k);
	}
}

// The node port of device port p that a frame of that VLAN left by.
static const struct snap_port *port_of(uint8_t p, uint16_t vid)
{
	uint8_t slot = p == B && vid != 0 ? V : p;

	return &snap_current(bed->snaps)->ports[slot];
}

static void check_left(uint8_t p, const struct frame *f)
{
	struct wire_l2 l2;
	struct wire_frame parsed;

	if (!frame_parse(f, &l2, &parsed))
		fail("a node port sent a malformed frame");
	const struct snap_port *port = port_of(p, l2.vid);
	if (l2.vid != port->vid || base_mac_u64(f->bytes + 6) != port->mac)
		fail("a frame carries another port's address or tag");
	if (f->len != (uint32_t)l2.romon_off + parsed.len || parsed.len > 1500)
		fail("a frame is longer than its length field says");
	if (parsed.n_hops > 7 ||
		wire_is_unsigned(f->bytes + l2.romon_off) == ((port->auth & SNAP_SEND_UNSIGNED) == 0))
		fail("a frame left that must not");
}

static void outputs_take(void)
{
	static struct frame f;

	for (uint8_t p = A; p < N_PORTS; p++) {
		while (dp_bed_take(bed, p, &f)) {
			n_left++;
			outcome = fuzz_mix(outcome, f.bytes, f.len);
			if (p <= M)
				check_left(p, &f);
		}
	}
	dp_bed_discard_punts(bed);
	dp_bed_discard_events(bed);
	dp_bed_discard_tapped(bed);
	dp_bed_discard_flows(bed);
}

static void injected(void)
{
	if (++n_injected % 32 == 0)
		dp_bed_turn(bed);
}

static void template_inject(struct input *in, uint8_t port, uint8_t what)
{
	static struct frame f;
	const struct frame *t = &templates[port <= M ? port : A][take(in) % N_TEMPLATES];

	f.len = t->len;
	memcpy(f.bytes, t->bytes, f.len);
	for (uint8_t i = 0; i < what % 4; i++) {
		uint32_t at = take(in);

		f.bytes[(at < 200 ? at : at * 5) % f.len] = take(in);
	}
	if (what == 4) {
		frame_tag(&f, port == V ? 7 : port == R2 ? 9 : take(in));
	} else if (what == 5) {
		f.len = take(in) * 8u % (f.len + 1);
	} else if (what == 6) {
		frame_pad(&f, take(in) * 9u);
	} else if (what == 7) {
		dp_bed_inject_split(bed, port, &f, take(in) % (f.len + 1));
		injected();
		return;
	}
	dp_bed_inject(bed, port, &f);
	injected();
}

static void raw_inject(struct input *in, uint8_t port)
{
	static struct frame f;

	f.len = take(in);
	for (uint32_t i = 0; i < f.len; i++)
		f.bytes[i] = take(in);
	dp_bed_inject_flush_left(bed, port, &f);
	injected();
}

// A whole burst by one byte: stations that come and go fill tables.
static void burst_inject(struct input *in, uint8_t n)
{
	static struct frame f;
	uint8_t port = take(in) % N_PORTS;
	uint8_t first = take(in);

	for (uint8_t i = 0; i < 2 * n; i++) {
		const struct frame *t = &templates[port % (M + 1)][(first + i) % N_TEMPLATES];

		f.len = t->len;
		memcpy(f.bytes, t->bytes, t->len);
		f.bytes[11] ^= first + i / 2;
		dp_bed_inject(bed, port, &f);
		injected();
	}
	dp_bed_turn(bed);
}

static void pool_toggle(void)
{
	if (is_exhausted)
		dp_bed_pool_restore(bed);
	else
		dp_bed_pool_exhaust(bed);
	is_exhausted = !is_exhausted;
}

static void operation(struct input *in)
{
	uint8_t op = take(in);
	uint8_t port = (op & 15) % N_PORTS;

	switch (op >> 4) {
	case 8:
		raw_inject(in, port);
		break;
	case 9:
		dp_bed_advance_ms(bed, take(in));
		break;
	case 10:
		dp_bed_advance_ms(bed, take(in) * 1000u);
		break;
	case 11:
		burst_inject(in, op & 15);
		break;
	case 12:
		bed->in.ports[port].is_up = !bed->in.ports[port].is_up;
		dp_bed_publish(bed);
		break;
	case 13:
		bed->in.ports[port].mtu = (uint16_t)(60 + take(in) * 6);
		dp_bed_publish(bed);
		break;
	case 14:
		pool_toggle();
		break;
	case 15:
		outputs_take();
		break;
	default:
		template_inject(in, port, op >> 4);
		break;
	}
}

uint64_t fuzz_outcome(void)
{
	return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	struct dp_bed_totals t;

	if (bed == NULL)
		open_once();
	bed = beds[size % 2 == 0];
	outcome = 0;
	n_left = 0;
	n_injected = 0;
	is_exhausted = false;
	while (in.left > 0)
		operation(&in);
	do {
		outputs_take();
	} while (dp_bed_turn(bed) > 0);
	outputs_take();
	dp_bed_totals(bed, &t);
	outcome = fuzz_mix(outcome, &t, sizeof(t));
	if (t.rx_frames != n_injected || t.tx_frames != n_left)
		fail("frames were not counted");
	if (t.rx_frames != t.tx_originals + t.delivered + t.n_drops)
		fail("a frame has no fate, or two");
	if (!dp_bed_reset(bed, marks[size % 2 == 0]))
		fail("mbufs are missing");
	return 0;
}
