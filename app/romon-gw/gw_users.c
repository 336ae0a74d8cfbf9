// SPDX-License-Identifier: BSD-3-Clause
// The file of users. Any thread.
#include <crypt.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base_file.h"
#include "gw_users.h"

#define FILE_MAX (GW_USERS_MAX * (GW_NAME_LEN + GW_HASH_LEN + 8))
#define METHOD   "$y$" // yescrypt, at its usual cost

static const char *const group_names[] = {
	[GW_GROUP_READ] = "read", [GW_GROUP_WRITE] = "write", [GW_GROUP_FULL] = "full"};

const char *gw_group_name(enum gw_group group)
{
	return group == GW_GROUP_NONE ? "none" : group_names[group];
}

enum gw_group gw_group_parse(const char *word)
{
	for (int g = GW_GROUP_READ; g <= GW_GROUP_FULL; g++) {
		if (strcmp(word, group_names[g]) == 0)
			return (enum gw_group)g;
	}
	return GW_GROUP_NONE;
}

bool gw_user_name_is_valid(const char *name)
{
	size_t len = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-");

	return len > 0 && len < GW_NAME_LEN && name[len] == '\0';
}

struct gw_user *gw_users_find(struct gw_users *users, const char *name)
{
	for (uint32_t i = 0; i < users->n; i++) {
		if (strcmp(users->list[i].name, name) == 0)
			return &users->list[i];
	}
	return NULL;
}

// Cuts the line. False: it is no user.
static bool line_read(char *line, struct gw_users *users)
{
	char *rest = line;
	const char *name = strsep(&rest, ":");
	const char *group = rest == NULL ? "" : strsep(&rest, ":");

	if (rest == NULL || users->n == GW_USERS_MAX || !gw_user_name_is_valid(name) ||
		gw_users_find(users, name) != NULL)
		return false;
	struct gw_user *u = &users->list[users->n];
	u->group = gw_group_parse(group);
	if (u->group == GW_GROUP_NONE || rest[0] != '$' ||
		base_text_copy(u->hash, sizeof(u->hash), rest) != 0)
		return false;
	snprintf(u->name, sizeof(u->name), "%s", name);
	users->n++;
	return true;
}

static bool lines_read(char *text, struct gw_users *users, struct base_text *why)
{
	uint32_t number = 0;
	char *line;

	while ((line = strsep(&text, "\n")) != NULL) {
		number++;
		if (line[0] == '\0' || line[0] == '#' || line_read(line, users))
			continue;
		base_text_add(
			why, "line %u is no NAME:GROUP:HASH of a user, or a second one of that name", number);
		return false;
	}
	return true;
}

// The text of the file, to be freed: "" where there is none. NULL with why.
static char *file_read(const char *path, struct base_text *why)
{
	struct stat st;
	int fd = base_file_open(path, FILE_MAX, &st, why);

	if (fd == -ENOENT) {
		base_text_init(why, why->buf, why->size);
		return calloc(1, 1);
	}
	if (fd < 0)
		return NULL;
	char *text = NULL;
	if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
		base_text_add(why, "may be read or written by others than its owner: chmod 600 it");
	} else if (base_file_judge(path, &st, why) == 0) {
		text = calloc(1, FILE_MAX + 1);
		if (text != NULL && base_file_read(fd, text, FILE_MAX) < 0) {
			base_text_add(why, "cannot be read: %s", strerror(errno));
			free(text);
			text = NULL;
		}
	}
	close(fd);
	return text;
}

struct gw_users *gw_users_load(const char *path, struct base_text *why)
{
	char *text = file_read(path, why);
	struct gw_users *users = text == NULL ? NULL : calloc(1, sizeof(*users));

	if (users != NULL && !lines_read(text, users, why)) {
		free(users);
		users = NULL;
	}
	free(text);
	return users;
}

static int users_write(int fd, const struct gw_users *users)
{
	FILE *f = fdopen(fd, "w");

	if (f == NULL) {
		close(fd);
		return -errno;
	}
	for (uint32_t i = 0; i < users->n; i++) {
		const struct gw_user *u = &users->list[i];

		fprintf(f, "%s:%s:%s\n", u->name, gw_group_name(u->group), u->hash);
	}
	bool is_written = fflush(f) == 0 && !ferror(f) && fsync(fd) == 0;
	int err = errno;
	return fclose(f) == 0 && is_written ? 0 : -err;
}

bool gw_users_is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       a->st_mode == b->st_mode && a->st_uid == b->st_uid;
}

int gw_users_save(const char *path, const struct gw_users *users, struct base_text *why)
{
	char beside[PATH_MAX];

	if (snprintf(beside, sizeof(beside), "%s.XXXXXX", path) >= (int)sizeof(beside))
		return -ENAMETOOLONG;
	int fd = mkostemp(beside, O_CLOEXEC); // mode 0600
	int rc = fd < 0 ? -errno : users_write(fd, users);
	if (rc == 0 && rename(beside, path) != 0)
		rc = -errno;
	if (rc != 0) {
		base_text_add(why, "cannot be written: %s", strerror(-rc));
		if (fd >= 0)
			unlink(beside);
	}
	return rc;
}

int gw_user_password_set(struct gw_user *user, const char *password)
{
	struct crypt_data *data = calloc(1, sizeof(*data));
	char salt[CRYPT_GENSALT_OUTPUT_SIZE];
	int rc = -EIO;

	if (data == NULL)
		return -ENOMEM;
	if (crypt_gensalt_rn(METHOD, 0, NULL, 0, salt, sizeof(salt)) != NULL) {
		const char *hash = crypt_r(password, salt, data);

		if (hash != NULL && hash[0] != '*')
			rc = base_text_copy(user->hash, sizeof(user->hash), hash);
	}
	explicit_bzero(data, sizeof(*data));
	free(data);
	return rc;
}

bool gw_user_check(const struct gw_user *user, const char *password)
{
	struct crypt_data *data = calloc(1, sizeof(*data));
	char salt[CRYPT_GENSALT_OUTPUT_SIZE];
	bool is_user = user->group != GW_GROUP_NONE;

	// a name that nobody has costs as much: the time must not tell it from a wrong password
	if (data == NULL || crypt_gensalt_rn(METHOD, 0, NULL, 0, salt, sizeof(salt)) == NULL) {
		free(data);
		return false;
	}
	const char *hash = crypt_r(password, is_user ? user->hash : salt, data);
	bool is_his = is_user && hash != NULL && strcmp(hash, user->hash) == 0;
	explicit_bzero(data, sizeof(*data));
	free(data);
	return is_his;
}
