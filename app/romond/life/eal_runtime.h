// SPDX-License-Identifier: BSD-3-Clause
// The directory in which DPDK keeps its files while it runs. Control thread, before EAL.
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "base_err.h"

// May DPDK keep its files where it is going to? 0; -EPERM when that directory is, or may become, somebody
// else's; another -errno when nothing can be written there. error is one sentence.
BASE_MUST_USE int eal_runtime_check(const char *prefix, char *error, size_t error_size);

// The process that runs with this prefix now; 0 = none, or not known.
pid_t eal_runtime_holder(const char *prefix);
