// SPDX-License-Identifier: BSD-3-Clause
// The sender's loop, which receives too. Worker: no lock, no system call, no allocation but mbufs.
#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_memcpy.h>

#include "gen_trial.h"

#define LEAD_US       100 // from the start of the loop to the first frame: caches are warm
#define INTRO_WAIT_MS 20  // the node notes the stations
#define RX_POLLS_MAX  4   // of a device in a turn
#define GRACE_MS      500 // past the end for frames that were due before it
#define QUIET_MS      20  // nothing received for so long at the end: nothing is on its way

// Frames for one device, and what each is, in case the device refuses it.
struct batch {
	struct rte_mbuf *mbufs[GEN_BURST_MAX];
	uint8_t flows[GEN_BURST_MAX];
	uint64_t dues[GEN_BURST_MAX];
	uint16_t n;
	uint16_t room; // not patient: how many the device will take, by the last time; all of a burst or less
};

struct sender {
	struct gen_trial *t;
	uint64_t due;      // TSC of the next frame
	uint32_t due_frac; // and its fraction, in 2^-32 ticks
	uint64_t gap;      // ticks between frames
	uint32_t gap_frac;
	uint64_t end;       // TSC
	uint64_t then_at;   // TSC when the rate changes; UINT64_MAX = never
	uint64_t slice_end; // TSC, of the slice that the next frame is due in
	uint32_t slice;
	uint64_t n_due;
	uint32_t at; // in the schedule
	uint32_t seqs[GEN_FLOWS_MAX];
	struct batch batches[GEN_PORTS_MAX];
};

static void receive(struct gen_trial *t)
{
	struct rte_mbuf *mbufs[GEN_BURST_MAX];

	for (uint32_t d = 0; d < t->n_devices; d++) {
		for (uint32_t i = 0; i < RX_POLLS_MAX; i++) {
			uint16_t n = rte_eth_rx_burst(t->ethdevs[d], 0, mbufs, GEN_BURST_MAX);

			if (n > 0)
				gen_sink_take(t, d, mbufs, n, rte_rdtsc());
			if (n < GEN_BURST_MAX)
				break;
		}
	}
}

static void rate_set(struct sender *s, uint64_t rate)
{
	uint64_t hz = rte_get_tsc_hz();

	s->gap = rate > 0 ? hz / rate : 0;
	s->gap_frac = rate > 0 ? (uint32_t)((hz % rate << 32) / rate) : 0;
}

// The next frame of a flow was due: count it.
static void offer(struct sender *s, uint32_t flow)
{
	struct gen_trial *t = s->t;

	t->flows[flow].offered++;
	while (s->due >= s->slice_end) {
		s->slice++;
		s->slice_end += t->cfg.slice;
	}
	if (s->slice < GEN_SLICES_MAX)
		t->slices[s->slice].expected += t->n_to[flow];
}

static void due_next(struct sender *s)
{
	uint64_t frac = (uint64_t)s->due_frac + s->gap_frac;

	s->due_frac = (uint32_t)frac;
	s->due += s->gap + (frac >> 32);
	s->n_due++;
	s->at = s->at + 1 == s->t->schedule_len ? 0 : s->at + 1;
	if (s->due >= s->then_at) {
		rate_set(s, s->t->cfg.then_pps);
		s->then_at = UINT64_MAX;
	}
}

static bool is_over(const struct sender *s)
{
	const struct gen_trial_cfg *cfg = &s->t->cfg;

	return s->due >= s->end || s->n_due >= cfg->frames_max;
}

static void frame_write(
	const struct gen_trial *t, struct rte_mbuf *m, uint32_t flow, uint32_t seq, uint64_t due)
{
	const struct gen_flow_frames *f = &t->frames->flows[flow];
	const struct gen_image *image = &gen_template_of(f, seq)->sent;
	uint8_t *bytes = rte_pktmbuf_mtod(m, uint8_t *);

	rte_memcpy(bytes, image->bytes, image->len);
	gen_image_patch(image, f, seq, bytes);
	gen_stamp_write(bytes + image->stamp_off, t->run, (uint16_t)flow, seq, due);
	m->data_len = image->len;
	m->pkt_len = image->len;
}

