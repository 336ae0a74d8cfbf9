// SPDX-License-Identifier: BSD-3-Clause
// Schemes: what is valid, their text, and the counter in the auth bytes. Any thread.
#include "auth_scheme.h"

#include <stdlib.h>
#include <string.h>

#include "base_be.h"
#include "base_text.h"

const struct auth_scheme auth_scheme_romond_1 = {
	.digest_off = 8,
	.counter_off = 0,
	.counter = AUTH_COUNTER_BE64,
	.keyed = AUTH_KEYED_HMAC,
	.pad = AUTH_PAD_RAW,
	.field = AUTH_FIELD_ZERO,
	.cover = AUTH_COVER_SOURCE_ROMON,
};

#define DIGEST_OFF_MAX (AUTH_LEN - AUTH_DIGEST_LEN)

// Schemes that have a name.
static const struct {
	const char *name;
	const struct auth_scheme *scheme;
} named[] = {{"romond-1", &auth_scheme_romond_1}};

#define X(id, word, help) word,
static const char *const keyed_words[] = {"", AUTH_KEYEDS(X)};
static const char *const pad_words[] = {"", AUTH_PADS(X)};
static const char *const field_words[] = {"", AUTH_FIELDS(X)};
static const char *const cover_words[] = {"", AUTH_COVERS(X)};
static const char *const counter_words[] = {"", AUTH_COUNTERS(X)};
#undef X

uint32_t auth_counter_len(enum auth_counter counter)
{
	switch (counter) {
	case AUTH_COUNTER_BE64:
	case AUTH_COUNTER_LE64:
		return 8;
	case AUTH_COUNTER_BE32:
	case AUTH_COUNTER_LE32:
		return 4;
	case AUTH_COUNTER_NONE:
	case AUTH_COUNTER_INVALID:
	case AUTH_N_COUNTERS:
		break;
	}
	return 0;
}

static bool is_in(uint32_t value, uint32_t n)
{
	return value > 0 && value < n;
}

static bool counter_fits(const struct auth_scheme *s)
{
	uint32_t len = auth_counter_len((enum auth_counter)s->counter);

	if (len == 0)
		return s->counter_off == 0;
	if (s->counter_off + len > AUTH_LEN)
		return false;
	return s->counter_off + len <= s->digest_off || s->counter_off >= s->digest_off + AUTH_DIGEST_LEN;
}

static const char *wrong_with(const struct auth_scheme *s)
{
	if (!is_in(s->keyed, AUTH_N_KEYEDS) || !is_in(s->pad, AUTH_N_PADS) ||
		!is_in(s->field, AUTH_N_FIELDS) || !is_in(s->cover, AUTH_N_COVERS) ||
		!is_in(s->counter, AUTH_N_COUNTERS))
		return "a field is missing";
	if (s->digest_off > DIGEST_OFF_MAX)
		return "digest must begin at 0 to 8 of the auth bytes";
	if (!counter_fits(s))
		return "the counter overlaps the digest or runs past the auth bytes";
	if (s->keyed == AUTH_KEYED_FIELD && s->field != AUTH_FIELD_SECRET)
		return "keyed=field asks for field=secret";
	return NULL;
}

bool auth_scheme_is_valid(const struct auth_scheme *s)
{
	return wrong_with(s) == NULL;
}

bool auth_scheme_equal(const struct auth_scheme *a, const struct auth_scheme *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

bool auth_scheme_has_hello(const struct auth_scheme *s)
{
	return auth_scheme_equal(s, &auth_scheme_romond_1);
}

uint8_t auth_scheme_counters(const struct auth_scheme *s)
{
	return (uint8_t)((auth_scheme_has_hello(s) ? AUTH_COUNTERS_HELLO : 0) + s->counter_off * 5 +
			 s->counter);
}

// The index of the word of len bytes in words, or 0.
static uint8_t word_find(const char *const *words, uint32_t n, const char *text, size_t len)
{
	for (uint32_t i = 1; i < n; i++) {
		if (strlen(words[i]) == len && memcmp(words[i], text, len) == 0)
			return (uint8_t)i;
	}
	return 0;
}

// A decimal number up to 23; false on anything else.
static bool offset_read(const char *text, size_t len, uint8_t *out)
{
	uint32_t value = 0;

	if (len == 0 || len > 2)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		value = value * 10 + (uint32_t)(text[i] - '0');
	}
	*out = (uint8_t)value;
	return value < AUTH_LEN;
}

