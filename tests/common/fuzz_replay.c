// SPDX-License-Identifier: BSD-3-Clause
// Replays a fuzz corpus without libFuzzer, so that each test run (any compiler, any sanitizer) feeds
// every stored input to the fuzz target. Arguments: files, or folders whose files are fed in name order.
//
// Each input lies in a heap block of exactly its size: a read past its end is then seen by ASan. Fails
// when there was nothing to feed, since a corpus that has gone missing must not pass for a clean run.
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define INPUT_SIZE_MAX (16l * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	long size = -1;

	if (f != NULL && fseek(f, 0, SEEK_END) == 0)
		size = ftell(f);
	if (size < 0 || size > INPUT_SIZE_MAX || fseek(f, 0, SEEK_SET) != 0) {
		fprintf(stderr, "%s: cannot be read: %s\n", path, size < 0 ? strerror(errno) : "too big");
		if (f != NULL)
			fclose(f);
		return 1;
	}
	uint8_t *data = malloc(size > 0 ? (size_t)size : 1);
	if (data == NULL || fread(data, 1, (size_t)size, f) != (size_t)size) {
		fprintf(stderr, "%s: short read\n", path);
		free(data);
		fclose(f);
		return 1;
	}
	fclose(f);
	LLVMFuzzerTestOneInput(data, (size_t)size);
	free(data);
	return 0;
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

// Returns the number of files fed, or -1.
static int replay_folder(const char *path)
{
	struct dirent **entries;
	int n = scandir(path, &entries, is_visible, alphasort);
	int failed = 0;

	if (n < 0) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return -1;
	}
	for (int i = 0; i < n; i++) {
		char file[4096];
		int len = snprintf(file, sizeof(file), "%s/%s", path, entries[i]->d_name);

		failed |= len < 0 || (size_t)len >= sizeof(file) || replay_file(file) != 0;
		free(entries[i]);
	}
	free(entries);
	return failed ? -1 : n;
}

int main(int argc, char **argv)
{
	int n_inputs = 0;

	for (int i = 1; i < argc; i++) {
		struct stat st;
		bool is_folder = stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode);
		int n = is_folder ? replay_folder(argv[i]) : 1;

		if (n <= 0 || (!is_folder && replay_file(argv[i]) != 0)) {
			fprintf(stderr, "%s: nothing was replayed\n", argv[i]);
			return 1;
		}
		n_inputs += n;
	}
	printf("%d inputs replayed\n", n_inputs);
	return n_inputs > 0 ? 0 : 1;
}
