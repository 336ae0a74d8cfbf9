// SPDX-License-Identifier: BSD-3-Clause
// What keys say together: ports, link ids, devices, relay groups, filters, secrets; and warnings.
#include <sys/stat.h>
#include <unistd.h>

#include "conf_expect.h"

static void node_ports_come_first_each_in_file_order(void)
{
	struct conf *conf = conf_expect(
		"relay-groups:\n"
		"  g1: {ports: {z: {device: eth5}, y: {device: eth6, vlan: 7}}, storm-limit: none}\n"
		"  g2: {ports: {x: {device: eth7}, w: {device: eth8}}, loop-guard: 250ms}\n"
		"ports:\n"
		"  b: {device: eth1}\n"
		"  a: {device: eth1, vlan: 81, cost: 7, comment: up, disabled: yes, forbid: on,\n"
		"      data-dst: multicast, driver: auto}\n"
		"  all: {cost: 50}\n",
		"");

	CU_ASSERT_PTR_NOT_NULL_FATAL(conf);
	CU_ASSERT_EQUAL(conf->n_ports, 6);
	static const char *const names[] = {"b", "a", "z", "y", "x", "w"};
	for (uint32_t i = 0; i < BASE_ARRAY_LEN(names); i++) {
		CU_ASSERT_STRING_EQUAL(conf->ports[i].name, names[i]);
		CU_ASSERT_EQUAL(conf->ports[i].mode, i < 2 ? CONF_MODE_NODE : CONF_MODE_RELAY);
		CU_ASSERT_EQUAL(conf_port_find(conf, names[i]), (int)i);
	}
	CU_ASSERT_EQUAL(conf_port_find(conf, "c"), -ENOENT);
	CU_ASSERT_EQUAL(conf->ports[0].line, 5);
	CU_ASSERT_EQUAL(conf->ports[0].cost, 50); // ports.all
	CU_ASSERT_EQUAL(conf->ports[1].cost, 7);
	CU_ASSERT_EQUAL(conf->ports[1].vlan, 81);
	CU_ASSERT_STRING_EQUAL(conf->ports[1].comment, "up");
	CU_ASSERT_TRUE(conf->ports[1].is_disabled && conf->ports[1].forbid);
	CU_ASSERT_EQUAL(conf->ports[1].data_dst, CONF_DATA_DST_MULTICAST);
	CU_ASSERT_EQUAL(conf->ports[0].data_dst, CONF_DATA_DST_UNICAST);
	CU_ASSERT_EQUAL(conf->ports[3].vlan, 7);
	CU_ASSERT_EQUAL(conf->ports[3].group_idx, 0);
	CU_ASSERT_EQUAL(conf->ports[5].group_idx, 1);
	CU_ASSERT_EQUAL(conf->ports[5].driver, CONF_DRIVER_AUTO);
	CU_ASSERT_EQUAL(conf->ports[5].link_id, 0);
	CU_ASSERT_EQUAL(conf->groups[0].storm_limit_pps, CONF_RATE_UNLIMITED);
	CU_ASSERT_EQUAL(conf->groups[0].loop_guard_ms, 1000);
	CU_ASSERT_EQUAL(conf->groups[1].storm_limit_pps, 100000);
	CU_ASSERT_EQUAL(conf->groups[1].loop_guard_ms, 250);
	conf_free(conf);
}

static void all_ports_of_a_device_are_dispatched_or_none(void)
{
	struct conf *conf = conf_expect(
		"workers: {cores: [1, 2]}\nports: {a: {device: x, vlan: 1, dispatch: neighbor},\n"
		"  b: {device: x, vlan: 2, dispatch: neighbor}, c: {device: y, dispatch: none}, d: {}}\n",
		"");

	CU_ASSERT_PTR_NOT_NULL_FATAL(conf);
	CU_ASSERT_EQUAL(conf->ports[1].dispatch, CONF_DISPATCH_NEIGHBOR);
	CU_ASSERT_EQUAL(conf->ports[2].dispatch, CONF_DISPATCH_NONE);
	CU_ASSERT_EQUAL(conf->ports[3].dispatch, CONF_DISPATCH_NONE);
	conf_free(conf);
	conf_expect_issues(
		"ports: {a: {device: x, vlan: 1},\n  b: {device: x, vlan: 2, dispatch: neighbor}}\n"
		"relay-groups: {g: {ports: {r: {device: x, vlan: 3}, s: {device: y}}}}\n",
		"F:2:37: ports.b.dispatch: port a (line 1) of device x is not dispatched; all ports of a "
		"device "
		"need the same\n"
		"F:3:28: relay-groups.g.ports.r: port b (line 2) of device x is dispatched; all ports of a "
		"device "
		"need the same\n");
	conf_free(conf_expect("workers: {cores: [1]}\nports: {a: {dispatch: neighbor}, b: {}}\n",
		"F:2:23: warning: ports.a.dispatch: there is no other worker to dispatch to: list more CPUs "
		"in "
		"workers.cores\n"));
}

