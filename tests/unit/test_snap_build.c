// SPDX-License-Identifier: BSD-3-Clause
// What becomes of a configuration and the facts of its ports in a snapshot.
#include <stdio.h>
#include <string.h>

#include "base_be.h"
#include "snap.h"
#include "suite.h"

static struct conf *conf;
static struct snap_input in;

// Load text; every port is open, up and on its own device.
static void begin(const char *yaml)
{
	static struct conf_issues issues;

	conf = conf_load_text(yaml, strlen(yaml), &issues);
	if (conf == NULL)
		conf_issues_print(&issues, "test", stderr);
	CU_ASSERT_PTR_NOT_NULL_FATAL(conf);
	in = (struct snap_input){.conf = conf, .generation = 5, .own_id = 0x42, .tsc_hz = 1000000000};
	for (uint8_t i = 0; i < conf->n_ports; i++) {
		in.ports[i] = (struct snap_input_port){.slot = i,
			.is_open = true,
			.is_up = true,
			.ethdev_id = i,
			.n_rxq = 1,
			.n_txq = 1,
			.mtu = 1500,
			.mac = {{2, 0, 0, 0, 0, (uint8_t)(i + 1)}}};
	}
}

static struct snap *build(void)
{
	struct snap *s = snap_build(&in);

	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	return s;
}

static void end(struct snap *s)
{
	snap_free(s);
	conf_free(conf);
}

static void settings_are_taken_over(void)
{
	begin("romon: { identity: n, channel: 9, hop-limit: 7, flood-hold: 3s, neighbor-age: 2s }\n"
	      "limits: { discover-in: 1000, answers-per-origin: none, punt: 10 }\n");
	struct snap *s = build();

	CU_ASSERT_EQUAL(s->generation, 5);
	CU_ASSERT_EQUAL(s->own_id, 0x42);
	CU_ASSERT_EQUAL(s->channel, 9);
	CU_ASSERT_EQUAL(s->hop_limit, 7);
	CU_ASSERT_EQUAL(s->flood_hold_ms, 3000);
	CU_ASSERT_EQUAL(s->neighbor_age_ms, 2000);
	CU_ASSERT_EQUAL(s->origin_age_ms, 3000); // never less than the hold
	CU_ASSERT_EQUAL(s->discover_in.cost_ticks, 1000000);
	CU_ASSERT_EQUAL(s->discover_in.burst_ticks, 100 * 1000000u);   // a tenth of a second
	CU_ASSERT_EQUAL(s->origin.cost_ticks, 0);                      // no limit
	CU_ASSERT_EQUAL(s->punt.burst_ticks, 32 * s->punt.cost_ticks); // a burst at least
	end(s);
}

static void ports_go_to_their_slots(void)
{
	begin("ports:\n"
	      "  a: { device: x, link-id: 10, cost: 5 }\n"
	      "  b: { device: y, link-id: 65535, vlan: 4094 }\n"
	      "  c: { device: z, link-id: 30, disabled: true }\n");
	in.ports[0].slot = 63;
	in.ports[1].slot = 0;
	in.ports[1].slot_generation = 255;
	in.ports[2].slot = 7;
	struct snap *s = build();
	const struct snap_port *a = &s->ports[63];
	const struct snap_port *b = &s->ports[0];

	CU_ASSERT_EQUAL(s->slot_of_link[10], 63);
	CU_ASSERT_EQUAL(s->slot_of_link[65535], 0);
	CU_ASSERT_EQUAL(s->slot_of_link[30], SNAP_SLOT_NONE);
	CU_ASSERT_EQUAL(s->slot_of_link[0], SNAP_SLOT_NONE);
	CU_ASSERT_EQUAL(s->ports[7].state, SNAP_STATE_INVALID);
	CU_ASSERT_EQUAL(a->state, SNAP_STATE_ACTIVE);
	CU_ASSERT_EQUAL(a->l2mtu, 1500);
	CU_ASSERT_EQUAL(b->l2mtu, 1496);
	CU_ASSERT_EQUAL(base_be32_load(&a->link_id_be), 10);
	CU_ASSERT_EQUAL(base_be16_load(a->end.cost), 5);
	CU_ASSERT_EQUAL(base_be16_load(b->end.l2mtu), 1496);
	CU_ASSERT_NOT_EQUAL(a->tag, b->tag);
	CU_ASSERT_EQUAL(a->tag & (SNAP_PORTS_MAX - 1), 63);
	CU_ASSERT_EQUAL(b->tag & (SNAP_PORTS_MAX - 1), 0);
	CU_ASSERT_EQUAL(s->node_ports, 1ull << 63 | 1);
	CU_ASSERT_EQUAL(s->n_rxqs, 2);
	CU_ASSERT_EQUAL(s->n_own_macs, 2);
	CU_ASSERT_TRUE(snap_mac_is_own(s, a->mac));
	CU_ASSERT_FALSE(snap_mac_is_own(s, base_mac_u64(&in.ports[2].mac)));
	end(s);
}

