// SPDX-License-Identifier: BSD-3-Clause
// Drivers that refuse something, one step after the other: the error names the device and the step, and
// nothing of the device is left. DPDK's functions stand in the way here, and fail when told to.
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_eal.h>
#include <rte_ethdev.h>

#include "base_log.h"
#include "eal_start.h"
#include "port.h"
#include "suite.h"

// Which step fails, with -EIO; NULL = none does.
static const char *failing;
static int n_before; // its calls that are still good; those behind the one that fails are good again

static bool fails(const char *step)
{
	if (failing == NULL || strcmp(failing, step) != 0)
		return false;
	return n_before-- == 0;
}

static void *real(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

int rte_eth_dev_info_get(uint16_t id, struct rte_eth_dev_info *info)
{
	int (*fn)(uint16_t, struct rte_eth_dev_info *);

	*(void **)&fn = real("rte_eth_dev_info_get");
	return fails("info") ? -EIO : fn(id, info);
}

int rte_eth_dev_configure(uint16_t id, uint16_t n_rx, uint16_t n_tx, const struct rte_eth_conf *conf)
{
	int (*fn)(uint16_t, uint16_t, uint16_t, const struct rte_eth_conf *);

	*(void **)&fn = real("rte_eth_dev_configure");
	return fails("configure") ? -EIO : fn(id, n_rx, n_tx, conf);
}

int rte_eth_dev_adjust_nb_rx_tx_desc(uint16_t id, uint16_t *n_rx, uint16_t *n_tx)
{
	int (*fn)(uint16_t, uint16_t *, uint16_t *);

	*(void **)&fn = real("rte_eth_dev_adjust_nb_rx_tx_desc");
	return fails("size") ? -EIO : fn(id, n_rx, n_tx);
}

int rte_eth_rx_queue_setup(uint16_t id, uint16_t q, uint16_t n, unsigned int socket,
	const struct rte_eth_rxconf *conf, struct rte_mempool *pool)
{
	int (*fn)(uint16_t, uint16_t, uint16_t, unsigned int, const struct rte_eth_rxconf *,
		struct rte_mempool *);

	*(void **)&fn = real("rte_eth_rx_queue_setup");
	return fails("rx") ? -EIO : fn(id, q, n, socket, conf, pool);
}

int rte_eth_tx_queue_setup(
	uint16_t id, uint16_t q, uint16_t n, unsigned int socket, const struct rte_eth_txconf *conf)
{
	int (*fn)(uint16_t, uint16_t, uint16_t, unsigned int, const struct rte_eth_txconf *);

	*(void **)&fn = real("rte_eth_tx_queue_setup");
	return fails("tx") ? -EIO : fn(id, q, n, socket, conf);
}

int rte_eth_dev_start(uint16_t id)
{
	int (*fn)(uint16_t);

	*(void **)&fn = real("rte_eth_dev_start");
	return fails("start") ? -EIO : fn(id);
}

int rte_eth_macaddr_get(uint16_t id, struct rte_ether_addr *mac)
{
	int (*fn)(uint16_t, struct rte_ether_addr *);

	*(void **)&fn = real("rte_eth_macaddr_get");
	return fails("address") ? -EIO : fn(id, mac);
}

int rte_eth_link_get_nowait(uint16_t id, struct rte_eth_link *link)
{
	int (*fn)(uint16_t, struct rte_eth_link *);

	*(void **)&fn = real("rte_eth_link_get_nowait");
	return fails("link") ? -EIO : fn(id, link);
}

static char error[PORT_ERROR_LEN];

static struct port_dev *open_null(void)
{
	struct port_dev_cfg cfg = {.device = "net_null0", .n_txq_wanted = 2, .mbufs = 1024, .burst = 32};

	error[0] = '\0';
	return port_dev_open(&cfg, error);
}

static void each_step_that_a_driver_refuses_is_named_and_nothing_is_left(void)
{
	static const struct {
		const char *step;
		int n_before;
		const char *error;
	} rows[] = {
		{"info", 2, "net_null0: the driver refuses to describe itself (Input/output error)"},
		{"configure", 0, "net_null0: the driver refuses to be configured (Input/output error)"},
		{"size", 0, "net_null0: the driver refuses to size its queues (Input/output error)"},
		{"rx", 0, "net_null0: the driver refuses to set a receive queue up (Input/output error)"},
		{"tx", 0, "net_null0: the driver refuses to set a transmit queue up (Input/output error)"},
		{"start", 0, "net_null0: the driver refuses to start (Input/output error)"},
		{"address", 0, "net_null0: the driver refuses to tell its address (Input/output error)"},
	};

	for (size_t i = 0; i < BASE_ARRAY_LEN(rows); i++) {
		failing = rows[i].step;
		n_before = rows[i].n_before;
		CU_ASSERT_PTR_NULL(open_null());
		CU_ASSERT_EQUAL(errno, EIO);
		if (strcmp(error, rows[i].error) != 0)
			fprintf(stderr, "(%s: %s) ", rows[i].step, error);
		CU_ASSERT_STRING_EQUAL(error, rows[i].error);
		failing = NULL;
		CU_ASSERT_EQUAL(rte_eth_dev_count_avail(), 0);
		CU_ASSERT_EQUAL(port_pools_in_use(), 0);
		struct port_dev *dev = open_null(); // and it can be had when the driver is willing
		CU_ASSERT_PTR_NOT_NULL_FATAL(dev);
		port_dev_close(dev);
	}
}

static void a_link_that_is_not_told_is_down(void)
{
	struct port_dev *dev = open_null();

	CU_ASSERT_PTR_NOT_NULL_FATAL(dev);
	CU_ASSERT_EQUAL(port_dev_poll(dev), PORT_LINK_UP);
	failing = "link";
	n_before = 0;
	CU_ASSERT_EQUAL(port_dev_poll(dev), PORT_LINK_DOWN);
	failing = NULL;
	CU_ASSERT_EQUAL(port_dev_poll(dev), PORT_LINK_UP);
	port_dev_close(dev);
}

static const struct suite_case cases[] = {
	SUITE_CASE(each_step_that_a_driver_refuses_is_named_and_nothing_is_left),
	SUITE_CASE(a_link_that_is_not_told_is_down),
};

int main(void)
{
	base_log_level_set(BASE_LOG_ERROR);
	eal_start("test_port_refused", 64);
	int rc = suite_run("port refused", cases, BASE_ARRAY_LEN(cases));

	if (port_pools_fini() != 0)
		rc = 1;
	eal_stop();
	return rc;
}