static void device_defaults_to_the_name(void)
{
	struct conf *conf = conf_expect("ports: {eth1: {}, eth2: }\n", "");

	CU_ASSERT_PTR_NOT_NULL_FATAL(conf);
	CU_ASSERT_STRING_EQUAL(conf->ports[0].device, "eth1");
	CU_ASSERT_STRING_EQUAL(conf->ports[1].device, "eth2");
	conf_free(conf);
}

// What romond would not start with is not what `config check` calls good.
static void device_texts_are_looked_at(void)
{
	conf_expect_issues("ports: {a: {device: enp3s0f1np1.1000}}\n",
		"F:1:21: ports.a.device: \"enp3s0f1np1.1000\" is neither the name of a network interface (at "
		"most 15 characters, without '/', ':' and blanks), nor a PCI address like 0000:03:00.0, nor "
		"a "
		"DPDK device like net_pcap0,iface=eth0\n");
	conf_expect_issues("relay-groups: {g: {ports: {a: {device: 'eth0,x'}, b: {device: y}}}}\n",
		"F:1:40: relay-groups.g.ports.a.device: the interface name eth0,x has one of ,=[]\"': rename "
		"it\n");
	conf_free(conf_expect("ports: {a: {device: enp3s0f1np1.1000, disabled: yes}, b: {}}\n", ""));
}

static void names_have_rules(void)
{
	conf_expect_issues("ports: {'a b': {device: x}, '': {device: y}, " // 31, then 32 characters
			   "a-234567890.234567890_2345678901: {device: z}, b234567890123456789012345678901: "
			   "{device: v}}\n",
		"F:1:9: ports.a b: a port name has 1..31 characters of A-Z a-z 0-9 _ . -\n"
		"F:1:29: ports.: a port name has 1..31 characters of A-Z a-z 0-9 _ . -\n"
		"F:1:46: ports.a-234567890.234567890_2345678901: a port name has 1..31 characters of A-Z a-z "
		"0-9 _ . "
		"-\n");
	conf_expect_issues(
		"ports: {a: {device: x}}\nrelay-groups:\n  'g/1': {}\n  g: {ports: {a: , b: , all: }}\n",
		"F:3:3: relay-groups.g/1: a group name has 1..31 characters of A-Z a-z 0-9 _ . -\n"
		"F:3:3: warning: relay-groups.g/1: relays nothing: fewer than two of its ports are enabled\n"
		"F:4:15: relay-groups.g.ports.a: the name a is taken by the port in line 1; node and relay "
		"ports "
		"share one set of names\n"
		"F:4:25: relay-groups.g.ports.all: all is not a name: it stands for the ports not named\n");
}

static void counts_have_limits(void)
{
	char yaml[8192] = "ports:\n";
	size_t len = strlen(yaml);

	for (int i = 0; i < 64; i++)
		len += (size_t)snprintf(yaml + len, sizeof(yaml) - len, "  p%d: {device: e%d, vlan: %d}\n", i,
			i / 2, i % 2 + 1);
	conf_expect_issues(yaml, "");
	snprintf(yaml + len, sizeof(yaml) - len,
		"  q: {cost: x}\nrelay-groups: {g: {ports: {r1: {vlan: x}, r2: }}}\n");
	conf_expect_issues(yaml,
		"F:66:3: ports.q: more than 64 ports\n"
		"F:66:13: ports.q.cost: expected 1..65535, got x\n"
		"F:67:16: warning: relay-groups.g: relays nothing: fewer than two of its ports are enabled\n"
		"F:67:28: relay-groups.g.ports.r1: more than 64 ports\n"
		"F:67:39: relay-groups.g.ports.r1.vlan: expected none or 1..4094, got x\n"
		"F:67:43: relay-groups.g.ports.r2: more than 64 ports\n");

	len = (size_t)snprintf(yaml, sizeof(yaml), "filters:\n");
	for (int i = 0; i < 65; i++)
		len += (size_t)snprintf(yaml + len, sizeof(yaml) - len, "- deny-service: %d\n", i + 1);
	conf_expect_issues(yaml, "F:66:3: filters[64]: more than 64 filters\n");

	len = (size_t)snprintf(yaml, sizeof(yaml), "relay-groups:\n");
	for (int i = 0; i < 33; i++)
		len += (size_t)snprintf(yaml + len, sizeof(yaml) - len, " g%d: {}\n", i);
	static struct conf_issues issues;
	CU_ASSERT_PTR_NULL(conf_load_text(yaml, len, &issues));
	CU_ASSERT_EQUAL(issues.n, 33); // 32 of them that the groups are empty
	CU_ASSERT_STRING_EQUAL(issues.list[32].text, "relay-groups.g32: more than 32 relay groups");
}

