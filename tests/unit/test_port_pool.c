// SPDX-License-Identifier: BSD-3-Clause
// Pools: the list of them, what of an AF_XDP device's pool comes back, and when a retired one goes.
#include <errno.h>
#include <net/if.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <string.h>

#include "eal_start.h"
#include "port.h"
#include "port_pool.h"
#include "port_private.h"
#include "suite.h"

#define MBUFS 512
#define XDP_N PORT_XDP_QUEUE_MBUFS // of one queue

static struct port_pool_use list[PORT_POOLS_MAX];

// Take every mbuf out and put it back: no one is there twice, and so many are.
static uint32_t n_free(struct rte_mempool *pool)
{
	static void *all[XDP_N];
	uint32_t n = 0;

	while (n < XDP_N && rte_mempool_get(pool, &all[n]) == 0)
		n++;
	rte_mempool_put_bulk(pool, all, n);
	return n;
}

static void pools_are_listed_with_what_is_out(void)
{
	struct rte_mbuf *m[3];

	CU_ASSERT_EQUAL(port_pools_list(list, PORT_POOLS_MAX), 0);
	CU_ASSERT_EQUAL(port_pools_in_use(), 0);
	struct rte_mempool *common = port_pool_get(0, MBUFS);
	struct rte_mempool *tap = port_pool_tap_get();
	CU_ASSERT_PTR_NOT_NULL_FATAL(common);
	CU_ASSERT_PTR_NOT_NULL_FATAL(tap);
	CU_ASSERT_PTR_EQUAL(port_pool_tap_get(), tap);
	CU_ASSERT_EQUAL(tap->size, 4095);
	CU_ASSERT_EQUAL(tap->cache_size, 64);
	m[0] = rte_pktmbuf_alloc(common);
	m[1] = rte_pktmbuf_alloc(common);
	m[2] = rte_pktmbuf_alloc(tap);

	CU_ASSERT_EQUAL(port_pools_list(list, PORT_POOLS_MAX), 2);
	CU_ASSERT_STRING_EQUAL(list[0].name, "socket0");
	CU_ASSERT(list[0].is_common);
	CU_ASSERT_EQUAL(list[0].size, MBUFS);
	CU_ASSERT_EQUAL(list[0].in_use, 2);
	CU_ASSERT_STRING_EQUAL(list[1].name, "tap");
	CU_ASSERT_FALSE(list[1].is_common);
	CU_ASSERT_EQUAL(list[1].size, 4095);
	CU_ASSERT_EQUAL(list[1].in_use, 1);
	CU_ASSERT_EQUAL(port_pools_in_use(), 3);

	// no more than there is room for, and all are counted
	memset(list, 0xff, sizeof(list));
	CU_ASSERT_EQUAL(port_pools_list(list, 1), 2);
	CU_ASSERT_EQUAL(list[0].in_use, 2);
	CU_ASSERT_EQUAL(list[1].in_use, UINT32_MAX);
	CU_ASSERT_EQUAL(port_pools_list(list, 0), 2);
	for (int i = 0; i < 3; i++)
		rte_pktmbuf_free(m[i]);
	CU_ASSERT_EQUAL(port_pools_in_use(), 0);
}

static void the_end_tells_how_many_did_not_come_back(void)
{
	struct rte_mempool *common = port_pool_get(0, MBUFS);
	struct rte_mempool *tap = port_pool_tap_get();
	struct rte_mbuf *m;

	CU_ASSERT_PTR_NOT_NULL_FATAL(rte_pktmbuf_alloc(common));
	m = rte_pktmbuf_alloc(tap);
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT_EQUAL(port_pools_fini(), 2);
	CU_ASSERT_EQUAL(port_pools_list(list, PORT_POOLS_MAX), 0);
	CU_ASSERT_PTR_NULL(rte_mempool_lookup("romond_tap"));
	CU_ASSERT_PTR_NULL(rte_mempool_lookup("romond_socket0"));
	CU_ASSERT_EQUAL(port_pools_fini(), 0);
}

static void a_pool_is_of_its_socket_and_has_its_cache(void)
{
	struct rte_mempool *any = port_pool_get(SOCKET_ID_ANY, 512);

	CU_ASSERT_PTR_NOT_NULL_FATAL(any);
	CU_ASSERT_STRING_EQUAL(any->name, "romond_socket0");
	CU_ASSERT_EQUAL(any->cache_size, 32);
	CU_ASSERT_PTR_EQUAL(port_pool_get(0, 512), any);
	CU_ASSERT_PTR_EQUAL(port_pool_get(RTE_MAX_NUMA_NODES, 512), any); // no such socket
	CU_ASSERT_EQUAL(port_pools_fini(), 0);
	any = port_pool_get(0, 8192);
	CU_ASSERT_PTR_NOT_NULL_FATAL(any);
	CU_ASSERT_EQUAL(any->cache_size, 256); // at most
	CU_ASSERT_EQUAL(any->size, 8192);
	CU_ASSERT_EQUAL(port_pools_fini(), 0);
}

