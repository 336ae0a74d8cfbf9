// SPDX-License-Identifier: BSD-3-Clause
// doctor: memory and CPUs. Main thread.
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base_cgroup.h"
#include "base_text.h"
#include "doctor.h"
#include "out.h"

#define MEMORY_LEAST_MIB 256 // a romond with few ports takes nearly as much
#define MIB              (1024 * 1024)
#define LINE_SIZE        256
#define PATH_SIZE        96

// The first line of a small file without its newline. False when it cannot be read.
static bool line_read(const char *path, char line[LINE_SIZE])
{
	FILE *f = fopen(path, "re");

	line[0] = '\0';
	if (f == NULL)
		return false;
	bool is_read = fgets(line, LINE_SIZE, f) != NULL;
	line[strcspn(line, "\n")] = '\0';
	fclose(f);
	return is_read;
}

// A value of /proc/meminfo; -1 when it is not there.
static long long meminfo_read(const char *key)
{
	FILE *f = fopen("/proc/meminfo", "re");
	char line[LINE_SIZE];
	size_t len = strlen(key);
	long long value = -1;

	while (f != NULL && value < 0 && fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, key, len) == 0 && line[len] == ':')
			value = strtoll(line + len + 1, NULL, 10);
	}
	if (f != NULL)
		fclose(f);
	return value;
}

static void hugepages_look(struct doctor *d)
{
	long long total = meminfo_read("HugePages_Total");
	long long n_free = meminfo_read("HugePages_Free");
	enum conf_hugepages wanted = d->conf == NULL ? CONF_HUGE_AUTO : d->conf->memory.hugepages;
	bool is_used = json_is_true(json_object_get(d->status, "hugepages"));

	if (is_used)
		doctor_add(d, DOCTOR_OK, "hugepages", NULL, "romond uses them; %lld of %lld are free", n_free,
			total);
	else if (wanted == CONF_HUGE_OFF)
		doctor_add(d, DOCTOR_OK, "hugepages", NULL, "not wanted: memory.hugepages is off");
	else if (wanted == CONF_HUGE_ON && n_free <= 0)
		doctor_add(d, DOCTOR_FAIL, "hugepages",
			"sysctl vm.nr_hugepages=N (romond's message names N), or memory.hugepages: auto",
			"memory.hugepages is on, and none is free");
	else if (total <= 0)
		doctor_add(d, DOCTOR_OK, "hugepages", NULL, "none are set up: ordinary pages are used");
	else
		doctor_add(d, DOCTOR_OK, "hugepages", NULL, "%lld of %lld are free", n_free, total);
}

static void memory_look(struct doctor *d)
{
	long long available_mib = meminfo_read("MemAvailable") / 1024;
	json_t *mbufs = json_object_get(d->status, "mbufs");
	json_int_t total = json_integer_value(json_object_get(mbufs, "total"));
	json_int_t in_use = json_integer_value(json_object_get(mbufs, "in-use"));

	if (available_mib < MEMORY_LEAST_MIB)
		doctor_add(d, DOCTOR_WARN, "memory", "stop other programs, or lower memory.mbufs",
			"%lld MiB are available", available_mib);
	else
		doctor_add(d, DOCTOR_OK, "memory", NULL, "%lld MiB are available", available_mib);
	if (total > 0 && in_use > total / 5 * 4)
		doctor_add(d, DOCTOR_WARN, "mbufs", "raise memory.mbufs, and see `romonctl drops`",
			"%lld of %lld are in use", (long long)in_use, (long long)total);
}

// Is the CPU in a list of the kernel's such as "1,4-7"?
static bool list_has(const char *list, unsigned cpu)
{
	while (*list != '\0') {
		char *end = NULL;
		unsigned long first = strtoul(list, &end, 10);
		unsigned long last = first;

		if (end == list)
			return false;
		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		if (cpu >= first && cpu <= last)
			return true;
		list = *end == ',' ? end + 1 : "";
	}
	return false;
}

static void governor_look(struct doctor *d, const char *what, unsigned cpu)
{
	char governor[LINE_SIZE];
	char mend[PATH_SIZE];
	char path[PATH_SIZE];
	struct base_text t;

	base_text_init(&t, path, sizeof(path));
	base_text_add(&t, "/sys/devices/system/cpu/cpu%u/cpufreq/scaling_governor", cpu);
	if (!line_read(path, governor))
		doctor_add(d, DOCTOR_OK, what, NULL, "the kernel does not change its frequency");
	else if (strcmp(governor, "performance") == 0)
		doctor_add(d, DOCTOR_OK, what, NULL, "its frequency governor is performance");
	else {
		base_text_init(&t, mend, sizeof(mend));
		base_text_add(&t, "cpupower -c %u frequency-set -g performance", cpu);
		doctor_add(d, DOCTOR_WARN, what, mend, "its frequency governor is %s", governor);
	}
}