static void devices_have_a_limit(void)
{
	char yaml[4096] = "ports:\n";
	size_t len = strlen(yaml);

	for (int i = 0; i < 32; i++)
		len += (size_t)snprintf(yaml + len, sizeof(yaml) - len, "  p%d:\n", i);
	snprintf(yaml + len, sizeof(yaml) - len, "  v: {device: p3, vlan: 5}\n  off: {disabled: yes}\n");
	conf_expect_issues(yaml, "");
	snprintf(yaml + len, sizeof(yaml) - len, "  v: {device: p3, vlan: 5}\n  q: {device: x}\n  r:\n");
	conf_expect_issues(yaml, "F:35:15: ports.q.device: more than 32 devices; VLANs share a device\n"
				 "F:36:3: ports.r: more than 32 devices; VLANs share a device\n");
}

static void ports_of_a_device_differ_in_vlan_and_share_the_driver(void)
{
	conf_expect_issues(
		"ports:\n  a: {device: eth1}\n  b: {device: eth1, vlan: 5}\n  c: {device: eth1, vlan: 6}\n",
		"");
	conf_expect_issues("ports:\n  a: {device: eth1}\n  b: {device: eth1}\n",
		"F:3:15: ports.b.device: port a (line 2) has device eth1 already; two ports of a device need "
		"different "
		"vlans\n");
	conf_expect_issues("ports:\n  a: {device: eth1, vlan: 5}\nrelay-groups:\n  g:\n    ports:\n      r:\n"
			   "        device: eth1\n        vlan: 5\n      s:\n",
		"F:8:15: relay-groups.g.ports.r.vlan: port a (line 2) has VLAN 5 of device eth1 already\n");
	conf_expect_issues("ports:\n  eth1: {vlan: 5}\n  b: {device: eth1, vlan: 6, driver: af-packet}\n"
			   "  c: {device: eth1, vlan: 7}\n",
		"F:3:38: ports.b.driver: port eth1 (line 2) opens device eth1 with another driver; all ports "
		"of a "
		"device need the same\n"
		"F:4:3: ports.c: port b (line 3) opens device eth1 with another driver; all ports of a "
		"device need "
		"the same\n");
	// a disabled port holds no device
	conf_expect_issues(
		"ports:\n  a: {device: eth1}\n  b: {device: eth1, disabled: true, driver: af-xdp}\n", "");
}

static uint32_t link_id(const char *yaml, const char *name)
{
	struct conf *conf = conf_expect(yaml, "");
	int idx = conf == NULL ? -1 : conf_port_find(conf, name);
	uint32_t id = idx < 0 ? 0 : conf->ports[idx].link_id;

	conf_free(conf);
	return id;
}

static void link_ids_stay_when_other_ports_come_and_go(void)
{
	uint32_t a = link_id("ports: {ether1: {}}", "ether1");

	CU_ASSERT_TRUE(a >= 1 && a <= CONF_LINK_ID_MAX);
	CU_ASSERT_EQUAL(link_id("ports: {ether0: {}, ether1: {}, ether2: {}}", "ether1"), a);
	CU_ASSERT_EQUAL(link_id("ports: {ether1: {device: eth9, disabled: true}}", "ether1"), a);
	CU_ASSERT_EQUAL(link_id("ports: {x: {link-id: 5}, ether1: {}}", "ether1"), a);
	CU_ASSERT_EQUAL(link_id("ports: {ether1: {link-id: 5}}", "ether1"), 5);
	CU_ASSERT_EQUAL(link_id("ports: {ether1: {link-id: auto}}", "ether1"), a);
	// Written into saved topologies of others: the value itself may not change from release to release.
	CU_ASSERT_EQUAL(a, 9723);
}

