// SPDX-License-Identifier: BSD-3-Clause
// A slow reading of docs/protocol.md section 7 by OpenSSL, to hold lib/auth against. Tests and fuzz targets
// only.
#pragma once

#include <stdint.h>

#include "auth_scheme.h"

#define AUTH_REF_FRAME_MAX 4096

// The digest of a frame under a secret. eth: the Ethernet header, of which 12 bytes are read; romon: len
// bytes, at most AUTH_REF_FRAME_MAX. One thread.
void auth_ref_digest(const struct auth_scheme *s, const uint8_t *eth, const uint8_t *romon, uint32_t len,
	const char *secret, uint8_t out[16]);
