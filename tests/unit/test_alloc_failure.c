// SPDX-License-Identifier: BSD-3-Clause
// What memory there is not: each allocation of a library fails once, the first, the second, and so on to the
// last. Each time the caller is told or goes on without, nothing is lost (LeakSanitizer), and the next try
// succeeds.
//
// The linker sends calls of malloc and its like that stand in our own libraries through this file (--wrap).
#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include <rte_errno.h>

#include "api_bed.h"
#include "dp_bed.h"
#include "snap.h"
#include "store.h"
#include "store_bed.h"
#include "suite.h"
#include "topo_bed.h"
#include "topo_check.h"

#define FAILURES_MAX 20000 // a case that allocates more often does not end

static _Atomic bool is_armed;
static _Atomic uint64_t n_asked; // while armed
static _Atomic uint64_t fail_at; // the allocation that fails, from 1

static bool fails(void)
{
	return atomic_load(&is_armed) && atomic_fetch_add(&n_asked, 1) + 1 == atomic_load(&fail_at);
}

static void arm(uint64_t nth)
{
	atomic_store(&n_asked, 0);
	atomic_store(&fail_at, nth);
	atomic_store(&is_armed, true);
}

// Did the one that was to fail come?
static bool disarm(void)
{
	atomic_store(&is_armed, false);
	return atomic_load(&n_asked) >= atomic_load(&fail_at);
}

#define WRAP(type, name, parameters, arguments)     \
	type __real_##name parameters;              \
	type __wrap_##name parameters;              \
	type __wrap_##name parameters               \
	{                                           \
		if (fails()) {                      \
			errno = rte_errno = ENOMEM; \
			return NULL;                \
		}                                   \
		return __real_##name arguments;     \
	}

WRAP(void *, malloc, (size_t size), (size))
WRAP(void *, calloc, (size_t n, size_t size), (n, size))
WRAP(void *, realloc, (void *p, size_t size), (p, size))
WRAP(void *, reallocarray, (void *p, size_t n, size_t size), (p, n, size))
WRAP(char *, strdup, (const char *s), (s))
WRAP(char *, strndup, (const char *s, size_t n), (s, n))
WRAP(void *, rte_zmalloc, (const char *type, size_t size, unsigned align), (type, size, align))
WRAP(void *, rte_zmalloc_socket, (const char *type, size_t size, unsigned align, int socket),
	(type, size, align, socket))
WRAP(void *, rte_ring_create_elem,
	(const char *name, unsigned elem_size, unsigned n, int socket, unsigned flags),
	(name, elem_size, n, socket, flags))

// Runs once() with the first allocation failing, then the second, until it needs no more of them. Returns how
// many there were.
static uint64_t fail_each(void (*once)(void))
{
	for (uint64_t nth = 1; nth < FAILURES_MAX; nth++) {
		arm(nth);
		once();
		if (!disarm())
			return nth - 1;
	}
	CU_FAIL("no end of allocations");
	return 0;
}

// --- configuration

static char *text_of(const char *path)
{
	char *text = calloc(1, 1 << 20);
	FILE *f = fopen(path, "r");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_FATAL(fread(text, 1, (1 << 20) - 1, f) > 0);
	fclose(f);
	return text;
}

static char *config;
static struct conf_issues issues;

static void conf_once(void)
{
	struct conf *conf = conf_load_text(config, strlen(config), &issues);

	CU_ASSERT_EQUAL(conf == NULL, issues.n_errors > 0);
	if (conf == NULL)
		return;
	struct conf *copy = conf_copy(conf);
	char *shown = conf_show(conf);

	if (copy != NULL) {
		enum conf_reload worst;

		CU_ASSERT_EQUAL(conf_diff(conf, copy, NULL, 0, &worst), 0);
	}
	free(shown);
	conf_free(copy);
	conf_free(conf);
}

static void a_configuration_is_loaded_or_refused(void)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/config/romond.yaml", getenv("ROMOND_SOURCE"));
	config = text_of(path);
	CU_ASSERT(fail_each(conf_once) > 10);
	CU_ASSERT_EQUAL(issues.n_errors, 0); // of the last run, which had all it asked for
	free(config);
}

// --- snapshot

static struct conf *conf;

static void snap_once(void)
{
	struct snap_input in = {
		.conf = conf, .generation = 1, .own_id = 2, .tsc_hz = 1000, .self = {.identity = "n"}};

	for (uint8_t i = 0; i < conf->n_ports; i++)
		in.ports[i] = (struct snap_input_port){.slot = i,
			.is_open = true,
			.is_up = true,
			.n_rxq = 1,
			.n_txq = 1,
			.mtu = 1500,
			.mac = {{2, 0, 0, 0, 0, i}}};
	struct snap *s = snap_build(&in);

	if (s == NULL)
		CU_ASSERT_EQUAL(errno, ENOMEM);
	struct snap_domain *d = s == NULL ? NULL : snap_domain_create(1, s);
	if (d == NULL)
		snap_free(s);
	snap_domain_destroy(d);
}

static void a_snapshot_is_built_or_enomem(void)
{
	static const char yaml[] =
		"romon: { identity: n, secrets: [0123456789abcdef] }\n"
		"ports: { a: { device: d0, vlan: 7 }, b: { device: d0 }, c: { device: d1 } }\n"
		"filters: [ { deny-service: [winbox] }, { port: a, deny-id: [\"02:00:00:00:00:09\"] } ]\n"
		"relay-groups: { g: { ports: { r0: { device: d2 }, r1: { device: d3 } } } }\n";

	conf = conf_load_text(yaml, strlen(yaml), &issues);
	CU_ASSERT_PTR_NOT_NULL_FATAL(conf);
	CU_ASSERT(fail_each(snap_once) > 3);
	conf_free(conf);
}

