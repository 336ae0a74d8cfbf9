// SPDX-License-Identifier: BSD-3-Clause
// Builds a snapshot from the configuration and what is known of the ports. Control thread.
#include <stdlib.h>
#include <string.h>

#include "base_be.h"
#include "base_secmem.h"
#include "snap.h"
#include "wire_build.h"

// One sample of a bad frame a second and port is plenty for `romonctl why`.
#define BAD_SAMPLE_PPS   1
#define BAD_SAMPLE_BURST 1

// Neighbors that do not sign and are asked whether they could, a port: whoever makes up senders gets no more.
#define GREETING_PPS 20

static struct base_bucket_rate rate(const struct snap_input *in, uint32_t pps)
{
	// a burst of a tenth of a second, but never less than 32: what one poll may bring
	uint64_t burst = pps / 10 > 32 ? pps / 10 : 32;

	return base_bucket_rate_make(in->tsc_hz, pps, burst);
}

static bool filter_applies(const struct conf_filter *f, const struct conf_port *port)
{
	return f->port[0] == '\0' || strcmp(f->port, port->name) == 0;
}

// The filters of one port as one list; *out stays NULL when there is none.
static int filter_build(const struct conf *conf, const struct conf_port *port, const struct snap_filter **out)
{
	struct snap_filter *filter = NULL;

	for (uint32_t i = 0; i < conf->n_filters; i++) {
		const struct conf_filter *f = &conf->filters[i];

		if (!filter_applies(f, port))
			continue;
		if (filter == NULL)
			filter = calloc(1, sizeof(*filter));
		if (filter == NULL)
			return base_errno_set(ENOMEM);
		for (uint32_t k = 0; k < f->n_deny_services; k++)
			filter->services[filter->n_services++] = f->deny_services[k];
		for (uint32_t k = 0; k < f->deny_ids.n; k++)
			filter->ids[filter->n_ids++] = base_mac_u64(&f->deny_ids.id[k]);
	}
	if (filter != NULL)
		snap_filter_index(filter);
	*out = filter;
	return 0;
}

static uint8_t state_of(const struct conf_port *c, const struct snap_input_port *p)
{
	if (c->forbid)
		return SNAP_STATE_FORBIDDEN;
	return p->is_open && p->is_up ? SNAP_STATE_ACTIVE : SNAP_STATE_DOWN;
}

// Route, Identity, Version, Board: what a Hello of the port says behind its nonces.
static void hello_build(
	struct snap_secrets *out, const struct snap_input *in, const struct wire_link_end *end)
{
	struct wire_builder b = {.frame = out->hello, .size = sizeof(out->hello)};
	struct wire_route route = {.id = base_mac_from_u64(in->own_id), .out = *end};

	wire_build_route(&b, &route);
	if (in->self.identity != NULL)
		wire_build_tlv(&b, WIRE_TAG_IDENTITY, in->self.identity, strlen(in->self.identity));
	wire_build_tlv(&b, WIRE_TAG_VERSION, &in->self.version, sizeof(in->self.version));
	if (in->self.board != NULL)
		wire_build_tlv(&b, WIRE_TAG_BOARD, in->self.board, strlen(in->self.board));
	out->hello_len = (uint16_t)b.len; // a text that is too long is not in it
}

// The rules of docs/protocol.md section 7, and keys of the secrets.
static void secrets_build(struct snap *s, const struct snap_input *in, const struct conf_port *c,
	const struct snap_input_port *p)
{
	const struct conf_secrets *secrets = conf_port_secrets(in->conf, c);
	const struct auth_scheme *scheme = &in->conf->romon.auth_scheme;
	struct snap_port *port = &s->ports[p->slot];
	struct snap_secrets *out = &s->secrets[p->slot];

	if (secrets->n == 0)
		port->auth |= SNAP_ACCEPT_UNSIGNED;
	if (secrets->n == 0 || secrets->text[0][0] == '\0')
		port->auth |= SNAP_SEND_UNSIGNED;
	for (uint32_t i = 0; i < secrets->n; i++) {
		size_t len = strlen(secrets->text[i]);

		if (len == 0) {
			port->auth |= SNAP_ACCEPT_UNSIGNED;
			continue;
		}
		out->entry[out->n_keys] = (uint8_t)(i + 1);
		auth_key_init(&out->keys[out->n_keys++], scheme, secrets->text[i], len);
	}
	if (out->n_keys == 0)
		return;
	port->auth |= SNAP_VERIFIES;
	out->epoch = p->secrets_epoch;
	if (auth_scheme_has_hello(scheme))
		port->auth |= SNAP_HAS_HELLO;
	hello_build(out, in, &port->end);
	if ((port->auth & SNAP_SEND_UNSIGNED) == 0)
		s->signing_ports |= 1ull << p->slot;
}

