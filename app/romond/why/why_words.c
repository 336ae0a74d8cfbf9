// SPDX-License-Identifier: BSD-3-Clause
// Words that sentences are made of. Any thread.
#include <inttypes.h>
#include <stdio.h>

#include "base_mac.h"
#include "why_words.h"

struct why_word why_mac(uint64_t mac)
{
	struct base_mac m = base_mac_from_u64(mac);
	struct why_word w = {.text = ""};

	_Static_assert(sizeof(w.text) >= BASE_MAC_TEXT_LEN, "an address fits a word");
	base_mac_format(&m, w.text);
	return w;
}

struct why_word why_age(uint64_t ms)
{
	static const struct {
		uint64_t ms;
		const char *unit;
	} units[] = {{172800000, "days"}, {7200000, "h"}, {120000, "min"}, {0, "s"}};
	static const uint64_t ms_of_unit[] = {86400000, 3600000, 60000, 1000};
	struct why_word w = {.text = ""};
	size_t i = 0;

	while (ms < units[i].ms)
		i++;
	snprintf(w.text, sizeof(w.text), "%" PRIu64 " %s", ms / ms_of_unit[i], units[i].unit);
	return w;
}

struct why_word why_channel(uint8_t channel)
{
	struct why_word w = {.text = ""};

	if (channel == 0)
		snprintf(w.text, sizeof(w.text), "default");
	else
		snprintf(w.text, sizeof(w.text), "%u", channel);
	return w;
}
