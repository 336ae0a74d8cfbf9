// SPDX-License-Identifier: BSD-3-Clause
// The control thread's own loop: what signals do, and which CPUs workers get. The loop runs as in romond,
// over a pipe in the place of its signalfd; signalfd() and sched_getaffinity() stand in front of the C
// library's.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "app_bed.h"
#include "control_loop.h"
#include "life.h"
#include "suite.h"
#include "workers.h"

#define ONE                                               \
	"romon: { identity: n, id: 02:00:00:00:ff:01 }\n" \
	"ports: { a: { device: net_ring_app0 } }\n"
#define TWO                                               \
	"romon: { identity: n, id: 02:00:00:00:ff:01 }\n" \
	"ports: { a: { device: net_ring_app0 }, b: { device: net_ring_app1 } }\n"

static struct app_bed *bed;
static char logged[8192]; // on standard error meanwhile, where the bed puts errors
static int signals[2];    // a pipe: written here, read by the loop

int signalfd(int fd, const sigset_t *set, int flags)
{
	(void)fd;
	(void)set;
	(void)flags;
	return signals[0];
}

// The loop takes these signals, all of process 0, and then SIGTERM.
static void signalled(const int *list, size_t n)
{
	struct app *app = &bed->app;

	CU_ASSERT_EQUAL_FATAL(pipe2(signals, O_NONBLOCK | O_CLOEXEC), 0);
	for (size_t i = 0; i <= n; i++) {
		struct signalfd_siginfo info = {.ssi_signo = (uint32_t)(i < n ? list[i] : SIGTERM)};

		CU_ASSERT_EQUAL(write(signals[1], &info, sizeof(info)), (ssize_t)sizeof(info));
	}
	FILE *file = tmpfile();
	int before = dup(STDERR_FILENO);
	CU_ASSERT_FATAL(file != NULL && before >= 0);
	dup2(fileno(file), STDERR_FILENO);
	CU_ASSERT_EQUAL(control_loop_run(app), 0);
	dup2(before, STDERR_FILENO);
	close(before);
	CU_ASSERT(life_stop_reason(app)[0] != '\0'); // a signal ended it
	rewind(file);
	logged[fread(logged, 1, sizeof(logged) - 1, file)] = '\0';
	fclose(file);
	close(signals[1]); // the loop has closed the other end, as its own
}

static void file_write(const char *yaml)
{
	FILE *f = fopen(bed->app.config_path, "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fputs(yaml, f);
	fclose(f);
}

static void a_hangup_takes_the_file_up_and_says_no_more(void)
{
	static const int hangups[] = {SIGHUP, SIGHUP};

	bed = app_bed_open(ONE);
	uint64_t generation = bed->app.generation;
	signalled(hangups, 2);
	CU_ASSERT_EQUAL(bed->app.generation, generation + 2);
	CU_ASSERT_PTR_NULL(strstr(logged, "reload failed"));
	CU_ASSERT_PTR_NULL(strstr(logged, "no reload"));
	const struct app_event *e = app_bed_event(bed, EVENT_CONFIG_APPLIED);
	CU_ASSERT_PTR_NOT_NULL_FATAL(e);
	CU_ASSERT_PTR_NOT_NULL(strstr(e->text, "SIGHUP of "));
	CU_ASSERT_STRING_EQUAL(life_stop_reason(&bed->app), "Terminated");
	CU_ASSERT(app_bed_close(bed));
}

static void a_hangup_with_a_bad_file_leaves_what_is_in_force(void)
{
	static const int hangup = SIGHUP;

	bed = app_bed_open(ONE);
	uint64_t generation = bed->app.generation;
	file_write("ports: nonsense\n");
	signalled(&hangup, 1);
	CU_ASSERT_EQUAL(bed->app.generation, generation);
	CU_ASSERT_PTR_NOT_NULL(strstr(logged, "reload failed: the running configuration stays"));
	CU_ASSERT_PTR_NULL(strstr(logged, "no reload"));
	CU_ASSERT(app_bed_close(bed));
}

static void a_hangup_does_not_end_a_trial(void)
{
	static const int hangup = SIGHUP;

	bed = app_bed_open(ONE);
	CU_ASSERT_EQUAL(app_bed_reload(bed, TWO, 60000), 0);
	uint64_t generation = bed->app.generation;
	signalled(&hangup, 1);
	CU_ASSERT_EQUAL(bed->app.generation, generation);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(logged, "no reload: the running configuration waits for `romonctl config confirm`"));
	CU_ASSERT_PTR_NULL(strstr(logged, "reload failed"));
	CU_ASSERT(app_bed_close(bed));
}

