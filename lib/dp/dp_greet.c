// SPDX-License-Identifier: BSD-3-Clause
// Hello and SeqErr to a neighbor (docs/protocol.md section 8). Worker thread.
//
// They are signed here, by the secret that the neighbor itself uses, also where the port sends all else
// unsigned or by another secret: the neighbor can then check them, whatever step of a change of secrets it is
// at.
#include "dp_egress.h"
#include "dp_worker.h"
#include "wire_build.h"

static void value_tlv(struct wire_builder *build, uint8_t tag, uint64_t value)
{
	uint64_t value_be = __builtin_bswap64(value);

	wire_build_tlv(build, tag, &value_be, sizeof(value_be));
}

// The frame without a tag; its length, or -errno.
static int frame_build(uint8_t *frame, uint32_t size, const struct snap *s, uint8_t slot, uint64_t mac,
	const struct auth_peer_reply *reply)
{
	const struct snap_secrets *secrets = &s->secrets[slot];
	bool is_hello = reply->kind == AUTH_REPLY_HELLO;
	struct wire_builder build;
	struct wire_addr addr = {.eth_dst = base_mac_from_u64(mac),
		.eth_src = base_mac_from_u64(s->ports[slot].mac),
		.src_id = base_mac_from_u64(s->own_id),
		.dst_id = wire_id_all,
		.channel = s->channel};

	wire_build_begin(&build, frame, size, is_hello ? WIRE_TYPE_HELLO : WIRE_TYPE_SEQ_ERR, &addr);
	if (reply->has_nonce)
		value_tlv(&build, WIRE_TAG_NONCE, reply->nonce);
	if (reply->has_echo)
		value_tlv(&build, WIRE_TAG_NONCE_ECHO, reply->echo);
	if (is_hello)
		wire_build_bytes(&build, secrets->hello, secrets->hello_len);
	else
		value_tlv(&build, WIRE_TAG_COUNTER_MIN, reply->counter_min);
	return wire_build_finish(&build);
}

static void frame_sign(
	struct dp_worker *w, uint8_t slot, const struct auth_key *key, uint8_t *frame, uint32_t len)
{
	uint8_t *romon = frame + WIRE_ETH_LEN;
	struct auth_job job = {.key = key, .eth = frame, .romon = romon, .len = len - WIRE_ETH_LEN};

	auth_counter_store(&key->scheme, romon + AUTH_OFF, dp_sign_counters(w, slot, &key->scheme, 1));
	auth_digest_bulk(&job, 1);
	memcpy(auth_digest_at(&key->scheme, romon), job.digest, AUTH_DIGEST_LEN);
}

void dp_greet(
	struct dp_worker *w, uint8_t slot, uint64_t mac, uint32_t key, const struct auth_peer_reply *reply)
{
	const struct snap_port *port = &w->snap->ports[slot];
	uint8_t frame[WIRE_FRAME_LEN_MAX];

	if (port->state != SNAP_STATE_ACTIVE || !w->snap->is_enabled)
		return;
	int len = frame_build(frame, sizeof(frame), w->snap, slot, mac, reply);
	if (len < 0 || len - WIRE_ETH_LEN > port->l2mtu)
		return;
	frame_sign(w, slot, &w->snap->secrets[slot].keys[key], frame, (uint32_t)len);
	struct rte_mbuf *m = rte_pktmbuf_alloc(w->pool);
	if (m == NULL) {
		dp_count(&w->counters.no_mbuf, 1);
		return;
	}
	uint32_t l2_len = egress_l2_len(port);
	m->data_len = (uint16_t)(l2_len + (uint32_t)len - WIRE_ETH_LEN);
	m->pkt_len = m->data_len;
	egress_header_write(dp_eth(m), port, mac);
	memcpy(dp_eth(m) + l2_len, frame + WIRE_ETH_LEN, (size_t)len - WIRE_ETH_LEN);
	dp_tx_queue(w, slot, m, false);
}
