// SPDX-License-Identifier: BSD-3-Clause
// Standard error as a sink that never holds up its writer. For base_log.c only, under its lock.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Writes the line that tells how many were lost, without a newline. Returns its length.
typedef size_t (*base_log_lost_fn)(char *buf, size_t size, uint64_t n_lost);

void base_log_out_start(base_log_lost_fn fn);
void base_log_out_add(const char *line, size_t len); // without its newline; what is too long is cut
bool base_log_out_drain(void);                       // false: something waits still
void base_log_out_finish(uint32_t within_ms);
uint64_t base_log_out_lost(void); // any thread, without the lock
int base_log_out_child_fd(void);
