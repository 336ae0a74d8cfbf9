// SPDX-License-Identifier: BSD-3-Clause
// Running the operator's program. Control thread.
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base_bucket.h"
#include "base_clock.h"
#include "base_file.h"
#include "base_log.h"
#include "base_text.h"
#include "exec_hook.h"
#include "exec_share.h"

LOG_TYPE("exec");

#define TOLD_PER_S 1 // lines of log about programs that fail
#define TOLD_BURST 5
#define ENV_MAX    12
#define ENV_SIZE   256 // "ROMON_TEXT=" and the longest text
#define WHY_SIZE   512
#define END_MS     200 // at the end: for killed programs to be gone

_Static_assert(
	ENV_SIZE >= EVENT_TEXT_SIZE + 16 && ENV_SIZE >= EVENT_IDENTITY_SIZE + 16, "values are not cut");

struct run {
	pid_t pid; // 0 = free; also the number of its process group
	int pidfd;
	uint64_t deadline_ms;
	bool is_killed;
	uint64_t seq;
	enum event_kind kind;
};

// An event that waits for its run.
struct turn {
	struct app_event e;
	uint32_t n_skipped;
};

struct exec_hook {
	char path[CONF_PATH_LEN_MAX + 1];
	uint32_t timeout_ms;
	int epoll_fd;
	struct run runs[EXEC_HOOK_RUNS_MAX];
	struct base_bucket told;
	uint64_t n_lost_told;
	struct exec_hook_stats stats; // n_running and n_waiting count as they say
	uint32_t first;               // of the queue, a ring
	struct turn queue[EXEC_HOOK_QUEUE_MAX];
	struct exec_share *share; // what those on the wire may have of it
};

struct exec_hook *exec_hook_create(void)
{
	struct exec_hook *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return NULL;
	signal(SIGCHLD, SIG_DFL); // who started us may have it ignored: then no status would come
	h->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	h->share = exec_share_create();
	if (h->epoll_fd >= 0 && h->share != NULL)
		return h;
	if (h->epoll_fd >= 0)
		close(h->epoll_fd);
	exec_share_destroy(h->share);
	free(h);
	return NULL;
}

int exec_hook_fd(const struct exec_hook *h)
{
	return h->epoll_fd;
}

static bool telling_allowed(struct exec_hook *h)
{
	struct base_bucket_rate rate = base_bucket_rate_make(1000, TOLD_PER_S, TOLD_BURST);

	return base_bucket_take(&h->told, &rate, base_mono_ms(), 1) == 1;
}

// Is the program there, a file, and nobody's to change but root's and ours? It may have been changed since it
// was named.
static bool is_fit(const char *path, struct base_text *why)
{
	struct stat st;

	if (stat(path, &st) != 0 || access(path, X_OK) != 0)
		base_text_add(why, "cannot be run: %s", strerror(errno));
	else if (!S_ISREG(st.st_mode))
		base_text_add(why, "is not a regular file");
	else if (base_file_judge(path, &st, why) != 0)
		return false;
	return why->len == 0;
}

void exec_hook_set(struct exec_hook *h, const char *path, uint32_t timeout_ms)
{
	char why_buf[WHY_SIZE];
	struct base_text why;

	h->timeout_ms = timeout_ms;
	if (strcmp(h->path, path) == 0)
		return;
	base_text_copy(h->path, sizeof(h->path), path);
	h->stats.n_waiting = 0;
	exec_share_clear(h->share);
	base_text_init(&why, why_buf, sizeof(why_buf));
	if (path[0] != '\0' && !is_fit(path, &why))
		LOG(WARNING, "events.exec: %s %s: no event will reach it until that is mended", path,
			why_buf);
}

// ---- starting

struct env {
	char text[ENV_MAX][ENV_SIZE];
	char *list[ENV_MAX + 1];
	uint32_t n;
};

static void env_add(struct env *env, const char *name, const char *value)
{
	snprintf(env->text[env->n], ENV_SIZE, "%s=%s", name, value);
	env->list[env->n] = env->text[env->n];
	env->n++;
	env->list[env->n] = NULL;
}

static void env_mac(struct env *env, const char *name, uint64_t value)
{
	struct base_mac mac = base_mac_from_u64(value);
	char text[BASE_MAC_TEXT_LEN];

	env_add(env, name, value == 0 ? "" : base_mac_format(&mac, text));
}

