// SPDX-License-Identifier: BSD-3-Clause
// Pings under way and their statistics. Pure; one thread.
#include "stream_ping.h"

#include <math.h>
#include <string.h>

#include "base_be.h"

#define NS_PER_MS 1000000u

static uint64_t *waiting(struct stream_ping *p, uint32_t seq)
{
	return &p->sent_ns[seq % STREAM_PING_WAITING_MAX];
}

void stream_ping_init(struct stream_ping *p, const struct stream_ping_cfg *cfg, uint64_t now_ns)
{
	memset(p, 0, sizeof(*p));
	p->cfg = *cfg;
	p->next_ns = now_ns;
}

bool stream_ping_is_due(const struct stream_ping *p, uint64_t now_ns)
{
	return (p->cfg.count == 0 || p->sent < p->cfg.count) && now_ns >= p->next_ns &&
	       p->sent - p->oldest < STREAM_PING_WAITING_MAX;
}

uint32_t stream_ping_send(struct stream_ping *p, uint8_t *out, uint64_t now_ns)
{
	uint64_t interval_ns = (uint64_t)p->cfg.interval_ms * NS_PER_MS;
	uint32_t seq = p->sent++;

	memset(out, 0, p->cfg.size);
	base_be32_store(out, seq);
	*waiting(p, seq) = now_ns > 0 ? now_ns : 1;
	// the schedule does not drift; but what was missed is not caught up in a burst
	p->next_ns += interval_ns;
	if (p->next_ns + interval_ns < now_ns)
		p->next_ns = now_ns + interval_ns;
	return seq;
}

// Sequence numbers that nobody waits for any more leave the window.
static void window_move(struct stream_ping *p)
{
	while (p->oldest != p->sent && *waiting(p, p->oldest) == 0)
		p->oldest++;
}

bool stream_ping_take(struct stream_ping *p, const uint8_t *payload, uint32_t len, uint64_t at_ns,
	struct stream_ping_result *out)
{
	if (len != p->cfg.size)
		return false;
	uint32_t seq = base_be32_load(payload);
	if (seq - p->oldest >= p->sent - p->oldest || *waiting(p, seq) == 0)
		return false;
	uint64_t sent_ns = *waiting(p, seq);
	uint64_t rtt_ns = at_ns > sent_ns ? at_ns - sent_ns : 0;
	if (rtt_ns > (uint64_t)p->cfg.timeout_ms * NS_PER_MS)
		return false; // stream_ping_expire() counts it
	*waiting(p, seq) = 0;
	window_move(p);
	p->received++;
	if (p->received == 1 || rtt_ns < p->min_ns)
		p->min_ns = rtt_ns;
	if (rtt_ns > p->max_ns)
		p->max_ns = rtt_ns;
	double delta = (double)rtt_ns - p->mean_ns;
	p->mean_ns += delta / p->received;
	p->square_ns += delta * ((double)rtt_ns - p->mean_ns);
	*out = (struct stream_ping_result){.seq = seq, .rtt_ns = rtt_ns};
	return true;
}

bool stream_ping_expire(struct stream_ping *p, uint64_t now_ns, struct stream_ping_result *out)
{
	window_move(p);
	if (p->oldest == p->sent || now_ns - *waiting(p, p->oldest) < (uint64_t)p->cfg.timeout_ms * NS_PER_MS)
		return false;
	*out = (struct stream_ping_result){.seq = p->oldest, .is_timeout = true};
	*waiting(p, p->oldest) = 0;
	p->lost++;
	window_move(p);
	return true;
}

bool stream_ping_is_done(const struct stream_ping *p)
{
	return p->cfg.count != 0 && p->sent == p->cfg.count && p->received + p->lost == p->sent;
}

uint64_t stream_ping_avg_ns(const struct stream_ping *p)
{
	return (uint64_t)p->mean_ns;
}

uint64_t stream_ping_stddev_ns(const struct stream_ping *p)
{
	return p->received == 0 ? 0 : (uint64_t)sqrt(p->square_ns / p->received);
}
