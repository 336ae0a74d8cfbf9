// SPDX-License-Identifier: BSD-3-Clause
// Starting DPDK and the devices, and running a worker. Control thread.
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_launch.h>
#include <rte_lcore.h>

#include "base_clock.h"
#include "base_hugepages.h"
#include "base_text.h"
#include "gen_bed.h"

#define ARGS_MAX 64
#define MIB      (1024ull * 1024)
#define EAL_MIB  64
#define RETRY_MS 50
#define POLL_US  1000

static atomic_bool is_stopped;                 // set by the signal handler
static _Atomic(struct gen_trial *) is_running; // of the handler: the trial that it ends

static void on_signal(int sig)
{
	(void)sig;
	struct gen_trial *t = atomic_load(&is_running);

	atomic_store(&is_stopped, true);
	if (t != NULL)
		atomic_store(&t->is_stopped, true);
}

bool gen_bed_is_stopped(void)
{
	return atomic_load(&is_stopped);
}

static int last_cpu(void)
{
	cpu_set_t allowed;
	int last = 0;

	if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0)
		return 0;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (CPU_ISSET(cpu, &allowed))
			last = cpu;
	}
	return last;
}

// Control runs where it may, the worker on its own CPU: "0@(0,1),1@1".
static void lcores_text(struct base_text *t, int core)
{
	cpu_set_t allowed;
	const char *sep = "";

	base_text_add(t, "--lcores=0@(");
	if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0)
		CPU_ZERO(&allowed);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (CPU_ISSET(cpu, &allowed)) {
			base_text_add(t, "%s%d", sep, cpu);
			sep = ",";
		}
	}
	base_text_add(t, "),1@%d", core);
}

static int eal_start(struct gen_bed *bed, const struct gen_options *o)
{
	static char texts[ARGS_MAX][512]; // EAL keeps pointers into them
	char *argv[ARGS_MAX + 1];
	int n = 0;
	uint64_t need = port_pool_bytes(o->mbufs) / MIB + EAL_MIB;
	bool has_pci = false;

	bed->is_huge =
		o->hugepages > 0 || (o->hugepages < 0 && base_hugepages_free(BASE_MEMINFO) / MIB >= need);
	snprintf(texts[n++], sizeof(texts[0]), "romon-gen");
	struct base_text lcores;
	base_text_init(&lcores, texts[n++], sizeof(texts[0]));
	lcores_text(&lcores, bed->core);
	if (o->file_prefix != NULL)
		snprintf(texts[n++], sizeof(texts[0]), "--file-prefix=%s", o->file_prefix);
	else
		snprintf(texts[n++], sizeof(texts[0]), "--file-prefix=romon-gen-%d", (int)getpid());
	snprintf(texts[n++], sizeof(texts[0]), "--log-level=*:warning");
	snprintf(texts[n++], sizeof(texts[0]), "--no-telemetry");
	for (uint32_t i = 0; i < o->n_devices; i++) {
		if (port_kind_of(o->devices[i]) != PORT_KIND_PCI)
			continue;
		snprintf(texts[n++], sizeof(texts[0]), "--allow=%s", o->devices[i]);
		has_pci = true;
	}
	if (!has_pci)
		snprintf(texts[n++], sizeof(texts[0]), "--no-pci");
	if (bed->is_huge) {
		snprintf(texts[n++], sizeof(texts[0]), "--in-memory");
	} else {
		snprintf(texts[n++], sizeof(texts[0]), "--no-huge");
		snprintf(texts[n++], sizeof(texts[0]), "-m");
		snprintf(texts[n++], sizeof(texts[0]), "%llu", (unsigned long long)need);
	}
	for (int i = 0; i < n; i++)
		argv[i] = texts[i];
	argv[n] = NULL;
	bed->is_own_prefix = o->file_prefix == NULL;
	if (rte_eal_init(n, argv) >= 0) {
		bed->is_started = true;
		return 0;
	}
	int err = rte_errno > 0 ? rte_errno : EBUSY;
	fprintf(stderr,
		"romon-gen: DPDK did not start (%s): is CPU %d there, and is the file prefix free? See above\n",
		strerror(err), bed->core);
	return -err;
}

// A memif client starts only when the server listens: it is tried again until then.
static struct port_dev *device_retry(
	const struct port_dev_cfg *cfg, uint32_t wait_ms, char error[PORT_ERROR_LEN])
{
	uint64_t end = base_mono_ms() + wait_ms;
	struct port_dev *dev = port_dev_open(cfg, error);

	while (dev == NULL && strncmp(cfg->device, "net_memif", strlen("net_memif")) == 0 &&
		base_mono_ms() < end && !gen_bed_is_stopped()) {
		usleep(RETRY_MS * 1000);
		dev = port_dev_open(cfg, error);
	}
	return dev;
}

