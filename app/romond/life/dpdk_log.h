// SPDX-License-Identifier: BSD-3-Clause
// DPDK's own log lines in ours. Left to itself it writes to standard output and to syslog, and waits for
// both.
#pragma once

// Before EAL starts. Lines of DPDK are of type "dpdk", at the level that they have there.
void dpdk_log_start(void);
