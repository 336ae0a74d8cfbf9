// SPDX-License-Identifier: BSD-3-Clause
// What happens where something is full or empty: devices that take nothing, no mbufs, control that does
// not read; and frames that cross from one worker to another. Each case keeps the accounting exact.
#include <string.h>

#include <rte_mbuf.h>

#include "base_be.h"
#include "dp_bed.h"
#include "suite.h"

#define LIMITS "limits: { neighbors: 1000, origins: 4096, discover-in: none, punt: 10000000 }\n"
#define NODE                                                                \
	"romon: { identity: n, id: 02:00:00:00:ff:01 }\n" LIMITS "ports:\n" \
	"  a: { device: d0, link-id: 11 }\n"                                \
	"  b: { device: d1, link-id: 22 }\n"                                \
	"  c: { device: d2, link-id: 33 }\n"

enum { A, B, C, N_PORTS };

static const struct base_mac own_id = {{0x02, 0, 0, 0, 0xff, 0x01}};

static void close_balanced(struct dp_bed *bed)
{
	CU_ASSERT_TRUE(dp_bed_is_balanced(bed));
	CU_ASSERT_TRUE(dp_bed_close(bed));
}

static uint64_t port_drops(struct dp_bed *bed, uint8_t slot, enum dp_reason reason)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < bed->n_workers; i++)
		n += dp_worker_port_counters(bed->workers[i], slot)->drops[reason];
	return n;
}

static void full_device_drops_originals_by_name(void)
{
	struct dp_bed *bed = dp_bed_open(NODE);
	struct frame f = dp_bed_data_to(bed, A, 22);
	struct dp_bed_totals t;

	for (uint32_t i = 0; i < DP_BED_TX_RING_LEN + 200; i++)
		dp_bed_send(bed, A, &f);
	CU_ASSERT_EQUAL(port_drops(bed, B, DP_DROP_TX_FULL), 200);
	dp_bed_totals(bed, &t);
	CU_ASSERT_EQUAL(t.tx_originals, DP_BED_TX_RING_LEN);
	CU_ASSERT_EQUAL(t.tx_frames, DP_BED_TX_RING_LEN);
	CU_ASSERT_EQUAL(t.tx_lost, 0);
	CU_ASSERT_TRUE(dp_bed_is_balanced(bed));
	CU_ASSERT_EQUAL(dp_bed_discard(bed, B), DP_BED_TX_RING_LEN);
	dp_bed_send(bed, A, &f);
	CU_ASSERT_EQUAL(dp_bed_discard(bed, B), 1);
	close_balanced(bed);
}

// A burst of which the device takes a part.
static void device_that_takes_part_of_a_burst(void)
{
	for (uint32_t room = 0; room <= 32; room++) {
		struct dp_bed *bed = dp_bed_open(NODE);
		struct frame f = dp_bed_data_to(bed, A, 22);
		struct dp_bed_totals t;

		for (uint32_t i = 0; i < DP_BED_TX_RING_LEN - room; i++)
			dp_bed_send(bed, A, &f);
		for (uint32_t i = 0; i < 32; i++)
			dp_bed_inject(bed, A, &f);
		dp_bed_turn(bed);
		dp_bed_totals(bed, &t);
		CU_ASSERT_EQUAL(t.drops[DP_DROP_TX_FULL], 32 - room);
		CU_ASSERT_EQUAL(t.tx_originals, DP_BED_TX_RING_LEN);
		const struct dp_port_counters *c = dp_worker_port_counters(bed->workers[0], B);
		CU_ASSERT_EQUAL(c->tx_bytes, DP_BED_TX_RING_LEN * (uint64_t)f.len);
		close_balanced(bed);
	}
}

// More frames to one port in one turn than its buffer holds.
static void buffer_is_flushed_when_full(void)
{
	struct dp_bed *bed = dp_bed_open(NODE);
	struct frame fa = dp_bed_data_to(bed, A, 33);
	struct frame fb = dp_bed_data_to(bed, B, 33);

	for (uint32_t i = 0; i < 32; i++) {
		dp_bed_inject(bed, A, &fa);
		dp_bed_inject(bed, B, &fb);
		dp_bed_inject(bed, A, &fa);
		dp_bed_inject(bed, B, &fb);
	}
	dp_bed_turn(bed);
	dp_bed_turn(bed);
	CU_ASSERT_EQUAL(dp_bed_discard(bed, C), 128);
	close_balanced(bed);

	bed = dp_bed_open("workers: { burst: 64 }\n" NODE);
	fa = dp_bed_data_to(bed, A, 33);
	fb = dp_bed_data_to(bed, B, 33);
	for (uint32_t i = 0; i < 64; i++) {
		dp_bed_inject(bed, A, &fa);
		dp_bed_inject(bed, B, &fb);
	}
	CU_ASSERT_EQUAL(dp_bed_turn(bed), 128);
	CU_ASSERT_EQUAL(dp_bed_discard(bed, C), 128);
	close_balanced(bed);
}

