// SPDX-License-Identifier: BSD-3-Clause
// What DPDK is started with, word by word, for configurations. rte_eal_init() and sched_getaffinity() stand
// in front of the libraries': nothing is started.
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_eal.h>
#include <rte_errno.h>

#include "app.h"
#include "base_log.h"
#include "eal.h"
#include "memory_plan.h"
#include "ports.h"
#include "suite.h"

#define MIB    (1024ull * 1024)
#define PREFIX "file-prefix: test-app-eal\n"
#define OFF    "memory: { hugepages: off, mbufs: 1024 }\n"

static char started[8192]; // the words that EAL got, with a space between
static int eal_error;      // of its start; 0 = it starts
static char logged[8192];
static struct app *app;
static struct conf *conf;

int rte_eal_init(int argc, char **argv)
{
	size_t len = 0;

	for (int i = 0; i < argc; i++)
		len += (size_t)snprintf(
			started + len, sizeof(started) - len, "%s%s", i == 0 ? "" : " ", argv[i]);
	rte_errno = eal_error;
	return eal_error == 0 ? argc : -1;
}

int sched_getaffinity(pid_t pid, size_t size, cpu_set_t *set)
{
	(void)pid;
	memset(set, 0, size);
	CPU_SET(0, set);
	CPU_SET(2, set);
	CPU_SET(5, set);
	return 0;
}

static void line_keep(enum base_log_level level, const char *line, void *ctx)
{
	size_t len = strlen(logged);

	(void)level;
	(void)ctx;
	snprintf(logged + len, sizeof(logged) - len, "%s\n", line);
}

// Start by this text, with two workers on the CPUs 5 and 2.
static int start(const char *yaml)
{
	static struct conf_issues issues;

	conf = conf_load_text(yaml, strlen(yaml), &issues);
	if (conf == NULL)
		conf_issues_print(&issues, "test", stderr);
	CU_ASSERT_PTR_NOT_NULL_FATAL(conf);
	app = calloc(1, sizeof(*app));
	app->n_workers = 2;
	app->cores[0] = 5;
	app->cores[1] = 2;
	app->n_mbufs = ports_mbufs(conf);
	started[0] = '\0';
	logged[0] = '\0';
	base_log_sink_set(line_keep, NULL);
	int rc = eal_start(app, conf);
	base_log_sink_set(NULL, NULL);
	return rc;
}

static void end(void)
{
	conf_free(conf);
	free(app);
}

static uint64_t need(void)
{
	struct memory_plan plan;

	memory_plan_make(app, conf, &plan);
	return plan.need_bytes;
}

static void ordinary_pages_are_as_many_as_are_needed(void)
{
	char wanted[512];

	CU_ASSERT_EQUAL(start(PREFIX OFF "ports: { a: { device: net_null0 } }\n"), 0);
	snprintf(wanted, sizeof(wanted),
		"romond --lcores=0@(0,2,5),1@5,2@2 --no-pci --file-prefix=test-app-eal "
		"--log-level=*:warning --no-huge -m %llu",
		(unsigned long long)(need() / MIB + 1));
	CU_ASSERT_STRING_EQUAL(started, wanted);
	CU_ASSERT_FALSE(app->is_huge);
	CU_ASSERT_EQUAL(app->memory_bytes, need());
	CU_ASSERT(app->memory_bytes > 64 * MIB);
	snprintf(wanted, sizeof(wanted), "memory: needs %llu MiB (%u mbufs); on ordinary pages",
		(unsigned long long)(need() / MIB), app->n_mbufs);
	CU_ASSERT_PTR_NOT_NULL(strstr(logged, wanted));
	end();
}

static void only_pci_devices_that_are_named_are_probed(void)
{
	CU_ASSERT_EQUAL(start(PREFIX OFF "ports: { a: { device: 0000:7f:1f.6 }, b: { device: net_null0 },\n"
					 "  c: { device: 0000:7f:1f.7, disabled: true },\n"
					 "  d: { device: '0000:7f:1f.5,representor=0' } }\n"),
		0);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(started, " -a 0000:7f:1f.6 -a 0000:7f:1f.5,representor=0 --file-prefix"));
	CU_ASSERT_PTR_NULL(strstr(started, "--no-pci"));
	end();
	CU_ASSERT_EQUAL(start(PREFIX OFF "ports: { c: { device: 0000:7f:1f.7, disabled: true } }\n"), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(started, " --no-pci "));
	end();
}

static void words_of_an_operator_come_last(void)
{
	CU_ASSERT_EQUAL(start(PREFIX OFF "log: { level: debug }\neal-args: '--trace=x  --vfio-intr=legacy'\n"
					 "ports: { a: { device: net_null0 } }\n"),
		0);
	size_t len = strlen(started);
	const char *end_of = " --trace=x --vfio-intr=legacy";
	CU_ASSERT_FATAL(len > strlen(end_of));
	CU_ASSERT_STRING_EQUAL(started + len - strlen(end_of), end_of);
	CU_ASSERT_PTR_NULL(strstr(started, "--log-level")); // it says all
	end();
}

static void too_few_hugepages_that_are_insisted_on_are_an_error(void)
{
	// a made-up need that no machine has
	CU_ASSERT_EQUAL(start(PREFIX "memory: { hugepages: on, mbufs: 1048576 }\n"
				     "ports: { a: { device: net_null0 } }\n"),
		-ENOMEM);
	CU_ASSERT_STRING_EQUAL(started, "");
	CU_ASSERT_PTR_NOT_NULL(strstr(logged, "MiB of hugepages are free: sysctl vm.nr_hugepages="));
	end();
}

static void a_dpdk_that_does_not_start_is_told_with_its_words(void)
{
	eal_error = EACCES;
	CU_ASSERT_EQUAL(start(PREFIX OFF "ports: { a: { device: net_null0 } }\n"), -EACCES);
	CU_ASSERT_PTR_NOT_NULL(strstr(logged, "DPDK did not start (Permission denied)"));
	CU_ASSERT_PTR_NOT_NULL(strstr(logged, started));
	end();
	eal_error = -1; // it says no error
	CU_ASSERT_EQUAL(start(PREFIX OFF "ports: { a: { device: net_null0 } }\n"), -EBUSY);
	end();
	eal_error = 0;
}

static const struct suite_case cases[] = {
	SUITE_CASE(ordinary_pages_are_as_many_as_are_needed),
	SUITE_CASE(only_pci_devices_that_are_named_are_probed),
	SUITE_CASE(words_of_an_operator_come_last),
	SUITE_CASE(too_few_hugepages_that_are_insisted_on_are_an_error),
	SUITE_CASE(a_dpdk_that_does_not_start_is_told_with_its_words),
};

SUITE_MAIN("app eal", cases)
