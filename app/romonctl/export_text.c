// SPDX-License-Identifier: BSD-3-Clause
// What a router answers (export_text.h). Pure.
#include "export_text.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define ESCAPE    0x1b
#define PATH_SIZE 64

// The line at *at without its end; *at moves behind it. False at the end of the text.
struct line {
	const char *text;
	size_t len;
	bool is_more; // it goes on the one before
};

static bool line_next(const char *text, size_t len, size_t *at, struct line *out)
{
	if (*at >= len)
		return false;
	const char *begin = text + *at;
	const char *end = memchr(begin, '\n', len - *at);
	size_t n = end != NULL ? (size_t)(end - begin) : len - *at;

	out->is_more = *at > 1 && begin[-1] == '\n' && begin[-2] == '\\';
	*at += n + (end != NULL);
	while (n > 0 && (begin[n - 1] == ' ' || begin[n - 1] == '\t' || begin[n - 1] == '\r'))
		n--;
	out->text = begin;
	out->len = n;
	return true;
}

static bool begins(const struct line *l, const char *with)
{
	size_t n = strlen(with);

	return l->len >= n && strncasecmp(l->text, with, n) == 0;
}

static bool has(const struct line *l, const char *part)
{
	return memmem(l->text, l->len, part, strlen(part)) != NULL;
}

// Length of a colour or cursor sequence at p: ESC [ parameters letter. 0 = it is none.
static size_t sequence_len(const char *p, size_t len)
{
	size_t n = 2;

	if (len < 3 || p[0] != ESCAPE || p[1] != '[')
		return 0;
	while (n < len && p[n] >= 0x20 && p[n] < 0x40)
		n++;
	return n < len && p[n] >= 0x40 && p[n] < 0x7f ? n + 1 : 0;
}

ssize_t export_clean(char *text, size_t len)
{
	size_t to = 0;

	for (size_t i = 0; i < len; i++) {
		size_t skip = sequence_len(text + i, len - i);
		unsigned char c = (unsigned char)text[i];

		if (skip > 0) {
			i += skip - 1;
			continue;
		}
		if (c == '\r')
			continue;
		if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f)
			return base_errno_set(EILSEQ);
		text[to++] = (char)c;
	}
	return (ssize_t)to;
}

ssize_t export_whole(const char *text, size_t len, const char *nonce)
{
	char mark[8 + EXPORT_NONCE_LEN + 1];
	struct base_text t;
	size_t end = len;

	base_text_init(&t, mark, sizeof(mark));
	base_text_add(&t, "end-%s", nonce);
	while (end > 0 && strchr("\n\r\t ", text[end - 1]) != NULL)
		end--;
	if (end < t.len || memcmp(text + end - t.len, mark, t.len) != 0)
		return base_errno_set(ENODATA);
	end -= t.len;
	return end == 0 || text[end - 1] == '\n' ? (ssize_t)end : base_errno_set(ENODATA);
}

// Errors that come as output (reference: models of Oxidized, rancid, netmiko).
static const char *const errors[] = {"bad command name", "bad parameter", "no such item", "no such command",
	"invalid value for", "expected end of command", "expected command name", "syntax error",
	"failure:", "input does not match", "not enough permissions", "action failed", "action timed out",
	"#error exporting", "# error exporting", "error exporting", "Script Error"};

// What only a person can answer.
static const struct {
	const char *begin;
	const char *says;
} prompts[] = {
	{"new password>", "it wants a new password: log in once and set one"},
	{"Change your password", "it wants a new password: log in once and set one"},
	{"Do you want to see the software license", "it asks about its license: log in once and answer"},
	{"Please press \"Enter\" to continue", "it waits for a key: log in once"},
	{"Login:", "it asks for a name: this is no command, but a login"},
};

// "[admin@DuneGW] > ", "[admin@DuneGW] <SAFE> "
static bool is_prompt(const struct line *l)
{
	const char *close = l->len > 3 && l->text[0] == '[' ? memchr(l->text, ']', l->len) : NULL;
	size_t n = close != NULL ? (size_t)(close - l->text) : 0;

	return n > 0 && memchr(l->text, '@', n) != NULL && n + 2 < l->len && close[1] == ' ' &&
	       (close[2] == '>' || close[2] == '<' || close[2] == '/');
}

static const char *error_says(const struct line *l)
{
	for (size_t i = 0; i < BASE_ARRAY_LEN(prompts); i++) {
		if (begins(l, prompts[i].begin))
			return prompts[i].says;
	}
	if (is_prompt(l))
		return "it began a session instead of a command";
	for (size_t i = 0; i < BASE_ARRAY_LEN(errors); i++) {
		if (begins(l, errors[i]))
			return "it said";
	}
	return NULL;
}

