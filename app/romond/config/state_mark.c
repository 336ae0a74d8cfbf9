// SPDX-License-Identifier: BSD-3-Clause
// Marks: small files in state.dir that tell the next start something. Control thread.
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app.h"
#include "base_text.h"
#include "state_mark.h"
#include "store.h"

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

void state_mark_put(const struct app *app, const char *name, const char *text)
{
	if (app->store != NULL)
		store_mark_put(app->store, name, text);
}
