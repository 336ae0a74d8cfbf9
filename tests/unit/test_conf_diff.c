// SPDX-License-Identifier: BSD-3-Clause
// What changed, and how it takes effect; the effective configuration as text; no secret in either.
#include "conf_expect.h"

static struct conf *load(const char *yaml)
{
	static struct conf_issues issues;
	struct conf *conf = conf_load_text(yaml, strlen(yaml), &issues);

	if (conf == NULL)
		conf_issues_print(&issues, "F", stderr);
	CU_ASSERT_PTR_NOT_NULL_FATAL(conf);
	return conf;
}

// Check that before -> after gives exactly the lines of expected: "key: before -> after (class)\n"…
static void diff_is(const char *before_yaml, const char *after_yaml, const char *expected,
	enum conf_reload expected_worst)
{
	struct conf *before = load(before_yaml);
	struct conf *after = load(after_yaml);
	struct conf_change changes[32];
	enum conf_reload worst = CONF_RELOAD_RESTART;
	char *text = NULL;
	size_t text_len = 0;
	FILE *out = open_memstream(&text, &text_len);
	size_t n = conf_diff(before, after, changes, BASE_ARRAY_LEN(changes), &worst);

	CU_ASSERT_TRUE_FATAL(n <= BASE_ARRAY_LEN(changes));
	for (size_t i = 0; i < n; i++)
		fprintf(out, "%s: %s -> %s (%s)\n", changes[i].key, changes[i].before, changes[i].after,
			conf_reload_name(changes[i].reload));
	fclose(out);
	if (strcmp(text, expected) != 0)
		fprintf(stderr, "--- expected:\n%s--- got:\n%s---\n", expected, text);
	CU_ASSERT_STRING_EQUAL(text, expected);
	CU_ASSERT_EQUAL(worst, expected_worst);
	free(text);
	conf_free(before);
	conf_free(after);
}

static void nothing_changed(void)
{
	diff_is("", "", "", CONF_RELOAD_NONE);
	diff_is("romon: {flood-hold: 1s, enabled: yes}\nports: {a: {}, b: {}}\nfilters: [{deny-service: "
		"4}]\n",
		"ports: {b: {device: b}, a: {cost: 100}}\nromon: {enabled: true, flood-hold: 1000ms}\n"
		"filters:\n- deny-service: [winbox]\n  port: all\n",
		"", CONF_RELOAD_NONE);
}

static void live_changes(void)
{
	diff_is("romon: {identity: h}\nports: {a: {}}\n",
		"romon: {enabled: no, id: 02:00:00:00:00:01, identity: x, channel: 3, hop-limit: 8, "
		"flood-hold: 0s,\n"
		"        neighbor-age: 5m}\n"
		"ports: {a: {cost: 7, forbid: on, comment: hi}}\n"
		"limits: {discover-in: none, punt: 5}\nlog: {level: debug, format: json}\n"
		"filters: [{deny-service: ssh}]\n",
		"romon.enabled: true -> false (live)\n"
		"romon.id: auto -> 02:00:00:00:00:01 (live)\n"
		"romon.identity: h -> x (live)\n"
		"romon.channel: default -> 3 (live)\n"
		"romon.hop-limit: 32 -> 8 (live)\n"
		"romon.flood-hold: 400ms -> 0s (live)\n"
		"romon.neighbor-age: 60s -> 300s (live)\n"
		"limits.discover-in: 2000 -> none (live)\n"
		"limits.punt: 10000 -> 5 (live)\n"
		"log.level: info -> debug (live)\n"
		"log.format: text -> json (live)\n"
		"ports.a.cost: 100 -> 7 (live)\n"
		"ports.a.forbid: false -> true (live)\n"
		"ports.a.comment:  -> hi (live)\n"
		"filters[0]: (absent) -> (present) (live)\n",
		CONF_RELOAD_LIVE);
}

