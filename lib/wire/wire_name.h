// SPDX-License-Identifier: BSD-3-Clause
// Names of what stands in a frame, for people. Any thread.
#pragma once

#include <stdint.h>

// "Discover", "DiscoverResp", "Data", "SeqErr", "Hello"; "unknown" for anything else.
const char *wire_type_name(uint8_t type);

// "ping", "ssh", "winbox"; NULL for a port without a name.
const char *wire_service_name(uint16_t port);
