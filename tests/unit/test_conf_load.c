// SPDX-License-Identifier: BSD-3-Clause
// Loading: defaults, every type of value and its errors at the exact line and column, the limits of a file.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf_expect.h"

static void empty_file_gives_the_defaults(void)
{
	static const char *const empty[] = {"", "\n", "---\n", "# nothing\n", "{}", "null", "ports:\n",
		"ports: {}\n", "ports: ~\nrelay-groups:\nfilters:\nromon:\n"};
	char host[CONF_TEXT_LEN_MAX + 1] = "";

	CU_ASSERT_EQUAL(gethostname(host, sizeof(host) - 1), 0);
	for (size_t i = 0; i < BASE_ARRAY_LEN(empty); i++) {
		struct conf *conf = conf_expect(empty[i], "");

		CU_ASSERT_PTR_NOT_NULL_FATAL(conf);
		CU_ASSERT_TRUE(conf->romon.is_enabled && conf->romon.id_is_auto && conf->others_forbid);
		CU_ASSERT_STRING_EQUAL(conf->romon.identity, host);
		CU_ASSERT_STRING_EQUAL(conf->romon.master_id, "master_router");
		CU_ASSERT_EQUAL(conf->romon.role, CONF_ROLE_AGENT);
		CU_ASSERT_EQUAL(conf->romon.channel, 0);
		CU_ASSERT_EQUAL(conf->romon.hop_limit, 32);
		CU_ASSERT_EQUAL(conf->romon.flood_hold_ms, 400);
		CU_ASSERT_EQUAL(conf->romon.neighbor_age_s, 60);
		CU_ASSERT_EQUAL(conf->romon.answer_style, CONF_ANSWER_UNWIND);
		CU_ASSERT_EQUAL(conf->discovery.interval_ms, 30000);
		CU_ASSERT_EQUAL(conf->n_ports, 0);
		CU_ASSERT_EQUAL(conf->limits.punt_pps, 10000);
		CU_ASSERT_EQUAL(conf->limits.punt_spare_pps, 40000);
		CU_ASSERT_EQUAL(conf->limits.origins, 65536);
		CU_ASSERT_TRUE(conf->workers.cores_are_auto);
		CU_ASSERT_EQUAL(conf->workers.burst, 32);
		CU_ASSERT_EQUAL(conf->memory.mbufs, 0);
		CU_ASSERT_STRING_EQUAL(conf->control.socket, "/run/romond/control.sock");
		CU_ASSERT_EQUAL(conf->log.level, BASE_LOG_INFO);
		CU_ASSERT_STRING_EQUAL(conf->file_prefix, "romond");
		CU_ASSERT_STRING_EQUAL(conf->state.dir, "/var/lib/romond");
		CU_ASSERT_EQUAL(conf->state.history_max, 10000);
		conf_free(conf);
	}
}