static void changes_of_ports(void)
{
	diff_is("ports:\n  a: {link-id: 1}\n  gone: {device: eth7}\n",
		"ports:\n  a: {device: eth1, vlan: 5, driver: af-packet, disabled: yes, link-id: 2}\n  new: "
		"{device: eth8}\n",
		"ports.a.device: a -> eth1 (port restart)\n"
		"ports.a.driver: auto -> af-packet (port restart)\n"
		"ports.a.vlan: none -> 5 (port restart)\n"
		"ports.a.link-id: 1 -> 2 (port restart)\n"
		"ports.a.disabled: false -> true (port restart)\n"
		"ports.gone: eth7 -> (absent) (port restart)\n"
		"ports.new: (absent) -> eth8 (port restart)\n",
		CONF_RELOAD_PORT);
	// the default of all shows at each port that takes it
	diff_is("ports: {all: {cost: 5}, a: {}, b: {cost: 9}}\n", "ports: {a: {}, b: {cost: 9}}\n",
		"ports.all.cost: 5 -> 100 (live)\nports.a.cost: 5 -> 100 (live)\n", CONF_RELOAD_LIVE);
}

static void changes_of_relay_groups(void)
{
	diff_is("ports: {a: {}}\nrelay-groups:\n  g: {ports: {r1: , r2: , r3: {device: x}}}\n  old: {ports: "
		"{o1: , o2: }}\n",
		"relay-groups:\n  g: {ports: {r1: {comment: c}, r2: {vlan: 3}, a: }, storm-limit: none, "
		"loop-guard: 0}\n"
		"  new: {ports: {o1: , o2: }}\n",
		"ports.a: a -> (absent) (port restart)\n"
		"relay-groups.g.storm-limit: 100000 -> none (live)\n"
		"relay-groups.g.loop-guard: 1s -> 0s (live)\n"
		"relay-groups.old: (present) -> (absent) (port restart)\n"
		"relay-groups.new: (absent) -> (present) (port restart)\n"
		"relay-groups.g.ports.r1.comment:  -> c (live)\n"
		"relay-groups.g.ports.r2.vlan: none -> 3 (port restart)\n"
		"relay-groups.g.ports.r3: x -> (absent) (port restart)\n"
		"relay-groups.old.ports.o1: o1 -> (absent) (port restart)\n"
		"relay-groups.old.ports.o2: o2 -> (absent) (port restart)\n"
		"relay-groups.g.ports.a: (absent) -> a (port restart)\n"
		"relay-groups.new.ports.o1: (absent) -> o1 (port restart)\n"
		"relay-groups.new.ports.o2: (absent) -> o2 (port restart)\n",
		CONF_RELOAD_PORT);
}

static void changes_that_need_a_restart(void)
{
	diff_is("",
		"workers: {cores: [1, 2], idle: busy, burst: 8}\nmemory: {hugepages: off, mbufs: 2048}\n"
		"limits: {neighbors: 10, neighbors-per-port: 5, origins: 16}\ncontrol: {socket: /x, group: "
		"g}\n"
		"eal-args: -a\nfile-prefix: p\n",
		"limits.neighbors-per-port: 4096 -> 5 (restart)\n"
		"limits.neighbors: 1000000 -> 10 (restart)\n"
		"limits.origins: 65536 -> 16 (restart)\n"
		"workers.cores: auto -> [1, 2] (restart)\n"
		"workers.idle: interrupt -> busy (restart)\n"
		"workers.burst: 32 -> 8 (restart)\n"
		"memory.hugepages: auto -> off (restart)\n"
		"memory.mbufs: auto -> 2048 (restart)\n"
		"control.socket: /run/romond/control.sock -> /x (restart)\n"
		"control.group: romon -> g (restart)\n"
		"eal-args:  -> -a (restart)\n"
		"file-prefix: romond -> p (restart)\n",
		CONF_RELOAD_RESTART);
}

static void changes_of_filters_and_secrets(void)
{
	diff_is("filters:\n- deny-id: 02:00:00:00:00:01\n- deny-service: 1\n",
		"filters:\n- deny-id: [02:00:00:00:00:01, 02:00:00:00:00:02]\n",
		"filters[0].deny-id: [02:00:00:00:00:01] -> [02:00:00:00:00:01, 02:00:00:00:00:02] (live)\n"
		"filters[1]: (present) -> (absent) (live)\n",
		CONF_RELOAD_LIVE);
	diff_is("romon: {secrets: [aaa]}\nports: {a: {secrets: [x, y]}}\n",
		"romon: {secrets: [bbb]}\nports: {a: {}}\n",
		"romon.secrets: (1 secret) -> (1 secret) (live)\nports.a.secrets: (2 secrets) -> (0 secrets) "
		"(live)\n",
		CONF_RELOAD_LIVE);
}

