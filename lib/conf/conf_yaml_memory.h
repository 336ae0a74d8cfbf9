// SPDX-License-Identifier: BSD-3-Clause
// libyaml's allocator is ours (conf_yaml_memory.c). Any thread; lib/conf and its tests only.
#pragma once

#include <stddef.h>

// Blocks of libyaml that this thread has wiped and freed: it grows only while the allocator is in place.
size_t conf_yaml_n_freed(void);
