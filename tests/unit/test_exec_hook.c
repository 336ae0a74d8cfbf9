// SPDX-License-Identifier: BSD-3-Clause
// The program of events.exec: what it gets, what it does not get, and what becomes of one that hangs or
// fails.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base_clock.h"
#include "exec_hook.h"
#include "exec_share.h"
#include "suite.h"

#define WAIT_MS 20000

static char dir[64];
static char script[96];
static struct exec_hook *hook;
static char lines[64][512];
static uint32_t n_lines;

static void line_keep(enum base_log_level level, const char *line, void *ctx)
{
	(void)level;
	(void)ctx;
	if (n_lines < BASE_ARRAY_LEN(lines))
		snprintf(lines[n_lines++], sizeof(lines[0]), "%s", line);
}

static uint32_t logged(const char *text)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < n_lines; i++)
		n += strstr(lines[i], text) != NULL;
	return n;
}

static void cleanup(void)
{
	char cmd[96];

	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", dir);
	(void)!system(cmd);
}

// A hook that runs a shell script of this text, in which $OUT is a file of ours.
static void begin(const char *text, uint32_t timeout_ms)
{
	if (dir[0] == '\0') {
		snprintf(dir, sizeof(dir), "/tmp/romond-hook-XXXXXX");
		CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
		atexit(cleanup);
		base_log_sink_set(line_keep, NULL);
	}
	n_lines = 0;
	snprintf(script, sizeof(script), "%s/hook.sh", dir);
	FILE *f = fopen(script, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fprintf(f, "#!/bin/sh\nOUT=%s/out\n%s\n", dir, text);
	fclose(f);
	CU_ASSERT_EQUAL(chmod(script, 0700), 0);
	char out[96];
	snprintf(out, sizeof(out), "%s/out", dir);
	unlink(out);
	hook = exec_hook_create();
	CU_ASSERT_PTR_NOT_NULL_FATAL(hook);
	exec_hook_set(hook, script, timeout_ms);
}

static void post_kind(enum event_kind kind, uint64_t seq)
{
	struct app_event e = {.seq = seq,
		.wall_us = 1700000000000000,
		.kind = kind,
		.cause = 1,
		.port = "ether1",
		.mac = 0x060504030202,
		.id = 0x0a0908070602,
		.identity = "Router \\x1b[31m $(reboot)",
		.text = "node changed; `reboot` \"quoted\" 'too'"};

	exec_hook_post(hook, &e);
}

static void post(uint64_t seq)
{
	post_kind(EVENT_NODE_CHANGED, seq);
}

static struct exec_hook_stats stats(void)
{
	struct exec_hook_stats st;

	exec_hook_stats_get(hook, &st);
	return st;
}

// Drive the hook as the control loop does, until nothing runs or waits.
static void settle(void)
{
	uint64_t until_ms = base_mono_ms() + WAIT_MS;
	struct pollfd p = {.fd = exec_hook_fd(hook), .events = POLLIN};

	while ((stats().n_running > 0 || stats().n_waiting > 0) && base_mono_ms() < until_ms) {
		poll(&p, 1, 20);
		exec_hook_poll(hook);
	}
	CU_ASSERT_EQUAL(stats().n_running, 0);
	CU_ASSERT_EQUAL(stats().n_waiting, 0);
}

static const char *out_text(void)
{
	static char text[8192];
	char path[96];

	snprintf(path, sizeof(path), "%s/out", dir);
	FILE *f = fopen(path, "r");
	size_t n = f != NULL ? fread(text, 1, sizeof(text) - 1, f) : 0;
	text[n] = '\0';
	if (f != NULL)
		fclose(f);
	return text;
}

static void has(const char *line)
{
	if (strstr(out_text(), line) == NULL)
		printf("no line %s in:\n%s", line, out_text());
	CU_ASSERT_PTR_NOT_NULL(strstr(out_text(), line));
}

static void program_gets_the_event_and_no_shell_reads_it(void)
{
	begin("env >>$OUT", 10000);
	setenv("SECRET_OF_ROMOND", "1", 1);
	post(42);
	settle();
	has("ROMON_EVENT=node-changed\n");
	has("ROMON_SEQ=42\n");
	has("ROMON_TIME=2023-11-14T22:13:20Z\n");
	has("ROMON_SEVERITY=info\n");
	has("ROMON_PORT=ether1\n");
	has("ROMON_MAC=02:02:03:04:05:06\n");
	has("ROMON_ID=02:06:07:08:09:0a\n");
	has("ROMON_IDENTITY=Router \\x1b[31m $(reboot)\n");
	has("ROMON_TEXT=node changed; `reboot` \"quoted\" 'too'\n");
	has("ROMON_SKIPPED=0\n");
	CU_ASSERT_PTR_NULL(strstr(out_text(), "SECRET_OF_ROMOND"));
	CU_ASSERT_EQUAL(stats().n_started, 1);
	CU_ASSERT_EQUAL(stats().n_failed, 0);
	exec_hook_destroy(hook);
}

static void what_an_event_does_not_have_is_empty(void)
{
	struct app_event e = {.kind = EVENT_CONFIG_APPLIED, .seq = 43};

	begin("env >>$OUT", 10000);
	exec_hook_post(hook, &e);
	settle();
	has("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n");
	has("ROMON_EVENT=config-applied\n");
	has("ROMON_TIME=1970-01-01T00:00:00Z\n");
	has("ROMON_PORT=\n");
	has("ROMON_MAC=\n");
	has("ROMON_ID=\n");
	has("ROMON_IDENTITY=\n");
	has("ROMON_TEXT=\n");
	exec_hook_destroy(hook);
}

static void a_program_that_a_signal_ends_has_failed(void)
{
	begin("kill -TERM $$", 10000);
	post_kind(EVENT_CONFIG_APPLIED, 44);
	settle();
	CU_ASSERT_EQUAL(stats().n_started, 1);
	CU_ASSERT_EQUAL(stats().n_failed, 1);
	CU_ASSERT_EQUAL(stats().n_killed, 0); // not by us
	CU_ASSERT_EQUAL(logged("ended by Terminated: event 44 (config-applied)"), 1);
	exec_hook_destroy(hook);
}

static void what_waits_stays_when_only_the_time_is_another(void)
{
	begin("exec sleep 1000", 100000);
	for (uint64_t i = 0; i < EXEC_HOOK_RUNS_MAX + 3; i++)
		post_kind(EVENT_OPERATED, i);
	exec_hook_set(hook, script, 50); // of those that are started from now on
	CU_ASSERT_EQUAL(stats().n_waiting, 3);
	CU_ASSERT_EQUAL(stats().n_running, EXEC_HOOK_RUNS_MAX);
	CU_ASSERT_EQUAL(stats().n_lost, 0);
	exec_hook_destroy(hook);
}

static void program_has_no_descriptor_of_ours_and_no_blocked_signal(void)
{
	sigset_t set;
	sigset_t before;

	// of grep, which inherits them: the shell itself blocks all signals while it starts a program
	begin("ls -l /proc/$$/fd >>$OUT; grep -E 'Sig(Blk|Ign)' /proc/self/status >>$OUT; echo hello", 10000);
	int fd = open("/etc/hostname", O_RDONLY); // as a driver's that lacks close-on-exec
	CU_ASSERT_TRUE(fd >= 0);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, &before);
	signal(SIGPIPE, SIG_IGN);
	post(1);
	settle();
	sigprocmask(SIG_SETMASK, &before, NULL);
	has("SigBlk:\t0000000000000000\n");
	unsigned long ignored = ~0ul;
	const char *line = strstr(out_text(), "SigIgn:");
	CU_ASSERT_TRUE(line != NULL && sscanf(line, "SigIgn: %lx", &ignored) == 1);
	CU_ASSERT_EQUAL(ignored & 0x7fffffff, 0); // glibc itself leaves 32 and 33, which are its own, ignored
	has("0 -> /dev/null\n");
	has("1 -> /dev/null\n");
	CU_ASSERT_PTR_NULL(strstr(out_text(), "/etc/hostname"));
	CU_ASSERT_EQUAL(stats().n_failed, 0);
	close(fd);
	exec_hook_destroy(hook);
}

