// SPDX-License-Identifier: BSD-3-Clause
// Starting DPDK. Control thread.
#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>

#include "app.h"
#include "base_log.h"
#include "base_text.h"
#include "dpdk_log.h"
#include "eal.h"
#include "eal_runtime.h"
#include "memory_plan.h"
#include "workers.h"

LOG_TYPE("eal");

#define WORDS_MAX (CONF_DEVICE_LEN_MAX / 2 + 1)         // of eal-args
#define ARGS_MAX  (2 * CONF_PORTS_MAX + WORDS_MAX + 16) // all that can be: two a port, and ours
#define ARGS_SIZE 8192
#define MIB       (1024 * 1024)

struct args {
	int n;
	int err; // 0, or -ENOMEM: one is missing
	char *list[ARGS_MAX + 1];
	struct base_text text; // all of them, for the log
	char text_buf[ARGS_SIZE];
};

static void arg_add(struct args *a, const char *arg)
{
	assert(a->n < ARGS_MAX);
	a->list[a->n] = strdup(arg);
	if (a->list[a->n] == NULL) {
		a->err = -ENOMEM;
		return;
	}
	base_text_add(&a->text, "%s%s", a->n == 0 ? "" : " ", arg);
	a->n++;
}

static void args_clear(struct args *a)
{
	for (int i = 0; i < a->n; i++)
		free(a->list[i]);
}

// Control runs on every CPU that it may, worker w is pinned to its own: "0@(0,1),1@1".
static void lcores_add(struct args *a, const struct app *app)
{
	char buf[8192]; // CPU_SETSIZE numbers fit
	struct base_text t;
	cpu_set_t allowed;
	const char *sep = "";

	base_text_init(&t, buf, sizeof(buf));
	base_text_add(&t, "--lcores=0@(");
	if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0)
		CPU_ZERO(&allowed);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (CPU_ISSET(cpu, &allowed)) {
			base_text_add(&t, "%s%d", sep, cpu);
			sep = ",";
		}
	}
	base_text_add(&t, ")");
	for (uint32_t w = 0; w < app->n_workers; w++)
		base_text_add(&t, ",%u@%u", w + 1, app->cores[w]);
	arg_add(a, buf);
}

static void devices_add(struct args *a, const struct conf *conf)
{
	bool is_any = false;

	for (uint32_t i = 0; i < conf->n_ports; i++) {
		if (conf->ports[i].is_disabled || port_kind_of(conf->ports[i].device) != PORT_KIND_PCI)
			continue;
		arg_add(a, "-a");
		arg_add(a, conf->ports[i].device);
		is_any = true;
	}
	if (!is_any)
		arg_add(a, "--no-pci"); // a reload may not bring the first PCI device: it asks for a restart
}

static int memory_add(struct args *a, struct app *app, const struct conf *conf)
{
	struct memory_plan plan;
	char text[64];

	memory_plan_make(app, conf, &plan);
	uint64_t need = plan.need_bytes;
	uint64_t huge = plan.huge_bytes;
	app->is_huge = plan.is_huge;
	app->memory_bytes = need;
	LOG(NOTICE, "memory: needs %" PRIu64 " MiB (%u mbufs); %s", need / MIB, app->n_mbufs,
		app->is_huge ? "on hugepages" : "on ordinary pages: slower, works without set-up");
	if (conf->memory.hugepages == CONF_HUGE_ON && huge < need) {
		LOG(ERROR,
			"memory.hugepages is on, but only %" PRIu64
			" MiB of hugepages are free: sysctl vm.nr_hugepages=%" PRIu64
			", or set memory.hugepages: auto",
			huge / MIB, need / (2 * MIB) + 1);
		return base_errno_set(ENOMEM);
	}
	if (app->is_huge) {
		arg_add(a, "--in-memory"); // one process: no files in hugetlbfs that a crash would leave
		return 0;
	}
	arg_add(a, "--no-huge");
	arg_add(a, "-m");
	snprintf(text, sizeof(text), "%" PRIu64, need / MIB + 1);
	arg_add(a, text);
	return 0;
}

static void escape_hatch_add(struct args *a, const char *eal_args)
{
	char buf[CONF_DEVICE_LEN_MAX + 1];
	char *rest = NULL;

	base_text_copy(buf, sizeof(buf), eal_args);
	for (char *word = strtok_r(buf, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest))
		arg_add(a, word);
}

// Before DPDK tries, and says less.
static int runtime_look(const struct app *app, const struct conf *conf)
{
	char error[2 * PATH_MAX];
	int rc = eal_runtime_check(conf->file_prefix, error, sizeof(error));

	if (rc != 0 && (rc == -EPERM || !app->is_huge)) {
		LOG(ERROR, "%s", error);
		return rc;
	}
	if (rc != 0) // with --in-memory it needs none
		LOG(WARNING, "%s; there is no DPDK telemetry until then", error);
	pid_t holder = eal_runtime_holder(conf->file_prefix);
	if (holder == 0)
		return 0;
	LOG(ERROR,
		"process %d runs with file-prefix %s already: stop it, or give this one another file-prefix",
		(int)holder, conf->file_prefix);
	return base_errno_set(EBUSY);
}

static int init(struct args *a)
{
	LOG(DEBUG, "arguments: %s", a->text_buf);
	if (a->err != 0)
		return base_errno_set(-a->err);
	if (rte_eal_init(a->n, a->list) >= 0)
		return 0;
	int err = rte_errno > 0 ? rte_errno : EBUSY; // some failures set none
	LOG(ERROR, "DPDK did not start (%s): its own messages above say why. Arguments: %s", strerror(err),
		a->text_buf);
	return base_errno_set(err);
}

int eal_start(struct app *app, const struct conf *conf)
{
	struct args a = {.n = 0};
	char text[128];

	base_text_init(&a.text, a.text_buf, sizeof(a.text_buf));
	arg_add(&a, "romond");
	lcores_add(&a, app);
	devices_add(&a, conf);
	snprintf(text, sizeof(text), "--file-prefix=%s", conf->file_prefix);
	arg_add(&a, text);
	if (conf->log.level < BASE_LOG_DEBUG)
		arg_add(&a, "--log-level=*:warning");
	dpdk_log_start();
	int err = memory_add(&a, app, conf);
	if (err == 0)
		err = runtime_look(app, conf);
	if (err == 0) {
		escape_hatch_add(&a, conf->eal_args);
		err = init(&a);
	}
	// EAL keeps pointers into argv for its telemetry: the strings live as long as the process
	if (err != 0)
		args_clear(&a);
	return err;
}

// EAL leaves its runtime files behind. With ordinary pages nobody shares them; with hugepages another romond
// may use the same folder, and an empty one is all that may go.
static void runtime_remove(const char *path, bool is_ours_alone)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;

	while (is_ours_alone && dir != NULL && (e = readdir(dir)) != NULL)
		(void)unlinkat(dirfd(dir), e->d_name, 0);
	if (dir != NULL)
		closedir(dir);
	else if (fd >= 0)
		close(fd);
	(void)rmdir(path);
}

void eal_stop(const struct app *app)
{
	char path[PATH_MAX];

	base_text_copy(path, sizeof(path), rte_eal_get_runtime_dir());
	if (!port_keeps_eal())
		rte_eal_cleanup();
	runtime_remove(path, !app->is_huge);
}
