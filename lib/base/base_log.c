// SPDX-License-Identifier: BSD-3-Clause
// Log of the control plane. Control and telemetry threads; a lock keeps lines whole.
//
// Whatever a caller forgot to escape (a name of a file, a client's word) is escaped here: a line is one line,
// and no terminal is told anything by it.
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base_clock.h"
#include "base_log.h"
#include "base_log_out.h"
#include "base_text.h"
#include "base_utf8.h"

#define LINE_SIZE 1024

static const char *const level_names[] = {
	[BASE_LOG_INVALID] = "invalid",
	[BASE_LOG_ERROR] = "error",
	[BASE_LOG_WARNING] = "warning",
	[BASE_LOG_NOTICE] = "notice",
	[BASE_LOG_INFO] = "info",
	[BASE_LOG_DEBUG] = "debug",
};

static _Atomic(enum base_log_level) level_max = BASE_LOG_INFO;
static atomic_bool is_json_format;
static pthread_mutex_t sink_lock = PTHREAD_MUTEX_INITIALIZER;
static base_log_sink_fn sink_fn; // under sink_lock
static void *sink_ctx;           // under sink_lock

void base_log_level_set(enum base_log_level level)
{
	atomic_store(&level_max, level);
}

enum base_log_level base_log_level_get(void)
{
	return atomic_load(&level_max);
}

void base_log_json_set(bool is_json)
{
	atomic_store(&is_json_format, is_json);
}

void base_log_sink_set(base_log_sink_fn fn, void *ctx)
{
	pthread_mutex_lock(&sink_lock);
	sink_fn = fn;
	sink_ctx = ctx;
	pthread_mutex_unlock(&sink_lock);
}

enum base_log_level base_log_level_parse(const char *text)
{
	for (enum base_log_level l = BASE_LOG_ERROR; l <= BASE_LOG_DEBUG; l++) {
		if (strcmp(text, level_names[l]) == 0)
			return l;
	}
	return BASE_LOG_INVALID;
}

const char *base_log_level_name(enum base_log_level level)
{
	return level_names[level];
}

static void stamp_add(struct base_text *line)
{
	uint64_t us = base_wall_us();
	time_t s = (time_t)(us / 1000000u);
	struct tm tm;
	char text[32];

	gmtime_r(&s, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	base_text_add(line, "%s.%03uZ", text, (unsigned)(us / 1000u % 1000u));
}

// Message text inside a JSON string: quotes and backslashes; control characters, and bytes that are no UTF-8,
// become \u00NN.
static void json_add(struct base_text *line, const char *s)
{
	for (size_t len = strlen(s), n; len > 0; s += n, len -= n) {
		uint32_t code = (unsigned char)*s;

		n = base_utf8_decode(s, len, &code);
		bool is_fine = n > 0 && base_utf8_is_printable(code);

		n = n == 0 ? 1 : n;
		if (*s == '"' || *s == '\\')
			base_text_add(line, "\\%c", *s);
		else if (is_fine)
			base_text_add(line, "%.*s", (int)n, s);
		else
			for (size_t i = 0; i < n; i++)
				base_text_add(line, "\\u%04x", (unsigned char)s[i]);
	}
}

void base_log_write(enum base_log_level level, const char *type, const char *fmt, ...)
{
	char raw_buf[LINE_SIZE];
	char message_buf[LINE_SIZE];
	char line_buf[2 * LINE_SIZE];
	struct base_text message;
	struct base_text line;
	va_list ap;

	if (level > base_log_level_get())
		return;
	base_text_init(&message, raw_buf, sizeof(raw_buf));
	va_start(ap, fmt);
	base_text_addv(&message, fmt, ap);
	va_end(ap);
	base_text_tidy(message_buf, sizeof(message_buf), raw_buf);

	base_text_init(&line, line_buf, sizeof(line_buf) - 2); // room for a closing brace and newline
	if (atomic_load(&is_json_format)) {
		base_text_add(&line, "{\"time\":\"");
		stamp_add(&line);
		base_text_add(&line, "\",\"level\":\"%s\",\"type\":\"%s\",\"message\":\"", level_names[level],
			type);
		json_add(&line, message_buf);
		base_text_add(&line, "\"}");
	} else {
		stamp_add(&line);
		base_text_add(&line, " %s %s: %s", level_names[level], type, message_buf);
	}

	pthread_mutex_lock(&sink_lock);
	if (sink_fn != NULL)
		sink_fn(level, line_buf, sink_ctx);
	else
		base_log_out_add(line_buf, line.len);
	pthread_mutex_unlock(&sink_lock);
}

// The line that tells how many were lost is made by hand, since this thread has the lock.
static size_t lost_line(char *buf, size_t size, uint64_t n_lost)
{
	struct base_text line;

	base_text_init(&line, buf, size);
	if (atomic_load(&is_json_format))
		base_text_add(&line, "{\"time\":\"");
	stamp_add(&line);
	base_text_add(&line,
		atomic_load(&is_json_format)
			? "\",\"level\":\"warning\",\"type\":\"log\",\"message\":\"%" PRIu64
			  " lines lost while standard error took none\"}"
			: " warning log: %" PRIu64 " lines lost while standard error took none",
		n_lost);
	return line.len;
}

void base_log_start(void)
{
	pthread_mutex_lock(&sink_lock);
	base_log_out_start(lost_line);
	pthread_mutex_unlock(&sink_lock);
}

void base_log_poll(void)
{
	pthread_mutex_lock(&sink_lock);
	(void)base_log_out_drain();
	pthread_mutex_unlock(&sink_lock);
}

void base_log_finish(uint32_t within_ms)
{
	pthread_mutex_lock(&sink_lock);
	base_log_out_finish(within_ms);
	pthread_mutex_unlock(&sink_lock);
}

uint64_t base_log_lost(void)
{
	return base_log_out_lost();
}

int base_log_child_fd(void)
{
	return base_log_out_child_fd();
}
