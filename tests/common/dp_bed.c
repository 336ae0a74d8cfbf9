// SPDX-License-Identifier: BSD-3-Clause
// The bed: EAL and ethdevs of the process, workers of one bed, frames in and out.
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_mempool.h>

#include "dp_bed.h"
#include "dp_worker.h"

#define RX_MBUFS   16383
#define COPY_MBUFS 4095
#define SETTLE_US  60000000 // a machine that is busy starves threads for long

#define CHECK(condition, ...)                                    \
	do {                                                     \
		if (!(condition)) {                              \
			fprintf(stderr, "dp_bed: " __VA_ARGS__); \
			fputc('\n', stderr);                     \
			abort();                                 \
		}                                                \
	} while (0)

// A device of the process: what is put into rx comes in, what is sent lies in tx of the queue.
struct bed_dev {
	uint16_t ethdev_id;
	struct rte_ring *rx;
	struct rte_ring *tx[DP_BED_WORKERS_MAX];
};

static struct bed_dev devs[DP_BED_DEVS_MAX];
static struct rte_mempool *rx_pool;   // of injected frames
static struct rte_mempool *copy_pool; // of copies that workers make
static struct rte_mempool *tap_pool;  // of copies for capture
static struct rte_mbuf *hoard[COPY_MBUFS];
static uint32_t n_hoard;

static void eal_stop(void)
{
	char runtime_dir[256];

	for (int d = 0; d < DP_BED_DEVS_MAX; d++) {
		rte_eth_dev_stop(devs[d].ethdev_id);
		rte_eth_dev_close(devs[d].ethdev_id);
		rte_ring_free(devs[d].rx);
		for (int q = 0; q < DP_BED_WORKERS_MAX; q++)
			rte_ring_free(devs[d].tx[q]);
	}
	rte_mempool_free(rx_pool);
	rte_mempool_free(copy_pool);
	rte_mempool_free(tap_pool);
	snprintf(runtime_dir, sizeof(runtime_dir), "%s", rte_eal_get_runtime_dir());
	rte_eal_cleanup();
	rmdir(runtime_dir); // EAL leaves it, empty
}

static void eal_start(void)
{
	char text[256];
	char *args[32];
	cpu_set_t cpus;
	int cpu = 0;
	int n_args = 0;
	char *rest;

	// EAL binds this thread, and so those that a test will start, to one CPU: races need more than one
	CHECK(sched_getaffinity(0, sizeof(cpus), &cpus) == 0, "no CPU set");
	while (cpu < CPU_SETSIZE && !CPU_ISSET(cpu, &cpus))
		cpu++;
	// EAL keeps and permutes its arguments: they must be writable
	snprintf(text, sizeof(text),
		"dp_bed --no-huge --no-pci --no-telemetry --no-shconf -m 512 --file-prefix dpbed%ld "
		"--lcores 0@%d --log-level error",
		(long)getpid(), cpu);
	for (char *arg = strtok_r(text, " ", &rest); arg != NULL; arg = strtok_r(NULL, " ", &rest))
		args[n_args++] = arg;
	args[n_args] = NULL;
	CHECK(rte_eal_init(n_args, args) >= 0, "EAL does not start");
	CHECK(sched_setaffinity(0, sizeof(cpus), &cpus) == 0, "no CPU set");
}

