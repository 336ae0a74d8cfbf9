// SPDX-License-Identifier: BSD-3-Clause
// Reading /proc/PID/cgroup and the files of the groups. Control threads.
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base_cgroup.h"
#include "base_text.h"

#define NO_LIMIT_V1 \
	((uint64_t)INT64_MAX - 65536) // "none" is the greatest number of whole pages, of up to 64 KiB

// Take the limit in dir/name where it is lower.
static void limit_read(const char *dir, const char *name, struct base_cgroup_limit *least)
{
	char path[BASE_CGROUP_PATH_SIZE];
	char line[32] = "";
	char *end = NULL;
	struct base_text t;

	base_text_init(&t, path, sizeof(path));
	base_text_add(&t, "%s/%s", dir, name);
	FILE *f = fopen(path, "re");
	bool is_read = f != NULL && fgets(line, sizeof(line), f) != NULL;
	if (f != NULL)
		fclose(f);
	if (!is_read || line[0] < '0' || line[0] > '9') // "max"
		return;
	errno = 0;
	unsigned long long bytes = strtoull(line, &end, 10);
	if (errno != 0 || (*end != '\n' && *end != '\0') || bytes >= NO_LIMIT_V1 || bytes >= least->bytes)
		return;
	least->bytes = bytes;
	base_text_copy(least->file, sizeof(least->file), path);
}

// All groups from path, as the kernel names it, up to the mount. In a container the mount may be the group
// itself, and path one that is not there: its parents then are looked for in vain, and the mount is found.
static void walk(const char *mount, const char *path, bool is_v2, struct base_cgroup_memory *out)
{
	char dir[BASE_CGROUP_PATH_SIZE];
	size_t root_len = strlen(mount);
	struct base_text t;

	base_text_init(&t, dir, sizeof(dir));
	// "/.." is outside of this namespace: the mount is all that is seen
	base_text_add(&t, "%s%s", mount, strstr(path, "/..") == NULL && strcmp(path, "/") != 0 ? path : "");
	for (;;) {
		char *slash = strrchr(dir + root_len, '/');

		limit_read(dir, is_v2 ? "memory.max" : "memory.limit_in_bytes", &out->max);
		if (is_v2)
			limit_read(dir, "memory.high", &out->high);
		if (slash == NULL)
			return;
		*slash = '\0';
	}
}

// Is "memory" one of the controllers in a list such as "cpu,cpuacct"?
static bool has_memory(const char *list)
{
	const char *at = strstr(list, "memory");

	return at != NULL && (at == list || at[-1] == ',') && (at[6] == '\0' || at[6] == ',');
}

// A line of the process's list: "4:memory:/path", or "0::/path" of version 2.
static void line_take(char *line, const char *root, struct base_cgroup_memory *out)
{
	char mount[BASE_CGROUP_PATH_SIZE];
	char *list = strchr(line, ':');
	char *path = list == NULL ? NULL : strchr(list + 1, ':');
	struct base_text t;

	if (path == NULL || path[1] != '/')
		return;
	*path++ = '\0';
	list++;
	path[strcspn(path, "\n")] = '\0';
	base_text_init(&t, mount, sizeof(mount));
	if (has_memory(list)) {
		base_text_add(&t, "%s/memory", root);
		walk(mount, path, false, out);
	} else if (list[0] == '\0') {
		walk(root, path, true, out);
		base_text_add(&t, "%s/unified", root); // beside groups of version 1
		walk(mount, path, true, out);
	}
}

void base_cgroup_memory_get(const char *proc, const char *root, struct base_cgroup_memory *out)
{
	char line[BASE_CGROUP_PATH_SIZE];
	FILE *f = fopen(proc, "re");

	*out = (struct base_cgroup_memory){.max.bytes = UINT64_MAX, .high.bytes = UINT64_MAX};
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		line_take(line, root, out);
	if (f != NULL)
		fclose(f);
}
