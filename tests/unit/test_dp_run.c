// SPDX-License-Identifier: BSD-3-Clause
// Workers in threads of their own, as in the daemon: dp_run() until dp_stop(), in real time, while control
// publishes snapshots, reads counters and tables, and takes what is handed up.
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base_be.h"
#include "base_clock.h"
#include "dp_bed.h"
#include "suite.h"

#define NODE                                                                          \
	"romon: { identity: n, id: 02:00:00:00:ff:01 }\n"                             \
	"limits: { neighbors: 1000, origins: 64, discover-in: none, punt: 100000 }\n" \
	"ports:\n"                                                                    \
	"  a: { device: d0, link-id: 11 }\n"                                          \
	"  b: { device: d1, link-id: 22 }\n"                                          \
	"  c: { device: d2, link-id: 33 }\n"

#define WAIT_MS 20000 // longest wait for anything; the machine may be busy

enum { A, B, C };

static void *worker_main(void *arg)
{
	dp_run(arg);
	return NULL;
}

struct running {
	struct dp_bed *bed;
	pthread_t threads[DP_BED_WORKERS_MAX];
};

static void start_with(struct running *r, const struct dp_bed_cfg *cfg, const int *rx_fds)
{
	r->bed = dp_bed_open_cfg(cfg);
	for (uint32_t p = A; p <= C; p++) {
		r->bed->in.ports[p].worker = cfg->n_workers > 1 && p > A;
		r->bed->in.ports[p].rx_fds = rx_fds == NULL ? NULL : &rx_fds[p];
	}
	dp_bed_publish(r->bed);
	for (uint32_t i = 0; i < cfg->n_workers; i++)
		CU_ASSERT_EQUAL_FATAL(
			pthread_create(&r->threads[i], NULL, worker_main, r->bed->workers[i]), 0);
}

static void start(struct running *r, uint32_t n_workers, bool is_adaptive)
{
	start_with(r,
		&(struct dp_bed_cfg){.yaml = NODE,
			.n_workers = n_workers,
			.n_txq = 1,
			.is_real_time = true,
			.is_adaptive = is_adaptive},
		NULL);
}

static void stop(struct running *r)
{
	for (uint32_t i = 0; i < r->bed->n_workers; i++)
		dp_stop(r->bed->workers[i]);
	for (uint32_t i = 0; i < r->bed->n_workers; i++)
		pthread_join(r->threads[i], NULL);
}

static bool wait_for_frame(struct dp_bed *bed, uint8_t slot)
{
	uint64_t end_ms = base_mono_ms() + WAIT_MS;
	struct frame f;

	while (base_mono_ms() < end_ms) {
		if (dp_bed_take(bed, slot, &f))
			return true;
		sched_yield();
	}
	return false;
}

static void frame_passes_running_workers(uint32_t n_workers, bool is_adaptive)
{
	struct running r;
	struct dp_bed_punt punt;

	start(&r, n_workers, is_adaptive);
	struct frame f = dp_bed_data_to(r.bed, A, 22);
	for (int i = 0; i < 50; i++) {
		dp_bed_inject(r.bed, A, &f);
		CU_ASSERT_TRUE_FATAL(wait_for_frame(r.bed, B));
	}
	f = dp_bed_data_to(r.bed, A, 0);
	dp_bed_inject(r.bed, A, &f);
	uint64_t end_ms = base_mono_ms() + WAIT_MS;
	bool has_punt = false;
	while (!has_punt && base_mono_ms() < end_ms)
		has_punt = dp_bed_take_punt(r.bed, &punt);
	CU_ASSERT_TRUE(has_punt);
	stop(&r);
	CU_ASSERT_TRUE(dp_bed_is_balanced(r.bed));
	CU_ASSERT_TRUE(dp_bed_close(r.bed));
}

static void busy_worker_forwards(void)
{
	frame_passes_running_workers(1, false);
}

static void adaptive_worker_forwards(void)
{
	frame_passes_running_workers(1, true);
}

static void two_workers_forward_across(void)
{
	frame_passes_running_workers(2, true);
}

