// SPDX-License-Identifier: BSD-3-Clause
// romond --demo. A router behind each virtual port announces itself once a second; the routers on ether1
// and ether2 ping each other through romond, source-routed; two more sit on a relay group. Control thread.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rte_eth_ring.h>
#include <rte_mbuf.h>
#include <rte_ring.h>

#include "base_be.h"
#include "base_log.h"
#include "base_text.h"
#include "demo.h"
#include "port.h"
#include "wire_build.h"
#include "wire_parse.h"

LOG_TYPE("demo");

#define N_ROUTERS        5
#define RING_LEN         256
#define ANNOUNCE_MS      1000
#define PING_MS          250
#define PING_SIZE        32
#define ROUTER_LINK_ID   2
#define ROUTER_PING_PORT 6276
#define TAKE_MAX         64

struct router {
	struct base_mac mac; // and its RoMON id
	struct rte_ring *to_romond;
	struct rte_ring *from_romond;
	struct base_mac port_mac; // of romond's port
	uint64_t announce_at_ms;
};

struct demo {
	struct rte_mempool *pool;
	struct router routers[N_ROUTERS];
	uint64_t ping_at_ms;
	uint32_t ping_seq;
	char config[2048];
};

static const char config_format[] =
	"# romond --demo: five virtual ports, a simulated router behind each\n"
	"romon: { identity: demo, id: 02:00:00:00:d0:00 }\n"
	"ports:\n"
	"  ether1: { device: net_ring_demo0, link-id: 1, comment: a simulated hAP }\n"
	"  ether2: { device: net_ring_demo1, link-id: 2, comment: a simulated RB750 }\n"
	"  ether3: { device: net_ring_demo2, link-id: 3, comment: a simulated CRS }\n"
	"relay-groups:\n"
	"  floor-2: { ports: { r1: { device: net_ring_demo3 }, r2: { device: net_ring_demo4 } } }\n"
	"workers: { cores: auto, idle: adaptive }\n"
	"memory: { hugepages: off, mbufs: 8192 }\n"
	"limits: { neighbors: 10000, origins: 10000 }\n"
	"file-prefix: romond-demo-%u\n"
	"state: { dir: none }\n"
	"control: { socket: %s/control.sock }\n";

struct demo *demo_create(void)
{
	struct demo *demo = calloc(1, sizeof(*demo));
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	char dir[96];
	struct base_text t;

	if (demo == NULL)
		return NULL;
	if (runtime != NULL && access(runtime, W_OK) == 0)
		snprintf(dir, sizeof(dir), "%s/romond-demo", runtime);
	else
		snprintf(dir, sizeof(dir), "/tmp/romond-demo-%u", (unsigned)getuid());
	if (mkdir(dir, 0700) != 0 && errno != EEXIST) {
		free(demo);
		return NULL;
	}
	base_text_init(&t, demo->config, sizeof(demo->config));
	base_text_add(&t, config_format, (unsigned)getpid(), dir);
	return demo;
}

void demo_destroy(struct demo *demo)
{
	free(demo);
}

const char *demo_config(const struct demo *demo)
{
	return demo->config;
}

