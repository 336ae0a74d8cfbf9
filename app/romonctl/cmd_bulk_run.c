// SPDX-License-Identifier: BSD-3-Clause
// run: the same command on many nodes, what each said, and what it meant. Main thread.
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "bulk.h"
#include "export_text.h"
#include "out_text.h"

#define OUTPUT_MAX  (1u << 20)
#define COMMAND_MAX 4096
#define WHY_SIZE    400

struct bulk_run {
	struct bulk bulk;
	struct bulk_words words;
	struct out *out;
	char command[COMMAND_MAX];
};

static bool node_begin(void *user, size_t i, struct bulk_spawn *spawn)
{
	struct bulk_run *r = user;

	bulk_words_make(&r->words, &r->bulk, &r->bulk.nodes[i], r->command);
	*spawn = (struct bulk_spawn){
		.argv = r->words.argv, .out_max = OUTPUT_MAX, .password_fd = r->bulk.password_fd};
	return true;
}

// What the node wrote, fit for a terminal and for JSON. The caller frees it.
static char *output_clean(struct bulk_out *out)
{
	size_t size = 4 * out->len + 1;
	char *clean = out_must(malloc(size));
	size_t to = 0;

	for (size_t i = 0; i < out->len; i++) {
		if (out->text[i] != '\r' && out->text[i] != '\0')
			out->text[to++] = out->text[i];
	}
	out->text[to] = '\0';
	out_text_clean(clean, size, out->text, true, true);
	return clean;
}

static void block_print(struct out *o, json_t *row)
{
	const char *output = json_string_value(json_object_get(row, "output"));
	const char *detail = json_string_value(json_object_get(row, "detail"));
	size_t len = output != NULL ? strlen(output) : 0;

	out_color(o, OUT_BOLD);
	out_print(o, "== %s (%s)\n", json_string_value(json_object_get(row, "identity")),
		json_string_value(json_object_get(row, "address")));
	out_color(o, OUT_PLAIN);
	if (len > 0)
		out_print(o, "%s%s", output, output[len - 1] == '\n' ? "" : "\n");
	if (detail != NULL)
		out_print(o, "failed: %s\n", detail);
}

static void row_write(struct bulk_run *r, const struct bulk_node *node, int exit_code, const char *output)
{
	json_t *row = out_must(json_pack("{s:s, s:s, s:s, s:o, s:I, s:s, s:o}", "identity", node->identity,
		"address", node->id, "result", node->result, "exit-code",
		exit_code < 0 ? json_null() : json_integer(exit_code), "took-ms", (json_int_t)node->took_ms,
		"output", output, "detail",
		node->detail[0] != '\0' ? json_string(node->detail) : json_null()));

	if (out_is_human(r->out)) {
		bulk_progress_end(&r->bulk);
		out_object(r->out, row, block_print);
	} else {
		out_row(r->out, row);
		out_flush(r->out);
	}
	json_decref(row);
}

static bool node_end(void *user, size_t i, struct bulk_out *out)
{
	struct bulk_run *r = user;
	struct bulk_node *node = &r->bulk.nodes[i];
	bool is_exit = WIFEXITED(out->status) && !out->is_late && !out->is_too_much;
	char why_buf[WHY_SIZE];
	struct base_text why;

	base_text_init(&why, why_buf, sizeof(why_buf));
	node->is_ok = true;
	node->result = "ok";
	char *clean = output_clean(out);
	// RouterOS says what went wrong, and ends with 0
	if (!bulk_child_failed(out, node, &r->bulk) && export_has_error(out->text, strlen(out->text), &why))
		bulk_fail(node, "%s", why_buf);
	row_write(r, node, is_exit ? WEXITSTATUS(out->status) : -1, clean);
	free(clean);
	bulk_progress(&r->bulk, node);
	return false;
}

static enum cmd_exit run(struct bulk_run *r)
{
	const struct bulk_work work = {.user = r,
		.n = r->bulk.n,
		.n_jobs = r->bulk.n_jobs,
		.timeout_ms = r->bulk.timeout_ms,
		.begin = node_begin,
		.end = node_end};
	struct out_style style;

	out_style_detect(&style, stdout, r->bulk.call->no_color);
	r->out = out_create(r->bulk.call->format, &style);
	if (!out_is_human(r->out))
		out_begin(r->out, NULL, 0);
	int rc = bulk_pool_run(&work);
	bulk_progress_end(&r->bulk);
	if (!out_is_human(r->out))
		out_end(r->out);
	out_destroy(r->out);
	if (rc == -EINTR)
		fprintf(stderr, "romonctl: stopped; %zu of %zu nodes were done\n", r->bulk.n_done, r->bulk.n);
	else if (rc != 0)
		fprintf(stderr, "romonctl: %s\n", strerror(-rc));
	else if (r->bulk.n_failed > 0)
		fprintf(stderr, "romonctl: %zu of %zu nodes failed\n", r->bulk.n_failed, r->bulk.n);
	return bulk_exit(&r->bulk);
}

// The words behind "--", with blanks between, as ssh joins them.
static bool command_read(struct bulk_run *r, const struct cmd_call *call)
{
	struct base_text t;

	base_text_init(&t, r->command, sizeof(r->command));
	for (int i = 0; i < call->tail_argc; i++)
		base_text_add(&t, "%s%s", i > 0 ? " " : "", call->tail_argv[i]);
	if (t.len == 0)
		fputs("romonctl: run what? Expected -- and a command: romonctl run --all -- /system identity print\n",
			stderr);
	else if (t.is_cut)
		fprintf(stderr, "romonctl: the command is longer than %d bytes\n", COMMAND_MAX - 1);
	return t.len > 0 && !t.is_cut;
}

enum cmd_exit cmd_run_bulk_run(const struct cmd_call *call)
{
	struct bulk_run r = {.out = NULL};

	if (!command_read(&r, call))
		return CMD_EXIT_USAGE;
	enum cmd_exit code = bulk_open(&r.bulk, call);
	if (code == CMD_EXIT_OK)
		code = run(&r);
	bulk_close(&r.bulk);
	return code;
}
