// SPDX-License-Identifier: BSD-3-Clause
// Publishing under load: readers use a snapshot until they say that they let go of it, and it is there all
// that time; publishing waits for none of them, and old snapshots go when the last of them has let go. Run
// under -Db_sanitize=thread too (clang): a snapshot that is freed too early is a race between its reader and
// free().
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base_secmem.h"
#include "dp_bed.h"
#include "snap.h"
#include "suite.h"

#define N_READERS   3
#define N_PUBLISHED 1500
#define SETTLE_US   60000000 // others may use this machine

static const char yaml[] = "ports:\n"
			   "  a: { device: d0, link-id: 1 }\n"
			   "  b: { device: d0, vlan: 9, link-id: 2 }\n"
			   "filters: [ { deny-service: [winbox], deny-id: [\"02:00:00:00:00:01\"] } ]\n";

static struct snap_domain *domain;
static struct conf *conf;
static atomic_bool is_done;

struct reader {
	pthread_t thread;
	uint32_t id;
	uint64_t n_loads;
	uint64_t n_changes; // snapshots seen
	uint64_t n_wrong;
};

// A snapshot whose fields all follow from its generation; parts of it are allocated apart.
static struct snap *snap_made(uint64_t generation)
{
	struct snap_input in = {
		.conf = conf, .generation = generation, .own_id = generation * 2, .tsc_hz = 1000};

	for (uint8_t i = 0; i < conf->n_ports; i++) {
		in.ports[i] = (struct snap_input_port){.slot = i,
			.is_open = true,
			.is_up = true,
			.n_rxq = 1,
			.n_txq = 1,
			.mtu = (uint16_t)(1000 + generation % 500),
			.mac = base_mac_from_u64(generation << 8 | 2)};
	}
	struct snap *s = snap_build(&in);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	return s;
}

static bool is_whole(const struct snap *s)
{
	const struct snap_port *a = &s->ports[0];
	const struct snap_port *b = &s->ports[1];

	return s->own_id == s->generation * 2 && a->l2mtu == 1000 + s->generation % 500 &&
	       b->l2mtu == a->l2mtu - WIRE_VLAN_LEN && snap_mac_is_own(s, a->mac) &&
	       s->slot_of_link[2] == 1 && s->devs[0].slot_of_vid[9] == 1 && a->filter != NULL &&
	       a->filter->services[0] == 4 && b->filter->n_ids == 1;
}

static void *reader_main(void *arg)
{
	struct reader *r = arg;
	uint64_t last = 0;
	uint32_t round = 0;

	snap_reader_online(domain, r->id);
	while (!atomic_load(&is_done)) {
		const struct snap *s = snap_load(domain);

		r->n_loads++;
		r->n_wrong += s->generation < last; // never an older one
		r->n_changes += s->generation != last;
		last = s->generation;
		for (int use = 0; use < 20; use++) // hold it, as a turn does
			r->n_wrong += !is_whole(s);
		round++;
		if (round % 8 == 0)
			snap_quiescent(domain, r->id);
		if (round % 1000 == 0) { // as a worker that ends and begins again
			snap_reader_offline(domain, r->id);
			sched_yield();
			snap_reader_online(domain, r->id);
		}
	}
	snap_reader_offline(domain, r->id);
	return NULL;
}

static void conf_make(void)
{
	static struct conf_issues issues;

	conf = conf_load_text(yaml, strlen(yaml), &issues);
	CU_ASSERT_PTR_NOT_NULL_FATAL(conf);
}

static void readers_never_see_a_freed_snapshot(void)
{
	struct reader readers[N_READERS] = {0};

	dp_bed_eal();
	conf_make();
	domain = snap_domain_create(N_READERS, snap_made(1));
	CU_ASSERT_PTR_NOT_NULL_FATAL(domain);
	for (uint32_t i = 0; i < N_READERS; i++) {
		readers[i].id = i;
		CU_ASSERT_EQUAL_FATAL(pthread_create(&readers[i].thread, NULL, reader_main, &readers[i]), 0);
	}
	for (uint64_t g = 2; g < N_PUBLISHED; g++) {
		struct snap *s = snap_made(g);

		while (snap_publish(domain, s) != 0) // all that may wait for readers do
			sched_yield();
		if (g % 2 == 0)
			CU_ASSERT_TRUE(snap_settle(domain, SETTLE_US));
		CU_ASSERT_EQUAL(snap_current(domain)->generation, g);
	}
	atomic_store(&is_done, true);
	for (uint32_t i = 0; i < N_READERS; i++) {
		pthread_join(readers[i].thread, NULL);
		CU_ASSERT_EQUAL(readers[i].n_wrong, 0);
		CU_ASSERT_TRUE(readers[i].n_loads > 0);
	}
	snap_domain_destroy(domain);
	conf_free(conf);
}