static void link_id_that_is_taken_gives_way(void)
{
	char yaml[128];
	uint32_t a = link_id("ports: {ether1: {}}", "ether1");

	// an explicit id wins, wherever it stands
	snprintf(yaml, sizeof(yaml), "ports: {ether1: {}, x: {link-id: %u}}", a);
	CU_ASSERT_EQUAL(link_id(yaml, "x"), a);
	CU_ASSERT_EQUAL(link_id(yaml, "ether1"), a + 1);
	conf_expect_issues("ports:\n  a: {link-id: 7}\n  b: {link-id: 7}\n",
		"F:3:16: ports.b.link-id: 7 is the link-id of port a (line 2) already\n");
}

static void filters_name_node_ports(void)
{
	struct conf *conf =
		conf_expect("ports: {e1: {}}\n"
			    "filters:\n"
			    "- {port: e1, deny-service: [winbox, ssh, 4000], deny-id: '02:00:00:00:00:01'}\n"
			    "- {port: all, deny-service: ping}\n"
			    "- {deny-id: [02-00-00-00-00-01, 02:00:00:00:00:02]}\n",
			"");

	CU_ASSERT_PTR_NOT_NULL_FATAL(conf);
	CU_ASSERT_EQUAL(conf->n_filters, 3);
	CU_ASSERT_STRING_EQUAL(conf->filters[0].port, "e1");
	CU_ASSERT_EQUAL(conf->filters[0].n_deny_services, 3);
	CU_ASSERT_EQUAL(conf->filters[0].deny_services[0], 4);
	CU_ASSERT_EQUAL(conf->filters[0].deny_services[1], 3);
	CU_ASSERT_EQUAL(conf->filters[0].deny_services[2], 4000);
	CU_ASSERT_EQUAL(conf->filters[0].deny_ids.n, 1);
	CU_ASSERT_STRING_EQUAL(conf->filters[1].port, "");
	CU_ASSERT_STRING_EQUAL(conf->filters[2].port, "");
	CU_ASSERT_EQUAL(conf->filters[2].deny_ids.id[1].b[5], 2);
	conf_free(conf);
	conf_expect_issues("ports: {ether1: }\nrelay-groups: {g: {ports: {r1: , r2: }}}\n"
			   "filters:\n- port: eter1\n  deny-service: 1\n- port: r1\n  deny-service: 1\n- {}\n"
			   "- {deny-service: []}\n- port: zzz\n  deny-id: x\n",
		"F:4:9: filters[0].port: no port is called eter1; did you mean ether1?\n"
		"F:6:9: filters[1].port: r1 is a relay port; filters hold for node ports only\n"
		"F:8:3: warning: filters[2]: denies nothing\n"
		"F:9:3: warning: filters[3]: denies nothing\n"
		"F:10:9: filters[4].port: no port is called zzz\n"
		"F:11:12: filters[4].deny-id: expected a RoMON id: a unicast MAC address, got x\n");
}

static void discovery_keys_fit_together(void)
{
	conf_expect_issues("discovery:\n  late-after: 5\n",
		"F:2:15: discovery.late-after: down-after (4) must not be less than late-after (5)\n");
	conf_expect_issues("discovery:\n  down-after: 1\n",
		"F:2:15: discovery.down-after: down-after (1) must not be less than late-after (2)\n");
	conf_expect_issues("discovery: {late-after: 9, down-after: 9}\n", "");
}

#define WEAK_SHORT                                                                        \
	"this secret is shorter than 16 characters: it can be found by trying all; take " \
	"16 random ones (openssl rand -base64 18)\n"
#define WEAK_UNSIGNED                                                                         \
	"\"\" accepts unsigned frames: anybody on the wire is believed. It is meant for the " \
	"time in which secrets are introduced\n"

