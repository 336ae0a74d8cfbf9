// SPDX-License-Identifier: BSD-3-Clause
// Frames that control sends: by the down ring of the worker that owns the port. Control thread.
#include <string.h>

#include <rte_mbuf.h>

#include "base_be.h"
#include "inject.h"
#include "slots.h"
#include "xchg_channel.h"

const struct snap_port *inject_port(const struct app *app, uint8_t slot)
{
	const struct snap *s = snap_current(app->snaps);

	if (slot >= SNAP_PORTS_MAX || !s->is_enabled)
		return NULL;
	const struct snap_port *port = &s->ports[slot];
	return port->state != SNAP_STATE_INVALID && port->mode == CONF_MODE_NODE ? port : NULL;
}

int inject_slot_of(const struct app *app, uint32_t link_id)
{
	const struct snap *s = snap_current(app->snaps);
	uint8_t slot = link_id <= SNAP_LINK_ID_MAX ? s->slot_of_link[link_id] : SNAP_SLOT_NONE;

	return slot == SNAP_SLOT_NONE ? -ENOENT : slot;
}

static struct rte_mempool *pool_of(const struct app *app, uint8_t slot)
{
	const struct app_dev *d = app->slots[slot].is_used ? slots_dev(app, &app->slots[slot]) : NULL;

	return d != NULL && d->dev != NULL ? d->dev->pool : NULL;
}

// The frame behind the port's Ethernet header: a tag grows it at the front.
static void frame_write(struct rte_mbuf *m, const struct snap_port *port, const uint8_t *frame, uint32_t len)
{
	uint32_t tag_len = port->vid != 0 ? WIRE_VLAN_LEN : 0;
	uint8_t *eth = (uint8_t *)rte_pktmbuf_append(m, (uint16_t)(len + tag_len));

	memcpy(eth, frame, 2 * BASE_MAC_LEN);
	if (tag_len != 0) {
		base_be16_store(eth + 12, WIRE_ETHERTYPE_VLAN);
		base_be16_store(eth + 14, port->vid);
	}
	memcpy(eth + 12 + tag_len, frame + 12, len - 12);
	if (port->data_to_group)
		memcpy(eth, &wire_group_mac, BASE_MAC_LEN);
}

int inject_send(struct app *app, uint8_t slot, const uint8_t *frame, uint32_t len)
{
	const struct snap_port *port = inject_port(app, slot);
	struct rte_mempool *pool = pool_of(app, slot);

	if (port == NULL || pool == NULL || port->state != SNAP_STATE_ACTIVE)
		return -ENETDOWN;
	if (len < WIRE_ETH_LEN || len - WIRE_ETH_LEN > port->l2mtu)
		return -EMSGSIZE;
	struct rte_mbuf *m = rte_pktmbuf_alloc(pool);
	if (m == NULL)
		return -ENOBUFS;
	if (rte_pktmbuf_tailroom(m) < len + WIRE_VLAN_LEN) {
		rte_pktmbuf_free(m);
		return -EMSGSIZE;
	}
	frame_write(m, port, frame, len);
	xchg_mark(m, slot, 0, 0);
	if (rte_ring_sp_enqueue(app->channels[port->worker]->down, m) != 0) {
		rte_pktmbuf_free(m);
		return -ENOBUFS;
	}
	xchg_wake_up(&app->channels[port->worker]->wake);
	return 0;
}
