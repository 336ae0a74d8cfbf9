// SPDX-License-Identifier: BSD-3-Clause
// The folder that backups go to (bulk_store.h). Main thread.
#include "bulk_store.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base_mac.h"
#include "export_text.h"
#include "out.h"

#define STEM_IDENTITY_MAX 64
#define FILE_MAX          (64u << 20) // more is none of ours
#define JOURNAL           ".romonctl-backup"
#define JOURNAL_MAX       (4u << 20)
#define JOURNAL_AGE_S     (12 * 3600) // an older run is not gone on with
#define TEMP              ".romonctl-backup.new"
#define MAC_DIGITS        (2 * BASE_MAC_LEN)
#define TIME_LEN          15 // "20261130_031500"

static const char safe_chars[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

// "02:00:00:00:00:05" as "020000000005".
static void mac_plain(char out[MAC_DIGITS + 1], const char *id)
{
	size_t n = 0;

	for (; *id != '\0' && n < MAC_DIGITS; id++) {
		if (*id != ':')
			out[n++] = *id;
	}
	out[n] = '\0';
}

void bulk_store_stem(char out[BULK_NAME_SIZE], const char *identity, const char *id)
{
	char name[STEM_IDENTITY_MAX + 1];
	char mac[MAC_DIGITS + 1];
	size_t n = 0;

	for (; n < STEM_IDENTITY_MAX && identity[n] != '\0'; n++) {
		bool is_safe = strchr(safe_chars, identity[n]) != NULL;
		bool is_first = n == 0 && (identity[n] == '.' || identity[n] == '-');

		name[n] = is_safe && !is_first ? identity[n] : '_';
	}
	name[n] = '\0';
	mac_plain(mac, id);
	snprintf(out, BULK_NAME_SIZE, "%s_%s", n == 0 ? "unnamed" : name, mac);
}

// Whether name is one that we give to files of this node. *time is where its time begins, with git NULL.
static bool is_ours(const struct bulk_store *s, const char *name, const char *mac, const char **time)
{
	static const char head[] = "backup_";
	size_t len = strlen(name);
	const char *dot = strrchr(name, '.');
	bool has_suffix = dot != NULL && (strcmp(dot, ".rsc") == 0 || strcmp(dot, ".yaml") == 0);
	size_t tail =
		has_suffix ? strlen(dot) + (s->has_git ? 0 : 1 + TIME_LEN) : 0; // "_20261130_031500.rsc"

	*time = NULL;
	if (!has_suffix || len < tail + 1 + MAC_DIGITS || name[0] == '.')
		return false;
	const char *at = name + len - tail - MAC_DIGITS;
	if (strncmp(at, mac, MAC_DIGITS) != 0 || at == name || at[-1] != '_' ||
		strspn(name, safe_chars) != len)
		return false;
	if (s->has_git)
		return true;
	*time = at + MAC_DIGITS + 1;
	return strncmp(name, head, strlen(head)) == 0 && strspn(*time, "0123456789_") == TIME_LEN;
}

// The newest file of a node that is older than before (NULL = any): false: there is none.
static bool newest_find(
	const struct bulk_store *s, const char *id, const char *before, char out[BULK_NAME_SIZE])
{
	char mac[MAC_DIGITS + 1];
	char best[TIME_LEN + 1] = "";
	bool is_found = false;
	int fd = openat(s->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;

	mac_plain(mac, id);
	for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;) {
		const char *time;

		if (strlen(e->d_name) >= BULK_NAME_SIZE || !is_ours(s, e->d_name, mac, &time))
			continue;
		if (time != NULL && ((before != NULL && strncmp(time, before, TIME_LEN) >= 0) ||
					    strncmp(time, best, TIME_LEN) < 0))
			continue;
		if (time != NULL)
			snprintf(best, sizeof(best), "%.*s", TIME_LEN, time);
		base_text_copy(out, BULK_NAME_SIZE, e->d_name);
		is_found = true;
	}
	if (dir != NULL)
		closedir(dir);
	else if (fd >= 0)
		close(fd);
	return is_found;
}

// A whole file; NULL when it cannot be read.
static char *file_read(int dir, const char *name, size_t max, size_t *len)
{
	struct stat st;
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	char *text = NULL;

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (size_t)st.st_size <= max) {
		text = out_must(malloc((size_t)st.st_size + 1));
		ssize_t n = read(fd, text, (size_t)st.st_size);
		*len = n > 0 ? (size_t)n : 0;
		text[*len] = '\0';
	}
	if (fd >= 0)
		close(fd);
	return text;
}