static void group_join(struct snap_group *g, uint8_t slot, const struct snap_port *port)
{
	if (g->n_members++ == 0)
		g->vid = port->vid;
	g->members |= 1ull << slot;
	g->is_uniform = g->n_members == 1 || (g->is_uniform && g->vid == port->vid);
	if (port->state != SNAP_STATE_ACTIVE)
		return;
	if (g->ports == 0 || port->l2mtu < g->l2mtu_min)
		g->l2mtu_min = port->l2mtu;
	g->ports |= 1ull << slot;
}

static int port_build(struct snap *s, const struct snap_input *in, uint32_t i)
{
	const struct conf_port *c = &in->conf->ports[i];
	const struct snap_input_port *p = &in->ports[i];
	struct snap_port *out = &s->ports[p->slot];

	out->mac = base_mac_u64(&p->mac);
	out->tag = snap_port_tag(p->slot, p->slot_generation);
	out->vid = c->vlan;
	out->l2mtu = (uint16_t)(c->vlan != 0 ? p->mtu - WIRE_VLAN_LEN : p->mtu);
	out->ethdev_id = p->ethdev_id;
	out->n_txq = p->n_txq;
	out->state = state_of(c, p);
	out->mode = (uint8_t)c->mode;
	out->worker = p->worker;
	if (c->mode == CONF_MODE_RELAY) {
		out->group = (uint8_t)c->group_idx;
		group_join(&s->groups[c->group_idx], p->slot, out);
		return 0;
	}
	base_be32_store(&out->link_id_be, c->link_id);
	out->is_dispatched = c->dispatch == CONF_DISPATCH_NEIGHBOR;
	out->data_to_group = c->data_dst == CONF_DATA_DST_MULTICAST;
	wire_link_end_set(&out->end, c->link_id, out->l2mtu, c->cost, &p->mac);
	secrets_build(s, in, c, p);
	s->slot_of_link[c->link_id] = p->slot;
	if (p->is_open) {
		s->own_macs[s->n_own_macs++] = out->mac;
		s->own_mac_filter[out->mac >> 46] |= 1ull << (out->mac >> 40 & 63);
	}
	if (out->state == SNAP_STATE_ACTIVE)
		s->node_ports |= 1ull << p->slot;
	int err = filter_build(in->conf, c, &out->filter);
	s->has_filters |= out->filter != NULL;
	bool is_plain = err == 0 && out->state == SNAP_STATE_ACTIVE && out->vid == 0 && !out->data_to_group;
	out->plain_len = is_plain ? WIRE_ETH_LEN + (uint32_t)out->l2mtu : 0;
	return err;
}

