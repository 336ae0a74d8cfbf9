// SPDX-License-Identifier: BSD-3-Clause
// Runs lib/wire and the reference parser on one frame and compares all that they say. Tests and fuzz
// targets only.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "wire_verdict.h"

#define REF_WHY_LEN 160

// Both parsers give one verdict, and with WIRE_OK the same value in every field: true, and the verdict in
// *verdict. Else false, and why says what differs. The caller's buffer should end where the frame ends, so
// that a sanitizer sees a read past it.
bool ref_check_frame(const uint8_t *frame, uint32_t len, enum wire_verdict *verdict, char why[REF_WHY_LEN]);

// The same on a heap copy of exactly len bytes. A difference is printed to stderr with the frame in hex.
bool ref_check_copy(const uint8_t *frame, uint32_t len, enum wire_verdict *verdict);