// What control does all day, while frames pass: none is lost, and each publishing ends.
static void control_works_while_frames_pass(void)
{
	struct running r;
	uint32_t n_sent = 0;
	uint32_t n_left = 0;
	uint64_t end_ms = base_mono_ms() + WAIT_MS;
	struct dp_bed_totals t;

	start(&r, 2, true);
	struct frame f = dp_bed_data_to(r.bed, A, 22);
	for (uint32_t round = 0; round < 300; round++) {
		while (n_sent - n_left > DP_BED_TX_RING_LEN / 2 && base_mono_ms() < end_ms)
			n_left += dp_bed_discard(r.bed, B); // the workers may be waiting for a CPU
		for (int i = 0; i < 8; i++) {
			f.bytes[11] = (uint8_t)(1 + n_sent % 50);
			dp_bed_inject(r.bed, A, &f);
			n_sent++;
		}
		r.bed->in.ports[C].is_up = round % 2 == 0;
		dp_bed_publish_running(r.bed);
		dp_bed_totals(r.bed, &t);
		CU_ASSERT_TRUE(t.rx_frames <= n_sent);
		for (uint32_t w = 0; w < 2; w++) {
			const struct nbr_table *nbr = dp_worker_neighbors(r.bed->workers[w]);
			struct nbr_row row;

			for (uint32_t i = 0; i < nbr_table_rows_end(nbr); i++)
				(void)nbr_table_row(nbr, i, &row);
		}
		dp_bed_discard_events(r.bed);
		n_left += dp_bed_discard(r.bed, B);
	}
	while (n_left < n_sent && base_mono_ms() < end_ms) {
		n_left += dp_bed_discard(r.bed, B);
		sched_yield();
	}
	CU_ASSERT_EQUAL(n_left, n_sent);
	stop(&r);
	CU_ASSERT_TRUE(dp_bed_is_balanced(r.bed));
	CU_ASSERT_TRUE(dp_bed_close(r.bed));
}

// A worker that has come to a stop takes nothing more, holds no snapshot, and what it had is sent.
static void stopped_worker_lets_go(void)
{
	struct running r;

	start(&r, 1, true);
	stop(&r);
	struct frame f = dp_bed_data_to(r.bed, A, 22);
	dp_bed_inject(r.bed, A, &f);
	dp_bed_publish_running(r.bed); // returns: nobody holds the old one
	CU_ASSERT_EQUAL(dp_bed_discard(r.bed, B), 0);
	CU_ASSERT_TRUE(dp_bed_close(r.bed));
}

// ---- workers that wait

static const struct dp_bed_cfg waiting = {
	.yaml = NODE, .n_workers = 2, .n_txq = 1, .is_real_time = true, .is_adaptive = true, .waits = true};

static void tellers_open(int fds[3])
{
	for (uint32_t p = A; p <= C; p++)
		fds[p] = eventfd(0, EFD_NONBLOCK);
}

static void tellers_close(const int fds[3])
{
	for (uint32_t p = A; p <= C; p++)
		close(fds[p]);
}

static void all_wait(struct dp_bed *bed)
{
	uint64_t end_ms = base_mono_ms() + WAIT_MS;

	while (base_mono_ms() < end_ms &&
		!(dp_worker_is_waiting(bed->workers[0]) && dp_worker_is_waiting(bed->workers[1])))
		sched_yield();
	CU_ASSERT_TRUE(dp_worker_is_waiting(bed->workers[0]) && dp_worker_is_waiting(bed->workers[1]));
}

static uint64_t turns(const struct dp_bed *bed, uint32_t w)
{
	return dp_counter_read(&dp_worker_counters(bed->workers[w])->polls);
}

// Only the queue that the frame came by tells of it: the other worker, which sends it, is told by the first.
static void a_frame_ends_the_wait_of_all_that_it_passes(void)
{
	struct running r;
	uint64_t word = 1;
	int fds[3];

	tellers_open(fds);
	start_with(&r, &waiting, fds);
	struct frame f = dp_bed_data_to(r.bed, A, 22);
	for (int i = 0; i < 20; i++) {
		all_wait(r.bed);
		dp_bed_inject(r.bed, A, &f);
		CU_ASSERT_EQUAL(write(fds[A], &word, sizeof(word)), sizeof(word));
		CU_ASSERT_TRUE_FATAL(wait_for_frame(r.bed, B));
		CU_ASSERT_EQUAL(
			read(fds[A], &word, sizeof(word)), sizeof(word)); // as when a socket is emptied
	}
	all_wait(r.bed);
	stop(&r); // returns: a stop ends a wait
	CU_ASSERT_TRUE(dp_bed_is_balanced(r.bed));
	CU_ASSERT_TRUE(dp_bed_close(r.bed));
	tellers_close(fds);
}

// Who waits makes no turn, holds no snapshot, and takes the next one when it is told.
static void who_waits_holds_up_nobody(void)
{
	struct running r;
	int fds[3];

	tellers_open(fds);
	start_with(&r, &waiting, fds);
	for (int i = 0; i < 20; i++) {
		all_wait(r.bed);
		uint64_t n = turns(r.bed, 0);
		r.bed->in.ports[C].is_up = i % 2 == 0;
		dp_bed_publish_running(r.bed); // checks that it is settled
		CU_ASSERT_EQUAL(turns(r.bed, 0), n);
		uint64_t end_ms = base_mono_ms() + WAIT_MS;
		for (uint32_t w = 0; w < 2; w++)
			xchg_wake_up(&r.bed->channels[w]->wake);
		while (turns(r.bed, 0) == n && base_mono_ms() < end_ms)
			sched_yield();
		CU_ASSERT_TRUE(turns(r.bed, 0) > n);
	}
	stop(&r);
	CU_ASSERT_TRUE(dp_bed_close(r.bed));
	tellers_close(fds);
}

