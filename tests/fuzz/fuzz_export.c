// SPDX-License-Identifier: BSD-3-Clause
// Any bytes as what a router answers to romonctl backup, and as its identity: nothing is read beyond them,
// nothing grows, and no name of a file leaves its folder.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bulk_store.h"
#include "export_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void judge(char *text, size_t size)
{
	char buf[400];
	struct base_text why;

	ssize_t len = export_clean(text, size);
	if (len < 0)
		return;
	base_text_init(&why, buf, sizeof(buf));
	if ((size_t)len > size || export_whole(text, (size_t)len, "0123456789abcdef") > len ||
		(export_has_error(text, (size_t)len, &why) && why.len == 0))
		abort();
	(void)export_has_head(text, (size_t)len);
	base_text_init(&why, buf, sizeof(buf));
	(void)export_is_risky(text, (size_t)len, &why);
	char *normal = malloc((size_t)len + 1);
	if (normal == NULL || export_normal(text, (size_t)len, normal) > (size_t)len + 1)
		abort();
	free(normal);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char stem[BULK_NAME_SIZE];
	char *text = malloc(size + 1);
	char *exact = malloc(size); // without room behind it, so that the sanitizers see its end

	if (text == NULL || (exact == NULL && size > 0))
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	bulk_store_stem(stem, text, "02:00:00:00:01:05");
	if (strchr(stem, '/') != NULL || stem[0] == '.' || stem[0] == '-')
		abort();
	if (size > 0) {
		memcpy(exact, data, size);
		judge(exact, size);
	}
	free(exact);
	free(text);
	return 0;
}
