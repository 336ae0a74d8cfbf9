// SPDX-License-Identifier: BSD-3-Clause
// Every /romon path through DPDK's own telemetry socket: a query function that plays romond, and a client
// that parses each answer as JSON and holds it to DPDK's limit of 16 KiB.
#include <ftw.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <rte_eal.h>

#include "base_text.h"
#include "suite.h"
#include "telem.h"

#define ANSWER_SIZE_MAX 16384
#define N_MANY          1000
#define N_CLIENTS       4
#define N_ASKS          50

static unsigned n_ports;
static unsigned n_neighbors;
static bool is_refusing;
static const char *config_text;

// Of the daemon's: escaped, but for what is printable beyond ASCII, which DPDK reads wrongly.
#define IDENTITY_RAW "caf\xc3\xa9\x1b[31m \"q\" \\x5c"
#define IDENTITY     "caf\\xc3\\xa9\\x1b[31m \"q\" \\x5c"

static json_t *play_status(void)
{
	return json_pack("{s:s, s:s, s:i, s:I, s:b, s:n, s:i, s:I, s:I, s:i, s:I, s:i, s:i, s:I, s:{s:i, "
			 "s:i}, s:[s,s]}",
		"version", "0.1.0", "comment", "pre-escaped \\xff", "pid", 42, "uptime-s",
		(json_int_t)1 << 40, "enabled", 1, "id", "workers", 1, "rx-frames", (json_int_t)INT64_MAX,
		"neg-far", (json_int_t)INT64_MIN, "neg-near", -5, "drops", (json_int_t)11, "ports", 2,
		"ports-up", 1, "generation", (json_int_t)3, "mbufs", "total", 8191, "in-use", 7, "warnings",
		"one", IDENTITY_RAW);
}

static json_t *play_ports(void)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < n_ports; i++) {
		char name[32];

		snprintf(name, sizeof(name), "port-with-a-rather-long-name%u", i % 1000);
		json_array_append_new(list, json_pack("{s:s, s:s, s:n, s:f}", "name", name, "state", "up",
						    "group", "load", 2.25));
	}
	return list;
}

// Rows whose texts are as long, and grow as much when sent, as texts can: quotes and backslashes double.
static json_t *play_neighbors(json_t *args)
{
	json_int_t offset = json_integer_value(json_object_get(args, "offset"));
	json_int_t count = json_integer_value(json_object_get(args, "count"));
	json_t *rows = json_array();
	json_int_t i = offset;
	char quotes[128];

	memset(quotes, '"', sizeof(quotes) - 1);
	quotes[sizeof(quotes) - 1] = '\0';
	for (; i < n_neighbors && i < offset + count; i++) {
		char mac[32];

		snprintf(mac, sizeof(mac), "02:00:00:00:%02x:%02x", (unsigned)i / 256, (unsigned)i % 256);
		json_array_append_new(
			rows, json_pack("{s:s, s:s, s:s, s:I, s:s}", "port", i % 2 ? "ether1" : quotes,
				      "mac-address", i == 900 ? "02:00:00:00:00:07" : mac, "id", IDENTITY_RAW,
				      "rx-frames", i, "interface", quotes));
	}
	return json_pack("{s:I, s:o, s:o}", "total", (json_int_t)n_neighbors, "next",
		i < n_neighbors ? json_integer(i) : json_null(), "rows", rows);
}

static json_t *play_events(json_t *args)
{
	json_int_t since = json_integer_value(json_object_get(args, "since"));
	json_int_t count = json_integer_value(json_object_get(args, "count"));
	json_t *rows = json_array();
	json_int_t i = since;

	for (; i < N_MANY && i < since + count; i++)
		json_array_append_new(rows, json_pack("{s:I, s:s}", "seq", i + 1, "text", IDENTITY_RAW));
	return json_pack("{s:I, s:i, s:o}", "next", i, "lost", 0, "rows", rows);
}

static json_t *play_drops(void)
{
	json_t *list = json_array();

	for (int i = 0; i < N_MANY; i++) {
		char reason[32];

		snprintf(reason, sizeof(reason), "reason-%d", i % 300);
		json_array_append_new(list, json_pack("{s:s, s:s, s:i, s:s}", "reason", reason, "port",
						    "ether1", "count", 2, "help", "why"));
	}
	return list;
}

