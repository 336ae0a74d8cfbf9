// SPDX-License-Identifier: BSD-3-Clause
// Patterns that people type to find something by its name. Any thread.
#pragma once

#include <stdbool.h>

// Does text fit the pattern? With * (any characters, or none) or ? (one byte) in it, as a whole; else when
// the pattern is any part of it. Letters of ASCII in either case. Takes at most length of pattern times
// length of text steps, whatever they are.
bool base_glob_match(const char *pattern, const char *text);
