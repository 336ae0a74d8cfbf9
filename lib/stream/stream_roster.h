// SPDX-License-Identifier: BSD-3-Clause
// What a master tells another one of the nodes that it hears: a request with a cursor, an answer with as many
// rows as fit one frame (docs/protocol.md, "Rosters"). Stateless on the side that answers. Pure; any thread.
//
// Request: u32 sequence, u8 version 1, u8 kind 1, u16 bytes that an answer may have, u32 cursor (0 = from the
// start). Answer:  u32 sequence, u8 version 1, u8 kind 2, u16 number of rows, u32 next cursor (all ones = the
// end), rows. Row:     id 6, parent id 6 (0 = none), u8 status, u8 hops, u32 cost, u16 l2mtu, u32 age in
// seconds, version 4,
//          u8 length and text of the identity, then of the board.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base_err.h"
#include "wire_frame.h"

#define STREAM_ROSTER_PORT       0x4001 // Data service port, ours
#define STREAM_ROSTER_ASKER_PORT 0x4002 // where answers go
#define STREAM_ROSTER_ASK_LEN    12
#define STREAM_ROSTER_END        UINT32_MAX
#define STREAM_ROSTER_LEN_MAX    1400

struct stream_roster_ask {
	uint32_t seq;
	uint16_t room;
	uint32_t cursor;
};

struct stream_roster_row {
	uint64_t id;
	uint64_t parent_id;
	uint8_t status; // enum topo_status: 1 ok, 2 late, 3 down
	uint8_t hops;
	uint16_t l2mtu;
	uint32_t cost;
	uint32_t age_s; // since it was last heard
	struct wire_version version;
	const char *identity; // not terminated; when read, points into the payload
	const char *board;
	uint8_t identity_len;
	uint8_t board_len;
};

void stream_roster_ask_build(uint8_t out[STREAM_ROSTER_ASK_LEN], const struct stream_roster_ask *ask);

// False: no request of this version.
BASE_MUST_USE bool stream_roster_ask_parse(
	const uint8_t *payload, uint32_t len, struct stream_roster_ask *out);

// An answer under construction.
struct stream_roster_writer {
	uint8_t *out;
	uint32_t size;
	uint32_t len;
	uint16_t n_rows;
};

// size at least STREAM_ROSTER_ASK_LEN.
void stream_roster_begin(struct stream_roster_writer *w, uint8_t *out, uint32_t size, uint32_t seq);
// False: no room for this row, which is then the next cursor's.
BASE_MUST_USE bool stream_roster_add(struct stream_roster_writer *w, const struct stream_roster_row *row);
// Returns the answer's length.
uint32_t stream_roster_finish(struct stream_roster_writer *w, uint32_t next_cursor);

struct stream_roster_reader {
	uint32_t seq;
	uint32_t next_cursor;
	uint16_t n_rows; // still to come
	const uint8_t *at;
	uint32_t left;
};

// False: no answer of this version.
BASE_MUST_USE bool stream_roster_open(struct stream_roster_reader *r, const uint8_t *payload, uint32_t len);
// The next row; false at the end, and at a row that is cut short or cannot be: nothing behind it is read.
BASE_MUST_USE bool stream_roster_next(struct stream_roster_reader *r, struct stream_roster_row *out);