static bool is_same(const char *a, size_t a_len, const char *b, size_t b_len)
{
	char *x = out_must(malloc(a_len + 1));
	char *y = out_must(malloc(b_len + 1));
	size_t x_len = export_normal(a, a_len, x);
	size_t y_len = export_normal(b, b_len, y);
	bool is_it = x_len == y_len && memcmp(x, y, x_len) == 0;

	free(x);
	free(y);
	return is_it;
}

static int all_write(int fd, const char *text, size_t len)
{
	for (size_t at = 0; at < len;) {
		ssize_t n = write(fd, text + at, len - at);

		if (n < 0 && errno != EINTR)
			return -errno;
		at += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

// Beside it, to the disk, then into its place.
static int file_write(struct bulk_store *s, const char *name, const char *text, size_t len)
{
	const char *end = s->has_shown ? EXPORT_END_SHOWN : EXPORT_END_HIDDEN;

	(void)unlinkat(s->dir, TEMP, 0); // of a run that was killed
	int fd = openat(s->dir, TEMP, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	int rc = all_write(fd, text, len);
	if (rc == 0)
		rc = all_write(fd, end, strlen(end));
	if (rc == 0 && fsync(fd) != 0)
		rc = -errno;
	if (close(fd) != 0 && rc == 0)
		rc = -errno;
	if (rc == 0 && renameat(s->dir, TEMP, s->dir, name) != 0)
		rc = -errno;
	if (rc == 0)
		(void)fsync(s->dir);
	else
		(void)unlinkat(s->dir, TEMP, 0);
	return rc;
}

static void name_make(const struct bulk_store *s, const struct bulk_export *e, char out[BULK_NAME_SIZE])
{
	char stem[BULK_NAME_SIZE];
	char when[TIME_LEN + 1];
	time_t now = time(NULL);
	struct tm tm;

	bulk_store_stem(stem, e->identity, e->id);
	strftime(when, sizeof(when), "%Y%m%d_%H%M%S", localtime_r(&now, &tm));
	if (s->has_git)
		snprintf(out, BULK_NAME_SIZE, "%.140s%s", stem, e->suffix);
	else
		snprintf(out, BULK_NAME_SIZE, "backup_%.120s_%s%s", stem, when, e->suffix);
}

static void journal_add(struct bulk_store *s, const char *id)
{
	char line[64];

	int n = snprintf(line, sizeof(line), "%s\n", id);
	if (s->journal >= 0) // without it the next run asks again, no more
		(void)all_write(s->journal, line, (size_t)n);
}

int bulk_store_put(struct bulk_store *s, const struct bulk_export *e, bool always, char file[BULK_NAME_SIZE],
	struct base_text *why)
{
	char name[BULK_NAME_SIZE];
	size_t old_len = 0;

	bool has_old = newest_find(s, e->id, NULL, file);
	char *old = has_old ? file_read(s->dir, file, FILE_MAX, &old_len) : NULL;
	bool is_unchanged = old != NULL && !always && is_same(old, old_len, e->text, e->len);
	free(old);
	if (is_unchanged) {
		journal_add(s, e->id);
		return 0;
	}
	name_make(s, e, name);
	int rc = file_write(s, name, e->text, e->len);
	if (rc != 0) {
		base_text_add(why, "%s cannot be written: %s; nothing half is left", name, strerror(-rc));
		return rc;
	}
	if (s->has_git && has_old && strcmp(file, name) != 0)
		(void)unlinkat(s->dir, file, 0); // it had another identity
	base_text_copy(file, BULK_NAME_SIZE, name);
	journal_add(s, e->id);
	return 1;
}

int bulk_store_thin(struct bulk_store *s, const char *id, unsigned n)
{
	char name[BULK_NAME_SIZE];
	char mac[MAC_DIGITS + 1];
	const char *time;
	char before[TIME_LEN + 1] = ":"; // behind every time

	mac_plain(mac, id);
	for (unsigned i = 0; !s->has_git && newest_find(s, id, before, name) && is_ours(s, name, mac, &time);
		i++) {
		snprintf(before, sizeof(before), "%.*s", TIME_LEN, time);
		if (i >= n && unlinkat(s->dir, name, 0) != 0)
			return -errno;
	}
	return 0;
}

// "shown git": a run with other options is another one.
static const char *journal_head(const struct bulk_store *s)
{
	if (s->has_shown)
		return s->has_git ? "romonctl backup shown git\n" : "romonctl backup shown\n";
	return s->has_git ? "romonctl backup git\n" : "romonctl backup\n";
}

static void journal_open(struct bulk_store *s)
{
	const char *head = journal_head(s);
	size_t len = 0;
	struct stat st;

	if (fstatat(s->dir, JOURNAL, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		time(NULL) - st.st_mtime < JOURNAL_AGE_S)
		s->done = file_read(s->dir, JOURNAL, JOURNAL_MAX, &len);
	if (s->done != NULL && strncmp(s->done, head, strlen(head)) != 0) {
		free(s->done);
		s->done = NULL;
	}
	int more = s->done != NULL ? O_APPEND : O_EXCL;
	if (s->done == NULL)
		(void)unlinkat(s->dir, JOURNAL, 0);
	s->journal = openat(s->dir, JOURNAL, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC | more, 0600);
	if (s->journal >= 0 && s->done == NULL)
		(void)all_write(s->journal, head, strlen(head));
}

int bulk_store_open(
	struct bulk_store *s, const char *path, bool has_git, bool has_shown, struct base_text *why)
{
	*s = (struct bulk_store){.dir = -1, .journal = -1, .has_git = has_git, .has_shown = has_shown};
	base_text_copy(s->path, sizeof(s->path), path);
	if (mkdir(path, 0700) != 0 && errno != EEXIST) {
		base_text_add(why, "%s cannot be made: %s", path, strerror(errno));
		return -EIO;
	}
	s->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->dir < 0) {
		base_text_add(why, "%s cannot be opened: %s", path, strerror(errno));
		return -EIO;
	}
	if (flock(s->dir, LOCK_EX | LOCK_NB) != 0) {
		base_text_add(why, "another backup writes to %s: wait for its end", path);
		bulk_store_close(s, false);
		return -EBUSY;
	}
	if (faccessat(s->dir, ".", W_OK, AT_EACCESS) != 0) {
		base_text_add(why, "%s cannot be written to: %s", path, strerror(errno));
		bulk_store_close(s, false);
		return -EACCES;
	}
	journal_open(s);
	return 0;
}

void bulk_store_close(struct bulk_store *s, bool is_whole)
{
	if (is_whole && s->dir >= 0)
		(void)unlinkat(s->dir, JOURNAL, 0);
	if (s->journal >= 0)
		close(s->journal);
	if (s->dir >= 0)
		close(s->dir);
	free(s->done);
	*s = (struct bulk_store){.dir = -1, .journal = -1};
}

bool bulk_store_is_done(const struct bulk_store *s, const char *id)
{
	char line[64];

	snprintf(line, sizeof(line), "\n%s\n", id);
	return s->done != NULL && strstr(s->done, line) != NULL;
}
