// SPDX-License-Identifier: BSD-3-Clause
// Patterns that people type to find something by its name. Any thread.
#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "base_glob.h"

static bool is_same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static bool is_part(const char *part, const char *text)
{
	size_t len = strlen(part);

	for (; *text != '\0'; text++) {
		if (strncasecmp(text, part, len) == 0)
			return true;
	}
	return len == 0;
}

bool base_glob_match(const char *pattern, const char *text)
{
	const char *star =
		NULL; // the last * that was passed: only it ever takes more, so that work is bounded
	const char *taken = NULL;

	if (strpbrk(pattern, "*?") == NULL)
		return is_part(pattern, text);
	while (*text != '\0') {
		if (*pattern == '*') {
			star = pattern++;
			taken = text;
		} else if (*pattern == '?' || (*pattern != '\0' && is_same(*pattern, *text))) {
			pattern++;
			text++;
		} else if (star != NULL) {
			pattern = star + 1;
			text = ++taken;
		} else {
			return false;
		}
	}
	return pattern[strspn(pattern, "*")] == '\0';
}
