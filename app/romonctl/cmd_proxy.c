// SPDX-License-Identifier: BSD-3-Clause
// proxy: standard input and output become a stream to a service of a node, as OpenSSH's ProxyCommand wants
// it. No word of ours is among the bytes. Main thread.
#include <signal.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "stream_link.h"

// Host names that `romonctl ssh-config` prints: romon/NAME and NAME.romon.
static void host_strip(json_t *args)
{
	const char *host = json_string_value(json_object_get(args, "id"));
	size_t len = host != NULL ? strlen(host) : 0;

	if (len > 6 && strncasecmp(host, "romon/", 6) == 0)
		json_object_set_new(args, "id", json_string(host + 6));
	else if (len > 6 && strcasecmp(host + len - 6, ".romon") == 0)
		json_object_set_new(args, "id", json_stringn(host, len - 6));
}

enum cmd_exit cmd_run_proxy(const struct cmd_call *call)
{
	struct stream_link link;

	json_t *args = cmd_request_make(call);
	if (args == NULL)
		return CMD_EXIT_USAGE;
	host_strip(args);
	signal(SIGPIPE, SIG_IGN);
	enum cmd_exit code = stream_link_open(call, args, &link);
	json_decref(args);
	if (code != CMD_EXIT_OK)
		return code;
	int rc = stream_link_join(&link, STDIN_FILENO, STDOUT_FILENO);
	if (rc != 0 && rc != -EPIPE) {
		fprintf(stderr, "romonctl: %s\n", strerror(-rc));
		code = CMD_EXIT_FAILURE;
	}
	close(link.fd);
	link.fd = -1;
	if (code == CMD_EXIT_OK)
		code = stream_link_verdict(call, &link);
	stream_link_close(&link);
	return code;
}
