// SPDX-License-Identifier: BSD-3-Clause
// Starts EAL for a unit test program.
#include <limits.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "eal_start.h"

void eal_start(const char *program, unsigned mbytes)
{
	char prefix[64];
	char memory[16];

	snprintf(prefix, sizeof(prefix), "%s_%d", program, (int)getpid());
	snprintf(memory, sizeof(memory), "%u", mbytes);
	bool is_huge = getenv("ROMOND_TEST_HUGEPAGES") != NULL;
	const char *const args[] = {program, "-l", "0", is_huge ? "--in-memory" : "--no-huge", "-m", memory,
		"--no-pci", "--no-telemetry", "--no-shconf", "--file-prefix", prefix, "--log-level",
		"lib.eal:warning"};
	char *argv[sizeof(args) / sizeof(args[0])];

	for (size_t i = 0; i < sizeof(args) / sizeof(args[0]); i++)
		argv[i] = (char *)(uintptr_t)args[i]; // EAL reorders the list, and leaves the texts alone
	if (rte_eal_init((int)(sizeof(args) / sizeof(args[0])), argv) < 0) {
		fprintf(stderr, "%s: EAL does not start: %s\n", program, rte_strerror(rte_errno));
		exit(1);
	}
}

void eal_stop(void)
{
	char folder[PATH_MAX];

	snprintf(folder, sizeof(folder), "%s", rte_eal_get_runtime_dir());
	rte_eal_cleanup();
	if (rmdir(folder) != 0) // empty, as there is no shared configuration
		perror(folder);
}
