// SPDX-License-Identifier: BSD-3-Clause
// Devices that need no rights: net_null, net_ring, net_pcap. Opening, closing, mbuf balance, bad texts.
#include <rte_eal.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_ring.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "eal_start.h"
#include "port.h"
#include "suite.h"

#define MBUFS 2048

static char error[PORT_ERROR_LEN];

static struct port_dev *open_text(const char *device)
{
	struct port_dev_cfg cfg = {
		.device = device, .driver = CONF_DRIVER_AUTO, .n_txq_wanted = 1, .mbufs = MBUFS, .burst = 32};

	error[0] = '\0';
	return port_dev_open(&cfg, error);
}

// In front of DPDK's: each counter has a value of its own.
int rte_eth_stats_get(uint16_t port_id, struct rte_eth_stats *stats)
{
	(void)port_id;
	*stats = (struct rte_eth_stats){.imissed = 1, .rx_nombuf = 2, .ierrors = 3, .oerrors = 4};
	return 0;
}

static void each_counter_of_a_device_is_told_by_its_name(void)
{
	struct port_dev *dev = open_text("net_null0,no-rx=1");
	struct port_dev_stats stats;

	CU_ASSERT_PTR_NOT_NULL_FATAL(dev);
	port_dev_stats(dev, &stats);
	CU_ASSERT_EQUAL(stats.rx_missed, 1);
	CU_ASSERT_EQUAL(stats.rx_nombuf, 2);
	CU_ASSERT_EQUAL(stats.rx_errors, 3);
	CU_ASSERT_EQUAL(stats.tx_errors, 4);
	port_dev_close(dev);
}

static void null_device_opens_and_closes(void)
{
	for (int i = 0; i < 20; i++) {
		struct port_dev *dev = open_text("net_null0,no-rx=1");

		CU_ASSERT_PTR_NOT_NULL_FATAL(dev);
		CU_ASSERT_EQUAL(dev->kind, PORT_KIND_VDEV);
		CU_ASSERT_EQUAL(dev->link, PORT_LINK_UP);
		CU_ASSERT_STRING_EQUAL(dev->driver, "net_null");
		CU_ASSERT_EQUAL(dev->n_rxq, 1);
		CU_ASSERT_EQUAL(dev->n_txq, 1);
		CU_ASSERT_EQUAL(dev->mtu, 1500);
		CU_ASSERT_EQUAL(dev->speed_mbps, 10000); // as the driver says
		CU_ASSERT_STRING_EQUAL(dev->ifname, "");
		CU_ASSERT_EQUAL(port_dev_poll(dev), PORT_LINK_UP);
		port_dev_close(dev);
	}
	CU_ASSERT_EQUAL(rte_eth_dev_count_avail(), 0);
	CU_ASSERT_EQUAL(port_pools_in_use(), 0);
}

static void null_device_receives_into_the_pool(void)
{
	struct rte_mbuf *mbufs[32];
	struct port_dev *dev = open_text("net_null1,size=98");

	CU_ASSERT_PTR_NOT_NULL_FATAL(dev);
	uint16_t n = rte_eth_rx_burst(dev->ethdev_id, 0, mbufs, 32);
	CU_ASSERT_EQUAL(n, 32);
	CU_ASSERT_EQUAL(port_pools_in_use(), 32);
	CU_ASSERT_PTR_EQUAL(mbufs[0]->pool, dev->pool);
	CU_ASSERT_EQUAL(rte_eth_tx_burst(dev->ethdev_id, 0, mbufs, n), n);
	CU_ASSERT_EQUAL(port_pools_in_use(), 0);
	port_dev_close(dev);
}

static void existing_device_is_used_and_left(void)
{
	struct rte_ring *ring = rte_ring_create("r0", 64, (int)rte_socket_id(), 0);
	struct rte_mbuf *m;
	uint16_t id;

	CU_ASSERT_PTR_NOT_NULL_FATAL(ring);
	CU_ASSERT_FATAL(rte_eth_from_rings("demo0", &ring, 1, &ring, 1, rte_socket_id()) >= 0);
	for (int i = 0; i < 3; i++) {
		struct port_dev *dev = open_text("net_ring_demo0");

		CU_ASSERT_PTR_NOT_NULL_FATAL(dev);
		CU_ASSERT_FALSE(dev->is_probed);
		m = rte_pktmbuf_alloc(dev->pool);
		CU_ASSERT_PTR_NOT_NULL_FATAL(m);
		CU_ASSERT_EQUAL(rte_eth_tx_burst(dev->ethdev_id, 0, &m, 1), 1);
		CU_ASSERT_EQUAL(rte_eth_rx_burst(dev->ethdev_id, 0, &m, 1), 1);
		rte_pktmbuf_free(m);
		port_dev_close(dev);
		CU_ASSERT_EQUAL(rte_eth_dev_get_port_by_name("net_ring_demo0", &id), 0);
	}
	rte_eth_dev_close(id);
	rte_ring_free(ring);
	CU_ASSERT_EQUAL(port_pools_in_use(), 0);
}

// One frame of 60 zero bytes in a capture file.
static void pcap_write(const char *path)
{
	static const uint32_t file_header[6] = {0xa1b2c3d4, 0x00040002, 0, 0, 65535, 1};
	static const uint32_t frame_header[4] = {0, 0, 60, 60};
	static const uint8_t frame[60];
	FILE *f = fopen(path, "wb");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fwrite(file_header, sizeof(file_header), 1, f);
	fwrite(frame_header, sizeof(frame_header), 1, f);
	fwrite(frame, sizeof(frame), 1, f);
	fclose(f);
}

