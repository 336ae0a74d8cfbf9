// SPDX-License-Identifier: BSD-3-Clause
// romonctl: shows and steers a running romond over its control socket. One thread.
#include <locale.h>
#include <string.h>
#include <sys/stat.h>

#include "askpass.h"
#include "cmd.h"

#define WHY_SIZE 512

// Output that could not be written (a full disk) must not look like success.
static enum cmd_exit output_check(enum cmd_exit code)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	fprintf(stderr, "romonctl: cannot write the output: %s\n", strerror(errno));
	return code == CMD_EXIT_OK ? CMD_EXIT_FAILURE : code;
}

#define UMASK 077 // captures and the like are nobody else's

int main(int argc, char **argv)
{
	char why_buf[WHY_SIZE];
	struct base_text why;
	struct cmd_call call;
	int code;

	if (askpass_is_asked(argc, argv, &code))
		return code;
	setlocale(LC_CTYPE, "");
	umask(UMASK);
	base_text_init(&why, why_buf, sizeof(why_buf));
	if (cmd_parse(&call, argc - 1, argv + 1, &why) != 0) {
		fprintf(stderr, "romonctl: %s\n`romonctl%s%s --help` shows how it is used\n", why_buf,
			call.cmd == NULL ? "" : " ", call.cmd == NULL ? "" : call.cmd->name);
		return call.cmd != NULL && call.cmd->usage_exit != 0 ? call.cmd->usage_exit : CMD_EXIT_USAGE;
	}
	if (call.wants_version) {
		puts("romonctl " ROMOND_VERSION);
		return (int)output_check(CMD_EXIT_OK);
	}
	if (call.wants_help) {
		doc_help_print(call.cmd, stdout);
		return (int)output_check(CMD_EXIT_OK);
	}
	return (int)output_check(call.cmd == NULL ? cmd_shell(&call) : call.cmd->run(&call));
}
