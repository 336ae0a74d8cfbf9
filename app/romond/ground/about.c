// SPDX-License-Identifier: BSD-3-Clause
// What this program says of itself. Control thread.
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>

#include "about.h"

// "0.1.0" as a Version TLV says it.
struct wire_version about_version(void)
{
	char *rest = NULL;
	unsigned long major = strtoul(ROMOND_VERSION, &rest, 10);
	unsigned long minor = *rest == '.' ? strtoul(rest + 1, &rest, 10) : 0;
	unsigned long revision = *rest == '.' ? strtoul(rest + 1, &rest, 10) : 0;

	return (struct wire_version){(uint8_t)major, (uint8_t)minor, 'f', (uint8_t)revision};
}

// What a router has its board's name for: that this is romond, and on what.
const char *about_board(void)
{
	static char board[16 + sizeof(((struct utsname *)0)->machine)];
	struct utsname u;

	if (board[0] == '\0')
		snprintf(board, sizeof(board), "romond %s", uname(&u) == 0 ? u.machine : "");
	return board;
}
