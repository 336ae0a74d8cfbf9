// SPDX-License-Identifier: BSD-3-Clause
// The least that any DPDK program must do: port 0 is received in bursts, and every frame leaves by all other
// ports, shared by reference count. What scripts/bench holds romond's relay against. It reads no byte of a
// frame, learns nothing and counts nothing; rates are read from DPDK telemetry. One worker thread; the main
// thread only waits for a signal.

#include <errno.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BURST_MAX  64
#define SINKS_MAX  31
#define POOL_CACHE 256
#define N_DESC     512

struct loop {
	uint16_t burst;   // frames asked for at a time, at most BURST_MAX
	uint16_t n_sinks; // ports 1 to n_sinks
	uint16_t in;      // port ids
	uint16_t out[SINKS_MAX];
	atomic_bool is_over; // main: w, worker: r
};

static void send_all(uint16_t port, struct rte_mbuf **frames, uint16_t n)
{
	uint16_t sent = rte_eth_tx_burst(port, 0, frames, n);
	if (sent < n)
		rte_pktmbuf_free_bulk(frames + sent, n - sent);
}

static int run(void *arg)
{
	struct loop *l = arg;
	struct rte_mbuf *frames[BURST_MAX];
	while (!atomic_load_explicit(&l->is_over, memory_order_relaxed)) {
		uint16_t n = rte_eth_rx_burst(0, 0, frames, l->burst);
		if (n == 0)
			continue;
		if (l->n_sinks > 1) {
			for (uint16_t i = 0; i < n; i++)
				rte_mbuf_refcnt_update(frames[i], (int16_t)(l->n_sinks - 1));
		}
		for (uint16_t s = 1; s <= l->n_sinks; s++)
			send_all(s, frames, n);
	}
	return 0;
}

static void open_port(uint16_t port, struct rte_mempool *pool)
{
	struct rte_eth_conf conf = {0};
	int rc = rte_eth_dev_configure(port, 1, 1, &conf);
	if (rc == 0)
		rc = rte_eth_rx_queue_setup(port, 0, N_DESC, SOCKET_ID_ANY, NULL, pool);
	if (rc == 0)
		rc = rte_eth_tx_queue_setup(port, 0, N_DESC, SOCKET_ID_ANY, NULL);
	if (rc == 0)
		rc = rte_eth_dev_start(port);
	if (rc != 0)
		rte_exit(1, "bare_loop: port %u: %s\n", port, strerror(-rc));
}

static void close_port(uint16_t port)
{
	(void)rte_eth_dev_stop(port);
	(void)rte_eth_dev_close(port); // net_pcap writes the rest of its file here
}

static unsigned long number(const char *word, unsigned long least, unsigned long most)
{
	char *end = NULL;
	errno = 0;
	unsigned long value = strtoul(word, &end, 10);
	if (errno != 0 || end == word || *end != '\0' || value < least || value > most)
		rte_exit(2, "bare_loop: %s is not in %lu to %lu\n", word, least, most);
	return value;
}

int main(int argc, char **argv)
{
	static struct loop l = {.burst = 32};
	sigset_t stop;
	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGINT);
	sigprocmask(SIG_BLOCK, &stop, NULL); // before EAL: its threads inherit it

	int n_eal = rte_eal_init(argc, argv);
	if (n_eal < 0)
		rte_exit(1, "bare_loop: EAL does not start\n");
	argc -= n_eal;
	argv += n_eal;
	if (argc != 3)
		rte_exit(2, "usage: bare_loop EAL-ARGUMENTS -- BURST MBUFS\n"
			    "The first port is the source, all others are sinks.\n");
	l.burst = (uint16_t)number(argv[1], 1, BURST_MAX);
	unsigned long n_mbufs = number(argv[2], 1024, 1ul << 24);

	struct rte_mempool *pool = rte_pktmbuf_pool_create(
		"frames", (unsigned)n_mbufs, POOL_CACHE, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	if (pool == NULL)
		rte_exit(1, "bare_loop: no memory for %lu mbufs\n", n_mbufs);
	uint16_t n_ports = rte_eth_dev_count_avail(); // ids are consecutive: nothing is unplugged here
	if (n_ports < 2 || n_ports > SINKS_MAX + 1)
		rte_exit(1, "bare_loop: needs a source and 1 to %d sinks\n", SINKS_MAX);
	l.n_sinks = (uint16_t)(n_ports - 1);
	for (uint16_t port = 0; port < n_ports; port++)
		open_port(port, pool);

	unsigned lcore = rte_get_next_lcore(-1, 1, 0);
	if (lcore >= RTE_MAX_LCORE || rte_eal_remote_launch(run, &l, lcore) != 0)
		rte_exit(1, "bare_loop: needs a second lcore\n");
	int got = 0;
	(void)sigwait(&stop, &got);
	atomic_store_explicit(&l.is_over, true, memory_order_relaxed);
	rte_eal_wait_lcore(lcore);
	for (uint16_t port = 0; port < n_ports; port++)
		close_port(port);
	return rte_eal_cleanup() == 0 ? 0 : 1;
}
