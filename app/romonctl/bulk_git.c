// SPDX-License-Identifier: BSD-3-Clause
// The history of a folder of backups (bulk_git.h). Main thread.
#include "bulk_git.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS_MAX 24

static void child_run(const char *dir, const char *const *words)
{
	// no program of a repository's own is run, nobody is asked, and who commits is known everywhere
	const char *argv[WORDS_MAX] = {"git", "-C", dir, "-c", "core.hooksPath=/dev/null", "-c",
		"commit.gpgSign=false", "-c", "core.fsmonitor=false", "-c", "gc.auto=0"};
	int null = open("/dev/null", O_RDWR);
	size_t n = 11;

	for (; *words != NULL && n + 1 < WORDS_MAX; words++)
		argv[n++] = *words;
	argv[n] = NULL;
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	setenv("GIT_TERMINAL_PROMPT", "0", 1);
	setenv("GIT_AUTHOR_NAME", "romonctl backup", 0);
	setenv("GIT_AUTHOR_EMAIL", "romonctl@localhost", 0);
	setenv("GIT_COMMITTER_NAME", "romonctl backup", 0);
	setenv("GIT_COMMITTER_EMAIL", "romonctl@localhost", 0);
	execvp("git", (char *const *)(uintptr_t)argv);
	fprintf(stderr, "git cannot be run: %s\n", strerror(errno));
	_exit(127);
}

// Its exit code, or -errno.
static int git_run(const char *dir, const char *const *words)
{
	int status = 0;

	fflush(NULL);
	pid_t pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		child_run(dir, words);
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : base_errno_set(EINTR);
}

static int fail(struct base_text *why, const char *what)
{
	base_text_add(why, "git could not %s (see above); the files themselves are written", what);
	return base_errno_set(EIO);
}

int bulk_git_commit(const char *dir, const char *message, struct base_text *why)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/.git", dir);
	if (access(path, F_OK) != 0 && git_run(dir, (const char *[]){"init", "-q", NULL}) != 0)
		return fail(why, "make a repository");
	if (git_run(dir, (const char *[]){"add", "-A", "--", ".", ":(exclude).romonctl-backup*", NULL}) != 0)
		return fail(why, "take up the files");
	int rc = git_run(dir, (const char *[]){"diff", "--cached", "--quiet", NULL});
	if (rc == 0)
		return 0;
	if (rc != 1 || git_run(dir, (const char *[]){"commit", "-q", "-m", message, NULL}) != 0)
		return fail(why, "commit");
	return 1;
}
