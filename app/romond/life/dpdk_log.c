// SPDX-License-Identifier: BSD-3-Clause
// A stream that hands each line to our log. Any thread that DPDK logs from; never a worker.
#include <stdio.h>
#include <string.h>

#include <rte_log.h>

#include "base_log.h"
#include "base_text.h"
#include "dpdk_log.h"

LOG_TYPE("dpdk");

#define LINE_MAX_LEN 512

static enum base_log_level level_of(int dpdk_level)
{
	if (dpdk_level <= (int)RTE_LOG_ERR)
		return BASE_LOG_ERROR;
	if (dpdk_level == (int)RTE_LOG_WARNING)
		return BASE_LOG_WARNING;
	if (dpdk_level == (int)RTE_LOG_NOTICE)
		return BASE_LOG_NOTICE;
	return dpdk_level == (int)RTE_LOG_INFO ? BASE_LOG_INFO : BASE_LOG_DEBUG;
}

// DPDK flushes after each message: what comes is one message, of a line as a rule.
static ssize_t lines_take(void *ctx, const char *bytes, size_t len)
{
	size_t at = 0;

	(void)ctx;
	while (at < len) {
		const char *end = memchr(bytes + at, '\n', len - at);
		size_t n = end == NULL ? len - at : (size_t)(end - (bytes + at));
		char line[4 * LINE_MAX_LEN];

		base_text_escape(line, sizeof(line), bytes + at, n < LINE_MAX_LEN ? n : LINE_MAX_LEN);
		if (n > 0)
			base_log_write(level_of(rte_log_cur_msg_loglevel()), base_log_type, "%s", line);
		at += n + 1;
	}
	return (ssize_t)len;
}

void dpdk_log_start(void)
{
	const cookie_io_functions_t io = {.write = lines_take};
	FILE *f = fopencookie(NULL, "w", io);

	if (f == NULL || rte_openlog_stream(f) != 0)
		LOG(WARNING, "DPDK's log cannot be taken over: it goes to standard output");
}
