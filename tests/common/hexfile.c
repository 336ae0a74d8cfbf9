// SPDX-License-Identifier: BSD-3-Clause
// Reading of *.hex files.
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hexfile.h"

static int digit_value(int c)
{
	static const char digits[] = "0123456789abcdef";
	const char *p = c > 0 ? strchr(digits, tolower(c)) : NULL;

	return p != NULL ? (int)(p - digits) : -1;
}

static int name_set(struct hexfile *out, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;
	const char *dot = strrchr(name, '.');
	size_t len = dot != NULL ? (size_t)(dot - name) : strlen(name);

	if (len >= sizeof(out->name))
		return base_errno_set(ENAMETOOLONG);
	memcpy(out->name, name, len);
	out->name[len] = '\0';
	return 0;
}

static int digits_read(struct hexfile *out, FILE *f)
{
	uint32_t n_digits = 0;
	int c;

	while ((c = fgetc(f)) != EOF) {
		if (c == '#') {
			while (c != '\n' && c != EOF)
				c = fgetc(f);
			continue;
		}
		if (isspace(c))
			continue;
		int v = digit_value(c);
		if (v < 0)
			return base_errno_set(EINVAL);
		if (n_digits / 2 == sizeof(out->bytes))
			return base_errno_set(EFBIG);
		uint8_t *b = &out->bytes[n_digits / 2];
		*b = (uint8_t)(n_digits % 2 == 0 ? v << 4 : *b | v);
		n_digits++;
	}
	out->len = n_digits / 2;
	return n_digits % 2 == 0 && n_digits > 0 ? 0 : base_errno_set(EINVAL);
}

int hexfile_load(struct hexfile *out, const char *path)
{
	int rc = name_set(out, path);

	if (rc != 0)
		return rc;
	FILE *f = fopen(path, "r");
	if (f == NULL)
		return -errno;
	rc = digits_read(out, f);
	if (rc == 0 && ferror(f))
		rc = base_errno_set(EIO);
	fclose(f);
	return rc;
}

static int is_hex_name(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len > 4 && strcmp(entry->d_name + len - 4, ".hex") == 0;
}

static int load_at(struct hexfile *out, const char *folder, const char *name)
{
	char path[4096];
	int len = snprintf(path, sizeof(path), "%s/%s", folder, name);

	if (len < 0 || (size_t)len >= sizeof(path))
		return base_errno_set(ENAMETOOLONG);
	int rc = hexfile_load(out, path);
	if (rc != 0)
		fprintf(stderr, "%s: %s\n", path, strerror(-rc));
	return rc;
}

int hexfile_load_vectors(struct hexfile files[HEXFILE_N_MAX])
{
	const char *folder = getenv("ROMOND_VECTORS");
	struct dirent **entries;

	if (folder == NULL) {
		fprintf(stderr, "set ROMOND_VECTORS to the folder tests/vectors\n");
		return base_errno_set(ENOENT);
	}
	int n = scandir(folder, &entries, is_hex_name, alphasort);
	if (n < 0)
		return -errno;
	int rc = n == 0 ? -ENOENT : n > HEXFILE_N_MAX ? -EFBIG : 0;
	for (int i = 0; i < n; i++) {
		if (rc == 0)
			rc = load_at(&files[i], folder, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return rc == 0 ? n : base_errno_set(-rc);
}

const struct hexfile *hexfile_find(const struct hexfile *files, int n, const char *name)
{
	for (int i = 0; i < n; i++) {
		if (strcmp(files[i].name, name) == 0)
			return &files[i];
	}
	return NULL;
}
