// SPDX-License-Identifier: BSD-3-Clause
// romond: arguments -> configuration -> preflight -> start of services -> control loop -> their stop.
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rte_version.h>

#include "base_clock.h"
#include "base_log.h"
#include "base_secmem.h"
#include "config_file.h"
#include "confirm.h"
#include "control_loop.h"
#include "demo.h"
#include "overlay.h"
#include "ports.h"
#include "preflight.h"
#include "reload.h"
#include "services.h"

LOG_TYPE("romond");

#define LAST_LINES_MS  200 // for standard error to take what waits, at the end
#define DEFAULT_CONFIG "/etc/romond/romond.yaml"
#define UMASK          077 // what is written is nobody else's; sockets and their directory get their modes by hand

static struct app app = {.lock = PTHREAD_MUTEX_INITIALIZER};

static const char usage[] =
	"romond: forwards RoMON (MikroTik Router Management Overlay Network) frames\n"
	"\n"
	"usage: romond [-c FILE] [--log-level LEVEL]   run on FILE (default " DEFAULT_CONFIG ")\n"
	"       romond --check FILE                    validate FILE: silent, or a line per error and warning\n"
	"       romond --demo                          virtual ports and simulated routers; needs no root\n"
	"       romond --version | --help\n"
	"\n"
	"  -c, --config FILE      configuration file, YAML; docs/config.md lists every key\n"
	"      --log-level LEVEL  error, warning, notice, info or debug; overrides log.level\n"
	"      --allow-core-dumps leave core dumps and debuggers possible; secrets stay out of dumps\n"
	"\n"
	"SIGHUP reads the file again, SIGTERM drains and ends. `romonctl status` asks a running romond.\n";

struct arguments {
	const char *config;
	const char *check;
	enum base_log_level level;
	bool is_demo;
	bool allows_core_dumps;
	int exit_status; // -1: go on
};

