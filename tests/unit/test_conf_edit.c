// SPDX-License-Identifier: BSD-3-Clause
// Edits of single keys above a file: paths, what holds, what is left out, and the way through YAML.
#include <stdlib.h>
#include <string.h>

#include "conf_edit.h"
#include "conf_tree.h"
#include "suite.h"

#define FILE_TEXT                                                                      \
	"romon: { identity: n } # a comment\n"                                         \
	"ports:\n  e0: { device: eth0, cost: 5 }\n  e1.7: { device: eth1, vlan: 7 }\n" \
	"relay-groups: { g.x: { ports: { r0: { device: eth2 }, r1: { device: eth3 } } } }\n"

static struct conf_issues issues;
static char why_buf[256];
static struct base_text why;

// The file with an overlay of these lines, the last n_must of which have to fit.
static struct conf *loaded(const char *file, const char *lines, uint32_t n_must)
{
	char overlay_text[4096];

	snprintf(overlay_text, sizeof(overlay_text), "edits:\n%s", lines);
	struct conf_text *text = conf_text_make(file, strlen(file));
	struct conf_text *overlay = conf_text_make(overlay_text, strlen(overlay_text));
	struct conf_source source = {.path = "file",
		.fd = -1,
		.secrets_fd = -1,
		.text = text,
		.overlay = overlay,
		.n_must = n_must};
	struct conf *conf = conf_load_from(&source, &issues);
	conf_text_release(text);
	conf_text_release(overlay);
	return conf;
}

static bool is_said(const char *part)
{
	for (uint32_t i = 0; i < issues.n; i++) {
		if (strstr(issues.list[i].text, part) != NULL)
			return true;
	}
	return false;
}

static void path_is(const struct conf *conf, const char *text, uint32_t n, const char *name, const char *last)
{
	struct conf_path path;
	char out_buf[CONF_KEY_PATH_SIZE];
	struct base_text out;

	base_text_init(&why, why_buf, sizeof(why_buf));
	CU_ASSERT_EQUAL_FATAL(conf_path_parse(conf, text, &path, &why), 0);
	CU_ASSERT_EQUAL(path.n, n);
	CU_ASSERT_STRING_EQUAL(path.names[1], name);
	CU_ASSERT_STRING_EQUAL(path.names[n - 1], last);
	base_text_init(&out, out_buf, sizeof(out_buf));
	conf_path_format(&path, &out);
	CU_ASSERT_STRING_EQUAL(out_buf, text);
}

static void names_with_dots_are_found(void)
{
	struct conf *conf = loaded(FILE_TEXT, "", 0);
	struct conf_path path;

	CU_ASSERT_PTR_NOT_NULL_FATAL(conf);
	path_is(conf, "ports.e0.cost", 3, "e0", "cost");
	path_is(conf, "ports.e1.7.cost", 3, "e1.7", "cost");
	path_is(conf, "ports.e1.7", 2, "e1.7", "e1.7");
	path_is(conf, "ports.all.cost", 3, "all", "cost");
	path_is(conf, "ports.new.8.cost", 3, "new.8", "cost");
	path_is(conf, "relay-groups.g.x.storm-limit", 3, "g.x", "storm-limit");
	path_is(conf, "relay-groups.g.x.ports.r0.comment", 5, "g.x", "comment");
	path_is(conf, "services.ssh.to", 3, "ssh", "to");
	base_text_init(&why, why_buf, sizeof(why_buf));
	CU_ASSERT_EQUAL(conf_path_parse(conf, "romon.identiti", &path, &why), -EINVAL);
	CU_ASSERT_STRING_EQUAL(why_buf, "romon.identiti: unknown key; did you mean identity?");
	base_text_init(&why, why_buf, sizeof(why_buf));
	CU_ASSERT_EQUAL(conf_path_parse(conf, "ports.e0.a b", &path, &why), -EINVAL);
	base_text_init(&why, why_buf, sizeof(why_buf));
	CU_ASSERT_EQUAL(conf_path_parse(conf, "ports", &path, &why), -EINVAL);
	conf_free(conf);
}

static void edits_hold_above_the_file(void)
{
	struct conf *conf = loaded(FILE_TEXT,
		"- {set: [ports, e0, cost], to: 70}\n- {remove: [ports, \"e1.7\"]}\n"
		"- {add: [ports, e9]}\n- {set: [ports, e9, device], to: eth9}\n"
		"- {set: [discovery, interval], to: 7s}\n- {remove: [romon, identity]}\n",
		0);

	CU_ASSERT_PTR_NOT_NULL_FATAL(conf);
	CU_ASSERT_EQUAL(conf->ports[conf_port_find(conf, "e0")].cost, 70);
	CU_ASSERT(conf_port_find(conf, "e1.7") < 0);
	CU_ASSERT_STRING_EQUAL(conf->ports[conf_port_find(conf, "e9")].device, "eth9");
	CU_ASSERT_EQUAL(conf->discovery.interval_ms, 7000);
	CU_ASSERT_STRING_NOT_EQUAL(conf->romon.identity, "n");
	CU_ASSERT_EQUAL(conf->n_edits, 6);
	CU_ASSERT_EQUAL(conf->n_left_out, 0);
	conf_free(conf);
}

