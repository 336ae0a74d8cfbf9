// SPDX-License-Identifier: BSD-3-Clause
// The address table against a simple model, under random operations with fixed seeds; caps, fair eviction,
// ageing, and a million addresses.
#include <stdlib.h>
#include <string.h>

#include <rte_malloc.h>

#include "dp_bed.h"
#include "nbr_index.h"
#include "nbr_table.h"
#include "suite.h"
#include "test_random.h"

#define SEED 0x1badb002deadbeefu

static struct nbr_table *table(uint32_t capacity, uint32_t per_port_max)
{
	dp_bed_eal();
	struct nbr_table *t = nbr_table_create(&(struct nbr_cfg){.capacity = capacity,
		.per_port_max = per_port_max,
		.socket_id = SOCKET_ID_ANY,
		.seed = SEED});
	CU_ASSERT_PTR_NOT_NULL_FATAL(t);
	return t;
}

static uint64_t key_of(uint32_t n)
{
	struct base_mac mac = {
		{0x02, (uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n, 0}};

	return nbr_key(base_mac_u64(&mac), 0x8001);
}

// ---- the model: an array, searched from end to end

#define MODEL_MAX 256

struct model_row {
	uint64_t key; // 0 = free
	uint8_t port;
	uint32_t first_ms;
	uint32_t last_ms;
	uint64_t rx_frames;
};

struct model {
	struct model_row rows[MODEL_MAX];
	uint32_t n;
};

static struct model_row *model_find(struct model *m, uint64_t key)
{
	for (uint32_t i = 0; i < MODEL_MAX; i++) {
		if (m->rows[i].key == key)
			return &m->rows[i];
	}
	return NULL;
}

static void model_remove(struct model *m, uint64_t key)
{
	struct model_row *row = model_find(m, key);

	CU_ASSERT_PTR_NOT_NULL_FATAL(row);
	row->key = 0;
	m->n--;
}

static uint32_t model_count(const struct model *m, uint8_t port)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < MODEL_MAX; i++)
		n += m->rows[i].key != 0 && m->rows[i].port == port;
	return n;
}

static bool rows_equal(const struct nbr_row *row, const struct model_row *want)
{
	return want != NULL && row->port == want->port && row->first_ms == want->first_ms &&
	       row->last_ms == want->last_ms && row->rx_frames == want->rx_frames;
}

// The table says of every key what the model says.
static void compare(struct nbr_table *t, struct model *m)
{
	uint32_t n = 0;

	CU_ASSERT_EQUAL(nbr_table_used(t), m->n);
	for (uint32_t i = 0; i < nbr_table_rows_end(t); i++) {
		struct nbr_row row;

		if (!nbr_table_row(t, i, &row))
			continue;
		n++;
		CU_ASSERT_TRUE(rows_equal(&row, model_find(m, row.key)));
		CU_ASSERT_EQUAL(nbr_table_lookup(t, row.key), i);
	}
	CU_ASSERT_EQUAL(n, m->n);
}

static void lookup_random(struct nbr_table *t, struct model *m, uint32_t n_keys)
{
	uint64_t keys[NBR_BULK_MAX] = {0};
	uint32_t idx[NBR_BULK_MAX];
	uint32_t n = random_below(NBR_BULK_MAX + 1);

	for (uint32_t i = 0; i < n; i++)
		keys[i] = key_of(1 + random_below(n_keys));
	nbr_table_lookup_bulk(t, keys, n, idx);
	for (uint32_t i = 0; i < n; i++) {
		CU_ASSERT_EQUAL(idx[i] == NBR_INDEX_NONE, model_find(m, keys[i]) == NULL);
		CU_ASSERT_EQUAL(idx[i], nbr_table_lookup(t, keys[i]));
	}
}

static void add_random(struct nbr_table *t, struct model *m, uint64_t key, uint32_t now_ms)
{
	uint8_t port = (uint8_t)random_below(5);
	uint64_t evicted;
	uint32_t idx = nbr_table_add(t, key, port, now_ms, &evicted);

	CU_ASSERT_NOT_EQUAL_FATAL(idx, NBR_INDEX_NONE);
	if (evicted != 0)
		model_remove(m, evicted);
	struct model_row *row = model_find(m, 0);
	*row = (struct model_row){.key = key, .port = port, .first_ms = now_ms, .last_ms = now_ms};
	m->n++;
}