static void dev_open(uint32_t d)
{
	struct bed_dev *dev = &devs[d];
	struct rte_eth_conf conf = {0};
	char name[32];

	snprintf(name, sizeof(name), "bed%u_rx", d);
	dev->rx = rte_ring_create(name, DP_BED_RX_RING_LEN, SOCKET_ID_ANY, RING_F_EXACT_SZ);
	for (uint32_t q = 0; q < DP_BED_WORKERS_MAX; q++) {
		snprintf(name, sizeof(name), "bed%u_tx%u", d, q);
		dev->tx[q] = rte_ring_create(name, DP_BED_TX_RING_LEN, SOCKET_ID_ANY, RING_F_EXACT_SZ);
		CHECK(dev->tx[q] != NULL, "no memory for rings");
	}
	CHECK(dev->rx != NULL, "no memory for rings");
	snprintf(name, sizeof(name), "bed%u", d);
	int id = rte_eth_from_rings(name, &dev->rx, 1, dev->tx, DP_BED_WORKERS_MAX, 0);
	CHECK(id >= 0, "ethdev %u cannot be made", d);
	dev->ethdev_id = (uint16_t)id;
	CHECK(rte_eth_dev_configure(dev->ethdev_id, 1, DP_BED_WORKERS_MAX, &conf) == 0 &&
			rte_eth_rx_queue_setup(dev->ethdev_id, 0, 256, SOCKET_ID_ANY, NULL, rx_pool) == 0,
		"ethdev %u cannot be set up", d);
	for (uint16_t q = 0; q < DP_BED_WORKERS_MAX; q++)
		CHECK(rte_eth_tx_queue_setup(dev->ethdev_id, q, 256, SOCKET_ID_ANY, NULL) == 0,
			"ethdev %u cannot be set up", d);
	CHECK(rte_eth_dev_start(dev->ethdev_id) == 0, "ethdev %u does not start", d);
}

