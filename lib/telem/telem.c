// SPDX-License-Identifier: BSD-3-Clause
// The /romon commands. Callbacks run in DPDK's telemetry threads, one per connection (at most 10): they
// touch nothing but what query gives them.
//
// Lists are pages {"total", "next", "rows"}: a page that could be longer than DPDK sends is asked for again
// with half the rows, so that nothing is ever cut off in silence.
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <rte_telemetry.h>

#include "base_mac.h"
#include "base_text.h"
#include "schema_status.h"
#include "telem.h"
#include "telem_json.h"

#define PAGE_ROWS     64   // a container costs DPDK 68 KB while it lives
#define SEARCH_ROWS   1000 // the most that the neighbors handler gives at once
#define FOUND_MAX     16   // ports on which one neighbor is shown
#define STATS_MAX     RTE_TEL_MAX_DICT_ENTRIES
#define NO_ANSWER     "romond cannot answer now"
#define PAGE_EXPECTED "expected OFFSET or OFFSET,COUNT: whole numbers"

// Read by callbacks under it; written by telem_init() and telem_fini() alone.
static pthread_rwlock_t cfg_lock = PTHREAD_RWLOCK_INITIALIZER;
static struct telem_cfg cfg_now; // query NULL: not running
static bool is_registered;       // control thread only

struct page {
	uint64_t offset;
	uint64_t count;
};

static json_t *ask(const char *cmd, json_t *args)
{
	json_t *data = NULL;

	pthread_rwlock_rdlock(&cfg_lock);
	if (cfg_now.query != NULL)
		data = cfg_now.query(cfg_now.ctx, cmd, args);
	pthread_rwlock_unlock(&cfg_lock);
	return data;
}

// DPDK's answers have no room for an error but the data itself.
static int error_send(struct rte_tel_data *d, const char *sentence)
{
	rte_tel_data_start_dict(d);
	return rte_tel_data_add_dict_string(d, "error", sentence);
}

// Send an object; takes the reference. NULL is an error of the handler's.
static int object_send(struct rte_tel_data *d, json_t *object)
{
	if (!json_is_object(object)) {
		json_decref(object);
		return error_send(d, NO_ANSWER);
	}
	int rc = telem_json_size(object) <= TELEM_JSON_SIZE_MAX ? telem_json_fill(d, object) : -E2BIG;
	json_decref(object);
	return rc == 0 ? 0 : error_send(d, "the answer is too long for DPDK telemetry: ask romonctl");
}

static bool number_parse(const char **text, uint64_t *out)
{
	char *end;

	if (**text < '0' || **text > '9')
		return false;
	errno = 0;
	*out = strtoull(*text, &end, 10);
	*text = end;
	return errno == 0 && *out <= INT64_MAX;
}

// "", "OFFSET" or "OFFSET,COUNT".
static bool page_parse(const char *params, struct page *page)
{
	*page = (struct page){0, PAGE_ROWS};
	if (params == NULL)
		return true;
	if (!number_parse(&params, &page->offset))
		return false;
	if (*params == ',') {
		params++;
		if (!number_parse(&params, &page->count) || page->count == 0)
			return false;
	}
	if (page->count > PAGE_ROWS)
		page->count = PAGE_ROWS;
	return *params == '\0';
}

// A page of an array: a new object.
static json_t *page_cut(json_t *array, const struct page *page)
{
	size_t total = json_array_size(array);
	size_t at = page->offset < total ? (size_t)page->offset : total;
	size_t end = total - at > page->count ? at + (size_t)page->count : total;
	json_t *rows = json_array();

	for (size_t i = at; i < end; i++)
		json_array_append(rows, json_array_get(array, i));
	json_t *next = end < total ? json_integer((json_int_t)end) : json_null();
	return json_pack("{s:I, s:o, s:o}", "total", (json_int_t)total, "next", next, "rows", rows);
}

// Rows that are objects are sent as a dictionary: also when there is none.
static void rows_settle(json_t *data)
{
	if (json_array_size(json_object_get(data, "rows")) == 0)
		json_object_set_new(data, "rows", json_object());
}

