// SPDX-License-Identifier: BSD-3-Clause
// forward: a TCP port of this machine whose connections become streams to a service of a node. A process
// each, so that none waits for another. Main thread.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stream_link.h"

// [BIND:]PORT with a numeric address; loopback when there is none. False: it is none of these.
static bool listen_parse(const char *text, struct sockaddr_in *out)
{
	char host[INET_ADDRSTRLEN] = "127.0.0.1";
	const char *colon = strrchr(text, ':');
	const char *digits = colon != NULL ? colon + 1 : text;
	char *end;

	if (colon != NULL && (size_t)(colon - text) >= sizeof(host))
		return false;
	if (colon != NULL) {
		memcpy(host, text, (size_t)(colon - text));
		host[colon - text] = '\0';
	}
	unsigned long port = strtoul(digits, &end, 10);
	*out = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	return *digits >= '0' && *digits <= '9' && *end == '\0' && port <= UINT16_MAX &&
	       inet_pton(AF_INET, host, &out->sin_addr) == 1;
}

static int listener_open(struct sockaddr_in *at)
{
	socklen_t len = sizeof(*at);
	int one = 1;

	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)at, sizeof(*at)) == 0 && listen(fd, 64) == 0 &&
		getsockname(fd, (struct sockaddr *)at, &len) == 0)
		return fd;
	int err = -errno;
	close(fd);
	return err;
}

// In a process of its own, which ends with the one that listens.
static enum cmd_exit session_run(const struct cmd_call *call, json_t *args, int fd, pid_t parent)
{
	struct stream_link link;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		return CMD_EXIT_FAILURE; // it ended before it could be asked for that
	enum cmd_exit code = stream_link_open(call, args, &link);
	if (code != CMD_EXIT_OK)
		return code;
	(void)!stream_link_join(&link, fd, fd); // a client may go as it likes, and romond knows the rest
	close(fd);
	close(link.fd);
	link.fd = -1;
	code = stream_link_verdict(call, &link);
	stream_link_close(&link);
	return code;
}

static unsigned n_sessions;

static void ended_tell(void)
{
	int status;

	while (waitpid(-1, &status, WNOHANG) > 0)
		fprintf(stderr, "a session ended%s; %u open\n",
			WIFEXITED(status) && WEXITSTATUS(status) == 0 ? "" : " (see above)", --n_sessions);
}

static void nothing(int number)
{
	(void)number; // only to leave accept()
}

static enum cmd_exit serve(const struct cmd_call *call, json_t *args, int listener)
{
	struct sigaction act = {.sa_handler = nothing};

	sigaction(SIGCHLD, &act, NULL);
	for (;;) {
		struct sockaddr_in from;
		socklen_t len = sizeof(from);
		char host[INET_ADDRSTRLEN];

		int fd = accept4(listener, (struct sockaddr *)&from, &len, SOCK_CLOEXEC);
		int err = fd < 0 ? errno : 0; // not what ended_tell() leaves there
		ended_tell();
		if (err == EINTR || err == ECONNABORTED)
			continue;
		pid_t parent = getpid();
		pid_t child = fd >= 0 ? fork() : -1;
		if (child < 0) {
			fprintf(stderr, "romonctl: a session could not begin: %s\n",
				strerror(err != 0 ? err : errno));
			if (fd < 0)
				return CMD_EXIT_FAILURE;
		} else if (child == 0) {
			close(listener);
			_exit(session_run(call, args, fd, parent));
		} else {
			n_sessions++;
			fprintf(stderr, "a session from %s:%u; %u open\n",
				inet_ntop(AF_INET, &from.sin_addr, host, sizeof(host)), ntohs(from.sin_port),
				n_sessions);
		}
		close(fd);
	}
}

enum cmd_exit cmd_run_forward(const struct cmd_call *call)
{
	char host[INET_ADDRSTRLEN];
	struct sockaddr_in at;

	if (!listen_parse(call->args[0], &at)) {
		fprintf(stderr, "romonctl: %s: expected PORT, or ADDRESS:PORT with an IPv4 address\n",
			call->args[0]);
		return CMD_EXIT_USAGE;
	}
	json_t *args = cmd_request_make(call);
	if (args == NULL)
		return CMD_EXIT_USAGE;
	int fd = listener_open(&at);
	inet_ntop(AF_INET, &at.sin_addr, host, sizeof(host));
	if (fd < 0) {
		fprintf(stderr, "romonctl: cannot listen on %s:%u: %s\n", host, ntohs(at.sin_port),
			strerror(-fd));
		json_decref(args);
		return CMD_EXIT_FAILURE;
	}
	signal(SIGPIPE, SIG_IGN);
	fprintf(stderr, "listening on %s:%u for %s, service %s; Ctrl-C ends it\n", host, ntohs(at.sin_port),
		call->args[1], call->args[2]);
	enum cmd_exit code = serve(call, args, fd);
	close(fd);
	json_decref(args);
	return code;
}
