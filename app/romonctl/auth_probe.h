// SPDX-License-Identifier: BSD-3-Clause
// Which scheme (auth_scheme.h) makes the digests of captured frames from a known secret? Goes through all of
// them. Main thread; no output, no files.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auth_scheme.h"

#define AUTH_PROBE_BYTES_MAX (64u << 20) // of signed frames that are kept; what comes later is counted only

enum auth_probe_kind {
	AUTH_PROBE_INVALID,
	AUTH_PROBE_OTHER,    // not RoMON
	AUTH_PROBE_UNSIGNED, // 24 zero bytes
	AUTH_PROBE_SIGNED,
	AUTH_PROBE_BROKEN, // RoMON, but cut short or with a length field that is wrong
	AUTH_PROBE_FULL,   // signed, and not kept any more
	AUTH_PROBE_N_KINDS,
};

// A scheme under which frames are good.
struct auth_probe_fit {
	struct auth_scheme scheme; // with the counter that grows from frame to frame, or none
	uint64_t n_frames;         // that fit
	uint64_t n_steps;          // from frame to next frame of a sender: what the counter was looked for in
	uint64_t n_back;           // of those, steps in which it did not grow
	uint64_t set;              // which frames, as a hash: equal for schemes that fit the same ones
	uint32_t idx;              // of auth_scheme_at()
};

struct auth_probe;

// Told now and then how much of the work is done, 0 to 1000.
typedef void (*auth_probe_progress_fn)(void *ctx, unsigned per_mille);

// secret: 1 to AUTH_SECRET_LEN_MAX bytes, copied. Does not fail: the program ends without memory.
struct auth_probe *auth_probe_create(const void *secret, size_t len);
void auth_probe_destroy(struct auth_probe *p); // wipes the secret; accepts NULL

// Take a captured packet, from its Ethernet header on. Signed ones are kept.
enum auth_probe_kind auth_probe_add(struct auth_probe *p, const uint8_t *bytes, uint32_t captured);

uint64_t auth_probe_count(const struct auth_probe *p, enum auth_probe_kind kind);

// Try them all. Fits of the most frames come first; of those that fit the same frames, the plainest one.
// progress may be NULL.
void auth_probe_run(struct auth_probe *p, auth_probe_progress_fn progress, void *ctx);
const struct auth_probe_fit *auth_probe_fits(const struct auth_probe *p, size_t *n);

// Signed frames that fit no scheme.
uint64_t auth_probe_n_unexplained(const struct auth_probe *p);
