// SPDX-License-Identifier: BSD-3-Clause
// The bed: clocks and DPDK in front of the daemon, its devices, its start and stop.
#include <dlfcn.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_launch.h>
#include <rte_mbuf.h>
#include <rte_ring.h>

#include "app_bed.h"
#include "base_clock.h"
#include "base_log.h"
#include "base_text.h"
#include "config_file.h"
#include "confirm.h"
#include "control_loop.h"
#include "dp_bed.h"
#include "events.h"
#include "overlay.h"
#include "ports.h"
#include "reload.h"
#include "schema_check.h"
#include "services.h"
#include "topo_frame.h"

#define RING_LEN  1024
#define RX_MBUFS  4095
#define YAML_SIZE 8192
#define FD_MAX    1024

#define CHECK(condition, ...)                                     \
	do {                                                      \
		if (!(condition)) {                               \
			fprintf(stderr, "app_bed: " __VA_ARGS__); \
			fputc('\n', stderr);                      \
			abort();                                  \
		}                                                 \
	} while (0)

static struct {
	struct rte_ring *in;
	struct rte_ring *out;
	uint16_t ethdev_id;
} devs[APP_BED_DEVS];

static struct rte_mempool *rx_pool; // of frames that tests put on wires
static int n_mbufs_out;             // as the last stop said; -1 = it said nothing

// ---- in front of base_clock.c

// Atomic: the store's thread reads them too. The monotonic one stands before what the machine's will be in
// the life of the process, so that whoever waits on a condition until then waits for its signal.
static _Atomic uint64_t mono_ns;
static _Atomic uint64_t wall_ns = APP_BED_WALL_US * 1000;

__attribute__((constructor)) static void clock_begin(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	mono_ns = (uint64_t)now.tv_sec * 1000000000 + 3600000000000;
}

uint64_t base_mono_ns(void)
{
	return mono_ns;
}

uint64_t base_mono_ms(void)
{
	return mono_ns / 1000000;
}

uint64_t base_real_ms(void)
{
	return base_mono_ms();
}

void base_clock_watch(uint64_t gap_ns)
{
	(void)gap_ns;
}

uint64_t base_clock_skipped_ns(void)
{
	return 0;
}

uint64_t base_wall_ns(void)
{
	return wall_ns;
}

uint64_t base_wall_us(void)
{
	return wall_ns / 1000;
}

static void clocks_step(uint64_t ms)
{
	mono_ns += ms * 1000000;
	wall_ns += ms * 1000000;
}

void app_bed_wall_jump_us(int64_t us)
{
	wall_ns += (uint64_t)us * 1000;
}

// ---- in front of DPDK: it runs as long as the process, and no worker runs by itself

static bool is_eal_ours; // the bed itself asks
static int eal_argc;
static const char *eal_last; // lives as long as the process

int rte_eal_init(int argc, char **argv)
{
	int (*real)(int argc, char **argv) = (int (*)(int, char **))dlsym(RTLD_NEXT, "rte_eal_init");

	if (is_eal_ours)
		return real(argc, argv);
	eal_argc = argc;
	eal_last = argv[argc - 1];
	return 0;
}

int app_bed_eal_args(const char **last)
{
	*last = eal_last;
	return eal_argc;
}

int rte_eal_cleanup(void)
{
	int (*real)(void) = (int (*)(void))dlsym(RTLD_NEXT, "rte_eal_cleanup");

	return is_eal_ours ? real() : 0;
}

int rte_eal_remote_launch(lcore_function_t *fn, void *arg, unsigned worker_id)
{
	(void)fn;
	(void)arg;
	(void)worker_id;
	return 0;
}

int rte_eal_wait_lcore(unsigned worker_id)
{
	(void)worker_id;
	return 0;
}

static void eal_end(void)
{
	char folder[256];

	for (int d = 0; d < APP_BED_DEVS; d++) {
		rte_eth_dev_close(devs[d].ethdev_id);
		rte_ring_free(devs[d].in);
		rte_ring_free(devs[d].out);
	}
	rte_mempool_free(rx_pool);
	snprintf(folder, sizeof(folder), "%s", rte_eal_get_runtime_dir());
	is_eal_ours = true;
	rte_eal_cleanup();
	rmdir(folder); // EAL leaves it, empty
}

