// SPDX-License-Identifier: BSD-3-Clause
// Members by path. Any thread.
#include <string.h>

#include "metrics_json.h"

bool metrics_word_next(const char **at, struct metrics_word *word)
{
	if (*at == NULL)
		return false;
	word->name = *at + strspn(*at, " ");
	size_t len = strcspn(word->name, " ");
	const char *equals = memchr(word->name, '=', len);
	*at = word->name + len;
	word->name_len = equals == NULL ? len : (size_t)(equals - word->name);
	word->path = equals == NULL ? word->name : equals + 1;
	word->path_len = equals == NULL ? len : len - word->name_len - 1;
	return len > 0;
}

json_t *metrics_json_at(const json_t *object, const char *path, size_t len)
{
	const char *dot = memchr(path, '.', len);
	size_t n = dot == NULL ? len : (size_t)(dot - path);
	json_t *value = json_object_getn(object, path, n);

	return dot == NULL ? value : metrics_json_at(value, dot + 1, len - n - 1);
}
