// SPDX-License-Identifier: BSD-3-Clause
// Writing pcapng blocks. Any thread.
#include <string.h>

#include "pcapng_write.h"

// A block under construction: it counts only when block_end() has seen it whole.
struct block {
	struct pcapng_writer *w;
	uint32_t at; // where it begins
	bool is_full;
};

void pcapng_write_init(struct pcapng_writer *w, void *buf, uint32_t size)
{
	*w = (struct pcapng_writer){.buf = buf, .size = size};
}

static void bytes_add(struct block *b, const void *bytes, uint32_t len)
{
	struct pcapng_writer *w = b->w;

	if (b->is_full || len > w->size - w->len) {
		b->is_full = true;
		return;
	}
	if (len > 0) // bytes may be NULL then
		memcpy(w->buf + w->len, bytes, len);
	w->len += len;
}

static void u32_add(struct block *b, uint32_t value)
{
	bytes_add(b, &value, sizeof(value));
}

// Fill up to a multiple of 4 bytes.
static void pad_add(struct block *b, uint32_t len)
{
	static const uint8_t zero[4];

	bytes_add(b, zero, (4 - len % 4) % 4);
}

static void opt_add(struct block *b, enum pcapng_opt opt, const void *value, uint16_t len)
{
	uint16_t head[2] = {(uint16_t)opt, len};

	bytes_add(b, head, sizeof(head));
	bytes_add(b, value, len);
	pad_add(b, len);
}

static void text_add(struct block *b, enum pcapng_opt opt, const char *text)
{
	opt_add(b, opt, text, (uint16_t)strnlen(text, UINT16_MAX));
}

static struct block block_begin(struct pcapng_writer *w, uint32_t type)
{
	struct block b = {.w = w, .at = w->len};

	u32_add(&b, type);
	u32_add(&b, 0); // its length: written by block_end()
	return b;
}

static bool block_end(struct block *b)
{
	uint32_t len = b->w->len - b->at + (uint32_t)sizeof(len);

	u32_add(b, len);
	if (b->is_full) {
		b->w->len = b->at;
		return false;
	}
	memcpy(b->w->buf + b->at + sizeof(uint32_t), &len, sizeof(len));
	return true;
}

bool pcapng_write_section(struct pcapng_writer *w, const char *app)
{
	static const uint16_t version[2] = {1, 0};
	static const uint64_t unknown_len = UINT64_MAX;
	struct block b = block_begin(w, PCAPNG_BLOCK_SECTION);

	u32_add(&b, PCAPNG_MAGIC);
	bytes_add(&b, version, sizeof(version));
	bytes_add(&b, &unknown_len, sizeof(unknown_len));
	text_add(&b, PCAPNG_OPT_SECTION_APP, app);
	opt_add(&b, PCAPNG_OPT_END, NULL, 0);
	return block_end(&b);
}

bool pcapng_write_interface(
	struct pcapng_writer *w, const char *name, const char *description, uint32_t snaplen)
{
	static const uint16_t link[2] = {PCAPNG_LINK_ETHERNET, 0};
	static const uint8_t nanoseconds = 9;
	struct block b = block_begin(w, PCAPNG_BLOCK_INTERFACE);

	bytes_add(&b, link, sizeof(link));
	u32_add(&b, snaplen);
	text_add(&b, PCAPNG_OPT_IF_NAME, name);
	if (description != NULL)
		text_add(&b, PCAPNG_OPT_IF_DESCRIPTION, description);
	opt_add(&b, PCAPNG_OPT_IF_TSRESOL, &nanoseconds, sizeof(nanoseconds));
	opt_add(&b, PCAPNG_OPT_END, NULL, 0);
	return block_end(&b);
}

// Times stand as two halves, the high one first.
static void time_add(struct block *b, uint64_t time_ns)
{
	u32_add(b, (uint32_t)(time_ns >> 32));
	u32_add(b, (uint32_t)time_ns);
}

bool pcapng_write_packet(struct pcapng_writer *w, const struct pcapng_packet *p)
{
	uint32_t flags = (uint32_t)p->dir;
	struct block b = block_begin(w, PCAPNG_BLOCK_PACKET);

	u32_add(&b, p->interface);
	time_add(&b, p->time_ns);
	u32_add(&b, p->captured);
	u32_add(&b, p->length);
	bytes_add(&b, p->bytes, p->captured);
	pad_add(&b, p->captured);
	if (p->dir != PCAPNG_DIR_UNKNOWN) {
		opt_add(&b, PCAPNG_OPT_PACKET_FLAGS, &flags, sizeof(flags));
		opt_add(&b, PCAPNG_OPT_END, NULL, 0);
	}
	return block_end(&b);
}

bool pcapng_write_stats(
	struct pcapng_writer *w, uint32_t interface, uint64_t time_ns, uint64_t received, uint64_t dropped)
{
	struct block b = block_begin(w, PCAPNG_BLOCK_STATS);

	u32_add(&b, interface);
	time_add(&b, time_ns);
	opt_add(&b, PCAPNG_OPT_STATS_RECEIVED, &received, sizeof(received));
	opt_add(&b, PCAPNG_OPT_STATS_DROPPED, &dropped, sizeof(dropped));
	opt_add(&b, PCAPNG_OPT_END, NULL, 0);
	return block_end(&b);
}
