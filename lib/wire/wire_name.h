// SPDX-License-Identifier: BSD-3-Clause
// Names of what stands in a frame, for people. Any thread.
#pragma once

#include <stdint.h>

#include "wire_frame.h"

#define WIRE_VERSION_TEXT_LEN 24

// "Discover", "DiscoverResp", "Data", "SeqErr", "Hello"; "unknown" for anything else.
const char *wire_type_name(uint8_t type);

// "ping", "ssh", "winbox"; NULL for a port without a name.
const char *wire_service_name(uint16_t port);

// "7.13", "7.13.2", "7.14beta3", "7.14rc1"; "" when all bytes are 0. Writes into out and returns it.
char *wire_version_format(const struct wire_version *v, char out[WIRE_VERSION_TEXT_LEN]);