static int router_start(struct router *r, int i)
{
	char name[32];

	r->mac = (struct base_mac){{0x02, 0, 0, 0, 0xd0, (uint8_t)(0x10 + i)}};
	snprintf(name, sizeof(name), "demo_in%d", i);
	r->to_romond = rte_ring_create(name, RING_LEN, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	snprintf(name, sizeof(name), "demo_out%d", i);
	r->from_romond = rte_ring_create(name, RING_LEN, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	if (r->to_romond == NULL || r->from_romond == NULL)
		return base_errno_set(ENOMEM);
	snprintf(name, sizeof(name), "demo%d", i);
	if (rte_eth_from_rings(name, &r->to_romond, 1, &r->from_romond, 1, (unsigned)SOCKET_ID_ANY) < 0)
		return base_errno_set(ENODEV);
	snprintf(name, sizeof(name), "net_ring_demo%d", i); // as the configuration calls it
	port_mac_made_up(name, &r->port_mac);
	return 0;
}

int demo_start(struct demo *demo, uint32_t n_mbufs)
{
	demo->pool = port_pool_get(SOCKET_ID_ANY, n_mbufs);
	if (demo->pool == NULL)
		return -errno;
	for (int i = 0; i < N_ROUTERS; i++) {
		int err = router_start(&demo->routers[i], i);

		if (err != 0) {
			LOG(ERROR, "virtual device %d: %s", i, strerror(-err));
			return err;
		}
	}
	return 0;
}

void demo_stop(struct demo *demo)
{
	struct rte_mbuf *m;

	for (int i = 0; i < N_ROUTERS; i++) {
		struct router *r = &demo->routers[i];

		while (rte_ring_dequeue(r->to_romond, (void **)&m) == 0 ||
			rte_ring_dequeue(r->from_romond, (void **)&m) == 0)
			rte_pktmbuf_free(m);
		rte_ring_free(r->to_romond);
		rte_ring_free(r->from_romond);
	}
}

// Put a finished frame on the wire towards romond.
static void router_send(struct demo *demo, struct router *r, const uint8_t *frame, int len)
{
	struct rte_mbuf *m = len > 0 ? rte_pktmbuf_alloc(demo->pool) : NULL;

	if (m == NULL)
		return;
	memcpy(rte_pktmbuf_append(m, (uint16_t)len), frame, (size_t)len);
	if (rte_ring_enqueue(r->to_romond, m) != 0)
		rte_pktmbuf_free(m);
}

static void router_announce(struct demo *demo, struct router *r)
{
	uint8_t frame[WIRE_FRAME_LEN_MAX];
	struct wire_builder b;
	struct wire_addr addr = {
		.eth_dst = wire_group_mac, .eth_src = r->mac, .src_id = r->mac, .dst_id = wire_id_all};
	struct wire_route route = {.id = r->mac};

	wire_slot_set(&route.out, ROUTER_LINK_ID, 1500, 100, &r->mac);
	wire_build_begin(&b, frame, sizeof(frame), WIRE_TYPE_DISCOVER, &addr);
	wire_build_route(&b, &route);
	router_send(demo, r, frame, wire_build_finish(&b));
}

// A ping from one router to another through romond: two links.
static void router_ping(struct demo *demo, struct router *from, const struct router *to, uint32_t to_link_id)
{
	uint8_t frame[WIRE_FRAME_LEN_MAX];
	uint8_t payload[PING_SIZE] = {0};
	struct base_mac mac = from->port_mac;
	struct wire_builder b;
	struct wire_addr addr = {
		.eth_dst = mac, .eth_src = from->mac, .src_id = from->mac, .dst_id = to->mac};

	wire_build_begin(&b, frame, sizeof(frame), WIRE_TYPE_DATA, &addr);
	wire_build_hop(&b, ROUTER_LINK_ID, &mac);
	wire_build_hop(&b, to_link_id, &to->mac);
	wire_build_services(&b, ROUTER_PING_PORT, WIRE_SERVICE_PING);
	base_be32_store(payload, demo->ping_seq++);
	wire_build_bytes(&b, payload, sizeof(payload));
	router_send(demo, from, frame, wire_build_finish(&b));
}

// Answer a ping as a router does: swap the last entry, reverse the list, swap ids and ports.
static void router_answer(struct demo *demo, struct router *r, const uint8_t *in, const struct wire_frame *f)
{
	const struct wire_hdr *h = (const struct wire_hdr *)(in + WIRE_ETH_LEN);
	const struct wire_eth *eth = (const struct wire_eth *)in;
	const uint8_t *romon = in + WIRE_ETH_LEN;
	uint8_t frame[WIRE_FRAME_LEN_MAX];
	struct wire_builder b;
	struct wire_addr addr = {
		.eth_dst = eth->src, .eth_src = r->mac, .src_id = r->mac, .dst_id = h->src_id};

	wire_build_begin(&b, frame, sizeof(frame), WIRE_TYPE_DATA, &addr);
	wire_build_hop(&b, ROUTER_LINK_ID, &eth->src);
	for (uint32_t i = f->n_hops - 1u; i > 0; i--) {
		const struct wire_hop *hop = wire_hop_at(romon, f, i - 1);

		wire_build_hop(&b, base_be32_load(hop->link_id), &hop->mac);
	}
	wire_build_services(&b, WIRE_SERVICE_PING, base_be16_load(romon + f->body_off));
	wire_build_bytes(&b, romon + f->body_off + sizeof(struct wire_services),
		f->len - f->body_off - sizeof(struct wire_services));
	router_send(demo, r, frame, wire_build_finish(&b));
}

static void router_listen(struct demo *demo, struct router *r)
{
	struct rte_mbuf *m[TAKE_MAX];
	uint32_t n = rte_ring_dequeue_burst(r->from_romond, (void **)m, TAKE_MAX, NULL);

	for (uint32_t i = 0; i < n; i++) {
		const uint8_t *frame = rte_pktmbuf_mtod(m[i], const uint8_t *);
		struct wire_frame f;

		if (wire_frame_parse(frame + WIRE_ETH_LEN, m[i]->data_len - WIRE_ETH_LEN, &f) == WIRE_OK &&
			f.type == WIRE_TYPE_DATA &&
			base_be16_load(frame + WIRE_ETH_LEN + f.body_off + 2) == WIRE_SERVICE_PING)
			router_answer(demo, r, frame, &f);
	}
	rte_pktmbuf_free_bulk(m, n);
}

void demo_tick(struct demo *demo, uint64_t now_ms)
{
	for (int i = 0; i < N_ROUTERS; i++) {
		struct router *r = &demo->routers[i];

		router_listen(demo, r);
		if (now_ms < r->announce_at_ms)
			continue;
		r->announce_at_ms = now_ms + ANNOUNCE_MS;
		router_announce(demo, r);
	}
	if (now_ms >= demo->ping_at_ms) {
		demo->ping_at_ms = now_ms + PING_MS;
		router_ping(demo, &demo->routers[0], &demo->routers[1], 2);
		router_ping(demo, &demo->routers[1], &demo->routers[0], 1);
	}
}