static json_t *node_row(void)
{
	return json_pack("{s:s, s:s, s:[s, s]}", "address", "02:00:00:00:00:03", "identity", "far", "path",
		"02:00:00:00:00:02", "02:00:00:00:00:03");
}

static json_t *play_nodes(void)
{
	return json_pack("{s:i, s:n, s:[o]}", "total", 1, "next", "rows", node_row());
}

static json_t *play_node(json_t *args)
{
	const char *id = json_string_value(json_object_get(args, "id"));

	return id != NULL && strcmp(id, "02:00:00:00:00:03") == 0 ? node_row() : NULL;
}

static json_t *play(void *ctx, const char *cmd, json_t *args)
{
	(void)ctx;
	if (is_refusing)
		return NULL;
	if (strcmp(cmd, "status") == 0)
		return play_status();
	if (strcmp(cmd, "ports") == 0)
		return play_ports();
	if (strcmp(cmd, "neighbors") == 0)
		return play_neighbors(args);
	if (strcmp(cmd, "nodes") == 0)
		return play_nodes();
	if (strcmp(cmd, "node") == 0)
		return play_node(args);
	if (strcmp(cmd, "events") == 0)
		return play_events(args);
	if (strcmp(cmd, "drops") == 0)
		return play_drops();
	if (strcmp(cmd, "streams") == 0)
		return json_pack("[{s:i, s:s, s:i}]", "stream", 1, "direction", "out", "rtt-us", 300);
	if (strcmp(cmd, "config-show") == 0)
		return json_pack("{s:s}", "text", config_text);
	if (strcmp(cmd, "secrets") == 0)
		return json_pack(
			"[{s:s, s:i, s:i, s:b}]", "port", "ether1", "own", 0, "effective", 2, "signs", 1);
	CU_ASSERT_STRING_EQUAL(cmd, "workers");
	return json_pack("[{s:i, s:f, s:[s, s], s:[i, i], s:[]}]", "worker", 0, "frames-per-burst", 2.5,
		"ports", "ether1", "ether2", "cores", 1, 2, "none");
}

static int client_open(void)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	char hello[ANSWER_SIZE_MAX];

	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/dpdk_telemetry.v2", rte_eal_get_runtime_dir());
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) != 0 ||
		recv(fd, hello, sizeof(hello), 0) <= 0) {
		close(fd);
		return -1;
	}
	return fd;
}

// Ask on a connection; the data of the answer as a new reference.
static json_t *ask_on(int fd, const char *request)
{
	char path[128];
	char answer[2 * ANSWER_SIZE_MAX];
	json_error_t fault;

	if (send(fd, request, strlen(request), MSG_NOSIGNAL) < 0)
		return NULL;
	ssize_t n = recv(fd, answer, sizeof(answer), 0);
	if (n <= 0 || n > ANSWER_SIZE_MAX)
		return NULL;
	json_t *root = json_loadb(answer, (size_t)n, JSON_REJECT_DUPLICATES, &fault);
	if (root == NULL)
		printf("%s: %s: %.*s\n", request, fault.text, (int)n, answer);
	base_text_copy(path, sizeof(path), request);
	path[strcspn(path, ",")] = '\0';
	json_t *data = json_incref(json_object_get(root, path));
	json_decref(root);
	return data;
}

static json_t *ask(const char *request)
{
	int fd = client_open();

	CU_ASSERT_NOT_EQUAL_FATAL(fd, -1);
	json_t *data = ask_on(fd, request);
	close(fd);
	CU_ASSERT_PTR_NOT_NULL_FATAL(data);
	return data;
}

static void expect(const char *request, const char *wanted)
{
	json_t *data = ask(request);
	char *text = json_dumps(data, JSON_COMPACT);

	CU_ASSERT_STRING_EQUAL(text, wanted);
	if (strcmp(text, wanted) != 0)
		printf("%s: %s\n", request, text);
	free(text);
	json_decref(data);
}

