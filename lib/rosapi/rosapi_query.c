// SPDX-License-Identifier: BSD-3-Clause
// Queries of the RouterOS API. Any thread.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rosapi_query.h"

#define STACK_MAX (2 * ROSAPI_WORDS_MAX)

struct stack {
	uint32_t n;
	bool values[STACK_MAX];
};

static bool push(struct stack *s, bool value)
{
	if (s->n == STACK_MAX)
		return false;
	s->values[s->n++] = value;
	return true;
}

static bool pop(struct stack *s)
{
	return s->n == 0 ? true : s->values[--s->n];
}

static bool at_index(const struct stack *s, uint64_t index)
{
	return index >= s->n ? true : s->values[s->n - 1 - index];
}

// Digits at *ops, which is moved behind them, and what stands there.
static bool index_apply(struct stack *s, const char **ops)
{
	char *end;
	uint64_t index = strtoull(*ops, &end, 10); // too many digits: far below all that was pushed
	bool value = at_index(s, index);

	*ops = end;
	if (*end == '\0') {
		s->n = 0;
		return push(s, value);
	}
	if (*end == '.')
		*ops = end + 1;
	return push(s, value);
}

static bool operations_apply(struct stack *s, const char *ops)
{
	while (*ops != '\0') {
		bool is_room = true;

		if (*ops >= '0' && *ops <= '9') {
			if (!index_apply(s, &ops))
				return false;
			continue;
		}
		if (*ops == '!') {
			is_room = push(s, !pop(s));
		} else if (*ops == '.') {
			is_room = push(s, at_index(s, 0));
		} else if (*ops == '&' || *ops == '|') {
			bool a = pop(s), b = pop(s);

			is_room = push(s, *ops == '&' ? a && b : a || b);
		} else {
			return false;
		}
		if (!is_room)
			return false;
		ops++;
	}
	return true;
}

// yes and true are one value, and no and false: clients send either.
static const char *truth(const char *text)
{
	if (strcmp(text, "yes") == 0)
		return "true";
	return strcmp(text, "no") == 0 ? "false" : text;
}

// Less than 0, 0, more than 0.
static int values_compare(const char *a, const char *b)
{
	char *end_a, *end_b;
	int64_t x = strtoll(a, &end_a, 10), y = strtoll(b, &end_b, 10);

	if (end_a != a && *end_a == '\0' && end_b != b && *end_b == '\0')
		return (x > y) - (x < y);
	return strcmp(truth(a), truth(b));
}

struct name {
	char text[64]; // names of properties are far shorter; a longer one is nobody's
};

// The name before the = of a query, and the text behind it: NULL = there is no =.
static const char *name_cut(const char *query, struct name *name)
{
	const char *eq = strchr(query, '=');
	size_t len = eq == NULL ? strlen(query) : (size_t)(eq - query);

	if (len >= sizeof(name->text))
		len = 0;
	memcpy(name->text, query, len);
	name->text[len] = '\0';
	return eq == NULL ? NULL : eq + 1;
}

static bool query_holds(const char *query, rosapi_value_fn value_of, const void *row)
{
	char kind =
		query[0] == '<' || query[0] == '>' || query[0] == '-' || query[0] == '=' ? query[0] : '\0';
	struct name name;
	const char *wanted = name_cut(kind == '\0' ? query : query + 1, &name);
	const char *value = value_of(row, name.text);

	if (kind == '-')
		return value == NULL;
	if (wanted == NULL || value == NULL)
		return value != NULL;
	int order = values_compare(value, wanted);
	return kind == '<' ? order < 0 : kind == '>' ? order > 0 : order == 0;
}

static bool query_apply(struct stack *s, const char *query, rosapi_value_fn value_of, const void *row)
{
	if (query[0] == '#')
		return operations_apply(s, query + 1);
	return push(s, query_holds(query, value_of, row));
}

static const char *nothing_of(const void *row, const char *name)
{
	(void)row;
	(void)name;
	return NULL;
}

int rosapi_query_check(const char *const *queries, uint32_t n, const char **bad)
{
	struct stack s = {.n = 0};

	for (uint32_t i = 0; i < n; i++) {
		if (query_apply(&s, queries[i], nothing_of, NULL))
			continue;
		*bad = queries[i];
		return -EINVAL;
	}
	return 0;
}

bool rosapi_query_match(const char *const *queries, uint32_t n, rosapi_value_fn value_of, const void *row)
{
	struct stack s = {.n = 0};

	for (uint32_t i = 0; i < n; i++) {
		if (!query_apply(&s, queries[i], value_of, row))
			return false;
	}
	for (uint32_t i = 0; i < s.n; i++) {
		if (!s.values[i])
			return false;
	}
	return true;
}
