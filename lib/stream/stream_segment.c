// SPDX-License-Identifier: BSD-3-Clause
// Segments on the wire. Pure; any thread.
#include "stream_segment.h"

#include "base_be.h"

enum { AT_SRC = 0, AT_DST = 2, AT_KIND = 4, AT_UNUSED = 5, AT_SEQ = 6, AT_ACK = 10 };

void stream_segment_build(uint8_t *out, const struct stream_segment *s)
{
	base_be16_store(out + AT_SRC, s->src_port);
	base_be16_store(out + AT_DST, s->dst_port);
	out[AT_KIND] = s->kind;
	out[AT_UNUSED] = 0;
	base_be32_store(out + AT_SEQ, s->seq);
	base_be32_store(out + AT_ACK, s->ack);
}

bool stream_segment_parse(const uint8_t *payload, uint32_t len, struct stream_segment *out)
{
	if (len < STREAM_SEGMENT_HEADER_LEN)
		return false;
	*out = (struct stream_segment){
		.src_port = base_be16_load(payload + AT_SRC),
		.dst_port = base_be16_load(payload + AT_DST),
		.kind = payload[AT_KIND],
		.seq = base_be32_load(payload + AT_SEQ),
		.ack = base_be32_load(payload + AT_ACK),
		.data = payload + STREAM_SEGMENT_HEADER_LEN,
		.len = len - STREAM_SEGMENT_HEADER_LEN,
	};
	return true;
}
