// SPDX-License-Identifier: BSD-3-Clause
// Commands that romond answers by a feed: rows as they come, a summary at the end. Main thread.
//
// SIGINT is taken by a descriptor while a feed runs, so that it ends the feed and neither romonctl nor a
// shell around it.
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base_clock.h"
#include "cmd_feed.h"
#include "cmd_job.h"
#include "target_seek.h"

struct feed {
	struct cmd_job job;
	const struct cmd_feed_hooks *hooks; // NULL = rows as they come
	int signal_fd;
	sigset_t old_mask;
	bool has_begun; // a row was written
	bool is_cancelled;
	uint64_t deadline_ms; // of the last line, once cancelled
};

static int interrupt_open(struct feed *st)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, &st->old_mask);
	st->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	return st->signal_fd >= 0 ? 0 : -errno;
}

static void interrupt_close(struct feed *st)
{
	if (st->signal_fd >= 0)
		close(st->signal_fd);
	sigprocmask(SIG_SETMASK, &st->old_mask, NULL);
}

// Look for Ctrl-C. The first asks for the end, a second one is -EINTR.
static int interrupt_check(struct feed *st)
{
	struct signalfd_siginfo info;

	if (read(st->signal_fd, &info, sizeof(info)) != sizeof(info))
		return 0;
	if (st->is_cancelled)
		return base_errno_set(EINTR);
	st->is_cancelled = true;
	st->deadline_ms = base_mono_ms() + CMD_TIMEOUT_MS;
	return api_client_cancel(st->job.client, CMD_TIMEOUT_MS);
}

// Wait for bytes or a signal. 0, or -ETIMEDOUT: the end was asked for and does not come.
static int feed_wait(struct feed *st)
{
	struct pollfd fds[] = {
		{.fd = api_client_fd(st->job.client), .events = POLLIN},
		{.fd = st->signal_fd, .events = POLLIN},
	};
	uint64_t now_ms = base_mono_ms();
	uint64_t left_ms = st->deadline_ms > now_ms ? st->deadline_ms - now_ms : 0;

	int n = poll(fds, BASE_ARRAY_LEN(fds), st->is_cancelled ? (int)left_ms : -1);
	if (n < 0 && errno != EINTR)
		return -errno;
	return n == 0 ? base_errno_set(ETIMEDOUT) : 0;
}

static void row_write(struct feed *st, json_t *row)
{
	const struct cmd *cmd = st->job.call->cmd;

	if (st->hooks != NULL) {
		st->hooks->row(st->hooks->user, &st->job, row);
		return;
	}
	st->job.out->is_live = true;
	if (!st->has_begun)
		out_begin(st->job.out, cmd->columns, cmd->n_columns);
	st->has_begun = true;
	out_row(st->job.out, row);
	const char *detail = json_string_value(json_object_get(row, "detail"));
	if (detail != NULL && out_is_human(st->job.out))
		out_print(st->job.out, "  %s\n", detail); // a sentence fits no column
}

// Take messages until the last one, whose data is then in *summary. -errno as api_client_next() gives it.
static int messages_take(struct feed *st, json_t **summary, struct api_error *err)
{
	for (;;) {
		json_t *data = NULL;
		bool is_last = false;

		int rc = api_client_next(st->job.client, 0, &data, &is_last, err);
		if (rc == 0 && is_last) {
			*summary = data;
			return 0;
		}
		if (rc == 0)
			row_write(st, data);
		json_decref(data);
		if (rc == -ETIMEDOUT) {
			if (st->hooks != NULL)
				st->hooks->idle(st->hooks->user, &st->job);
			else if (st->has_begun)
				out_flush(st->job.out);
			rc = feed_wait(st);
		}
		if (rc == 0)
			rc = interrupt_check(st);
		if (rc != 0)
			return rc;
	}
}

// What stands behind the rows.
static enum cmd_exit feed_finish(struct feed *st, json_t *summary)
{
	const struct cmd *cmd = st->job.call->cmd;
	bool has_summary = !json_is_null(summary);
	bool is_human = out_is_human(st->job.out);

	if (st->hooks != NULL && st->hooks->end != NULL)
		return st->hooks->end(st->hooks->user, &st->job, summary);
	if (has_summary && !is_human && cmd->has_summary_row)
		row_write(st, summary);
	if (!st->has_begun && !is_human) // an empty list is a list too
		out_begin(st->job.out, cmd->columns, cmd->n_columns);
	if (st->has_begun || !is_human)
		out_end(st->job.out);
	if (has_summary && is_human && cmd->print != NULL)
		out_object(st->job.out, summary, cmd->print);
	return cmd->verdict == NULL ? CMD_EXIT_OK : cmd->verdict(summary);
}

enum cmd_exit cmd_feed(const struct cmd_call *call, const char *api_cmd, const struct cmd_feed_hooks *hooks)
{
	struct api_error err = API_ERROR_INIT;
	struct feed st = {.hooks = hooks, .signal_fd = -1};
	json_t *summary = NULL;

	enum cmd_exit code = cmd_job_open(&st.job, call);
	if (code != CMD_EXIT_OK)
		return cmd_job_close(&st.job, code);
	int rc = interrupt_open(&st);
	if (rc == 0)
		rc = api_client_open(st.job.client, api_cmd, st.job.args, CMD_TIMEOUT_MS);
	if (rc == 0)
		rc = messages_take(&st, &summary, &err);
	if (rc == -EREMOTEIO && !st.has_begun && target_seek_for(&st.job, st.job.args, &err)) {
		api_error_clear(&err);
		rc = api_client_open(st.job.client, api_cmd, st.job.args, CMD_TIMEOUT_MS);
		if (rc == 0)
			rc = messages_take(&st, &summary, &err);
	}
	interrupt_close(&st);
	if (rc == 0)
		code = feed_finish(&st, summary);
	if (rc != 0 && st.has_begun)
		out_end(st.job.out);
	if (rc == -EINTR) {
		st.job.is_lost = true; // left in the middle
		code = CMD_EXIT_PARTIAL;
	} else if (rc != 0) {
		code = cmd_job_explain(&st.job, rc, &err);
		// romond's own word stands; else the rows are not all
		code = st.has_begun && rc != -EREMOTEIO && code != CMD_EXIT_FAILURE ? CMD_EXIT_PARTIAL : code;
	}
	json_decref(summary);
	return cmd_job_close(&st.job, code);
}

enum cmd_exit cmd_run_feed(const struct cmd_call *call)
{
	return cmd_feed(call, call->cmd->api_cmd, NULL);
}
