// SPDX-License-Identifier: BSD-3-Clause
// A password for ssh that stands on no command line, in no environment and in no file: romonctl keeps it in
// memory, and ssh calls romonctl to get it (SSH_ASKPASS). Main thread.
#pragma once

#include <stdbool.h>

#include "base_err.h"

// Ask for it on the terminal: a descriptor of a file in memory that holds it; -errno, said.
BASE_MUST_USE int askpass_read(void);

// In a child, before ssh takes its place. fd -1: ssh asks nobody.
void askpass_env_set(int fd);

// Whether ssh called this program for a password; it is written then, and *code is the exit code.
bool askpass_is_asked(int argc, char **argv, int *code);