// --- topology

#define NODES 40

static void topo_once(void)
{
	struct topo *t = topo_bed_create(1000);

	if (t == NULL)
		return;
	for (uint32_t i = 1; i <= NODES; i++) {
		struct topo_answer a = topo_bed_answer(i / 2, i, i, 1, 10);
		int err;

		a.identity = "a name of its own";
		a.identity_len = (uint8_t)(8 + i % 9);
		a.n_hops = i / 2 == 0 ? 0 : 1;
		err = topo_learn(t, &a, 1000 + i, 1000 + i, NULL);
		CU_ASSERT(err == 0 || err == -ENOMEM || err == -EINVAL);
	}
	topo_tick(t, 2000);
	const char *wrong = topo_check(t);

	CU_ASSERT_PTR_NULL(wrong);
	topo_destroy(t);
}

static void answers_are_learned_or_refused(void)
{
	CU_ASSERT(fail_each(topo_once) > 5);
}

// --- store

static void store_once(void)
{
	struct store_cfg cfg = {.dir = store_bed_dir(), .history_max = 10, .nodes_max = 100, .batch_ms = 1};
	struct store_event e = {
		.time_us = 1, .kind = "test", .severity = "info", .port = "", .identity = "", .text = "t"};
	struct store *s = store_open(&cfg);

	if (s == NULL) {
		CU_ASSERT_EQUAL(errno, ENOMEM);
		return;
	}
	for (uint32_t i = 0; i < 8; i++)
		store_bed_put(s, i, 1);
	store_history_add(s, &e);
	(void)!store_flush(s, 2000); // what had no room is told as lost, and the inventory wanted anew
	store_close(s);
}

static void the_store_lives_without(void)
{
	CU_ASSERT(fail_each(store_once) > 3);
}

// --- control socket

static json_t *answer(void *ctx, json_t *args, struct api_error *err)
{
	(void)ctx;
	(void)args;
	(void)err;
	json_t *rows = json_array();

	for (int i = 0; i < 4; i++)
		json_array_append_new(rows, json_pack("{s:i, s:s}", "i", i, "text", "some text"));
	return rows;
}

// Under want of memory the server may refuse or close a client; it serves the next one.
static void the_server_serves_the_next(void)
{
	static const struct api_command commands[] = {{"answer", API_TIER_READ, answer, "four rows"}};
	static const char ask[] = "{\"v\":1,\"id\":1,\"cmd\":\"answer\"}\n";
	struct api_bed b;
	uint64_t nth = 0;
	bool came;

	json_set_alloc_funcs(__wrap_malloc, free);
	api_bed_open(&b, commands, BASE_ARRAY_LEN(commands), NULL, NULL);
	do {
		int fd = api_bed_peer(&b);

		(void)!write(fd, ask, sizeof(ask) - 1);
		arm(++nth);
		api_bed_pump(&b);
		came = disarm();
		close(fd);
		api_bed_pump(&b);
		CU_ASSERT_EQUAL(api_server_clients(b.server), 0);
	} while (came && nth < FAILURES_MAX);
	CU_ASSERT(nth > 10);
	bool is_closed;
	int fd = api_bed_peer(&b);
	api_bed_send(&b, fd, ask, sizeof(ask) - 1);
	char *got = api_bed_receive(&b, fd, NULL, &is_closed);
	CU_ASSERT_PTR_NOT_NULL(strstr(got, "\"ok\":true"));
	free(got);
	close(fd);
	api_bed_close(&b);
	json_set_alloc_funcs(malloc, free);
}

// --- workers

static struct snap_domain *domain;

static void worker_once(void)
{
	static struct dp_signing signing;
	struct dp_worker_cfg cfg = {.id = 0,
		.n_workers = 1,
		.burst = 32,
		.neighbors = 64,
		.neighbors_per_port = 32,
		.origins = 64,
		.tsc_hz = DP_BED_TSC_HZ,
		.snaps = domain,
		.signing = &signing};
	struct dp_worker *w = dp_worker_create(&cfg);

	if (w == NULL)
		CU_ASSERT_EQUAL(errno, ENOMEM);
	dp_worker_destroy(w);
}

static void a_worker_is_made_or_enomem(void)
{
	static const char yaml[] = "ports: { a: { device: d0 } }\n";
	struct snap_input in = {.generation = 1, .own_id = 2, .tsc_hz = 1000};

	dp_bed_eal();
	conf = conf_load_text(yaml, strlen(yaml), &issues);
	CU_ASSERT_PTR_NOT_NULL_FATAL(conf);
	in.conf = conf;
	struct snap *s = snap_build(&in);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	domain = snap_domain_create(1, s);
	CU_ASSERT_PTR_NOT_NULL_FATAL(domain);
	CU_ASSERT(fail_each(worker_once) > 5);
	snap_domain_destroy(domain);
	conf_free(conf);
}

static const struct suite_case cases[] = {
	SUITE_CASE(a_configuration_is_loaded_or_refused),
	SUITE_CASE(a_snapshot_is_built_or_enomem),
	SUITE_CASE(answers_are_learned_or_refused),
	SUITE_CASE(the_store_lives_without),
	SUITE_CASE(the_server_serves_the_next),
	SUITE_CASE(a_worker_is_made_or_enomem),
};
SUITE_MAIN("alloc_failure", cases)
