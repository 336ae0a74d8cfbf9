// SPDX-License-Identifier: BSD-3-Clause
// Shell completion. The scripts only pass the words typed so far to `romonctl __complete` and show what
// comes back, so that all shells follow cmd_table. Main thread.
//
// __complete prints a candidate a line, as WORD, a tab, and a help text; or the one line ":file", which asks
// the shell to complete a file name.
#include <string.h>

#include "cmd_complete.h"

static const char script_bash[] =
	"# bash completion of romonctl; load it with: source <(romonctl completion bash)\n"
	"_romonctl() {\n"
	"\tlocal IFS=$'\\n' word=${COMP_WORDS[COMP_CWORD]}\n"
	"\tlocal -a found\n"
	"\tmapfile -t found < <(romonctl __complete \"${COMP_WORDS[@]:1:COMP_CWORD}\" 2>/dev/null)\n"
	"\tif [[ ${found[0]-} == :file ]]; then\n"
	"\t\tcompopt -o filenames\n"
	"\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n"
	"\telse\n"
	"\t\tmapfile -t COMPREPLY < <(compgen -W \"${found[*]%%$'\\t'*}\" -- \"$word\")\n"
	"\tfi\n"
	"}\n"
	"complete -F _romonctl romonctl\n";

static const char script_zsh[] =
	"#compdef romonctl\n"
	"# zsh completion of romonctl; load it with: source <(romonctl completion zsh)\n"
	"_romonctl() {\n"
	"\tlocal -a lines found\n"
	"\tlocal line\n"
	"\tlines=(\"${(@f)$(romonctl __complete \"${(@)words[2,CURRENT]}\" 2>/dev/null)}\")\n"
	"\tif [[ ${lines[1]} == :file ]]; then\n"
	"\t\t_files\n"
	"\t\treturn\n"
	"\tfi\n"
	"\tfor line in $lines; do\n"
	"\t\tfound+=(\"${${line%%$'\\t'*}//:/\\\\:}:${line#*$'\\t'}\")\n"
	"\tdone\n"
	"\t_describe romonctl found\n"
	"}\n"
	"if [[ ${funcstack[1]-} == _romonctl ]]; then\n"
	"\t_romonctl \"$@\"\n"
	"else\n"
	"\tcompdef _romonctl romonctl\n"
	"fi\n";

static const char script_fish[] =
	"# fish completion of romonctl; load it with: romonctl completion fish | source\n"
	"function __romonctl_complete\n"
	"\tset -l words (commandline -opc) (commandline -ct)\n"
	"\tset -l found (romonctl __complete $words[2..-1] 2>/dev/null)\n"
	"\tif test \"$found[1]\" = :file\n"
	"\t\t__fish_complete_path (commandline -ct)\n"
	"\telse\n"
	"\t\tprintf '%s\\n' $found\n"
	"\tend\n"
	"end\n"
	"complete -c romonctl -f -a '(__romonctl_complete)'\n";

enum cmd_exit cmd_run_completion(const struct cmd_call *call)
{
	const char *shell = call->args[0];

	fputs(strcmp(shell, "bash") == 0    ? script_bash
		: strcmp(shell, "zsh") == 0 ? script_zsh
					    : script_fish,
		stdout);
	return CMD_EXIT_OK;
}

static void candidate_print(void *user, const char *word, const char *help)
{
	(void)user;
	printf("%s\t%s\n", word, help);
}

enum cmd_exit cmd_run_complete(const struct cmd_call *call)
{
	struct cmd_complete c = {.socket = call->socket, .add = candidate_print};

	cmd_complete(&c, call->rest_argc, call->rest_argv);
	if (c.wants_file)
		puts(":file");
	return CMD_EXIT_OK;
}