static void hanging_program_is_killed_with_its_children(void)
{
	begin("sleep 1000 & echo $! >>$OUT; sleep 1000", 300);
	uint64_t from_ms = base_mono_ms();
	post(1);
	settle();
	CU_ASSERT_TRUE(base_mono_ms() - from_ms < WAIT_MS);
	CU_ASSERT_TRUE(base_mono_ms() - from_ms >= 300);
	CU_ASSERT_EQUAL(stats().n_killed, 1);
	CU_ASSERT_EQUAL(logged("killed after 300 ms: event 1 (node-changed)"), 1);
	pid_t child = atoi(out_text());
	CU_ASSERT_TRUE_FATAL(child > 1);
	// a zombie until its new parent looks, or gone: it runs no more
	char path[64];
	char state = 'Z';
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)child);
	for (uint64_t until_ms = base_mono_ms() + 5000; base_mono_ms() < until_ms; usleep(5000)) {
		FILE *f = fopen(path, "r");
		if (f == NULL || fscanf(f, "%*d %*s %c", &state) != 1)
			state = 'Z';
		if (f != NULL)
			fclose(f);
		if (state == 'Z' || state == 'X')
			break;
	}
	CU_ASSERT_TRUE(state == 'Z' || state == 'X');
	exec_hook_destroy(hook);
}

