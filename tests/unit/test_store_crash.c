// SPDX-License-Identifier: BSD-3-Clause
// kill -9 in the middle of writing: what is there afterwards is whole, and no older than the last batch.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base_clock.h"
#include "store_bed.h"
#include "suite.h"

#define N_KILLS  6
#define N_NODES  400
#define BATCH_MS 100
#define SLACK_MS 900 // a transaction takes its time, and this machine has others to do

// The child: all nodes, one round after the other, and an event a round; a byte to the parent for each round.
static void write_until_killed(const char *dir, int fd)
{
	struct store_cfg cfg = {.dir = dir, .history_max = 500, .nodes_max = N_NODES, .batch_ms = BATCH_MS};
	struct store *s = store_open(&cfg);

	for (uint32_t round = 1; s != NULL; round++) {
		char text[32];

		for (uint32_t i = 1; i <= N_NODES; i++)
			store_bed_put(s, i, round);
		snprintf(text, sizeof(text), "round %u", round);
		struct store_event e = {.time_us = base_wall_us(), .kind = "node-new", .text = text};
		store_history_add(s, &e);
		if (write(fd, "x", 1) != 1)
			break;
		nanosleep(&(struct timespec){.tv_nsec = 3000000}, NULL);
	}
	_exit(1);
}

struct told {
	uint32_t n;
	uint64_t last_us;
	uint64_t last_seq;
	uint32_t n_gaps;
};

static void event_look(const struct store_event *e, void *ctx)
{
	struct told *t = ctx;

	t->n_gaps += t->n > 0 && e->seq != t->last_seq + 1;
	t->n_gaps += strncmp(e->text, "round ", 6) != 0;
	t->n++;
	t->last_seq = e->seq;
	t->last_us = e->time_us;
}

static void killed_and_reopened(const char *dir, uint32_t n_rounds)
{
	struct told told = {0};
	struct store_history_ask ask = {.limit = 1000};
	int fds[2];

	CU_ASSERT_EQUAL_FATAL(pipe(fds), 0);
	pid_t pid = fork();
	if (pid == 0) {
		close(fds[0]);
		write_until_killed(dir, fds[1]);
	}
	close(fds[1]);
	for (uint32_t i = 0; i < n_rounds; i++) {
		char c;

		CU_ASSERT_EQUAL_FATAL(read(fds[0], &c, 1), 1);
	}
	uint64_t killed_us = base_wall_us();
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(fds[0]);

	struct store *s = store_bed_open(dir);
	struct store_stats st;
	store_stats_get(s, &st);
	CU_ASSERT_TRUE(st.is_well);
	CU_ASSERT_EQUAL(st.n_damaged, 0);
	struct store_bed_sum sum = store_bed_load(s);
	CU_ASSERT_EQUAL(sum.n, N_NODES);
	CU_ASSERT_EQUAL(sum.n_strange, 0);
	CU_ASSERT_TRUE(sum.last_seen_us_max + (BATCH_MS + SLACK_MS) * 1000ull >= killed_us);
	CU_ASSERT_EQUAL(store_history_read(s, &ask, event_look, &told), told.n);
	CU_ASSERT_EQUAL(told.n_gaps, 0);
	CU_ASSERT_TRUE(told.last_us + (BATCH_MS + SLACK_MS) * 1000ull >= killed_us);
	printf("killed after %u rounds: nodes miss the last %lld ms, events the last %lld ms ", n_rounds,
		(long long)(killed_us - sum.last_seen_us_max) / 1000,
		(long long)(killed_us - told.last_us) / 1000);
	store_close(s);
}

static void kill_9_leaves_whole_rows_that_miss_the_last_batch_at_most(void)
{
	const char *dir = store_bed_dir();

	for (uint32_t k = 0; k < N_KILLS; k++)
		killed_and_reopened(dir, 150 + 17 * k);
	CU_ASSERT_EQUAL(store_bed_n_files(dir, "damaged"), 0);
}

// The log (-wal) is cut anywhere, as by a power cut that loses its end: an older state, but a whole one.
static void log_cut_anywhere_leaves_whole_rows(void)
{
	const char *dir = store_bed_dir();
	char path[128];
	int fds[2];

	CU_ASSERT_EQUAL_FATAL(pipe(fds), 0);
	pid_t pid = fork();
	if (pid == 0)
		write_until_killed(dir, fds[1]);
	for (uint32_t i = 0; i < 150; i++) {
		char c;

		CU_ASSERT_EQUAL_FATAL(read(fds[0], &c, 1), 1);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(fds[0]);
	close(fds[1]);
	FILE *f = fopen(store_bed_file(dir, "-wal", path), "r+");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_EQUAL(fseek(f, 0, SEEK_END), 0);
	long size = ftell(f);
	fclose(f);
	CU_ASSERT_TRUE(size > 20000);
	CU_ASSERT_EQUAL(truncate(path, size - 7777), 0);
	struct store *s = store_bed_open(dir);
	struct store_bed_sum sum = store_bed_load(s);
	CU_ASSERT_TRUE(sum.n == N_NODES || sum.n == 0); // whole transactions
	CU_ASSERT_EQUAL(sum.n_strange, 0);
	CU_ASSERT_EQUAL(store_bed_n_files(dir, "damaged"), 0);
	store_close(s);
}

static const struct suite_case cases[] = {
	SUITE_CASE(kill_9_leaves_whole_rows_that_miss_the_last_batch_at_most),
	SUITE_CASE(log_cut_anywhere_leaves_whole_rows),
};

SUITE_MAIN("store crash", cases)