static void arguments_read(struct arguments *a, int argc, char **argv)
{
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'},
		{"check", required_argument, NULL, 'k'},
		{"demo", no_argument, NULL, 'd'},
		{"allow-core-dumps", no_argument, NULL, 'a'},
		{"log-level", required_argument, NULL, 'l'},
		{"version", no_argument, NULL, 'V'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int c;

	*a = (struct arguments){.config = DEFAULT_CONFIG, .exit_status = -1};
	while (a->exit_status < 0 && (c = getopt_long(argc, argv, "c:hV", options, NULL)) != -1) {
		switch (c) {
		case 'c':
			a->config = optarg;
			break;
		case 'k':
			a->check = optarg;
			break;
		case 'd':
			a->is_demo = true;
			break;
		case 'a':
			a->allows_core_dumps = true;
			break;
		case 'l':
			a->level = base_log_level_parse(optarg);
			if (a->level == BASE_LOG_INVALID) {
				fprintf(stderr,
					"romond: --log-level: expected error, warning, notice, info or debug, got %s\n",
					optarg);
				a->exit_status = 2;
			}
			break;
		case 'V':
			printf("romond %s (%s)\n", ROMOND_VERSION, rte_version());
			a->exit_status = 0;
			break;
		case 'h':
			fputs(usage, stdout);
			a->exit_status = 0;
			break;
		default:
			fputs("romond: see romond --help\n", stderr);
			a->exit_status = 2;
		}
	}
	if (a->exit_status < 0 && optind < argc) {
		fprintf(stderr, "romond: what is %s? Files are given by -c; see romond --help\n",
			argv[optind]);
		a->exit_status = 2;
	}
}

// The same lines as of `romonctl config check`.
static int check(const char *path)
{
	static struct conf_issues issues;
	struct conf *conf = conf_load(path, &issues);

	for (uint32_t i = 0; i < issues.n; i++) {
		const struct conf_issue *issue = &issues.list[i];

		fprintf(stderr, "%s:%u:%u: %s%s\n", path, issue->line, issue->column,
			issue->is_warning ? "warning: " : "", issue->text);
	}
	if (issues.n_lost > 0)
		fprintf(stderr, "%s:0:0: and %u more\n", path, issues.n_lost);
	int status = conf == NULL ? 1 : 0;
	conf_free(conf);
	return status;
}

static int config_load(struct app *a, const struct arguments *args)
{
	if (config_file_begin(a) != 0)
		return 1;
	if (a->demo != NULL) {
		const char *text = demo_config(a->demo);

		struct conf_text *kept = conf_text_make(text, strlen(text)); // edits stand above it
		struct conf_source file = {.path = a->config_path, .fd = -1, .text = kept, .secrets_fd = -1};

		a->conf = kept == NULL ? NULL : conf_load_from(&file, &a->config->issues);
		conf_text_release(kept);
	} else {
		struct conf_source file = {
			.path = args->config, .fd = -1, .secrets_fd = -1, .is_judged = true};

		a->conf = conf_load_from(&file, &a->config->issues);
	}
	if (a->conf != NULL)
		overlay_start(a);
	reload_issues_log(&a->config->issues, a->config_path);
	if (a->conf == NULL)
		return 1;
	if (base_secmem_lock_error() != 0 && conf_has_secrets(a->conf))
		LOG(WARNING,
			"secrets cannot be locked in memory and may reach swap space: %s; raise the limit (ulimit -l, LimitMEMLOCK=)",
			strerror(base_secmem_lock_error()));
	base_log_json_set(a->conf->log.format == CONF_LOG_JSON);
	base_log_level_set(args->level != BASE_LOG_INVALID ? args->level : a->conf->log.level);
	return 0;
}

// Before secrets are read. No core dump at all is the strongest form; a developer who wants one gets it
// without the memory that holds secrets (base_secmem.h). Other processes of the same user cannot look into
// this one either.
static void memory_protect(const struct arguments *args)
{
	if (!args->allows_core_dumps && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		LOG(WARNING, "core dumps cannot be turned off: %s", strerror(errno));
}

static void signals_block(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	pthread_sigmask(SIG_BLOCK, &set, NULL); // before any thread: all inherit it
	signal(SIGPIPE, SIG_IGN);
}

static int run(struct app *a)
{
	a->started_ms = base_real_ms();
	a->config->loaded_us = base_wall_us();
	a->generation = 1;
	config_file_came(a, NULL, NULL, "");
	a->boot_conf = conf_copy(a->conf);
	if (a->boot_conf == NULL)
		return 1;
	conf_forget_secrets(a->boot_conf); // it is asked about keys of the class "restart" only
	app_lock(a);
	int err = services_start(a);
	if (err == 0) {
		LOG(NOTICE, "romond %s serves %u ports; control socket %s", ROMOND_VERSION, a->conf->n_ports,
			a->conf->control.socket);
		err = control_loop_run(a);
		services_stop(a);
	}
	confirm_drop(a);
	app_unlock(a);
	conf_free(a->boot_conf);
	conf_free(a->conf);
	config_file_end(a);
	return err == 0 ? 0 : 1;
}

// For clients, who stand elsewhere. Kept until the end.
static const char *absolute(const char *path)
{
	static char whole[PATH_MAX];
	char here[PATH_MAX / 2];

	if (path[0] == '/' || getcwd(here, sizeof(here)) == NULL ||
		(size_t)snprintf(whole, sizeof(whole), "%s/%s", here, path) >= sizeof(whole))
		return path;
	return whole;
}

static int serve(const struct arguments *args)
{
	app.config_path = args->is_demo ? "(demo)" : absolute(args->config);
	if (args->is_demo) {
		app.demo = demo_create();
		if (app.demo == NULL) {
			LOG(ERROR, "--demo: no folder for the control socket: %s", strerror(errno));
			return 1;
		}
	}
	if (config_load(&app, args) != 0)
		return 1;
	app.n_mbufs = ports_mbufs(app.conf);
	uint32_t n_problems = preflight_run(&app, app.conf);
	if (n_problems > 0) {
		LOG(ERROR, "%u problems keep romond from running", n_problems);
		conf_free(app.conf);
		return 1;
	}
	int status = run(&app);
	demo_destroy(app.demo);
	return status;
}

int main(int argc, char **argv)
{
	struct arguments args;

	arguments_read(&args, argc, argv);
	if (args.exit_status >= 0)
		return args.exit_status;
	if (args.check != NULL)
		return check(args.check);
	umask(UMASK);
	signals_block();
	base_log_start();
	memory_protect(&args);
	int status = serve(&args);
	base_log_finish(LAST_LINES_MS);
	return status;
}
