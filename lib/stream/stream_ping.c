// SPDX-License-Identifier: BSD-3-Clause
// Pings under way and their statistics. Pure; one thread.
#include "stream_ping.h"

#include <math.h>
#include <string.h>

#include "base_be.h"

#define NS_PER_MS 1000000u

static struct stream_ping_waiting *waiting(struct stream_ping *p, uint32_t seq)
{
	return &p->waiting[seq % STREAM_PING_WAITING_MAX];
}

// Bytes of the token that a ping has room for.
static uint32_t token_len(const struct stream_ping *p)
{
	uint32_t room = p->cfg.size - STREAM_PING_SIZE_MIN;

	return room < STREAM_PING_TOKEN_LEN ? room : STREAM_PING_TOKEN_LEN;
}

// What the sequence number 0 is on the wire.
static uint32_t wire_first(const struct stream_ping *p)
{
	return token_len(p) < STREAM_PING_TOKEN_LEN ? p->cfg.first_wire : 0;
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

uint32_t stream_ping_send(
	struct stream_ping *p, uint8_t *out, const uint8_t *token, uint64_t way, uint64_t now_ns)
{
	uint64_t interval_ns = (uint64_t)p->cfg.interval_ms * NS_PER_MS;
	uint32_t seq = p->sent++;

	memset(out, 0, p->cfg.size);
	base_be32_store(out, wire_first(p) + seq);
	memcpy(out + STREAM_PING_SIZE_MIN, token, token_len(p));
	struct stream_ping_waiting *w = waiting(p, seq);
	w->sent_ns = now_ns > 0 ? now_ns : 1;
	w->way = way;
	memcpy(w->token, token, sizeof(w->token));
	// the schedule does not drift; but what was missed is not caught up in a burst
	p->next_ns += interval_ns;
	if (p->next_ns + interval_ns < now_ns)
		p->next_ns = now_ns + interval_ns;
	return seq;
}

// Sequence numbers that nobody waits for any more leave the window.
static void window_move(struct stream_ping *p)
{
	while (p->oldest != p->sent && waiting(p, p->oldest)->sent_ns == 0)
		p->oldest++;
}

void stream_ping_unsent(struct stream_ping *p, uint32_t seq)
{
	waiting(p, seq)->sent_ns = 0;
	p->lost++;
	window_move(p);
}

enum stream_ping_verdict stream_ping_take(struct stream_ping *p, const uint8_t *payload, uint32_t len,
	uint64_t way, uint64_t at_ns, struct stream_ping_result *out)
{
	if (len != p->cfg.size)
		return STREAM_PING_UNASKED;
	uint32_t seq = base_be32_load(payload) - wire_first(p);
	if (seq >= p->sent)
		return STREAM_PING_UNASKED;
	struct stream_ping_waiting *w = waiting(p, seq);
	if (seq - p->oldest >= p->sent - p->oldest || w->sent_ns == 0)
		return STREAM_PING_LATE;
	if (w->way != way)
		return STREAM_PING_WAY;
	if (memcmp(w->token, payload + STREAM_PING_SIZE_MIN, token_len(p)) != 0)
		return STREAM_PING_TOKEN;
	uint64_t rtt_ns = at_ns > w->sent_ns ? at_ns - w->sent_ns : 0;
	if (rtt_ns > (uint64_t)p->cfg.timeout_ms * NS_PER_MS)
		return STREAM_PING_LATE; // stream_ping_expire() counts it
	w->sent_ns = 0;
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
	return STREAM_PING_ANSWER;
}

bool stream_ping_expire(struct stream_ping *p, uint64_t now_ns, struct stream_ping_result *out)
{
	window_move(p);
	if (p->oldest == p->sent ||
		now_ns - waiting(p, p->oldest)->sent_ns < (uint64_t)p->cfg.timeout_ms * NS_PER_MS)
		return false;
	*out = (struct stream_ping_result){.seq = p->oldest, .is_timeout = true};
	waiting(p, p->oldest)->sent_ns = 0;
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
