// SPDX-License-Identifier: BSD-3-Clause
// What a router answers to `/export` and other commands: is it whole, is it an error, did anything change?
// Pure. All of it is hostile text.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base_text.h"

#define EXPORT_NONCE_LEN 16

// Take colours and carriage returns out of text, in place: the new length. -EILSEQ: there are other control
// characters in it, which no export has.
BASE_MUST_USE ssize_t export_clean(char *text, size_t len);

// The text up to a last line "end-NONCE": its length, or -ENODATA: there is none, so it was cut short.
BASE_MUST_USE ssize_t export_whole(const char *text, size_t len, const char *nonce);

// The first line of a clean text that says that something failed, or that a person is asked something; false:
// there is none. Comments and lines that go on another one are no such lines, but for errors that RouterOS
// writes as a comment.
bool export_has_error(const char *text, size_t len, struct base_text *why);

// Whether it begins as an export does: "# 2026-11-30 12:00:00 by RouterOS 7.13".
bool export_has_head(const char *text, size_t len);

// What stays the same from one export of an unchanged router to the next, for a compare: no dates, states,
// wraps, trailing blanks. out has room for len + 1 bytes. Returns the length.
size_t export_normal(const char *text, size_t len, char *out);

// The line that ends a file of romonctl's.
#define EXPORT_END_HIDDEN "# end of export, by romonctl backup; sensitive values are hidden\n"
#define EXPORT_END_SHOWN  "# end of export, by romonctl backup; sensitive values are shown\n"

// Why a file must not be imported over RoMON without --force: a sentence a line. False: nothing speaks
// against it.
bool export_is_risky(const char *text, size_t len, struct base_text *why);