// Every way in which two bursts fill, or just overfill, a port's buffer.
static void two_bursts_meet_at_the_buffers_end(void)
{
	struct dp_bed *bed = dp_bed_open("workers: { burst: 64 }\n" NODE);
	struct frame fa = dp_bed_data_to(bed, A, 33);
	struct frame fb = dp_bed_data_to(bed, B, 33);

	for (uint32_t n_a = 1; n_a <= 64; n_a++) {
		for (uint32_t sum = 63; sum <= 66; sum++) {
			if (sum < n_a || sum - n_a > 64)
				continue;
			for (uint32_t i = 0; i < n_a; i++)
				dp_bed_inject(bed, A, &fa);
			for (uint32_t i = n_a; i < sum; i++)
				dp_bed_inject(bed, B, &fb);
			CU_ASSERT_EQUAL(dp_bed_turn(bed), sum);
			CU_ASSERT_EQUAL(dp_bed_discard(bed, C), sum);
		}
	}
	struct dp_bed_totals t;
	dp_bed_totals(bed, &t);
	CU_ASSERT_EQUAL(t.rx_frames, t.tx_originals);
	close_balanced(bed);
}

// One turn in which seven devices refuse a full burst of copies each.
static void all_devices_full_at_once(void)
{
	struct dp_bed *bed = dp_bed_open(
		"romon: { identity: n, flood-hold: 0s }\nworkers: { burst: 64 }\n"
		"limits: { neighbors: 1000, origins: 64, discover-in: none, answers-per-origin: none }\n"
		"ports: { a: { device: d0 }, b: { device: d1 }, c: { device: d2 }, d: { device: d3 },\n"
		"  e: { device: d4 }, f: { device: d5 }, g: { device: d6 }, h: { device: d7 } }\n");
	struct frame f;
	struct dp_bed_totals t;

	frame_discover(&f, frame_mac(1), frame_mac(2), NULL, 0);
	for (uint32_t i = 0; i < DP_BED_TX_RING_LEN + 64; i++) {
		dp_bed_inject(bed, A, &f);
		if (i % 64 == 63)
			dp_bed_turn(bed);
	}
	dp_bed_totals(bed, &t);
	CU_ASSERT_EQUAL(t.tx_frames, 7 * DP_BED_TX_RING_LEN);
	CU_ASSERT_EQUAL(t.tx_lost, 6 * 64);
	CU_ASSERT_EQUAL(t.drops[DP_DROP_TX_FULL], 64);
	close_balanced(bed);
}

static void copies_that_do_not_leave_are_lost_not_dropped(void)
{
	struct dp_bed *bed = dp_bed_open(NODE);
	struct frame f = dp_bed_data_to(bed, A, 22);
	struct dp_bed_totals t;

	for (uint32_t i = 0; i < DP_BED_TX_RING_LEN; i++) // fill B
		dp_bed_send(bed, A, &f);
	frame_discover(&f, frame_mac(1), frame_mac(100), NULL, 0);
	dp_bed_send(bed, A, &f); // B gets a copy, C the original
	dp_bed_totals(bed, &t);
	CU_ASSERT_EQUAL(t.tx_lost, 1);
	CU_ASSERT_EQUAL(t.n_drops, 0);
	CU_ASSERT_EQUAL(dp_bed_discard(bed, C), 1);
	frame_discover(&f, frame_mac(1), frame_mac(101), NULL, 0);
	dp_bed_send(bed, C, &f); // A gets a copy, B the original
	CU_ASSERT_EQUAL(port_drops(bed, B, DP_DROP_TX_FULL), 1);
	CU_ASSERT_EQUAL(dp_bed_discard(bed, A), 1);
	close_balanced(bed);
}