// Eviction is the table's choice; that it was a fair one is checked here.
static void add_checked(struct nbr_table *t, struct model *m, uint64_t key, uint32_t now_ms,
	uint32_t capacity, uint32_t per_port_max)
{
	struct model before = *m;

	add_random(t, m, key, now_ms);
	const struct model_row *added = model_find(m, key);
	uint32_t n_own = model_count(&before, added->port);
	bool must_evict = n_own >= per_port_max || before.n >= capacity;
	CU_ASSERT_EQUAL(m->n, before.n + (must_evict ? 0 : 1));
	for (uint32_t i = 0; must_evict && i < MODEL_MAX; i++) {
		const struct model_row *row = &before.rows[i];

		if (row->key == 0 || model_find(m, row->key) != NULL)
			continue;
		uint32_t n_its = model_count(&before, row->port);
		if (n_own >= per_port_max)
			CU_ASSERT_EQUAL(row->port, added->port);
		for (uint8_t p = 0; n_own < per_port_max && p < 5; p++)
			CU_ASSERT_TRUE(n_its >= model_count(&before, p));
	}
	CU_ASSERT_TRUE(m->n <= capacity);
	for (uint8_t p = 0; p < 5; p++)
		CU_ASSERT_TRUE(model_count(m, p) <= per_port_max);
}

static void age_random(struct nbr_table *t, struct model *m, uint32_t now_ms, uint32_t age_ms)
{
	uint64_t gone[MODEL_MAX];
	uint32_t n = nbr_table_age(t, now_ms, age_ms, 1 + random_below(MODEL_MAX), gone);

	for (uint32_t i = 0; i < n; i++) {
		struct model_row *row = model_find(m, gone[i]);

		CU_ASSERT_PTR_NOT_NULL_FATAL(row);
		CU_ASSERT_TRUE(now_ms - row->last_ms >= age_ms);
		model_remove(m, gone[i]);
	}
}

static void operations(uint32_t capacity, uint32_t per_port_max, uint64_t seed, uint32_t now_ms)
{
	struct nbr_table *t = table(capacity, per_port_max);
	static struct model m;
	uint32_t n_keys = capacity * 2;

	memset(&m, 0, sizeof(m));
	random_state = seed;
	for (uint32_t step = 0; step < 20000; step++) {
		uint64_t key = key_of(1 + random_below(n_keys));
		struct model_row *row = model_find(&m, key);
		uint32_t idx = nbr_table_lookup(t, key);

		CU_ASSERT_EQUAL(idx == NBR_INDEX_NONE, row == NULL);
		now_ms += random_below(20);
		if (row == NULL) {
			add_checked(t, &m, key, now_ms, capacity, per_port_max);
		} else if (random_below(8) == 0) {
			row->port = (uint8_t)random_below(5);
			if (model_count(&m, row->port) > per_port_max)
				row->port = nbr_table_ports(t)[idx];
			row->last_ms = now_ms;
			nbr_table_move(t, idx, row->port, now_ms);
		} else {
			uint32_t n = 1 + random_below(64);

			nbr_table_touch(nbr_table_entry(t, idx), n, now_ms);
			row->rx_frames += n;
			row->last_ms = now_ms;
		}
		if (step % 16 == 0)
			lookup_random(t, &m, n_keys);
		if (step % 64 == 0)
			age_random(t, &m, now_ms, 300 + random_below(3000));
		if (step % 128 == 0)
			compare(t, &m);
	}
	compare(t, &m);
	nbr_table_destroy(t);
}

static void random_operations_agree_with_a_model(void)
{
	operations(100, 40, 1, 0);
	operations(100, 100, 2, 5);
	operations(7, 3, 3, 1000000);
	operations(1, 1, 4, 0);
	operations(200, 60, 5, UINT32_MAX - 90000); // over the clock's wrap
}

// ---- caps