// Send a page of an array of texts or objects; takes the reference.
static int array_send(struct rte_tel_data *d, json_t *array, struct page page, bool has_objects)
{
	if (!json_is_array(array)) {
		json_decref(array);
		return error_send(d, NO_ANSWER);
	}
	json_t *cut = page_cut(array, &page);
	while (!telem_json_is_whole(cut) && page.count > 1) {
		page.count /= 2;
		json_decref(cut);
		cut = page_cut(array, &page);
	}
	json_decref(array);
	if (has_objects)
		rows_settle(cut);
	return object_send(d, cut);
}

// Send a page of a handler that pages itself: cursor names its argument.
static int cursor_send(struct rte_tel_data *d, const char *cmd, const char *cursor, struct page page)
{
	json_t *data = NULL;

	for (; page.count > 0; page.count /= 2) {
		json_t *args = json_pack(
			"{s:I, s:I}", cursor, (json_int_t)page.offset, "count", (json_int_t)page.count);

		json_decref(data);
		data = ask(cmd, args);
		json_decref(args);
		if (telem_json_is_whole(data))
			break;
	}
	rows_settle(data);
	return object_send(d, data);
}

// The element of an array whose member key is the text; a new reference or NULL.
static json_t *row_find(json_t *array, const char *key, const char *text)
{
	json_t *row;
	size_t i;

	json_array_foreach (array, i, row) {
		const char *value = json_string_value(json_object_get(row, key));

		if (value != NULL && strcmp(value, text) == 0)
			return json_incref(row);
	}
	return NULL;
}

static int send_info(const char *cmd, const char *params, struct rte_tel_data *d)
{
	(void)cmd;
	(void)params;
	return object_send(d, ask("status", NULL));
}

// The lines of the YAML text; takes the reference.
static json_t *lines_make(json_t *data)
{
	const char *text = json_string_value(json_object_get(data, "text"));
	json_t *lines = text == NULL ? NULL : json_array();

	while (text != NULL && *text != '\0') {
		size_t len = strcspn(text, "\n");

		json_array_append_new(lines, json_stringn(text, len));
		text += len + (text[len] == '\n');
	}
	json_decref(data);
	return lines;
}

static int send_config(const char *cmd, const char *params, struct rte_tel_data *d)
{
	struct page page;

	(void)cmd;
	if (!page_parse(params, &page))
		return error_send(d, PAGE_EXPECTED);
	return array_send(d, lines_make(ask("config-show", NULL)), page, false);
}

static int send_ports(const char *cmd, const char *params, struct rte_tel_data *d)
{
	struct page page;
	json_t *names = NULL;
	json_t *port;
	size_t i;

	(void)cmd;
	if (!page_parse(params, &page))
		return error_send(d, PAGE_EXPECTED);
	json_t *ports = ask("ports", NULL);
	if (json_is_array(ports))
		names = json_array();
	json_array_foreach (ports, i, port)
		json_array_append(names, json_object_get(port, "name"));
	json_decref(ports);
	return array_send(d, names, page, false);
}

static int send_port(const char *cmd, const char *params, struct rte_tel_data *d)
{
	(void)cmd;
	if (params == NULL)
		return error_send(d, "expected the name of a port: /romon/port,NAME");
	json_t *ports = ask("ports", NULL);
	if (ports == NULL)
		return error_send(d, NO_ANSWER);
	json_t *port = row_find(ports, "name", params);
	json_decref(ports);
	return port == NULL ? error_send(d, "no such port") : object_send(d, port);
}

// A page of what a handler without pages gives.
static int list_send(const char *handler, const char *params, struct rte_tel_data *d)
{
	struct page page;

	if (!page_parse(params, &page))
		return error_send(d, PAGE_EXPECTED);
	return array_send(d, ask(handler, NULL), page, true);
}

static int send_workers(const char *cmd, const char *params, struct rte_tel_data *d)
{
	(void)cmd;
	return list_send("workers", params, d);
}

static int send_drops(const char *cmd, const char *params, struct rte_tel_data *d)
{
	(void)cmd;
	return list_send("drops", params, d);
}

static int send_secrets(const char *cmd, const char *params, struct rte_tel_data *d)
{
	(void)cmd;
	return list_send("secrets", params, d);
}

static int send_streams(const char *cmd, const char *params, struct rte_tel_data *d)
{
	(void)cmd;
	return list_send("streams", params, d);
}