static void values_arrive_in_their_fields(void)
{
	struct conf *conf = conf_expect("romon:\n"
					"  enabled: off\n"
					"  id: D4:CA:6D:DD:8C:BE\n"
					"  identity: \"Zürich \\\"3\\\"\"\n"
					"  channel: 255\n"
					"  hop-limit: 128\n"
					"  flood-hold: 1500ms\n"
					"  neighbor-age: 2m\n"
					"discovery: {interval: 1h, late-after: 3, down-after: 3}\n"
					"limits: {discover-in: none, answers-per-origin: 1}\n"
					"workers: {cores: [3, 0, 1023], idle: busy, burst: 64}\n"
					"memory: {hugepages: off, mbufs: 16777216}\n"
					"services: {ping: no, ssh: {to: '[::1]:2222'}}\n"
					"control: {socket: /tmp/x.sock, group: adm}\n"
					"log: {level: debug, format: json}\n"
					"state: {dir: /x/y, history-max: 7}\n"
					"eal-args: '--log-level=8'\n"
					"file-prefix: r2\n",
		"");

	CU_ASSERT_PTR_NOT_NULL_FATAL(conf);
	CU_ASSERT_FALSE(conf->romon.is_enabled);
	CU_ASSERT_FALSE(conf->romon.id_is_auto);
	CU_ASSERT_EQUAL(conf->romon.id.b[0], 0xd4);
	CU_ASSERT_STRING_EQUAL(conf->romon.identity, "Zürich \"3\"");
	CU_ASSERT_EQUAL(conf->romon.channel, 255);
	CU_ASSERT_EQUAL(conf->romon.hop_limit, 128);
	CU_ASSERT_EQUAL(conf->romon.flood_hold_ms, 1500);
	CU_ASSERT_EQUAL(conf->romon.neighbor_age_s, 120);
	CU_ASSERT_EQUAL(conf->discovery.interval_ms, 3600000);
	CU_ASSERT_EQUAL(conf->limits.discover_in_pps, CONF_RATE_UNLIMITED);
	CU_ASSERT_EQUAL(conf->limits.answers_per_origin_pps, 1);
	CU_ASSERT_FALSE(conf->workers.cores_are_auto);
	CU_ASSERT_EQUAL(conf->workers.n_cores, 3);
	CU_ASSERT_EQUAL(conf->workers.cores[2], 1023);
	CU_ASSERT_EQUAL(conf->workers.idle, CONF_IDLE_BUSY);
	CU_ASSERT_EQUAL(conf->memory.hugepages, CONF_HUGE_OFF);
	CU_ASSERT_EQUAL(conf->memory.mbufs, 16777216);
	CU_ASSERT_FALSE(conf->services.ping);
	CU_ASSERT_STRING_EQUAL(conf->services.ssh_to, "[::1]:2222");
	CU_ASSERT_EQUAL(conf->log.level, BASE_LOG_DEBUG);
	CU_ASSERT_EQUAL(conf->log.format, CONF_LOG_JSON);
	CU_ASSERT_STRING_EQUAL(conf->state.dir, "/x/y");
	CU_ASSERT_EQUAL(conf->state.history_max, 7);
	CU_ASSERT_STRING_EQUAL(conf->eal_args, "--log-level=8");
	conf_free(conf);
}

static void other_spellings_of_a_value(void)
{
	struct conf *conf = conf_expect("romon: {id: 00:00:00:00:00:00, channel: 0, flood-hold: 0}\n"
					"workers: {cores: 2}\nports: {e: {vlan: 0}}\n"
					"state: {dir: none, history-max: none}\n",
		"");

	CU_ASSERT_PTR_NOT_NULL_FATAL(conf);
	CU_ASSERT_TRUE(conf->romon.id_is_auto);
	CU_ASSERT_EQUAL(conf->romon.channel, 0);
	CU_ASSERT_EQUAL(conf->romon.flood_hold_ms, 0);
	CU_ASSERT_EQUAL(conf->workers.n_cores, 1);
	CU_ASSERT_EQUAL(conf->workers.cores[0], 2);
	CU_ASSERT_EQUAL(conf->ports[0].vlan, 0);
	CU_ASSERT_STRING_EQUAL(conf->state.dir, "");
	CU_ASSERT_EQUAL(conf->state.history_max, 0);
	conf_free(conf);
	conf = conf_expect("state: {dir: ''}\n", "");
	CU_ASSERT_PTR_NOT_NULL_FATAL(conf);
	CU_ASSERT_STRING_EQUAL(conf->state.dir, "");
	conf_free(conf);
}

