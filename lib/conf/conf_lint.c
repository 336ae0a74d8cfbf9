// SPDX-License-Identifier: BSD-3-Clause
// The strength of secrets, by what an attacker tries first. Control thread, or romonctl.
#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "conf_lint.h"

#define DISTINCT_MIN 8  // different characters: 16 random ones have less only by a mishap
#define WORD_PERCENT 60 // so much of a secret in common words makes it one of them

// What people take for a secret, in small letters; l, o, s and so on stand for 1, 0, 5 too. Short words are
// left out: they turn up in random text.
static const char *const common_words[] = {"abcd", "access", "admin", "adminadmin", "asdf", "azerty",
	"backup", "batman", "battery", "bridge", "cable", "campus", "canary", "change", "changeme", "charlie",
	"cisco", "client", "company", "config", "connect", "control", "correct", "customer", "daniel",
	"default", "demo", "dragon", "ether", "ethernet", "example", "factory", "fiber", "football", "forest",
	"freedom", "guest", "hello", "home", "horse", "house", "hunter", "iloveyou", "internet", "jesus",
	"jordan", "juniper", "killer", "letmein", "linux", "local", "login", "love", "manager", "master",
	"michael", "mikrotik", "monitor", "monkey", "mustang", "mynetwork", "network", "ninja", "office",
	"operator", "oracle", "pass", "password", "passw", "passwd", "pepper", "phone", "please", "princess",
	"private", "public", "qazwsx", "qwer", "qwerty", "radio", "random", "root", "router", "routeros",
	"romon", "romond", "rosebud", "secret", "secure", "security", "server", "service", "shadow", "silver",
	"site", "soccer", "staple", "starwars", "summer", "sunshine", "super", "superman", "support",
	"switch", "system", "temp", "test", "testing", "this", "tower", "trust", "trustno", "ubnt", "uplink",
	"user", "vlan", "welcome", "whatever", "wifi", "winbox", "winter", "wireless", "wisp", "word",
	"yellow", "zxcv"};

// Secrets that stand in the documentation and in the examples: everybody has read them.
static const char *const published[] = {
	"s3cret-of-vlan-81", "correct horse battery staple", "an-old-secret-of-ours", "Zq7-vT2m.Kd94xWbR1pL"};

// Neighbors on the keyboard or in the alphabet.
static const char runs[] =
	"abcdefghijklmnopqrstuvwxyz 0123456789 qwertyuiop asdfghjkl zxcvbnm qwertzuiop azertyuiop qsdfghjklm wxcvbn 9876543210 zyxwvutsrqponmlkjihgfedcba poiuytrewq lkjhgfdsa mnbvcxz 1qaz2wsx3edc4rfv5tgb6yhn7ujm";

// Small letters, with the usual digits and signs for letters turned back.
static void plain_form(const char *text, char plain[CONF_SECRET_LEN_MAX + 1])
{
	static const char from[] = "0134578@$!|+";
	static const char to[] = "oieastbasiit";
	size_t i = 0;

	for (; text[i] != '\0'; i++) {
		const char *sign = strchr(from, text[i]);

		plain[i] = (char)(sign != NULL ? to[sign - from] : tolower((unsigned char)text[i]));
	}
	plain[i] = '\0';
}

static uint32_t n_distinct(const char *text)
{
	bool seen[256] = {false};
	uint32_t n = 0;

	for (; *text != '\0'; text++) {
		n += !seen[(uint8_t)*text];
		seen[(uint8_t)*text] = true;
	}
	return n;
}

// The same piece over and over: "abcabcabcabcabca".
static bool repeats(const char *text, size_t len)
{
	for (size_t period = 1; period <= len / 2; period++) {
		if (memcmp(text, text + period, len - period) == 0)
			return true;
	}
	return false;
}

