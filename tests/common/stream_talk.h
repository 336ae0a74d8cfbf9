// SPDX-License-Identifier: BSD-3-Clause
// Users of streams for the beds and the simulator: they write bytes that both ends know, check each byte that
// they read, read at their own pace, and note how it ended. Tests only.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "stream_table.h"

// One end of one connection.
struct stream_talk {
	struct stream_conn *conn; // NULL = let go
	uint64_t seed;            // of what it writes; its peer reads the same
	uint64_t peer_seed;
	uint64_t n_write; // bytes that it will write
	uint64_t n_written;
	uint64_t n_read;
	uint32_t read_bytes_ms; // its pace; 0 = as it comes
	uint64_t read_credit;
	bool shuts; // when it wrote all
	bool is_opened;
	bool is_wrong; // a byte was not what it should be
	bool has_eof;
	bool is_paused;      // neither reads
	enum stream_end end; // STREAM_END_NONE = not yet
	uint64_t opened_us;
	uint64_t ended_us;
};

// Do what the news of its connection asks for.
void stream_talk_news(struct stream_talk *t, uint32_t news, uint64_t now_us);

// Read what there is, as far as its pace allows.
void stream_talk_read(struct stream_talk *t, uint64_t now_us);

// Time passed for a slow reader.
void stream_talk_pass(struct stream_talk *t, uint64_t us, uint64_t now_us);

// It read n bytes, the right ones, and the end; and both sides know.
bool stream_talk_is_whole(const struct stream_talk *t, uint64_t n);
