// SPDX-License-Identifier: BSD-3-Clause
// What backup, run and restore have in common (bulk.h). Main thread.
#include "bulk.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "askpass.h"
#include "base_random.h"
#include "out_text.h"
#include "ssh_words.h"
#include "target_seek.h"

#define TIMEOUT_MS      60000
#define JOBS            8
#define SSH_OWN_FAILURE 255

static const char *text_of(json_t *row, const char *key)
{
	const char *text = json_string_value(json_object_get(row, key));

	return text != NULL ? text : "";
}

static bool is_there(const struct bulk *b, const char *id)
{
	for (size_t i = 0; i < b->n; i++) {
		if (strcmp(b->nodes[i].id, id) == 0)
			return true;
	}
	return false;
}

static void node_add(struct bulk *b, json_t *row)
{
	struct base_mac mac;

	// the id becomes a word of ssh's and part of a file's name: nothing but an id gets there
	if (base_mac_parse(text_of(row, "address"), &mac) != 0 || is_there(b, text_of(row, "address")))
		return;
	b->nodes = out_must(realloc(b->nodes, (b->n + 1) * sizeof(*b->nodes)));
	struct bulk_node *node = &b->nodes[b->n++];
	*node = (struct bulk_node){.result = NULL};
	base_mac_format(&mac, node->id);
	base_text_copy(node->identity, sizeof(node->identity), text_of(row, "identity"));
}

// All nodes that fit match (NULL = all).
static enum cmd_exit nodes_add(struct bulk *b, struct cmd_job *job, const char *match)
{
	json_t *args = match == NULL ? NULL : out_must(json_pack("{s:s}", "match", match));
	json_t *all = out_must(json_array());
	json_t *row;
	size_t i;

	enum cmd_exit code = cmd_job_ask_pages(job, "nodes", args, all);
	json_array_foreach (all, i, row)
		node_add(b, row);
	json_decref(all);
	json_decref(args);
	return code;
}

static enum cmd_exit nodes_read(struct bulk *b, struct cmd_job *job)
{
	const struct cmd_call *call = b->call;
	const char *match = cmd_given(call, "--match");
	bool is_all = cmd_given(call, "--all") != NULL;
	enum cmd_exit code = CMD_EXIT_OK;

	if ((match != NULL) + is_all + (call->rest_argc > 0) != 1) {
		fputs("romonctl: which nodes? Expected one of --all, --match GLOB, or nodes by name\n",
			stderr);
		return CMD_EXIT_USAGE;
	}
	if (match != NULL || is_all)
		code = nodes_add(b, job, match);
	for (int i = 0; i < call->rest_argc && code == CMD_EXIT_OK; i++) {
		json_t *row = NULL;

		code = target_find(job, call->rest_argv[i], &row);
		if (code == CMD_EXIT_OK)
			node_add(b, row);
		json_decref(row);
	}
	if (code != CMD_EXIT_OK || b->n > 0)
		return code;
	fputs("romonctl: no such node is known: `romonctl nodes` lists them, `romonctl discover` asks\n",
		stderr);
	return CMD_EXIT_NOT_FOUND;
}

static enum cmd_exit options_read(struct bulk *b)
{
	const char *jobs = cmd_given(b->call, "--jobs");
	const char *timeout = cmd_given(b->call, "--timeout");

	b->user = cmd_given(b->call, "--user");
	b->config = cmd_given(b->call, "--ssh-config");
	b->identity = cmd_given(b->call, "--identity-file");
	b->is_legacy = cmd_given(b->call, "--legacy") != NULL;
	b->accepts_new = cmd_given(b->call, "--accept-new") != NULL;
	b->timeout_ms = TIMEOUT_MS;
	b->n_jobs = jobs != NULL ? (unsigned)strtoul(jobs, NULL, 10) : JOBS;
	if (b->n_jobs < 1 || b->n_jobs > BULK_JOBS_MAX) {
		fprintf(stderr, "romonctl: --jobs: expected 1 to %d\n", BULK_JOBS_MAX);
		return CMD_EXIT_USAGE;
	}
	if (timeout != NULL && (cmd_duration_parse(timeout, &b->timeout_ms) != 0 || b->timeout_ms == 0)) {
		fputs("romonctl: --timeout: expected a time such as 60s\n", stderr);
		return CMD_EXIT_USAGE;
	}
	if (b->user != NULL && strcspn(b->user, "@ \t\n") != strlen(b->user)) {
		fputs("romonctl: --user: expected a name without blanks and @\n", stderr);
		return CMD_EXIT_USAGE;
	}
	if (cmd_given(b->call, "--ask-pass") == NULL)
		return CMD_EXIT_OK;
	b->password_fd = askpass_read();
	return b->password_fd >= 0 ? CMD_EXIT_OK : CMD_EXIT_USAGE;
}