static void errors_of_numbers(void)
{
	conf_expect_issues(
		"ports:\n  e:\n    cost: 70000\n", "F:3:11: ports.e.cost: expected 1..65535, got 70000\n");
	conf_expect_issues("ports: {e: {cost: 0}}", "F:1:19: ports.e.cost: expected 1..65535, got 0\n");
	conf_expect_issues("ports: {e: {cost: -1}}", "F:1:19: ports.e.cost: expected 1..65535, got -1\n");
	conf_expect_issues("ports: {e: {cost: 010}}", "F:1:19: ports.e.cost: expected 1..65535, got 010\n");
	conf_expect_issues("ports: {e: {cost: 0x10}}", "F:1:19: ports.e.cost: expected 1..65535, got 0x10\n");
	conf_expect_issues("ports: {e: {cost: 1e3}}", "F:1:19: ports.e.cost: expected 1..65535, got 1e3\n");
	conf_expect_issues("ports: {e: {cost: }}", "F:1:19: ports.e.cost: expected 1..65535, got nothing\n");
	conf_expect_issues(
		"ports: {e: {cost: ''}}", "F:1:19: ports.e.cost: expected 1..65535, got an empty text\n");
	conf_expect_issues(
		"ports: {e: {cost: [1]}}", "F:1:19: ports.e.cost: expected 1..65535, got a list\n");
	conf_expect_issues(
		"ports: {e: {cost: {a: 1}}}", "F:1:19: ports.e.cost: expected 1..65535, got a map\n");
	conf_expect_issues("ports: {e: {cost: 99999999999999999999999999}}",
		"F:1:19: ports.e.cost: expected 1..65535, got 99999999999999999999999999\n");
	conf_expect_issues(
		"romon: {channel: 256}", "F:1:18: romon.channel: expected default or 1..255, got 256\n");
	conf_expect_issues(
		"romon: {channel: none}", "F:1:18: romon.channel: expected default or 1..255, got none\n");
	conf_expect_issues(
		"romon: {hop-limit: 129}", "F:1:20: romon.hop-limit: expected 1..128 hops, got 129\n");
	conf_expect_issues(
		"ports: {e: {vlan: 4095}}", "F:1:19: ports.e.vlan: expected none or 1..4094, got 4095\n");
	conf_expect_issues("limits: {discover-in: 0}",
		"F:1:23: limits.discover-in: expected none or 1..10000000 frames/s, got 0\n");
	conf_expect_issues(
		"limits: {punt: none}", "F:1:16: limits.punt: expected 1..10000000 frames/s, got none\n");
	conf_expect_issues("memory: {mbufs: 1023}",
		"F:1:17: memory.mbufs: expected auto or 1024..16777216 frames, got 1023\n");
}

static void errors_of_durations(void)
{
	static const char *const bad[] = {"61s", "60001ms", "2m", "400", "ms", "1.5s", "-1s", "4 s", "1d",
		"s400", "99999999999999999999h", "5124095576030432h"};

	for (size_t i = 0; i < BASE_ARRAY_LEN(bad); i++) {
		char yaml[128];
		char expected[256];

		snprintf(yaml, sizeof(yaml), "romon: {flood-hold: %s}", bad[i]);
		snprintf(expected, sizeof(expected),
			"F:1:21: romon.flood-hold: expected a duration of 0s..60s (units ms, s, m, h), got "
			"%s\n",
			bad[i]);
		conf_expect_issues(yaml, expected);
	}
	conf_expect_issues("romon: {neighbor-age: 500ms}",
		"F:1:23: romon.neighbor-age: expected a duration of 1s..24h (units s, m, h), got 500ms\n");
}

