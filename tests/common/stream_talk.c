// SPDX-License-Identifier: BSD-3-Clause
// Users that check each byte. Tests only.
#include "stream_talk.h"

#include "base_hash.h"

#define READ_MAX  4096
#define WRITE_MAX 4096

static uint8_t byte_of(uint64_t seed, uint64_t i)
{
	return (uint8_t)(base_hash_mix(seed + i / 8) >> (i % 8 * 8));
}

static void talk_write(struct stream_talk *t, uint64_t now_us)
{
	uint8_t bytes[WRITE_MAX];

	while (t->n_written < t->n_write) {
		uint64_t left = t->n_write - t->n_written;
		uint32_t n = left < sizeof(bytes) ? (uint32_t)left : (uint32_t)sizeof(bytes);

		for (uint32_t i = 0; i < n; i++)
			bytes[i] = byte_of(t->seed, t->n_written + i);
		uint32_t took = stream_write(t->conn, bytes, n, now_us);
		t->n_written += took;
		if (took < n)
			return;
	}
	if (t->shuts)
		stream_shut(t->conn, now_us);
}

void stream_talk_read(struct stream_talk *t, uint64_t now_us)
{
	uint32_t n;
	const uint8_t *bytes;

	if (t->conn == NULL || t->is_paused)
		return;
	while ((bytes = stream_read(t->conn, &n)) != NULL && n > 0) {
		if (t->read_bytes_ms > 0 && n > t->read_credit)
			n = (uint32_t)t->read_credit;
		if (n > READ_MAX)
			n = READ_MAX;
		if (n == 0)
			return;
		for (uint32_t i = 0; i < n; i++)
			t->is_wrong |= bytes[i] != byte_of(t->peer_seed, t->n_read + i);
		t->n_read += n;
		t->read_credit -= t->read_bytes_ms > 0 ? n : 0;
		stream_read_done(t->conn, n);
	}
	if (stream_is_read_out(t->conn) && !t->has_eof) {
		t->has_eof = true;
		if (t->n_written == t->n_write)
			stream_shut(t->conn, now_us);
		t->shuts = true;
	}
}

void stream_talk_news(struct stream_talk *t, uint32_t news, uint64_t now_us)
{
	if (news & STREAM_OPENED) {
		t->is_opened = true;
		t->opened_us = now_us;
	}
	if (news & (STREAM_OPENED | STREAM_WRITABLE))
		talk_write(t, now_us);
	stream_talk_read(t, now_us);
	if (news & STREAM_ENDED) {
		t->end = stream_end_of(t->conn);
		t->ended_us = now_us;
	}
}

void stream_talk_pass(struct stream_talk *t, uint64_t us, uint64_t now_us)
{
	uint64_t most = 16 * (uint64_t)t->read_bytes_ms;

	if (t->read_bytes_ms == 0)
		return;
	t->read_credit += t->read_bytes_ms * us / 1000;
	if (t->read_credit > most)
		t->read_credit = most;
	stream_talk_read(t, now_us);
}

bool stream_talk_is_whole(const struct stream_talk *t, uint64_t n)
{
	return t->n_read == n && !t->is_wrong && t->has_eof && t->end == STREAM_END_CLOSED;
}