static void more_changes_than_room_are_counted(void)
{
	struct conf *before = load("");
	struct conf *after = load("workers: {burst: 8}\nlog: {level: debug}\n");
	struct conf_change change;
	enum conf_reload worst;

	CU_ASSERT_EQUAL(conf_diff(before, after, &change, 1, &worst), 2);
	CU_ASSERT_STRING_EQUAL(change.key, "workers.burst");
	CU_ASSERT_EQUAL(worst, CONF_RELOAD_RESTART);
	CU_ASSERT_EQUAL(conf_diff(before, after, NULL, 0, &worst), 2);
	conf_free(before);
	conf_free(after);
}

// "eal-args: " with pad characters of one byte before n of two.
static size_t cut_len(int pad, int n)
{
	char yaml[512];
	size_t len = (size_t)snprintf(yaml, sizeof(yaml), "eal-args: \"%.*s", pad, "aa");
	struct conf_change change;
	enum conf_reload worst;

	for (int i = 0; i < n; i++)
		len += (size_t)snprintf(yaml + len, sizeof(yaml) - len, "ü");
	snprintf(yaml + len, sizeof(yaml) - len, "\"");
	struct conf *before = load("");
	struct conf *after = load(yaml);
	CU_ASSERT_EQUAL(conf_diff(before, after, &change, 1, &worst), 1);
	conf_free(before);
	conf_free(after);
	return strlen(change.after);
}

static void long_values_are_cut_at_a_character(void)
{
	CU_ASSERT_EQUAL(cut_len(1, 63), 127);
	CU_ASSERT_EQUAL(cut_len(1, 80), 127);
	CU_ASSERT_EQUAL(cut_len(2, 80), 126); // 127 would end in half a character
}

static void show_can_be_loaded_again(void)
{
	static const char *const files[] = {"",
		"romon: {id: 02:00:00:00:00:01, identity: 'a \"b\" \\ # ü', channel: 9, flood-hold: 1500ms}\n"
		"ports:\n  '-a': {device: 'net_pcap0,rx_pcap=a: b.pcap', vlan: 7, comment: \"x'y\"}\n  _b: "
		"{device: '#1'}\n"
		"  null: {link-id: 3}\n  .c: {}\n"
		"relay-groups: {g: {ports: {r1: , r2: {vlan: 2}}}, empty: }\n"
		"filters: [{deny-service: [1, 2, ssh]}, {port: _b, deny-id: 02:00:00:00:00:09}]\n"
		"workers: {cores: [1, 3]}\nmemory: {hugepages: off, mbufs: 4096}\nlimits: {discover-in: "
		"none}\n"};

	for (size_t i = 0; i < BASE_ARRAY_LEN(files); i++) {
		struct conf *conf = load(files[i]);
		char *text = conf_show(conf);
		enum conf_reload worst;

		CU_ASSERT_PTR_NOT_NULL_FATAL(text);
		struct conf *again = load(text);
		CU_ASSERT_EQUAL(conf_diff(conf, again, NULL, 0, &worst), 0);
		CU_ASSERT_EQUAL(worst, CONF_RELOAD_NONE);
		free(text);
		conf_free(again);
		conf_free(conf);
	}
}

static void show_hides_secrets(void)
{
	struct conf *conf =
		load("romon: {secrets: [hunter1]}\nports: {all: {secrets: [hunter2, '']}, a: , b: {secrets: "
		     "[hunter3]}}\n");
	char *text = conf_show(conf);
	static struct conf_issues issues;

	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	CU_ASSERT_PTR_NULL(strstr(text, "hunter"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\n  secrets: (hidden) # 1\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\n    secrets: (hidden) # 2\n"));
	// what stands in a secret's place is not taken for a secret
	CU_ASSERT_PTR_NULL(conf_load_text(text, strlen(text), &issues));
	CU_ASSERT_EQUAL(issues.n_errors, 4);
	free(text);
	conf_free(conf);
}

static const struct suite_case cases[] = {
	SUITE_CASE(nothing_changed),
	SUITE_CASE(live_changes),
	SUITE_CASE(changes_of_ports),
	SUITE_CASE(changes_of_relay_groups),
	SUITE_CASE(changes_that_need_a_restart),
	SUITE_CASE(changes_of_filters_and_secrets),
	SUITE_CASE(more_changes_than_room_are_counted),
	SUITE_CASE(long_values_are_cut_at_a_character),
	SUITE_CASE(show_can_be_loaded_again),
	SUITE_CASE(show_hides_secrets),
};

SUITE_MAIN("conf_diff", cases)