void dp_bed_eal(void)
{
	if (rx_pool != NULL)
		return;
	eal_start();
	// with a cache, which gives what was freed last: a pool's ring goes through 39 MB in turn
	rx_pool =
		rte_pktmbuf_pool_create("bed_rx", RX_MBUFS, 256, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	copy_pool = rte_pktmbuf_pool_create(
		"bed_copy", COPY_MBUFS, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	tap_pool = rte_pktmbuf_pool_create(
		"bed_tap", DP_BED_TAP_MBUFS, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	CHECK(rx_pool != NULL && copy_pool != NULL && tap_pool != NULL, "no memory for mbufs");
	for (uint32_t d = 0; d < DP_BED_DEVS_MAX; d++)
		dev_open(d);
	atexit(eal_stop);
}

static uint32_t mbufs_in_use(void)
{
	return rte_mempool_in_use_count(rx_pool) + rte_mempool_in_use_count(copy_pool) +
	       rte_mempool_in_use_count(tap_pool);
}

static struct conf *conf_of(const char *yaml)
{
	struct conf_issues *issues = calloc(1, sizeof(*issues));

	CHECK(issues != NULL, "no memory");
	struct conf *conf = conf_load_text(yaml, strlen(yaml), issues);
	if (conf == NULL)
		conf_issues_print(issues, "test", stderr);
	CHECK(conf != NULL, "the test's configuration is not valid");
	free(issues);
	return conf;
}

// The device of each port: one per text, in the order in which they are first named.
static void devs_assign(struct dp_bed *bed)
{
	uint32_t n_devs = 0;

	if (bed->n_slots < bed->conf->n_ports)
		bed->n_slots = bed->conf->n_ports;
	for (uint32_t i = 0; i < bed->conf->n_ports; i++) {
		uint32_t same = 0;

		while (strcmp(bed->conf->ports[same].device, bed->conf->ports[i].device) != 0)
			same++;
		bed->dev_of_slot[i] = same < i ? bed->dev_of_slot[same] : (uint8_t)(bed->dev_base + n_devs++);
		CHECK(bed->dev_of_slot[i] < DP_BED_DEVS_MAX, "more than %d devices", DP_BED_DEVS_MAX);
	}
}

// Facts of ports from index first on, as of devices that are open and up.
static void facts_set(struct dp_bed *bed, uint32_t first)
{
	for (uint32_t i = first; i < bed->conf->n_ports; i++) {
		uint8_t dev = bed->dev_of_slot[i];

		bed->in.ports[i] = (struct snap_input_port){
			.slot = (uint8_t)i,
			.is_open = true,
			.is_up = true,
			.worker = (uint8_t)bed->id_base,
			.ethdev_id = devs[dev].ethdev_id,
			.n_rxq = 1,
			.n_txq = bed->n_txq,
			.mtu = 1500,
			.mac = {{0x02, 0xbe, 0xd0, 0, 0, (uint8_t)(0x10 + dev)}},
		};
	}
}

static struct snap *snap_of(struct dp_bed *bed)
{
	bed->in.conf = bed->conf;
	bed->in.generation++;
	bed->in.tsc_hz = bed->tsc_hz;
	bed->in.own_id =
		base_mac_u64(bed->conf->romon.id_is_auto ? &bed->in.ports[0].mac : &bed->conf->romon.id);
	struct snap *s = snap_build(&bed->in);
	CHECK(s != NULL, "no memory for a snapshot");
	return s;
}

static void worker_open(struct dp_bed *bed, uint32_t i, const struct dp_bed_cfg *bed_cfg)
{
	const struct conf *conf = bed->conf;
	struct dp_worker_cfg cfg = {
		.id = bed->id_base + i,
		.n_workers = bed->id_base + bed->n_workers,
		.socket_id = SOCKET_ID_ANY,
		.burst = conf->workers.burst,
		.is_adaptive = bed_cfg->is_adaptive,
		.waits = bed_cfg->waits,
		.neighbors = conf->limits.neighbors,
		.neighbors_per_port = conf->limits.neighbors_per_port,
		.origins = conf->limits.origins,
		.seed = 0x5eed5eed5eed5eed,
		.tsc_hz = bed->tsc_hz,
		.snaps = bed->snaps,
		.pool = bed_cfg->pool != NULL ? bed_cfg->pool : copy_pool,
		.signing = &bed->signing,
	};

	bed->workers[i] = dp_worker_create(&cfg);
	CHECK(bed->workers[i] != NULL, "no memory for a worker: lower limits in the test's text");
	bed->channels[cfg.id] = dp_worker_channel(bed->workers[i]);
	dp_worker_peers_set(bed->workers[i], bed->channels);
}

// How long the bed's workers believe to be up already, from the environment: near 2^32 the coarse time of
// their tables begins anew soon after a test has begun.
static uint64_t uptime_ms(void)
{
	const char *text = getenv("DP_BED_UPTIME_MS");

	return text == NULL ? 0 : strtoull(text, NULL, 10);
}

struct dp_bed *dp_bed_open_cfg(const struct dp_bed_cfg *cfg)
{
	struct dp_bed *bed = calloc(1, sizeof(*bed));

	CHECK(bed != NULL, "no memory");
	dp_bed_eal();
	bed->n_mbufs_before = mbufs_in_use();
	bed->n_workers = cfg->n_workers > 0 ? cfg->n_workers : 1;
	bed->id_base = cfg->id_base;
	bed->dev_base = cfg->dev_base;
	bed->n_txq = cfg->n_txq > 0 ? cfg->n_txq : (uint16_t)bed->n_workers;
	bed->tsc_hz = cfg->is_real_time ? rte_get_tsc_hz() : DP_BED_TSC_HZ;
	bed->conf = conf_of(cfg->yaml);
	devs_assign(bed);
	facts_set(bed, 0);
	bed->snaps = snap_domain_create(bed->id_base + bed->n_workers, snap_of(bed));
	CHECK(bed->snaps != NULL, "no memory for a snapshot domain");
	dp_signing_init(&bed->signing, DP_BED_CLOCK_US, rte_rdtsc(), bed->tsc_hz);
	for (uint32_t i = 0; i < bed->n_workers; i++)
		worker_open(bed, i, cfg);
	for (uint32_t i = 0; i < bed->n_workers; i++)
		bed->workers[i]->tsc_start -= uptime_ms() * bed->workers[i]->tsc_per_ms;
	dp_bed_advance_ms(bed, 1000); // time 0 is no ordinary time
	return bed;
}

struct dp_bed *dp_bed_open(const char *yaml)
{
	return dp_bed_open_cfg(&(struct dp_bed_cfg){.yaml = yaml});
}

bool dp_bed_is_clean(const struct dp_bed *bed)
{
	uint32_t n = mbufs_in_use();

	if (n != bed->n_mbufs_before)
		fprintf(stderr, "dp_bed: %u mbufs are in use, %u were before\n", n, bed->n_mbufs_before);
	return n == bed->n_mbufs_before;
}

static void ring_empty(struct rte_ring *ring)
{
	void *m;

	while (rte_ring_dequeue(ring, &m) == 0)
		rte_pktmbuf_free(m);
}

bool dp_bed_close(struct dp_bed *bed)
{
	dp_bed_pool_restore(bed);
	for (uint32_t i = 0; i < bed->conf->n_ports; i++) {
		ring_empty(devs[bed->dev_of_slot[i]].rx);
		dp_bed_discard(bed, (uint8_t)i);
	}
	for (uint32_t i = 0; i < bed->n_workers; i++)
		dp_worker_destroy(bed->workers[i]);
	snap_domain_destroy(bed->snaps);
	conf_free(bed->conf);
	bool is_balanced = dp_bed_is_clean(bed);
	free(bed);
	return is_balanced;
}

void dp_bed_publish(struct dp_bed *bed)
{
	// workers hold no snapshot between turns; the next turn's report brings them online again
	for (uint32_t i = 0; i < bed->n_workers; i++)
		snap_reader_offline(bed->snaps, bed->id_base + i);
	dp_bed_publish_running(bed);
}

void dp_bed_publish_running(struct dp_bed *bed)
{
	CHECK(snap_publish(bed->snaps, snap_of(bed)) == 0, "a worker holds on to old snapshots");
	CHECK(snap_settle(bed->snaps, SETTLE_US), "a worker does not let go of a snapshot");
}

void dp_bed_reload(struct dp_bed *bed, const char *yaml)
{
	struct conf *old = bed->conf;

	if (yaml != NULL) {
		bed->conf = conf_of(yaml);
		devs_assign(bed);
		facts_set(bed, old->n_ports);
	}
	dp_bed_publish(bed);
	if (yaml != NULL)
		conf_free(old);
}

void dp_bed_conf_set(struct dp_bed *bed, struct conf *conf)
{
	CHECK(conf->n_ports == bed->conf->n_ports, "another number of ports");
	bed->conf = conf;
	dp_bed_publish(bed);
}

static struct rte_mbuf *mbuf_of(const uint8_t *bytes, uint32_t len)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(rx_pool);

	CHECK(m != NULL, "no mbuf left: a test does not take what it sends");
	CHECK(len <= rte_pktmbuf_tailroom(m), "%u bytes do not fit one segment", len);
	memcpy(rte_pktmbuf_mtod(m, void *), bytes, len);
	m->data_len = (uint16_t)len;
	m->pkt_len = len;
	return m;
}

static void rx_put(struct dp_bed *bed, uint8_t slot, struct rte_mbuf *m)
{
	CHECK(rte_ring_enqueue(devs[bed->dev_of_slot[slot]].rx, m) == 0,
		"the rx ring of slot %u is full: turn more often", slot);
}

void dp_bed_inject(struct dp_bed *bed, uint8_t slot, const struct frame *f)
{
	uint32_t room = RTE_MBUF_DEFAULT_DATAROOM;

	if (f->len > room)
		dp_bed_inject_split(bed, slot, f, room);
	else
		rx_put(bed, slot, mbuf_of(f->bytes, f->len));
}

void dp_bed_inject_split(struct dp_bed *bed, uint8_t slot, const struct frame *f, uint32_t at)
{
	struct rte_mbuf *head = mbuf_of(f->bytes, at);
	struct rte_mbuf *tail = mbuf_of(f->bytes + at, f->len - at);

	CHECK(rte_pktmbuf_chain(head, tail) == 0, "segments do not chain");
	rx_put(bed, slot, head);
}

void dp_bed_inject_flush_left(struct dp_bed *bed, uint8_t slot, const struct frame *f)
{
	struct rte_mbuf *m = mbuf_of(f->bytes, f->len);

	memmove(m->buf_addr, rte_pktmbuf_mtod(m, void *), m->data_len);
	m->data_off = 0;
	rx_put(bed, slot, m);
}

void dp_bed_inject_beside(
	struct dp_bed *bed, uint8_t slot, const struct frame *f, uint16_t tci, bool is_qinq, bool has_room)
{
	struct rte_mbuf *m = mbuf_of(f->bytes, f->len);

	if (!has_room) {
		memmove(m->buf_addr, rte_pktmbuf_mtod(m, void *), m->data_len);
		m->data_off = 0;
	}
	m->vlan_tci = tci;
	m->ol_flags |= RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
	if (is_qinq)
		m->ol_flags |= RTE_MBUF_F_RX_QINQ | RTE_MBUF_F_RX_QINQ_STRIPPED;
	rx_put(bed, slot, m);
}

struct rte_ring *dp_bed_rx_ring(const struct dp_bed *bed, uint8_t slot)
{
	return devs[bed->dev_of_slot[slot]].rx;
}

struct rte_ring *dp_bed_tx_ring(const struct dp_bed *bed, uint8_t slot)
{
	return devs[bed->dev_of_slot[slot]].tx[0];
}

uint32_t dp_bed_turn_worker(struct dp_bed *bed, uint32_t worker)
{
	return dp_turn(bed->workers[worker]);
}

uint32_t dp_bed_turn(struct dp_bed *bed)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < bed->n_workers; i++)
		n += dp_bed_turn_worker(bed, i);
	return n;
}