// The clock of its tables goes on, for control, too: it stands only when the worker is kept from its turns.
static void who_waits_is_not_late(void)
{
	struct running r;
	int fds[3];

	tellers_open(fds);
	start_with(&r, &waiting, fds);
	all_wait(r.bed);
	uint32_t begin_ms = dp_worker_now_ms(r.bed->workers[0]);
	while (dp_worker_now_ms(r.bed->workers[0]) - begin_ms < 2 * DP_STALL_MS)
		sched_yield();
	uint32_t now_ms = dp_worker_now_ms(r.bed->workers[0]);
	CU_ASSERT_TRUE(dp_worker_ran_ms(r.bed->workers[0]) - now_ms < DP_STALL_MS);
	stop(&r);
	CU_ASSERT_TRUE(dp_bed_close(r.bed));
	tellers_close(fds);
}

// Where one queue does not tell of frames, its worker goes on to look.
static void who_cannot_be_told_does_not_wait(void)
{
	struct running r;

	start_with(&r, &waiting, NULL);
	struct frame f = dp_bed_data_to(r.bed, A, 22);
	uint64_t end_ms = base_mono_ms() + WAIT_MS;
	bool has_waited = false;
	for (uint64_t n = turns(r.bed, 0) + 1000; turns(r.bed, 0) < n && base_mono_ms() < end_ms;)
		has_waited |= dp_worker_is_waiting(r.bed->workers[0]);
	CU_ASSERT_FALSE(has_waited);
	dp_bed_inject(r.bed, A, &f);
	CU_ASSERT_TRUE(wait_for_frame(r.bed, B));
	stop(&r);
	CU_ASSERT_TRUE(dp_bed_close(r.bed));
}

static uint64_t timed(struct dp_bed *bed, enum dp_stage stage)
{
	return dp_counter_read(&dp_worker_stages(bed->workers[0])->tsc[stage]);
}

static uint64_t timed_frames(struct dp_bed *bed)
{
	return dp_counter_read(&dp_worker_stages(bed->workers[0])->frames);
}

// One frame through one turn, at whose begin the worker lets go of its snapshot.
static void one_turn(struct dp_bed *bed, const struct frame *f)
{
	struct frame out;

	dp_bed_inject(bed, A, f);
	dp_bed_advance_ms(bed, 1);
	dp_bed_turn(bed);
	CU_ASSERT_TRUE(dp_bed_take(bed, B, &out));
}

static void stages_are_timed_only_while_somebody_watches(void)
{
	struct dp_bed *bed = dp_bed_open(NODE);
	struct frame f = dp_bed_data_to(bed, A, 22);

	one_turn(bed, &f);
	CU_ASSERT_EQUAL(timed_frames(bed), 0);
	for (enum dp_stage s = 0; s < DP_N_STAGES; s++)
		CU_ASSERT_EQUAL(timed(bed, s), 0);

	dp_worker_watch(bed->workers[0]);
	one_turn(bed, &f);
	one_turn(bed, &f);
	CU_ASSERT_EQUAL(timed_frames(bed), 2);
	for (enum dp_stage s = 0; s < DP_N_STAGES; s++)
		CU_ASSERT_EQUAL(timed(bed, s) > 0, s != DP_STAGE_RELAY && s != DP_STAGE_FLOOD);

	uint64_t tsc = timed(bed, DP_STAGE_RX);
	dp_bed_advance_ms(bed, DP_WATCH_S * 1000);
	one_turn(bed, &f);
	CU_ASSERT_EQUAL(timed_frames(bed), 2);
	CU_ASSERT_EQUAL(timed(bed, DP_STAGE_RX), tsc);
	CU_ASSERT_STRING_EQUAL(dp_stage_name(DP_STAGE_TX), "tx");
	CU_ASSERT_TRUE(dp_bed_close(bed));
}

static const struct suite_case cases[] = {
	SUITE_CASE(stages_are_timed_only_while_somebody_watches),
	SUITE_CASE(busy_worker_forwards),
	SUITE_CASE(adaptive_worker_forwards),
	SUITE_CASE(two_workers_forward_across),
	SUITE_CASE(control_works_while_frames_pass),
	SUITE_CASE(stopped_worker_lets_go),
	SUITE_CASE(a_frame_ends_the_wait_of_all_that_it_passes),
	SUITE_CASE(who_waits_holds_up_nobody),
	SUITE_CASE(who_waits_is_not_late),
	SUITE_CASE(who_cannot_be_told_does_not_wait),
};

SUITE_MAIN("dp run", cases)