// "be64@0" or "none".
static bool counter_read(const char *text, size_t len, struct auth_scheme *out)
{
	const char *at = memchr(text, '@', len);
	size_t word_len = at == NULL ? len : (size_t)(at - text);

	out->counter = word_find(counter_words, AUTH_N_COUNTERS, text, word_len);
	if (at == NULL)
		return out->counter == AUTH_COUNTER_NONE;
	return is_in(out->counter, AUTH_N_COUNTERS) && out->counter != AUTH_COUNTER_NONE &&
	       offset_read(at + 1, len - word_len - 1, &out->counter_off);
}

static bool field_read(uint32_t idx, const char *text, size_t len, struct auth_scheme *out)
{
	switch (idx) {
	case 0:
		return offset_read(text, len, &out->digest_off);
	case 1:
		return counter_read(text, len, out);
	case 2:
		return (out->keyed = word_find(keyed_words, AUTH_N_KEYEDS, text, len)) != 0;
	case 3:
		return (out->pad = word_find(pad_words, AUTH_N_PADS, text, len)) != 0;
	case 4:
		return (out->field = word_find(field_words, AUTH_N_FIELDS, text, len)) != 0;
	default:
		return (out->cover = word_find(cover_words, AUTH_N_COVERS, text, len)) != 0;
	}
}

// All fields in their order, each "key=word", one space between. NULL, or what is wrong.
static const char *fields_read(const char *text, struct auth_scheme *out)
{
	static const struct {
		const char *key;
		const char *wrong;
	} fields[] = {
		{"digest=", "expected digest= and 0 to 8"},
		{"counter=", "expected counter=none, or be64@, be32@, le64@ or le32@ and 0 to 23"},
		{"keyed=", "expected keyed=prefix, suffix, both, hmac or field"},
		{"secret=", "expected secret=raw, pad16 or pad64"},
		{"field=", "expected field=zero, out or secret"},
		{"cover=", "expected cover=romon, ethernet, source+romon or source+ethernet"},
	};

	for (uint32_t i = 0; i < BASE_ARRAY_LEN(fields); i++) {
		size_t key_len = strlen(fields[i].key);

		if (strncmp(text, fields[i].key, key_len) != 0)
			return fields[i].wrong;
		text += key_len;
		size_t len = strcspn(text, " ");
		if (!field_read(i, text, len, out))
			return fields[i].wrong;
		text += len;
		if (i + 1 < BASE_ARRAY_LEN(fields) && *text == ' ')
			text++;
	}
	return *text == '\0' ? NULL : "expected nothing behind cover=";
}

int auth_scheme_parse(const char *text, struct auth_scheme *out, const char **why)
{
	const char *wrong;

	for (uint32_t i = 0; i < BASE_ARRAY_LEN(named); i++) {
		if (strcmp(text, named[i].name) == 0) {
			*out = *named[i].scheme;
			return 0;
		}
	}
	memset(out, 0, sizeof(*out));
	wrong = fields_read(text, out);
	if (wrong == NULL)
		wrong = wrong_with(out);
	if (wrong == NULL)
		return 0;
	if (why != NULL)
		*why = wrong;
	return base_errno_set(EINVAL);
}

char *auth_scheme_format(const struct auth_scheme *s, char out[AUTH_SCHEME_TEXT_LEN])
{
	struct base_text t;

	base_text_init(&t, out, AUTH_SCHEME_TEXT_LEN);
	for (uint32_t i = 0; i < BASE_ARRAY_LEN(named); i++) {
		if (auth_scheme_equal(s, named[i].scheme)) {
			base_text_add(&t, "%s", named[i].name);
			return out;
		}
	}
	if (!auth_scheme_is_valid(s)) {
		base_text_add(&t, "invalid");
		return out;
	}
	base_text_add(&t, "digest=%u counter=%s", s->digest_off, counter_words[s->counter]);
	if (s->counter != AUTH_COUNTER_NONE)
		base_text_add(&t, "@%u", s->counter_off);
	base_text_add(&t, " keyed=%s secret=%s field=%s cover=%s", keyed_words[s->keyed], pad_words[s->pad],
		field_words[s->field], cover_words[s->cover]);
	return out;
}