static int device_open(struct gen_bed *bed, const struct gen_options *o, const char *name)
{
	const struct port_dev_cfg cfg = {
		.device = name,
		.driver = CONF_DRIVER_AF_PACKET,
		.is_promiscuous = true,
		.has_vlans = true,
		.n_txq_wanted = 1,
		.mbufs = o->mbufs,
		.burst = (uint16_t)o->burst,
	};
	char error[PORT_ERROR_LEN];
	struct port_dev *dev = device_retry(&cfg, o->wait_ms, error);

	if (dev == NULL) {
		fprintf(stderr, "romon-gen: %s\n", error);
		return -errno;
	}
	bed->devices[bed->n_devices++] = dev;
	if (dev->n_rxq > 1) {
		fprintf(stderr, "romon-gen: %s has %u receive queues: give it one\n", name, dev->n_rxq);
		return -ENOTSUP;
	}
	return o->spoil.every > 0 ? gen_loopback_spoil(dev->ethdev_id, dev->pool, &o->spoil) : 0;
}

static int links_wait(const struct gen_bed *bed, uint32_t wait_ms)
{
	uint64_t end = base_mono_ms() + wait_ms;

	for (uint32_t i = 0; i < bed->n_devices; i++) {
		while (port_dev_poll(bed->devices[i]) != PORT_LINK_UP) {
			if (base_mono_ms() > end || gen_bed_is_stopped()) {
				fprintf(stderr,
					"romon-gen: %s: no link within %u ms: is its other end there?\n",
					bed->devices[i]->device, wait_ms);
				return -ETIMEDOUT;
			}
			usleep(1000);
		}
	}
	return 0;
}

int gen_bed_start(struct gen_bed *bed, const struct gen_options *o, const struct gen_profile *p)
{
	const char *names[GEN_PORTS_MAX];
	uint32_t n = o->n_devices;
	struct sigaction sa = {.sa_handler = on_signal};

	*bed = (struct gen_bed){.core = o->core >= 0 ? o->core : last_cpu()};
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	int err = eal_start(bed, o);
	if (err != 0)
		return err;
	memcpy(names, o->devices, sizeof(names));
	if (o->is_loopback) {
		for (uint32_t i = 0; i < p->n_ports; i++)
			n = p->ports[i].device >= n ? p->ports[i].device + 1 : n;
		n += n % 2;
		err = gen_loopback_create(n, names);
		if (err != 0)
			fprintf(stderr, "romon-gen: no memory for the rings of %u devices\n", n);
	}
	for (uint32_t i = 0; i < n && err == 0; i++)
		err = device_open(bed, o, names[i]);
	return err == 0 ? links_wait(bed, o->wait_ms) : err;
}

// EAL leaves its folder behind.
static void runtime_remove(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;

	while (dir != NULL && (e = readdir(dir)) != NULL)
		(void)unlinkat(dirfd(dir), e->d_name, 0);
	if (dir != NULL)
		closedir(dir);
	(void)rmdir(path);
}

void gen_bed_stop(struct gen_bed *bed)
{
	char path[256];

	if (!bed->is_started)
		return;
	for (uint32_t i = 0; i < bed->n_devices; i++)
		port_dev_close(bed->devices[i]);
	bed->n_devices = 0;
	snprintf(path, sizeof(path), "%s", rte_eal_get_runtime_dir());
	rte_eal_cleanup();
	if (bed->is_own_prefix)
		runtime_remove(path);
}

struct gen_trial *gen_bed_trial(struct gen_bed *bed, const struct gen_profile *p, struct gen_frames *frames,
	const struct gen_trial_cfg *cfg)
{
	struct gen_trial *t = gen_trial_create(p, frames, cfg);

	if (t == NULL) {
		fprintf(stderr, "romon-gen: no memory for a trial\n");
		return NULL;
	}
	t->run = ++bed->run;
	t->pool = bed->devices[0]->pool;
	for (uint32_t i = 0; i < bed->n_devices; i++)
		t->ethdevs[i] = bed->devices[i]->ethdev_id;
	t->n_devices = bed->n_devices;
	atomic_store(&is_running, t);
	if (gen_bed_is_stopped())
		atomic_store(&t->is_stopped, true);
	int err = rte_eal_remote_launch(gen_trial_run, t, 1);
	while (err == 0 && rte_eal_get_lcore_state(1) == RUNNING)
		usleep(POLL_US); // rte_eal_wait_lcore() would spin, on the CPU of what is tested
	atomic_store(&is_running, NULL);
	if (err != 0) {
		fprintf(stderr, "romon-gen: the worker does not start (%s)\n", strerror(-err));
		gen_trial_destroy(t);
		return base_errno_null(-err);
	}
	return t;
}
