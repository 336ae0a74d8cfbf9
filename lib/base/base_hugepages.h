// SPDX-License-Identifier: BSD-3-Clause
// What the kernel says of hugepages. Control threads.
#pragma once

#include <stdint.h>

#define BASE_MEMINFO "/proc/meminfo"

// Bytes of the hugepages of the default size that nobody has; 0 where there are none, or the file cannot be
// read. meminfo: a path, BASE_MEMINFO but in tests.
uint64_t base_hugepages_free(const char *meminfo);