static void every_json_type_arrives(void)
{
	json_t *info = ask("/romon/info");

	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(info, "comment")), "pre-escaped \\xff");
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(info, "rx_frames")), INT64_MAX);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(info, "neg_near")), -5);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(info, "neg_far")), "-9223372036854775808");
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(info, "enabled")), 1);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(info, "id")), "");
	json_t *mbufs = json_object_get(info, "mbufs");
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(mbufs, "in_use")), 7);
	json_t *warnings = json_object_get(info, "warnings");
	CU_ASSERT_STRING_EQUAL(json_string_value(json_array_get(warnings, 1)), IDENTITY);
	json_decref(info);
	expect("/romon/worker,0",
		"{\"worker\":0,\"frames_per_burst_x100\":250,\"ports\":[\"ether1\",\"ether2\"],"
		"\"cores\":[1,2],\"none\":[]}");
	expect("/romon/workers",
		"{\"total\":1,\"next\":\"\",\"rows\":{\"0\":{\"worker\":0,"
		"\"frames_per_burst_x100\":250,\"ports\":[\"ether1\",\"ether2\"],\"cores\":[1,2],"
		"\"none\":[]}}}");
	expect("/romon/secrets", "{\"total\":1,\"next\":\"\",\"rows\":{\"0\":{\"port\":\"ether1\",\"own\":0,"
				 "\"effective\":2,\"signs\":1}}}");
	n_ports = 2;
	expect("/romon/port,port-with-a-rather-long-name1",
		"{\"name\":\"port-with-a-rather-long-name1\",\"state\":\"up\",\"group\":\"\",\"load_x100\":"
		"225}");
	expect("/romon/ports", "{\"total\":2,\"next\":\"\",\"rows\":[\"port-with-a-rather-long-name0\","
			       "\"port-with-a-rather-long-name1\"]}");
	n_ports = 0;
	expect("/romon/ports", "{\"total\":0,\"next\":\"\",\"rows\":[]}");
}

// Walk through all pages of a path; returns the number of rows, which must come without a gap.
static unsigned pages_walk(const char *path, const char *member)
{
	unsigned n_rows = 0;
	json_int_t at = 0;

	for (unsigned page = 0; page < 2 * N_MANY; page++) {
		char request[128];
		json_t *row;
		const char *key;
		size_t i;

		snprintf(request, sizeof(request), "%s,%" JSON_INTEGER_FORMAT, path, at);
		json_t *data = ask(request);
		json_t *rows = json_object_get(data, "rows");
		json_t *next = json_object_get(data, "next");
		CU_ASSERT(json_is_object(rows) || json_is_array(rows));
		json_array_foreach (rows, i, row)
			n_rows++;
		json_object_foreach (rows, key, row) {
			if (member != NULL)
				CU_ASSERT_EQUAL(json_integer_value(json_object_get(row, member)) % N_MANY,
					(n_rows + (strcmp(member, "seq") == 0)) % N_MANY);
			n_rows++;
		}
		bool is_end = !json_is_integer(next) || json_integer_value(next) <= at;
		at = json_integer_value(next);
		json_decref(data);
		if (is_end)
			break;
	}
	return n_rows;
}

static void pages_lose_nothing(void)
{
	n_ports = N_MANY;
	n_neighbors = N_MANY;
	CU_ASSERT_EQUAL(pages_walk("/romon/ports", NULL), N_MANY);
	CU_ASSERT_EQUAL(pages_walk("/romon/neighbors", "rx_frames"), N_MANY);
	CU_ASSERT_EQUAL(pages_walk("/romon/events", "seq"), N_MANY);
	CU_ASSERT_EQUAL(pages_walk("/romon/drops", NULL), N_MANY);
	json_t *page = ask("/romon/neighbors,10,3");
	CU_ASSERT_EQUAL(json_object_size(json_object_get(page, "rows")), 3);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(page, "next")), 13);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(page, "total")), N_MANY);
	json_decref(page);
	n_neighbors = 0;
	expect("/romon/neighbors", "{\"total\":0,\"next\":\"\",\"rows\":{}}");
	expect("/romon/drops,5000", "{\"total\":1000,\"next\":\"\",\"rows\":{}}");
	expect("/romon/events,1000", "{\"next\":1000,\"lost\":0,\"rows\":{}}");
	expect("/romon/ports,5000", "{\"total\":1000,\"next\":\"\",\"rows\":[]}");
}

static void config_comes_in_lines(void)
{
	char text[20000];
	struct base_text t;

	config_text = "romon:\n\n  identity: \"x\"\n  last";
	expect("/romon/config",
		"{\"total\":4,\"next\":\"\",\"rows\":[\"romon:\",\"\",\"  identity: \\\"x\\\"\","
		"\"  last\"]}");
	expect("/romon/config,3", "{\"total\":4,\"next\":\"\",\"rows\":[\"  last\"]}");
	base_text_init(&t, text, sizeof(text));
	for (int i = 0; i < 60; i++)
		base_text_add(&t, "%0*d\"\n", 200 + i, i);
	config_text = text;
	CU_ASSERT_EQUAL(pages_walk("/romon/config", NULL), 60);
	json_t *page = ask("/romon/config");
	const char *line = json_string_value(json_array_get(json_object_get(page, "rows"), 0));
	CU_ASSERT_EQUAL(strlen(line), 127);
	CU_ASSERT_STRING_EQUAL(line + 120, "0000...");
	json_decref(page);
	config_text = "";
	expect("/romon/config", "{\"total\":0,\"next\":\"\",\"rows\":[]}");
}

