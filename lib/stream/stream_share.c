// SPDX-License-Identifier: BSD-3-Clause
// Shares of ports and askers. Pure; one thread.
#include "stream_share.h"

#include <assert.h>

static struct stream_share_asker *asker_of(struct stream_share *s, uint8_t slot, uint64_t id)
{
	struct stream_share_asker *stillest = &s->askers[slot][0];

	for (uint32_t i = 0; i < STREAM_SHARE_ASKERS; i++) {
		struct stream_share_asker *a = &s->askers[slot][i];

		if (a->id == id)
			return a;
		if (a->last_ms < stillest->last_ms)
			stillest = a;
	}
	*stillest = (struct stream_share_asker){.id = id};
	return stillest;
}

bool stream_share_take(struct stream_share *s, const struct stream_share_rate *rate, uint8_t slot,
	uint64_t asker, uint64_t now_ms)
{
	struct base_bucket_rate port_rate = base_bucket_rate_make(1000000, rate->port_s, rate->port_s);
	struct base_bucket_rate asker_rate = base_bucket_rate_make(1000000, rate->asker_s, rate->asker_s);

	assert(slot < STREAM_SHARE_PORTS);
	struct stream_share_asker *a = asker_of(s, slot, asker);
	a->last_ms = now_ms;
	return base_bucket_take(&a->bucket, &asker_rate, now_ms * 1000, 1) == 1 &&
	       base_bucket_take(&s->ports[slot], &port_rate, now_ms * 1000, 1) == 1;
}
