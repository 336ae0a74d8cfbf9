// SPDX-License-Identifier: BSD-3-Clause
// capture: frames as romond sees them pass, into a pcapng file. Main thread.
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base_base64.h"
#include "cmd_feed.h"

struct capture_file {
	const char *path;
	bool is_stdout;
	FILE *file;        // NULL = not open yet
	uint64_t n_frames; // in the messages so far
	uint64_t n_lost;
	bool is_broken; // said already
};

// End the feed as Ctrl-C does: the signal waits for the descriptor that the feed reads.
static void break_off(struct capture_file *f, const char *why)
{
	if (!f->is_broken) {
		fprintf(stderr, "romonctl: %s: %s\n", f->path, why);
		raise(SIGINT);
	}
	f->is_broken = true;
}

// The file is opened when romond has begun to answer: a mistyped port does not empty it.
static void file_open(struct capture_file *f)
{
	if (f->file != NULL || f->is_broken)
		return;
	f->file = f->is_stdout ? stdout : fopen(f->path, "we");
	if (f->file == NULL)
		break_off(f, strerror(errno));
}

static void blocks_write(struct capture_file *f, json_t *data)
{
	json_t *text = json_object_get(data, "pcapng");
	size_t len = json_string_length(text);

	file_open(f);
	if (f->is_broken || !json_is_string(text))
		return;
	uint8_t *bytes = out_must(malloc(len + 1));
	ssize_t n = base_base64_decode(bytes, json_string_value(text), len);
	if (n < 0)
		break_off(f, "romond's answer is not base64");
	else if (fwrite(bytes, 1, (size_t)n, f->file) != (size_t)n)
		break_off(f, strerror(errno));
	free(bytes);
}

static void capture_row(void *user, struct cmd_job *job, json_t *row)
{
	struct capture_file *f = user;

	(void)job;
	blocks_write(f, row);
	f->n_frames += (uint64_t)json_integer_value(json_object_get(row, "frames"));
	f->n_lost += (uint64_t)json_integer_value(json_object_get(row, "lost"));
}

// Whoever reads the file along sees whole blocks as they come.
static void capture_idle(void *user, struct cmd_job *job)
{
	struct capture_file *f = user;

	(void)job;
	if (!f->is_broken && f->file != NULL && fflush(f->file) != 0)
		break_off(f, strerror(errno));
}

// The last answer has the rest of the file, and the sums.
static enum cmd_exit capture_end(void *user, struct cmd_job *job, json_t *summary)
{
	struct capture_file *f = user;

	(void)job;
	blocks_write(f, summary);
	if (json_is_object(summary)) {
		f->n_frames = (uint64_t)json_integer_value(json_object_get(summary, "frames"));
		f->n_lost = (uint64_t)json_integer_value(json_object_get(summary, "lost"));
	}
	return CMD_EXIT_OK;
}

enum cmd_exit cmd_run_capture(const struct cmd_call *call)
{
	const char *path = cmd_given(call, "--write");
	struct capture_file f = {.file = NULL};
	struct cmd_feed_hooks hooks = {
		.row = capture_row, .idle = capture_idle, .end = capture_end, .user = &f};

	if (path == NULL) {
		fputs("romonctl: `capture` wants --write FILE (- is standard output)\n", stderr);
		return CMD_EXIT_USAGE;
	}
	f.is_stdout = strcmp(path, "-") == 0;
	f.path = f.is_stdout ? "standard output" : path;
	if (f.is_stdout && isatty(STDOUT_FILENO) != 0) {
		fputs("romonctl: a terminal is no place for a capture: -w FILE, or `| tshark -r -`\n",
			stderr);
		return CMD_EXIT_FAILURE;
	}
	enum cmd_exit code = cmd_feed(call, call->cmd->api_cmd, &hooks);
	bool is_written = f.file == NULL || (f.is_stdout ? fflush(stdout) : fclose(f.file)) == 0;
	if (!is_written && !f.is_broken)
		fprintf(stderr, "romonctl: %s: %m\n", f.path);
	if (code == CMD_EXIT_OK || f.n_frames > 0)
		fprintf(stderr, "%" PRIu64 " frames captured, %" PRIu64 " lost\n", f.n_frames, f.n_lost);
	return is_written && !f.is_broken ? code : CMD_EXIT_FAILURE;
}