// A worker that never sleeps takes its CPU from everybody else, and they from it.
static void isolation_look(struct doctor *d, const char *what, unsigned cpu)
{
	bool is_busy = d->conf != NULL && d->conf->workers.idle == CONF_IDLE_BUSY;
	char isolated[LINE_SIZE];
	char mend[LINE_SIZE];
	struct base_text t;

	line_read("/sys/devices/system/cpu/isolated", isolated);
	if (list_has(isolated, cpu)) {
		doctor_add(d, DOCTOR_OK, what, NULL, "isolated from other programs");
	} else if (!is_busy) {
		doctor_add(d, DOCTOR_OK, what, NULL, "shared with other programs: it sleeps when idle");
	} else {
		base_text_init(&t, mend, sizeof(mend));
		base_text_add(
			&t, "isolcpus=%u on the kernel's command line, or workers.idle: interrupt", cpu);
		doctor_add(
			d, DOCTOR_WARN, what, mend, "polled all the time, but other programs run there too");
	}
}

static void cpu_look(struct doctor *d, unsigned cpu)
{
	cpu_set_t allowed;
	char what[32];
	struct base_text t;

	base_text_init(&t, what, sizeof(what));
	base_text_add(&t, "CPU %u", cpu);
	// romond's own set may be another one: only of a romond that is still to be started do we know it
	bool is_known = d->status == NULL && sched_getaffinity(0, sizeof(allowed), &allowed) == 0;
	if (is_known && (cpu >= CPU_SETSIZE || !CPU_ISSET(cpu, &allowed))) {
		doctor_add(d, DOCTOR_FAIL, what,
			"name another one in workers.cores (see taskset -p $$, nproc)",
			"workers.cores names it, but programs started here may not use it");
		return;
	}
	isolation_look(d, what, cpu);
	governor_look(d, what, cpu);
}

static void cpus_look(struct doctor *d)
{
	json_t *worker;
	size_t i;

	json_array_foreach (d->workers, i, worker) {
		json_t *core = json_object_get(worker, "core");

		if (json_is_integer(core) && json_integer_value(core) >= 0)
			cpu_look(d, (unsigned)json_integer_value(core));
	}
	if (d->workers == NULL && d->conf != NULL && !d->conf->workers.cores_are_auto) {
		for (i = 0; i < d->conf->workers.n_cores; i++)
			cpu_look(d, d->conf->workers.cores[i]);
	}
	cpu_set_t allowed;
	if (sched_getaffinity(0, sizeof(allowed), &allowed) == 0 && CPU_COUNT(&allowed) == 1)
		doctor_add(d, DOCTOR_WARN, "CPUs", "give romond a second CPU",
			"there is one only: romond's workers and all else share it");
}

// The control groups of romond, or ours where it does not run: in a container they are the same.
static void limit_look(struct doctor *d, pid_t pid)
{
	json_int_t need = json_integer_value(json_object_get(d->status, "memory-needed-bytes"));
	struct base_cgroup_memory allowed;
	char proc[PATH_SIZE];
	struct base_text t;

	base_text_init(&t, proc, sizeof(proc));
	if (pid > 0)
		base_text_add(&t, "/proc/%d/cgroup", (int)pid);
	else
		base_text_add(&t, BASE_CGROUP_SELF);
	base_cgroup_memory_get(proc, BASE_CGROUP_ROOT, &allowed);
	bool is_high = allowed.high.bytes < allowed.max.bytes;
	const struct base_cgroup_limit *limit = is_high ? &allowed.high : &allowed.max;

	if (limit->bytes == UINT64_MAX || json_is_true(json_object_get(d->status, "hugepages")))
		return;
	uint64_t need_mib = need > 0 ? (uint64_t)need / MIB + 1 : MEMORY_LEAST_MIB;
	if (limit->bytes / MIB < need_mib)
		doctor_add(d, DOCTOR_WARN, "memory limit",
			is_high ? "lower memory.mbufs, or raise MemoryHigh= of the unit (memory.high)"
				: "lower memory.mbufs, or raise MemoryMax= of the unit (--memory of a container)",
			"romond needs %s%" PRIu64 " MiB, and %s allows %" PRIu64 " MiB",
			need > 0 ? "" : "up to ", need_mib, limit->file, limit->bytes / MIB);
	else
		doctor_add(d, DOCTOR_OK, "memory limit", NULL, "%s allows %" PRIu64 " MiB", limit->file,
			limit->bytes / MIB);
}

void doctor_host(struct doctor *d, pid_t pid)
{
	hugepages_look(d);
	memory_look(d);
	limit_look(d, pid);
	cpus_look(d);
}
