// SPDX-License-Identifier: BSD-3-Clause
// The stages as lists. Main thread; pure.
#include <string.h>

#include "base_text.h"
#include "rotation.h"

static bool holds(const struct conf_secrets *list, const char *secret)
{
	for (uint32_t i = 0; i < list->n; i++) {
		if (strcmp(list->text[i], secret) == 0)
			return true;
	}
	return false;
}

unsigned rotation_stage_of(const struct conf_secrets *now, const char *new_secret)
{
	if (now->n == 0 && new_secret[0] == '\0')
		return ROTATION_STAGES; // no list at all means unsigned
	if (!holds(now, new_secret))
		return 0;
	if (strcmp(now->text[0], new_secret) != 0)
		return 1;
	return now->n > 1 ? 2 : 3;
}

static void entry_add(struct conf_secrets *out, const char *secret)
{
	memcpy(out->text[out->n], secret, strlen(secret) + 1);
	out->n++;
}

int rotation_list(
	const struct conf_secrets *now, const char *new_secret, unsigned stage, struct conf_secrets *out)
{
	unsigned at = rotation_stage_of(now, new_secret);

	memset(out, 0, sizeof(*out));
	if (stage == 0 || stage > ROTATION_STAGES || stage > at + 1 || (at == ROTATION_STAGES && stage < at))
		return base_errno_set(EINVAL);
	if (at == 0 && now->n == CONF_SECRETS_MAX)
		return base_errno_set(E2BIG);
	if (stage >= 2)
		entry_add(out, new_secret);
	for (uint32_t i = 0; stage < 3 && i < now->n; i++) {
		if (strcmp(now->text[i], new_secret) != 0)
			entry_add(out, now->text[i]);
	}
	if (stage == 1 && now->n == 0)
		entry_add(out, ""); // no list at all means unsigned
	if (stage == 1)
		entry_add(out, new_secret);
	return 0;
}

const char *rotation_describe(const struct conf_secrets *list, const char *new_secret, char *buf, size_t size)
{
	struct base_text text;
	unsigned n_old = 0;

	base_text_init(&text, buf, size);
	for (uint32_t i = 0; i < list->n; i++) {
		base_text_add(&text, "%s", i > 0 ? ", " : "");
		if (list->text[i][0] == '\0')
			base_text_add(&text, "unsigned");
		else if (strcmp(list->text[i], new_secret) == 0)
			base_text_add(&text, "new");
		else if (++n_old == 1)
			base_text_add(&text, "old");
		else
			base_text_add(&text, "old %u", n_old);
	}
	if (list->n == 0)
		base_text_add(&text, "unsigned");
	return buf;
}
