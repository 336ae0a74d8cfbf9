// SPDX-License-Identifier: BSD-3-Clause
// restore: a file of backup's onto a router. Looks at the file, shows what would change, asks, imports, and
// looks whether the router is still there. Main thread.
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base_file.h"
#include "bulk.h"
#include "export_text.h"
#include "out_text.h"

#define FILE_MAX     (16u << 20)
#define COMMAND_SIZE 200
#define WHY_SIZE     1024

struct restore {
	struct bulk bulk;
	struct bulk_words words;
	const char *command;     // of the child; NULL = sftp
	const char *const *argv; // of a child that is no ssh; NULL = none
	int status;
	char batch[400]; // for sftp
	char remote[64]; // the file's name there
	char *text;      // of the file
	size_t len;
	unsigned major;
	char *answer; // of the last command
	size_t answer_len;
	bool has_failed;
};

static struct bulk_node *node_of(struct restore *r)
{
	return &r->bulk.nodes[0];
}

static bool child_begin(void *user, size_t i, struct bulk_spawn *spawn)
{
	struct restore *r = user;

	if (r->argv != NULL) {
		*spawn = (struct bulk_spawn){.argv = r->argv, .out_max = 2 * FILE_MAX, .password_fd = -1};
		return true;
	}
	bulk_words_make(&r->words, &r->bulk, &r->bulk.nodes[i], r->command);
	*spawn = (struct bulk_spawn){
		.argv = r->words.argv, .out_max = FILE_MAX, .password_fd = r->bulk.password_fd};
	if (r->command == NULL) {
		spawn->input = r->batch;
		spawn->input_len = strlen(r->batch);
	}
	return true;
}

static bool child_end(void *user, size_t i, struct bulk_out *out)
{
	struct restore *r = user;

	r->has_failed = bulk_child_failed(out, &r->bulk.nodes[i], &r->bulk);
	r->status = out->status;
	r->answer = out->text;
	r->answer_len = out->len;
	out->text = NULL; // ours now
	return false;
}

// Run one child to its end. 0, or -errno.
static int child_try(struct restore *r, const char *command)
{
	const struct bulk_work work = {.user = r,
		.n = 1,
		.n_jobs = 1,
		.timeout_ms = r->bulk.timeout_ms,
		.begin = child_begin,
		.end = child_end};

	free(r->answer);
	r->answer = NULL;
	r->answer_len = 0;
	r->command = command;
	r->has_failed = true;
	return bulk_pool_run(&work);
}

// The same; false, said, when it failed.
static bool child_run(struct restore *r, const char *command)
{
	int rc = child_try(r, command);

	if (rc != 0)
		fprintf(stderr, "romonctl: %s\n", rc == -EINTR ? "stopped" : strerror(-rc));
	else if (r->has_failed)
		fprintf(stderr, "romonctl: %s\n", node_of(r)->detail);
	return rc == 0 && !r->has_failed;
}

// What a child wrote, fit for a terminal.
static void answer_show(const struct restore *r)
{
	size_t size = 4 * r->answer_len + 1;
	char *clean = out_must(malloc(size));

	out_text_clean(clean, size, r->answer, true, true);
	fputs(clean, stdout);
	free(clean);
}

// The same, and nothing in its answer may be an error.
static bool command_run(struct restore *r, const char *command)
{
	char why_buf[WHY_SIZE];
	char clean[WHY_SIZE];
	struct base_text why;

	if (!child_run(r, command))
		return false;
	base_text_init(&why, why_buf, sizeof(why_buf));
	ssize_t len = export_clean(r->answer, r->answer_len);
	if (len < 0)
		base_text_add(&why, "control characters are in what it sent");
	r->answer_len = len < 0 ? 0 : (size_t)len;
	r->answer[r->answer_len] = '\0';
	if (len >= 0 && !export_has_error(r->answer, r->answer_len, &why))
		return true;
	out_text_clean(clean, sizeof(clean), why_buf, true, false);
	fprintf(stderr, "romonctl: %s: %s\n", node_of(r)->id, clean);
	return false;
}

