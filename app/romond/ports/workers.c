// SPDX-License-Identifier: BSD-3-Clause
// Worker lcores. Control thread, but for worker_main(), which is the worker.
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_launch.h>
#include <rte_lcore.h>

#include "base_clock.h"
#include "base_log.h"
#include "base_random.h"
#include "ports.h"
#include "ports_state.h"
#include "signing.h"
#include "workers.h"

LOG_TYPE("worker");

static void cores_auto(struct app *app, const struct conf *conf, const cpu_set_t *allowed)
{
	uint32_t n_cpus = (uint32_t)CPU_COUNT(allowed);
	// one CPU stays with control; one worker for the node and one for each relay group (see placement.h)
	uint32_t n = n_cpus > 1 ? n_cpus - 1 : 1;
	bool is_node = conf->n_ports > 0 && conf->ports[0].mode == CONF_MODE_NODE; // node ports come first
	uint32_t n_sets = conf->n_groups + is_node > 0 ? conf->n_groups + is_node : 1;

	app->n_workers = n < n_sets ? n : n_sets;
	if (app->n_workers > SNAP_WORKERS_MAX)
		app->n_workers = SNAP_WORKERS_MAX;
	uint32_t w = 0;
	for (int cpu = CPU_SETSIZE - 1; cpu >= 0 && w < app->n_workers; cpu--) {
		if (CPU_ISSET(cpu, allowed))
			app->cores[w++] = (uint16_t)cpu;
	}
}

int workers_plan(struct app *app, const struct conf *conf, char *error, size_t error_size)
{
	cpu_set_t allowed;

	if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0) {
		snprintf(error, error_size, "cannot read this process's CPU set: %s", strerror(errno));
		return -errno;
	}
	if (conf->workers.cores_are_auto) {
		cores_auto(app, conf, &allowed);
		return 0;
	}
	for (uint32_t w = 0; w < conf->workers.n_cores; w++) {
		uint16_t cpu = conf->workers.cores[w];

		if (cpu >= CPU_SETSIZE || !CPU_ISSET(cpu, &allowed)) {
			snprintf(error, error_size,
				"workers.cores: CPU %u is not one that this process may use (see taskset -p, the unit's AllowedCPUs=)",
				cpu);
			return base_errno_set(EINVAL);
		}
		app->cores[w] = cpu;
	}
	app->n_workers = conf->workers.n_cores;
	return 0;
}

static struct dp_worker_cfg worker_cfg(const struct app *app, const struct conf *conf, uint32_t id)
{
	return (struct dp_worker_cfg){
		.id = id,
		.n_workers = app->n_workers,
		.burst = conf->workers.burst,
		.is_adaptive = conf->workers.idle != CONF_IDLE_BUSY,
		.waits = conf->workers.idle == CONF_IDLE_INTERRUPT,
		.neighbors = conf->limits.neighbors,
		.neighbors_per_port = conf->limits.neighbors_per_port,
		.origins = conf->limits.origins,
		.snaps = app->snaps,
	};
}

uint64_t workers_bytes(const struct app *app, const struct conf *conf)
{
	struct dp_worker_cfg cfg = worker_cfg(app, conf, 0);

	return app->n_workers * dp_worker_bytes(&cfg);
}

static int worker_main(void *arg)
{
	// the idle policy asks for sleeps of 10 us; the default slack of 50 us would blur them
	prctl(PR_SET_TIMERSLACK, 1000ul, 0ul, 0ul, 0ul);
	dp_run(arg);
	return 0;
}

static int worker_create(struct app *app, const struct conf *conf, uint32_t w, uint64_t seed)
{
	struct dp_worker_cfg cfg = worker_cfg(app, conf, w);

	app->lcores[w] = w + 1; // as in the EAL arguments
	cfg.socket_id = (int)rte_lcore_to_socket_id(app->lcores[w]);
	cfg.seed = seed;
	cfg.tsc_hz = rte_get_tsc_hz();
	cfg.signing = signing_shared(app);
	cfg.wake = &app->wake;
	cfg.pool = port_pool_get(cfg.socket_id, app->n_mbufs);
	if (cfg.pool == NULL)
		return base_errno_set(ENOMEM);
	app->workers[w] = dp_worker_create(&cfg);
	if (app->workers[w] == NULL)
		return base_errno_set(errno);
	app->channels[w] = dp_worker_channel(app->workers[w]);
	return 0;
}

// The snapshot of a node without ports: what workers run on until ports_apply().
static struct snap *snap_empty(const struct conf *conf)
{
	struct snap_input *in = calloc(1, sizeof(*in));
	struct conf *none = conf_copy(conf);
	struct snap *s = NULL;

	if (in != NULL && none != NULL) {
		none->n_ports = 0;
		in->conf = none;
		in->tsc_hz = rte_get_tsc_hz();
		s = snap_build(in);
	}
	free(in);
	conf_free(none);
	return s;
}

static int workers_create(struct app *app)
{
	uint64_t seed;

	base_random_fill(&seed, sizeof(seed));
	for (uint32_t w = 0; w < app->n_workers; w++) {
		int err = worker_create(app, app->conf, w, seed);

		if (err != 0) {
			LOG(ERROR, "worker %u: %s; lower limits.neighbors or raise the memory", w,
				strerror(-err));
			return err;
		}
	}
	return 0;
}

static int workers_launch(struct app *app)
{
	for (uint32_t w = 0; w < app->n_workers; w++) {
		dp_worker_peers_set(app->workers[w], app->channels);
		int err = rte_eal_remote_launch(worker_main, app->workers[w], app->lcores[w]);

		if (err != 0)
			return base_errno_set(-err);
		LOG(NOTICE, "worker %u runs on CPU %u", w, app->cores[w]);
	}
	return 0;
}

// The first snapshot names no device.
static int snaps_begin(struct app *app)
{
	struct snap *first = snap_empty(app->conf);

	if (first == NULL)
		return base_errno_set(ENOMEM);
	app->snaps = snap_domain_create(app->n_workers, first);
	if (app->snaps == NULL) {
		snap_free(first);
		return base_errno_set(ENOMEM);
	}
	return 0;
}

int workers_start(struct app *app)
{
	app->wake.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	int err = app->wake.fd < 0 ? -errno : ports_begin(app);
	if (err == 0)
		err = snaps_begin(app);
	if (err == 0)
		err = signing_begin(app);
	if (err == 0)
		err = workers_create(app);
	if (err == 0)
		err = workers_launch(app);
	if (err != 0)
		workers_stop(app); // the start table does not stop a row that did not start
	return err;
}

void workers_stop(struct app *app)
{
	for (uint32_t w = 0; w < app->n_workers; w++) {
		if (app->workers[w] != NULL)
			dp_stop(app->workers[w]);
	}
	for (uint32_t w = 0; w < app->n_workers; w++) {
		if (app->workers[w] != NULL)
			rte_eal_wait_lcore(app->lcores[w]);
	}
	// rings hold frames that control did not take: they go back to the pool here
	for (uint32_t w = 0; w < app->n_workers; w++) {
		dp_worker_destroy(app->workers[w]);
		app->workers[w] = NULL;
		app->channels[w] = NULL;
	}
	snap_domain_destroy(app->snaps);
	app->snaps = NULL;
	signing_end(app);
	ports_end(app);
	if (app->wake.fd >= 0)
		close(app->wake.fd);
	app->wake.fd = -1;
}
