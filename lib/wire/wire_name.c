// SPDX-License-Identifier: BSD-3-Clause
// Names of what stands in a frame. Any thread.
#include <stddef.h>

#include "base_err.h"
#include "wire_frame.h"
#include "wire_name.h"
#include "wire_verdict.h"

const char *wire_type_name(uint8_t type)
{
	static const char *const names[WIRE_N_TYPES] = {
		[WIRE_TYPE_INVALID] = "unknown",
		[WIRE_TYPE_DISCOVER] = "Discover",
		[WIRE_TYPE_DISCOVER_RESP] = "DiscoverResp",
		[WIRE_TYPE_DATA] = "Data",
		[WIRE_TYPE_SEQ_ERR] = "SeqErr",
		[WIRE_TYPE_HELLO] = "Hello",
	};

	return names[type < WIRE_N_TYPES ? type : WIRE_TYPE_INVALID];
}

const char *wire_service_name(uint16_t port)
{
	switch (port) {
	case WIRE_SERVICE_PING:
		return "ping";
	case WIRE_SERVICE_SSH:
		return "ssh";
	case WIRE_SERVICE_WINBOX:
		return "winbox";
	}
	return NULL;
}

const char *wire_verdict_name(enum wire_verdict verdict)
{
	static const char *const names[WIRE_N_VERDICTS] = {[WIRE_OK] = "ok",
#define X(id, name, help) [WIRE_##id] = name,
		WIRE_VERDICTS(X)
#undef X
	};

	return names[verdict];
}
