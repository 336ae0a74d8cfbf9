// SPDX-License-Identifier: BSD-3-Clause
// Words of a command line for OpenSSH (ssh_words.h). Main thread.
#include "ssh_words.h"

#include <unistd.h>

const char *const ssh_legacy[SSH_LEGACY_LEN] = {"HostKeyAlgorithms=+ssh-rsa",
	"PubkeyAcceptedAlgorithms=+ssh-rsa", "KexAlgorithms=+diffie-hellman-group14-sha1",
	"Ciphers=+aes128-cbc,aes256-cbc"};

// Text as one word of the shell that runs a ProxyCommand; ssh's own percent signs are doubled.
static void word_add(struct base_text *t, const char *text)
{
	base_text_add(t, "'");
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			base_text_add(t, "'\\''");
		else if (*text == '%')
			base_text_add(t, "%%%%");
		else
			base_text_add(t, "%c", *text);
	}
	base_text_add(t, "'");
}

void ssh_own_path(char out[SSH_TEXT_MAX])
{
	ssize_t n = readlink("/proc/self/exe", out, SSH_TEXT_MAX - 1);

	base_text_copy(out, SSH_TEXT_MAX, n > 0 ? (out[n] = '\0', out) : "romonctl");
}

void ssh_proxy_add(struct base_text *t, const struct cmd_call *call, const char *target)
{
	char path[SSH_TEXT_MAX];

	ssh_own_path(path);
	word_add(t, path);
	base_text_add(t, " -s ");
	word_add(t, call->socket);
	base_text_add(t, " proxy ");
	if (target != NULL)
		word_add(t, target);
	else
		base_text_add(t, "%%h");
}
