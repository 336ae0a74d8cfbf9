// SPDX-License-Identifier: BSD-3-Clause
// Two nodes with streams and the way between them, in virtual time: what passes is lost, doubled and held
// back as a seed says. Users write bytes that both ends know, and read at their own pace. Tests only.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "stream_talk.h"

#define STREAM_WIRE_SERVICE 3
#define STREAM_WIRE_USERS   256

struct stream_wire_cfg {
	uint64_t seed;
	uint32_t loss_ppm;      // of segments, each way
	uint32_t double_ppm;    // come twice
	uint32_t delay_us;      // one way
	uint32_t jitter_us;     // on top, at most: segments overtake each other
	uint32_t rate_bytes_ms; // the way carries so much, and drops what waits longer than 50 ms; 0 = no
				// limit
	uint32_t hole;          // data of a segment above this vanishes; 0 = none does
	uint32_t segment;       // as the route says; 0 = 1400
	bool is_foreign;
	const struct stream_cfg *stream; // NULL = the default
};

struct stream_wire {
	struct stream_wire_cfg cfg;
	struct stream_table *nodes[2]; // ids 1 and 2; node 1 offers STREAM_WIRE_SERVICE
	uint64_t now_us;
	bool is_cut[2]; // what node 0, 1 sends vanishes
	bool has_route;
	uint8_t way; // by which all goes now: what goes back by another one vanishes
	uint64_t random;
	uint64_t n_sent[2];
	uint64_t n_lost;
	struct stream_talk users[2][STREAM_WIRE_USERS];
	uint32_t n_users[2];
	uint64_t theirs_seed; // given to the next accepted
	uint64_t theirs_write;
	uint32_t theirs_read_bytes_ms;
	struct stream_wire_packet *packets; // heap by time
	uint32_t n_packets;
	uint32_t packets_size;
	uint64_t free_us[2]; // when the way has carried what waits
	struct stream_wire_side {
		struct stream_wire *wire;
		int node;
	} sides[2];
};

struct stream_wire *stream_wire_open(const struct stream_wire_cfg *cfg);
void stream_wire_close(struct stream_wire *w);

// Node 0 opens a connection; it writes n_out bytes, the accepted end n_in. NULL: refused by the table.
struct stream_talk *stream_wire_dial(struct stream_wire *w, uint64_t n_out, uint64_t n_in);

// Let time pass until then; stops early when done(w) says so (NULL = never). Returns the time.
uint64_t stream_wire_run(struct stream_wire *w, uint64_t until_us, bool (*done)(const struct stream_wire *w));

// A user that is done, or gives up.
void stream_wire_release(struct stream_wire *w, struct stream_talk *u);

// Node forgets all, as after a restart.
void stream_wire_restart(struct stream_wire *w, int node);

bool stream_wire_all_ended(const struct stream_wire *w);
uint32_t stream_wire_random(struct stream_wire *w);

// A payload of anybody's making arrives at node, from the peer with that id.
void stream_wire_inject(struct stream_wire *w, int node, uint64_t peer, const uint8_t *payload, uint32_t len);