static void errors_of_words_and_texts(void)
{
	conf_expect_issues(
		"romon: {enabled: maybe}", "F:1:18: romon.enabled: expected true or false, got maybe\n");
	conf_expect_issues("romon: {role: agnet}",
		"F:1:15: romon.role: expected agent or master, got agnet; did you mean agent?\n");
	conf_expect_issues("log: {level: loud}",
		"F:1:14: log.level: expected error, warning, notice, info or debug, got loud\n");
	conf_expect_issues("romon: {id: 01:00:5e:00:00:01}",
		"F:1:13: romon.id: expected auto or a unicast MAC address, got 01:00:5e:00:00:01\n");
	conf_expect_issues(
		"romon: {id: [a]}", "F:1:13: romon.id: expected auto or a unicast MAC address, got a list\n");
	conf_expect_issues("control: {socket: run/x}",
		"F:1:19: control.socket: expected an absolute path of at most 107 bytes, got run/x\n");
	conf_expect_issues("state: {dir: nowhere}",
		"F:1:14: state.dir: expected none or an absolute path of at most 255 bytes, got nowhere\n");
	conf_expect_issues("file-prefix: a b",
		"F:1:14: file-prefix: expected 1..31 characters of A-Z a-z 0-9 _ . -, got a b\n");
	conf_expect_issues("ports: {e: {device: ''}}",
		"F:1:21: ports.e.device: expected a text of 1..1023 bytes, got an empty text\n");
	conf_expect_issues("ports: {e: {comment: \"a\\nb\"}}",
		"F:1:22: ports.e.comment: control characters and line ends are not accepted\n");
	conf_expect_issues("ports: {e: {comment: \"a\\0b\"}}",
		"F:1:22: ports.e.comment: control characters and line ends are not accepted\n");
	conf_expect_issues("ports:\n  e:\n    comment: |\n      a\n",
		"F:3:14: ports.e.comment: control characters and line ends are not accepted\n");
	conf_expect_issues("romon:\n  identity: "
			   "aaaaaaaaaabbbbbbbbbbaaaaaaaaaabbbbbbbbbbaaaaaaaaaabbbbbbbbbbaaaaaaaaaabbbbbbbbbb"
			   "aaaaaaaaaabbbbbbbbbbaaaaaaaaaabbbbbbbbbb12345678\n",
		"F:2:13: romon.identity: expected a text of at most 127 bytes, got "
		"aaaaaaaaaabbbbbbbbbbaaaaaaaaaabbbbbbbbbbaaaaaaaaaabbbbbbbbbbaaa\n");
}

static void errors_of_endpoints(void)
{
	static const char *const bad[] = {"x", ":22", "1.2.3.4:", "1.2.3.4:0", "1.2.3.4:65536", "1.2.3.4 :22",
		"::1:22", "[]:22", "[::1:22", "localhost:22", "1.2.3:22", "[1.2.3.4]:22", "1.2.3.4:22x"};
	static const char *const good[] = {"127.0.0.1:22", "0.0.0.0:65535", "[::1]:1"};
	char yaml[128];

	for (size_t i = 0; i < BASE_ARRAY_LEN(bad); i++) {
		char expected[256];

		snprintf(yaml, sizeof(yaml), "services: {ssh: {to: '%s'}}", bad[i]);
		snprintf(expected, sizeof(expected),
			"F:1:22: services.ssh.to: expected an IPv4 address or an IPv6 address in brackets, "
			"and "
			":PORT, got %s\n",
			bad[i]);
		conf_expect_issues(yaml, expected);
	}
	for (size_t i = 0; i < BASE_ARRAY_LEN(good); i++) {
		snprintf(yaml, sizeof(yaml), "services: {ssh: {to: '%s'}}", good[i]);
		conf_expect_issues(yaml, "");
	}
}

static void errors_of_forwards(void)
{
	conf_expect_issues(
		"forwards: {a: {listen: '127.0.0.1:1', to: x}, b: {listen: '[::1]:1', to: y, service: 8}}",
		"");
	conf_expect_issues("forwards: {a: {to: x}}", "F:1:12: forwards.a: listen and to must be given: { "
						     "listen: \"127.0.0.1:8291\", to: NODE }\n");
	conf_expect_issues("forwards: {a: {listen: '127.0.0.1:1', to: x}, b: {listen: '127.0.0.1:1', to: y}}",
		"F:1:59: forwards.b.listen: a listens there already\n");
	conf_expect_issues("forwards: {a: {listen: 'gw:1', to: x, service: telnet}}",
		"F:1:24: forwards.a.listen: expected an IPv4 address or an IPv6 address in brackets, and "
		":PORT, "
		"got gw:1\n"
		"F:1:48: forwards.a.service: expected ssh, winbox, or a number from 1 to 65535, got "
		"telnet\n");
	conf_expect_issues("forwards: [a]", "F:1:11: forwards: expected a map of names, got a list\n");
}

