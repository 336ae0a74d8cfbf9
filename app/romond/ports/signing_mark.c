// SPDX-License-Identifier: BSD-3-Clause
// One line of text: a decimal number.
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "signing_mark.h"

uint64_t signing_mark_load(const char *dir)
{
	char path[PATH_MAX];
	char text[32];
	char *end;

	int len = snprintf(path, sizeof(path), "%s/" SIGNING_MARK_NAME, dir);
	if (len < 0 || len >= PATH_MAX)
		return 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return 0;
	ssize_t n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0 || text[0] < '0' || text[0] > '9')
		return 0;
	text[n] = '\0';
	errno = 0;
	uint64_t mark = strtoull(text, &end, 10);
	return errno == 0 && end[0] == '\n' && end[1] == '\0' ? mark : 0;
}

void signing_mark_format(uint64_t mark, char text[SIGNING_MARK_TEXT_SIZE])
{
	snprintf(text, SIGNING_MARK_TEXT_SIZE, "%" PRIu64, mark);
}

uint64_t signing_mark_next(uint64_t mark, uint64_t counter)
{
	if (mark > counter && mark - counter >= SIGNING_MARK_AHEAD / 2)
		return mark;
	return counter > UINT64_MAX - SIGNING_MARK_AHEAD ? UINT64_MAX : counter + SIGNING_MARK_AHEAD;
}
