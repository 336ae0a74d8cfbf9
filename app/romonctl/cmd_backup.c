// SPDX-License-Identifier: BSD-3-Clause
// backup: the configuration of many nodes into a folder. For each node: ask for its version, then for an
// export that suits it, see that it is whole and no error, and keep it if anything changed. Main thread.
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "bulk.h"
#include "bulk_git.h"
#include "bulk_store.h"
#include "cmd_job.h"
#include "export_text.h"

#define EXPORT_MAX  (16u << 20) // a large export of today has half a megabyte
#define ANSWER_MAX  4096
#define COMMAND_MAX 160
#define WHY_SIZE    400
#define NO_COMMAND  127 // exit code of a shell

// What a node is asked for, in this order.
enum step { STEP_VERSION, STEP_EXPORT };

struct backup_node {
	enum step step;
	unsigned major; // of RouterOS
	bool is_shell;  // of a Linux box: romond runs there
	char nonce[EXPORT_NONCE_LEN + 1];
	char command[COMMAND_MAX];
	char file[BULK_NAME_SIZE];
	size_t bytes;
};

struct backup {
	struct bulk_words words; // of the child that begins
	struct bulk bulk;
	struct bulk_store store;
	struct backup_node *nodes; // by number, as those of bulk
	bool has_end_mark;
	bool is_always;
	unsigned n_keep; // 0 = all
	size_t n_saved;
};

static void command_make(const struct backup *b, size_t i)
{
	struct backup_node *n = &b->nodes[i];
	bool is_shown = b->store.has_shown;
	const char *how =
		n->major >= 7 ? (is_shown ? " show-sensitive" : "") : (is_shown ? "" : " hide-sensitive");

	bulk_nonce(n->nonce);
	if (n->step == STEP_VERSION) // with blanks: RouterOS 6 knows no path with slashes
		snprintf(n->command, sizeof(n->command), ":put [/system resource get version]");
	else if (n->is_shell)
		snprintf(n->command, sizeof(n->command), "romonctl config show && echo end-%s", n->nonce);
	else if (b->has_end_mark)
		snprintf(n->command, sizeof(n->command), "/export%s; :put \"end-%s\"", how, n->nonce);
	else
		snprintf(n->command, sizeof(n->command), "/export%s", how);
}

static bool node_begin(void *user, size_t i, struct bulk_spawn *spawn)
{
	struct backup *b = user;
	struct bulk_node *node = &b->bulk.nodes[i];
	struct backup_node *n = &b->nodes[i];

	if (bulk_store_is_done(&b->store, node->id)) {
		node->result = "done-before";
		node->is_ok = true;
		bulk_progress(&b->bulk, node);
		return false;
	}
	command_make(b, i);
	bulk_words_make(&b->words, &b->bulk, node, n->command);
	*spawn = (struct bulk_spawn){.argv = b->words.argv,
		.out_max = n->step == STEP_VERSION ? ANSWER_MAX : EXPORT_MAX,
		.password_fd = b->bulk.password_fd};
	return true;
}

// "7.13.2 (stable)": its major number.
static bool version_take(struct backup_node *n, struct bulk_node *node, const struct bulk_out *out)
{
	char why_buf[WHY_SIZE];
	struct base_text why;

	base_text_init(&why, why_buf, sizeof(why_buf));
	n->major = (unsigned)strtoul(out->text, NULL, 10);
	if (n->major >= 6 && n->major < 100)
		return true;
	if (export_has_error(out->text, out->len, &why))
		bulk_fail(node, "%s", why_buf);
	else
		bulk_fail(node, "asked for its version it answered something else: %.60s", out->text);
	return false;
}