// ---- one reader that holds on

static atomic_bool is_held;
static atomic_bool may_let_go;

static void *holder_main(void *arg)
{
	bool *was_whole = arg;

	snap_reader_online(domain, 0);
	const struct snap *s = snap_load(domain);
	atomic_store(&is_held, true);
	while (!atomic_load(&may_let_go))
		*was_whole = is_whole(s);
	*was_whole = is_whole(s) && s->generation == 1;
	snap_quiescent(domain, 0);
	snap_reader_offline(domain, 0);
	return NULL;
}

static void publishing_waits_for_nobody_and_keeps_what_is_held(void)
{
	pthread_t holder;
	bool was_whole = false;

	dp_bed_eal();
	conf_make();
	size_t n_before = base_secmem_n_blocks();
	domain = snap_domain_create(1, snap_made(1));
	CU_ASSERT_PTR_NOT_NULL_FATAL(domain);
	size_t n_each = base_secmem_n_blocks() - n_before;
	CU_ASSERT_TRUE(n_each > 0);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&holder, NULL, holder_main, &was_whole), 0);
	while (!atomic_load(&is_held))
		sched_yield();
	for (uint64_t g = 2; g < 2 + SNAP_RETIRED_MAX; g++) {
		CU_ASSERT_EQUAL(snap_publish(domain, snap_made(g)), 0);
		CU_ASSERT_EQUAL(snap_load(domain)->generation, g); // new readers get the new one at once
		CU_ASSERT_FALSE(snap_settle(domain, 1000));
	}
	struct snap *beyond = snap_made(99);
	CU_ASSERT_EQUAL(snap_publish(domain, beyond), -EBUSY);
	CU_ASSERT_EQUAL(base_secmem_n_blocks(), n_before + n_each * (SNAP_RETIRED_MAX + 2));
	CU_ASSERT_EQUAL(snap_load(domain)->generation, 1 + SNAP_RETIRED_MAX);
	atomic_store(&may_let_go, true);
	pthread_join(holder, NULL);
	CU_ASSERT_TRUE(was_whole);
	CU_ASSERT_EQUAL(snap_publish(domain, beyond), 0); // there is room again, for all were let go
	CU_ASSERT_TRUE(snap_settle(domain, 0));
	CU_ASSERT_EQUAL(snap_load(domain)->generation, 99);
	CU_ASSERT_EQUAL(base_secmem_n_blocks(), n_before + n_each);
	snap_domain_destroy(domain);
	CU_ASSERT_EQUAL(base_secmem_n_blocks(), n_before);
	conf_free(conf);
}

// What is retired when the end comes goes with it.
static void the_end_frees_what_was_held(void)
{
	dp_bed_eal();
	conf_make();
	size_t n_before = base_secmem_n_blocks();
	domain = snap_domain_create(1, snap_made(1));
	CU_ASSERT_PTR_NOT_NULL_FATAL(domain);
	snap_reader_online(domain, 0);
	CU_ASSERT_EQUAL(snap_publish(domain, snap_made(2)), 0);
	CU_ASSERT_EQUAL(snap_publish(domain, snap_made(3)), 0);
	CU_ASSERT_FALSE(snap_settle(domain, 0));
	snap_domain_destroy(domain);
	CU_ASSERT_EQUAL(base_secmem_n_blocks(), n_before);
	conf_free(conf);
}

static void publishing_without_readers_waits_for_nobody(void)
{
	dp_bed_eal();
	conf_make();
	domain = snap_domain_create(SNAP_WORKERS_MAX, snap_made(1));
	CU_ASSERT_PTR_NOT_NULL_FATAL(domain);
	for (uint64_t g = 2; g < 100; g++)
		CU_ASSERT_EQUAL(snap_publish(domain, snap_made(g)), 0);
	CU_ASSERT_TRUE(snap_settle(domain, 0));
	CU_ASSERT_EQUAL(snap_load(domain)->generation, 99);
	snap_domain_destroy(domain);
	snap_domain_destroy(NULL);
	conf_free(conf);
}

static const struct suite_case cases[] = {
	SUITE_CASE(readers_never_see_a_freed_snapshot),
	SUITE_CASE(publishing_waits_for_nobody_and_keeps_what_is_held),
	SUITE_CASE(the_end_frees_what_was_held),
	SUITE_CASE(publishing_without_readers_waits_for_nobody),
};

SUITE_MAIN("snap publish", cases)