static void dev_make(int d)
{
	char name[32];

	snprintf(name, sizeof(name), "app%d_in", d);
	devs[d].in = rte_ring_create(name, RING_LEN, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	snprintf(name, sizeof(name), "app%d_out", d);
	devs[d].out = rte_ring_create(name, RING_LEN, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	CHECK(devs[d].in != NULL && devs[d].out != NULL, "no memory for rings");
	snprintf(name, sizeof(name), "app%d", d);
	int id = rte_eth_from_rings(name, &devs[d].in, 1, &devs[d].out, 1, 0);
	CHECK(id >= 0, "no device net_ring_app%d", d);
	devs[d].ethdev_id = (uint16_t)id;
}

static void eal_begin(void)
{
	char text[160];
	char *args[16];
	char *rest;
	int n = 0;

	if (rx_pool != NULL)
		return;
	// EAL keeps and permutes its arguments: they must be writable
	snprintf(text, sizeof(text),
		"app_bed --no-huge --no-pci --no-telemetry --no-shconf -m 256 --file-prefix appbed%ld -l 0 --log-level error",
		(long)getpid());
	for (char *arg = strtok_r(text, " ", &rest); arg != NULL; arg = strtok_r(NULL, " ", &rest))
		args[n++] = arg;
	args[n] = NULL;
	is_eal_ours = true;
	CHECK(rte_eal_init(n, args) >= 0, "EAL does not start");
	is_eal_ours = false;
	rx_pool = rte_pktmbuf_pool_create(
		"app_bed_rx", RX_MBUFS, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	CHECK(rx_pool != NULL, "no memory for mbufs");
	for (int d = 0; d < APP_BED_DEVS; d++)
		dev_make(d);
	atexit(eal_end);
}

// ---- opening and closing

static void log_take(enum base_log_level level, const char *line, void *ctx)
{
	const char *out = strstr(line, " mbufs out");

	(void)ctx;
	if (level == BASE_LOG_ERROR)
		fprintf(stderr, "romond: %s\n", line);
	if (out == NULL)
		return;
	while (out > line && out[-1] >= '0' && out[-1] <= '9')
		out--;
	n_mbufs_out = atoi(out);
}

static void added(struct base_text *t, const char *yaml, const char *key, const char *fmt, const char *arg)
{
	if (strncmp(yaml, key, strlen(key)) != 0 && strstr(yaml, key) == NULL)
		base_text_add(t, fmt, arg);
}

static void yaml_write(const struct app_bed *bed, const char *yaml)
{
	static char buf[YAML_SIZE];
	struct base_text t;
	char path[64];
	FILE *f;

	base_text_init(&t, buf, sizeof(buf));
	base_text_add(&t, "%s\n", yaml);
	added(&t, yaml, "memory:", "memory: { hugepages: off, mbufs: %s }\n", "4096");
	added(&t, yaml, "limits:", "limits: { neighbors: %s, origins: 1000 }\n", "1000");
	added(&t, yaml, "control:", "control: { socket: %s/control.sock }\n", bed->folder);
	added(&t, yaml, "file-prefix:", "file-prefix: %s\n", "app-bed");
	if (bed->is_kept)
		added(&t, yaml, "state:", "state: { dir: %s/state }\n", bed->folder);
	else
		added(&t, yaml, "state:", "state: { dir: %s }\n", "none");
	snprintf(path, sizeof(path), "%s/romond.yaml", bed->folder);
	f = fopen(path, "w");
	CHECK(f != NULL && fchmod(fileno(f), 0600) == 0 && fputs(buf, f) >= 0 && fclose(f) == 0,
		"%s cannot be written", path);
}

static void app_begin(struct app_bed *bed)
{
	static char path[64];
	struct app *app = &bed->app;

	snprintf(path, sizeof(path), "%s/romond.yaml", bed->folder);
	pthread_mutex_init(&app->lock, NULL);
	app->config_path = path;
	CHECK(config_file_begin(app) == 0, "no memory");
	app->conf = conf_load(path, &app->config->issues);
	if (app->conf != NULL)
		overlay_start(app);
	if (app->conf == NULL)
		conf_issues_print(&app->config->issues, "test", stderr);
	CHECK(app->conf != NULL, "the test's configuration is not valid");
	app->started_ms = base_mono_ms();
	app->config->loaded_us = base_wall_us();
	app->generation = 1;
	app->n_mbufs = ports_mbufs(app->conf);
	app->boot_conf = conf_copy(app->conf);
	CHECK(app->boot_conf != NULL, "no memory");
	conf_forget_secrets(app->boot_conf);
	app->n_workers = bed->n_workers;
	for (uint32_t w = 0; w < bed->n_workers; w++)
		app->cores[w] = (uint16_t)w;
}

// Descriptors that are open; only those that a program which is started would inherit.
static uint32_t fds_count(bool are_inherited)
{
	uint32_t n = 0;

	for (int fd = 0; fd < FD_MAX; fd++) {
		int flags = fcntl(fd, F_GETFD);

		n += flags >= 0 && (!are_inherited || (flags & FD_CLOEXEC) == 0);
	}
	return n;
}

struct app_bed *app_bed_open_cfg(const struct app_bed_cfg *cfg)
{
	struct app_bed *bed = calloc(1, sizeof(*bed));
	char state[48];

	CHECK(bed != NULL, "no memory");
	eal_begin();
	bed->n_fds = fds_count(false);
	bed->n_fds_inherited = fds_count(true);
	base_log_sink_set(log_take, NULL);
	bed->n_workers = cfg->n_workers > 0 ? cfg->n_workers : 1;
	bed->is_kept = cfg->is_kept;
	if (cfg->folder != NULL) {
		snprintf(bed->folder, sizeof(bed->folder), "%s", cfg->folder);
	} else {
		snprintf(bed->folder, sizeof(bed->folder), "/tmp/app-bed-XXXXXX");
		CHECK(mkdtemp(bed->folder) != NULL, "no folder in /tmp");
		snprintf(state, sizeof(state), "%s/state", bed->folder);
		CHECK(mkdir(state, 0700) == 0, "no folder %s", state);
	}
	for (uint32_t d = 0; d < APP_BED_DEVS; d++)
		rte_eth_dev_set_link_up(devs[d].ethdev_id);
	yaml_write(bed, cfg->yaml);
	app_begin(bed);
	pthread_mutex_lock(&bed->app.lock); // as the control thread, which holds it but while it waits
	CHECK(services_start(&bed->app) == 0, "romond does not start");
	app_bed_turn(bed);
	return bed;
}

struct app_bed *app_bed_open(const char *yaml)
{
	return app_bed_open_cfg(&(struct app_bed_cfg){.yaml = yaml});
}

static void ring_empty(struct rte_ring *ring)
{
	void *m;

	while (rte_ring_dequeue(ring, &m) == 0)
		rte_pktmbuf_free(m);
}

bool app_bed_leave(struct app_bed *bed, char folder[32])
{
	struct app *app = &bed->app;

	for (uint32_t d = 0; d < APP_BED_DEVS; d++) {
		ring_empty(devs[d].in);
		ring_empty(devs[d].out);
	}
	int n_inherited = (int)fds_count(true) - (int)bed->n_fds_inherited;
	n_mbufs_out = -1;
	services_stop(app);
	confirm_drop(app);
	pthread_mutex_unlock(&app->lock);
	conf_free(app->boot_conf);
	conf_free(app->conf);
	config_file_end(app);
	api_error_clear(&bed->error);
	base_log_sink_set(NULL, NULL);
	for (uint32_t d = 0; d < APP_BED_DEVS; d++)
		ring_empty(devs[d].out); // what was on its way at the end
	if (folder != NULL)
		snprintf(folder, 32, "%s", bed->folder);
	int n_fds_left = (int)fds_count(false) - (int)bed->n_fds;
	free(bed);
	uint32_t n_wires = rte_mempool_in_use_count(rx_pool);
	if (n_mbufs_out != 0 || n_wires != 0)
		fprintf(stderr, "app_bed: %d mbufs of romond and %u of the wires are missing\n", n_mbufs_out,
			n_wires);
	if (n_fds_left != 0 || n_inherited != 0)
		fprintf(stderr, "app_bed: %d descriptors are left open, hooks inherit %d\n", n_fds_left,
			n_inherited);
	return n_mbufs_out == 0 && n_wires == 0 && n_fds_left == 0 && n_inherited == 0;
}

static int entry_remove(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

bool app_bed_close(struct app_bed *bed)
{
	char folder[32];
	bool is_clean = app_bed_leave(bed, folder);

	nftw(folder, entry_remove, 8, FTW_DEPTH | FTW_PHYS);
	return is_clean;
}

// ---- time

// A worker that is not in a turn holds no snapshot: control need not wait for it.
static void workers_turn(struct app_bed *bed)
{
	for (uint32_t w = 0; w < bed->n_workers; w++) {
		dp_turn(bed->app.workers[w]);
		snap_reader_offline(bed->app.snaps, w);
	}
}

void app_bed_turn(struct app_bed *bed)
{
	workers_turn(bed);
	api_server_run_once(bed->app.api);
	control_loop_tick(&bed->app, base_mono_ms());
	workers_turn(bed);
}

void app_bed_advance_ms(struct app_bed *bed, uint64_t ms)
{
	while (ms > 0) {
		uint64_t step = ms < APP_BED_STEP_MS ? ms : APP_BED_STEP_MS;

		ms -= step;
		clocks_step(step);
		for (uint32_t w = 0; w < bed->n_workers; w++)
			dp_bed_worker_advance(bed->app.workers[w], step);
		app_bed_turn(bed);
	}
}

// ---- frames

void app_bed_put(struct app_bed *bed, uint32_t dev, const struct frame *f)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(rx_pool);

	(void)bed;
	CHECK(m != NULL && f->len <= rte_pktmbuf_tailroom(m), "a frame of %u bytes finds no place", f->len);
	memcpy(rte_pktmbuf_append(m, (uint16_t)f->len), f->bytes, f->len);
	CHECK(rte_ring_enqueue(devs[dev].in, m) == 0, "the wire of net_ring_app%u is full: turn more often",
		dev);
}

void app_bed_send(struct app_bed *bed, uint32_t dev, const struct frame *f)
{
	app_bed_put(bed, dev, f);
	app_bed_turn(bed);
}

bool app_bed_take(struct app_bed *bed, uint32_t dev, struct frame *out)
{
	struct rte_mbuf *m;

	(void)bed;
	if (rte_ring_dequeue(devs[dev].out, (void **)&m) != 0)
		return false;
	CHECK(m->pkt_len <= sizeof(out->bytes), "a frame of %u bytes came out", m->pkt_len);
	const void *bytes = rte_pktmbuf_read(m, 0, m->pkt_len, out->bytes);
	if (bytes != out->bytes)
		memcpy(out->bytes, bytes, m->pkt_len);
	out->len = m->pkt_len;
	rte_pktmbuf_free(m);
	return true;
}

uint32_t app_bed_discard(struct app_bed *bed, uint32_t dev)
{
	static struct frame f;
	uint32_t n = 0;

	while (app_bed_take(bed, dev, &f))
		n++;
	return n;
}

bool app_bed_take_type(struct app_bed *bed, uint32_t dev, uint8_t type, struct frame *out)
{
	struct wire_l2 l2;
	struct wire_frame parsed;

	while (app_bed_take(bed, dev, out)) {
		if (frame_parse(out, &l2, &parsed) && parsed.type == type)
			return true;
	}
	return false;
}

void app_bed_link_set(struct app_bed *bed, uint32_t dev, bool is_up)
{
	(void)bed;
	if (is_up)
		rte_eth_dev_set_link_up(devs[dev].ethdev_id);
	else
		rte_eth_dev_set_link_down(devs[dev].ethdev_id);
}

// ---- what an operator does and sees

// What each peer of the control socket asked for last: by its descriptor.
static const struct schema_command *asked[FD_MAX];

// Every answer that a test sees is as the schema says.
static void answer_check(const struct schema_command *command, json_t *data, bool is_last)
{
	char buf[256];
	struct base_text why;

	base_text_init(&why, buf, sizeof(buf));
	if (command == NULL || data == NULL || schema_check_answer(command, data, is_last, &why))
		return;
	char *text = json_dumps(data, JSON_COMPACT);
	CHECK(false, "%s is not as the schema says%s: %.2000s", command->name, buf, text);
}

json_t *app_bed_ask(struct app_bed *bed, const char *command, const char *args)
{
	json_t *object = args == NULL ? NULL : json_loads(args, 0, NULL);

	CHECK(args == NULL || object != NULL, "no JSON: %s", args);
	api_error_clear(&bed->error);
	bed->error = (struct api_error)API_ERROR_INIT;
	json_t *answer = api_dispatch(&bed->app.api_table, API_TIER_ROOT, command, object, &bed->error);
	json_decref(object);
	answer_check(schema_command_find(command), answer, false);
	return answer;
}

int app_bed_connect(struct app_bed *bed)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	base_text_copy(addr.sun_path, sizeof(addr.sun_path), bed->app.conf->control.socket);
	CHECK(fd >= 0 && connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0, "no connection to %s",
		addr.sun_path);
	app_bed_turn(bed);
	return fd;
}

void app_bed_request(struct app_bed *bed, int fd, const char *line)
{
	size_t len = strlen(line);

	CHECK(send(fd, line, len, MSG_NOSIGNAL) == (ssize_t)len && send(fd, "\n", 1, MSG_NOSIGNAL) == 1,
		"a request does not go out");
	json_t *request = json_loads(line, 0, NULL);
	const char *command = json_string_value(json_object_get(request, "cmd"));
	asked[fd] = command == NULL ? NULL : schema_command_find(command);
	json_decref(request);
	app_bed_turn(bed);
}

// A feed's lines but the last have "more"; what a cancelled one ends with has no data, unless it has a
// summary.
static void line_check(const struct schema_command *command, json_t *line)
{
	bool is_feed = command != NULL && command->shape == SCHEMA_SHAPE_FEED;
	json_t *data = json_object_get(line, "data");

	if (json_is_true(json_object_get(line, "ok")) && !json_is_null(data))
		answer_check(command, data, is_feed && json_object_get(line, "more") == NULL);
}

json_t *app_bed_line(struct app_bed *bed, int fd)
{
	static char buf[65536];
	ssize_t n = recv(fd, buf, sizeof(buf) - 1, MSG_PEEK);

	(void)bed;
	if (n <= 0)
		return NULL;
	buf[n] = '\0';
	char *end = strchr(buf, '\n');
	if (end == NULL)
		return NULL;
	CHECK(recv(fd, buf, (size_t)(end - buf) + 1, 0) == end - buf + 1, "a line does not come in");
	*end = '\0';
	json_t *line = json_loads(buf, 0, NULL);
	CHECK(line != NULL, "no JSON: %s", buf);
	line_check(asked[fd], line);
	return line;
}

bool app_bed_answer(struct app_bed *bed, uint32_t dev, const struct app_bed_node *node)
{
	static struct frame f;
	static struct frame answer;
	struct topo_self self = {.id = node->id,
		.identity = node->identity,
		.identity_len = (uint8_t)strlen(node->identity),
		.board = "made up",
		.board_len = 7,
		.master = node->master,
		.master_len = node->master == NULL ? 0 : (uint8_t)strlen(node->master)};
	struct topo_port port = {
		.link_id = node->link_id, .l2mtu = 1500, .cost = node->cost, .mac = node->id};
	struct wire_l2 l2;
	struct wire_frame parsed;

	answer.len = 0;
	while (app_bed_take_type(bed, dev, WIRE_TYPE_DISCOVER, &f)) {
		const uint8_t *romon;

		CHECK(frame_parse(&f, &l2, &parsed), "a malformed Discover left");
		romon = f.bytes + l2.romon_off;
		answer.len = (uint32_t)topo_resp_build(answer.bytes, sizeof(answer.bytes), &self, &port,
			(const struct base_mac *)(f.bytes + 6), romon, &parsed);
	}
	if (answer.len == 0)
		return false;
	app_bed_send(bed, dev, &answer);
	return true;
}

int app_bed_reload(struct app_bed *bed, const char *yaml, uint64_t confirm_ms)
{
	struct reload_request request = {.file = {.path = bed->app.config_path, .fd = -1, .secrets_fd = -1},
		.by = "the test",
		.confirm_ms = confirm_ms};
	struct reload_result *result = calloc(1, sizeof(*result));

	CHECK(result != NULL, "no memory");
	yaml_write(bed, yaml);
	int err = reload_apply(&bed->app, &request, result);
	free(result);
	return err;
}

const struct app_event *app_bed_event(const struct app_bed *bed, enum event_kind kind)
{
	const struct app *app = &bed->app;

	for (uint64_t n = events_count(app); n > events_oldest(app); n--) {
		const struct app_event *e = events_at(app, n - 1);

		if (e->kind == kind)
			return e;
	}
	return NULL;
}

uint32_t app_bed_n_events(const struct app_bed *bed, enum event_kind kind)
{
	const struct app *app = &bed->app;
	uint32_t n = 0;

	for (uint64_t i = events_oldest(app); i < events_count(app); i++)
		n += events_at(app, i)->kind == kind;
	return n;
}

struct base_mac app_bed_mac(const struct app_bed *bed, const char *port)
{
	int slot = slots_find(&bed->app, port);

	CHECK(slot >= 0, "no port %s", port);
	const struct app_dev *dev = slots_dev(&bed->app, &bed->app.slots[slot]);
	CHECK(dev != NULL && dev->dev != NULL, "port %s is not open", port);
	return dev->dev->mac;
}
