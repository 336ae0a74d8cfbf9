// SPDX-License-Identifier: BSD-3-Clause
// The file behind romon.secrets-file: a path, or the name of a systemd credential. Control thread; reads that
// file only and wipes what it read.
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base_file.h"
#include "base_secmem.h"
#include "conf_lint.h"
#include "conf_value.h"

#define FILE_SIZE_MAX 4096

static const char credential_prefix[] = "credential:";

bool conf_is_credential(const char *path)
{
	return strncmp(path, credential_prefix, sizeof(credential_prefix) - 1) == 0;
}

// Where the file is. systemd hands credentials over in a directory that only it names.
static int file_locate(
	const char *path, char *file, size_t size, const struct conf_node *node, struct conf_place *place)
{
	const char *dir = getenv("CREDENTIALS_DIRECTORY");
	struct base_text text;

	base_text_init(&text, file, size);
	if (!conf_is_credential(path)) {
		base_text_add(&text, "%s", path);
		return 0;
	}
	const char *name = path + sizeof(credential_prefix) - 1;
	if (dir == NULL || dir[0] != '/') {
		conf_error(place, node->line, node->column,
			"%s is there only in a service that systemd starts with LoadCredential=%s:PATH", path,
			name);
		return base_errno_set(ENOENT);
	}
	base_text_add(&text, "%s/%s", dir, name);
	if (!text.is_cut)
		return 0;
	conf_error(place, node->line, node->column, "$CREDENTIALS_DIRECTORY is longer than a path may be");
	return base_errno_set(ENAMETOOLONG);
}

// Why a file cannot hold secrets, or NULL. A credential lets its service read by an access list, whose mask
// stands where the mode of a group does.
static const char *file_problem(const struct stat *st, bool is_credential)
{
	mode_t others = S_IRWXG | S_IRWXO;

	if (is_credential)
		others &= ~(mode_t)S_IRGRP;
	if ((st->st_mode & others) != 0)
		return "group or others have access to it: chmod 0600 it";
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
		if (shown > 0)
			conf_lint_secret(out, out->n - 1, path, line_no, node, place);
		at += line_len + 1;
	}
	if (out->n > 0)
		return 0;
	conf_error(place, node->line, node->column, "%s holds no secret", path);
	return -EINVAL;
}

// Everything in fd, which is the file of that name, and fit to hold secrets.
static int fd_take(int fd, const char *path, struct conf_secrets *out, const struct conf_node *node,
	struct conf_place *place)
{
	char *text = base_secmem_alloc(FILE_SIZE_MAX);

	if (text == NULL) {
		conf_error(place, node->line, node->column, "out of memory");
		return -ENOMEM;
	}
	ssize_t len = base_file_read(fd, text, FILE_SIZE_MAX);
	int err = len < 0 ? (int)len : 0;
	if (err < 0)
		conf_error(place, node->line, node->column, "%s cannot be read: %s", path, strerror(-err));
	else
		err = lines_take(text, (size_t)len, out, path, node, place);
	base_secmem_free(text);
	return err;
}

// Open the file of that name, unless it is open (fd), and judge it. The descriptor, or -errno with why.
static int file_take(const char *path, const char *file, int fd, struct base_text *why)
{
	struct stat st;
	int own = fd < 0 ? base_file_open(file, FILE_SIZE_MAX, &st, why) : fd;

	if (own < 0)
		return own;
	int err = fd < 0 ? 0 : base_file_check(fd, FILE_SIZE_MAX, &st, why);
	const char *problem = err == 0 ? file_problem(&st, conf_is_credential(path)) : NULL;
	if (problem != NULL) {
		base_text_add(why, "%s", problem);
		err = -EPERM;
	}
	if (err == 0 && fd < 0) // who gave us the descriptor chose the file
		err = base_file_judge(file, &st, why);
	if (err == 0)
		return own;
	if (fd < 0)
		close(own);
	return base_errno_set(-err);
}

int conf_secrets_read(const char *path, int fd, struct conf_secrets *out, const struct conf_node *node,
	struct conf_place *place)
{
	char file[PATH_MAX] = "";
	char why_buf[200];
	struct base_text why;

	memset(out, 0, sizeof(*out));
	base_text_init(&why, why_buf, sizeof(why_buf));
	int err = fd < 0 ? file_locate(path, file, sizeof(file), node, place) : 0;
	if (err < 0)
		return err;
	int own = file_take(path, file, fd, &why);
	if (own < 0) {
		conf_error(place, node->line, node->column, "%s %s", path, why_buf);
		return own;
	}
	err = fd_take(own, path, out, node, place);
	if (fd < 0)
		close(own);
	return err;
}