// Hand what is collected to a device. What it does not take is lost, or waits.
static void batch_send(struct gen_trial *t, struct batch *b, uint32_t device)
{
	uint16_t n = rte_eth_tx_burst(t->ethdevs[device], 0, b->mbufs, b->n);
	uint64_t now = rte_rdtsc();

	t->n_full += n < b->n;
	t->n_sends++;
	b->room = (uint16_t)(n < b->n ? n + 1u : RTE_MIN(2u * b->room, t->cfg.burst));
	for (uint16_t i = 0; i < n; i++)
		gen_histogram_add(&t->lag, now > b->dues[i] ? now - b->dues[i] : 0);
	if (t->cfg.is_patient) {
		for (uint16_t i = n; i < b->n; i++) {
			b->mbufs[i - n] = b->mbufs[i];
			b->flows[i - n] = b->flows[i];
			b->dues[i - n] = b->dues[i];
		}
		b->n = (uint16_t)(b->n - n);
		return;
	}
	for (uint16_t i = n; i < b->n; i++)
		t->flows[b->flows[i]].refused++;
	if (n < b->n)
		rte_pktmbuf_free_bulk(b->mbufs + n, b->n - n);
	b->n = 0;
}

static void batches_send(struct sender *s)
{
	for (uint32_t d = 0; d < s->t->n_devices; d++) {
		if (s->batches[d].n > 0)
			batch_send(s->t, &s->batches[d], d);
	}
}

// A device that took less than it was given will take about as much now. What is due beyond that is lost
// without being built, so that the sender keeps up with any rate, and has the time to receive. Where there is
// one flow, all that are due by now at once; not beyond the slice, the end, or a change of the rate.
static void refuse(struct sender *s, uint32_t flow, uint64_t now)
{
	struct gen_trial *t = s->t;
	uint64_t until = RTE_MIN(RTE_MIN(now, s->slice_end), RTE_MIN(s->end, s->then_at));
	uint64_t n = 0;

	if (t->schedule_len == 1 && until > s->due)
		n = RTE_MIN((until - s->due) / (s->gap + 1), t->cfg.frames_max - s->n_due);
	if (n == 0) {
		offer(s, flow);
		t->flows[flow].refused++;
		s->seqs[flow]++;
		due_next(s);
		return;
	}
	uint64_t frac = s->due_frac + n * s->gap_frac;
	s->due_frac = (uint32_t)frac;
	s->due += n * s->gap + (frac >> 32);
	s->n_due += n;
	s->seqs[flow] += (uint32_t)n;
	t->flows[flow].offered += n;
	t->flows[flow].refused += n;
	if (s->slice < GEN_SLICES_MAX)
		t->slices[s->slice].expected += n * t->n_to[flow];
}

static void frame_queue(struct sender *s, uint32_t flow, struct batch *b, struct rte_mbuf *m)
{
	struct gen_trial *t = s->t;

	frame_write(t, m, flow, s->seqs[flow]++, s->due);
	offer(s, flow);
	b->flows[b->n] = (uint8_t)flow;
	b->dues[b->n] = s->due;
	b->mbufs[b->n++] = m;
}

