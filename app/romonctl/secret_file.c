// SPDX-License-Identifier: BSD-3-Clause
// Files of secrets. Main thread.
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base_secmem.h"
#include "file_replace.h"
#include "secret_file.h"

#define FILE_SIZE_MAX 4096

static int line_take(
	struct conf_secrets *out, const char *line, size_t len, unsigned line_no, struct base_text *why)
{
	if (len > 0 && line[len - 1] == '\r')
		len--;
	if (len == 0)
		return 0;
	if (out->n == CONF_SECRETS_MAX) {
		base_text_add(why, "it has more than %d secrets", CONF_SECRETS_MAX);
		return base_errno_set(E2BIG);
	}
	for (size_t i = 0; i < len; i++) {
		if (len > CONF_SECRET_LEN_MAX || (uint8_t)line[i] < 0x20 || line[i] == 0x7f) {
			base_text_add(why,
				"line %u: expected a text of at most %d bytes without control characters",
				line_no, CONF_SECRET_LEN_MAX);
			return base_errno_set(EINVAL);
		}
	}
	if (len != 2 || memcmp(line, "\"\"", 2) != 0)
		memcpy(out->text[out->n], line, len);
	out->n++;
	return 0;
}

static int lines_take(struct conf_secrets *out, const char *text, size_t len, struct base_text *why)
{
	unsigned line_no = 0;

	for (size_t at = 0; at < len;) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t line_len = end != NULL ? (size_t)(end - (text + at)) : len - at;
		int err = line_take(out, text + at, line_len, ++line_no, why);

		if (err < 0)
			return err;
		at += line_len + 1;
	}
	if (out->n > 0)
		return 0;
	base_text_add(why, "it holds no secret");
	return base_errno_set(EINVAL);
}

// All of fd into text, at most size bytes: how many, or -errno.
static ssize_t fd_read(int fd, char *text, size_t size, struct base_text *why)
{
	size_t len = 0;
	ssize_t n = 1;

	while (n != 0 && len < size) {
		n = read(fd, text + len, size - len);
		if (n < 0 && errno != EINTR) {
			base_text_add(why, "%m");
			return -errno;
		}
		len += n > 0 ? (size_t)n : 0;
	}
	if (len < size)
		return (ssize_t)len;
	base_text_add(why, "it is larger than %d bytes", FILE_SIZE_MAX - 1);
	return base_errno_set(EFBIG);
}

static struct conf_secrets *fd_take(int fd, bool is_private, struct base_text *why)
{
	struct stat st;

	if (fstat(fd, &st) != 0) {
		base_text_add(why, "%m");
		return NULL;
	}
	if (is_private && S_ISREG(st.st_mode) && (st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
		base_text_add(why, "group or others have access to it: chmod 0600 it");
		return base_errno_null(EPERM);
	}
	struct conf_secrets *out = base_secmem_alloc(sizeof(*out));
	char *text = base_secmem_alloc(FILE_SIZE_MAX);
	ssize_t len = out == NULL || text == NULL ? -ENOMEM : fd_read(fd, text, FILE_SIZE_MAX, why);
	int err = len < 0 ? (int)len : lines_take(out, text, (size_t)len, why);
	base_secmem_free(text);
	if (err == 0)
		return out;
	base_secmem_free(out);
	return base_errno_null(-err);
}

struct conf_secrets *secret_file_read(const char *path, bool is_private, struct base_text *why)
{
	bool is_stdin = strcmp(path, "-") == 0;
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0) {
		base_text_add(why, "%m");
		return NULL;
	}
	struct conf_secrets *out = fd_take(fd, is_private, why);
	int err = errno;
	if (!is_stdin)
		close(fd);
	errno = err;
	return out;
}

struct conf_secrets *secret_file_read_one(const char *path, bool is_private, struct base_text *why)
{
	struct conf_secrets *out = secret_file_read(path, is_private, why);

	if (out == NULL || (out->n == 1 && out->text[0][0] != '\0'))
		return out;
	base_text_add(why, out->n == 1 ? "its secret is empty" : "it holds more than one secret");
	base_secmem_free(out);
	return base_errno_null(EINVAL);
}

static int lines_write(int fd, const struct conf_secrets *secrets)
{
	char *text = base_secmem_alloc(FILE_SIZE_MAX);
	struct base_text lines;

	if (text == NULL)
		return -ENOMEM;
	base_text_init(&lines, text, FILE_SIZE_MAX);
	for (uint32_t i = 0; i < secrets->n; i++)
		base_text_add(&lines, "%s\n", secrets->text[i][0] == '\0' ? "\"\"" : secrets->text[i]);
	ssize_t n = write(fd, text, lines.len);
	int err = n == (ssize_t)lines.len ? 0 : n < 0 ? -errno : -EIO;
	base_secmem_free(text);
	return err;
}

int secret_file_write(const char *path, const struct conf_secrets *secrets, struct base_text *why)
{
	char temp[PATH_MAX];
	int fd = file_replace_begin(path, true, temp, sizeof(temp));
	int err = fd < 0 ? fd : lines_write(fd, secrets);

	if (err == 0)
		return file_replace_end(fd, temp, path, false, why);
	if (fd >= 0)
		file_replace_cancel(fd, temp);
	base_text_add(why, "%s", strerror(-err));
	return err;
}