static void flooding_port_evicts_only_its_own(void)
{
	struct nbr_table *t = table(1000, 600);
	uint64_t evicted;
	uint32_t n_on[4] = {0};
	struct nbr_row row;

	for (uint32_t i = 1; i <= 300; i++)
		CU_ASSERT_NOT_EQUAL(nbr_table_add(t, key_of(i), 1, i, &evicted), NBR_INDEX_NONE);
	for (uint32_t i = 301; i <= 500; i++)
		CU_ASSERT_NOT_EQUAL(nbr_table_add(t, key_of(i), 2, i, &evicted), NBR_INDEX_NONE);
	for (uint32_t i = 1000; i < 60000; i++) {
		CU_ASSERT_NOT_EQUAL(nbr_table_add(t, key_of(i), 3, i, &evicted), NBR_INDEX_NONE);
		CU_ASSERT_EQUAL(evicted, i < 1500 ? 0 : key_of(i - 500)); // its oldest
	}
	for (uint32_t i = 0; i < nbr_table_rows_end(t); i++) {
		if (nbr_table_row(t, i, &row))
			n_on[row.port]++;
	}
	CU_ASSERT_EQUAL(n_on[1], 300);
	CU_ASSERT_EQUAL(n_on[2], 200);
	CU_ASSERT_EQUAL(n_on[3], 500);
	CU_ASSERT_EQUAL(nbr_table_counters(t).evicted, 58500);
	CU_ASSERT_EQUAL(nbr_table_counters(t).full, 0);
	nbr_table_destroy(t);
}

// Who is heard again and again stays, whatever passes by. An eviction looks at 8 heads and then takes the
// next, so a run of active entries loses one in nine, once: those are learned anew and stay.
static void active_entries_outlive_a_flood(void)
{
	struct nbr_table *t = table(1000, 100);
	uint64_t evicted;
	uint32_t n_relearned = 0;

	for (uint32_t i = 1; i <= 20; i++)
		CU_ASSERT_NOT_EQUAL(nbr_table_add(t, key_of(i), 1, 0, &evicted), NBR_INDEX_NONE);
	for (uint32_t i = 1000; i < 20000; i++) {
		for (uint32_t k = 1; i % 10 == 0 && k <= 20; k++) {
			uint32_t idx = nbr_table_lookup(t, key_of(k));

			if (idx == NBR_INDEX_NONE) {
				idx = nbr_table_add(t, key_of(k), 1, i, &evicted);
				n_relearned++;
			}
			nbr_table_touch(nbr_table_entry(t, idx), 1, i);
		}
		CU_ASSERT_NOT_EQUAL(nbr_table_add(t, key_of(i), 1, i, &evicted), NBR_INDEX_NONE);
	}
	CU_ASSERT_TRUE(n_relearned <= 20 / 9 + 1);
	nbr_table_destroy(t);
}

// A silent entry goes when it is age_ms old, or at the latest at twice that: a list is not sorted by the
// last frame, and its head may hide older ones behind it.
static void silent_entries_go_within_twice_their_age(void)
{
	struct nbr_table *t = table(1000, 1000);
	uint64_t evicted;
	uint64_t gone[256];
	uint32_t last_heard[200];

	random_state = 7;
	for (uint32_t i = 0; i < 200; i++) {
		CU_ASSERT_NOT_EQUAL(nbr_table_add(t, key_of(i), 0, i, &evicted), NBR_INDEX_NONE);
		last_heard[i] = i;
	}
	for (uint32_t now = 200; now < 5000; now += 10) {
		uint32_t i = random_below(200);
		uint32_t idx = nbr_table_lookup(t, key_of(i));

		if (idx != NBR_INDEX_NONE && now < 3000) {
			nbr_table_touch(nbr_table_entry(t, idx), 1, now);
			last_heard[i] = now;
		}
		(void)nbr_table_age(t, now, 1000, 256, gone);
		for (uint32_t k = 0; k < 200; k++) {
			bool is_there = nbr_table_lookup(t, key_of(k)) != NBR_INDEX_NONE;

			if (now - last_heard[k] < 1000)
				CU_ASSERT_TRUE(is_there);
			if (now - last_heard[k] >= 2000)
				CU_ASSERT_FALSE(is_there);
		}
	}
	CU_ASSERT_EQUAL(nbr_table_used(t), 0);
	nbr_table_destroy(t);
}

static void ageing_keeps_its_budget_and_comes_round(void)
{
	struct nbr_table *t = table(4000, 4000);
	uint64_t evicted;
	uint64_t gone[10];
	uint32_t n_calls = 0;

	for (uint32_t i = 0; i < 3000; i++)
		CU_ASSERT_NOT_EQUAL(nbr_table_add(t, key_of(i), (uint8_t)(i % NBR_PORTS_MAX), 0, &evicted),
			NBR_INDEX_NONE);
	while (nbr_table_used(t) > 0 && n_calls < 1000) {
		uint32_t n = nbr_table_age(t, 100000, 1000, 10, gone);

		CU_ASSERT_TRUE(n <= 10);
		n_calls++;
	}
	CU_ASSERT_EQUAL(nbr_table_used(t), 0);
	CU_ASSERT_EQUAL(n_calls, 300);
	nbr_table_destroy(t);
}