// ---- CPUs

static cpu_set_t allowed;

int sched_getaffinity(pid_t pid, size_t size, cpu_set_t *set)
{
	(void)pid;
	memset(set, 0, size);
	memcpy(set, &allowed, size < sizeof(allowed) ? size : sizeof(allowed));
	return 0;
}

// Plan for so many relay groups, with a node or without, on the CPUs of a list that ends with -1.
static void planned(
	const int *cpus, uint32_t n_groups, bool has_node, uint32_t n_workers, const uint16_t *cores)
{
	struct app *app = calloc(1, sizeof(*app));
	struct conf *conf = calloc(1, sizeof(*conf));
	char error[256] = "";

	CPU_ZERO(&allowed);
	for (; *cpus >= 0; cpus++)
		CPU_SET((size_t)*cpus, &allowed);
	conf->workers.cores_are_auto = true;
	conf->n_groups = n_groups;
	conf->n_ports = 2;
	conf->ports[0].mode = has_node ? CONF_MODE_NODE : CONF_MODE_RELAY;
	CU_ASSERT_EQUAL(workers_plan(app, conf, error, sizeof(error)), 0);
	CU_ASSERT_EQUAL(app->n_workers, n_workers);
	for (uint32_t w = 0; w < n_workers; w++)
		CU_ASSERT_EQUAL(app->cores[w], cores[w]);
	free(app);
	free(conf);
}

static void one_cpu_is_left_to_control_where_there_are_more(void)
{
	planned((int[]){3, -1}, 0, true, 1, (uint16_t[]){3});
	planned((int[]){3, -1}, 4, true, 1, (uint16_t[]){3});
	planned((int[]){0, 1, -1}, 4, true, 1, (uint16_t[]){1});
	planned((int[]){0, 2, 5, -1}, 4, true, 2, (uint16_t[]){5, 2});
	planned((int[]){0, 1, 2, 3, 4, 5, 6, 7, -1}, 0, true, 1, (uint16_t[]){7});
	planned((int[]){0, 1, 2, 3, 4, 5, 6, 7, -1}, 2, true, 3, (uint16_t[]){7, 6, 5});
	planned((int[]){0, 1, 2, 3, 4, 5, 6, 7, -1}, 2, false, 2, (uint16_t[]){7, 6});
	planned((int[]){0, 1, 2, 3, 4, 5, 6, 7, -1}, 0, false, 1, (uint16_t[]){7}); // no port yet
}

static void cpus_that_are_asked_for_must_be_allowed(void)
{
	struct app *app = calloc(1, sizeof(*app));
	struct conf *conf = calloc(1, sizeof(*conf));
	char error[256] = "";

	CPU_ZERO(&allowed);
	CPU_SET(1, &allowed);
	CPU_SET(4, &allowed);
	conf->workers.n_cores = 2;
	conf->workers.cores[0] = 4;
	conf->workers.cores[1] = 1;
	CU_ASSERT_EQUAL(workers_plan(app, conf, error, sizeof(error)), 0);
	CU_ASSERT(app->n_workers == 2 && app->cores[0] == 4 && app->cores[1] == 1);
	conf->workers.cores[1] = 2;
	CU_ASSERT_EQUAL(workers_plan(app, conf, error, sizeof(error)), -EINVAL);
	CU_ASSERT_STRING_EQUAL(error,
		"workers.cores: CPU 2 is not one that this process may use (see taskset -p, the unit's AllowedCPUs=)");
	conf->workers.cores[1] = CPU_SETSIZE;
	CU_ASSERT_EQUAL(workers_plan(app, conf, error, sizeof(error)), -EINVAL);
	free(app);
	free(conf);
}

static const struct suite_case cases[] = {
	SUITE_CASE(a_hangup_takes_the_file_up_and_says_no_more),
	SUITE_CASE(a_hangup_with_a_bad_file_leaves_what_is_in_force),
	SUITE_CASE(a_hangup_does_not_end_a_trial),
	SUITE_CASE(one_cpu_is_left_to_control_where_there_are_more),
	SUITE_CASE(cpus_that_are_asked_for_must_be_allowed),
};

SUITE_MAIN("app loop", cases)
