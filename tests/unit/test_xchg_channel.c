// SPDX-License-Identifier: BSD-3-Clause
// The rings between threads: nothing is lost, doubled, torn or out of order, and what does not fit is
// counted. Run under -Db_sanitize=thread too (clang).
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <rte_mbuf.h>

#include "dp_bed.h"
#include "suite.h"
#include "xchg_channel.h"
#include "xchg_wake.h"

#define N_EVENTS 200000u
#define N_FRAMES 100000u
#define N_MBUFS  1023
#define N_WORDS  20000u
#define LOST_MS  60000

#define N_PRODUCERS 3u

static struct xchg_channel *channel;
static struct rte_mempool *pool;

static void begin(void)
{
	dp_bed_eal();
	channel = xchg_channel_create("test", SOCKET_ID_ANY);
	pool = rte_pktmbuf_pool_create("xchg", N_MBUFS, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	CU_ASSERT_TRUE_FATAL(channel != NULL && pool != NULL);
}

// Destroying the channel gives back what is still in it.
static void end(void)
{
	xchg_channel_destroy(channel);
	CU_ASSERT_EQUAL(rte_mempool_in_use_count(pool), 0);
	rte_mempool_free(pool);
}

static void mark_travels_with_the_frame(void)
{
	begin();
	struct rte_mbuf *m = rte_pktmbuf_alloc(pool);

	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	for (uint32_t class = 0; class < 256; class += 51) {
		for (uint32_t reason = 0; reason < 256; reason += 17) {
			xchg_mark(m, 63, (uint8_t) class, (uint8_t)reason);
			CU_ASSERT_EQUAL(m->port, 63);
			CU_ASSERT_EQUAL(xchg_mark_class(m), class);
			CU_ASSERT_EQUAL(xchg_mark_reason(m), reason);
		}
	}
	CU_ASSERT_EQUAL(rte_ring_enqueue(channel->punts, m), 0);
	end();
}

static void full_rings_refuse_and_count(void)
{
	struct xchg_event e = {.type = XCHG_EVENT_STORM};
	struct rte_mbuf *m;
	uint32_t n = 0;

	begin();
	for (uint32_t i = 0; i < 4096 + 10; i++)
		xchg_event_post(channel, &e);
	CU_ASSERT_EQUAL(atomic_load(&channel->events_lost), 10);
	while ((m = rte_pktmbuf_alloc(pool)) != NULL) {
		if (rte_ring_enqueue(channel->down, m) != 0)
			rte_pktmbuf_free(m);
		else
			n++;
	}
	CU_ASSERT_EQUAL(n, N_MBUFS); // the ring is longer than the pool
	end();
}

static void *events_post(void *arg)
{
	(void)arg;
	for (uint32_t i = 1; i <= N_EVENTS; i++) {
		struct xchg_event e = {
			.type = (uint8_t)(i % 5 + 1), .port = (uint8_t)i, .mac = i, .id = ~(uint64_t)i};

		xchg_event_post(channel, &e);
		if (i % 512 == 0)
			sched_yield();
	}
	return NULL;
}

static void events_come_whole_and_in_order(void)
{
	pthread_t worker;
	struct xchg_event e[32];
	uint64_t last = 0;
	uint64_t n_taken = 0;
	uint64_t n_wrong = 0;

	begin();
	CU_ASSERT_EQUAL_FATAL(pthread_create(&worker, NULL, events_post, NULL), 0);
	while (n_taken + atomic_load(&channel->events_lost) < N_EVENTS) {
		uint32_t n = xchg_events_take(channel, e, BASE_ARRAY_LEN(e));

		for (uint32_t i = 0; i < n; i++) {
			n_wrong += e[i].mac <= last || e[i].id != ~e[i].mac ||
				   e[i].port != (uint8_t)e[i].mac || e[i].type != e[i].mac % 5 + 1;
			last = e[i].mac;
		}
		n_taken += n;
	}
	pthread_join(worker, NULL);
	CU_ASSERT_EQUAL(n_wrong, 0);
	CU_ASSERT_TRUE(n_taken > 0);
	CU_ASSERT_EQUAL(xchg_events_take(channel, e, 1), 0);
	end();
}

// ThreadSanitizer does not follow the ring `across`: its producers write its tail as one 64-bit word, its
// consumer reads 32 bits of it.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define IS_ACROSS_LEFT_OUT 1
#endif
#endif
#ifndef IS_ACROSS_LEFT_OUT
#define IS_ACROSS_LEFT_OUT 0
#endif

// Frames of several workers to one. The pool's own ring is not instrumented, so mbufs are made beforehand
// and go round: a word in each says who has it.
static struct rte_mbuf *frames[N_PRODUCERS][64];

static void *frames_send(void *arg)
{
	uint32_t id = (uint32_t)(uintptr_t)arg;

	for (uint32_t i = 0; i < N_FRAMES; i++) {
		struct rte_mbuf *m = frames[id][i % 64];

		// a consumer gives an mbuf back by clearing its mark: wait for that
		while (atomic_load((_Atomic uint32_t *)rte_pktmbuf_mtod(m, uint8_t *)) != 0)
			sched_yield();
		atomic_store((_Atomic uint32_t *)rte_pktmbuf_mtod(m, uint8_t *), 1);
		xchg_mark(m, (uint16_t)id, 1, 0);
		*rte_pktmbuf_mtod_offset(m, uint32_t *, 64) = i;
		void *frame = m;
		while (rte_ring_mp_rts_enqueue_burst(channel->across, &frame, 1, NULL) == 0)
			sched_yield();
	}
	return NULL;
}

static void frames_of_many_workers_arrive_once(void)
{
	pthread_t producers[N_PRODUCERS];
	uint32_t next[N_PRODUCERS] = {0};
	uint32_t n_wrong = 0;
	uint32_t n_taken = 0;

	if (IS_ACROSS_LEFT_OUT)
		return;
	begin();
	for (uint32_t p = 0; p < N_PRODUCERS; p++) {
		for (uint32_t i = 0; i < 64; i++) {
			frames[p][i] = rte_pktmbuf_alloc(pool);
			CU_ASSERT_PTR_NOT_NULL_FATAL(frames[p][i]);
			*rte_pktmbuf_mtod(frames[p][i], uint32_t *) = 0;
		}
	}
	for (uint32_t p = 0; p < N_PRODUCERS; p++)
		CU_ASSERT_EQUAL_FATAL(
			pthread_create(&producers[p], NULL, frames_send, (void *)(uintptr_t)p), 0);
	while (n_taken < N_PRODUCERS * N_FRAMES) {
		void *m[32];
		uint32_t n = rte_ring_sc_dequeue_burst(channel->across, m, BASE_ARRAY_LEN(m), NULL);

		for (uint32_t i = 0; i < n; i++) {
			struct rte_mbuf *frame = m[i];
			uint32_t id = frame->port;

			n_wrong += id >= N_PRODUCERS || xchg_mark_class(frame) != 1 ||
				   *rte_pktmbuf_mtod_offset(frame, uint32_t *, 64) != next[id];
			next[id]++;
			atomic_store((_Atomic uint32_t *)rte_pktmbuf_mtod(frame, uint8_t *), 0);
		}
		n_taken += n;
		if (n == 0)
			sched_yield();
	}
	for (uint32_t p = 0; p < N_PRODUCERS; p++) {
		pthread_join(producers[p], NULL);
		for (uint32_t i = 0; i < 64; i++)
			rte_pktmbuf_free(frames[p][i]);
	}
	CU_ASSERT_EQUAL(n_wrong, 0);
	CU_ASSERT_TRUE(rte_ring_empty(channel->across));
	end();
}

// ---- the word that wakes control

static struct xchg_wake wake;
static _Atomic uint64_t n_woken; // writes of the worker
static _Atomic uint64_t n_control_took;

static void *events_post_and_wake(void *arg)
{
	const uint64_t one = 1;

	(void)arg;
	for (uint64_t i = 1; i <= N_WORDS; i++) {
		struct xchg_event e = {.type = XCHG_EVENT_STORM, .mac = i};

		xchg_event_post(channel, &e);
		if (xchg_wake_take(&wake)) {
			CU_ASSERT_EQUAL(write(wake.fd, &one, sizeof(one)), sizeof(one));
			atomic_fetch_add(&n_woken, 1);
		}
		while (i % 4 == 0 && atomic_load(&n_control_took) < i) // let it go to sleep
			sched_yield();
	}
	return NULL;
}

// Control sleeps without end but for the word: were one lost, it would not wake.
static void who_sleeps_is_woken_once(void)
{
	struct xchg_event e[32];
	pthread_t worker;
	uint64_t n_sleeps = 0;
	uint64_t n_taken = 0;
	uint64_t n_lost = 0;

	begin();
	wake.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	CU_ASSERT_FATAL(wake.fd >= 0);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&worker, NULL, events_post_and_wake, NULL), 0);
	while (n_taken < N_WORDS && n_lost == 0) {
		xchg_wake_arm(&wake);
		// the look into the ring: rte_ring_empty() is a plain load, which ThreadSanitizer does not
		// take
		uint32_t n_now = xchg_events_take(channel, e, BASE_ARRAY_LEN(e));
		if (n_now == 0) {
			struct pollfd p = {.fd = wake.fd, .events = POLLIN};
			uint64_t n;

			n_sleeps++;
			n_lost += poll(&p, 1, LOST_MS) != 1;
			CU_ASSERT_EQUAL(read(wake.fd, &n, sizeof(n)), sizeof(n));
		}
		xchg_wake_disarm(&wake);
		n_taken += n_now;
		atomic_store(&n_control_took, n_taken);
	}
	CU_ASSERT_EQUAL_FATAL(n_lost, 0);
	pthread_join(worker, NULL);
	CU_ASSERT_EQUAL(n_taken, N_WORDS);
	CU_ASSERT(atomic_load(&n_woken) >= n_sleeps); // a word may come when the look found a frame already
	CU_ASSERT(atomic_load(&n_woken) <= N_WORDS);
	close(wake.fd);
	end();
}

static void who_is_awake_is_left_alone(void)
{
	xchg_wake_arm(&wake);
	CU_ASSERT(xchg_wake_take(&wake));
	CU_ASSERT(!xchg_wake_take(&wake)); // somebody else has done it
	xchg_wake_arm(&wake);
	xchg_wake_disarm(&wake);
	CU_ASSERT(!xchg_wake_take(&wake));
}

static const struct suite_case cases[] = {
	SUITE_CASE(mark_travels_with_the_frame),
	SUITE_CASE(full_rings_refuse_and_count),
	SUITE_CASE(events_come_whole_and_in_order),
	SUITE_CASE(frames_of_many_workers_arrive_once),
	SUITE_CASE(who_sleeps_is_woken_once),
	SUITE_CASE(who_is_awake_is_left_alone),
};

SUITE_MAIN("xchg channel", cases)