// Tags of keys: no two uses of slots, nor a group, share one.
static void tags_do_not_clash(void)
{
	static uint8_t is_used[65536];
	uint32_t n_clashes = 0;

	for (uint32_t slot = 0; slot < SNAP_PORTS_MAX; slot++) {
		for (uint32_t generation = 0; generation < 256; generation++)
			n_clashes += is_used[snap_port_tag((uint8_t)slot, (uint8_t)generation)]++;
	}
	for (uint32_t g = 0; g < CONF_GROUPS_MAX; g++)
		n_clashes += is_used[0x4000 | g]++;
	CU_ASSERT_EQUAL(n_clashes, 0);
	CU_ASSERT_EQUAL(is_used[0], 0);
}

static void states_follow_from_conf_and_link(void)
{
	begin("ports:\n"
	      "  a: { device: d0 }\n"
	      "  b: { device: d1 }\n"
	      "  c: { device: d2 }\n"
	      "  d: { device: d3, forbid: true }\n"
	      "  e: { device: d4, secrets: [s, \"\"] }\n");
	in.ports[1].is_up = false;
	in.ports[2].is_open = false;
	struct snap *s = build();

	CU_ASSERT_EQUAL(s->ports[0].state, SNAP_STATE_ACTIVE);
	CU_ASSERT_EQUAL(s->ports[1].state, SNAP_STATE_DOWN);
	CU_ASSERT_EQUAL(s->ports[2].state, SNAP_STATE_DOWN);
	CU_ASSERT_EQUAL(s->ports[3].state, SNAP_STATE_FORBIDDEN);
	CU_ASSERT_EQUAL(s->ports[4].auth, SNAP_ACCEPT_UNSIGNED | SNAP_VERIFIES | SNAP_HAS_HELLO);
	CU_ASSERT_EQUAL(s->node_ports, 0x11);
	CU_ASSERT_EQUAL(s->signing_ports, 0x10);
	CU_ASSERT_EQUAL(s->secrets[4].n_keys, 1);
	CU_ASSERT_EQUAL(s->secrets[4].entry[0], 1);
	CU_ASSERT_EQUAL(s->n_rxqs, 4); // c's device is not there to be polled
	CU_ASSERT_EQUAL(s->n_own_macs, 4);
	end(s);
}

static void devices_know_their_vlans(void)
{
	begin("ports:\n"
	      "  v9: { device: d0, vlan: 9 }\n"
	      "  u: { device: d0 }\n"
	      "  v1: { device: d0, vlan: 1 }\n"
	      "  only: { device: d1, vlan: 9 }\n"
	      "  plain: { device: d2 }\n");
	for (uint8_t i = 0; i < 3; i++)
		in.ports[i].ethdev_id = 40;
	in.ports[0].n_rxq = in.ports[1].n_rxq = in.ports[2].n_rxq = 4;
	struct snap *s = build();

	CU_ASSERT_EQUAL(s->n_devs, 3);
	CU_ASSERT_EQUAL(s->n_rxqs, 4 + 1 + 1);
	CU_ASSERT_EQUAL(s->devs[0].ethdev_id, 40);
	CU_ASSERT_EQUAL(s->devs[0].slot_untagged, 1);
	CU_ASSERT_EQUAL(s->devs[0].slot_any, 0);
	CU_ASSERT_EQUAL(s->devs[0].slot_of_vid[9], 0);
	CU_ASSERT_EQUAL(s->devs[0].slot_of_vid[1], 2);
	CU_ASSERT_EQUAL(s->devs[0].slot_of_vid[2], SNAP_SLOT_NONE);
	CU_ASSERT_FALSE(s->devs[0].is_single);
	CU_ASSERT_EQUAL(s->devs[1].slot_untagged, SNAP_SLOT_NONE);
	CU_ASSERT_FALSE(s->devs[1].is_single);
	CU_ASSERT_TRUE(s->devs[2].is_single);
	CU_ASSERT_PTR_NULL(s->devs[2].slot_of_vid);
	end(s);
}

static void groups_hold_their_active_ports(void)
{
	begin("romon: { identity: n, neighbor-age: 1s }\n"
	      "relay-groups:\n"
	      "  g: { storm-limit: none, loop-guard: 4s, ports: { r0: { device: d0 }, r1: { device: d1 } } "
	      "}\n"
	      "  h: { ports: { s0: { device: d2 }, s1: { device: d3, disabled: true } } }\n");
	in.ports[1].is_up = false;
	struct snap *s = build();

	CU_ASSERT_EQUAL(s->n_groups, 2);
	CU_ASSERT_EQUAL(s->groups[0].ports, 1);
	CU_ASSERT_EQUAL(s->groups[1].ports, 4);
	CU_ASSERT_EQUAL(s->groups[0].storm.cost_ticks, 0);
	CU_ASSERT_EQUAL(s->groups[1].storm.cost_ticks, 10000);
	CU_ASSERT_NOT_EQUAL(s->groups[0].tag, s->groups[1].tag);
	CU_ASSERT_EQUAL(s->source_age_ms, 4000); // never less than a loop-guard
	CU_ASSERT_EQUAL(s->ports[2].group, 1);
	CU_ASSERT_EQUAL(s->ports[2].mode, CONF_MODE_RELAY);
	CU_ASSERT_EQUAL(s->n_own_macs, 0); // a relay port has no address of its own
	CU_ASSERT_EQUAL(s->node_ports, 0);
	end(s);
}

