// SPDX-License-Identifier: BSD-3-Clause
// Child processes, some at a time (bulk_pool.h). Main thread.
//
// Each child leads a session of its own: it has no terminal to ask on, and is killed with whatever it
// started. Ctrl-C is taken by a descriptor, so that it ends this program in order and not the children alone.
#include "bulk_pool.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "askpass.h"
#include "base_clock.h"
#include "out.h"

#define CHUNK     65536
#define DRAIN_MAX 64   // chunks that may be left in a pipe
#define GRACE_MS  1000 // between SIGTERM and SIGKILL
#define TICK_MS   200  // a child that closed its output is waited for so often

struct slot {
	bool is_used;
	pid_t pid;
	size_t thing;
	int out_fd; // -1 = closed
	int err_fd;
	size_t out_max;
	size_t out_size; // of out.text
	uint64_t begin_ms;
	uint64_t kill_ms; // SIGKILL then; 0 = was not asked to end
	struct bulk_out out;
};

struct pool {
	const struct bulk_work *work;
	struct slot slots[BULK_JOBS_MAX];
	size_t next; // thing
	unsigned n_running;
	int signal_fd;
	sigset_t old_mask;
	bool is_stopped;
};

// In the child. fds: of standard input, output and error.
static void child_run(const struct pool *p, const struct bulk_spawn *s, const int fds[3])
{
	setsid();
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_SETMASK, &p->old_mask, NULL);
	for (int i = 0; i < 3; i++)
		dup2(fds[i], i);
	askpass_env_set(s->password_fd);
	execvp(s->argv[0], (char *const *)(uintptr_t)s->argv);
	fprintf(stderr, "%s cannot be run: %s\n", s->argv[0], strerror(errno));
	_exit(127);
}

static int input_open(const struct bulk_spawn *s)
{
	int fds[2];

	if (s->input == NULL)
		return open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (pipe2(fds, O_CLOEXEC) != 0)
		return -1;
	// fits into the pipe
	bool is_written = write(fds[1], s->input, s->input_len) == (ssize_t)s->input_len;
	close(fds[1]);
	if (is_written)
		return fds[0];
	close(fds[0]);
	return -1;
}

static void fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static int child_start(struct pool *p, struct slot *slot, const struct bulk_spawn *s)
{
	int out[2] = {-1, -1};
	int err[2] = {-1, -1};
	int in = input_open(s);

	*slot = (struct slot){.out_max = s->out_max, .begin_ms = base_mono_ms()};
	bool is_open = in >= 0 && pipe2(out, O_CLOEXEC) == 0 && pipe2(err, O_CLOEXEC) == 0;
	pid_t pid = is_open ? fork() : -1;
	int rc = pid < 0 ? -errno : 0;
	if (pid == 0)
		child_run(p, s, (int[]){in, out[1], err[1]});
	fd_close(&in);
	fd_close(&out[1]);
	fd_close(&err[1]);
	if (pid < 0) {
		fd_close(&out[0]);
		fd_close(&err[0]);
		return rc;
	}
	fcntl(out[0], F_SETFL, O_NONBLOCK);
	fcntl(err[0], F_SETFL, O_NONBLOCK);
	slot->is_used = true;
	slot->pid = pid;
	slot->out_fd = out[0];
	slot->err_fd = err[0];
	p->n_running++;
	return 0;
}

static void child_kill(struct slot *slot, uint64_t now_ms)
{
	if (slot->kill_ms != 0)
		return;
	slot->kill_ms = now_ms + GRACE_MS;
	kill(-slot->pid, SIGTERM);
}

// Keep what fits; a child that writes more is ended.
static void out_take(struct slot *slot, const char *bytes, size_t n, uint64_t now_ms)
{
	struct bulk_out *o = &slot->out;

	if (o->len + n > slot->out_max) {
		o->is_too_much = true;
		n = slot->out_max - o->len;
		child_kill(slot, now_ms);
	}
	if (o->len + n + 1 > slot->out_size) {
		slot->out_size = 2 * slot->out_size > o->len + n + 1 ? 2 * slot->out_size : o->len + n + 1;
		o->text = out_must(realloc(o->text, slot->out_size));
	}
	memcpy(o->text + o->len, bytes, n);
	o->len += n;
	o->text[o->len] = '\0';
}

// The last of it.
static void err_take(struct bulk_out *o, const char *bytes, size_t n)
{
	const size_t max = sizeof(o->err) - 1;

	if (n > max) {
		bytes += n - max;
		n = max;
	}
	if (o->err_len + n > max) {
		size_t drop = o->err_len + n - max;

		memmove(o->err, o->err + drop, o->err_len - drop);
		o->err_len -= drop;
	}
	memcpy(o->err + o->err_len, bytes, n);
	o->err_len += n;
	o->err[o->err_len] = '\0';
}

