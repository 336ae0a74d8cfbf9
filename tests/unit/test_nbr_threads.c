// SPDX-License-Identifier: BSD-3-Clause
// Control reads rows while a worker adds, evicts, moves and removes: every row that it is given is whole.
// Run under -Db_sanitize=thread too (clang).
#include <pthread.h>
#include <stdatomic.h>

#include <rte_memory.h>

#include "dp_bed.h"
#include "nbr_table.h"
#include "suite.h"

#define N_OPERATIONS 400000
#define N_KEYS       5000
#define N_READERS    2

static struct nbr_table *table;
static atomic_bool is_done;

struct reader {
	pthread_t thread;
	uint64_t n_rows;  // whole rows
	uint64_t n_other; // free or changing
	uint64_t n_torn;
};

// All that a row holds follows from its number, so that a reader can tell a torn one.
static uint64_t key_of(uint32_t n)
{
	return nbr_key(n, 0x8001);
}

static uint8_t port_of(uint32_t n)
{
	return (uint8_t)(n % 7);
}

static uint32_t first_of(uint32_t n)
{
	return n * 2654435761u;
}

static uint32_t step_of(uint32_t n)
{
	return n % 13 + 1;
}

static bool is_whole(const struct nbr_row *row)
{
	uint32_t n = (uint32_t)row->key;

	return row->key == key_of(n) && n < N_KEYS && row->port % 7 == port_of(n) &&
	       row->first_ms == first_of(n) && row->rx_frames % step_of(n) == 0;
}

static void *reader_main(void *arg)
{
	struct reader *r = arg;
	struct nbr_row row;

	while (!atomic_load(&is_done)) {
		for (uint32_t i = 0; i < nbr_table_rows_end(table); i++) {
			if (!nbr_table_row(table, i, &row))
				r->n_other++;
			else if (is_whole(&row))
				r->n_rows++;
			else
				r->n_torn++;
		}
		(void)nbr_table_used(table);
		(void)nbr_table_counters(table);
	}
	return NULL;
}

static void *worker_main(void *arg)
{
	uint64_t x = 88172645463325252u;
	uint64_t evicted;
	uint64_t gone[16];

	(void)arg;
	for (uint32_t i = 0; i < N_OPERATIONS; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		uint32_t n = (uint32_t)(x >> 32) % N_KEYS;
		uint32_t idx = nbr_table_lookup(table, key_of(n));

		if (idx == NBR_INDEX_NONE)
			(void)nbr_table_add(table, key_of(n), port_of(n), first_of(n), &evicted);
		else if (i % 4 == 0) // ports that are the same to the reader
			nbr_table_move(table, idx, (uint8_t)(port_of(n) + 7 * (i / 4 % 2)), i);
		else
			nbr_table_touch(nbr_table_entry(table, idx), step_of(n), i);
		if (i % 32 == 0)
			(void)nbr_table_age(table, i, 1u << 31, BASE_ARRAY_LEN(gone), gone);
	}
	return NULL;
}

static void rows_are_read_whole(void)
{
	struct reader readers[N_READERS] = {0};
	uint64_t n_rows = 0;
	pthread_t worker;

	dp_bed_eal();
	table = nbr_table_create(&(struct nbr_cfg){
		.capacity = 1000, .per_port_max = 200, .socket_id = SOCKET_ID_ANY, .seed = 42});
	CU_ASSERT_PTR_NOT_NULL_FATAL(table);
	for (int i = 0; i < N_READERS; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&readers[i].thread, NULL, reader_main, &readers[i]), 0);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&worker, NULL, worker_main, NULL), 0);
	pthread_join(worker, NULL);
	atomic_store(&is_done, true);
	for (int i = 0; i < N_READERS; i++) {
		pthread_join(readers[i].thread, NULL);
		CU_ASSERT_EQUAL(readers[i].n_torn, 0);
		n_rows += readers[i].n_rows;
	}
	CU_ASSERT_TRUE(n_rows > 0);
	CU_ASSERT_TRUE(nbr_table_counters(table).evicted > 0);
	nbr_table_destroy(table);
}

static const struct suite_case cases[] = {
	SUITE_CASE(rows_are_read_whole),
};

SUITE_MAIN("nbr threads", cases)
