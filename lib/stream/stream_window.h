// SPDX-License-Identifier: BSD-3-Clause
// How much may be under way: slow start and congestion avoidance by bytes (RFC 5681, 3465), fast retransmit
// and recovery from one or more losses (RFC 6582). Bytes. Pure; one thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define STREAM_WINDOW_MAX              (192 * 1024) // under way toward another romond: see STREAM_RECV_SLACK
#define STREAM_WINDOW_SEGMENTS_FOREIGN 64 // toward a peer of another make: what it bears is not known
#define STREAM_WINDOW_DUPS             3  // so many acks that bring nothing new: a loss

struct stream_window {
	uint32_t size;      // may be under way now
	uint32_t threshold; // of slow start
	uint32_t limit;     // never more
	uint32_t acked;     // since the window last grew, in congestion avoidance
	uint32_t recover;   // what was sent when the last loss was noticed: its sequence number
	uint32_t n_dups;
	bool is_recovering;
};

void stream_window_init(struct stream_window *w, uint32_t segment, uint32_t limit, uint32_t first_seq);

// n bytes more are acknowledged, up to una. True: in recovery, and the segment at una is lost too: send it
// again.
bool stream_window_acked(struct stream_window *w, uint32_t segment, uint32_t una, uint32_t n);

// The same ack once more, with flight bytes under way and everything before top sent. True: send the segment
// at una again.
bool stream_window_dup(
	struct stream_window *w, uint32_t segment, uint32_t una, uint32_t flight, uint32_t top);

// Nothing came for the whole time-out.
void stream_window_timeout(struct stream_window *w, uint32_t segment, uint32_t flight, uint32_t top);
