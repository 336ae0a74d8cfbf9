// SPDX-License-Identifier: BSD-3-Clause
// DPDK telemetry. Its callbacks run in threads of DPDK's; app_lock() keeps them from control's data while
// control works on it.
#include "telemetry.h"

int telemetry_start(struct app *app)
{
	(void)app;
	return 0;
}

void telemetry_stop(struct app *app)
{
	(void)app;
}
