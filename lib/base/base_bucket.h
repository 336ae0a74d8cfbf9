// SPDX-License-Identifier: BSD-3-Clause
// Token bucket on any monotonic tick (TSC in workers, nanoseconds in control). One thread owns a bucket.
//
// Tokens are kept as ticks of credit, so a refill is a subtraction and never a division.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct base_bucket {
	uint64_t last_ticks;   // time of the last refill
	uint64_t credit_ticks; // credit in hand; one token costs cost_ticks
};

// What a bucket allows; shared by many buckets, read-only. cost_ticks 0 = no limit.
struct base_bucket_rate {
	uint64_t cost_ticks;  // ticks that one token costs: tick frequency / tokens a second
	uint64_t burst_ticks; // most credit: cost_ticks * burst
};

// rate_pps tokens a second with at most burst at once; rate_pps 0 = no limit.
static inline struct base_bucket_rate base_bucket_rate_make(
	uint64_t ticks_hz, uint64_t rate_pps, uint64_t burst)
{
	struct base_bucket_rate r = {0, 0};

	if (rate_pps > 0) {
		r.cost_ticks = ticks_hz / rate_pps > 0 ? ticks_hz / rate_pps : 1;
		r.burst_ticks = r.cost_ticks * burst;
	}
	return r;
}

// Take up to want tokens at time now; returns how many were had. A zeroed bucket starts full.
static inline uint32_t base_bucket_take(
	struct base_bucket *b, const struct base_bucket_rate *r, uint64_t now_ticks, uint32_t want)
{
	if (r->cost_ticks == 0)
		return want;
	uint64_t credit = b->credit_ticks + (now_ticks - b->last_ticks);
	if (b->last_ticks == 0 || credit > r->burst_ticks)
		credit = r->burst_ticks;
	b->last_ticks = now_ticks;
	uint64_t need = r->cost_ticks * want;
	if (credit >= need) {
		b->credit_ticks = credit - need;
		return want;
	}
	uint32_t had = (uint32_t)(credit / r->cost_ticks);
	b->credit_ticks = credit - had * r->cost_ticks;
	return had;
}

// Take one token, but none of the last half of a full bucket: whoever may take all is never kept waiting by
// those who take so. False: not had.
static inline bool base_bucket_take_upper(
	struct base_bucket *b, const struct base_bucket_rate *r, uint64_t now_ticks)
{
	if (r->cost_ticks == 0)
		return true;
	uint64_t credit = b->credit_ticks + (now_ticks - b->last_ticks);
	if (b->last_ticks == 0 || credit > r->burst_ticks)
		credit = r->burst_ticks;
	b->last_ticks = now_ticks;
	b->credit_ticks = credit;
	if (credit < r->cost_ticks + r->burst_ticks / 2)
		return false;
	b->credit_ticks -= r->cost_ticks;
	return true;
}

// Would a take of one token be had? Takes nothing.
static inline bool base_bucket_has(
	const struct base_bucket *b, const struct base_bucket_rate *r, uint64_t now_ticks)
{
	return r->cost_ticks == 0 || b->last_ticks == 0 ||
	       b->credit_ticks + (now_ticks - b->last_ticks) >= r->cost_ticks;
}