void dp_bed_send(struct dp_bed *bed, uint8_t slot, const struct frame *f)
{
	dp_bed_inject(bed, slot, f);
	dp_bed_turn(bed);
}

// A bucket that was used: its last refill was longer ago.
static void bucket_shift(struct base_bucket *b, uint64_t ticks)
{
	if (b->last_ticks != 0)
		b->last_ticks -= ticks;
}

void dp_bed_worker_advance(struct dp_worker *w, uint64_t ms)
{
	uint64_t ticks = ms * w->tsc_per_ms;

	w->tsc_start -= ticks;
	w->watched_until_tsc -= ticks < w->watched_until_tsc ? ticks : w->watched_until_tsc;
	w->next_age_tsc = 0;
	w->next_quiescent_tsc = 0;
	w->next_timed_tsc = 0;
	for (uint32_t s = 0; s < SNAP_PORTS_MAX; s++) {
		bucket_shift(&w->discover_in[s], ticks);
		bucket_shift(&w->storm[s], ticks);
		bucket_shift(&w->bad_stranger[s], ticks);
		bucket_shift(&w->bad_known[s], ticks);
		bucket_shift(&w->greeting[s], ticks);
		for (int k = 0; k < DP_N_SAMPLES; k++)
			bucket_shift(&w->sample[s][k], ticks);
		for (uint32_t c = 0; c < XCHG_N_PUNTS; c++)
			bucket_shift(&w->punt[s][c], ticks);
	}
	for (uint32_t i = 0; i < nbr_table_rows_end(w->origins); i++)
		bucket_shift(&nbr_table_entry(w->origins, i)->bucket, ticks);
}