// How many characters stand in runs of at least 4 neighbors.
static size_t run_cover(const char *text, size_t len)
{
	size_t covered = 0;

	for (size_t at = 0; at < len;) {
		size_t best = 0;

		for (const char *run = runs; *run != '\0'; run++) {
			size_t n = 0;

			while (at + n < len && run[n] != '\0' && text[at + n] == run[n])
				n++;
			best = n > best ? n : best;
		}
		covered += best >= 4 ? best : 0;
		at += best >= 4 ? best : 1;
	}
	return covered;
}

// How many characters stand in common words; the longest word at each place.
static size_t word_cover(const char *plain, size_t len)
{
	size_t covered = 0;

	for (size_t at = 0; at < len;) {
		size_t best = 0;

		for (size_t w = 0; w < BASE_ARRAY_LEN(common_words); w++) {
			size_t n = strlen(common_words[w]);

			if (n > best && n <= len - at && memcmp(plain + at, common_words[w], n) == 0)
				best = n;
		}
		covered += best;
		at += best > 0 ? best : 1;
	}
	return covered;
}

static size_t n_letters(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += isalpha((unsigned char)*text) != 0;
	return n;
}

// A secret in two other spellings. Wiped after use.
struct forms {
	char small[CONF_SECRET_LEN_MAX + 1];
	char plain[CONF_SECRET_LEN_MAX + 1];
};

static const char *guess_of(const char *text, size_t len, struct forms *forms)
{
	size_t letters;

	for (size_t i = 0; i <= len; i++)
		forms->small[i] = (char)tolower((unsigned char)text[i]);
	plain_form(text, forms->plain);
	letters = n_letters(forms->plain);
	if (strspn(text, "0123456789") == len)
		return "is made of digits only: there are too few of them to try";
	if (run_cover(forms->small, len) * 100 >= len * WORD_PERCENT)
		return "is a row of the alphabet or of a keyboard";
	if (letters > 0 && word_cover(forms->plain, len) * 100 >= letters * WORD_PERCENT)
		return "is made of common words, which are tried first";
	return NULL;
}

const char *conf_secret_weakness(const char *text)
{
	size_t len = strlen(text);
	struct forms forms;

	for (size_t i = 0; i < BASE_ARRAY_LEN(published); i++) {
		if (strcmp(text, published[i]) == 0)
			return "stands in the documentation, where everybody reads it";
	}
	if (len < CONF_SECRET_LEN_WANTED)
		return "is shorter than 16 characters: it can be found by trying all";
	if (repeats(text, len) || n_distinct(text) < DISTINCT_MIN)
		return "repeats itself: it is no stronger than its shortest piece";
	const char *why = guess_of(text, len, &forms);
	explicit_bzero(&forms, sizeof(forms));
	return why;
}

static uint32_t first_of(const struct conf_secrets *secrets, uint32_t idx)
{
	for (uint32_t i = 0; i < idx; i++) {
		if (strcmp(secrets->text[i], secrets->text[idx]) == 0)
			return i;
	}
	return idx;
}

void conf_lint_secret(const struct conf_secrets *secrets, uint32_t idx, const char *file, unsigned line_no,
	const struct conf_node *node, struct conf_place *place)
{
	const char *text = secrets->text[idx];
	const char *reason =
		text[0] == '\0'
			? "accepts unsigned frames: anybody on the wire is believed. It is meant for the time in which secrets are introduced"
			: conf_secret_weakness(text);
	uint32_t first = first_of(secrets, idx);
	char what[64] = "this secret";
	struct base_text name;

	base_text_init(&name, what, sizeof(what));
	if (file != NULL)
		base_text_add(&name, "line %u of the file", line_no);
	else
		base_text_add(&name, "%s", text[0] == '\0' ? "\"\"" : "this secret");
	if (first != idx)
		conf_warning(
			place, node->line, node->column, "%s is entry %u of the list again", what, first + 1);
	else if (reason != NULL)
		conf_warning(place, node->line, node->column, "%s %s%s", what, reason,
			text[0] == '\0' ? "" : "; take 16 random ones (openssl rand -base64 18)");
}
