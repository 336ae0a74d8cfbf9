// SPDX-License-Identifier: BSD-3-Clause
// What the other ports, and what came since, say of a cause: is it over, and does it matter? Control thread,
// under app_lock().
#pragma once

#include "why.h"

// Sets of states.
#define WHY_STATE(state) (1u << (state))
#define WHY_NOT_UP       (WHY_STATE(PORT_STATE_DOWN) | WHY_STATE(PORT_STATE_ABSENT))
#define WHY_CONFIGURED   (~WHY_STATE(PORT_STATE_DISABLED))

// The other ports of the same kind (of a relay port: of its group) in one of these states, as a set of slots.
uint64_t why_others(const struct why_port *p, uint32_t states);

// One port alone has nobody to pass Discovers on to: that is how it should be.
bool why_no_egress_matters(const struct why_port *p);

// What frames were dropped for is over: what a port to leave by lacked is there again, in all or in one of
// them; it lasted for a moment only; or the sender was taken up since.
bool why_is_all_up(const struct why_port *p, enum dp_reason reason);
bool why_is_any_up(const struct why_port *p, enum dp_reason reason);
bool why_is_brief(const struct why_port *p, enum dp_reason reason);
bool why_is_synced(const struct why_port *p, enum dp_reason reason);
