// SPDX-License-Identifier: BSD-3-Clause
// Small files of a line each. Control puts them, the writer writes them.
#include <assert.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base_log.h"
#include "base_text.h"
#include "store_private.h"

LOG_TYPE("store");

static struct store_mark *mark_of(struct store *s, const char *name)
{
	uint32_t i = 0;

	while (i < s->n_marks && strcmp(s->marks[i].name, name) != 0)
		i++;
	assert(i < STORE_MARKS_MAX);
	if (i == s->n_marks) {
		s->marks[i] = (struct store_mark){.is_waiting = false};
		base_text_copy(s->marks[i].name, sizeof(s->marks[i].name), name);
		s->n_marks++;
	}
	return &s->marks[i];
}

void store_mark_put(struct store *s, const char *name, const char *text)
{
	pthread_mutex_lock(&s->lock);
	struct store_mark *m = mark_of(s, name);

	m->is_waiting = true;
	m->is_gone = text == NULL;
	base_text_copy(m->text, sizeof(m->text), text == NULL ? "" : text);
	pthread_cond_signal(&s->wake);
	pthread_mutex_unlock(&s->lock);
}

static int file_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	char line[STORE_MARK_LEN_MAX + 2];
	int len = snprintf(line, sizeof(line), "%s\n", text);
	int err = 0;

	if (fd < 0)
		return -errno;
	ssize_t n = write(fd, line, (size_t)len);
	if (n != len)
		err = n < 0 ? -errno : -EIO;
	else if (fdatasync(fd) != 0)
		err = -errno;
	close(fd);
	return err;
}

static int mark_write(const char *dir, const struct store_mark *m)
{
	char path[PATH_MAX];
	char beside[PATH_MAX];

	// store_open() saw to it that names fit behind dir
	snprintf(path, sizeof(path), "%s/%s", dir, m->name);
	snprintf(beside, sizeof(beside), "%s/%s.new", dir, m->name);
	if (m->is_gone)
		return unlink(path) == 0 || errno == ENOENT ? 0 : -errno;
	int err = file_write(beside, m->text);
	if (err == 0 && rename(beside, path) != 0)
		err = -errno;
	return err;
}

bool store_marks_wait(const struct store *s)
{
	for (uint32_t i = 0; i < s->n_marks; i++) {
		if (s->marks[i].is_waiting)
			return true;
	}
	return false;
}

void store_marks_write(struct store *s)
{
	for (uint32_t i = 0; i < s->n_marks; i++) {
		struct store_mark mark = s->marks[i];

		if (!mark.is_waiting)
			continue;
		s->marks[i].is_waiting = false;
		pthread_mutex_unlock(&s->lock);
		int err = mark_write(s->dir, &mark);
		if (err != 0)
			LOG(WARNING,
				"%s/%s: cannot be written: %s: look at the disk and at the key state.dir",
				s->dir, mark.name, strerror(-err));
		pthread_mutex_lock(&s->lock);
	}
}
