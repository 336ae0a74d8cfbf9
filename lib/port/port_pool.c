// SPDX-License-Identifier: BSD-3-Clause
// Mbuf pools. Control thread; what workers do with the mbufs meanwhile needs no lock.
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_mbuf_pool_ops.h>
#include <rte_mempool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base_log.h"
#include "base_text.h"
#include "port.h"
#include "port_pool.h"

LOG_TYPE("port");

#define CACHE_MAX   256  // mbufs that an lcore keeps; four bursts of the largest size
#define TAP_MBUFS   4095 // what one worker's ring to control takes
#define TAP_CACHE   64
#define POOLS_MAX   RTE_MAX_NUMA_NODES
#define RETIRED_MAX 64
#define NAME_PREFIX "romond_"
#define ZONE_SLACK  (1024 * 1024) // ring of the pool, headers, alignment

// A received frame stands behind the kernel's own headroom (XDP_PACKET_HEADROOM) and ours.
#define XDP_ROOM (RTE_PKTMBUF_HEADROOM + 256 + PORT_FRAME_MAX)

_Static_assert(RTE_MBUF_DEFAULT_BUF_SIZE - RTE_PKTMBUF_HEADROOM == PORT_FRAME_MAX, "one limit for all pools");
_Static_assert(
	XDP_ROOM + sizeof(struct rte_mbuf) + 256 < 4096, "the kernel takes no buffer larger than a page");

_Static_assert(PORT_POOLS_MAX >= POOLS_MAX + 1 + RTE_MAX_ETHPORTS + RETIRED_MAX, "all are listed");

static struct {
	struct rte_mempool *sockets[POOLS_MAX];
	struct rte_mempool *retired[RETIRED_MAX];  // pools of closed AF_XDP devices, some mbufs still out
	struct rte_mempool *xdp[RTE_MAX_ETHPORTS]; // of open ones
	struct rte_mempool *tap;                   // of copies for `capture`
	uint32_t n_made;                           // for names
} pools;

static uint64_t pool_bytes(uint32_t n, uint16_t room)
{
	struct rte_mempool_objsz size;

	rte_mempool_calc_obj_size(sizeof(struct rte_mbuf) + room, 0, &size);
	return (uint64_t)n * (size.total_size + sizeof(void *)) + ZONE_SLACK;
}

uint64_t port_pool_bytes(uint32_t mbufs)
{
	return pool_bytes(mbufs, RTE_MBUF_DEFAULT_BUF_SIZE);
}

uint64_t port_pool_xdp_bytes(uint32_t n_queues)
{
	return pool_bytes(n_queues * PORT_XDP_QUEUE_MBUFS, XDP_ROOM);
}

// Where objects may cross pages DPDK gives them no I/O address. Ours is the virtual one then.
static void io_address_set(struct rte_mempool *pool, void *ctx, void *obj, unsigned idx)
{
	struct rte_mbuf *m = obj;

	(void)pool;
	(void)ctx;
	(void)idx;
	rte_mbuf_iova_set(m, (rte_iova_t)(uintptr_t)m->buf_addr);
}

// Without hugepages DPDK would give each mbuf a 4 KiB page of its own, and net_af_xdp would then register
// too little of the memory: let mbufs cross pages there. With hugepages mbufs do not cross them (a
// descriptor of a zero-copy queue must not).
static struct rte_mempool *pool_make(
	const char *name, uint32_t n, uint32_t cache, uint16_t room, int socket_id)
{
	struct rte_pktmbuf_pool_private priv = {.mbuf_data_room_size = room};
	unsigned flags = rte_eal_has_hugepages() ? 0 : RTE_MEMPOOL_F_NO_IOVA_CONTIG;
	struct rte_mempool *pool = rte_mempool_create_empty(
		name, n, (unsigned)sizeof(struct rte_mbuf) + room, cache, sizeof(priv), socket_id, flags);

	if (pool == NULL)
		return base_errno_null(rte_errno);
	int rc = rte_mempool_set_ops_byname(pool, rte_mbuf_best_mempool_ops(), NULL);
	if (rc == 0) {
		rte_pktmbuf_pool_init(pool, &priv);
		rc = rte_mempool_populate_default(pool);
	}
	if (rc < 0) {
		rte_mempool_free(pool);
		return base_errno_null(-rc);
	}
	rte_mempool_obj_iter(pool, rte_pktmbuf_init, NULL);
	if (flags != 0)
		rte_mempool_obj_iter(pool, io_address_set, NULL);
	return pool;
}

