// SPDX-License-Identifier: BSD-3-Clause
// Log of the control plane: one line per message, a type per file, a level that can change at run time,
// text or JSON, to standard error or a sink of the application. Never called by a worker.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base_err.h"

enum base_log_level {
	BASE_LOG_INVALID,
	BASE_LOG_ERROR,
	BASE_LOG_WARNING,
	BASE_LOG_NOTICE,
	BASE_LOG_INFO,
	BASE_LOG_DEBUG,
};

// At file scope, before the first LOG(): names what the messages of this file are about.
#define LOG_TYPE(name) static const char base_log_type[] = name

// LOG(WARNING, "port %s: …", …): a sentence without a full stop or newline. Text from the wire goes
// through base_text_escape() first.
#define LOG(level, ...) base_log_write(BASE_LOG_##level, base_log_type, __VA_ARGS__)

void base_log_write(enum base_log_level level, const char *type, const char *fmt, ...) BASE_PRINTF(3, 4);

// One finished line without its newline. The sink is called with the log's lock held.
typedef void (*base_log_sink_fn)(enum base_log_level level, const char *line, void *ctx);

void base_log_level_set(enum base_log_level level);
enum base_log_level base_log_level_get(void);
void base_log_json_set(bool is_json);

// Send lines to fn instead of standard error; NULL gives standard error back.
void base_log_sink_set(base_log_sink_fn fn, void *ctx);

// "error", "warning", "notice", "info", "debug"; BASE_LOG_INVALID for any other text.
enum base_log_level base_log_level_parse(const char *text);
const char *base_log_level_name(enum base_log_level level);

// Standard error that takes nothing (a full pipe, a journal that is stopped) holds up nobody: lines wait in a
// buffer of BASE_LOG_WAIT_LINES, the oldest of them go, and how many that were is told as soon as something
// is taken again. base_log_start(): from now on no write of this process to descriptor 2 waits, ours or a
// library's; whoever shares it is not changed. Before it, and in programs that never call it, lines are
// written likewise, but other writes to descriptor 2 may wait. Not for a daemon's later life: call it once.
#define BASE_LOG_WAIT_LINES 256
void base_log_start(void);
void base_log_poll(void);                 // try again what waits; call it some times a second
void base_log_finish(uint32_t within_ms); // the end: what waits is tried for so long at most
uint64_t base_log_lost(void);             // lines lost since the start
int base_log_child_fd(void);              // standard error as it was given to us, for programs that we start
