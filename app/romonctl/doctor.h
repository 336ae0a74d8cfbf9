// SPDX-License-Identifier: BSD-3-Clause
// What `romonctl doctor` looks at. Each look adds rows: {"level": "ok" | "warn" | "fail", "what", "text",
// "mend" (text or null)}. Main thread; reads files and asks the kernel, changes nothing.
#pragma once

#include <jansson.h>

#include "api_client.h"
#include "conf.h"

struct doctor {
	json_t *rows;
	struct conf *conf; // NULL = none could be read
	json_t *status;    // romond's answers; NULL = it is not there
	json_t *ports;
	json_t *workers;
	bool has_failed;
};

#define DOCTOR_OK   "ok"
#define DOCTOR_WARN "warn"
#define DOCTOR_FAIL "fail"

// mend: what to do, NULL with DOCTOR_OK. The text follows printf().
void doctor_add(struct doctor *d, const char *level, const char *what, const char *mend, const char *fmt, ...)
	BASE_PRINTF(5, 6);

// Memory, hugepages, control groups, CPUs of workers (doctor_host.c). pid: of romond, 0 = not known.
void doctor_host(struct doctor *d, pid_t pid);

// Devices of the configuration (doctor_link.c).
void doctor_links(struct doctor *d);

// A running romond: what it says of itself, and what its process may do (doctor_daemon.c). pid 0 = not known.
void doctor_daemon(struct doctor *d, pid_t pid);

// What the file says of secrets, as one row at most (doctor_daemon.c).
void doctor_secrets(struct doctor *d);