// Whether what came is a whole export: its length, or -errno, and the node has failed.
static ssize_t export_judge(const struct backup *b, size_t i, struct bulk_out *out)
{
	struct bulk_node *node = &b->bulk.nodes[i];
	char why_buf[WHY_SIZE];
	struct base_text why;

	base_text_init(&why, why_buf, sizeof(why_buf));
	ssize_t len = export_clean(out->text, out->len);
	if (len < 0) {
		bulk_fail(node, "control characters are in what it sent: this is no export");
		return len;
	}
	if (!b->nodes[i].is_shell && export_has_error(out->text, (size_t)len, &why)) {
		bulk_fail(node, "%s", why_buf);
		return base_errno_set(EREMOTEIO);
	}
	if (b->has_end_mark || b->nodes[i].is_shell)
		len = export_whole(out->text, (size_t)len, b->nodes[i].nonce);
	if (len < 0)
		bulk_fail(
			node, "cut short: the mark behind its export did not come (%zu bytes did)", out->len);
	else if (!b->nodes[i].is_shell && !export_has_head(out->text, (size_t)len))
		bulk_fail(node, "no export: it does not begin with a line \"# … by RouterOS …\"");
	else
		return len;
	return base_errno_set(ENODATA);
}

static void export_keep(struct backup *b, size_t i, struct bulk_out *out)
{
	struct bulk_node *node = &b->bulk.nodes[i];
	struct backup_node *n = &b->nodes[i];
	char why_buf[WHY_SIZE];
	struct base_text why;

	base_text_init(&why, why_buf, sizeof(why_buf));
	ssize_t len = export_judge(b, i, out);
	if (len < 0)
		return;
	n->bytes = (size_t)len;
	const struct bulk_export export = {.identity = node->identity,
		.id = node->id,
		.suffix = n->is_shell ? ".yaml" : ".rsc",
		.text = out->text,
		.len = n->bytes};
	int rc = bulk_store_put(&b->store, &export, b->is_always, n->file, &why);
	if (rc < 0) {
		n->file[0] = '\0';
		bulk_fail(node, "%s", why_buf);
		return;
	}
	node->is_ok = true;
	node->result = rc > 0 ? "saved" : "unchanged";
	b->n_saved += rc > 0;
	if (rc > 0 && b->n_keep > 0 && bulk_store_thin(&b->store, node->id, b->n_keep) != 0)
		fprintf(stderr, "romonctl: an old file of %s could not be removed: %s\n", node->id,
			strerror(errno));
}

static bool node_end(void *user, size_t i, struct bulk_out *out)
{
	struct backup *b = user;
	struct bulk_node *node = &b->bulk.nodes[i];
	struct backup_node *n = &b->nodes[i];

	// a shell does not find :put, and says so by its exit code
	n->is_shell |=
		n->step == STEP_VERSION && WIFEXITED(out->status) && WEXITSTATUS(out->status) == NO_COMMAND;
	if (n->is_shell && n->step == STEP_VERSION) {
		n->step = STEP_EXPORT;
		return true;
	}
	if (!bulk_child_failed(out, node, &b->bulk)) {
		if (n->step == STEP_VERSION && version_take(n, node, out)) {
			n->step = STEP_EXPORT;
			return true;
		}
		if (n->step == STEP_EXPORT)
			export_keep(b, i, out);
	}
	bulk_progress(&b->bulk, node);
	return false;
}

static const struct out_column columns[] = {
	{"IDENTITY", "identity", OUT_KIND_TEXT, false},
	{"ADDRESS", "address", OUT_KIND_TEXT, false},
	{"RESULT", "result", OUT_KIND_STATE, false},
	{"BYTES", "bytes", OUT_KIND_NUMBER, false},
	{"TIME", "took-ms", OUT_KIND_AGE_MS, true},
	{"FILE", "file", OUT_KIND_TEXT, false},
	{"WHY", "detail", OUT_KIND_TEXT, false},
};

static json_t *text_or_null(const char *text)
{
	return text[0] == '\0' ? json_null() : json_string(text);
}

static void results_write(const struct backup *b)
{
	struct out_style style;

	out_style_detect(&style, stdout, b->bulk.call->no_color);
	struct out *out = out_create(b->bulk.call->format, &style);
	out_begin(out, columns, BASE_ARRAY_LEN(columns));
	for (size_t i = 0; i < b->bulk.n; i++) {
		const struct bulk_node *node = &b->bulk.nodes[i];
		const struct backup_node *n = &b->nodes[i];
		json_t *row = out_must(json_pack("{s:s, s:s, s:s, s:I, s:I, s:o, s:o}", "identity",
			node->identity, "address", node->id, "result",
			node->result != NULL ? node->result : "stopped", "bytes", (json_int_t)n->bytes,
			"took-ms", (json_int_t)node->took_ms, "file", text_or_null(n->file), "detail",
			text_or_null(node->detail)));

		out_row(out, row);
		json_decref(row);
	}
	out_end(out);
	out_destroy(out);
}

