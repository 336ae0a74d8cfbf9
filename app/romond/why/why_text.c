// SPDX-License-Identifier: BSD-3-Clause
// Words that findings are made of. Control thread.
#include <inttypes.h>
#include <stdio.h>

#include "why.h"

void why_text_init(struct why_text *t)
{
	base_text_init(&t->cause, t->cause_buf, sizeof(t->cause_buf));
	base_text_init(&t->mend, t->mend_buf, sizeof(t->mend_buf));
}

void why_text_file(const struct app *app, struct base_text *mend)
{
	base_text_add(mend, " in %s, then `romonctl reload`",
		app->demo == NULL && app->config_path != NULL ? app->config_path : "the configuration file");
}

void why_text_set(const struct app *app, struct base_text *mend, const char *key, const char *fmt, ...)
{
	va_list ap;

	base_text_add(mend, "set `%s: ", key);
	va_start(ap, fmt);
	base_text_addv(mend, fmt, ap);
	va_end(ap);
	base_text_add(mend, "`");
	why_text_file(app, mend);
}

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

void why_finding_add(json_t *list, const struct why_text *t, const struct why_fact *fact)
{
	json_array_append_new(
		list, json_pack("{s:s, s:s, s:s, s:o, s:I, s:o}", "level", fact->level, "cause", t->cause_buf,
			      "mend", t->mend_buf, "reason",
			      fact->reason == NULL ? json_null() : json_string(fact->reason), "count",
			      (json_int_t)fact->count, "age-ms",
			      fact->reason == NULL ? json_null() : json_integer((json_int_t)fact->age_ms)));
}