static void million_addresses(void)
{
	struct nbr_table *t = table(1000000, 1000000);
	uint64_t evicted;
	uint32_t n_missing = 0;

	for (uint32_t i = 1; i <= 1000000; i++) {
		if (nbr_table_add(t, key_of(i), (uint8_t)(i % 8), i, &evicted) == NBR_INDEX_NONE ||
			evicted != 0)
			n_missing++;
	}
	CU_ASSERT_EQUAL(n_missing, 0);
	CU_ASSERT_EQUAL(nbr_table_used(t), 1000000);
	for (uint32_t i = 1; i <= 1000000; i++)
		n_missing += nbr_table_lookup(t, key_of(i)) == NBR_INDEX_NONE;
	CU_ASSERT_EQUAL(n_missing, 0);
	for (uint32_t i = 1000001; i <= 1200000; i++) // beyond the cap
		n_missing += nbr_table_add(t, key_of(i), (uint8_t)(i % 8), i, &evicted) == NBR_INDEX_NONE;
	CU_ASSERT_EQUAL(n_missing, 0);
	CU_ASSERT_EQUAL(nbr_table_used(t), 1000000);
	CU_ASSERT_EQUAL(nbr_table_counters(t).evicted, 200000);
	CU_ASSERT_TRUE(nbr_table_rows_end(t) <= 1400000);
	nbr_table_destroy(t);
}

// ---- keys that collide: an attacker cannot choose them, but the table must bear them

#define N_COLLIDING (NBR_PROBE_MAX * NBR_BUCKET_LEN)

// Keys whose bucket is the first one; with_tag: and whose tags are one, so that only the keys differ.
static void colliding_find(uint64_t *keys, uint32_t n, uint32_t mask, bool with_tag)
{
	uint32_t first = nbr_hash(key_of(0), SEED);

	for (uint32_t i = 0, found = 0; found < n; i++) {
		uint32_t hash = nbr_hash(key_of(i), SEED);

		if ((hash & mask) == (first & mask) &&
			(!with_tag || nbr_hash_tag(hash) == nbr_hash_tag(first)))
			keys[found++] = key_of(i);
	}
}

static uint32_t lost_count(struct nbr_table *t, const uint64_t *keys, uint32_t n)
{
	uint32_t n_wrong = 0;
	uint32_t idx;

	for (uint32_t i = 0; i < n; i++) {
		nbr_table_lookup_bulk(t, &keys[i], 1, &idx);
		n_wrong += idx == NBR_INDEX_NONE || idx != nbr_table_lookup(t, keys[i]) ||
			   nbr_table_entry(t, idx)->key != keys[i];
	}
	return n_wrong;
}

// As many as may stand in one bucket and those behind it; the next has no room, until one goes.
static void colliding_keys_are_found_until_there_is_no_room(void)
{
	struct nbr_table *t = table(4096, 4096);
	uint64_t keys[N_COLLIDING + 1];
	uint64_t evicted;
	uint64_t gone[1];

	colliding_find(keys, N_COLLIDING + 1, 1023, false);
	for (uint32_t i = 0; i < N_COLLIDING; i++)
		CU_ASSERT_NOT_EQUAL(nbr_table_add(t, keys[i], 1, i, &evicted), NBR_INDEX_NONE);
	CU_ASSERT_EQUAL(lost_count(t, keys, N_COLLIDING), 0);
	CU_ASSERT_EQUAL(nbr_table_add(t, keys[N_COLLIDING], 2, 0, &evicted), NBR_INDEX_NONE);
	CU_ASSERT_EQUAL(nbr_table_counters(t).full, 1);
	CU_ASSERT_EQUAL(nbr_table_port_counters(t, 2).full, 1);
	CU_ASSERT_EQUAL(nbr_table_lookup(t, keys[N_COLLIDING]), NBR_INDEX_NONE);
	CU_ASSERT_EQUAL(nbr_table_used(t), N_COLLIDING);

	CU_ASSERT_EQUAL(nbr_table_age(t, 1000, 1000, 1, gone), 1);
	CU_ASSERT_EQUAL(gone[0], keys[0]);
	CU_ASSERT_NOT_EQUAL(nbr_table_add(t, keys[N_COLLIDING], 2, 0, &evicted), NBR_INDEX_NONE);
	CU_ASSERT_EQUAL(nbr_table_lookup(t, keys[0]), NBR_INDEX_NONE);
	CU_ASSERT_EQUAL(lost_count(t, keys + 1, N_COLLIDING), 0);
	nbr_table_destroy(t);
}