static enum cmd_exit history_write(const struct backup *b, enum cmd_exit code)
{
	char why_buf[WHY_SIZE];
	char message[64];
	struct base_text why;

	base_text_init(&why, why_buf, sizeof(why_buf));
	snprintf(message, sizeof(message), "Backup of %zu nodes, %zu changed", b->bulk.n, b->n_saved);
	if (bulk_git_commit(b->store.path, message, &why) >= 0)
		return code;
	fprintf(stderr, "romonctl: %s: %s\n", b->store.path, why_buf);
	return code == CMD_EXIT_OK ? CMD_EXIT_PARTIAL : code;
}

static enum cmd_exit run(struct backup *b)
{
	const struct bulk_work work = {.user = b,
		.n = b->bulk.n,
		.n_jobs = b->bulk.n_jobs,
		.timeout_ms = b->bulk.timeout_ms,
		.begin = node_begin,
		.end = node_end};

	b->nodes = out_must(calloc(b->bulk.n, sizeof(*b->nodes)));
	int rc = bulk_pool_run(&work);
	bulk_progress_end(&b->bulk);
	enum cmd_exit code = bulk_exit(&b->bulk);
	if (b->store.has_git)
		code = history_write(b, code);
	results_write(b);
	if (rc == -EINTR)
		fputs("romonctl: stopped; what is listed as saved is, and the same command goes on\n",
			stderr);
	else if (rc != 0)
		fprintf(stderr, "romonctl: %s\n", strerror(-rc));
	bulk_store_close(&b->store, rc == 0);
	return rc == 0 ? code : code == CMD_EXIT_OK ? CMD_EXIT_PARTIAL : code;
}

static enum cmd_exit options_read(struct backup *b, const struct cmd_call *call)
{
	const char *dir = cmd_given(call, "--dir");
	const char *keep = cmd_given(call, "--keep");
	char why_buf[WHY_SIZE + PATH_MAX];
	struct base_text why;

	base_text_init(&why, why_buf, sizeof(why_buf));
	b->is_always = cmd_given(call, "--always") != NULL;
	b->has_end_mark = cmd_given(call, "--no-end-mark") == NULL;
	b->n_keep = keep != NULL ? (unsigned)strtoul(keep, NULL, 10) : 0;
	if (dir == NULL || out_format_parse(dir) != OUT_FORMAT_INVALID) {
		fputs("romonctl: where to? Expected -o DIR (the format of the table is set by --output)\n",
			stderr);
		return CMD_EXIT_USAGE;
	}
	if (keep != NULL && (b->n_keep == 0 || cmd_given(call, "--git") != NULL)) {
		fputs("romonctl: --keep: expected 1 or more, and not with --git, which keeps all\n", stderr);
		return CMD_EXIT_USAGE;
	}
	if (bulk_store_open(&b->store, dir, cmd_given(call, "--git") != NULL,
		    cmd_given(call, "--show-sensitive") != NULL, &why) == 0)
		return CMD_EXIT_OK;
	fprintf(stderr, "romonctl: %s\n", why_buf);
	return CMD_EXIT_FAILURE;
}

enum cmd_exit cmd_run_backup(const struct cmd_call *call)
{
	struct backup b = {.store = {.dir = -1, .journal = -1}};

	enum cmd_exit code = options_read(&b, call);
	if (code != CMD_EXIT_OK)
		return code;
	code = bulk_open(&b.bulk, call);
	if (code == CMD_EXIT_OK)
		code = run(&b);
	else
		bulk_store_close(&b.store, false);
	free(b.nodes);
	bulk_close(&b.bulk);
	return code;
}
