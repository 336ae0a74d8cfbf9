// SPDX-License-Identifier: BSD-3-Clause
// romon-gw user add NAME --group GROUP | passwd NAME | remove NAME | list: the file of users, from a
// terminal.
#pragma once

// Exit status: 0, 1 with a sentence on standard error, 2 for words that are none of the above. The password
// comes from standard input, never from arguments, which everybody on the machine can read; argv begins
// behind "user".
int gw_users_cmd(const char *path, int argc, char **argv);
