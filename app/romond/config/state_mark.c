// SPDX-License-Identifier: BSD-3-Clause
// Marks: small files in state.dir that tell the next start something. Control thread.
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base_log.h"
#include "base_text.h"
#include "state_mark.h"

LOG_TYPE("life");

void state_mark_read(const char *path, char *out, size_t size)
{
	char bytes[STATE_MARK_SIZE];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	ssize_t n = fd < 0 ? -1 : read(fd, bytes, sizeof(bytes));

	if (fd >= 0)
		close(fd);
	const char *end = n > 0 ? memchr(bytes, '\n', (size_t)n) : NULL;
	base_text_escape(out, size, bytes, end != NULL ? (size_t)(end - bytes) : n > 0 ? (size_t)n : 0);
}

void state_mark_path(const struct app *app, const char *name, char path[PATH_MAX])
{
	int n = app->store == NULL ? 0 : snprintf(path, PATH_MAX, "%s/%s", app->boot_conf->state.dir, name);

	if (n <= 0 || n >= PATH_MAX)
		path[0] = '\0';
}

void state_mark_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	char line[STATE_MARK_SIZE];
	int len = snprintf(line, sizeof(line), "%s\n", text);

	if (fd < 0 || write(fd, line, (size_t)len) != len)
		LOG(WARNING, "state.dir: %s: %s: the next start will not know of this run", path,
			strerror(errno));
	if (fd >= 0)
		close(fd);
}

void state_mark_unsaved(const struct app *app, const char *what)
{
	char path[PATH_MAX];

	state_mark_path(app, STATE_MARK_UNSAVED, path);
	if (path[0] == '\0')
		return;
	if (what != NULL)
		state_mark_write(path, what);
	else if (unlink(path) != 0 && errno != ENOENT)
		LOG(WARNING, "state.dir: %s cannot be removed: %s", path, strerror(errno));
}
