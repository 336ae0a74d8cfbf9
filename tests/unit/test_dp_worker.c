// SPDX-License-Identifier: BSD-3-Clause
// Workers that cannot be made: an error, and nothing left behind. What DPDK says of it on standard error
// belongs to the test.
#include <string.h>

#include <rte_errno.h>
#include <rte_malloc.h>

#include "dp_bed.h"
#include "suite.h"

static uint64_t heap_used(void)
{
	struct rte_malloc_socket_stats stats;

	CU_ASSERT_EQUAL(rte_malloc_get_socket_stats(0, &stats), 0);
	return stats.heap_allocsz_bytes;
}

static struct dp_worker_cfg cfg_of(uint32_t neighbors, uint32_t origins)
{
	return (struct dp_worker_cfg){.id = 0,
		.n_workers = 1,
		.socket_id = SOCKET_ID_ANY,
		.burst = 32,
		.neighbors = neighbors,
		.neighbors_per_port = neighbors,
		.origins = origins,
		.tsc_hz = DP_BED_TSC_HZ};
}

// Each of the tables in turn is the one for which there is no memory.
static void worker_without_memory_is_refused(void)
{
	static const struct {
		uint32_t neighbors;
		uint32_t origins;
	} rows[] = {{1u << 28, 64}, {64, 1u << 28}};

	dp_bed_eal();
	uint64_t before = heap_used();
	for (size_t i = 0; i < BASE_ARRAY_LEN(rows); i++) {
		struct dp_worker_cfg cfg = cfg_of(rows[i].neighbors, rows[i].origins);

		errno = 0;
		CU_ASSERT_PTR_NULL(dp_worker_create(&cfg));
		CU_ASSERT_EQUAL(errno, ENOMEM);
		CU_ASSERT_EQUAL(heap_used(), before);
	}
}

// Two workers of one id would share names: the second is refused, the first not harmed.
static void second_worker_of_an_id_is_refused(void)
{
	dp_bed_eal();
	struct dp_worker_cfg cfg = cfg_of(64, 64);
	uint64_t before = heap_used();
	struct dp_worker *w = dp_worker_create(&cfg);
	uint64_t with_one = heap_used();

	CU_ASSERT_PTR_NOT_NULL_FATAL(w);
	CU_ASSERT_PTR_NULL(dp_worker_create(&cfg));
	CU_ASSERT_NOT_EQUAL(errno, 0);
	CU_ASSERT_EQUAL(heap_used(), with_one);
	CU_ASSERT_EQUAL(rte_ring_count(dp_worker_channel(w)->punts), 0);
	dp_worker_destroy(w);
	dp_worker_destroy(NULL);
	CU_ASSERT_EQUAL(heap_used(), before);
}

static void second_channel_of_a_name_is_refused(void)
{
	dp_bed_eal();
	uint64_t before = heap_used();
	struct xchg_channel *c = xchg_channel_create("twice", SOCKET_ID_ANY);

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_PTR_NULL(xchg_channel_create("twice", SOCKET_ID_ANY));
	CU_ASSERT_EQUAL(errno, EEXIST);
	xchg_channel_destroy(c);
	xchg_channel_destroy(NULL);
	CU_ASSERT_EQUAL(heap_used(), before);
}

// A worker needs no more than what is computed for it at start.
static void memory_is_what_was_announced(void)
{
	static const struct {
		uint32_t neighbors;
		uint32_t origins;
	} rows[] = {{64, 64}, {1000, 65536}, {1000000, 65536}};

	dp_bed_eal();
	for (size_t i = 0; i < BASE_ARRAY_LEN(rows); i++) {
		struct dp_worker_cfg cfg = cfg_of(rows[i].neighbors, rows[i].origins);
		uint64_t before = heap_used();
		struct dp_worker *w = dp_worker_create(&cfg);

		CU_ASSERT_PTR_NOT_NULL_FATAL(w);
		CU_ASSERT_TRUE(heap_used() - before <= dp_worker_bytes(&cfg));
		dp_worker_destroy(w);
	}
}

static const struct suite_case cases[] = {
	SUITE_CASE(worker_without_memory_is_refused),
	SUITE_CASE(second_worker_of_an_id_is_refused),
	SUITE_CASE(second_channel_of_a_name_is_refused),
	SUITE_CASE(memory_is_what_was_announced),
};

SUITE_MAIN("dp worker", cases)
