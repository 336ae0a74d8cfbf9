// SPDX-License-Identifier: BSD-3-Clause
// Names of what stands in a frame. Any thread.
#include <stddef.h>
#include <stdio.h>

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

// What stands between minor and revision; NULL for a byte that means nothing known.
static const char *stage_text(uint8_t stage)
{
	switch (stage) {
	case 'a':
		return "alpha";
	case 'b':
		return "beta";
	case 'c':
		return "rc";
	case 'f':
		return ".";
	}
	return NULL;
}

char *wire_version_format(const struct wire_version *v, char out[WIRE_VERSION_TEXT_LEN])
{
	const char *stage = stage_text(v->stage);

	if (v->major == 0 && v->minor == 0 && v->stage == 0 && v->revision == 0)
		out[0] = '\0';
	else if (stage == NULL)
		snprintf(out, WIRE_VERSION_TEXT_LEN, "%u.%u-0x%02x.%u", v->major, v->minor, v->stage,
			v->revision);
	else if (v->stage == 'f' && v->revision == 0)
		snprintf(out, WIRE_VERSION_TEXT_LEN, "%u.%u", v->major, v->minor);
	else
		snprintf(out, WIRE_VERSION_TEXT_LEN, "%u.%u%s%u", v->major, v->minor, stage, v->revision);
	return out;
}
