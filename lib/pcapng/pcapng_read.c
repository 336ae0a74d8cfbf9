// SPDX-License-Identifier: BSD-3-Clause
// Reading pcapng blocks. Any thread.
#include <string.h>

#include "pcapng_read.h"

#define NS_PER_S         1000000000ull
#define BLOCK_FRAME      12 // type and length in front, length behind
#define RESOLUTION_PLAIN 6  // microseconds, where if_tsresol is absent

void pcapng_read_init(struct pcapng_reader *r)
{
	memset(r, 0, sizeof(*r));
}

static uint16_t u16(const struct pcapng_reader *r, const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return r->is_swapped ? __builtin_bswap16(v) : v;
}

static uint32_t u32(const struct pcapng_reader *r, const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return r->is_swapped ? __builtin_bswap32(v) : v;
}

static uint64_t u64(const struct pcapng_reader *r, const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return r->is_swapped ? __builtin_bswap64(v) : v;
}

int pcapng_read_head(struct pcapng_reader *r, const uint8_t head[PCAPNG_HEAD_LEN])
{
	uint32_t type;

	memcpy(&type, head, sizeof(type)); // a section's type reads the same both ways
	if (type == PCAPNG_BLOCK_SECTION) {
		r->is_swapped = false;
		if (u32(r, head + 8) != PCAPNG_MAGIC) {
			r->is_swapped = true;
			if (u32(r, head + 8) != PCAPNG_MAGIC)
				return base_errno_set(EINVAL);
		}
	} else if (!r->has_section) {
		return base_errno_set(EINVAL);
	}
	uint32_t len = u32(r, head + 4);
	if (len < BLOCK_FRAME || len % 4 != 0 || len > PCAPNG_BLOCK_LEN_MAX)
		return base_errno_set(EINVAL);
	return (int)len;
}

// One option after the other, from *p; false at the end of the list.
struct option {
	uint16_t code;
	uint16_t len;
	const uint8_t *value;
};

static bool option_next(
	const struct pcapng_reader *r, const uint8_t **p, const uint8_t *end, struct option *out)
{
	size_t left = (size_t)(end - *p);

	if (left < 4)
		return false;
	*out = (struct option){u16(r, *p), u16(r, *p + 2), *p + 4};
	size_t padded = (out->len + 3u) & ~3u;
	if (out->code == PCAPNG_OPT_END || padded > left - 4)
		return false;
	*p += 4 + padded;
	return true;
}

static int interface_read(struct pcapng_reader *r, const uint8_t *body, const uint8_t *end)
{
	struct option opt;

	if (end - body < 8 || r->n_ifs == PCAPNG_IFS_MAX)
		return base_errno_set(EINVAL);
	struct pcapng_if *i = &r->ifs[r->n_ifs++];
	*i = (struct pcapng_if){
		.link_type = u16(r, body), .snaplen = u32(r, body + 4), .resolution = RESOLUTION_PLAIN};
	for (const uint8_t *p = body + 8; option_next(r, &p, end, &opt);) {
		if (opt.code == PCAPNG_OPT_IF_NAME)
			memcpy(i->name, opt.value,
				opt.len < PCAPNG_NAME_LEN_MAX ? opt.len : PCAPNG_NAME_LEN_MAX);
		else if (opt.code == PCAPNG_OPT_IF_TSRESOL && opt.len == 1)
			i->resolution = opt.value[0];
		else if (opt.code == PCAPNG_OPT_IF_TSOFFSET && opt.len == 8)
			i->offset_s = (int64_t)u64(r, opt.value);
	}
	return 0;
}

// Ticks of the interface as nanoseconds; what is finer than that is cut off.
static uint64_t time_of(const struct pcapng_if *i, uint64_t ticks)
{
	unsigned n = i->resolution & 0x7f;
	uint64_t ns = 0;

	if ((i->resolution & 0x80) != 0) {
		ns = n < 64 ? (uint64_t)((unsigned __int128)ticks * NS_PER_S >> n) : 0;
	} else if (n <= 9) {
		ns = ticks;
		for (; n < 9; n++)
			ns *= 10;
	} else {
		ns = ticks;
		for (; n > 9 && ns > 0; n--)
			ns /= 10;
	}
	return ns + (uint64_t)i->offset_s * NS_PER_S;
}

static int packet_read(
	struct pcapng_reader *r, const uint8_t *body, const uint8_t *end, struct pcapng_packet *out)
{
	struct option opt;

	if (end - body < 20)
		return base_errno_set(EINVAL);
	*out = (struct pcapng_packet){.interface = u32(r, body),
		.bytes = body + 20,
		.captured = u32(r, body + 12),
		.length = u32(r, body + 16)};
	size_t left = (size_t)(end - body) - 20;
	if (out->interface >= r->n_ifs || out->captured > left)
		return base_errno_set(EINVAL);
	uint64_t ticks = (uint64_t)u32(r, body + 4) << 32 | u32(r, body + 8);
	out->time_ns = time_of(&r->ifs[out->interface], ticks);
	size_t padded = ((size_t)out->captured + 3) & ~(size_t)3;
	if (padded > left)
		return base_errno_set(EINVAL);
	for (const uint8_t *p = out->bytes + padded; option_next(r, &p, end, &opt);) {
		if (opt.code == PCAPNG_OPT_PACKET_FLAGS && opt.len == 4)
			out->dir = (enum pcapng_dir)(u32(r, opt.value) & 3);
	}
	if (out->dir > PCAPNG_DIR_OUT)
		out->dir = PCAPNG_DIR_UNKNOWN;
	return 1;
}

// A packet of the first interface without a time.
static int simple_read(
	const struct pcapng_reader *r, const uint8_t *body, const uint8_t *end, struct pcapng_packet *out)
{
	if (end - body < 4 || r->n_ifs == 0)
		return base_errno_set(EINVAL);
	uint32_t left = (uint32_t)(end - body) - 4;
	*out = (struct pcapng_packet){.bytes = body + 4, .length = u32(r, body), .captured = u32(r, body)};
	if (r->ifs[0].snaplen != 0 && out->captured > r->ifs[0].snaplen)
		out->captured = r->ifs[0].snaplen;
	return out->captured > left ? base_errno_set(EINVAL) : 1;
}

int pcapng_read_block(struct pcapng_reader *r, const uint8_t *block, uint32_t len, struct pcapng_packet *out)
{
	const uint8_t *body = block + 8;
	const uint8_t *end = block + len - 4;

	if (len < BLOCK_FRAME || u32(r, block + 4) != len || u32(r, end) != len)
		return base_errno_set(EINVAL);
	switch (u32(r, block)) {
	case PCAPNG_BLOCK_SECTION:
		r->has_section = true;
		r->n_ifs = 0; // interfaces are counted anew in each section
		return 0;
	case PCAPNG_BLOCK_INTERFACE:
		return interface_read(r, body, end);
	case PCAPNG_BLOCK_PACKET:
		return packet_read(r, body, end, out);
	case PCAPNG_BLOCK_SIMPLE:
		return simple_read(r, body, end, out);
	}
	return 0;
}
