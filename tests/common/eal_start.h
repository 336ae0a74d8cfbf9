// SPDX-License-Identifier: BSD-3-Clause
// DPDK for a unit test program: without PCI devices, telemetry or files that stay behind; without hugepages
// unless ROMOND_TEST_HUGEPAGES is set.
#pragma once

// Start EAL with mbytes of memory on the lcore we are on; exits with a message when it refuses.
void eal_start(const char *program, unsigned mbytes);

// Stop it, and remove its runtime folder.
void eal_stop(void);
