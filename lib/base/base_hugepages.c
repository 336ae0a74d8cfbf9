// SPDX-License-Identifier: BSD-3-Clause
// Reading /proc/meminfo. Control threads.
#include <stdio.h>

#include "base_hugepages.h"

uint64_t base_hugepages_free(const char *meminfo)
{
	FILE *f = fopen(meminfo, "re");
	char line[128];
	unsigned long long n_free = 0;
	unsigned long long size_kb = 0;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		(void)sscanf(line, "HugePages_Free: %llu", &n_free);
		(void)sscanf(line, "Hugepagesize: %llu", &size_kb);
	}
	if (f != NULL)
		fclose(f);
	return n_free * size_kb * 1024;
}
