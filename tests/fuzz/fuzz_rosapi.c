// SPDX-License-Identifier: BSD-3-Clause
// Any bytes as what a client of the RouterOS API sends, cut in two at any place: the pieces are read as the
// whole is, nothing is read past the end, and what was read is written again as the same words. Queries that
// pass the check are matched.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rosapi_query.h"
#include "rosapi_request.h"
#include "rosapi_write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct rosapi_limits limits = {32, 200, 2000};

static void must(bool holds)
{
	if (!holds)
		abort();
}

// Each property whose name begins with a letter is there, and its name is its value.
static const char *value_of(const void *row, const char *name)
{
	(void)row;
	return name[0] >= 'a' && name[0] <= 'z' ? name : NULL;
}

// In memory of its own, so that the sanitizers see its end; NULL only for nothing.
static uint8_t *copy(const uint8_t *data, size_t size)
{
	uint8_t *bytes = malloc(size + (size == 0));

	must(bytes != NULL);
	memcpy(bytes, data, size);
	return bytes;
}

static void write_again(const struct rosapi_sentence *s)
{
	static uint8_t out[4096];
	static struct rosapi_sentence again;
	struct rosapi_reader r = {0};
	struct rosapi_writer w = {.bytes = out, .size = sizeof(out)};

	for (uint32_t i = 0; i < s->n; i++) {
		if (strlen(s->words[i]) != s->lens[i])
			return;
		rosapi_write_word(&w, s->words[i]);
	}
	must(rosapi_write_end(&w));
	must(rosapi_read(&r, &limits, out, w.len, &again) == (int)w.len && again.n == s->n);
	for (uint32_t i = 0; i < s->n; i++)
		must(again.lens[i] == s->lens[i] && strcmp(again.words[i], s->words[i]) == 0);
}

static void request_judge(struct rosapi_sentence *s)
{
	static struct rosapi_request request;
	const char *bad;

	if (s->n == 0 || rosapi_request_parse(s, &request, &bad) != 0)
		return;
	must(request.n_args + request.n_queries < s->n);
	if (rosapi_query_check(request.queries, request.n_queries, &bad) == 0)
		rosapi_query_match(request.queries, request.n_queries, value_of, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rosapi_sentence whole, pieces;

	if (size == 0)
		return 0;
	size_t cut = data[0] % size; // 0 to all but one of those that follow
	data++;
	size--;
	while (size > 0) {
		struct rosapi_reader r = {0}, s = {0};
		uint8_t *bytes = copy(data, size), *again = copy(data, size);
		int rc = rosapi_read(&r, &limits, bytes, size, &whole);
		int early = rosapi_read(&s, &limits, again, cut < size ? cut : size, &pieces);
		int late = early == -EAGAIN ? rosapi_read(&s, &limits, again, size, &pieces) : early;

		must(late == rc && rc <= (int)size);
		if (rc > 0) {
			must(whole.n == pieces.n);
			write_again(&whole);
			request_judge(&whole);
			data += rc;
			size -= (size_t)rc;
		}
		free(bytes);
		free(again);
		if (rc < 0)
			break;
	}
	return 0;
}