void dp_bed_advance_ms(struct dp_bed *bed, uint64_t ms)
{
	bed->signing.at_tsc -= ms * (bed->tsc_hz / 1000);
	for (uint32_t i = 0; i < bed->n_workers; i++)
		dp_bed_worker_advance(bed->workers[i], ms);
}

struct rte_mbuf *dp_bed_take_mbuf(struct dp_bed *bed, uint8_t slot)
{
	void *m;

	for (uint32_t q = 0; q < DP_BED_WORKERS_MAX; q++) {
		if (rte_ring_dequeue(devs[bed->dev_of_slot[slot]].tx[q], &m) == 0)
			return m;
	}
	return NULL;
}

static void frame_read(const struct rte_mbuf *m, struct frame *out)
{
	CHECK(m->pkt_len <= sizeof(out->bytes), "a frame of %u bytes came out", m->pkt_len);
	const void *bytes = rte_pktmbuf_read(m, 0, m->pkt_len, out->bytes);
	out->len = m->pkt_len;
	if (bytes != out->bytes && out->len > 0)
		memcpy(out->bytes, bytes, out->len);
}

bool dp_bed_take(struct dp_bed *bed, uint8_t slot, struct frame *out)
{
	struct rte_mbuf *m = dp_bed_take_mbuf(bed, slot);

	if (m == NULL)
		return false;
	frame_read(m, out);
	rte_pktmbuf_free(m);
	return true;
}

