// SPDX-License-Identifier: BSD-3-Clause
// Replays a fuzz corpus without libFuzzer, so that each test run (any compiler, any sanitizer) feeds
// every stored input to the fuzz target. Arguments: files, or folders whose files are fed in name order.
//
// A target that says what a run did (fuzz_outcome()) is fed forwards and backwards, and must say the same.
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

// Of targets that have it.
uint64_t fuzz_outcome(void) __attribute__((weak));

struct stored {
	char path[4096];
	uint64_t outcome; // of the first run
};

static struct stored *inputs;
static int n_inputs;

static void input_add(const char *folder, const char *name)
{
	inputs = realloc(inputs, (size_t)(n_inputs + 1) * sizeof(*inputs));
	if (inputs == NULL)
		abort();
	int len = snprintf(
		inputs[n_inputs].path, sizeof(inputs->path), "%s%s%s", folder, *folder ? "/" : "", name);
	if (len < 0 || (size_t)len >= sizeof(inputs->path))
		abort();
	n_inputs++;
}

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

// Note the inputs of a folder, in name order; returns how many, or -1.
static int folder_read(const char *path)
{
	struct dirent **entries;
	int n = scandir(path, &entries, is_visible, alphasort);

	if (n < 0) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return -1;
	}
	for (int i = 0; i < n; i++) {
		input_add(path, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return n;
}

static int forwards(void)
{
	for (int i = 0; i < n_inputs; i++) {
		if (replay_file(inputs[i].path) != 0)
			return 1;
		if (fuzz_outcome != NULL)
			inputs[i].outcome = fuzz_outcome();
	}
	return 0;
}

static int backwards(void)
{
	int n_other = 0;

	for (int i = n_inputs - 1; i >= 0; i--) {
		if (replay_file(inputs[i].path) != 0)
			return 1;
		if (fuzz_outcome() != inputs[i].outcome) {
			fprintf(stderr, "%s: another outcome when it is fed after others\n", inputs[i].path);
			n_other++;
		}
	}
	return n_other != 0;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		struct stat st;

		if (stat(argv[i], &st) != 0 || !S_ISDIR(st.st_mode))
			input_add("", argv[i]);
		else if (folder_read(argv[i]) <= 0) {
			fprintf(stderr, "%s: nothing was replayed\n", argv[i]);
			return 1;
		}
	}
	int failed = forwards();
	if (failed == 0 && fuzz_outcome != NULL)
		failed = backwards();
	printf("%d inputs replayed\n", n_inputs);
	free(inputs);
	return failed != 0 || n_inputs == 0;
}