struct rte_mempool *port_pool_get(int socket_id, uint32_t mbufs)
{
	uint32_t place = socket_id >= 0 && socket_id < POOLS_MAX ? (uint32_t)socket_id : 0;
	uint32_t cache = mbufs / 16 < CACHE_MAX ? mbufs / 16 : CACHE_MAX;
	char name[RTE_MEMPOOL_NAMESIZE];

	if (pools.sockets[place] == NULL) {
		snprintf(name, sizeof(name), NAME_PREFIX "socket%u", place);
		pools.sockets[place] = pool_make(name, mbufs, cache, RTE_MBUF_DEFAULT_BUF_SIZE,
			socket_id == SOCKET_ID_ANY ? SOCKET_ID_ANY : (int)place);
	}
	return pools.sockets[place];
}

struct rte_mempool *port_pool_tap_get(void)
{
	if (pools.tap == NULL)
		pools.tap = pool_make(
			NAME_PREFIX "tap", TAP_MBUFS, TAP_CACHE, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	return pools.tap;
}

uint64_t port_pool_tap_bytes(void)
{
	return pool_bytes(TAP_MBUFS, RTE_MBUF_DEFAULT_BUF_SIZE);
}

// Free the retired pools whose last mbuf has come back.
static void retired_sweep(void)
{
	for (uint32_t i = 0; i < RETIRED_MAX; i++) {
		if (pools.retired[i] != NULL && rte_mempool_full(pools.retired[i])) {
			rte_mempool_free(pools.retired[i]);
			pools.retired[i] = NULL;
		}
	}
}

// net_af_xdp registers count * size bytes from the first mbuf on: with gaps at page borders the last few
// mbufs lie behind that. They never get to the driver; *ctx counts them.
struct reach {
	uintptr_t end;
	void **beyond;
	uint32_t n_beyond;
	void **within;
	uint32_t n_within;
};

static int reach_sort(struct rte_mempool *pool, struct reach *r)
{
	size_t object = pool->header_size + pool->elt_size + pool->trailer_size;
	void *obj;

	r->end = (uintptr_t)STAILQ_FIRST(&pool->mem_list)->addr + pool->populated_size * object;
	while (rte_mempool_get(pool, &obj) == 0) {
		if ((uintptr_t)obj - pool->header_size + object <= r->end)
			r->within[r->n_within++] = obj;
		else
			r->beyond[r->n_beyond++] = obj;
	}
	rte_mempool_put_bulk(pool, r->within, r->n_within);
	return r->n_within >= pool->size - pool->size / 16 ? 0 : -ENOMEM;
}

static int reach_limit(struct rte_mempool *pool)
{
	struct reach r = {0};

	r.within = calloc(pool->size, sizeof(void *));
	r.beyond = calloc(pool->size, sizeof(void *));
	int rc = r.within == NULL || r.beyond == NULL ? -ENOMEM : reach_sort(pool, &r);
	if (rc != 0 && r.beyond != NULL)
		rte_mempool_put_bulk(pool, r.beyond, r.n_beyond);
	free(r.within);
	free(r.beyond);
	return rc;
}

struct rte_mempool *port_pool_xdp_create(int socket_id, uint32_t n_queues)
{
	char name[RTE_MEMPOOL_NAMESIZE];
	uint32_t place = 0;