static bool file_read(struct restore *r, const char *path)
{
	char why_buf[WHY_SIZE];
	struct base_text why;
	struct stat st;

	base_text_init(&why, why_buf, sizeof(why_buf));
	int fd = base_file_open(path, FILE_MAX, &st, &why);
	if (fd < 0) {
		fprintf(stderr, "romonctl: %s %s\n", path, why_buf);
		return false;
	}
	r->text = out_must(malloc((size_t)st.st_size + 1));
	ssize_t n = base_file_read(fd, r->text, (size_t)st.st_size);
	close(fd);
	r->len = n > 0 ? (size_t)n : 0;
	r->text[r->len] = '\0';
	if (export_has_head(r->text, r->len))
		return true;
	fprintf(stderr,
		"romonctl: %s is no export of RouterOS: it does not begin with \"# … by RouterOS …\"\n",
		path);
	return false;
}

// What speaks against it, if --force does not override that.
static bool file_judge(struct restore *r, const char *path)
{
	char why_buf[WHY_SIZE];
	struct base_text why;
	bool is_forced = cmd_given(r->bulk.call, "--force") != NULL;

	base_text_init(&why, why_buf, sizeof(why_buf));
	if (!export_is_risky(r->text, r->len, &why))
		return true;
	fprintf(stderr, "romonctl: %s:\n%s", path, why_buf);
	if (!is_forced)
		fputs("romonctl: nothing was done; --force does it all the same\n", stderr);
	return is_forced;
}

// A file in memory with that text; -1, with errno.
static int memory_file(const char *text, size_t len)
{
	int fd = memfd_create("romonctl-restore", MFD_CLOEXEC);

	if (fd < 0 || write(fd, text, len) == (ssize_t)len)
		return fd;
	close(fd);
	return -1;
}

// The same with what stays the same of a text.
static int normal_file(const char *text, size_t len)
{
	char *normal = out_must(malloc(len + 1));
	int fd = memory_file(normal, export_normal(text, len, normal));

	free(normal);
	return fd;
}

// Lines of the file that a fresh export does not have, and the other way round, by diff.
static bool changes_show(struct restore *r)
{
	char now[40], then[40];
	const char *argv[] = {
		"diff", "-U1", "--label", "the router now", "--label", "the file", "--", now, then, NULL};
	int a = normal_file(r->answer, r->answer_len);
	int b = normal_file(r->text, r->len);

	snprintf(now, sizeof(now), "/proc/%d/fd/%d", (int)getpid(), a);
	snprintf(then, sizeof(then), "/proc/%d/fd/%d", (int)getpid(), b);
	r->argv = argv;
	r->status = -1;
	bool is_done = a >= 0 && b >= 0 && (child_try(r, NULL) == 0) && WIFEXITED(r->status) &&
		       WEXITSTATUS(r->status) <= 1;
	r->argv = NULL;
	if (a >= 0)
		close(a);
	if (b >= 0)
		close(b);
	if (!is_done)
		fputs("romonctl: what would change cannot be shown: is diff installed?\n", stderr);
	else if (WEXITSTATUS(r->status) == 0)
		puts("the router has what the file says already");
	else
		answer_show(r);
	return is_done;
}

static bool version_ask(struct restore *r)
{
	if (!command_run(r, ":put [/system resource get version]"))
		return false;
	r->major = (unsigned)strtoul(r->answer, NULL, 10);
	if (r->major >= 6 && r->major < 100)
		return true;
	fprintf(stderr, "romonctl: %s is no RouterOS; a romond takes `romonctl config apply`\n",
		node_of(r)->id);
	return false;
}

// A fresh export, whose sensitive values stand in it as in the file, for a compare.
static bool export_ask(struct restore *r)
{
	bool is_shown = memmem(r->text, r->len, EXPORT_END_HIDDEN, strlen(EXPORT_END_HIDDEN)) == NULL;
	const char *how =
		r->major >= 7 ? (is_shown ? " show-sensitive" : "") : (is_shown ? "" : " hide-sensitive");
	char command[COMMAND_SIZE];
	char nonce[EXPORT_NONCE_LEN + 1];

	bulk_nonce(nonce);
	snprintf(command, sizeof(command), "/export%s; :put \"end-%s\"", how, nonce);
	if (!command_run(r, command))
		return false;
	ssize_t len = export_whole(r->answer, r->answer_len, nonce);
	if (len >= 0) {
		r->answer_len = (size_t)len;
		return true;
	}
	fputs("romonctl: its export was cut short\n", stderr);
	return false;
}