static void secrets_of_port_then_all_then_global(void)
{
	struct conf *conf = conf_expect("romon:\n  secrets: [one, \"\"]\n"
					"ports:\n"
					"  all: {secrets: [two]}\n"
					"  a: {}\n"
					"  b: {secrets: [three, 4, 'it''s', \"\"]}\n"
					"  c: {secrets: []}\n",
		"F:2:13: warning: romon.secrets[0]: " WEAK_SHORT
		"F:2:18: warning: romon.secrets[1]: " WEAK_UNSIGNED
		"F:4:19: warning: ports.all.secrets[0]: " WEAK_SHORT
		"F:6:17: warning: ports.b.secrets[0]: " WEAK_SHORT
		"F:6:24: warning: ports.b.secrets[1]: " WEAK_SHORT
		"F:6:27: warning: ports.b.secrets[2]: " WEAK_SHORT
		"F:6:36: warning: ports.b.secrets[3]: " WEAK_UNSIGNED);

	CU_ASSERT_PTR_NOT_NULL_FATAL(conf);
	CU_ASSERT_EQUAL(conf->romon.secrets.n, 2);
	CU_ASSERT_STRING_EQUAL(conf->romon.secrets.text[1], "");
	CU_ASSERT_STRING_EQUAL(conf_port_secrets(conf, &conf->ports[0])->text[0], "two");
	CU_ASSERT_EQUAL(conf->ports[1].secrets.n, 4);
	CU_ASSERT_STRING_EQUAL(conf->ports[1].secrets.text[1], "4");
	CU_ASSERT_STRING_EQUAL(conf->ports[1].secrets.text[2], "it's");
	CU_ASSERT_STRING_EQUAL(conf_port_secrets(conf, &conf->ports[2])->text[0], "one");
	conf_free(conf);
}

#define STRONG "Zq7/vT2m+Kd94xWbR1pL"

static void errors_of_secrets_never_show_them(void)
{
	conf_expect_issues("romon:\n  secrets-file: hunter2\n",
		"F:2:17: romon.secrets-file: expected an absolute path of at most 255 bytes or "
		"credential:NAME (what stands there is not shown: it may be a secret)\n");
	conf_expect_issues("romon:\n  secrets: hunter2\n",
		"F:2:12: romon.secrets: expected a list of secrets, got a single text\n");
	conf_expect_issues("ports: {a: {secrets: ['" STRONG "1', '" STRONG "2', '" STRONG "3', '" STRONG
			   "4', hunter2]}}\n",
		"F:1:22: ports.a.secrets: expected at most 4 secrets, got 5\n");
	conf_expect_issues("romon:\n  secrets:\n"
			   "  - 12345678901234567890123456789012345678901234567890123456789012345\n"
			   "  - \"hunter\\t2\"\n  - [hunter2]\n  -\n",
		"F:3:5: romon.secrets[0]: expected a text of at most 64 bytes without control characters\n"
		"F:4:5: romon.secrets[1]: expected a text of at most 64 bytes without control characters\n"
		"F:5:5: romon.secrets[2]: expected a text of at most 64 bytes without control characters\n"
		"F:6:4: romon.secrets[3]: expected a text of at most 64 bytes without control characters\n");
	conf_expect_issues("romon: {auth-scheme: romond-2}\n",
		"F:1:22: romon.auth-scheme: not a scheme: expected digest= and 0 to 8\n");
	conf_expect_issues("romon: {secrets: {a: hunter2}}\n",
		"F:1:18: romon.secrets: expected a list of at most 4 "
		"secrets of at most 64 bytes, got a map\n");
}

static void features_that_are_not_there_get_a_warning(void)
{
	conf_expect_issues("romon:\n  role: master\n  answer-style: swap\nports:\n  all: {forbid: false}\n"
			   "services: {ssh: {enabled: on}}\n",
		"F:5:17: warning: ports.all.forbid: not in this build: romond serves only the ports that the "
		"file "
		"names\n");
	conf_expect_issues("romon: {role: agent, answer-style: unwind, secrets: [], secrets-file: ''}\n"
			   "ports: {all: {forbid: true}}\nservices: {ssh: {enabled: off}}\n",
		"");
}

static const struct suite_case cases[] = {
	SUITE_CASE(node_ports_come_first_each_in_file_order),
	SUITE_CASE(all_ports_of_a_device_are_dispatched_or_none),
	SUITE_CASE(device_defaults_to_the_name),
	SUITE_CASE(device_texts_are_looked_at),
	SUITE_CASE(names_have_rules),
	SUITE_CASE(counts_have_limits),
	SUITE_CASE(devices_have_a_limit),
	SUITE_CASE(ports_of_a_device_differ_in_vlan_and_share_the_driver),
	SUITE_CASE(link_ids_stay_when_other_ports_come_and_go),
	SUITE_CASE(link_id_that_is_taken_gives_way),
	SUITE_CASE(filters_name_node_ports),
	SUITE_CASE(discovery_keys_fit_together),
	SUITE_CASE(secrets_of_port_then_all_then_global),
	SUITE_CASE(errors_of_secrets_never_show_them),
	SUITE_CASE(features_that_are_not_there_get_a_warning),
};

SUITE_MAIN("conf_ports", cases)