static void shared_frame_lost_at_one_port(void)
{
	struct dp_bed *bed = dp_bed_open(
		LIMITS "relay-groups:\n"
		       "  g: { storm-limit: none,\n"
		       "    ports: { r0: { device: d0 }, r1: { device: d1 }, r2: { device: d2 } } }\n");
	struct frame f;
	struct dp_bed_totals t;

	frame_discover(&f, frame_mac(1), frame_mac(100), NULL, 0);
	for (uint32_t i = 0; i < DP_BED_TX_RING_LEN; i++) {
		dp_bed_send(bed, A, &f);
		dp_bed_discard(bed, C);
	}
	dp_bed_send(bed, A, &f); // B is full: a copy
	dp_bed_totals(bed, &t);
	CU_ASSERT_EQUAL(t.tx_lost, 1);
	CU_ASSERT_EQUAL(t.n_drops, 0);
	dp_bed_discard(bed, B);
	for (uint32_t i = 0; i < DP_BED_TX_RING_LEN; i++) {
		dp_bed_send(bed, A, &f);
		dp_bed_discard(bed, B);
	}
	dp_bed_totals(bed, &t);
	CU_ASSERT_EQUAL(t.drops[DP_DROP_TX_FULL], 1); // C was one frame ahead: the original
	close_balanced(bed);
}

static void flood_without_mbufs_still_leaves_once(void)
{
	struct dp_bed *bed = dp_bed_open(NODE);
	struct frame f;
	struct frame out;

	dp_bed_pool_exhaust(bed);
	for (uint16_t i = 0; i < 40; i++) {
		frame_discover(&f, frame_mac(1), frame_mac((uint16_t)(100 + i)), NULL, 0);
		dp_bed_send(bed, A, &f);
	}
	CU_ASSERT_EQUAL(dp_bed_discard(bed, B), 40);
	CU_ASSERT_EQUAL(dp_bed_discard(bed, C), 0);
	CU_ASSERT_EQUAL(dp_worker_counters(bed->workers[0])->no_mbuf, 80); // copies to C and to control
	CU_ASSERT_TRUE(dp_bed_is_balanced(bed));
	f = dp_bed_data_to(bed, A, 22); // needs none
	dp_bed_send(bed, A, &f);
	CU_ASSERT_TRUE(dp_bed_take(bed, B, &out));
	dp_bed_pool_restore(bed);
	frame_discover(&f, frame_mac(1), frame_mac(99), NULL, 0);
	dp_bed_send(bed, A, &f);
	CU_ASSERT_EQUAL(dp_bed_discard(bed, C), 1);
	close_balanced(bed);
}

static void full_punt_ring_drops_by_name(void)
{
	struct dp_bed *bed = dp_bed_open(NODE);
	struct frame f = dp_bed_data_to(bed, A, 0);
	struct dp_bed_totals t;

	for (uint32_t i = 0; i < 1124; i++)
		dp_bed_send(bed, A, &f);
	dp_bed_totals(bed, &t);
	CU_ASSERT_EQUAL(t.delivered, 512); // half of the ring is one port's
	CU_ASSERT_EQUAL(t.drops[DP_DROP_PUNT_FULL], 612);
	frame_hdr(&f)->type = 0; // its sample does not fit either: it is a drop like any other
	dp_bed_send(bed, A, &f);
	CU_ASSERT_EQUAL(dp_worker_counters(bed->workers[0])->punts_lost, 1);
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_TYPE_UNKNOWN), 1);
	CU_ASSERT_TRUE(dp_bed_is_balanced(bed));
	CU_ASSERT_EQUAL(dp_bed_discard_punts(bed), 512);
	f = dp_bed_data_to(bed, A, 0);
	dp_bed_send(bed, A, &f);
	CU_ASSERT_EQUAL(dp_bed_discard_punts(bed), 1);
	close_balanced(bed);
}

static void full_event_ring_counts_what_it_lost(void)
{
	struct dp_bed *bed = dp_bed_open(
		"limits: { neighbors: 100000, neighbors-per-port: 100000, discover-in: none, origins: 64 }\n"
		"ports: { a: { device: d0 }, b: { device: d1 } }\n");
	struct frame f = dp_bed_data_to(bed, A, 0);

	for (uint32_t i = 0; i < 5000; i++) { // one event each
		base_be16_store(f.bytes + 10, (uint16_t)(i + 1));
		dp_bed_send(bed, A, &f);
	}
	CU_ASSERT_EQUAL(bed->channels[0]->events_lost, 5000 - 4096);
	CU_ASSERT_EQUAL(dp_bed_discard_events(bed), 4096);
	CU_ASSERT_EQUAL(nbr_table_used(dp_worker_neighbors(bed->workers[0])), 5000);
	close_balanced(bed);
}