// Keys that were chosen for one seed, in a table of another: none is refused, and hardly any bucket
// overflows, so a search looks at one line as a rule, and never at more than NBR_PROBE_MAX.
static void keys_chosen_for_one_seed_spread_under_another(void)
{
	enum { N = 200, BUCKETS = 1024 };
	uint64_t keys[N];
	uint8_t n_in[BUCKETS] = {0};
	uint32_t n_most = 0;

	colliding_find(keys, N, BUCKETS - 1, false);
	for (uint64_t seed = 1; seed <= 1000; seed++) {
		memset(n_in, 0, sizeof(n_in));
		for (uint32_t i = 0; i < N; i++) {
			uint32_t n = ++n_in[nbr_hash(keys[i], seed * 0x2545f4914f6cdd1du) & (BUCKETS - 1)];

			n_most = n > n_most ? n : n_most;
		}
	}
	CU_ASSERT_TRUE(n_most <= 2 * NBR_BUCKET_LEN);
}

// What passed a full bucket is found also when there is room in it again, and leaves no trace when it goes:
// the hash is as good as new afterwards.
static void removed_keys_leave_no_trace(void)
{
	struct nbr_table *t = table(64, 64);
	uint64_t keys[3 * NBR_BUCKET_LEN];
	uint64_t evicted;
	uint64_t gone[1];

	colliding_find(keys, 3 * NBR_BUCKET_LEN, 15, true);
	for (uint32_t round = 0; round < 100000; round += 1000) {
		for (uint32_t i = 0; i < 3 * NBR_BUCKET_LEN; i++)
			CU_ASSERT_NOT_EQUAL(
				nbr_table_add(t, keys[i], 1, round + i, &evicted), NBR_INDEX_NONE);
		for (uint32_t i = 0; i < 3 * NBR_BUCKET_LEN; i++) { // the oldest first
			CU_ASSERT_EQUAL(lost_count(t, keys + i, 3 * NBR_BUCKET_LEN - i), 0);
			CU_ASSERT_EQUAL(nbr_table_age(t, round + i + 500, 500, 1, gone), 1);
			CU_ASSERT_EQUAL(gone[0], keys[i]);
			CU_ASSERT_EQUAL(nbr_table_lookup(t, keys[i]), NBR_INDEX_NONE);
		}
	}
	CU_ASSERT_EQUAL(nbr_table_counters(t).full, 0);
	CU_ASSERT_EQUAL(nbr_table_rows_end(t), 3 * NBR_BUCKET_LEN);
	nbr_table_destroy(t);
}

static uint64_t heap_used(void)
{
	struct rte_malloc_socket_stats stats;

	CU_ASSERT_EQUAL(rte_malloc_get_socket_stats(0, &stats), 0);
	return stats.heap_allocsz_bytes;
}

// What is reserved at start suffices, and is not far more than what is taken.
static void memory_is_what_was_announced(void)
{
	static const uint32_t capacities[] = {1, 100, 4096, 65536, 100000, 1000000};

	dp_bed_eal();
	for (size_t i = 0; i < BASE_ARRAY_LEN(capacities); i++) {
		uint64_t before = heap_used();
		struct nbr_table *t = table(capacities[i], capacities[i]);
		uint64_t taken = heap_used() - before;

		CU_ASSERT_TRUE(taken <= nbr_table_bytes(capacities[i]));
		CU_ASSERT_TRUE(nbr_table_bytes(capacities[i]) <= 2 * taken + 128 * 1024);
		nbr_table_destroy(t);
		CU_ASSERT_EQUAL(heap_used(), before);
	}
}

static const struct suite_case cases[] = {
	SUITE_CASE(random_operations_agree_with_a_model),
	SUITE_CASE(flooding_port_evicts_only_its_own),
	SUITE_CASE(active_entries_outlive_a_flood),
	SUITE_CASE(silent_entries_go_within_twice_their_age),
	SUITE_CASE(ageing_keeps_its_budget_and_comes_round),
	SUITE_CASE(million_addresses),
	SUITE_CASE(keys_chosen_for_one_seed_spread_under_another),
	SUITE_CASE(colliding_keys_are_found_until_there_is_no_room),
	SUITE_CASE(removed_keys_leave_no_trace),
	SUITE_CASE(memory_is_what_was_announced),
};

SUITE_MAIN("nbr table", cases)
