// SPDX-License-Identifier: BSD-3-Clause
// The file behind romon.secrets-file. Control thread; reads that file only and wipes what it read.
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf_value.h"

#define FILE_SIZE_MAX 4096

// Read fd up to size bytes. Bytes read, or -errno.
static ssize_t read_all(int fd, char *buf, size_t size)
{
	size_t len = 0;

	while (len < size) {
		ssize_t n = read(fd, buf + len, size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

// Why a file cannot hold secrets, or NULL.
static const char *file_problem(const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return "is not a regular file";
	if ((st->st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return "group or others have access to it: chmod 0600 it";
	if (st->st_size > FILE_SIZE_MAX)
		return "is larger than 4096 bytes";
	return NULL;
}

static int line_take(const char *line, size_t len, struct conf_secrets *out)
{
	bool is_empty_secret = len == 2 && memcmp(line, "\"\"", 2) == 0;

	if (len == 0)
		return 0;
	if (out->n == CONF_SECRETS_MAX)
		return -E2BIG;
	if (len > CONF_SECRET_LEN_MAX || conf_text_clean_len(line, len, false) != len)
		return -EINVAL;
	if (!is_empty_secret)
		memcpy(out->text[out->n], line, len);
	out->n++;
	return 0;
}

static int lines_take(const char *text, size_t len, struct conf_secrets *out, const char *path,
	const struct conf_node *node, struct conf_place *place)
{
	size_t at = 0;

	for (unsigned line_no = 1; at < len; line_no++) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t line_len = end != NULL ? (size_t)(end - (text + at)) : len - at;
		size_t shown = line_len > 0 && text[at + line_len - 1] == '\r' ? line_len - 1 : line_len;
		int err = line_take(text + at, shown, out);

		if (err == -E2BIG) {
			conf_error(place, node->line, node->column, "%s has more than %d secrets", path,
				CONF_SECRETS_MAX);
			return err;
		}
		if (err < 0) {
			conf_error(place, node->line, node->column,
				"%s line %u: expected a text of at most %d bytes without control characters",
				path, line_no, CONF_SECRET_LEN_MAX);
			return err;
		}
		at += line_len + 1;
	}
	if (out->n > 0)
		return 0;
	conf_error(place, node->line, node->column, "%s holds no secret", path);
	return -EINVAL;
}

int conf_secrets_read(
	const char *path, struct conf_secrets *out, const struct conf_node *node, struct conf_place *place)
{
	char text[FILE_SIZE_MAX];
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	memset(out, 0, sizeof(*out));
	if (fd < 0 || fstat(fd, &st) < 0) {
		int err = -errno;

		conf_error(place, node->line, node->column, "%s cannot be read: %s", path, strerror(-err));
		if (fd >= 0)
			close(fd);
		return err;
	}
	const char *problem = file_problem(&st);
	if (problem != NULL) {
		conf_error(place, node->line, node->column, "%s %s", path, problem);
		close(fd);
		return -EPERM;
	}
	ssize_t len = read_all(fd, text, sizeof(text));
	close(fd);
	if (len < 0) {
		conf_error(
			place, node->line, node->column, "%s cannot be read: %s", path, strerror((int)-len));
		return (int)len;
	}
	int err = lines_take(text, (size_t)len, out, path, node, place);
	explicit_bzero(text, sizeof(text));
	return err;
}