static void errors_of_lists_name_the_element(void)
{
	conf_expect_issues("workers: {cores: [1, 2, 1]}", "F:1:25: workers.cores[2]: CPU 1 is named twice\n");
	conf_expect_issues("workers: {cores: [1, x, 1024, [2]]}",
		"F:1:22: workers.cores[1]: expected a CPU number 0..1023, got x\n"
		"F:1:25: workers.cores[2]: expected a CPU number 0..1023, got 1024\n"
		"F:1:31: workers.cores[3]: expected one value, got a list\n");
	conf_expect_issues("workers: {cores: []}",
		"F:1:18: workers.cores: expected auto, or 1..16 CPU numbers, got a list\n");
	conf_expect_issues("workers: {cores: [0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16]}",
		"F:1:18: workers.cores: expected at most 16 entries, got 17\n");
	conf_expect_issues(
		"filters:\n- deny-service: [ping, telnet, 0]\n  deny-id: [aa, 'ff:ff:ff:ff:ff:ff']\n",
		"F:2:24: filters[0].deny-service[1]: expected ping, ssh, winbox or 1..65535, got telnet\n"
		"F:2:32: filters[0].deny-service[2]: expected ping, ssh, winbox or 1..65535, got 0\n"
		"F:3:13: filters[0].deny-id[0]: expected a RoMON id: a unicast MAC address, got aa\n"
		"F:3:17: filters[0].deny-id[1]: expected a RoMON id: a unicast MAC address, got "
		"ff:ff:ff:ff:ff:ff\n");
}

static void unknown_keys_get_a_suggestion(void)
{
	conf_expect_issues("ports:\n  ether1:\n    device: eth1\n    coment: x\n",
		"F:4:5: ports.ether1.coment: unknown key; did you mean comment?\n");
	conf_expect_issues("roomon: {}\n", "F:1:1: roomon: unknown key; did you mean romon?\n");
	conf_expect_issues("port: {}\n", "F:1:1: port: unknown key; did you mean ports?\n");
	conf_expect_issues("services: {ssh: {enable: no}}\n",
		"F:1:18: services.ssh.enable: unknown key; did you mean enabled?\n");
	conf_expect_issues("romon: {elephant: 1}\n", "F:1:9: romon.elephant: unknown key\n");
	conf_expect_issues("romon.id: auto\n", "F:1:1: romon.id: unknown key; did you mean romon?\n");
	conf_expect_issues("ports: {all: {device: x}}\n", "F:1:15: ports.all.device: unknown key\n");
	conf_expect_issues("ports: {p: {device: net_pcap0,rx_pcap=in.pcap}}\n",
		"F:1:31: ports.p.rx_pcap=in.pcap: unknown key; quote a text that has commas\n");
	conf_expect_issues("\"ro\\x1bmon\": {}\n", "F:1:1: ro?mon: unknown key; did you mean romon?\n");
	conf_expect_issues("\"romon\\0\": {}\n", "F:1:1: romon?: unknown key; did you mean romon?\n");
}

static void every_error_in_one_pass_in_file_order(void)
{
	conf_expect_issues("log: {level: x}\n"
			   "relay-groups: {g: {ports: {r: {cost: 1}}}}\n"
			   "ports:\n"
			   "  a: {cost: x}\n"
			   "  b: {vlan: x}\n"
			   "bad: 1\n",
		"F:1:14: log.level: expected error, warning, notice, info or debug, got x\n"
		"F:2:16: warning: relay-groups.g: relays nothing: fewer than two of its ports are enabled\n"
		"F:2:32: relay-groups.g.ports.r.cost: unknown key\n"
		"F:4:13: ports.a.cost: expected 1..65535, got x\n"
		"F:5:13: ports.b.vlan: expected none or 1..4094, got x\n"
		"F:6:1: bad: unknown key\n");
}

