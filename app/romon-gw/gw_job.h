// SPDX-License-Identifier: BSD-3-Clause
// Requests of the binary API that go on while others are answered: listen, monitor, ping, discover. They end
// by /cancel, by themselves, or with the connection. The thread of the session.
#pragma once

#include "gw_reply.h"
#include "gw_shared.h"
#include "rosapi_request.h"

#define GW_JOBS_MAX 16 // of one client

struct gw_job; // one of them

// What a kind of job does. ctx is its own.
struct gw_job_kind {
	// Tell what there is to tell; without waiting. True: it is over, and has said !done.
	bool (*run)(void *ctx, struct gw_job *job, struct gw_reply *r);
	void (*free)(void *ctx);
};

struct gw_job {
	const struct gw_job_kind *kind;
	void *ctx;
	int fd;           // readable: run it; -1 = none
	uint64_t next_ms; // of base_mono_ms(): run it then; UINT64_MAX = never
	char *tag;        // NULL = none
	char *proplist;   // NULL = all
};

struct gw_jobs {
	uint32_t n;
	struct gw_job list[GW_JOBS_MAX];
};

// Begin one for the request; takes ctx. False: *r was told why not.
bool gw_jobs_add(struct gw_jobs *jobs, struct gw_reply *r, const struct rosapi_request *q,
	const struct gw_job_kind *kind, void *ctx, int fd, uint64_t next_ms);

// Run those that are ready.
void gw_jobs_run(struct gw_jobs *jobs, struct gw_reply *r);

// Answer /cancel: those of the tag, or all.
void gw_jobs_cancel(struct gw_jobs *jobs, struct gw_reply *r, const struct rosapi_request *q);

// Milliseconds until one wants to run; -1 = none by time.
int gw_jobs_wait_ms(const struct gw_jobs *jobs);

void gw_jobs_fini(struct gw_jobs *jobs);
