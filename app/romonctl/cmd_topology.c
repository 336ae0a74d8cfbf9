// SPDX-License-Identifier: BSD-3-Clause
// topology: nodes and links gathered page by page, then written as a tree, as JSON or for Graphviz. Main
// thread.
#include <inttypes.h>
#include <string.h>

#include "cmd_job.h"
#include "out_text.h"

#define DEPTH_MAX 130 // more than any path has hops

static const char *text(json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value == NULL ? "" : value;
}

static json_int_t number(json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

// This node as a row like the others: the root.
static enum cmd_exit self_gather(struct cmd_job *job, json_t *nodes)
{
	json_t *data = NULL;
	enum cmd_exit code = cmd_job_ask_for(job, "status", NULL, &data);

	if (code != CMD_EXIT_OK)
		return code;
	json_array_append_new(
		nodes, out_must(json_pack("{s:O?, s:O?, s:O?, s:s, s:i, s:i, s:[], s:i, s:s, s:b}", "address",
			       json_object_get(data, "id"), "identity", json_object_get(data, "identity"),
			       "version", json_object_get(data, "version"), "board", "", "cost", 0, "hops", 0,
			       "path", "l2mtu", 0, "status", "ok", "self", 1)));
	json_decref(data);
	return CMD_EXIT_OK;
}

static enum cmd_exit gather(struct cmd_job *job, json_t **topology)
{
	json_t *nodes = out_must(json_array());
	json_t *edges = out_must(json_array());

	enum cmd_exit code = self_gather(job, nodes);
	if (code == CMD_EXIT_OK)
		code = cmd_job_ask_pages(job, "nodes", NULL, nodes);
	if (code == CMD_EXIT_OK)
		code = cmd_job_ask_pages(job, "links", NULL, edges);
	*topology = out_must(json_pack("{s:o, s:o}", "nodes", nodes, "edges", edges));
	return code;
}

// The id of the node before this one on its path: the root's for neighbors; "" = not known.
static const char *parent_of(json_t *node, const char *root)
{
	json_t *path = json_object_get(node, "path");
	size_t n = json_array_size(path);

	if (n == 0)
		return "";
	const char *parent = n == 1 ? root : json_string_value(json_array_get(path, n - 2));
	return parent == NULL ? "" : parent;
}

// address -> array of the nodes behind it; "" holds those without a path.
static json_t *children_make(json_t *nodes, const char *root)
{
	json_t *children = out_must(json_object());
	json_t *node;
	size_t i;

	json_array_foreach (nodes, i, node) {
		if (i == 0)
			continue;
		const char *parent = parent_of(node, root);
		json_t *list = json_object_get(children, parent);
		if (list == NULL) {
			list = out_must(json_array());
			json_object_set_new(children, parent, list);
		}
		json_array_append(list, node);
	}
	return children;
}

static void node_line(struct out *o, json_t *node)
{
	const char *status = text(node, "status");

	out_print(o, "%s", text(node, "address"));
	if (text(node, "identity")[0] != '\0') {
		out_color(o, OUT_BOLD);
		out_print(o, "  %s", text(node, "identity"));
		out_color(o, OUT_PLAIN);
	}
	if (json_is_true(json_object_get(node, "self"))) {
		out_print(o, "  (this node)\n");
		return;
	}
	out_print(o, "  cost %" JSON_INTEGER_FORMAT, number(node, "cost"));
	if (strcmp(status, "ok") != 0) {
		out_color(o, out_state_color(status));
		out_print(o, "  %s", status);
		out_color(o, OUT_PLAIN);
	}
	out_print(o, "\n");
}

// lasts[i]: the branch at depth i ended, so nothing is drawn there.
static void branch_print(struct out *o, json_t *children, const char *address, bool *lasts, unsigned depth)
{
	bool has_utf8 = o->style.has_utf8;
	json_t *list = json_object_get(children, address);
	json_t *node;
	size_t i;

	if (depth >= DEPTH_MAX)
		return;
	json_array_foreach (list, i, node) {
		bool is_last = i + 1 == json_array_size(list);

		for (unsigned d = 0; d < depth; d++)
			out_print(o, "%s", lasts[d] ? "   " : has_utf8 ? "│  " : "|  ");
		if (has_utf8)
			out_print(o, "%s", is_last ? "└─ " : "├─ ");
		else
			out_print(o, "%s", is_last ? "`- " : "|- ");
		node_line(o, node);
		lasts[depth] = is_last;
		branch_print(o, children, text(node, "address"), lasts, depth + 1);
	}
}

static void tree_print(struct out *o, json_t *topology)
{
	json_t *nodes = json_object_get(topology, "nodes");
	json_t *root = json_array_get(nodes, 0);
	json_t *children = children_make(nodes, text(root, "address"));
	json_t *lost = json_object_get(children, "");
	bool lasts[DEPTH_MAX];
	json_t *node;
	size_t i;

	node_line(o, root);
	if (text(root, "address")[0] != '\0')
		branch_print(o, children, text(root, "address"), lasts, 0);
	if (json_array_size(lost) > 0)
		out_print(o, "\nwithout a path:\n");
	json_array_foreach (lost, i, node) {
		out_print(o, "   ");
		node_line(o, node);
	}
	if (json_array_size(nodes) == 1)
		out_print(o, "no other node is known yet; `romonctl discover` asks\n");
	json_decref(children);
}

// A text in double quotes, for Graphviz.
static void dot_text(struct out *o, const char *t)
{
	for (; *t != '\0'; t++)
		out_print(o, "%s%c", *t == '"' || *t == '\\' ? "\\" : "", *t);
}

static void dot_print(struct out *o, json_t *topology)
{
	json_t *row;
	size_t i;

	out_print(o, "graph romon {\n  node [shape=box];\n");
	json_array_foreach (json_object_get(topology, "nodes"), i, row) {
		bool is_ok = strcmp(text(row, "status"), "ok") == 0;

		out_print(o, "  \"%s\" [label=\"", text(row, "address"));
		dot_text(o, text(row, "identity"));
		out_print(o, "\\n%s\"%s];\n", text(row, "address"), is_ok ? "" : ", style=dashed");
	}
	json_array_foreach (json_object_get(topology, "edges"), i, row) {
		out_print(o, "  \"%s\" -- \"%s\" [label=\"%" JSON_INTEGER_FORMAT "\"%s];\n",
			text(row, "from"), text(row, "to"), number(row, "cost"),
			json_is_false(json_object_get(row, "used")) ? ", style=dashed" : "");
	}
	out_print(o, "}\n");
}

enum cmd_exit cmd_run_topology(const struct cmd_call *call)
{
	json_t *topology = NULL;
	struct cmd_job job;

	enum cmd_exit code = cmd_job_open(&job, call);
	if (code == CMD_EXIT_OK)
		code = gather(&job, &topology);
	if (code == CMD_EXIT_OK) {
		if (call->format == OUT_FORMAT_DOT)
			dot_print(job.out, topology);
		else
			out_object(job.out, topology, tree_print);
	}
	json_decref(topology);
	return cmd_job_close(&job, code);
}