// Up to a burst of the frames that are due.
static void due_send(struct sender *s, uint64_t now)
{
	struct gen_trial *t = s->t;
	struct rte_mbuf *mbufs[GEN_BURST_MAX];
	uint32_t n = 0;

	if (is_over(s) || s->due > now || rte_pktmbuf_alloc_bulk(t->pool, mbufs, t->cfg.burst) != 0)
		return;
	while (n < t->cfg.burst && !is_over(s) && s->due <= now) {
		uint32_t flow = t->schedule[s->at];
		struct batch *b = &s->batches[t->devices[flow]];

		if (b->n == t->cfg.burst) // it waits for the device
			break;
		if (!t->cfg.is_patient && b->n >= b->room) {
			refuse(s, flow, now);
			continue;
		}
		frame_queue(s, flow, b, mbufs[n++]);
		due_next(s);
	}
	if (n < t->cfg.burst)
		rte_pktmbuf_free_bulk(mbufs + n, t->cfg.burst - n);
	batches_send(s);
}

static void introduce(struct gen_trial *t)
{
	uint64_t end;

	for (uint32_t i = 0; i < t->frames->n_intros; i++) {
		const struct gen_intro *intro = &t->frames->intros[i];
		struct rte_mbuf *m = rte_pktmbuf_alloc(t->pool);

		if (m == NULL)
			continue;
		rte_memcpy(rte_pktmbuf_mtod(m, void *), intro->image.bytes, intro->image.len);
		m->data_len = intro->image.len;
		m->pkt_len = intro->image.len;
		if (rte_eth_tx_burst(t->ethdevs[t->profile->ports[intro->port].device], 0, &m, 1) == 0)
			rte_pktmbuf_free(m);
	}
	end = rte_rdtsc() + INTRO_WAIT_MS * rte_get_tsc_hz() / 1000;
	while (t->frames->n_intros > 0 && rte_rdtsc() < end)
		receive(t);
}

// Frames on their way come in, until all are here, or nothing has come for a while.
static void drain(struct sender *s)
{
	struct gen_trial *t = s->t;
	uint64_t start = rte_rdtsc();
	uint64_t quiet = QUIET_MS * rte_get_tsc_hz() / 1000;

	for (uint64_t now = start; now - start < t->cfg.drain; now = rte_rdtsc()) {
		uint64_t since = t->last_rx > start ? t->last_rx : start;

		batches_send(s);
		receive(t);
		if (now > since && now - since > quiet)
			break;
	}
	for (uint32_t d = 0; d < t->n_devices; d++) { // what never found room
		struct batch *b = &s->batches[d];

		for (uint16_t i = 0; i < b->n; i++)
			t->flows[b->flows[i]].refused++;
		rte_pktmbuf_free_bulk(b->mbufs, b->n);
		b->n = 0;
	}
}

int gen_trial_run(void *arg)
{
	struct gen_trial *t = arg;
	struct sender s = {.t = t};
	uint64_t hz = rte_get_tsc_hz();
	uint64_t rate = t->cfg.rate_pps;

	for (uint32_t d = 0; d < t->n_devices; d++)
		s.batches[d].room = (uint16_t)t->cfg.burst;
	introduce(t);
	rate_set(&s, rate);
	t->started = rte_rdtsc() + LEAD_US * hz / 1000000;
	s.due = t->started;
	s.end = t->started + t->cfg.duration;
	s.then_at = t->cfg.then_at > 0 ? t->started + t->cfg.then_at : UINT64_MAX;
	s.slice_end = t->cfg.slice > 0 ? t->started + t->cfg.slice : UINT64_MAX;
	uint64_t last = s.end + (rate > 0 ? GRACE_MS * hz / 1000 : 0);
	while (rte_rdtsc() < t->started)
		receive(t);
	while (!is_over(&s) && !atomic_load_explicit(&t->is_stopped, memory_order_relaxed)) {
		uint64_t now = rte_rdtsc();

		if (now >= last)
			break;
		if (rate == 0)
			s.due = now;
		due_send(&s, now);
		receive(t);
	}
	t->ended = rate == 0 ? rte_rdtsc() : s.due;
	if (rate > 0 && !is_over(&s) && !atomic_load(&t->is_stopped))
		t->behind = (uint64_t)((double)(s.end - s.due) * (double)rate / (double)hz);
	drain(&s);
	return 0;
}
