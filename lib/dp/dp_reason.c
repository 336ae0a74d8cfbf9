// SPDX-License-Identifier: BSD-3-Clause
// Names and explanations of drop reasons. Any thread.
#include "dp_reason.h"

const char *dp_reason_name(enum dp_reason reason)
{
	static const char *const names[DP_N_REASONS] = {[DP_DROP_NONE] = "none",
#define X(id, name, help) [DP_DROP_##id] = name,
		DP_DROP_REASONS(X)
#undef X
	};

	return names[reason];
}

const char *dp_reason_help(enum dp_reason reason)
{
	static const char *const helps[DP_N_REASONS] = {[DP_DROP_NONE] = "",
#define X(id, name, help) [DP_DROP_##id] = help,
		DP_DROP_REASONS(X)
#undef X
	};

	return helps[reason];
}