	retired_sweep();
	while (place < RTE_MAX_ETHPORTS && pools.xdp[place] != NULL)
		place++;
	if (place == RTE_MAX_ETHPORTS)
		return base_errno_null(ENOSPC);
	snprintf(name, sizeof(name), NAME_PREFIX "xdp%u", pools.n_made++);
	// No per-lcore caches: what lies in the cache of another lcore cannot be counted.
	struct rte_mempool *pool = pool_make(name, n_queues * PORT_XDP_QUEUE_MBUFS, 0, XDP_ROOM, socket_id);
	if (pool == NULL)
		return NULL;
	int rc = reach_limit(pool);
	if (rc != 0) {
		rte_mempool_free(pool);
		return base_errno_null(-rc);
	}
	pools.xdp[place] = pool;
	return pool;
}

void port_pool_xdp_give(const struct rte_mempool *pool, struct rte_mbuf *const *mbufs, uint16_t n)
{
	for (uint16_t i = 0; i < n; i++) {
		if (mbufs[i]->pool == pool && rte_mbuf_refcnt_read(mbufs[i]) == 1)
			mbufs[i]->port = RTE_MBUF_PORT_INVALID;
	}
}

struct taking {
	void **free; // sorted
	uint32_t n_free;
	void **lost;
	uint32_t n_lost;
};

static int pointer_compare(const void *a, const void *b)
{
	const void *const *x = a;
	const void *const *y = b;

	return (*x > *y) - (*x < *y);
}

static void taking_one(struct rte_mempool *pool, void *ctx, void *obj, unsigned idx)
{
	struct taking *t = ctx;
	struct rte_mbuf *m = obj;

	(void)pool;
	(void)idx;
	if (m->port != RTE_MBUF_PORT_INVALID ||
		bsearch(&obj, t->free, t->n_free, sizeof(obj), pointer_compare) != NULL)
		return;
	rte_mbuf_refcnt_set(m, 1);
	m->next = NULL;
	m->nb_segs = 1;
	t->lost[t->n_lost++] = obj;
}

// Take every free mbuf out, so that what is neither free nor received can be seen, and put both back.
// Workers may put mbufs of theirs back at the same time: these have a valid port.
static void forgotten_take(struct rte_mempool *pool)
{
	struct taking t = {
		.free = calloc(pool->size, sizeof(void *)), .lost = calloc(pool->size, sizeof(void *))};

	if (t.free != NULL && t.lost != NULL) {
		while (t.n_free < pool->size && rte_mempool_get(pool, &t.free[t.n_free]) == 0)
			t.n_free++;
		qsort(t.free, t.n_free, sizeof(void *), pointer_compare);
		rte_mempool_obj_iter(pool, taking_one, &t);
		rte_mempool_put_bulk(pool, t.free, t.n_free);
		rte_mempool_put_bulk(pool, t.lost, t.n_lost);
	}
	free(t.free);
	free(t.lost);
}

void port_pool_xdp_retire(struct rte_mempool *pool)
{
	if (pool == NULL)
		return;
	for (uint32_t i = 0; i < RTE_MAX_ETHPORTS; i++) {
		if (pools.xdp[i] == pool)
			pools.xdp[i] = NULL;
	}
	forgotten_take(pool);
	for (uint32_t i = 0; i < RETIRED_MAX; i++) {
		if (pools.retired[i] == NULL) {
			pools.retired[i] = pool;
			retired_sweep();
			return;
		}
	}
	LOG(WARNING, "%u mbufs of closed AF_XDP devices do not come back: their memory is lost",
		rte_mempool_in_use_count(pool));
}

static uint32_t use_add(
	struct port_pool_use *out, uint32_t n_max, uint32_t n, const struct rte_mempool *pool, bool is_common)
{
	if (pool == NULL)
		return n;
	if (n < n_max) {
		out[n] = (struct port_pool_use){
			.is_common = is_common, .size = pool->size, .in_use = rte_mempool_in_use_count(pool)};
		base_text_copy(out[n].name, sizeof(out[n].name),
			strncmp(pool->name, NAME_PREFIX, strlen(NAME_PREFIX)) == 0
				? pool->name + strlen(NAME_PREFIX)
				: pool->name);
	}
	return n + 1;
}

uint32_t port_pools_list(struct port_pool_use *out, uint32_t n_max)
{
	uint32_t n = 0;

	retired_sweep();
	for (uint32_t i = 0; i < POOLS_MAX; i++)
		n = use_add(out, n_max, n, pools.sockets[i], true);
	n = use_add(out, n_max, n, pools.tap, false);
	for (uint32_t i = 0; i < RTE_MAX_ETHPORTS; i++)
		n = use_add(out, n_max, n, pools.xdp[i], false);
	for (uint32_t i = 0; i < RETIRED_MAX; i++)
		n = use_add(out, n_max, n, pools.retired[i], false);
	return n;
}

uint32_t port_pools_in_use(void)
{
	struct port_pool_use list[PORT_POOLS_MAX];
	uint32_t n = port_pools_list(list, PORT_POOLS_MAX);
	uint32_t sum = 0;

	for (uint32_t i = 0; i < n; i++)
		sum += list[i].in_use;
	return sum;
}

uint32_t port_pools_fini(void)
{
	uint32_t n = port_pools_in_use();

	for (uint32_t i = 0; i < RETIRED_MAX; i++) {
		rte_mempool_free(pools.retired[i]);
		pools.retired[i] = NULL;
	}
	rte_mempool_free(pools.tap);
	pools.tap = NULL;
	for (uint32_t i = 0; i < POOLS_MAX; i++) {
		rte_mempool_free(pools.sockets[i]);
		pools.sockets[i] = NULL;
	}
	return n;
}