static void nodes_are_listed_and_named(void)
{
	static const char *const node = "{\"address\":\"02:00:00:00:00:03\",\"identity\":\"far\",\"path\":"
					"[\"02:00:00:00:00:02\",\"02:00:00:00:00:03\"]}";
	char page[512];

	snprintf(page, sizeof(page), "{\"total\":1,\"next\":\"\",\"rows\":{\"0\":%s}}", node);
	expect("/romon/nodes", page);
	expect("/romon/node,02:00:00:00:00:03", node);
	expect("/romon/node,02:00:00:00:00:09", "{\"error\":\"no such node\"}");
	expect("/romon/node,far", "{\"error\":\"expected a RoMON id: /romon/node,aa:bb:cc:dd:ee:ff\"}");
}

static void streams_are_listed(void)
{
	expect("/romon/streams", "{\"total\":1,\"next\":\"\",\"rows\":{\"0\":{\"stream\":1,\"direction\":"
				 "\"out\",\"rtt_us\":300}}}");
}

static void stats_are_one_flat_dictionary_of_numbers(void)
{
	json_t *stats = ask("/romon/stats");
	json_t *value;
	const char *key;
	json_int_t drops = 0;

	json_object_foreach (stats, key, value) {
		CU_ASSERT_TRUE(json_is_integer(value));
		if (strncmp(key, "drops_reason", 12) == 0)
			drops += json_integer_value(value);
	}
	CU_ASSERT_EQUAL(json_object_size(stats), 256); // 300 reasons were dropped for: DPDK takes 256 keys
	CU_ASSERT(drops > 0);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(stats, "drops_total")), 11);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(stats, "drops_reason_0_total")), 8);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(stats, "rx_frames_total")), INT64_MAX);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(stats, "mbufs_in_use")), 7);
	json_decref(stats);
}

static void one_neighbor_is_found_on_every_port(void)
{
	n_neighbors = N_MANY;
	json_t *found = ask("/romon/neighbor,02:00:00:00:00:07");
	json_t *rows = json_object_get(found, "rows");
	CU_ASSERT_EQUAL(json_object_size(rows), 2);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(json_object_get(rows, "1"), "rx_frames")), 900);
	json_decref(found);
	expect("/romon/neighbor,02:00:00:00:ff:ff", "{\"error\":\"no such neighbor\"}");
}

static void errors_are_in_the_data(void)
{
	static const struct {
		const char *request;
		const char *error;
	} rows[] = {
		{"/romon/port", "expected the name of a port: /romon/port,NAME"},
		{"/romon/port,nosuch", "no such port"},
		{"/romon/worker", "expected the number of a worker: /romon/worker,N"},
		{"/romon/worker,1", "no such worker"},
		{"/romon/worker,0x", "expected the number of a worker: /romon/worker,N"},
		{"/romon/neighbor,zz", "expected an address: /romon/neighbor,aa:bb:cc:dd:ee:ff"},
		{"/romon/neighbors,x", "expected OFFSET or OFFSET,COUNT: whole numbers"},
		{"/romon/neighbors,-1", "expected OFFSET or OFFSET,COUNT: whole numbers"},
		{"/romon/neighbors,1,0", "expected OFFSET or OFFSET,COUNT: whole numbers"},
		{"/romon/neighbors,1,2,3", "expected OFFSET or OFFSET,COUNT: whole numbers"},
		{"/romon/neighbors,99999999999999999999", "expected OFFSET or OFFSET,COUNT: whole numbers"},
		{"/romon/events,", ""},
		{"/romon/events,a", "expected SINCE or SINCE,COUNT: whole numbers"},
	};

	for (size_t i = 0; i < BASE_ARRAY_LEN(rows); i++) {
		json_t *data = ask(rows[i].request);
		const char *error = json_string_value(json_object_get(data, "error"));

		CU_ASSERT_STRING_EQUAL(error == NULL ? "" : error, rows[i].error);
		json_decref(data);
	}
}