// A member whose link is down still takes frames: its tag counts.
static void group_of_one_tag_is_uniform(void)
{
	begin("relay-groups:\n"
	      "  one: { ports: { a: { device: d0 }, b: { device: d1 } } }\n"
	      "  tag: { ports: { c: { device: d2, vlan: 5 }, d: { device: d3, vlan: 5 } } }\n"
	      "  two: { ports: { e: { device: d4 }, f: { device: d5 }, g: { device: d6, vlan: 5 } } }\n");
	in.ports[0].mtu = 900; // down: does not bound what the others send
	in.ports[0].is_up = false;
	in.ports[1].mtu = 1400;
	in.ports[6].is_up = false;
	struct snap *s = build();

	CU_ASSERT_TRUE(s->groups[0].is_uniform);
	CU_ASSERT_TRUE(s->groups[1].is_uniform);
	CU_ASSERT_FALSE(s->groups[2].is_uniform);
	CU_ASSERT_EQUAL(s->groups[0].l2mtu_min, 1400);
	CU_ASSERT_EQUAL(s->groups[1].l2mtu_min, 1496);
	end(s);
}

static void filters_of_a_port_are_one_list(void)
{
	begin("ports: { a: { device: d0 }, b: { device: d1 }, c: { device: d2 } }\n"
	      "filters:\n"
	      "  - { port: a, deny-service: [winbox, 9] }\n"
	      "  - { port: b, deny-id: [\"02:00:00:00:00:01\"] }\n"
	      "  - { port: a, deny-service: [ssh], deny-id: [\"02:00:00:00:00:02\"] }\n");
	struct snap *s = build();
	const struct snap_filter *a = s->ports[0].filter;
	const struct snap_filter *b = s->ports[1].filter;

	CU_ASSERT_PTR_NOT_NULL_FATAL(a);
	CU_ASSERT_EQUAL(a->n_services, 3);
	CU_ASSERT_EQUAL(a->services[0], 3); // in order
	CU_ASSERT_EQUAL(a->services[1], 4);
	CU_ASSERT_EQUAL(a->services[2], 9);
	CU_ASSERT_EQUAL(a->n_ids, 1);
	CU_ASSERT_PTR_NOT_NULL_FATAL(b);
	CU_ASSERT_EQUAL(b->n_services, 0);
	CU_ASSERT_EQUAL(b->n_ids, 1);
	CU_ASSERT_PTR_NULL(s->ports[2].filter);
	end(s);
}

// More than a snapshot can hold is an error, not a smaller snapshot.
static void too_many_queues_are_refused(void)
{
	begin("ports: { a: { device: d0 }, b: { device: d1, vlan: 3 } }\n"
	      "filters: [ { deny-service: [winbox] } ]\n");
	in.ports[0].n_rxq = SNAP_RXQS_MAX;
	in.ports[1].n_rxq = 0;
	snap_free(build());
	in.ports[1].n_rxq = 1;
	CU_ASSERT_PTR_NULL(snap_build(&in));
	CU_ASSERT_EQUAL(errno, ENOSPC);
	end(NULL);
}

static void own_macs_pass_the_filter_word(void)
{
	begin("ports: { a: { device: d0 } }\n");
	struct snap *s = build();
	uint32_t n_wrong = 0;

	for (uint64_t i = 0; i < 100000; i++) {
		uint64_t mac = i * 0x9e3779b97f4a7c15u & 0xffffffffffffu;

		n_wrong += snap_mac_is_own(s, mac) != (mac == s->ports[0].mac);
	}
	CU_ASSERT_EQUAL(n_wrong, 0);
	end(s);
}

static const struct suite_case cases[] = {
	SUITE_CASE(settings_are_taken_over),
	SUITE_CASE(ports_go_to_their_slots),
	SUITE_CASE(tags_do_not_clash),
	SUITE_CASE(states_follow_from_conf_and_link),
	SUITE_CASE(devices_know_their_vlans),
	SUITE_CASE(groups_hold_their_active_ports),
	SUITE_CASE(group_of_one_tag_is_uniform),
	SUITE_CASE(filters_of_a_port_are_one_list),
	SUITE_CASE(too_many_queues_are_refused),
	SUITE_CASE(own_macs_pass_the_filter_word),
};

SUITE_MAIN("snap build", cases)