uint32_t dp_bed_discard(struct dp_bed *bed, uint8_t slot)
{
	struct rte_mbuf *m;
	uint32_t n = 0;

	while ((m = dp_bed_take_mbuf(bed, slot)) != NULL) {
		rte_pktmbuf_free(m);
		n++;
	}
	return n;
}

uint32_t dp_bed_discard_all(struct dp_bed *bed)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < bed->conf->n_ports; i++)
		n += dp_bed_discard(bed, (uint8_t)i);
	return n;
}

static struct rte_mbuf *punt_take(struct dp_bed *bed)
{
	struct rte_mbuf *m;

	for (uint32_t i = 0; i < bed->n_workers; i++) {
		if (xchg_punts_take(bed->channels[bed->id_base + i], &m, 1) == 1)
			return m;
	}
	return NULL;
}

bool dp_bed_take_punt(struct dp_bed *bed, struct dp_bed_punt *out)
{
	struct rte_mbuf *m = punt_take(bed);

	if (m == NULL)
		return false;
	frame_read(m, &out->frame);
	out->slot = m->port;
	out->class = xchg_mark_class(m);
	out->reason = xchg_mark_reason(m);
	rte_pktmbuf_free(m);
	return true;
}

uint32_t dp_bed_discard_punts(struct dp_bed *bed)
{
	struct rte_mbuf *m;
	uint32_t n = 0;

	while ((m = punt_take(bed)) != NULL) {
		rte_pktmbuf_free(m);
		n++;
	}
	return n;
}

bool dp_bed_take_event(struct dp_bed *bed, struct xchg_event *out)
{
	for (uint32_t i = 0; i < bed->n_workers; i++) {
		if (xchg_events_take(bed->channels[bed->id_base + i], out, 1) == 1)
			return true;
	}
	return false;
}

uint32_t dp_bed_discard_events(struct dp_bed *bed)
{
	struct xchg_event e;
	uint32_t n = 0;

	while (dp_bed_take_event(bed, &e))
		n++;
	return n;
}

void dp_bed_tap(struct dp_bed *bed, const struct snap_tap *tap)
{
	bed->in.tap = *tap;
	bed->in.tap.pool = tap_pool;
	if (tap->snaplen == 0)
		bed->in.tap.snaplen = SNAP_TAP_LEN_MAX;
	dp_bed_publish(bed);
}

static struct rte_mbuf *tapped_take(struct dp_bed *bed)
{
	void *m;

	for (uint32_t i = 0; i < bed->n_workers; i++) {
		if (rte_ring_sc_dequeue(bed->channels[bed->id_base + i]->tap, &m) == 0)
			return m;
	}
	return NULL;
}

bool dp_bed_take_tapped(struct dp_bed *bed, struct dp_bed_tapped *out)
{
	struct rte_mbuf *m = tapped_take(bed);

	if (m == NULL)
		return false;
	frame_read(m, &out->frame);
	out->about = *xchg_tap_of(m);
	rte_pktmbuf_free(m);
	return true;
}

uint32_t dp_bed_discard_tapped(struct dp_bed *bed)
{
	struct rte_mbuf *m;
	uint32_t n = 0;

	while ((m = tapped_take(bed)) != NULL) {
		rte_pktmbuf_free(m);
		n++;
	}
	return n;
}

bool dp_bed_take_flow(struct dp_bed *bed, struct xchg_flow *out)
{
	for (uint32_t i = 0; i < bed->n_workers; i++) {
		struct rte_ring *ring = bed->channels[bed->id_base + i]->flows;

		if (rte_ring_sc_dequeue_elem(ring, out, sizeof(*out)) == 0)
			return true;
	}
	return false;
}

