// SPDX-License-Identifier: BSD-3-Clause
// romon-gw: the RouterOS API in front of romond's control socket, as a process of its own that needs no
// rights and may crash or be absent while romond forwards.
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base_log.h"
#include "gw_api.h"
#include "gw_demo.h"
#include "gw_http.h"
#include "gw_reference.h"
#include "gw_setup.h"
#include "gw_tls.h"
#include "gw_users_cmd.h"

LOG_TYPE("main");

#define UMASK    077
#define WHY_SIZE 512

enum exit_code { EXIT_OK, EXIT_FAILED, EXIT_USAGE };

static const struct option options[] = {{"config", required_argument, NULL, 'c'},
	{"check", no_argument, NULL, 'k'}, {"help", no_argument, NULL, 'h'}, {"demo", no_argument, NULL, 'D'},
	{"reference", no_argument, NULL, 'R'}, {"version", no_argument, NULL, 'V'}, {NULL, 0, NULL, 0}};

static void help(FILE *out)
{
	fputs("usage: romon-gw [-c FILE]               serve\n"
	      "       romon-gw --demo                 serve a `romond --demo` of yours, user demo\n"
	      "       romon-gw -c FILE --check         only look at FILE, and say what is wrong with it\n"
	      "       romon-gw [-c FILE] user add NAME --group read|write|full\n"
	      "       romon-gw [-c FILE] user passwd|remove NAME\n"
	      "       romon-gw [-c FILE] user list\n"
	      "       romon-gw --reference            keys and menus, as docs/gateway.md has them\n\nkeys of FILE:\n",
		out);
	for (const struct gw_conf_key *k = gw_conf_keys; k->name != NULL; k++)
		fprintf(out, "  %s%s%s: %s\n      %s\n", k->section, k->section[0] == '\0' ? "" : ".",
			k->name, k->fallback, k->help);
}

// A client takes a descriptor: as many as the system lets us have.
static void descriptors_raise(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

static bool start(const struct gw_shared *shared, struct base_text *why)
{
	const struct gw_conf *conf = shared->conf;
	bool has_tls = conf->api_tls_listen[0] != '\0' || conf->https_listen[0] != '\0';

	if (shared->link == NULL || shared->watch == NULL || shared->events == NULL || shared->auth == NULL ||
		shared->cookies == NULL) {
		base_text_add(why, "out of memory");
		return false;
	}
	if (gw_roll_watch(shared->roll) != 0) {
		base_text_add(why, "no thread to watch the file of users");
		return false;
	}
	return (!has_tls || gw_tls_load(conf, why) == 0) && gw_api_start(shared, why) == 0 &&
	       gw_http_start(shared, why) == 0;
}

// SIGHUP: a certificate that was renewed. Connections that are there go on.
static void reload(const struct gw_conf *conf)
{
	char buf[WHY_SIZE];
	struct base_text why;

	base_text_init(&why, buf, sizeof(buf));
	if (gw_tls_load(conf, &why) == 0)
		LOG(NOTICE, "loaded the certificate anew");
	else
		LOG(ERROR, "%s; the certificate of before stays", buf);
}

// Until somebody wants an end of it.
static int serve(const struct gw_conf *conf)
{
	struct gw_shared shared = {.conf = conf, .link = gw_link_create(conf->socket)};
	char buf[WHY_SIZE];
	struct base_text why;
	sigset_t signals;
	int signal_number;

	base_text_init(&why, buf, sizeof(buf));
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, NULL); // threads inherit it: the signals wait for us
	signal(SIGPIPE, SIG_IGN);
	descriptors_raise();
	shared.tree = shared.link == NULL ? NULL : gw_tree_create(shared.link);
	shared.watch = shared.tree == NULL ? NULL : gw_watch_create(shared.tree, conf->socket);
	shared.events = gw_events_create(conf->socket);
	shared.roll = gw_roll_create(conf->users);
	shared.auth = shared.roll == NULL ? NULL : gw_auth_create(shared.roll);
	shared.cookies = shared.roll == NULL ? NULL : gw_cookies_create(shared.roll);
	if (!start(&shared, &why)) {
		LOG(ERROR, "%s", buf);
		return EXIT_FAILED;
	}
	gw_setup_offer(conf);
	while (sigwait(&signals, &signal_number) == 0 && signal_number == SIGHUP)
		reload(conf);
	LOG(NOTICE, "stopped by %s", strsignal(signal_number));
	exit(EXIT_OK); // sessions end with the process
}

int main(int argc, char **argv)
{
	static struct gw_conf conf;
	const char *path = NULL;
	bool is_check = false, is_demo = false;
	int c;

	umask(UMASK);
	while ((c = getopt_long(argc, argv, "+c:hV", options, NULL)) != -1) {
		switch (c) {
		case 'c':
			path = optarg;
			break;
		case 'k':
			is_check = true;
			break;
		case 'V':
			puts("romon-gw " ROMOND_VERSION);
			return EXIT_OK;
		case 'D':
			is_demo = true;
			break;
		case 'R':
			gw_reference_print(stdout);
			return EXIT_OK;
		case 'h':
			help(stdout);
			return EXIT_OK;
		default:
			help(stderr);
			return EXIT_USAGE;
		}
	}
	if (is_demo ? !gw_demo_conf(&conf) : gw_conf_load(path, &conf, stderr) != 0)
		return EXIT_FAILED;
	if (optind < argc && strcmp(argv[optind], "user") == 0)
		return gw_users_cmd(conf.users, argc - optind - 1, argv + optind + 1);
	if (optind < argc) {
		help(stderr);
		return EXIT_USAGE;
	}
	return is_check ? EXIT_OK : serve(&conf);
}
