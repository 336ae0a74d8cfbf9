// SPDX-License-Identifier: BSD-3-Clause
// romon-gw: the RouterOS API in front of romond's control socket, as a process of its own that needs no
// rights and may crash or be absent while romond forwards.
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base_log.h"
#include "gw_api.h"
#include "gw_rest.h"
#include "gw_users_cmd.h"

LOG_TYPE("main");

#define UMASK    077
#define WHY_SIZE 512

enum exit_code { EXIT_OK, EXIT_FAILED, EXIT_USAGE };

static const struct option options[] = {{"config", required_argument, NULL, 'c'},
	{"check", no_argument, NULL, 'k'}, {"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'}, {NULL, 0, NULL, 0}};

static void help(FILE *out)
{
	fputs("usage: romon-gw [-c FILE]               serve\n"
	      "       romon-gw -c FILE --check         only look at FILE, and say what is wrong with it\n"
	      "       romon-gw [-c FILE] user add NAME --group read|write|full\n"
	      "       romon-gw [-c FILE] user passwd|remove NAME\n"
	      "       romon-gw [-c FILE] user list\n\nkeys of FILE:\n",
		out);
	for (const struct gw_conf_key *k = gw_conf_keys; k->name != NULL; k++)
		fprintf(out, "  %s%s%s: %s\n      %s\n", k->section, k->section[0] == '\0' ? "" : ".",
			k->name, k->fallback, k->help);
}

// Until somebody wants an end of it.
static int serve(const struct gw_conf *conf)
{
	struct gw_shared shared = {.conf = conf, .link = gw_link_create(conf->socket)};
	char buf[WHY_SIZE];
	struct base_text why;
	sigset_t ends;
	int signal_number;

	base_text_init(&why, buf, sizeof(buf));
	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	sigprocmask(SIG_BLOCK, &ends, NULL); // threads inherit it: the signals wait for us
	if (shared.link == NULL) {
		LOG(ERROR, "out of memory");
		return EXIT_FAILED;
	}
	if ((conf->api_listen[0] != '\0' && gw_api_start(&shared, &why) != 0) ||
		(conf->http_listen[0] != '\0' && gw_rest_start(&shared, &why) != 0)) {
		LOG(ERROR, "%s", buf);
		return EXIT_FAILED;
	}
	sigwait(&ends, &signal_number);
	LOG(NOTICE, "stopped by %s", strsignal(signal_number));
	exit(EXIT_OK); // sessions end with the process
}

int main(int argc, char **argv)
{
	static struct gw_conf conf;
	const char *path = NULL;
	bool is_check = false;
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
		case 'h':
			help(stdout);
			return EXIT_OK;
		default:
			help(stderr);
			return EXIT_USAGE;
		}
	}
	if (gw_conf_load(path, &conf, stderr) != 0)
		return EXIT_FAILED;
	if (optind < argc && strcmp(argv[optind], "user") == 0)
		return gw_users_cmd(conf.users, argc - optind - 1, argv + optind + 1);
	if (optind < argc) {
		help(stderr);
		return EXIT_USAGE;
	}
	return is_check ? EXIT_OK : serve(&conf);
}