static void what_the_driver_forgot_comes_back_at_once(void)
{
	struct rte_mempool *pool = port_pool_xdp_create(SOCKET_ID_ANY, 1);
	struct rte_mbuf *held[2];

	CU_ASSERT_PTR_NOT_NULL_FATAL(pool);
	CU_ASSERT_EQUAL(pool->size, XDP_N);
	CU_ASSERT_EQUAL(pool->cache_size, 0);
	CU_ASSERT_EQUAL(port_pools_list(list, PORT_POOLS_MAX), 1);
	CU_ASSERT_PTR_EQUAL(strstr(list[0].name, "xdp"), list[0].name);
	CU_ASSERT_FALSE(list[0].is_common);
	uint32_t n_beyond = list[0].in_use; // where mbufs may not lie
	CU_ASSERT_EQUAL(n_free(pool), XDP_N - n_beyond);
	for (int i = 0; i < 40; i++) // in the fill ring
		CU_ASSERT_PTR_NOT_NULL(rte_pktmbuf_alloc(pool));
	for (int i = 0; i < 2; i++) { // received, and a worker has them
		held[i] = rte_pktmbuf_alloc(pool);
		CU_ASSERT_PTR_NOT_NULL_FATAL(held[i]);
		held[i]->port = 3;
	}
	port_pool_xdp_retire(pool);
	CU_ASSERT_EQUAL(port_pools_list(list, PORT_POOLS_MAX), 1); // it waits for them
	CU_ASSERT_EQUAL(list[0].in_use, 2);
	rte_pktmbuf_free(held[0]);
	CU_ASSERT_EQUAL(port_pools_list(list, PORT_POOLS_MAX), 1);
	CU_ASSERT_EQUAL(list[0].in_use, 1);
	rte_pktmbuf_free(held[1]);
	CU_ASSERT_EQUAL(port_pools_list(list, PORT_POOLS_MAX), 0);
	CU_ASSERT_EQUAL(port_pools_fini(), 0);
}

static void an_mbuf_that_is_sent_is_the_drivers_again(void)
{
	struct rte_mempool *pool = port_pool_xdp_create(SOCKET_ID_ANY, 1);
	struct rte_mempool *common = port_pool_get(0, MBUFS);
	struct rte_mbuf *m[3];

	CU_ASSERT_PTR_NOT_NULL_FATAL(pool);
	CU_ASSERT_PTR_NOT_NULL_FATAL(common);
	m[0] = rte_pktmbuf_alloc(pool);
	m[1] = rte_pktmbuf_alloc(pool);
	m[2] = rte_pktmbuf_alloc(common);
	for (int i = 0; i < 3; i++)
		m[i]->port = 3;
	rte_mbuf_refcnt_set(m[1], 2); // another device sends it, too
	port_pool_xdp_give(pool, m, 3);
	CU_ASSERT_EQUAL(m[0]->port, RTE_MBUF_PORT_INVALID);
	CU_ASSERT_EQUAL(m[1]->port, 3);
	CU_ASSERT_EQUAL(m[2]->port, 3);
	m[0]->port = 3;
	port_pool_xdp_give(pool, m, 0);
	CU_ASSERT_EQUAL(m[0]->port, 3);
	port_pool_xdp_give(pool, m, 1);
	rte_mbuf_refcnt_set(m[1], 1);
	rte_pktmbuf_free(m[1]);
	rte_pktmbuf_free(m[2]);
	m[0]->next = m[1]; // as it was when the driver forgot it
	m[0]->nb_segs = 2;
	rte_mbuf_refcnt_set(m[0], 2);
	port_pool_xdp_retire(pool);
	port_pool_xdp_retire(NULL);
	CU_ASSERT_EQUAL(port_pools_in_use(), 0);
	CU_ASSERT_EQUAL(port_pools_fini(), 0);
}

static void a_forgotten_mbuf_is_as_a_new_one(void)
{
	struct rte_mempool *pool = port_pool_xdp_create(SOCKET_ID_ANY, 1);
	struct rte_mbuf *held;
	struct rte_mbuf *m;

	CU_ASSERT_PTR_NOT_NULL_FATAL(pool);
	held = rte_pktmbuf_alloc(pool);
	held->port = 3; // the pool stays for it
	m = rte_pktmbuf_alloc(pool);
	m->next = held;
	m->nb_segs = 2;
	rte_mbuf_refcnt_set(m, 2);
	port_pool_xdp_retire(pool);
	CU_ASSERT_EQUAL(rte_mbuf_refcnt_read(m), 1);
	CU_ASSERT_PTR_NULL(m->next);
	CU_ASSERT_EQUAL(m->nb_segs, 1);
	CU_ASSERT_EQUAL(rte_mbuf_refcnt_read(held), 1);
	CU_ASSERT_EQUAL(n_free(pool), XDP_N - 1);
	rte_pktmbuf_free(held);
	CU_ASSERT_EQUAL(port_pools_list(list, PORT_POOLS_MAX), 0);
}

