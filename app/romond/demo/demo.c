// SPDX-License-Identifier: BSD-3-Clause
// romond --demo. A router behind each virtual port announces itself once a second and answers
// (demo_router.h); the routers on ether1 and ether2 ping each other through romond, source-routed; two more
// sit on a relay group. Control thread.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rte_eth_ring.h>
#include <rte_mbuf.h>
#include <rte_ring.h>

#include "base_log.h"
#include "base_text.h"
#include "demo.h"
#include "demo_router.h"
#include "port.h"

LOG_TYPE("demo");

#define N_WIRES     BASE_ARRAY_LEN(routers)
#define RING_LEN    256
#define ANNOUNCE_MS 1000
#define PING_MS     250
#define TAKE_MAX    64

static const struct demo_router behind_hap[] = {
	{.mac = {{0x02, 0, 0, 0, 0xd0, 0x20}}, .identity = "cap-1", .board = "cAP ac"},
	{.mac = {{0x02, 0, 0, 0, 0xd0, 0x21}}, .identity = "cap-2", .board = "cAP ac"},
};
static const struct demo_router behind_rb750[] = {
	{.mac = {{0x02, 0, 0, 0, 0xd0, 0x22}}, .identity = "wap-1", .board = "wAP"},
};
static const struct demo_router routers[] = {
	{.mac = {{0x02, 0, 0, 0, 0xd0, 0x10}},
		.identity = "hap-1",
		.board = "hAP ac2",
		.n_behind = 2,
		behind_hap},
	{.mac = {{0x02, 0, 0, 0, 0xd0, 0x11}},
		.identity = "rb750-1",
		.board = "RB750Gr3",
		.n_behind = 1,
		behind_rb750},
	{.mac = {{0x02, 0, 0, 0, 0xd0, 0x12}}, .identity = "crs-1", .board = "CRS326"},
	{.mac = {{0x02, 0, 0, 0, 0xd0, 0x13}}, .identity = "sxt-1", .board = "SXT"},
	{.mac = {{0x02, 0, 0, 0, 0xd0, 0x14}}, .identity = "sxt-2", .board = "SXT"},
};

// The wire between a router and a port of romond.
struct wire {
	const struct demo_router *router;
	struct demo *demo;
	struct rte_ring *to_romond;
	struct rte_ring *from_romond;
	struct base_mac port_mac; // of romond's port
	uint64_t announce_at_ms;
};

struct demo {
	struct rte_mempool *pool;
	struct wire wires[N_WIRES];
	uint64_t ping_at_ms;
	uint32_t ping_seq;
	char config[2048];
};

static const char config_format[] =
	"# romond --demo: five virtual ports, a simulated router behind each\n"
	"romon: { identity: demo, id: 02:00:00:00:d0:00, role: master }\n"
	"discovery: { interval: 5s }\n"
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

static int wire_start(struct demo *demo, struct wire *w, uint32_t i)
{
	char name[32];

	w->demo = demo;
	w->router = &routers[i];
	snprintf(name, sizeof(name), "demo_in%u", i);
	w->to_romond = rte_ring_create(name, RING_LEN, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	snprintf(name, sizeof(name), "demo_out%u", i);
	w->from_romond = rte_ring_create(name, RING_LEN, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	if (w->to_romond == NULL || w->from_romond == NULL)
		return base_errno_set(ENOMEM);
	snprintf(name, sizeof(name), "demo%u", i);
	if (rte_eth_from_rings(name, &w->to_romond, 1, &w->from_romond, 1, (unsigned)SOCKET_ID_ANY) < 0)
		return base_errno_set(ENODEV);
	snprintf(name, sizeof(name), "net_ring_demo%u", i); // as the configuration calls it
	port_mac_made_up(name, &w->port_mac);
	return 0;
}

int demo_start(struct demo *demo, uint32_t n_mbufs)
{
	demo->pool = port_pool_get(SOCKET_ID_ANY, n_mbufs);
	if (demo->pool == NULL)
		return -errno;
	for (uint32_t i = 0; i < N_WIRES; i++) {
		int err = wire_start(demo, &demo->wires[i], i);

		if (err != 0) {
			LOG(ERROR, "virtual device %u: %s", i, strerror(-err));
			return err;
		}
	}
	return 0;
}

void demo_stop(struct demo *demo)
{
	struct rte_mbuf *m;

	for (uint32_t i = 0; i < N_WIRES; i++) {
		struct wire *w = &demo->wires[i];

		while (rte_ring_dequeue(w->to_romond, (void **)&m) == 0 ||
			rte_ring_dequeue(w->from_romond, (void **)&m) == 0)
			rte_pktmbuf_free(m);
		rte_ring_free(w->to_romond);
		rte_ring_free(w->from_romond);
	}
}

// Put a finished frame on the wire towards romond.
static void wire_send(void *user, const uint8_t *frame, int len)
{
	struct wire *w = user;
	struct rte_mbuf *m = len > 0 ? rte_pktmbuf_alloc(w->demo->pool) : NULL;

	if (m == NULL)
		return;
	memcpy(rte_pktmbuf_append(m, (uint16_t)len), frame, (size_t)len);
	if (rte_ring_enqueue(w->to_romond, m) != 0)
		rte_pktmbuf_free(m);
}

static void wire_listen(struct wire *w)
{
	struct rte_mbuf *m[TAKE_MAX];
	uint32_t n = rte_ring_dequeue_burst(w->from_romond, (void **)m, TAKE_MAX, NULL);

	for (uint32_t i = 0; i < n; i++)
		demo_router_hear(
			w->router, rte_pktmbuf_mtod(m[i], const uint8_t *), m[i]->data_len, wire_send, w);
	rte_pktmbuf_free_bulk(m, n);
}

// A ping between the routers on two wires.
static void wires_ping(struct demo *demo, uint32_t from, uint32_t to)
{
	struct wire *w = &demo->wires[from];

	demo_router_ping(
		w->router, &w->port_mac, to + 1, demo->wires[to].router, demo->ping_seq++, wire_send, w);
}

void demo_tick(struct demo *demo, uint64_t now_ms)
{
	for (uint32_t i = 0; i < N_WIRES; i++) {
		struct wire *w = &demo->wires[i];

		wire_listen(w);
		if (now_ms < w->announce_at_ms)
			continue;
		w->announce_at_ms = now_ms + ANNOUNCE_MS;
		demo_router_announce(w->router, wire_send, w);
	}
	if (now_ms >= demo->ping_at_ms) {
		demo->ping_at_ms = now_ms + PING_MS;
		wires_ping(demo, 0, 1);
		wires_ping(demo, 1, 0);
	}
}
