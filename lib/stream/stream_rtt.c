// SPDX-License-Identifier: BSD-3-Clause
// RFC 6298, section 2. Pure; one thread.
#include "stream_rtt.h"

void stream_rtt_take(struct stream_rtt *r, uint64_t sample_us)
{
	uint32_t s = sample_us > STREAM_RTO_MAX_US ? STREAM_RTO_MAX_US : (uint32_t)sample_us;

	if (s == 0)
		s = 1;
	if (r->smooth_us == 0) {
		r->smooth_us = s;
		r->vary_us = s / 2;
		return;
	}
	uint32_t off = s > r->smooth_us ? s - r->smooth_us : r->smooth_us - s;
	r->vary_us = (3 * r->vary_us + off) / 4;
	r->smooth_us = (7 * r->smooth_us + s) / 8;
	if (r->smooth_us == 0)
		r->smooth_us = 1;
}

uint64_t stream_rtt_timeout(const struct stream_rtt *r)
{
	uint64_t us = STREAM_RTO_FIRST_US;

	if (r->smooth_us > 0) {
		us = (uint64_t)r->smooth_us + 4 * (uint64_t)r->vary_us;
		if (us < STREAM_RTO_MIN_US)
			us = STREAM_RTO_MIN_US;
	}
	for (uint32_t i = 0; i < r->n_backoffs && us < STREAM_RTO_BACKOFF_US; i++)
		us = 2 * us < STREAM_RTO_BACKOFF_US ? 2 * us : STREAM_RTO_BACKOFF_US;
	return us < STREAM_RTO_MAX_US ? us : STREAM_RTO_MAX_US;
}
