// SPDX-License-Identifier: BSD-3-Clause
// Requests of the RouterOS API. Any thread.
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "rosapi_request.h"

static const char tag_word[] = ".tag=";

// "=name=value", without the first =, becomes two texts.
static struct rosapi_arg arg_cut(char *word)
{
	char *value = strchr(word, '=');

	if (value == NULL)
		return (struct rosapi_arg){.name = word, .value = ""};
	*value = '\0';
	return (struct rosapi_arg){.name = word, .value = value + 1};
}

static bool word_sort(char *word, struct rosapi_request *out)
{
	if (word[0] == '?') {
		out->queries[out->n_queries++] = word + 1;
		return true;
	}
	if (word[0] == '=' && word[1] != '\0' && word[1] != '=') {
		out->args[out->n_args++] = arg_cut(word + 1);
		return true;
	}
	if (strncmp(word, tag_word, sizeof(tag_word) - 1) == 0) {
		const char *tag = word + sizeof(tag_word) - 1;

		out->tag = tag[0] == '\0' ? NULL : tag;
		return true;
	}
	return false;
}

int rosapi_request_parse(struct rosapi_sentence *sentence, struct rosapi_request *out, const char **bad)
{
	out->command = sentence->words[0];
	out->tag = NULL;
	out->n_args = 0;
	out->n_queries = 0;
	*bad = strlen(out->command) == sentence->lens[0] ? NULL : out->command;
	for (uint32_t i = 1; i < sentence->n; i++) {
		bool is_text = strlen(sentence->words[i]) == sentence->lens[i];

		if ((!is_text || !word_sort(sentence->words[i], out)) && *bad == NULL)
			*bad = sentence->words[i];
	}
	return *bad == NULL ? 0 : -EINVAL;
}

const char *rosapi_request_arg(const struct rosapi_request *r, const char *name)
{
	for (uint32_t i = r->n_args; i > 0; i--) {
		if (strcmp(r->args[i - 1].name, name) == 0)
			return r->args[i - 1].value;
	}
	return NULL;
}
