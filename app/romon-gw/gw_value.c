// SPDX-License-Identifier: BSD-3-Clause
// Values as RouterOS writes them, read. Any thread.
#include <stdlib.h>
#include <string.h>

#include "base_err.h"
#include "gw_value.h"

bool gw_value_number(const char *text, uint32_t max, uint32_t *number)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	uint64_t value = strtoull(text, &end, 10);
	*number = (uint32_t)value;
	return *end == '\0' && value <= max;
}

// "01:02:03"
static bool clock_read(const char *text, uint64_t *ms)
{
	uint64_t seconds = 0;

	for (int i = 0; i < 3; i++) {
		char *end;

		if (*text < '0' || *text > '9')
			return false;
		uint64_t part = strtoull(text, &end, 10);
		if (part > 99 || (i > 0 && part > 59) || *end != (i < 2 ? ':' : '\0'))
			return false;
		seconds = seconds * 60 + part;
		text = end + 1;
	}
	*ms = seconds * 1000;
	return true;
}

bool gw_value_duration(const char *text, uint32_t *out)
{
	static const struct {
		const char *name;
		uint64_t ms;
	} units[] = {{"ms", 1}, {"w", 604800000}, {"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000},
		{"", 1000}};
	const char *begin = text;
	uint64_t ms = 0;

	if (strchr(text, ':') != NULL && !clock_read(text, &ms))
		return false;
	bool is_clock = strchr(text, ':') != NULL;
	if (*text == '\0')
		return false;
	while (!is_clock && *text != '\0') {
		char *end;
		size_t i = 0;

		if (*text < '0' || *text > '9')
			return false;
		uint64_t part = strtoull(text, &end, 10);
		while (i < BASE_ARRAY_LEN(units) - 1 &&
			strncmp(end, units[i].name, strlen(units[i].name)) != 0)
			i++;
		if (part > UINT32_MAX || (units[i].name[0] == '\0' && (*end != '\0' || text != begin)))
			return false;
		ms += part * units[i].ms;
		text = end + strlen(units[i].name);
		if (ms > UINT32_MAX)
			return false;
	}
	*out = (uint32_t)ms;
	return true;
}