static void what_is_not_a_map_or_list_is_named(void)
{
	conf_expect_issues("hello\n", "F:1:1: expected a map of keys, got hello\n");
	conf_expect_issues("[1, 2]\n", "F:1:1: expected a map of keys, got a list\n");
	conf_expect_issues("romon: 5\n", "F:1:8: romon: expected a map of keys, got 5\n");
	conf_expect_issues("ports: [a]\n", "F:1:8: ports: expected a map of port names, got a list\n");
	conf_expect_issues("ports: {e: eth1}\n", "F:1:12: ports.e: expected keys such as device, got eth1\n");
	conf_expect_issues("ports: {all: no}\n", "F:1:14: ports.all: expected keys such as forbid, got no\n");
	conf_expect_issues(
		"relay-groups: x\n", "F:1:15: relay-groups: expected a map of group names, got x\n");
	conf_expect_issues("filters: {a: 1}\n", "F:1:10: filters: expected a list of filters, got a map\n");
	conf_expect_issues(
		"filters: [x]\n", "F:1:11: filters[0]: expected keys such as deny-service, got x\n");
}

static void duplicates_are_errors(void)
{
	conf_expect_issues("ports:\n  e: {cost: 1, cost: 2}\n  e: {}\nports: {}\n",
		"F:2:16: ports.e.cost: duplicate key; first in line 2\n"
		"F:3:3: ports.e: duplicate key; first in line 2\n"
		"F:4:1: ports: duplicate key; first in line 1\n");
	conf_expect_issues(
		"ports: {all: {}, all: {}}\n", "F:1:18: ports.all: duplicate key; first in line 1\n");
	conf_expect_issues("relay-groups: {g: {ports: {a: , b: }}, g: }\nrelay-groups:\n",
		"F:1:40: relay-groups.g: duplicate key; first in line 1\n"
		"F:2:1: relay-groups: duplicate key; first in line 1\n");
}

static void aliases_and_tags_are_refused_not_followed(void)
{
	conf_expect_issues("log: &x {level: info}\nromon: *x\n",
		"F:2:8: romon: expected a map of keys, got an alias (not accepted: write the value out)\n");
	conf_expect_issues(
		"ports:\n  a: &a {cost: 5}\n  b:\n    <<: *a\n", "F:4:5: ports.b.<<: unknown key\n");
	conf_expect_issues("ports: {a: {cost: !!int 5}}\n",
		"F:1:19: ports.a.cost: expected 1..65535, got a tag (not accepted: leave it out)\n");
	conf_expect_issues("ports: !!map {a: {}}\n",
		"F:1:8: ports: expected a map of port names, got a tag (not accepted: leave it out)\n");
	conf_expect_issues("? *a\n: 1\n", "F:1:3: a key must be plain text\n");
	conf_expect_issues("? [a]\n: 1\n", "F:1:3: a key must be plain text\n");
}