static enum cmd_exit open_with(struct bulk *b, const struct cmd_call *call, const char *target)
{
	struct cmd_job job;
	json_t *row = NULL;

	*b = (struct bulk){.call = call, .password_fd = -1};
	enum cmd_exit code = options_read(b);
	if (code != CMD_EXIT_OK)
		return code;
	code = cmd_job_open(&job, call);
	if (code == CMD_EXIT_OK && target == NULL)
		code = nodes_read(b, &job);
	else if (code == CMD_EXIT_OK)
		code = target_find(&job, target, &row);
	if (row != NULL)
		node_add(b, row);
	json_decref(row);
	return cmd_job_close(&job, code);
}

enum cmd_exit bulk_open(struct bulk *b, const struct cmd_call *call)
{
	return open_with(b, call, NULL);
}

enum cmd_exit bulk_open_one(struct bulk *b, const struct cmd_call *call, const char *target)
{
	return open_with(b, call, target);
}

void bulk_close(struct bulk *b)
{
	if (b->password_fd >= 0)
		close(b->password_fd);
	free(b->nodes);
	b->nodes = NULL;
}

static void option_add(struct bulk_words *w, const char *value)
{
	w->argv[w->n++] = "-o";
	w->argv[w->n++] = value;
}

static struct base_text text_begin(struct bulk_words *w)
{
	struct base_text t;

	base_text_init(&t, w->text[w->n_texts], sizeof(w->text[0]));
	w->n_texts++;
	return t;
}

void bulk_words_make(
	struct bulk_words *w, const struct bulk *b, const struct bulk_node *node, const char *command)
{
	bool is_sftp = command == NULL;
	char dashed[BASE_MAC_TEXT_LEN];

	base_text_copy(dashed, sizeof(dashed), node->id);
	for (char *c = dashed; *c != '\0'; c++)
		*c = *c == ':' ? '-' : *c;
	*w = (struct bulk_words){.n = 0};
	w->argv[w->n++] = is_sftp ? "sftp" : "ssh";
	if (b->config != NULL) {
		w->argv[w->n++] = "-F";
		w->argv[w->n++] = b->config;
	}
	struct base_text proxy = text_begin(w);
	base_text_add(&proxy, "ProxyCommand=");
	ssh_proxy_add(&proxy, b->call, node->id);
	option_add(w, proxy.buf);
	struct base_text alias = text_begin(w);
	base_text_add(&alias, "HostKeyAlias=romon-%s", dashed);
	option_add(w, alias.buf);
	option_add(w, b->accepts_new ? "StrictHostKeyChecking=accept-new" : "StrictHostKeyChecking=yes");
	option_add(w, "LogLevel=ERROR");
	option_add(w, "ClearAllForwardings=yes");
	option_add(w, "ForwardAgent=no");
	option_add(w, "ServerAliveInterval=15");
	option_add(w, "ControlPath=none"); // nothing of it stays behind
	if (b->password_fd >= 0) {
		option_add(w, "PreferredAuthentications=password,keyboard-interactive");
		option_add(w, "NumberOfPasswordPrompts=1");
		option_add(w, "BatchMode=no"); // before sftp's -b, which means yes
	} else {
		option_add(w, "BatchMode=yes");
	}
	for (size_t i = 0; b->is_legacy && i < SSH_LEGACY_LEN; i++)
		option_add(w, ssh_legacy[i]);
	if (b->identity != NULL) {
		w->argv[w->n++] = "-i";
		w->argv[w->n++] = b->identity;
	}
	if (is_sftp) {
		w->argv[w->n++] = "-b";
		w->argv[w->n++] = "-";
	} else {
		w->argv[w->n++] = "-T";
	}
	struct base_text host = text_begin(w);
	base_text_add(
		&host, "%s%sromon-%s", b->user != NULL ? b->user : "", b->user != NULL ? "@" : "", dashed);
	w->argv[w->n++] = "--";
	w->argv[w->n++] = host.buf;
	if (!is_sftp)
		w->argv[w->n++] = command;
	w->argv[w->n] = NULL;
}