// Whether something came.
static bool fd_read(struct slot *slot, bool is_out, uint64_t now_ms)
{
	static char chunk[CHUNK];
	int *fd = is_out ? &slot->out_fd : &slot->err_fd;

	ssize_t n = *fd >= 0 ? read(*fd, chunk, sizeof(chunk)) : -1;
	if (n > 0 && is_out)
		out_take(slot, chunk, (size_t)n, now_ms);
	else if (n > 0)
		err_take(&slot->out, chunk, (size_t)n);
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		fd_close(fd);
	return n > 0;
}

// False: there is nothing to run for it, or it could not be run, which is told.
static bool thing_start(struct pool *p, struct slot *slot, size_t thing)
{
	const struct bulk_work *w = p->work;
	struct bulk_spawn spawn = {.password_fd = -1};

	if (!w->begin(w->user, thing, &spawn))
		return false;
	int rc = child_start(p, slot, &spawn);
	slot->thing = thing;
	if (rc == 0)
		return true;
	struct bulk_out none = {.status = 127 << 8, .text = out_must(calloc(1, 1))};
	none.err_len = (size_t)snprintf(
		none.err, sizeof(none.err), "no process could be started: %s", strerror(-rc));
	w->end(w->user, thing, &none);
	free(none.text);
	return false;
}

// The next thing that has something to run.
static void slot_next(struct pool *p, struct slot *slot)
{
	while (!p->is_stopped && p->next < p->work->n && !thing_start(p, slot, p->next++))
		;
}

// The child's end: what came of it is told, and the next one begins.
static void slot_end(struct pool *p, struct slot *slot)
{
	const struct bulk_work *w = p->work;
	struct bulk_out out = slot->out;

	fd_close(&slot->out_fd);
	fd_close(&slot->err_fd);
	slot->is_used = false;
	p->n_running--;
	out.took_ms = base_mono_ms() - slot->begin_ms;
	if (out.text == NULL)
		out.text = out_must(calloc(1, 1));
	bool again = !p->is_stopped && w->end(w->user, slot->thing, &out);
	free(out.text);
	if (!again || !thing_start(p, slot, slot->thing))
		slot_next(p, slot);
}

static void slot_look(struct pool *p, struct slot *slot, uint64_t now_ms)
{
	if (slot->kill_ms == 0 && now_ms - slot->begin_ms >= p->work->timeout_ms) {
		slot->out.is_late = true;
		child_kill(slot, now_ms);
	}
	if (slot->kill_ms != 0 && now_ms >= slot->kill_ms)
		kill(-slot->pid, SIGKILL);
	// a process of its own that lives on may hold the pipes open: the child's end counts
	if (waitpid(slot->pid, &slot->out.status, WNOHANG) != slot->pid)
		return;
	kill(-slot->pid, SIGKILL); // what it left behind
	for (int i = 0; i < DRAIN_MAX && fd_read(slot, true, now_ms); i++)
		;
	for (int i = 0; i < DRAIN_MAX && fd_read(slot, false, now_ms); i++)
		;
	slot_end(p, slot);
}

static void pool_wait(struct pool *p)
{
	struct pollfd fds[1 + 2 * BULK_JOBS_MAX] = {{.fd = p->signal_fd, .events = POLLIN}};
	struct signalfd_siginfo info;
	nfds_t n = 1;

	for (unsigned i = 0; i < BULK_JOBS_MAX; i++) {
		fds[n++] = (struct pollfd){
			.fd = p->slots[i].is_used ? p->slots[i].out_fd : -1, .events = POLLIN};
		fds[n++] = (struct pollfd){
			.fd = p->slots[i].is_used ? p->slots[i].err_fd : -1, .events = POLLIN};
	}
	(void)poll(fds, n, TICK_MS);
	uint64_t now_ms = base_mono_ms();
	while (read(p->signal_fd, &info, sizeof(info)) == sizeof(info))
		p->is_stopped |= info.ssi_signo != SIGCHLD;
	for (unsigned i = 0; i < BULK_JOBS_MAX; i++) {
		struct slot *slot = &p->slots[i];

		if (slot->is_used && fds[1 + 2 * i].revents != 0)
			fd_read(slot, true, now_ms);
		if (slot->is_used && fds[2 + 2 * i].revents != 0)
			fd_read(slot, false, now_ms);
		if (slot->is_used && p->is_stopped)
			child_kill(slot, now_ms);
		if (slot->is_used)
			slot_look(p, slot, now_ms);
	}
}

static int signals_take(struct pool *p)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, &p->old_mask);
	p->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	return p->signal_fd >= 0 ? 0 : -errno;
}

int bulk_pool_run(const struct bulk_work *work)
{
	struct pool *p = out_must(calloc(1, sizeof(*p)));

	p->work = work;
	int rc = signals_take(p);
	for (unsigned i = 0; rc == 0 && i < work->n_jobs && i < BULK_JOBS_MAX; i++)
		slot_next(p, &p->slots[i]);
	while (rc == 0 && p->n_running > 0)
		pool_wait(p);
	if (p->is_stopped)
		rc = base_errno_set(EINTR);
	fd_close(&p->signal_fd);
	sigprocmask(SIG_SETMASK, &p->old_mask, NULL);
	free(p);
	return rc;
}