static int send_worker(const char *cmd, const char *params, struct rte_tel_data *d)
{
	uint64_t number;

	(void)cmd;
	if (params == NULL || !number_parse(&params, &number) || *params != '\0')
		return error_send(d, "expected the number of a worker: /romon/worker,N");
	json_t *workers = ask("workers", NULL);
	if (workers == NULL)
		return error_send(d, NO_ANSWER);
	json_t *worker = number < json_array_size(workers) ? json_array_get(workers, (size_t)number) : NULL;
	json_incref(worker);
	json_decref(workers);
	return worker == NULL ? error_send(d, "no such worker") : object_send(d, worker);
}

static int send_neighbors(const char *cmd, const char *params, struct rte_tel_data *d)
{
	struct page page;

	(void)cmd;
	if (!page_parse(params, &page))
		return error_send(d, PAGE_EXPECTED);
	return cursor_send(d, "neighbors", "offset", page);
}

// Move the rows of one page of neighbors that have this address into found. Returns the next page's offset,
// 0 at the end.
static json_int_t neighbors_search(json_int_t offset, const char *mac, json_t *found, bool *is_failed)
{
	json_t *args = json_pack("{s:I, s:i}", "offset", offset, "count", SEARCH_ROWS);
	json_t *data = ask("neighbors", args);
	json_t *row;
	size_t i;

	json_array_foreach (json_object_get(data, "rows"), i, row) {
		const char *address = json_string_value(json_object_get(row, "mac-address"));

		if (address != NULL && strcmp(address, mac) == 0 && json_array_size(found) < FOUND_MAX)
			json_array_append(found, row);
	}
	json_int_t next = json_integer_value(json_object_get(data, "next"));
	*is_failed = data == NULL;
	json_decref(args);
	json_decref(data);
	return next > offset ? next : 0;
}

// One address may be heard on several ports. Looks through all neighbors, a page at a time.
static int send_neighbor(const char *cmd, const char *params, struct rte_tel_data *d)
{
	char text[BASE_MAC_TEXT_LEN];
	struct base_mac mac;
	json_int_t offset = 0;
	bool is_failed;

	(void)cmd;
	if (params == NULL || base_mac_parse(params, &mac) != 0)
		return error_send(d, "expected an address: /romon/neighbor,aa:bb:cc:dd:ee:ff");
	base_mac_format(&mac, text);
	json_t *found = json_array();
	do {
		offset = neighbors_search(offset, text, found, &is_failed);
	} while (offset > 0);
	if (!is_failed && json_array_size(found) > 0)
		return array_send(d, found, (struct page){0, FOUND_MAX}, true);
	json_decref(found);
	return error_send(d, is_failed ? NO_ANSWER : "no such neighbor");
}

static int send_nodes(const char *cmd, const char *params, struct rte_tel_data *d)
{
	struct page page;

	(void)cmd;
	if (!page_parse(params, &page))
		return error_send(d, PAGE_EXPECTED);
	return cursor_send(d, "nodes", "offset", page);
}

static int send_node(const char *cmd, const char *params, struct rte_tel_data *d)
{
	struct base_mac mac;

	(void)cmd;
	if (params == NULL || base_mac_parse(params, &mac) != 0)
		return error_send(d, "expected a RoMON id: /romon/node,aa:bb:cc:dd:ee:ff");
	json_t *args = json_pack("{s:s}", "id", params);
	json_t *node = ask("node", args);
	json_decref(args);
	if (node != NULL)
		return object_send(d, node);
	json_t *status = ask("status", NULL); // a refusal has no reason: does anything get an answer?
	json_decref(status);
	return error_send(d, status == NULL ? NO_ANSWER : "no such node");
}

static int send_events(const char *cmd, const char *params, struct rte_tel_data *d)
{
	struct page page;

	(void)cmd;
	if (!page_parse(params, &page))
		return error_send(d, "expected SINCE or SINCE,COUNT: whole numbers");
	return cursor_send(d, "events", "since", page);
}

static void stat_set(json_t *stats, const char *name, json_t *value)
{
	if (json_is_boolean(value))
		json_object_set_new(stats, name, json_integer(json_is_true(value)));
	else if (json_is_integer(value))
		json_object_set(stats, name, value);
}

