// SPDX-License-Identifier: BSD-3-Clause
// Loading a configuration from text in tests, and comparing all that it is told with what is expected.
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "suite.h"

// Load len bytes of yaml and check that exactly the issues in expected ("F:1:2: key: text\n"…) come of it.
// Returns the conf, or NULL when there were errors.
static inline struct conf *conf_expect_bytes(const char *yaml, size_t len, const char *expected)
{
	static struct conf_issues issues;
	char *copy = malloc(len > 0 ? len : 1); // of exactly its size: ASan sees a read past its end
	char *text = NULL;
	size_t text_len = 0;
	FILE *out = open_memstream(&text, &text_len);

	memcpy(copy, yaml, len);
	struct conf *conf = conf_load_text(copy, len, &issues);
	conf_issues_print(&issues, "F", out);
	fclose(out);
	if (strcmp(text, expected) != 0)
		fprintf(stderr, "--- of:\n%.2000s\n--- expected:\n%s--- got:\n%s---\n", yaml, expected, text);
	CU_ASSERT_STRING_EQUAL(text, expected);
	CU_ASSERT_EQUAL(conf == NULL, issues.n_errors > 0);
	free(text);
	free(copy);
	return conf;
}

static inline struct conf *conf_expect(const char *yaml, const char *expected)
{
	return conf_expect_bytes(yaml, strlen(yaml), expected);
}

// The same when the conf itself does not matter.
static inline void conf_expect_issues(const char *yaml, const char *expected)
{
	conf_free(conf_expect(yaml, expected));
}
