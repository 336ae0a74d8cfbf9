// SPDX-License-Identifier: BSD-3-Clause
// Text, addresses and times as JSON. Any thread.
#include <string.h>
#include <time.h>

#include "base_clock.h"
#include "base_mac.h"
#include "base_text.h"
#include "json_text.h"

json_t *handlers_text(const char *text)
{
	char escaped[4 * 256 + 1];

	base_text_escape(escaped, sizeof(escaped), text, strnlen(text, 256));
	return json_string(escaped);
}

json_t *handlers_mac(uint64_t mac)
{
	struct base_mac m = base_mac_from_u64(mac);
	char text[BASE_MAC_TEXT_LEN];

	return mac == 0 ? json_null() : json_string(base_mac_format(&m, text));
}

json_t *handlers_time(uint64_t wall_us)
{
	time_t s = (time_t)(wall_us / 1000000u);
	struct tm tm;
	char text[40];

	gmtime_r(&s, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return json_string(text);
}

json_t *handlers_at_us(void)
{
	return json_integer((json_int_t)(base_mono_ns() / 1000));
}