// The numbers of `status` under their metric names, by its rows.
static void totals_add(json_t *stats, json_t *status)
{
	const struct schema_table *table = schema_status_table();
	json_t *mbufs = json_object_get(status, "mbufs");
	char metric[RTE_TEL_MAX_STRING_LEN];
	char key[SCHEMA_NAME_LEN];

	for (size_t i = 0; i < table->n_fields; i++) {
		const struct schema_field *f = &table->fields[i];

		if (schema_metric(f, metric, sizeof(metric)))
			stat_set(stats, metric, json_object_get(status, schema_name(f->member, key)));
	}
	stat_set(stats, "mbufs", json_object_get(mbufs, "total"));
	stat_set(stats, "mbufs_in_use", json_object_get(mbufs, "in-use"));
}

// Sum the drops of all ports by reason: drops_REASON_total.
static void drops_add(json_t *stats, json_t *drops)
{
	json_t *row;
	size_t i;

	json_array_foreach (drops, i, row) {
		const char *reason = json_string_value(json_object_get(row, "reason"));
		json_int_t count = json_integer_value(json_object_get(row, "count"));
		char name[RTE_TEL_MAX_STRING_LEN];
		struct base_text t;

		base_text_init(&t, name, sizeof(name));
		base_text_add(&t, "drops_%s_total", reason == NULL ? "unknown" : reason);
		json_t *before = json_object_get(stats, name);
		if (before == NULL && json_object_size(stats) == STATS_MAX)
			continue; // drops_total counts it
		json_object_set_new(stats, name, json_integer(json_integer_value(before) + count));
	}
}

static int send_stats(const char *cmd, const char *params, struct rte_tel_data *d)
{
	json_t *status = ask("status", NULL);
	json_t *drops = ask("drops", NULL);
	json_t *stats = status == NULL ? NULL : json_object();

	(void)cmd;
	(void)params;
	if (stats != NULL) {
		totals_add(stats, status);
		drops_add(stats, drops);
	}
	json_decref(status);
	json_decref(drops);
	return object_send(d, stats);
}

static const struct {
	const char *path;
	telemetry_cb fn;
	const char *help;
} commands[] = {
	{"/romon/info", send_info, "What romond is and runs on. No parameters"},
	{"/romon/config", send_config, "Lines of the configuration. Parameters: int offset, int count"},
	{"/romon/ports", send_ports, "Names of ports. Parameters: int offset, int count"},
	{"/romon/port", send_port, "State and counters of a port. Parameters: string name"},
	{"/romon/workers", send_workers, "Workers and their load. Parameters: int offset, int count"},
	{"/romon/worker", send_worker, "One worker. Parameters: int worker"},
	{"/romon/neighbors", send_neighbors, "Neighbors heard. Parameters: int offset, int count"},
	{"/romon/neighbor", send_neighbor, "One neighbor on every port. Parameters: string mac"},
	{"/romon/nodes", send_nodes, "The inventory. Parameters: int offset, int count"},
	{"/romon/node", send_node, "One node. Parameters: string id"},
	{"/romon/drops", send_drops, "Drops by port and reason. Parameters: int offset, int count"},
	{"/romon/streams", send_streams,
		"Byte streams to and from other nodes. Parameters: int offset, int count"},
	{"/romon/stats", send_stats, "All totals as one flat dictionary. No parameters"},
	{"/romon/secrets", send_secrets, "How many secrets ports have. Parameters: int offset, int count"},
	{"/romon/events", send_events, "What happened. Parameters: int since, int count"},
};

int telem_init(const struct telem_cfg *cfg)
{
	for (size_t i = 0; i < BASE_ARRAY_LEN(commands) && !is_registered; i++) {
		int rc = rte_telemetry_register_cmd(commands[i].path, commands[i].fn, commands[i].help);

		if (rc != 0)
			return rc < 0 ? rc : -rc;
	}
	is_registered = true;
	pthread_rwlock_wrlock(&cfg_lock);
	cfg_now = *cfg;
	pthread_rwlock_unlock(&cfg_lock);
	return 0;
}

void telem_fini(void)
{
	pthread_rwlock_wrlock(&cfg_lock);
	cfg_now = (struct telem_cfg){NULL, NULL};
	pthread_rwlock_unlock(&cfg_lock);
}
