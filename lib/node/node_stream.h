// SPDX-License-Identifier: BSD-3-Clause
// Segments of lib/stream in Data frames, and the ways that they take. Who answers sends by the way that the
// newest frame came: it is packed into bytes that lib/stream keeps for a connection and does not look into.
// Pure functions over struct node_io; no state. One thread.
#pragma once

#include "node_data.h"

// Pack the way back of what came in; out has room for STREAM_WAY_MAX. Returns the length, 0: it has none.
uint32_t node_stream_way(const struct node_data *in, uint8_t *out);

// Make a path of it again; its l2mtu is not known.
void node_stream_path(const uint8_t *way, struct node_path *out);

// The segment in what came in: the service ports stand in front of what a frame calls its payload.
const uint8_t *node_stream_segment(const struct node_data *in, uint32_t *len);

// Send a segment by the path. As node_data_send().
BASE_MUST_USE int node_stream_send(const struct node_io *io, const struct node_path *path, uint64_t peer,
	const uint8_t *segment, uint32_t len);

// How many bytes of data fit into a segment that takes the path.
uint32_t node_stream_room(const struct node_path *path);