static void what_does_not_fit_any_more_is_left_out_and_said(void)
{
	struct conf *conf = loaded(FILE_TEXT,
		"- {set: [ports, gone, cost], to: 70}\n- {set: [ports, e0, cost], to: 99999}\n"
		"- {set: [romon, wish], to: 1}\n- {set: [romon, channel], to: 9}\n- {remove: [ports, gone]}\n"
		"- {set: [ports, e1.7, device], to: eth0}\n- {set: [ports, \"e1.7\", vlan], to: none}\n",
		0);

	CU_ASSERT_PTR_NOT_NULL_FATAL(conf);
	CU_ASSERT_EQUAL(conf->romon.channel, 9);
	CU_ASSERT_EQUAL(conf->ports[0].cost, 5);
	CU_ASSERT_EQUAL(conf->n_left_out, 5); // of the last two each would do, both are one too many
	CU_ASSERT(is_said("ports.gone.cost: this edit is left out: the file has no ports.gone"));
	CU_ASSERT(
		is_said("ports.e0.cost: this edit is left out: ports.e0.cost: expected 1..65535, got 99999"));
	CU_ASSERT(is_said("romon.wish: this edit is left out: this romond has no such key"));
	CU_ASSERT(is_said("`romonctl config reset ports.gone` drops it"));
	conf_free(conf);
}

static void what_is_new_has_to_fit(void)
{
	CU_ASSERT_PTR_NULL(loaded(FILE_TEXT, "- {set: [ports, e0, cost], to: 70000}\n", 1));
	CU_ASSERT_EQUAL(issues.n_errors, 1);
	CU_ASSERT_STRING_EQUAL(issues.list[0].text, "ports.e0.cost: expected 1..65535, got 70000");
	CU_ASSERT_EQUAL(issues.list[0].line, 0);
	CU_ASSERT_PTR_NULL(loaded(FILE_TEXT, "- {set: [ports, gone, cost], to: 7}\n", 1));
	// beside one that does not fit any more
	struct conf *conf = loaded(FILE_TEXT,
		"- {set: [ports, gone, cost], to: 7}\n- {set: [romon, channel], to: 999}\n"
		"- {set: [ports, e0, cost], to: 7}\n",
		1);
	CU_ASSERT_PTR_NOT_NULL_FATAL(conf);
	CU_ASSERT_EQUAL(conf->ports[0].cost, 7);
	CU_ASSERT_EQUAL(conf->n_left_out, 2);
	conf_free(conf);
	// the file's own faults are the file's
	CU_ASSERT_PTR_NULL(loaded("romon:\n  channel: x\n", "- {set: [romon, identity], to: a}\n", 0));
	CU_ASSERT_EQUAL(issues.list[0].line, 2);
}

static void damage_is_no_overlay(void)
{
	static const char *const bad[] = {"- {set: [ports, e0, cost]}\n", "- {put: [ports]}\n", "- x\n",
		"- {set: [", "- {set: [a, b, c, d, e, f], to: 1}\n", "- {set: [\"a b\"], to: 1}\n",
		"- {remove: [ports, e0], to: 1}\n"};

	for (size_t i = 0; i < BASE_ARRAY_LEN(bad); i++) {
		CU_ASSERT_PTR_NULL(loaded(FILE_TEXT, bad[i], 0));
		CU_ASSERT(is_said("the edits above it: "));
	}
}

static struct conf_path path_of(const struct conf *conf, const char *text)
{
	struct conf_path path;

	base_text_init(&why, why_buf, sizeof(why_buf));
	CU_ASSERT_EQUAL_FATAL(conf_path_parse(conf, text, &path, &why), 0);
	return path;
}

static void put(struct conf_edits *edits, const struct conf *conf, const char *key, const char *value)
{
	struct conf_path path = path_of(conf, key);
	struct conf_node *node = conf_value_node(path.key, value, &why);

	CU_ASSERT_PTR_NOT_NULL_FATAL(node);
	CU_ASSERT_EQUAL(conf_edits_put(edits, CONF_VERB_SET, &path, node), 0);
}

static void a_list_goes_through_its_text_and_back(void)
{
	struct conf *conf = loaded(FILE_TEXT, "", 0);
	struct conf_edits *edits = conf_edits_create();
	struct conf_edits *again = conf_edits_create();
	struct conf_text *text;
	struct conf_text *same;

	put(edits, conf, "ports.e0.comment", "quotes \" and \\ and: # {[,");
	put(edits, conf, "romon.secrets", "[one, \"two, three\"]");
	put(edits, conf, "ports.e1.7.secrets", "[\"[x\"]");
	put(edits, conf, "ports.e0.comment", "");
	put(edits, conf, "discovery.masters", "");
	CU_ASSERT_EQUAL(edits->n, 4); // the comment only once
	CU_ASSERT_EQUAL_FATAL(conf_edits_write(edits, &text), 0);
	CU_ASSERT_EQUAL(conf_edits_read(text, again, &why), 0);
	CU_ASSERT_EQUAL(again->n, 4);
	CU_ASSERT_EQUAL_FATAL(conf_edits_write(again, &same), 0);
	CU_ASSERT(conf_text_equal(text, same));
	struct conf_path path = path_of(conf, "ports.e1.7");
	CU_ASSERT_EQUAL(conf_edits_drop(again, &path), 1);
	CU_ASSERT_EQUAL(conf_edits_drop(again, &path), 0);
	char shown_buf[64];
	struct base_text shown;
	base_text_init(&shown, shown_buf, sizeof(shown_buf));
	conf_edit_value_format(&again->list[0], &shown);
	CU_ASSERT_STRING_EQUAL(shown_buf, "(hidden)");
	conf_text_release(text);
	conf_text_release(same);
	conf_edits_destroy(edits);
	conf_edits_destroy(again);
	conf_free(conf);
}