static void four_run_at_once_and_the_others_wait_their_turn(void)
{
	begin("echo $ROMON_SEQ >>$OUT; while [ ! -e $OUT.go ]; do sleep 0.02; done", 10000);
	for (uint64_t i = 1; i <= 10; i++)
		post(i);
	CU_ASSERT_EQUAL(stats().n_running, EXEC_HOOK_RUNS_MAX);
	CU_ASSERT_EQUAL(stats().n_waiting, 6);
	char path[96];
	snprintf(path, sizeof(path), "%s/out.go", dir);
	close(open(path, O_CREAT | O_WRONLY, 0600));
	settle();
	unlink(path);
	CU_ASSERT_EQUAL(stats().n_started, 10);
	CU_ASSERT_EQUAL(stats().n_failed, 0);
	has("10\n");
	exec_hook_destroy(hook);
}

static void events_beyond_the_queue_are_counted_and_told(void)
{
	begin("exec sleep 1000", 100000);
	for (uint64_t i = 1; i <= EXEC_HOOK_RUNS_MAX + EXEC_HOOK_QUEUE_MAX + 50; i++)
		post_kind(EVENT_OPERATED, i);
	CU_ASSERT_EQUAL(stats().n_waiting, EXEC_HOOK_QUEUE_MAX);
	CU_ASSERT_EQUAL(stats().n_lost, 50);
	exec_hook_poll(hook);
	exec_hook_poll(hook);
	CU_ASSERT_EQUAL(logged("50 events came faster than"), 1);
	exec_hook_set(hook, "", 1000); // off: what waits is dropped
	CU_ASSERT_EQUAL(stats().n_waiting, 0);
	post(1000);
	CU_ASSERT_EQUAL(stats().n_waiting, 0);
	uint64_t from_ms = base_mono_ms();
	exec_hook_destroy(hook); // what runs is ended
	CU_ASSERT_TRUE(base_mono_ms() - from_ms < 5000);
}

static void program_that_fails_or_is_not_there_is_told_a_few_times(void)
{
	begin("exit 3", 10000);
	for (uint64_t i = 1; i <= 40; i++)
		post_kind(EVENT_CONFIG_FAILED, i);
	settle();
	CU_ASSERT_EQUAL(stats().n_failed, 40);
	CU_ASSERT_TRUE(logged("exit status 3") >= 1 && logged("exit status 3") <= 10);
	exec_hook_set(hook, "/nonexistent/hook", 1000);
	CU_ASSERT_EQUAL(logged("/nonexistent/hook cannot be run: No such file"), 1);
	post(41);
	CU_ASSERT_EQUAL(stats().n_running, 0);
	CU_ASSERT_EQUAL(stats().n_failed, 41);
	exec_hook_destroy(hook);
	exec_hook_destroy(NULL);
}

// It would run with our rights: looked at each time, since it may have been changed since it was named.
static void program_that_others_could_write_is_not_run(void)
{
	static const mode_t bad[] = {0720, 0702};

	begin("echo ran > $OUT", 10000);
	for (size_t i = 0; i < BASE_ARRAY_LEN(bad); i++) {
		CU_ASSERT_EQUAL(chmod(script, bad[i]), 0);
		post(i + 1);
		settle();
		CU_ASSERT_EQUAL(stats().n_failed, i + 1);
		CU_ASSERT_EQUAL(stats().n_started, 0);
		CU_ASSERT_EQUAL(logged("may be written by"), i + 1);
		CU_ASSERT_EQUAL(logged("node-changed did not reach it"), i + 1);
	}
	CU_ASSERT_EQUAL(chmod(script, 0700), 0);
	CU_ASSERT_EQUAL(chmod(dir, 0777), 0); // who may put another one in its place
	post(3);
	settle();
	CU_ASSERT_EQUAL(stats().n_started, 0);
	CU_ASSERT_EQUAL(chmod(dir, 0700), 0);
	exec_hook_set(hook, dir, 1000);
	CU_ASSERT_EQUAL(logged("is not a regular file: no event will reach it"), 1);
	exec_hook_set(hook, script, 10000);
	post(4);
	settle();
	CU_ASSERT_EQUAL(stats().n_started, 1);
	CU_ASSERT_EQUAL(stats().n_failed, 3);
	exec_hook_destroy(hook);
}

