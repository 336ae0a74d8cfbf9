// SPDX-License-Identifier: BSD-3-Clause
// What is found before DPDK starts: each problem is one line of the log that says where, and is counted.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app.h"
#include "base_log.h"
#include "base_text.h"
#include "conf.h"
#include "preflight.h"
#include "suite.h"

static struct app app;
static char folder[32];
static char log_buf[8192]; // lines, each behind its level and a space
static struct base_text logged;

static void log_take(enum base_log_level level, const char *line, void *ctx)
{
	(void)ctx;
	base_text_add(&logged, "%s %s\n", base_log_level_name(level), line);
}

// How many problems a configuration has; what was said of them is in log_buf.
static uint32_t problems(const char *socket, const char *rest)
{
	char path[64];
	struct conf_issues issues = {.n = 0};
	FILE *f;

	snprintf(path, sizeof(path), "%s/romond.yaml", folder);
	f = fopen(path, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_EQUAL(fchmod(fileno(f), 0600), 0);
	fprintf(f,
		"romon: { identity: n }\nmemory: { hugepages: off, mbufs: 1024 }\ncontrol: { socket: %s "
		"}\n%s",
		socket, rest);
	fclose(f);
	struct conf *conf = conf_load(path, &issues);
	if (conf == NULL)
		conf_issues_print(&issues, "test", stderr);
	CU_ASSERT_PTR_NOT_NULL_FATAL(conf);
	app = (struct app){.conf = conf, .n_mbufs = 1024};
	base_text_init(&logged, log_buf, sizeof(log_buf));
	base_log_sink_set(log_take, NULL);
	uint32_t n = preflight_run(&app, conf);
	base_log_sink_set(NULL, NULL);
	conf_free(conf);
	unlink(path);
	return n;
}

static void begin(void)
{
	snprintf(folder, sizeof(folder), "/tmp/preflight-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
}

static void end(void)
{
	CU_ASSERT_EQUAL(rmdir(folder), 0);
}

static bool is_said(const char *level, const char *what)
{
	for (const char *line = log_buf; *line != '\0'; line = strchr(line, '\n') + 1) {
		char one[512];

		snprintf(one, sizeof(one), "%.*s", (int)strcspn(line, "\n"), line);
		if (strncmp(one, level, strlen(level)) == 0 && strstr(one, what) != NULL)
			return true;
	}
	fprintf(stderr, "(%s) ", log_buf);
	return false;
}

static void what_is_well_is_no_problem(void)
{
	char socket[64];

	begin();
	snprintf(socket, sizeof(socket), "%s/s", folder);
	CU_ASSERT_EQUAL(problems(socket, "ports: { a: { device: net_null0 } }\n"), 0);
	CU_ASSERT_STRING_EQUAL(log_buf, "");
	CU_ASSERT_TRUE(app.n_workers > 0);
	end();
}

static void the_folder_of_the_socket_is_made_whatever_the_umask(void)
{
	char dir[64];
	char socket[80];
	struct stat st;

	begin();
	snprintf(dir, sizeof(dir), "%s/run", folder);
	snprintf(socket, sizeof(socket), "%s/s", dir);
	mode_t was = umask(0077);
	CU_ASSERT_EQUAL(problems(socket, ""), 0);
	umask(was);
	CU_ASSERT_EQUAL(stat(dir, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0755);
	CU_ASSERT_EQUAL(problems(socket, ""), 0); // and used when it is there
	rmdir(dir);
	end();
}

static void a_socket_that_cannot_be_is_one_problem(void)
{
	char socket[80];
	char said[128];

	begin();
	snprintf(socket, sizeof(socket), "%s/none/such/s", folder);
	snprintf(said, sizeof(said), "control.socket: cannot create files in %s/none/such: No such file",
		folder);
	CU_ASSERT_EQUAL(problems(socket, "ports: { a: { device: net_null0 } }\n"), 1);
	CU_ASSERT_TRUE(is_said("error", said));
	CU_ASSERT_EQUAL(problems("/romond-test-preflight", ""), 0); // the root folder is there
	end();
}

static void each_device_that_cannot_be_is_a_problem_unless_it_is_disabled(void)
{
	char socket[64];

	begin();
	snprintf(socket, sizeof(socket), "%s/s", folder);
	CU_ASSERT_EQUAL(
		problems(socket,
			"ports: { a: { device: lo }, b: { device: net_null0 },\n"
			"  c: { device: \"0000:7f:1f.7\" }, d: { device: lo, disabled: true, vlan: 5 } }\n"),
		2);
	CU_ASSERT_TRUE(is_said("error", "port a: lo is not an Ethernet interface"));
	CU_ASSERT_TRUE(is_said("error", "port c: there is no PCI device 0000:7f:1f.7"));
	CU_ASSERT_PTR_NULL(strstr(log_buf, "port b"));
	CU_ASSERT_PTR_NULL(strstr(log_buf, "port d"));
	CU_ASSERT_EQUAL(problems("/none/such/s", "ports: { a: { device: lo } }\n"), 2);
	end();
}

static void cpus_that_are_not_ours_are_a_problem(void)
{
	char socket[64];

	begin();
	snprintf(socket, sizeof(socket), "%s/s", folder);
	CU_ASSERT_EQUAL(problems(socket, "workers: { cores: [ 1000 ] }\n"), 1);
	CU_ASSERT_TRUE(is_said("error", "workers.cores: CPU 1000 is not one that this process may use"));
	end();
}

static const struct suite_case cases[] = {
	SUITE_CASE(what_is_well_is_no_problem),
	SUITE_CASE(the_folder_of_the_socket_is_made_whatever_the_umask),
	SUITE_CASE(a_socket_that_cannot_be_is_one_problem),
	SUITE_CASE(each_device_that_cannot_be_is_a_problem_unless_it_is_disabled),
	SUITE_CASE(cpus_that_are_not_ours_are_a_problem),
};

SUITE_MAIN("preflight", cases)