// Fields as digits of a mixed-radix number; those that no valid scheme has are left out by the caller.
static struct auth_scheme scheme_of(uint32_t digits)
{
	struct auth_scheme s = {.counter = AUTH_COUNTER_NONE};

	s.digest_off = (uint8_t)(digits % (DIGEST_OFF_MAX + 1));
	digits /= DIGEST_OFF_MAX + 1;
	s.pad = (uint8_t)(1 + digits % (AUTH_N_PADS - 1));
	digits /= AUTH_N_PADS - 1;
	s.cover = (uint8_t)(1 + digits % (AUTH_N_COVERS - 1));
	digits /= AUTH_N_COVERS - 1;
	s.keyed = (uint8_t)(1 + digits % (AUTH_N_KEYEDS - 1));
	digits /= AUTH_N_KEYEDS - 1;
	s.field = (uint8_t)(1 + digits);
	return s;
}

#define SCHEMES_PER_KEYED ((DIGEST_OFF_MAX + 1) * (AUTH_N_PADS - 1) * (AUTH_N_COVERS - 1))
#define SCHEMES_ALL       (SCHEMES_PER_KEYED * (AUTH_N_KEYEDS - 1) * (AUTH_N_FIELDS - 1))

_Static_assert(AUTH_KEYED_FIELD == AUTH_N_KEYEDS - 1, "the last of its kind: see auth_scheme_at()");
_Static_assert(AUTH_FIELD_SECRET == AUTH_N_FIELDS - 1, "the last of its kind: see auth_scheme_at()");

uint32_t auth_scheme_count(void)
{
	// keyed `field` with every field but `secret` is none
	return SCHEMES_ALL - SCHEMES_PER_KEYED * (AUTH_N_FIELDS - 2);
}

struct auth_scheme auth_scheme_at(uint32_t idx)
{
	uint32_t per_field = SCHEMES_PER_KEYED * (AUTH_N_KEYEDS - 2);
	uint32_t field = idx / per_field;

	if (field > AUTH_N_FIELDS - 2)
		field = AUTH_N_FIELDS - 2; // the last field has keyed `field` on top
	return scheme_of(idx - field * per_field + field * SCHEMES_PER_KEYED * (AUTH_N_KEYEDS - 1));
}

uint64_t auth_counter_load(const struct auth_scheme *s, const uint8_t *auth)
{
	uint64_t wide;
	uint32_t narrow;

	switch ((enum auth_counter)s->counter) {
	case AUTH_COUNTER_BE64:
		memcpy(&wide, auth + s->counter_off, sizeof(wide));
		return __builtin_bswap64(wide);
	case AUTH_COUNTER_LE64:
		memcpy(&wide, auth + s->counter_off, sizeof(wide));
		return wide;
	case AUTH_COUNTER_BE32:
		return base_be32_load(auth + s->counter_off);
	case AUTH_COUNTER_LE32:
		memcpy(&narrow, auth + s->counter_off, sizeof(narrow));
		return narrow;
	case AUTH_COUNTER_NONE:
	case AUTH_COUNTER_INVALID:
	case AUTH_N_COUNTERS:
		break;
	}
	return 0;
}

void auth_counter_store(const struct auth_scheme *s, uint8_t *auth, uint64_t counter)
{
	uint64_t wide = __builtin_bswap64(counter);
	uint32_t narrow = (uint32_t)counter;

	switch ((enum auth_counter)s->counter) {
	case AUTH_COUNTER_BE64:
		memcpy(auth + s->counter_off, &wide, sizeof(wide));
		return;
	case AUTH_COUNTER_LE64:
		memcpy(auth + s->counter_off, &counter, sizeof(counter));
		return;
	case AUTH_COUNTER_BE32:
		base_be32_store(auth + s->counter_off, narrow);
		return;
	case AUTH_COUNTER_LE32:
		memcpy(auth + s->counter_off, &narrow, sizeof(narrow));
		return;
	case AUTH_COUNTER_NONE:
	case AUTH_COUNTER_INVALID:
	case AUTH_N_COUNTERS:
		return;
	}
}