// ---- frames that control sends

static struct rte_mbuf *control_frame(struct dp_bed *bed, uint8_t slot, const struct frame *f)
{
	struct rte_mbuf *m;

	// control's frames come from the same pools as others: borrow one that a port has sent
	struct frame any = dp_bed_data_to(bed, A, 22);
	dp_bed_send(bed, A, &any);
	m = dp_bed_take_mbuf(bed, B);
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	memcpy(rte_pktmbuf_mtod(m, void *), f->bytes, f->len);
	m->data_len = (uint16_t)f->len;
	m->pkt_len = f->len;
	xchg_mark(m, slot, 0, 0);
	return m;
}

static void frames_of_control_leave_as_they_are(void)
{
	struct dp_bed *bed = dp_bed_open(NODE);
	struct frame f;
	struct frame out;
	struct dp_bed_totals t0;
	struct dp_bed_totals t1;

	frame_discover(&f, own_id, own_id, NULL, 0);
	struct rte_mbuf *m = control_frame(bed, C, &f);
	dp_bed_totals(bed, &t0);
	CU_ASSERT_EQUAL(rte_ring_enqueue(bed->channels[0]->down, m), 0);
	CU_ASSERT_EQUAL(dp_bed_turn(bed), 1);
	CU_ASSERT_TRUE_FATAL(dp_bed_take(bed, C, &out));
	CU_ASSERT_EQUAL(out.len, f.len);
	CU_ASSERT_EQUAL(memcmp(out.bytes, f.bytes, f.len), 0);
	dp_bed_totals(bed, &t1);
	CU_ASSERT_EQUAL(t1.tx_frames - t0.tx_frames, 1);
	CU_ASSERT_EQUAL(t1.tx_originals, t0.tx_originals); // nothing that was received
	CU_ASSERT_EQUAL(dp_worker_counters(bed->workers[0])->injected, 1);

	m = control_frame(bed, C, &f);
	bed->in.ports[C].is_up = false;
	dp_bed_publish(bed);
	CU_ASSERT_EQUAL(rte_ring_enqueue(bed->channels[0]->down, m), 0);
	dp_bed_turn(bed);
	CU_ASSERT_FALSE(dp_bed_take(bed, C, &out));
	dp_bed_totals(bed, &t1);
	CU_ASSERT_EQUAL(t1.tx_lost, 1);
	close_balanced(bed);
}

// ---- two workers

// Worker 0 polls A, worker 1 polls B and C.
static struct dp_bed *two_workers(uint16_t n_txq)
{
	struct dp_bed *bed =
		dp_bed_open_cfg(&(struct dp_bed_cfg){.yaml = NODE, .n_workers = 2, .n_txq = n_txq});

	bed->in.ports[B].worker = 1;
	bed->in.ports[C].worker = 1;
	dp_bed_publish(bed);
	return bed;
}

static void queue_per_worker_needs_no_crossing(void)
{
	struct dp_bed *bed = two_workers(2);
	struct frame f = dp_bed_data_to(bed, A, 22);

	dp_bed_inject(bed, A, &f);
	CU_ASSERT_EQUAL(dp_bed_turn_worker(bed, 1), 0); // not its port
	CU_ASSERT_EQUAL(dp_bed_turn_worker(bed, 0), 1);
	CU_ASSERT_EQUAL(dp_bed_discard(bed, B), 1); // at once
	f = dp_bed_data_to(bed, B, 11);
	dp_bed_inject(bed, B, &f);
	CU_ASSERT_EQUAL(dp_bed_turn_worker(bed, 0), 0);
	CU_ASSERT_EQUAL(dp_bed_turn_worker(bed, 1), 1);
	CU_ASSERT_EQUAL(dp_bed_discard(bed, A), 1);
	close_balanced(bed);
}