static void there_is_an_end_of_edits(void)
{
	struct conf *conf = loaded("ports: { a: {} }\n", "", 0);
	struct conf_edits *edits = conf_edits_create();
	struct conf_text *text;
	char name[32];
	int err = 0;

	for (uint32_t i = 0; i < CONF_EDITS_MAX + 1; i++) {
		struct conf_path path;

		snprintf(name, sizeof(name), "p%u", i);
		CU_ASSERT_EQUAL(conf_path_entry("ports", name, &path, &why), 0);
		err = conf_edits_put(edits, CONF_VERB_ADD, &path, NULL);
	}
	CU_ASSERT_EQUAL(err, -ENOSPC);
	CU_ASSERT_EQUAL(edits->n, CONF_EDITS_MAX);
	edits->n = 1;
	char *comment = calloc(1, 70000);
	memset(comment, 'x', 69999);
	struct conf_path path = path_of(conf, "ports.a.comment");
	CU_ASSERT_EQUAL(conf_edits_put(edits, CONF_VERB_SET, &path, conf_node_scalar(comment)), 0);
	CU_ASSERT_EQUAL(conf_edits_write(edits, &text), -ENOSPC);
	free(comment);
	conf_edits_destroy(edits);
	conf_free(conf);
}

static void the_whole_text_says_the_same(void)
{
	struct conf *conf = loaded(FILE_TEXT,
		"- {set: [ports, e0, comment], to: \"a: 'b' \\\"c\\\"\"}\n- {remove: [ports, \"e1.7\"]}\n"
		"- {add: [ports, e9]}\n- {set: [romon, secrets], to: [\"a long one, with a comma\"]}\n"
		"- {set: [filters], to: [{port: e0, deny-service: [ssh, 9]}]}\n- {set: [ports, gone, cost], to: 1}\n",
		0);
	struct conf_change change;
	enum conf_reload worst;

	CU_ASSERT_PTR_NOT_NULL_FATAL(conf);
	struct conf_text *whole = conf_text_whole(conf);
	CU_ASSERT_PTR_NOT_NULL_FATAL(whole);
	struct conf *again = conf_load_text(whole->bytes, whole->len, &issues);
	CU_ASSERT_PTR_NOT_NULL_FATAL(again);
	CU_ASSERT_EQUAL(conf_diff(conf, again, &change, 1, &worst), 0);
	conf_text_release(whole);
	conf_free(again);
	conf_free(conf);
	conf = loaded(FILE_TEXT, "", 0);
	whole = conf_text_whole(conf);
	CU_ASSERT_EQUAL(whole->len, strlen(FILE_TEXT)); // comments and all
	conf_text_release(whole);
	conf_free(conf);
}

static void roots_keys_are_roots(void)
{
	static const char *const roots[] = {"romon.secrets", "ports.e0.secrets", "romon.secrets-file",
		"events.exec", "control.socket", "state.dir", "eal-args", "ports.e0.device",
		"services.ssh.to", "filters", "relay-groups.g.x", "workers.cores"};
	static const char *const operators[] = {
		"ports.e0.cost", "ports.e0", "romon.identity", "discovery.interval", "ports.e0.comment"};
	struct conf *conf = loaded(FILE_TEXT, "", 0);
	struct conf_path path;

	for (size_t i = 0; i < BASE_ARRAY_LEN(roots); i++) {
		path = path_of(conf, roots[i]);
		CU_ASSERT(conf_path_is_roots(&path));
	}
	for (size_t i = 0; i < BASE_ARRAY_LEN(operators); i++) {
		path = path_of(conf, operators[i]);
		CU_ASSERT(!conf_path_is_roots(&path));
	}
	conf_free(conf);
}

static const struct suite_case cases[] = {
	SUITE_CASE(names_with_dots_are_found),
	SUITE_CASE(edits_hold_above_the_file),
	SUITE_CASE(what_does_not_fit_any_more_is_left_out_and_said),
	SUITE_CASE(what_is_new_has_to_fit),
	SUITE_CASE(damage_is_no_overlay),
	SUITE_CASE(a_list_goes_through_its_text_and_back),
	SUITE_CASE(there_is_an_end_of_edits),
	SUITE_CASE(the_whole_text_says_the_same),
	SUITE_CASE(roots_keys_are_roots),
};
SUITE_MAIN("conf", cases)