// Enter the port into its device's map, and the device's queues into the poll list when it is new.
static int dev_build(struct snap *s, const struct snap_input *in, uint32_t i)
{
	const struct snap_input_port *p = &in->ports[i];
	uint16_t vid = in->conf->ports[i].vlan;
	uint32_t d = snap_dev_find(s, p->ethdev_id);

	if (d == SNAP_DEVS_MAX || (d == s->n_devs && s->n_rxqs + p->n_rxq > SNAP_RXQS_MAX))
		return base_errno_set(ENOSPC);
	struct snap_dev *dev = &s->devs[d];
	if (d == s->n_devs) {
		*dev = (struct snap_dev){
			.ethdev_id = p->ethdev_id, .slot_untagged = SNAP_SLOT_NONE, .slot_any = p->slot};
		for (uint16_t q = 0; q < p->n_rxq; q++)
			s->rxqs[s->n_rxqs++] = (struct snap_rxq){.ethdev_id = p->ethdev_id,
				.queue = q,
				.dev = (uint8_t)s->n_devs,
				.worker = p->worker,
				.is_dispatched = s->ports[p->slot].is_dispatched,
				.rx_fd = p->rx_fds == NULL ? -1 : p->rx_fds[q]};
		s->n_devs++;
	}
	if (vid == 0) {
		dev->slot_untagged = p->slot;
	} else {
		if (dev->slot_of_vid == NULL) {
			dev->slot_of_vid = malloc(4096);
			if (dev->slot_of_vid == NULL)
				return base_errno_set(ENOMEM);
			memset(dev->slot_of_vid, SNAP_SLOT_NONE, 4096);
		}
		dev->slot_of_vid[vid] = p->slot;
	}
	dev->is_single = dev->slot_of_vid == NULL;
	return 0;
}

static uint32_t max_u32(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

static void settings_build(struct snap *s, const struct snap_input *in)
{
	const struct conf *c = in->conf;

	s->generation = in->generation;
	s->own_id = in->own_id;
	s->is_enabled = c->romon.is_enabled;
	s->channel = c->romon.channel;
	s->hop_limit = c->romon.hop_limit;
	s->data = wire_data_want_make(s->channel, s->hop_limit + 1u); // links: one more than forwarders
	s->flood_hold_ms = c->romon.flood_hold_ms;
	s->neighbor_age_ms = c->romon.neighbor_age_s * 1000;
	s->origin_age_ms = max_u32(s->neighbor_age_ms, s->flood_hold_ms);
	s->source_age_ms = s->neighbor_age_ms;
	s->discover_in = rate(in, c->limits.discover_in_pps);
	s->origin = rate(in, c->limits.answers_per_origin_pps);
	s->punt = rate(in, c->limits.punt_pps);
	s->punt_spare = rate(in, max_u32(c->limits.punt_pps, c->limits.punt_spare_pps));
	s->answers_ping = c->services.ping;
	s->bad_digest = rate(in, c->limits.bad_digests_pps);
	s->greeting = base_bucket_rate_make(in->tsc_hz, GREETING_PPS, GREETING_PPS);
	s->bad_sample = base_bucket_rate_make(in->tsc_hz, BAD_SAMPLE_PPS, BAD_SAMPLE_BURST);
	s->tap = in->tap;
	s->has_tap = (in->tap.in | in->tap.out | in->tap.torch) != 0;
	s->n_groups = c->n_groups;
	for (uint32_t g = 0; g < c->n_groups; g++) {
		s->groups[g].tag = (uint16_t)(0x4000u | g);
		s->groups[g].loop_guard_ms = c->groups[g].loop_guard_ms;
		s->source_age_ms = max_u32(s->source_age_ms, c->groups[g].loop_guard_ms);
		s->groups[g].storm = rate(in, c->groups[g].storm_limit_pps);
	}
	memset(s->slot_of_link, SNAP_SLOT_NONE, sizeof(s->slot_of_link));
}

struct snap *snap_build(const struct snap_input *in)
{
	struct snap *s = base_secmem_alloc(sizeof(*s)); // keys are as good as secrets

	if (s == NULL)
		return base_errno_null(ENOMEM);
	settings_build(s, in);
	for (uint32_t i = 0; i < in->conf->n_ports; i++) {
		if (in->conf->ports[i].is_disabled)
			continue;
		int err = port_build(s, in, i);
		if (err == 0 && in->ports[i].is_open)
			err = dev_build(s, in, i);
		if (err != 0) {
			snap_free(s);
			return base_errno_null(-err);
		}
	}
	return s;
}

void snap_free(struct snap *s)
{
	if (s == NULL)
		return;
	for (uint32_t p = 0; p < SNAP_PORTS_MAX; p++)
		free((void *)(uintptr_t)s->ports[p].filter);
	for (uint32_t d = 0; d < s->n_devs; d++)
		free(s->devs[d].slot_of_vid);
	base_secmem_free(s);
}