// The file goes there by sftp, from memory, so that a path can have any name.
static bool file_send(struct restore *r)
{
	int fd = memory_file(r->text, r->len);
	char nonce[EXPORT_NONCE_LEN + 1];

	if (fd < 0) {
		fprintf(stderr, "romonctl: %s\n", strerror(errno));
		return false;
	}
	bulk_nonce(nonce);
	snprintf(r->remote, sizeof(r->remote), "romonctl-%s.rsc", nonce);
	snprintf(r->batch, sizeof(r->batch), "put /proc/%d/fd/%d %s\n", (int)getpid(), fd, r->remote);
	bool is_sent = child_run(r, NULL);
	close(fd);
	if (!is_sent)
		fputs("romonctl: the file could not be sent: the user needs the policies ftp, read and write there\n",
			stderr);
	return is_sent;
}

static void file_remove(struct restore *r)
{
	char command[COMMAND_SIZE];

	snprintf(command, sizeof(command), "/file remove \"%s\"", r->remote);
	if (!command_run(r, command))
		fprintf(stderr, "romonctl: %s stays on the router\n", r->remote);
}

static bool dry_run(struct restore *r)
{
	char command[COMMAND_SIZE];

	if (r->major < 7) {
		puts("RouterOS 6 has no dry run: only the comparison above");
		return true;
	}
	snprintf(command, sizeof(command), "/import file-name=%s verbose=yes dry-run", r->remote);
	if (!command_run(r, command))
		return false;
	puts("the router's dry run:");
	answer_show(r);
	return true;
}

static bool confirm(const struct restore *r)
{
	char line[16] = "";

	if (cmd_given(r->bulk.call, "--yes") != NULL)
		return true;
	if (isatty(STDIN_FILENO) == 0) {
		fputs("romonctl: nothing was done: --yes imports without a question\n", stderr);
		return false;
	}
	printf("Import this into %s? What the file does not name stays. [y/N] ", r->bulk.nodes[0].id);
	fflush(stdout);
	return fgets(line, sizeof(line), stdin) != NULL && (line[0] == 'y' || line[0] == 'Y');
}

static bool import(struct restore *r)
{
	char command[COMMAND_SIZE];
	char nonce[EXPORT_NONCE_LEN + 1];

	bulk_nonce(nonce);
	snprintf(command, sizeof(command), "/import file-name=%s; :put \"end-%s\"", r->remote, nonce);
	bool is_said = command_run(r, command) && export_whole(r->answer, r->answer_len, nonce) >= 0;
	if (!is_said)
		fputs("romonctl: the import did not come to its end: the router may have a part of it\n",
			stderr);
	if (!version_ask(r)) {
		fputs("romonctl: and it does not answer now: `romonctl why NODE` says more\n", stderr);
		return false;
	}
	if (is_said)
		puts("imported; the router is there and answers");
	return is_said;
}

static enum cmd_exit restore(struct restore *r, const char *path)
{
	bool is_dry = cmd_given(r->bulk.call, "--dry-run") != NULL;

	if (!file_read(r, path) || !file_judge(r, path))
		return CMD_EXIT_FAILURE;
	if (!version_ask(r) || !export_ask(r) || !changes_show(r) || !file_send(r))
		return CMD_EXIT_FAILURE;
	bool is_well = dry_run(r);
	if (is_well && !is_dry)
		is_well = confirm(r) && import(r);
	file_remove(r);
	return is_well ? CMD_EXIT_OK : CMD_EXIT_FAILURE;
}

enum cmd_exit cmd_run_restore(const struct cmd_call *call)
{
	struct restore r = {.text = NULL};

	enum cmd_exit code = bulk_open_one(&r.bulk, call, call->args[0]);
	if (code == CMD_EXIT_OK)
		code = restore(&r, call->args[1]);
	free(r.text);
	free(r.answer);
	bulk_close(&r.bulk);
	return code;
}