void bulk_fail(struct bulk_node *node, const char *why, ...)
{
	char text[BULK_DETAIL_SIZE];
	va_list ap;

	va_start(ap, why);
	vsnprintf(text, sizeof(text), why, ap);
	va_end(ap);
	node->result = "failed";
	node->is_ok = false;
	out_text_clean(node->detail, sizeof(node->detail), text, true, false);
}

// The line of standard error that says most: ours, else the last one.
static void error_line(const struct bulk_out *out, char line[BULK_DETAIL_SIZE])
{
	static const char own[] = "romonctl: ";
	const char *at = strstr(out->err, own);
	size_t end = out->err_len;

	while (end > 0 && strchr("\r\n ", out->err[end - 1]) != NULL)
		end--;
	if (at != NULL) {
		at += strlen(own);
		snprintf(line, BULK_DETAIL_SIZE, "%.*s", (int)strcspn(at, "\r\n"), at);
		return;
	}
	size_t begin = end;
	while (begin > 0 && out->err[begin - 1] != '\n' && out->err[begin - 1] != '\r')
		begin--;
	snprintf(line, BULK_DETAIL_SIZE, "%.*s", (int)(end - begin), out->err + begin);
}

bool bulk_child_failed(const struct bulk_out *out, struct bulk_node *node, const struct bulk *b)
{
	char line[BULK_DETAIL_SIZE];

	node->took_ms += out->took_ms;
	if (out->is_late) {
		bulk_fail(node, "not done within %llu s: --timeout",
			(unsigned long long)(b->timeout_ms / 1000));
		return true;
	}
	if (out->is_too_much) {
		bulk_fail(node, "it sent more than %zu bytes, which is no answer to this", out->len);
		return true;
	}
	bool is_exit = WIFEXITED(out->status);
	if (is_exit && WEXITSTATUS(out->status) == 0)
		return false;
	error_line(out, line);
	if (line[0] != '\0')
		bulk_fail(node, "%s", line);
	else if (is_exit && WEXITSTATUS(out->status) != SSH_OWN_FAILURE)
		bulk_fail(node, "exit code %d", WEXITSTATUS(out->status));
	else
		bulk_fail(node, "the connection broke");
	return true;
}

void bulk_progress(struct bulk *b, const struct bulk_node *node)
{
	char name[4 * BULK_IDENTITY_SIZE];

	b->n_done++;
	b->n_failed += !node->is_ok;
	if (isatty(STDERR_FILENO) == 0)
		return;
	out_text_clean(name, sizeof(name), node->identity, true, false);
	fprintf(stderr, "\r\033[K%zu of %zu, %zu failed: %.40s", b->n_done, b->n, b->n_failed, name);
	fflush(stderr);
}

void bulk_progress_end(const struct bulk *b)
{
	if (b->n_done > 0 && isatty(STDERR_FILENO) != 0)
		fputs("\r\033[K", stderr);
}

enum cmd_exit bulk_exit(const struct bulk *b)
{
	size_t n_ok = 0;

	for (size_t i = 0; i < b->n; i++)
		n_ok += b->nodes[i].is_ok;
	if (n_ok == b->n)
		return CMD_EXIT_OK;
	return n_ok > 0 ? CMD_EXIT_PARTIAL : CMD_EXIT_FAILURE;
}

void bulk_nonce(char out[17])
{
	uint64_t bits;

	base_random_fill(&bits, sizeof(bits));
	snprintf(out, 17, "%016llx", (unsigned long long)bits);
}
