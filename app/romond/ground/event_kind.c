// SPDX-License-Identifier: BSD-3-Clause
// The rows of the table of events. Any thread.
#include <string.h>

#include "base_text.h"
#include "base_utf8.h"
#include "event_kind.h"

#define ROW(id, text, level, of, meaning) \
	[EVENT_##id] = {.name = (text), .severity = BASE_LOG_##level, .family = EVENT_FAMILY_##of},

static const struct {
	const char *name;
	enum base_log_level severity;
	enum event_family family;
} rows[EVENT_N_KINDS] = {[EVENT_INVALID] = {.name = "invalid", .severity = BASE_LOG_INFO}, EVENT_KINDS(ROW)};

const char *event_kind_name(enum event_kind kind)
{
	return rows[kind].name;
}

enum base_log_level event_kind_severity(enum event_kind kind)
{
	return rows[kind].severity;
}

enum event_family event_kind_family(enum event_kind kind)
{
	return rows[kind].family;
}

void event_text_tidy(char *dst, size_t size, const char *text)
{
	base_text_tidy(dst, size, text);
}