// Neither more processes than its share, nor an old state as the last one, nor a wait for others.
static void flood_of_one_port_is_rationed_and_its_last_event_runs(void)
{
	struct app_event other = {.kind = EVENT_NEIGHBOR_DOWN, .cause = 2, .seq = 777};
	uint64_t until_ms = base_mono_ms() + WAIT_MS;

	begin("echo $ROMON_SEQ-$ROMON_SKIPPED- >>$OUT", 10000);
	uint64_t from_ms = base_mono_ms();
	for (uint64_t i = 1; i <= 500; i++)
		post(i);
	CU_ASSERT_EQUAL(stats().n_held, 1);
	exec_hook_post(hook, &other);
	post_kind(EVENT_CONFIG_APPLIED, 888);
	settle();
	has("777-0-\n");
	has("888-0-\n");
	uint64_t n_most = EXEC_SHARE_BURST + 2 + 1 + (base_mono_ms() - from_ms) / EXEC_SHARE_EVERY_MS;
	CU_ASSERT_TRUE(stats().n_started >= EXEC_SHARE_BURST + 2 && stats().n_started <= n_most);
	while (stats().n_held > 0 && base_mono_ms() < until_ms) {
		usleep(20000);
		exec_hook_poll(hook);
	}
	settle();
	const char *end = strstr(out_text(), "500-");
	CU_ASSERT_PTR_NOT_NULL_FATAL(end);
	CU_ASSERT_EQUAL(stats().n_started + stats().n_skipped, 502);
	CU_ASSERT_EQUAL(stats().n_lost, 0);
	exec_hook_set(hook, "", 1000); // off: what is held is dropped
	exec_hook_destroy(hook);
}

// While the program hangs, those on the wire wait outside of the queue.
static void slow_program_leaves_the_queue_to_our_own_events(void)
{
	begin("exec sleep 1000", 100000);
	for (uint8_t cause = 0; cause <= CONF_PORTS_MAX; cause++) {
		struct app_event e = {.kind = EVENT_NEIGHBOR_UP, .cause = cause};

		exec_hook_post(hook, &e);
	}
	uint32_t n_of_wire = stats().n_waiting;
	CU_ASSERT_TRUE(n_of_wire <= EXEC_SHARE_ALL_BURST);
	CU_ASSERT_EQUAL(stats().n_running + n_of_wire + stats().n_held, CONF_PORTS_MAX + 1);
	for (uint32_t i = n_of_wire; i < EXEC_HOOK_QUEUE_MAX; i++)
		post_kind(EVENT_OPERATED, i);
	CU_ASSERT_EQUAL(stats().n_lost, 0);
	CU_ASSERT_EQUAL(stats().n_waiting, EXEC_HOOK_QUEUE_MAX);
	exec_hook_set(hook, "", 1000);
	exec_hook_poll(hook);
	CU_ASSERT_EQUAL(stats().n_held, 0);
	exec_hook_destroy(hook);
}

static void status_that_somebody_else_took_is_no_obstacle(void)
{
	begin("exit 0", 10000);
	signal(SIGCHLD, SIG_IGN); // the kernel reaps
	for (uint64_t i = 1; i <= 6; i++)
		post(i);
	settle();
	signal(SIGCHLD, SIG_DFL);
	CU_ASSERT_EQUAL(stats().n_started, 6);
	CU_ASSERT_EQUAL(stats().n_failed, 0);
	exec_hook_destroy(hook);
}

static const struct suite_case cases[] = {
	SUITE_CASE(program_gets_the_event_and_no_shell_reads_it),
	SUITE_CASE(what_an_event_does_not_have_is_empty),
	SUITE_CASE(a_program_that_a_signal_ends_has_failed),
	SUITE_CASE(what_waits_stays_when_only_the_time_is_another),
	SUITE_CASE(program_has_no_descriptor_of_ours_and_no_blocked_signal),
	SUITE_CASE(hanging_program_is_killed_with_its_children),
	SUITE_CASE(four_run_at_once_and_the_others_wait_their_turn),
	SUITE_CASE(events_beyond_the_queue_are_counted_and_told),
	SUITE_CASE(flood_of_one_port_is_rationed_and_its_last_event_runs),
	SUITE_CASE(slow_program_leaves_the_queue_to_our_own_events),
	SUITE_CASE(status_that_somebody_else_took_is_no_obstacle),
	SUITE_CASE(program_that_others_could_write_is_not_run),
	SUITE_CASE(program_that_fails_or_is_not_there_is_told_a_few_times),
};

SUITE_MAIN("exec hook", cases)