uint32_t dp_bed_discard_flows(struct dp_bed *bed)
{
	struct xchg_flow flow;
	uint32_t n = 0;

	while (dp_bed_take_flow(bed, &flow))
		n++;
	return n;
}

uint64_t dp_bed_tap_lost(const struct dp_bed *bed)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < bed->n_workers; i++) {
		for (uint32_t s = 0; s < SNAP_PORTS_MAX; s++)
			n += bed->channels[bed->id_base + i]->tap_lost[s];
	}
	return n;
}

uint64_t dp_bed_flows_lost(const struct dp_bed *bed)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < bed->n_workers; i++)
		n += bed->channels[bed->id_base + i]->flows_lost;
	return n;
}

// As whole mempool objects: their counts of references stay what they are in the pool.
void dp_bed_pool_exhaust(struct dp_bed *bed)
{
	uint32_t n = rte_mempool_avail_count(copy_pool);

	(void)bed;
	if (n > 0 && rte_mempool_get_bulk(copy_pool, (void **)&hoard[n_hoard], n) == 0)
		n_hoard += n;
}

void dp_bed_pool_restore(struct dp_bed *bed)
{
	(void)bed;
	rte_mempool_put_bulk(copy_pool, (void **)hoard, n_hoard);
	n_hoard = 0;
}

#define READ(field) atomic_load_explicit(&(field), memory_order_relaxed)

static void totals_add(const struct dp_port_counters *c, struct dp_bed_totals *t)
{
	t->rx_frames += READ(c->rx_frames);
	t->tx_frames += READ(c->tx_frames);
	t->tx_originals += READ(c->tx_originals);
	t->tx_lost += READ(c->tx_lost);
	t->delivered += READ(c->delivered);
	for (uint32_t r = 0; r < DP_N_REASONS; r++) {
		t->drops[r] += READ(c->drops[r]);
		t->n_drops += READ(c->drops[r]);
	}
}

void dp_bed_totals(const struct dp_bed *bed, struct dp_bed_totals *out)
{
	memset(out, 0, sizeof(*out));
	for (uint32_t i = 0; i < bed->n_workers; i++) {
		for (uint32_t s = 0; s < bed->n_slots; s++)
			totals_add(dp_worker_port_counters(bed->workers[i], s), out);
	}
}

uint64_t dp_bed_drops(const struct dp_bed *bed, enum dp_reason reason)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < bed->n_workers; i++) {
		for (uint32_t s = 0; s < SNAP_PORTS_MAX; s++)
			n += READ(dp_worker_port_counters(bed->workers[i], s)->drops[reason]);
	}
	return n;
}

bool dp_bed_is_balanced(const struct dp_bed *bed)
{
	struct dp_bed_totals t;

	dp_bed_totals(bed, &t);
	return t.rx_frames == t.tx_originals + t.delivered + t.n_drops;
}

uint32_t dp_bed_now_ms(const struct dp_bed *bed)
{
	return dp_worker_now_ms(bed->workers[0]);
}

struct base_mac dp_bed_mac(const struct dp_bed *bed, uint8_t slot)
{
	return base_mac_from_u64(snap_current(bed->snaps)->ports[slot].mac);
}

struct frame dp_bed_data_to(struct dp_bed *bed, uint8_t in, uint32_t link_id)
{
	struct frame_hop hops[] = {{1, dp_bed_mac(bed, in)}, {link_id, frame_mac(2)}};
	struct frame f;

	frame_data(&f, &(struct frame_data_spec){.eth_dst = dp_bed_mac(bed, in),
			       .eth_src = frame_mac(1),
			       .src_id = frame_mac(50),
			       .dst_id = base_mac_from_u64(bed->in.own_id),
			       .hops = hops,
			       .n = link_id == 0 ? 1 : 2,
			       .src_port = 5000,
			       .dst_port = WIRE_SERVICE_SSH,
			       .payload_len = 32});
	return f;
}