static void env_make(struct env *env, const struct turn *turn)
{
	const struct app_event *e = &turn->e;
	time_t s = (time_t)(e->wall_us / 1000000);
	struct tm tm;
	char text[40];

	env->n = 0;
	env_add(env, "PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	env_add(env, "ROMON_EVENT", event_kind_name(e->kind));
	snprintf(text, sizeof(text), "%" PRIu64, e->seq);
	env_add(env, "ROMON_SEQ", text);
	gmtime_r(&s, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	env_add(env, "ROMON_TIME", text);
	env_add(env, "ROMON_SEVERITY", base_log_level_name(event_kind_severity(e->kind)));
	env_add(env, "ROMON_PORT", e->port);
	env_mac(env, "ROMON_MAC", e->mac);
	env_mac(env, "ROMON_ID", e->id);
	env_add(env, "ROMON_IDENTITY", e->identity);
	env_add(env, "ROMON_TEXT", e->text);
	snprintf(text, sizeof(text), "%" PRIu32, turn->n_skipped);
	env_add(env, "ROMON_SKIPPED", text);
}

// Its own process group, no signal blocked or ignored, nothing open but /dev/null and the log's standard
// error.
static int spawn(const char *path, char *const env[], pid_t *pid)
{
	char *argv[] = {NULL, NULL};
	char name[CONF_PATH_LEN_MAX + 1];
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t all;
	sigset_t none;

	base_text_copy(name, sizeof(name), path);
	argv[0] = name;
	sigfillset(&all);
	sigemptyset(&none);
	int err = posix_spawn_file_actions_init(&files);
	if (err != 0)
		return -err;
	err = posix_spawnattr_init(&attr);
	if (err != 0) {
		posix_spawn_file_actions_destroy(&files);
		return -err;
	}
	posix_spawnattr_setflags(
		&attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	err = posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (err == 0)
		err = posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	if (err == 0) // ours does not wait for its reader: a program that does not expect that gets the first
		      // one
		err = posix_spawn_file_actions_adddup2(&files, base_log_child_fd(), STDERR_FILENO);
	if (err == 0)
		err = posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
	if (err == 0)
		err = posix_spawn(pid, path, &files, &attr, argv, env);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	return -err;
}

static void run_kill(struct run *r)
{
	if (kill(-r->pid, SIGKILL) != 0)
		kill(r->pid, SIGKILL);
	r->is_killed = true;
}

static void run_start(struct exec_hook *h, struct run *r, const struct turn *turn)
{
	const struct app_event *e = &turn->e;
	static struct env env; // control thread only
	char why_buf[WHY_SIZE];
	struct base_text why;
	pid_t pid;

	env_make(&env, turn);
	base_text_init(&why, why_buf, sizeof(why_buf));
	int err = is_fit(h->path, &why) ? spawn(h->path, env.list, &pid) : 0;
	if (err != 0)
		base_text_add(&why, "cannot be run: %s", strerror(-err));
	if (why.len > 0) {
		h->stats.n_failed++;
		if (telling_allowed(h))
			LOG(WARNING, "events.exec: %s %s: %s did not reach it", h->path, why_buf,
				event_kind_name(e->kind));
		return;
	}
	*r = (struct run){.pid = pid,
		.pidfd = pidfd_open(pid, 0), // close-on-exec by itself
		.deadline_ms = base_mono_ms() + h->timeout_ms,
		.seq = e->seq,
		.kind = e->kind};
	struct epoll_event ev = {.events = EPOLLIN};
	// without a descriptor its end is seen at the next poll
	if (r->pidfd >= 0)
		(void)epoll_ctl(h->epoll_fd, EPOLL_CTL_ADD, r->pidfd, &ev);
	h->stats.n_running++;
	h->stats.n_started++;
}

static void queue_add(struct exec_hook *h, const struct app_event *e, uint32_t n_skipped)
{
	if (h->stats.n_waiting == EXEC_HOOK_QUEUE_MAX) {
		h->first = (h->first + 1) % EXEC_HOOK_QUEUE_MAX;
		h->stats.n_waiting--;
		h->stats.n_lost++;
	}
	h->queue[(h->first + h->stats.n_waiting++) % EXEC_HOOK_QUEUE_MAX] =
		(struct turn){.e = *e, .n_skipped = n_skipped};
}

// What those on the wire caused joins the queue when its turn has come. While the program is slow it stays
// where only its last state counts: most of the queue is not theirs.
static void queue_share(struct exec_hook *h)
{
	uint64_t now_ms = base_mono_ms();
	uint32_t n_skipped = 0;
	struct app_event e;

	while (h->stats.n_waiting < EXEC_SHARE_ALL_BURST &&
		exec_share_next(h->share, now_ms, &e, &n_skipped)) {
		queue_add(h, &e, n_skipped);
		h->stats.n_skipped += n_skipped;
	}
	h->stats.n_held = exec_share_waiting(h->share);
}

static void start_waiting(struct exec_hook *h)
{
	queue_share(h);
	for (int i = 0; i < EXEC_HOOK_RUNS_MAX; i++) {
		while (h->runs[i].pid == 0 && h->stats.n_waiting > 0) {
			const struct turn *turn = &h->queue[h->first];

			h->first = (h->first + 1) % EXEC_HOOK_QUEUE_MAX;
			h->stats.n_waiting--;
			run_start(h, &h->runs[i], turn);
		}
	}
}

// ---- ending

static void end_tell(struct exec_hook *h, const struct run *r, int status)
{
	if (!r->is_killed && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return;
	h->stats.n_failed++;
	h->stats.n_killed += r->is_killed;
	if (!telling_allowed(h))
		return;
	if (r->is_killed)
		LOG(WARNING, "events.exec: killed after %u ms: event %" PRIu64 " (%s)", h->timeout_ms, r->seq,
			event_kind_name(r->kind));
	else if (WIFSIGNALED(status))
		LOG(WARNING, "events.exec: ended by %s: event %" PRIu64 " (%s)", strsignal(WTERMSIG(status)),
			r->seq, event_kind_name(r->kind));
	else
		LOG(WARNING, "events.exec: exit status %d: event %" PRIu64 " (%s)", WEXITSTATUS(status),
			r->seq, event_kind_name(r->kind));
}

static void run_look(struct exec_hook *h, struct run *r, uint64_t now_ms)
{
	int status = 0;

	if (r->pid == 0)
		return;
	// -1: somebody else took its status; it has ended all the same
	if (waitpid(r->pid, &status, WNOHANG) != 0) {
		end_tell(h, r, status);
		if (r->pidfd >= 0)
			close(r->pidfd); // leaves the epoll set with it
		*r = (struct run){0};
		h->stats.n_running--;
	} else if (now_ms >= r->deadline_ms && !r->is_killed) {
		run_kill(r);
	}
}

void exec_hook_poll(struct exec_hook *h)
{
	uint64_t now_ms = base_mono_ms();

	for (int i = 0; i < EXEC_HOOK_RUNS_MAX; i++)
		run_look(h, &h->runs[i], now_ms);
	start_waiting(h);
	if (h->stats.n_lost == h->n_lost_told || !telling_allowed(h))
		return;
	LOG(WARNING, "events.exec: %" PRIu64 " events came faster than %s takes them: they did not reach it",
		h->stats.n_lost - h->n_lost_told, h->path);
	h->n_lost_told = h->stats.n_lost;
}

void exec_hook_post(struct exec_hook *h, const struct app_event *e)
{
	if (h->path[0] == '\0')
		return;
	if (exec_share_concerns(e))
		exec_share_put(h->share, e);
	else
		queue_add(h, e, 0);
	start_waiting(h);
}

void exec_hook_finish(struct exec_hook *h, uint32_t within_ms)
{
	uint64_t until_ms = base_real_ms() + within_ms;

	exec_hook_poll(h);
	while ((h->stats.n_running > 0 || h->stats.n_waiting > 0) && base_real_ms() < until_ms) {
		struct epoll_event ev[EXEC_HOOK_RUNS_MAX];

		epoll_wait(h->epoll_fd, ev, EXEC_HOOK_RUNS_MAX, 10);
		exec_hook_poll(h);
	}
}

void exec_hook_destroy(struct exec_hook *h)
{
	if (h == NULL)
		return;
	for (int i = 0; i < EXEC_HOOK_RUNS_MAX; i++) {
		if (h->runs[i].pid != 0)
			run_kill(&h->runs[i]);
	}
	h->stats.n_waiting = 0;
	exec_share_clear(h->share);
	exec_hook_finish(h, END_MS);
	for (int i = 0; i < EXEC_HOOK_RUNS_MAX; i++) {
		if (h->runs[i].pid != 0 && h->runs[i].pidfd >= 0)
			close(h->runs[i].pidfd);
	}
	close(h->epoll_fd);
	exec_share_destroy(h->share);
	free(h);
}

void exec_hook_stats_get(const struct exec_hook *h, struct exec_hook_stats *out)
{
	*out = h->stats;
}
