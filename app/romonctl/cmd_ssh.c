// SPDX-License-Identifier: BSD-3-Clause
// ssh and ssh-config: OpenSSH over streams of ours. Main thread.
//
// The host key is kept under the node's RoMON id, not under its name: when another router takes a name, ssh
// says so.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base_mac.h"
#include "ssh_words.h"
#include "target_seek.h"

#define ARGS_MAX 128

// The id of the node that target names, as "02-00-00-00-00-05".
static enum cmd_exit id_find(const struct cmd_call *call, const char *target, char out[BASE_MAC_TEXT_LEN])
{
	struct cmd_job job;
	json_t *node = NULL;

	enum cmd_exit code = cmd_job_open(&job, call);
	if (code == CMD_EXIT_OK)
		code = target_find(&job, target, &node);
	const char *id = json_string_value(json_object_get(node, "address"));
	if (code == CMD_EXIT_OK && id == NULL) {
		json_decref(node);
		return cmd_job_close(&job, cmd_job_strange(NULL));
	}
	if (id != NULL)
		base_text_copy(out, BASE_MAC_TEXT_LEN, id);
	for (char *c = out; id != NULL && *c != '\0'; c++)
		*c = *c == ':' ? '-' : *c;
	json_decref(node);
	return cmd_job_close(&job, code);
}

static void run(
	const struct cmd_call *call, const char *user, int user_len, const char *target, const char *id)
{
	char proxy[SSH_TEXT_MAX];
	char host[SSH_TEXT_MAX];
	char alias[64];
	const char *argv[ARGS_MAX];
	struct base_text t;
	int n = 0;

	base_text_init(&t, proxy, sizeof(proxy));
	base_text_add(&t, "ProxyCommand=");
	ssh_proxy_add(&t, call, target);
	snprintf(alias, sizeof(alias), "HostKeyAlias=romon-%s", id);
	snprintf(host, sizeof(host), "%.*sromon-%s", user_len, user, id);
	argv[n++] = "ssh";
	argv[n++] = "-o";
	argv[n++] = proxy;
	argv[n++] = "-o";
	argv[n++] = alias;
	for (size_t i = 0; cmd_given(call, "--legacy") != NULL && i < SSH_LEGACY_LEN; i++) {
		argv[n++] = "-o";
		argv[n++] = ssh_legacy[i];
	}
	argv[n++] = host;
	for (int i = 0; i < call->rest_argc && n < ARGS_MAX - 1; i++)
		argv[n++] = call->rest_argv[i];
	argv[n] = NULL;
	execvp("ssh", (char *const *)(uintptr_t)argv);
	fprintf(stderr, "romonctl: ssh cannot be run: %s (the package openssh-client has it)\n",
		strerror(errno));
}

enum cmd_exit cmd_run_ssh(const struct cmd_call *call)
{
	char id[BASE_MAC_TEXT_LEN];
	const char *at = strrchr(call->args[0], '@');
	const char *target = at != NULL ? at + 1 : call->args[0];

	if (call->rest_argc > ARGS_MAX - 20) {
		fputs("romonctl: too many words for ssh\n", stderr);
		return CMD_EXIT_USAGE;
	}
	enum cmd_exit code = id_find(call, target, id);
	if (code != CMD_EXIT_OK)
		return code;
	run(call, call->args[0], (int)(target - call->args[0]), target, id);
	return CMD_EXIT_FAILURE;
}

enum cmd_exit cmd_run_ssh_config(const struct cmd_call *call)
{
	char proxy[SSH_TEXT_MAX];
	struct base_text t;

	base_text_init(&t, proxy, sizeof(proxy));
	ssh_proxy_add(&t, call, NULL);
	printf("# Routers by RoMON: ssh admin@romon/NAME, or NAME.romon (which scp, sftp, rsync and Ansible take too).\n"
	       "# NAME is an identity or a RoMON id with dashes. Put this into ~/.ssh/config, or: Include FILE\n"
	       "Host romon/* *.romon\n"
	       "    ProxyCommand %s\n"
	       "    ServerAliveInterval 30\n",
		proxy);
	return fflush(stdout) == 0 ? CMD_EXIT_OK : CMD_EXIT_FAILURE;
}