static void alias_bomb_costs_nothing(void)
{
	char yaml[8192] = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
	size_t len = strlen(yaml);

	for (int i = 1; i < 30; i++)
		len += (size_t)snprintf(yaml + len, sizeof(yaml) - len,
			"a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", i, i, i - 1, i - 1,
			i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
	static struct conf_issues issues;
	CU_ASSERT_PTR_NULL(conf_load_text(yaml, len, &issues));
	CU_ASSERT_EQUAL(issues.n_errors, 30); // thirty unknown keys
}

static void limits_of_the_tree(void)
{
	char *yaml = malloc(CONF_FILE_SIZE_MAX + 2);
	size_t len = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(yaml);
	memset(yaml, '[', 1000);
	conf_free(conf_expect_bytes(yaml, 1000, "F:1:17: nested more than 16 levels deep\n"));
	memcpy(yaml, "a: [", 4);
	for (len = 4; len < 4 + 2 * 1025; len += 2)
		memcpy(yaml + len, "x,", 2);
	memcpy(yaml + len, "]", 2);
	conf_free(conf_expect_bytes(yaml, len + 1, "F:1:2053: more than 1024 entries in one list or map\n"));
	len = 0;
	for (int list = 0; list < 100; list++) {
		len += (size_t)snprintf(yaml + len, 32, "a%d: [", list);
		for (int i = 0; i < 1000; i++, len += 2)
			memcpy(yaml + len, "x,", 2);
		memcpy(yaml + len, "]\n", 2);
		len += 2;
	}
	conf_free(conf_expect_bytes(yaml, len, "F:66:945: more than 65536 values in the file\n"));
	memset(yaml, ' ', CONF_FILE_SIZE_MAX + 1);
	conf_free(conf_expect_bytes(yaml, CONF_FILE_SIZE_MAX, ""));
	conf_free(conf_expect_bytes(yaml, CONF_FILE_SIZE_MAX + 1, "F: larger than 1048576 bytes\n"));
	free(yaml);
}

static void bytes_that_are_not_text(void)
{
#define BAD(byte, at, text) \
	conf_expect_issues(text, "F:" at ": byte 0x" byte ": not UTF-8 text, or a control character\n")
	BAD("ff", "2:4", "a: 1\nb: \xff\n");
	BAD("80", "1:1", "\x80");
	BAD("c0", "1:1", "\xc0\xaf");                // longer than needed
	BAD("ed", "1:5", "a: \xc3\xbc\xed\xa0\x80"); // a surrogate
	BAD("f4", "1:1", "\xf4\x90\x80\x80");        // beyond U+10FFFF
	BAD("e2", "1:1", "\xe2\x82");                // cut
	BAD("1b", "2:2", "\r\n \x1b[0m");
	BAD("7f", "3:1", "\r\r\x7f");
	BAD("c2", "1:1", "\xc2\x85");     // next line: libyaml would count it
	BAD("e2", "1:1", "\xe2\x80\xa8"); // line separator
	BAD("ef", "1:2", " \xef\xbb\xbf");
#undef BAD
	conf_free(conf_expect_bytes("a\0b", 3, "F:1:2: byte 0x00: not UTF-8 text, or a control character\n"));
	conf_expect_issues("\xef\xbb\xbfromon: {channel: 1}\n", ""); // a byte order mark at the start is fine
	conf_expect_issues(
		"\xef\xbb\xbf# of an editor\nromon: {channel: 300}\n", // and what follows is where it is
		"F:2:18: romon.channel: expected default or 1..255, got 300\n");
	conf_expect_issues("romon: {identity: \"\\uFFFE\"}",
		"F:1:19: romon.identity: control characters and line ends are not accepted\n");
}

static void syntax_errors_come_from_libyaml(void)
{
	conf_expect_issues("romon:\n\tid: auto\n", "F:2:1: not valid YAML: while scanning for the next "
						   "token, found character that cannot start any "
						   "token; indent with spaces, not tabs\n");
	conf_expect_issues("a: [1, 2\nb: 3\n",
		"F:2:2: not valid YAML: while parsing a flow sequence, did not find expected ',' or ']'\n");
	conf_expect_issues("a: 'x\n",
		"F:2:1: not valid YAML: while scanning a quoted scalar, found unexpected end of "
		"stream\n");
	conf_expect_issues("a: 1\n---\nb: 2\n", "F:2:1: more than one YAML document in the file\n");
	conf_expect_issues(
		"a: 1\n b: 2\n", "F:2:3: not valid YAML: mapping values are not allowed in this context\n");
}

static void issues_beyond_the_list_are_counted(void)
{
	static struct conf_issues issues;
	char yaml[4096];
	size_t len = 0;

	for (int i = 0; i < 150; i++)
		len += (size_t)snprintf(yaml + len, sizeof(yaml) - len, "unknown%d: 1\n", i);
	CU_ASSERT_PTR_NULL(conf_load_text(yaml, len, &issues));
	CU_ASSERT_EQUAL(issues.n, CONF_ISSUES_MAX);
	CU_ASSERT_EQUAL(issues.n_errors, 150);
	CU_ASSERT_EQUAL(issues.n_lost, 50);
}

static void file_that_cannot_be_read_is_an_issue(void)
{
	static struct conf_issues issues;

	CU_ASSERT_PTR_NULL(conf_load("/nonexistent/romond.yaml", &issues));
	CU_ASSERT_EQUAL(issues.n_errors, 1);
	CU_ASSERT_STRING_EQUAL(issues.list[0].text, "cannot be read: No such file or directory");
	CU_ASSERT_PTR_NULL(conf_load("/", &issues));
	CU_ASSERT_STRING_EQUAL(issues.list[0].text, "is a directory, not a regular file");
	CU_ASSERT_PTR_NULL(conf_load("/dev/zero", &issues));
	CU_ASSERT_STRING_EQUAL(issues.list[0].text, "is a device, not a regular file");
}

// No writer is waited for, and an endless file is not read.
static void fifo_and_huge_file_are_refused_at_once(void)
{
	static struct conf_issues issues;
	char path[] = "/tmp/romond-test-XXXXXX";
	char fifo[] = "/tmp/romond-test-fifo-XXXXXX";

	int fd = mkstemp(path);
	CU_ASSERT_EQUAL(ftruncate(fd, (off_t)1 << 40), 0);
	CU_ASSERT_PTR_NULL(conf_load(path, &issues));
	CU_ASSERT_STRING_EQUAL(issues.list[0].text, "is larger than 1048576 bytes");
	struct conf_source source = {.path = "a name", .fd = fd, .secrets_fd = -1};
	CU_ASSERT_PTR_NULL(conf_load_from(&source, &issues));
	CU_ASSERT_STRING_EQUAL(issues.list[0].text, "is larger than 1048576 bytes");
	CU_ASSERT_EQUAL(ftruncate(fd, 0), 0);
	CU_ASSERT_EQUAL(dprintf(fd, "romon: {identity: x}\n"), 21);
	struct conf *conf = conf_load_from(&source, &issues); // by its descriptor alone
	CU_ASSERT_PTR_NOT_NULL(conf);
	CU_ASSERT_EQUAL(fcntl(fd, F_GETFD) >= 0, true); // which stays the caller's
	conf_free(conf);
	close(fd);

	source = (struct conf_source){.path = path, .fd = -1, .secrets_fd = -1, .is_judged = true};
	conf = conf_load_from(&source, &issues);
	CU_ASSERT_PTR_NOT_NULL(conf);
	conf_free(conf);
	CU_ASSERT_EQUAL(chmod(path, 0620), 0);
	CU_ASSERT_PTR_NULL(conf_load_from(&source, &issues)); // for who runs on it
	CU_ASSERT_STRING_EQUAL(issues.list[0].text, "may be written by a group (mode 0620): chmod go-w it");
	conf = conf_load(path, &issues); // not for who only looks
	CU_ASSERT_PTR_NOT_NULL(conf);
	conf_free(conf);
	unlink(path);

	close(mkstemp(fifo));
	unlink(fifo);
	CU_ASSERT_EQUAL(mkfifo(fifo, 0600), 0);
	CU_ASSERT_PTR_NULL(conf_load(fifo, &issues));
	CU_ASSERT_STRING_EQUAL(issues.list[0].text, "is a FIFO or pipe, not a regular file");
	unlink(fifo);
}

static const struct suite_case cases[] = {
	SUITE_CASE(empty_file_gives_the_defaults),
	SUITE_CASE(values_arrive_in_their_fields),
	SUITE_CASE(other_spellings_of_a_value),
	SUITE_CASE(errors_of_numbers),
	SUITE_CASE(errors_of_durations),
	SUITE_CASE(errors_of_words_and_texts),
	SUITE_CASE(errors_of_endpoints),
	SUITE_CASE(errors_of_forwards),
	SUITE_CASE(errors_of_lists_name_the_element),
	SUITE_CASE(unknown_keys_get_a_suggestion),
	SUITE_CASE(every_error_in_one_pass_in_file_order),
	SUITE_CASE(what_is_not_a_map_or_list_is_named),
	SUITE_CASE(duplicates_are_errors),
	SUITE_CASE(aliases_and_tags_are_refused_not_followed),
	SUITE_CASE(alias_bomb_costs_nothing),
	SUITE_CASE(limits_of_the_tree),
	SUITE_CASE(bytes_that_are_not_text),
	SUITE_CASE(syntax_errors_come_from_libyaml),
	SUITE_CASE(issues_beyond_the_list_are_counted),
	SUITE_CASE(file_that_cannot_be_read_is_an_issue),
	SUITE_CASE(fifo_and_huge_file_are_refused_at_once),
};

SUITE_MAIN("conf_load", cases)