bool export_has_error(const char *text, size_t len, struct base_text *why)
{
	char escaped[161];
	struct line l;
	size_t at = 0;

	while (line_next(text, len, &at, &l)) {
		const char *says = l.is_more ? NULL : error_says(&l);

		if (says == NULL)
			continue;
		base_text_escape(escaped, sizeof(escaped), l.text, l.len);
		base_text_add(why, "%s: %s", says, escaped);
		return true;
	}
	return false;
}

bool export_has_head(const char *text, size_t len)
{
	struct line l = {0};
	size_t at = 0;

	while (line_next(text, len, &at, &l) && l.len == 0)
		;
	return begins(&l, "# ") && has(&l, " by RouterOS ");
}

// Comments that change while the configuration does not.
static bool is_of_the_moment(const struct line *l)
{
	static const char *const beginnings[] = {
		"# inactive time", "# poe-out status", "# end of export, by romonctl"};
	static const char *const parts[] = {"Firmware upgraded", "please restart the device"};

	for (size_t i = 0; i < BASE_ARRAY_LEN(parts); i++) {
		if (has(l, parts[i]))
			return true;
	}
	for (size_t i = 0; i < BASE_ARRAY_LEN(beginnings); i++) {
		if (begins(l, beginnings[i]))
			return true;
	}
	return begins(l, "# ") && (has(l, " by RouterOS ") || has(l, " not ready") ||
					  (has(l, "received packet from") && has(l, "bad format")));
}

size_t export_normal(const char *text, size_t len, char *out)
{
	size_t to = 0;
	size_t at = 0;
	struct line l;

	while (line_next(text, len, &at, &l)) {
		bool goes_on = l.len > 0 && l.text[l.len - 1] == '\\' && at < len;

		if (!l.is_more && is_of_the_moment(&l))
			continue;
		while (l.is_more && l.len > 0 && (l.text[0] == ' ' || l.text[0] == '\t')) {
			l.text++;
			l.len--;
		}
		l.len -= goes_on;
		memcpy(out + to, l.text, l.len);
		to += l.len;
		if (!goes_on)
			out[to++] = '\n';
	}
	return to;
}

static bool is_word(const struct line *l, const char *word)
{
	const char *at = memmem(l->text, l->len, word, strlen(word));
	const char *end = l->text + l->len;

	return at != NULL && (at == l->text || at[-1] == ' ') &&
	       (at + strlen(word) == end || at[strlen(word)] == ' ');
}

// What a line does to RoMON below path; what goes on a line before has its path too.
static void romon_judge(const struct line *l, const char *path, bool *is_off, bool *is_forbidden)
{
	bool is_romon = strncasecmp(path, "/tool romon", 11) == 0;
	bool is_port = strncasecmp(path, "/tool romon port", 16) == 0;

	*is_off |= is_romon && !is_port && is_word(l, "enabled=no");
	*is_forbidden |= is_port && (is_word(l, "forbid=yes") || is_word(l, "disabled=yes"));
}

bool export_is_risky(const char *text, size_t len, struct base_text *why)
{
	char path[PATH_SIZE] = "";
	bool is_off = false;
	bool is_forbidden = false;
	bool is_reset = false;
	struct line l;
	size_t at = 0;

	while (line_next(text, len, &at, &l)) {
		if (!l.is_more && l.len > 0 && l.text[0] == '/') {
			size_t n = l.len < sizeof(path) - 1 ? l.len : sizeof(path) - 1;

			memcpy(path, l.text, n);
			path[n] = '\0';
			for (size_t i = 1; i < n; i++) // "/tool/romon" as "/tool romon"
				path[i] = path[i] == '/' ? ' ' : path[i];
		}
		romon_judge(&l, path, &is_off, &is_forbidden);
		is_reset |= begins(&l, "/system reset-configuration");
	}
	if (is_off)
		base_text_add(why, "it switches RoMON off on the router, which cuts this way to it\n");
	if (is_forbidden)
		base_text_add(
			why, "it forbids RoMON on a port of the router, which may cut this way to it\n");
	if (is_reset)
		base_text_add(why, "it resets the router\n");
	if (memmem(text, len, EXPORT_END_HIDDEN, strlen(EXPORT_END_HIDDEN)) != NULL)
		base_text_add(why,
			"its sensitive values are hidden: passwords, keys and RoMON's secrets would be empty; make one by `romonctl backup --show-sensitive`\n");
	else if (memmem(text, len, EXPORT_END_SHOWN, strlen(EXPORT_END_SHOWN)) == NULL)
		base_text_add(why,
			"it does not end as a file of `romonctl backup` does: it may be cut short, or its sensitive values hidden\n");
	return why->len > 0;
}
