// SPDX-License-Identifier: BSD-3-Clause
// The rule which driver serves an interface, by facts that are made up. No EAL, no root.
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "port.h"
#include "port_facts.h"
#include "suite.h"

static struct port_facts f;

static void begin(void)
{
	f = (struct port_facts){.queues = {.n_rx = 2, .n_paired = 2}};
}

static void fits(enum conf_driver driver, bool has_vlans, int rc, const char *wanted)
{
	char why[PORT_WHY_LEN] = "";

	CU_ASSERT_EQUAL(port_facts_xdp_fits(&f, driver, has_vlans, why, sizeof(why)), rc);
	CU_ASSERT_STRING_EQUAL(why, wanted);
}

static void a_plain_nic_gets_af_xdp(void)
{
	begin();
	fits(CONF_DRIVER_AUTO, false, 0, "");
	fits(CONF_DRIVER_AF_XDP, false, 0, "");
	fits(CONF_DRIVER_AF_PACKET, false, -ECANCELED, "asked for by driver: af-packet");
}

static void a_vlan_port_gets_it_only_when_asked(void)
{
	begin();
	fits(CONF_DRIVER_AUTO, true, -ECANCELED,
		"a VLAN port: the kernel may keep the tag where XDP cannot see it");
	fits(CONF_DRIVER_AF_XDP, true, 0, "");
}

static void a_part_of_something_gets_it_only_when_asked(void)
{
	begin();
	f.link.master = 5;
	fits(CONF_DRIVER_AUTO, false, -ECANCELED,
		"part of a greater interface, which would hear no RoMON frame with AF_XDP");
	snprintf(f.link.part_kind, sizeof(f.link.part_kind), "bridge");
	fits(CONF_DRIVER_AUTO, false, -ECANCELED,
		"part of a bridge, which would hear no RoMON frame with AF_XDP");
	fits(CONF_DRIVER_AF_XDP, false, 0, "");
	snprintf(f.link.part_kind, sizeof(f.link.part_kind), "vrf"); // routing only
	fits(CONF_DRIVER_AUTO, false, 0, "");
	f.link.master = 0;
	snprintf(f.link.part_kind, sizeof(f.link.part_kind), "bridge");
	fits(CONF_DRIVER_AUTO, false, 0, "");
	begin();
	snprintf(f.upper, sizeof(f.upper), "eth0.5");
	fits(CONF_DRIVER_AUTO, false, -ECANCELED,
		"eth0.5 stands on it, and would hear no RoMON frame with AF_XDP");
	fits(CONF_DRIVER_AF_XDP, false, 0, "");
}

static void hidden_tags_are_an_obstacle_where_they_cannot_be_asked_for(void)
{
	static const struct {
		const char *kind;
		bool strips, tells, hides;
	} rows[] = {
		{"", false, false, false}, // a NIC
		{"", true, false, true},
		{"", true, true, false},
		{"", false, true, false},
		{"tun", false, false, false}, // bytes of a program
		{"tun", true, false, true},
		{"veth", false, false, true},
		{"veth", true, false, true},
		{"veth", false, true, false},
	};

	for (size_t i = 0; i < BASE_ARRAY_LEN(rows); i++) {
		begin();
		snprintf(f.link.kind, sizeof(f.link.kind), "%s", rows[i].kind);
		f.strips_tags = rows[i].strips;
		f.tells_tags = rows[i].tells;
		CU_ASSERT_EQUAL(port_facts_hides_tags(&f), rows[i].hides);
		if (!rows[i].hides)
			fits(CONF_DRIVER_AUTO, false, 0, "");
		else if (rows[i].strips)
			fits(CONF_DRIVER_AUTO, false, -ECANCELED,
				"takes VLAN tags off (rxvlan), where XDP cannot see them");
		else
			fits(CONF_DRIVER_AUTO, false, -ECANCELED,
				"a veth may keep a VLAN tag where XDP cannot see it (before Linux 6.8)");
		fits(CONF_DRIVER_AF_XDP, false, 0, "");
	}
}

static void more_queues_than_we_serve_are_an_obstacle(void)
{
	char why[PORT_WHY_LEN];

	begin();
	f.queues.n_rx = 3;
	fits(CONF_DRIVER_AUTO, false, -E2BIG,
		"receives on 3 queues, AF_XDP here on at most 2 (see ethtool --set-channels)");
	fits(CONF_DRIVER_AF_XDP, false, -E2BIG,
		"receives on 3 queues, AF_XDP here on at most 2 (see ethtool --set-channels)");
	f.queues.n_rx = 1;
	fits(CONF_DRIVER_AUTO, false, 0, "");
	f.queues.n_rx = f.queues.n_paired = PORT_RXQ_MAX;
	fits(CONF_DRIVER_AUTO, false, 0, "");
	f.queues.n_rx = f.queues.n_paired = PORT_RXQ_MAX + 1;
	snprintf(why, sizeof(why),
		"receives on %d queues, AF_XDP here on at most %d (see ethtool --set-channels)",
		PORT_RXQ_MAX + 1, PORT_RXQ_MAX);
	fits(CONF_DRIVER_AUTO, false, -E2BIG, why);
}

static const struct suite_case cases[] = {
	SUITE_CASE(a_plain_nic_gets_af_xdp),
	SUITE_CASE(a_vlan_port_gets_it_only_when_asked),
	SUITE_CASE(a_part_of_something_gets_it_only_when_asked),
	SUITE_CASE(hidden_tags_are_an_obstacle_where_they_cannot_be_asked_for),
	SUITE_CASE(more_queues_than_we_serve_are_an_obstacle),
};

SUITE_MAIN("port facts", cases)