static const char *const all_paths[] = {"/romon/info", "/romon/config", "/romon/ports", "/romon/port,x",
	"/romon/workers", "/romon/worker,0", "/romon/neighbors", "/romon/neighbor,02:00:00:00:00:01",
	"/romon/nodes", "/romon/node,02:00:00:00:00:01", "/romon/drops", "/romon/stats", "/romon/secrets",
	"/romon/events", "/romon/streams"};

static void refusals_become_errors(void)
{
	is_refusing = true;
	for (size_t i = 0; i < BASE_ARRAY_LEN(all_paths); i++)
		expect(all_paths[i], "{\"error\":\"romond cannot answer now\"}");
	is_refusing = false;
}

static atomic_uint n_good;

static void *hammer(void *arg)
{
	int fd = client_open();

	(void)arg;
	for (unsigned i = 0; i < N_ASKS && fd >= 0; i++) {
		json_t *data = ask_on(fd, all_paths[i % BASE_ARRAY_LEN(all_paths)]);

		if (json_is_object(data))
			atomic_fetch_add(&n_good, 1);
		json_decref(data);
	}
	close(fd);
	return NULL;
}

// Several clients at once, while the daemon stops: an answer or an error, never a crash.
static void clients_run_in_parallel_and_over_the_end(void)
{
	struct telem_cfg cfg = {play, NULL};
	pthread_t threads[N_CLIENTS];

	config_text = "a\nb\n";
	n_neighbors = 100;
	for (unsigned i = 0; i < N_CLIENTS; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, hammer, NULL), 0);
	while (atomic_load(&n_good) < N_ASKS)
		usleep(1000);
	telem_fini();
	for (unsigned i = 0; i < N_CLIENTS; i++)
		pthread_join(threads[i], NULL);
	CU_ASSERT_EQUAL(atomic_load(&n_good), N_CLIENTS * N_ASKS);
	expect("/romon/info", "{\"error\":\"romond cannot answer now\"}");
	CU_ASSERT_EQUAL(telem_init(&cfg), 0); // the paths are still there, once
	json_t *list = ask("/");
	unsigned n = 0;
	size_t i;
	json_t *path;
	json_array_foreach (list, i, path)
		n += strncmp(json_string_value(path), "/romon/", 7) == 0;
	CU_ASSERT_EQUAL(n, BASE_ARRAY_LEN(all_paths));
	json_decref(list);
}

static const struct suite_case cases[] = {
	SUITE_CASE(every_json_type_arrives),
	SUITE_CASE(pages_lose_nothing),
	SUITE_CASE(config_comes_in_lines),
	SUITE_CASE(nodes_are_listed_and_named),
	SUITE_CASE(streams_are_listed),
	SUITE_CASE(stats_are_one_flat_dictionary_of_numbers),
	SUITE_CASE(one_neighbor_is_found_on_every_port),
	SUITE_CASE(errors_are_in_the_data),
	SUITE_CASE(refusals_become_errors),
	SUITE_CASE(clients_run_in_parallel_and_over_the_end),
};

static int file_remove(const char *path, const struct stat *st, int type, struct FTW *walk)
{
	(void)st;
	(void)type;
	(void)walk;
	return remove(path);
}

// EAL without hugepages, NICs and root, with its runtime files in a directory of our own.
int main(void)
{
	char dir[] = "/tmp/test_telem.XXXXXX";
	char args[][32] = {"test_telem", "--no-huge", "--no-pci", "-m", "64", "--log-level=error"};
	char *argv[BASE_ARRAY_LEN(args) + 1] = {NULL};
	struct telem_cfg cfg = {play, NULL};
	int rc = 1;

	if (mkdtemp(dir) == NULL || setenv("RUNTIME_DIRECTORY", dir, 1) != 0)
		return 1;
	for (size_t i = 0; i < BASE_ARRAY_LEN(args); i++)
		argv[i] = args[i];
	config_text = "";
	if (rte_eal_init((int)BASE_ARRAY_LEN(args), argv) >= 0 && telem_init(&cfg) == 0)
		rc = suite_run("telem", cases, BASE_ARRAY_LEN(cases));
	telem_fini();
	rte_eal_cleanup();
	nftw(dir, file_remove, 8, FTW_DEPTH | FTW_PHYS);
	return rc;
}