static void pcap_device_plays_a_file(void)
{
	char path[64];
	char device[160];
	struct rte_mbuf *m;

	snprintf(path, sizeof(path), "/tmp/test_port_dev_%d.pcap", (int)getpid());
	snprintf(device, sizeof(device), "net_pcap0,rx_pcap=%s,rx_pcap=%s", path, path);
	pcap_write(path);
	struct port_dev *dev = open_text(device);
	CU_ASSERT_PTR_NOT_NULL_FATAL(dev);
	CU_ASSERT_EQUAL(dev->n_rxq, 2); // as many as the text has files
	CU_ASSERT_TRUE(dev->mtu >= 1500 && dev->mtu <= 2048);
	CU_ASSERT_EQUAL(rte_eth_rx_burst(dev->ethdev_id, 1, &m, 1), 1);
	CU_ASSERT_EQUAL(m->pkt_len, 60);
	rte_pktmbuf_free(m);
	port_dev_close(dev);
	unlink(path);
	CU_ASSERT_EQUAL(port_pools_in_use(), 0);
}

static void fewer_transmit_queues_than_wanted(void)
{
	struct rte_ring *ring = rte_ring_create("r1", 64, (int)rte_socket_id(), 0);
	struct port_dev_cfg cfg = {
		.device = "net_ring_demo1", .driver = CONF_DRIVER_AUTO, .n_txq_wanted = 4, .mbufs = MBUFS};
	uint16_t id;

	CU_ASSERT_PTR_NOT_NULL_FATAL(ring);
	CU_ASSERT_FATAL(rte_eth_from_rings("demo1", &ring, 1, &ring, 1, rte_socket_id()) >= 0);
	struct port_dev *dev = port_dev_open(&cfg, error);
	CU_ASSERT_PTR_NOT_NULL_FATAL(dev);
	CU_ASSERT_EQUAL(dev->n_txq, 1);
	id = dev->ethdev_id;
	port_dev_close(dev);
	rte_eth_dev_close(id);
	rte_ring_free(ring);
}

static void bad_texts_are_named_errors(void)
{
	static const struct {
		const char *device;
		int err;
		const char *part;
	} bad[] = {
		{"a/b", EINVAL, "is neither the name"},
		{"no-such-if", ENODEV, "no interface no-such-if"},
		{"0000:7f:1f.7", ENODEV, "no PCI device"},
		{"lo", EMEDIUMTYPE, "not an Ethernet interface"},
	};

	for (size_t i = 0; i < BASE_ARRAY_LEN(bad); i++) {
		CU_ASSERT_PTR_NULL(open_text(bad[i].device));
		CU_ASSERT_EQUAL(errno, bad[i].err);
		CU_ASSERT_PTR_NOT_NULL(strstr(error, bad[i].part));
	}
	CU_ASSERT_PTR_NULL(open_text("net_nosuchdriver0"));
	CU_ASSERT_PTR_NOT_NULL(strstr(error, "DPDK cannot open \"net_nosuchdriver0\""));
	CU_ASSERT_PTR_NULL(open_text("net_pcap1,rx_pcap=/no/such/file"));
	CU_ASSERT_PTR_NOT_NULL(strstr(error, "DPDK cannot open"));
	CU_ASSERT_EQUAL(rte_eth_dev_count_avail(), 0);
	port_dev_close(NULL);
}

static void pool_is_shared_and_bounded(void)
{
	struct rte_mempool *pool = port_pool_get((int)rte_socket_id(), MBUFS);
	struct rte_mbuf *m = NULL;

	CU_ASSERT_PTR_NOT_NULL_FATAL(pool);
	CU_ASSERT_PTR_EQUAL(pool, port_pool_get((int)rte_socket_id(), 2 * MBUFS));
	CU_ASSERT_EQUAL(pool->size, MBUFS);
	CU_ASSERT_EQUAL(pool->nb_mem_chunks, 1);
	m = rte_pktmbuf_alloc(pool);
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT_TRUE(rte_pktmbuf_tailroom(m) >= 1518);
	CU_ASSERT_NOT_EQUAL(rte_mbuf_iova_get(m), RTE_BAD_IOVA);
	if (rte_eal_iova_mode() == RTE_IOVA_VA)
		CU_ASSERT_EQUAL(rte_mbuf_iova_get(m), (rte_iova_t)(uintptr_t)m->buf_addr);
	CU_ASSERT_EQUAL(port_pools_in_use(), 1);
	rte_pktmbuf_free(m);
	// what is asked for covers what was taken
	struct rte_mempool_memhdr *chunk = STAILQ_FIRST(&pool->mem_list);
	CU_ASSERT_TRUE(chunk->len < port_pool_bytes(MBUFS));
	CU_ASSERT_TRUE(port_pool_bytes(MBUFS) < 2 * chunk->len);
	CU_ASSERT_EQUAL(port_pools_fini(), 0);
}

static const struct suite_case cases[] = {
	SUITE_CASE(each_counter_of_a_device_is_told_by_its_name),
	SUITE_CASE(null_device_opens_and_closes),
	SUITE_CASE(null_device_receives_into_the_pool),
	SUITE_CASE(existing_device_is_used_and_left),
	SUITE_CASE(pcap_device_plays_a_file),
	SUITE_CASE(fewer_transmit_queues_than_wanted),
	SUITE_CASE(bad_texts_are_named_errors),
	SUITE_CASE(pool_is_shared_and_bounded),
};

int main(void)
{
	eal_start("test_port_dev", 64);
	int rc = suite_run("port dev", cases, BASE_ARRAY_LEN(cases));

	eal_stop();
	return rc;
}