// The name of a pool that waits for mbufs is not given away.
static void pools_of_one_after_another_have_names_of_their_own(void)
{
	struct rte_mempool *first = port_pool_xdp_create(SOCKET_ID_ANY, 1);
	struct rte_mbuf *m = first == NULL ? NULL : rte_pktmbuf_alloc(first);

	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	m->port = 1;
	port_pool_xdp_retire(first);
	struct rte_mempool *second = port_pool_xdp_create(SOCKET_ID_ANY, 1);
	CU_ASSERT_PTR_NOT_NULL_FATAL(second);
	CU_ASSERT_NOT_EQUAL(strcmp(first->name, second->name), 0);
	CU_ASSERT_EQUAL(port_pools_list(list, PORT_POOLS_MAX), 2);
	rte_pktmbuf_free(m);
	port_pool_xdp_retire(second);
	CU_ASSERT_EQUAL(port_pools_list(list, PORT_POOLS_MAX), 0);
}

static void bytes_grow_with_mbufs(void)
{
	// ring entry and mbuf, header and room for a frame: a little more than 2 KiB each
	uint64_t each = (port_pool_bytes(3000) - port_pool_bytes(2000)) / 1000;

	CU_ASSERT(each >= RTE_MBUF_DEFAULT_BUF_SIZE + sizeof(struct rte_mbuf) + sizeof(void *));
	CU_ASSERT(each <= RTE_MBUF_DEFAULT_BUF_SIZE + sizeof(struct rte_mbuf) + 256);
	CU_ASSERT_EQUAL(port_pool_bytes(3000) - port_pool_bytes(2000), 1000 * each);
	CU_ASSERT_EQUAL(port_pool_bytes(0), 1024 * 1024);
	CU_ASSERT_EQUAL(port_pool_tap_bytes(), port_pool_bytes(4095));
	uint64_t xdp = port_pool_xdp_bytes(2) - port_pool_xdp_bytes(1);
	CU_ASSERT(xdp > XDP_N * each && xdp < XDP_N * 4096ull);
	CU_ASSERT_EQUAL(port_pool_xdp_bytes(3) - port_pool_xdp_bytes(1), 2 * xdp);
}

// Of an interface that went between the look for it and its opening.
static void an_interface_that_is_not_there_is_not_joined(void)
{
	struct port_dev_cfg cfg = {
		.device = "no-such-if", .driver = CONF_DRIVER_AUTO, .mbufs = MBUFS, .burst = 32};
	struct port_dev dev = {.device = "no-such-if"};
	char error[PORT_ERROR_LEN] = "";

	CU_ASSERT_EQUAL(port_netdev_open(&dev, &cfg, error), -ENODEV);
	CU_ASSERT_STRING_EQUAL(error, "cannot read interface no-such-if: No such device");
	CU_ASSERT_PTR_NULL(dev.kernel);
	CU_ASSERT_EQUAL(port_pools_list(list, PORT_POOLS_MAX), 0);
}

// Memory is set aside at the start: for one that comes later, too.
static void an_interface_that_may_come_is_reckoned_with_one_queue(void)
{
	CU_ASSERT_EQUAL(port_dev_bytes("no-such-if", CONF_DRIVER_AUTO, false), port_pool_xdp_bytes(1));
	CU_ASSERT_EQUAL(port_dev_bytes("no-such-if", CONF_DRIVER_AF_XDP, true), port_pool_xdp_bytes(1));
	CU_ASSERT_EQUAL(port_dev_bytes("no-such-if", CONF_DRIVER_AUTO, true), 0);
	CU_ASSERT_EQUAL(port_dev_bytes("no-such-if", CONF_DRIVER_AF_PACKET, false), 0);
	CU_ASSERT_EQUAL(port_dev_bytes("net_null0", CONF_DRIVER_AUTO, false), 0);
	CU_ASSERT_EQUAL(port_locked_bytes("no-such-if", CONF_DRIVER_AUTO, false), port_pool_xdp_bytes(1));
	CU_ASSERT_EQUAL(port_locked_bytes("no-such-if", CONF_DRIVER_AF_PACKET, false), 2 * 1024 * 2048);
	CU_ASSERT_EQUAL(port_locked_bytes("net_null0", CONF_DRIVER_AUTO, false), 0);
}

static const struct suite_case cases[] = {
	SUITE_CASE(pools_are_listed_with_what_is_out),
	SUITE_CASE(the_end_tells_how_many_did_not_come_back),
	SUITE_CASE(a_pool_is_of_its_socket_and_has_its_cache),
	SUITE_CASE(what_the_driver_forgot_comes_back_at_once),
	SUITE_CASE(an_mbuf_that_is_sent_is_the_drivers_again),
	SUITE_CASE(a_forgotten_mbuf_is_as_a_new_one),
	SUITE_CASE(pools_of_one_after_another_have_names_of_their_own),
	SUITE_CASE(bytes_grow_with_mbufs),
	SUITE_CASE(an_interface_that_is_not_there_is_not_joined),
	SUITE_CASE(an_interface_that_may_come_is_reckoned_with_one_queue),
};

int main(void)
{
	eal_start("test_port_pool", 128);
	int rc = suite_run("port pool", cases, BASE_ARRAY_LEN(cases));

	eal_stop();
	return rc;
}
