// SPDX-License-Identifier: BSD-3-Clause
// Threads that nobody waits for: of clients, of what is followed. Any thread.
#pragma once

#include <stdbool.h>

// Run main(arg) on a small stack (256 KiB). False: there is no thread.
bool gw_thread_start(void *(*main)(void *arg), void *arg);
