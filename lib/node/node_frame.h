// SPDX-License-Identifier: BSD-3-Clause
// A frame as a worker hands it up, from the Ethernet header on. Part of lib/node. Any thread.
#pragma once

#include "wire_parse.h"

// Its RoMON header, taken apart into f; NULL: it is no valid RoMON frame.
BASE_MUST_USE static inline const uint8_t *node_frame_parse(
	const uint8_t *bytes, uint32_t len, struct wire_frame *f)
{
	struct wire_l2 l2;

	if (wire_l2_parse(bytes, len, &l2) != WIRE_OK ||
		wire_frame_parse(bytes + l2.romon_off, len - l2.romon_off, f) != WIRE_OK)
		return NULL;
	return bytes + l2.romon_off;
}