static void single_queue_is_sent_to_by_its_owner(void)
{
	struct dp_bed *bed = two_workers(1);
	struct frame f = dp_bed_data_to(bed, A, 22);
	struct frame out;
	struct dp_bed_totals t;

	dp_bed_inject(bed, A, &f);
	dp_bed_turn_worker(bed, 0);
	CU_ASSERT_FALSE(dp_bed_take(bed, B, &out)); // it waits at worker 1's ring
	CU_ASSERT_EQUAL(dp_bed_turn_worker(bed, 1), 1);
	CU_ASSERT_TRUE(dp_bed_take(bed, B, &out));
	CU_ASSERT_EQUAL(dp_worker_port_counters(bed->workers[0], A)->rx_frames, 1);
	CU_ASSERT_EQUAL(dp_worker_port_counters(bed->workers[1], B)->tx_originals, 1);

	frame_discover(&f, frame_mac(1), frame_mac(100), NULL, 0);
	dp_bed_inject(bed, A, &f); // a copy and the original cross
	dp_bed_turn(bed);
	CU_ASSERT_EQUAL(dp_bed_discard(bed, B), 1);
	CU_ASSERT_EQUAL(dp_bed_discard(bed, C), 1);
	dp_bed_totals(bed, &t);
	CU_ASSERT_EQUAL(t.tx_originals, 2);
	CU_ASSERT_EQUAL(t.tx_frames, 3);
	close_balanced(bed);
}

static void full_crossing_drops_by_name(void)
{
	struct dp_bed *bed = two_workers(1);
	struct frame f = dp_bed_data_to(bed, A, 22);

	for (uint32_t i = 0; i < 1200; i++) {
		dp_bed_inject(bed, A, &f);
		dp_bed_turn_worker(bed, 0);
	}
	CU_ASSERT_EQUAL(dp_bed_drops(bed, DP_DROP_ACROSS_FULL), 1200 - 1024);
	for (int i = 0; i < 40; i++) {
		dp_bed_turn_worker(bed, 1);
		dp_bed_discard(bed, B);
	}
	close_balanced(bed);
}

// What waits to cross when the port goes.
static void port_goes_while_frames_cross(void)
{
	struct dp_bed *bed = two_workers(1);
	struct frame f;
	struct dp_bed_totals t;

	frame_discover(&f, frame_mac(1), frame_mac(100), NULL, 0);
	dp_bed_inject(bed, A, &f);
	dp_bed_turn_worker(bed, 0);
	bed->in.ports[B].is_up = false;
	bed->in.ports[C].is_open = false;
	dp_bed_publish(bed);
	dp_bed_turn_worker(bed, 1);
	dp_bed_totals(bed, &t);
	CU_ASSERT_EQUAL(t.tx_lost, 1);
	CU_ASSERT_EQUAL(t.drops[DP_DROP_EGRESS_DOWN], 1);
	CU_ASSERT_EQUAL(dp_bed_discard_all(bed), 0);
	close_balanced(bed);
}

// Where the neighbor is another worker's to know, the link id alone shows the way.
static void resp_crosses_to_the_other_worker(void)
{
	struct dp_bed *bed = two_workers(1);
	struct frame_hop hops[] = {{22, frame_mac(2)}};
	struct frame f;

	frame_resp(&f, dp_bed_mac(bed, A), frame_mac(1), frame_mac(50), frame_mac(60), hops, 1, 1);
	dp_bed_send(bed, A, &f);
	CU_ASSERT_EQUAL(dp_bed_discard(bed, B), 1);
	close_balanced(bed);
}

static const struct suite_case cases[] = {
	SUITE_CASE(full_device_drops_originals_by_name),
	SUITE_CASE(device_that_takes_part_of_a_burst),
	SUITE_CASE(buffer_is_flushed_when_full),
	SUITE_CASE(two_bursts_meet_at_the_buffers_end),
	SUITE_CASE(all_devices_full_at_once),
	SUITE_CASE(copies_that_do_not_leave_are_lost_not_dropped),
	SUITE_CASE(shared_frame_lost_at_one_port),
	SUITE_CASE(flood_without_mbufs_still_leaves_once),
	SUITE_CASE(full_punt_ring_drops_by_name),
	SUITE_CASE(full_event_ring_counts_what_it_lost),
	SUITE_CASE(frames_of_control_leave_as_they_are),
	SUITE_CASE(queue_per_worker_needs_no_crossing),
	SUITE_CASE(single_queue_is_sent_to_by_its_owner),
	SUITE_CASE(full_crossing_drops_by_name),
	SUITE_CASE(port_goes_while_frames_cross),
	SUITE_CASE(resp_crosses_to_the_other_worker),
};

SUITE_MAIN("dp rings", cases)
