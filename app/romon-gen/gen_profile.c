// SPDX-License-Identifier: BSD-3-Clause
// A profile from its file. The tree, and how errors are placed, are those of romond.yaml (conf_node.h).
// Control thread.
#include <fcntl.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base_suggest.h"
#include "base_text.h"
#include "conf_issue.h"
#include "conf_node.h"
#include "conf_value.h"
#include "gen_profile.h"
#include "gen_stamp.h"

#define FILE_MAX (1u << 20)
#define GOT_SIZE 64

struct loader {
	struct gen_profile *profile;
	struct conf_place place;
};

struct key;
typedef void (*key_fn)(struct loader *l, const struct key *key, void *base, const struct conf_node *node);

// A key of a map: how its value is read, where it goes, and its limits.
struct key {
	const char *name;
	key_fn read;
	size_t offset;
	uint64_t min;
	uint64_t max;
	const char *const *words; // of a word: position + 1 is the value
};

static void *field(const struct key *key, void *base)
{
	return (char *)base + key->offset;
}

static void refuse(struct loader *l, const struct conf_node *node, const char *expected)
{
	char got[GOT_SIZE];

	conf_error(&l->place, node->line, node->column, "expected %s, got %s", expected,
		conf_value_got(node, got, sizeof(got)));
}

static bool number_read(const struct conf_node *node, uint64_t *out)
{
	char *end = NULL;

	if (node->kind != CONF_NODE_SCALAR || node->text[0] < '0' || node->text[0] > '9')
		return false;
	errno = 0;
	*out = strtoull(node->text, &end, 10);
	return errno == 0 && *end == '\0';
}

static bool uint_get(struct loader *l, const struct key *key, const struct conf_node *node, uint64_t *out)
{
	char expected[64];

	if (number_read(node, out) && *out >= key->min && *out <= key->max)
		return true;
	snprintf(expected, sizeof(expected), "%llu..%llu", (unsigned long long)key->min,
		(unsigned long long)key->max);
	refuse(l, node, expected);
	return false;
}

static void read_u32(struct loader *l, const struct key *key, void *base, const struct conf_node *node)
{
	uint64_t v;

	if (uint_get(l, key, node, &v))
		*(uint32_t *)field(key, base) = (uint32_t)v;
}

static void read_u16(struct loader *l, const struct key *key, void *base, const struct conf_node *node)
{
	uint64_t v;

	if (uint_get(l, key, node, &v))
		*(uint16_t *)field(key, base) = (uint16_t)v;
}

static void read_u8(struct loader *l, const struct key *key, void *base, const struct conf_node *node)
{
	uint64_t v;

	if (uint_get(l, key, node, &v))
		*(uint8_t *)field(key, base) = (uint8_t)v;
}

static void read_text(struct loader *l, const struct key *key, void *base, const struct conf_node *node)
{
	char expected[64];

	if (node->kind == CONF_NODE_SCALAR && node->is_clean &&
		base_text_copy(field(key, base), key->max, node->text) == 0)
		return;
	snprintf(expected, sizeof(expected), "a text of at most %llu characters",
		(unsigned long long)key->max - 1);
	refuse(l, node, expected);
}

static void read_mac(struct loader *l, const struct key *key, void *base, const struct conf_node *node)
{
	if (node->kind != CONF_NODE_SCALAR || base_mac_parse(node->text, field(key, base)) != 0)
		refuse(l, node, "an address such as 02:00:00:00:00:01");
}

static void read_word(struct loader *l, const struct key *key, void *base, const struct conf_node *node)
{
	char expected[96];
	struct base_text t;
	size_t n = 0;

	base_text_init(&t, expected, sizeof(expected));
	for (; key->words[n] != NULL; n++) {
		if (node->kind == CONF_NODE_SCALAR && strcmp(key->words[n], node->text) == 0) {
			*(uint32_t *)field(key, base) = (uint32_t)n + 1;
			return;
		}
		base_text_add(&t, "%s%s", n == 0 ? "" : ", ", key->words[n]);
	}
	refuse(l, node, expected);
}

static void read_bool(struct loader *l, const struct key *key, void *base, const struct conf_node *node)
{
	bool is_true = node->kind == CONF_NODE_SCALAR && strcmp(node->text, "true") == 0;

	if (!is_true && (node->kind != CONF_NODE_SCALAR || strcmp(node->text, "false") != 0))
		refuse(l, node, "true or false");
	*(bool *)field(key, base) = is_true;
}

static void read_rate(struct loader *l, const struct key *key, void *base, const struct conf_node *node)
{
	if (node->kind != CONF_NODE_SCALAR || gen_rate_parse(node->text, field(key, base)) != 0)
		refuse(l, node, "frames a second (5000, 250k, 1.5M) or max");
}

static void read_time(struct loader *l, const struct key *key, void *base, const struct conf_node *node)
{
	if (node->kind != CONF_NODE_SCALAR || gen_duration_parse(node->text, field(key, base)) != 0)
		refuse(l, node, "a time such as 500ms, 2s or 1m, at most an hour");
}

static void read_sizes(struct loader *l, const struct key *key, void *base, const struct conf_node *node)
{
	struct gen_flow *f = base;
	const struct conf_node *first = node->kind == CONF_NODE_LIST ? node->first : node;
	uint64_t v;

	f->n_sizes = 0;
	for (const struct conf_node *m = first; m != NULL;
		m = node->kind == CONF_NODE_LIST ? m->next : NULL) {
		if (f->n_sizes == GEN_SIZES_MAX) {
			conf_error(&l->place, m->line, m->column, "more than %d sizes", GEN_SIZES_MAX);
			return;
		}
		if (!uint_get(l, key, m, &v))
			return;
		f->sizes[f->n_sizes++] = (uint16_t)v;
	}
	if (f->n_sizes == 0)
		refuse(l, node, "a size or a list of sizes");
}

static bool port_find(struct loader *l, const struct conf_node *node, uint32_t *out)
{
	const char *names[GEN_PORTS_MAX];
	const struct gen_profile *p = l->profile;

	if (node->kind == CONF_NODE_SCALAR) {
		for (uint32_t i = 0; i < p->n_ports; i++) {
			names[i] = p->ports[i].name;
			*out = i;
			if (strcmp(names[i], node->text) == 0)
				return true;
		}
		const char *near = base_suggest(node->text, names, p->n_ports);

		if (near != NULL) {
			conf_error(&l->place, node->line, node->column,
				"there is no such port; did you mean %s?", near);
			return false;
		}
	}
	refuse(l, node, "the name of a port of this profile");
	return false;
}

static void read_from(struct loader *l, const struct key *key, void *base, const struct conf_node *node)
{
	(void)port_find(l, node, field(key, base));
}

static void read_to(struct loader *l, const struct key *key, void *base, const struct conf_node *node)
{
	uint32_t *mask = field(key, base);
	const struct conf_node *first = node->kind == CONF_NODE_LIST ? node->first : node;
	uint32_t port;

	*mask = 0;
	for (const struct conf_node *m = first; m != NULL;
		m = node->kind == CONF_NODE_LIST ? m->next : NULL) {
		if (port_find(l, m, &port))
			*mask |= 1u << port;
	}
}

static const char *const through_words[] = {"wire", "relay", "node", NULL};
static const char *const type_words[] = {"discover", "discover-resp", "data", "seq-err", "hello", NULL};
static const char *const to_addr_words[] = {"group", "peer", "station", NULL};

_Static_assert(WIRE_TYPE_HELLO == 5, "type_words stand in the order of enum wire_type");

static const struct key port_keys[] = {
	{"device", read_u32, offsetof(struct gen_port, device), 0, GEN_PORTS_MAX - 1},
	{"vlan", read_u16, offsetof(struct gen_port, vlan), 0, WIRE_VID_MAX},
	{"peer-mac", read_mac, offsetof(struct gen_port, peer_mac)},
	{"link-id", read_u32, offsetof(struct gen_port, link_id), 0, UINT32_MAX},
	{"cost", read_u16, offsetof(struct gen_port, cost), 0, UINT16_MAX},
	{"l2mtu", read_u16, offsetof(struct gen_port, l2mtu), 0, UINT16_MAX},
	{NULL},
};

static const struct key flow_keys[] = {
	{"type", read_word, offsetof(struct gen_flow, type), .words = type_words},
	{"from", read_from, offsetof(struct gen_flow, from)},
	{"to", read_to, offsetof(struct gen_flow, to_mask)},
	{"share", read_u32, offsetof(struct gen_flow, share), 1, GEN_SHARE_MAX},
	{"size", read_sizes, 0, 0, WIRE_FRAME_LEN_MAX},
	{"hops", read_u32, offsetof(struct gen_flow, hops), 0, WIRE_HOPS_MAX},
	{"pointer", read_u32, offsetof(struct gen_flow, ptr), 0, WIRE_HOPS_MAX},
	{"channel", read_u8, offsetof(struct gen_flow, channel), 0, UINT8_MAX},
	{"service", read_u16, offsetof(struct gen_flow, service), 0, UINT16_MAX},
	{"to-address", read_word, offsetof(struct gen_flow, to_addr), .words = to_addr_words},
	{"origins", read_u32, offsetof(struct gen_flow, origins), 1, GEN_ADDRS_MAX},
	{"neighbors", read_u32, offsetof(struct gen_flow, neighbors), 1, GEN_ADDRS_MAX},
	{"stations", read_u32, offsetof(struct gen_flow, stations), 1, GEN_ADDRS_MAX},
	{"random", read_bool, offsetof(struct gen_flow, is_random)},
	{NULL},
};

static void read_ports(struct loader *l, const struct key *key, void *base, const struct conf_node *node);
static void read_flows(struct loader *l, const struct key *key, void *base, const struct conf_node *node);

// In the order in which they are read: flows name ports.
static const struct key root_keys[] = {
	{"name", read_text, offsetof(struct gen_profile, name), .max = GEN_NAME_LEN},
	{"description", read_text, offsetof(struct gen_profile, description), .max = GEN_TEXT_LEN},
	{"through", read_word, offsetof(struct gen_profile, through), .words = through_words},
	{"node-id", read_mac, offsetof(struct gen_profile, node_id)},
	{"rate", read_rate, offsetof(struct gen_profile, rate_pps)},
	{"duration", read_time, offsetof(struct gen_profile, duration_ms)},
	{"ports", read_ports, 0},
	{"flows", read_flows, 0},
	{NULL},
};

static void unknown_check(struct loader *l, const struct key *keys, const struct conf_node *map)
{
	const char *names[32];
	size_t n = 0;

	for (; keys[n].name != NULL; n++)
		names[n] = keys[n].name;
	for (const struct conf_node *m = map->first; m != NULL; m = m->next) {
		bool is_known = false;

		for (size_t i = 0; i < n; i++)
			is_known = is_known || strcmp(names[i], m->key) == 0;
		size_t mark = conf_place_push(&l->place, m->key);
		if (!is_known) {
			const char *near = base_suggest(m->key, names, n);

			conf_error(&l->place, m->key_line, m->key_column, "no such key%s%s%s",
				near != NULL ? "; did you mean " : "", near != NULL ? near : "",
				near != NULL ? "?" : "");
		} else if (conf_node_get(map, m->key) != m) {
			conf_error(&l->place, m->key_line, m->key_column, "duplicate key");
		}
		conf_place_pop(&l->place, mark);
	}
}

static void map_read(struct loader *l, const struct key *keys, void *base, const struct conf_node *map)
{
	if (map->kind != CONF_NODE_MAP && !conf_node_is_null(map)) {
		refuse(l, map, "a map of keys");
		return;
	}
	unknown_check(l, keys, map);
	for (const struct key *k = keys; k->name != NULL; k++) {
		const struct conf_node *m = conf_node_get(map, k->name);
		size_t mark;

		if (m == NULL)
			continue;
		mark = conf_place_push(&l->place, k->name);
		k->read(l, k, base, m);
		conf_place_pop(&l->place, mark);
	}
}

static bool members_check(struct loader *l, const struct conf_node *node, uint32_t max, const char *what)
{
	if (node->kind != CONF_NODE_MAP || node->n == 0) {
		refuse(l, node, what);
		return false;
	}
	if (node->n > max)
		conf_error(&l->place, node->line, node->column, "more than %u of them", max);
	return node->n <= max;
}

static void name_read(struct loader *l, char name[GEN_NAME_LEN], const struct conf_node *node)
{
	if (!conf_name_is_valid(node->key) || base_text_copy(name, GEN_NAME_LEN, node->key) != 0)
		conf_error(&l->place, node->key_line, node->key_column,
			"a name has 1..31 characters of A-Z a-z 0-9 _ . -");
}

static void read_ports(struct loader *l, const struct key *key, void *base, const struct conf_node *node)
{
	struct gen_profile *p = base;

	(void)key;
	if (!members_check(l, node, GEN_PORTS_MAX, "a map of port names"))
		return;
	for (const struct conf_node *m = node->first; m != NULL; m = m->next) {
		struct gen_port *port = &p->ports[p->n_ports];
		size_t mark = conf_place_push(&l->place, m->key);

		*port = (struct gen_port){.device = p->n_ports, .cost = 100, .l2mtu = 1500};
		name_read(l, port->name, m);
		map_read(l, port_keys, port, m);
		for (uint32_t i = 0; i < p->n_ports; i++) {
			if (p->ports[i].device == port->device && p->ports[i].vlan == port->vlan)
				conf_error(&l->place, m->key_line, m->key_column,
					"has the device and VLAN of port %s", p->ports[i].name);
		}
		p->n_ports++;
		conf_place_pop(&l->place, mark);
	}
}

static void flow_check(struct loader *l, struct gen_flow *f, const struct conf_node *node)
{
	if (f->type == WIRE_TYPE_INVALID || conf_node_get(node, "from") == NULL) {
		conf_error(
			&l->place, node->key_line, node->key_column, "a flow needs the keys type and from");
		return;
	}
	uint32_t hops_min = f->type == WIRE_TYPE_DATA ? 1 : 0;
	if (f->hops < hops_min)
		f->hops = hops_min;
	if (f->type != WIRE_TYPE_DATA && conf_node_get(node, "pointer") == NULL)
		f->ptr = f->hops; // as routers send them
	if (f->ptr > f->hops || (f->type == WIRE_TYPE_DATA && f->ptr >= f->hops))
		conf_error(&l->place, node->key_line, node->key_column,
			"pointer %u is behind the hop list of %u entries", f->ptr, f->hops);
	if ((f->to_mask & 1u << f->from) != 0)
		conf_error(
			&l->place, node->key_line, node->key_column, "goes to the port that it comes from");
	for (uint32_t i = 0; i < f->n_sizes; i++) {
		uint16_t min = gen_flow_size_min(f);

		if (f->sizes[i] == 0)
			f->sizes[i] = min;
		if (f->sizes[i] < min)
			conf_error(&l->place, node->key_line, node->key_column,
				"size %u: a frame of this flow has at least %u bytes", f->sizes[i], min);
	}
	if (f->to_addr == GEN_TO_ADDR_INVALID) {
		bool is_flooded = f->type == WIRE_TYPE_DISCOVER || l->profile->through != GEN_THROUGH_NODE;

		f->to_addr = is_flooded ? GEN_TO_ADDR_GROUP : GEN_TO_ADDR_PEER;
	}
}

static void read_flows(struct loader *l, const struct key *key, void *base, const struct conf_node *node)
{
	struct gen_profile *p = base;

	(void)key;
	if (!members_check(l, node, GEN_FLOWS_MAX, "a map of flow names"))
		return;
	for (const struct conf_node *m = node->first; m != NULL; m = m->next) {
		struct gen_flow *f = &p->flows[p->n_flows];
		size_t mark = conf_place_push(&l->place, m->key);

		*f = (struct gen_flow){.share = 1, .n_sizes = 1, .service = WIRE_SERVICE_PING};
		f->origins = f->neighbors = f->stations = 1;
		name_read(l, f->name, m);
		map_read(l, flow_keys, f, m);
		flow_check(l, f, m);
		p->n_flows++;
		conf_place_pop(&l->place, mark);
	}
}

int gen_profile_load_text(struct gen_profile *p, const char *text, size_t len, struct conf_issues *issues)
{
	struct loader l = {.profile = p};

	memset(issues, 0, sizeof(*issues));
	conf_place_init(&l.place, issues);
	*p = (struct gen_profile){.through = GEN_THROUGH_WIRE, .rate_pps = 10000, .duration_ms = 1000};
	struct conf_node *root = conf_node_parse(text, len, &l.place);
	if (root == NULL)
		return -EINVAL;
	map_read(&l, root_keys, p, root);
	if (issues->n_errors == 0 && (p->n_ports == 0 || p->n_flows == 0))
		conf_error(&l.place, 0, 0, "a profile needs the keys ports and flows");
	conf_node_free(root);
	conf_issues_sort(issues);
	return issues->n_errors == 0 ? 0 : -EINVAL;
}

int gen_profile_load(struct gen_profile *p, const char *path, struct conf_issues *issues)
{
	struct conf_place place;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text = malloc(FILE_MAX);
	ssize_t len = fd < 0 || text == NULL ? -1 : read(fd, text, FILE_MAX);
	int err = errno;

	if (fd >= 0)
		close(fd);
	if (len < 0 || len == FILE_MAX) {
		memset(issues, 0, sizeof(*issues));
		conf_place_init(&place, issues);
		conf_error(&place, 0, 0, "cannot be read: %s", len < 0 ? strerror(err) : "too long");
		free(text);
		return -EINVAL;
	}
	err = gen_profile_load_text(p, text, (size_t)len, issues);
	free(text);
	return err;
}

uint16_t gen_flow_size_min(const struct gen_flow *f)
{
	uint32_t len = WIRE_ETH_LEN + wire_hops_offset((uint8_t)f->type) + f->hops * WIRE_HOP_LEN;

	if (f->type == WIRE_TYPE_DATA)
		return (uint16_t)(len + sizeof(struct wire_services) + GEN_STAMP_LEN);
	uint32_t n_routes = f->type == WIRE_TYPE_DISCOVER_RESP ? 2 : f->type == WIRE_TYPE_SEQ_ERR ? 0 : 1;
	return (uint16_t)(len + n_routes * (sizeof(struct wire_tlv) + WIRE_ROUTE_LEN) +
			  sizeof(struct wire_tlv) + GEN_STAMP_LEN);
}

// What a node does with a flow must be known in full.
static int node_check(const struct gen_profile *p, const struct gen_flow *f, char *error, size_t size)
{
	uint32_t n_to = (uint32_t)__builtin_popcount(f->to_mask);
	uint32_t ports = f->to_mask | 1u << f->from;

	for (uint32_t i = 0; i < p->n_ports; i++) {
		if ((ports & 1u << i) != 0 && !base_mac_is_unicast(&p->ports[i].peer_mac)) {
			snprintf(error, size,
				"port %s: what is the address of the node's port? Give peer-mac in the profile, --peer, or --romond SOCKET",
				p->ports[i].name);
			return -EINVAL;
		}
		if ((ports & 1u << i) != 0 && p->ports[i].link_id == 0) {
			snprintf(error, size,
				"port %s: what is the link id of the node's port? Give link-id in the profile, --peer, or --romond SOCKET",
				p->ports[i].name);
			return -EINVAL;
		}
	}
	if (n_to > 0 && !base_mac_is_unicast(&p->node_id)) {
		snprintf(error, size,
			"what is the node's id? Give node-id in the profile, or --romond SOCKET");
		return -EINVAL;
	}
	bool is_routed = f->type == WIRE_TYPE_DATA || f->type == WIRE_TYPE_DISCOVER_RESP;
	if (is_routed && n_to > 1) {
		snprintf(error, size, "flow %s: a node sends %s out of one port", f->name,
			f->type == WIRE_TYPE_DATA ? "Data" : "DiscoverResp");
		return -EINVAL;
	}
	if (f->type == WIRE_TYPE_DATA && n_to == 1 && f->ptr + 1 >= f->hops) {
		snprintf(error, size, "flow %s: Data that passes a node needs hops of at least pointer + 2",
			f->name);
		return -EINVAL;
	}
	if (f->type == WIRE_TYPE_DISCOVER_RESP && n_to == 1 && f->ptr == 0) {
		snprintf(error, size, "flow %s: an answer that passes a node needs a pointer above 0",
			f->name);
		return -EINVAL;
	}
	if (n_to > 0 && (f->type == WIRE_TYPE_HELLO || f->type == WIRE_TYPE_SEQ_ERR)) {
		snprintf(error, size, "flow %s: a node passes neither Hello nor SeqErr on: leave to away",
			f->name);
		return -EINVAL;
	}
	return 0;
}

int gen_profile_check(const struct gen_profile *p, char *error, size_t size)
{
	for (uint32_t i = 0; i < p->n_flows; i++) {
		const struct gen_flow *f = &p->flows[i];

		if (f->to_addr == GEN_TO_ADDR_STATION && __builtin_popcount(f->to_mask) != 1) {
			snprintf(error, size, "flow %s: to-address: station needs one port in to", f->name);
			return -EINVAL;
		}
		if (p->through == GEN_THROUGH_NODE && node_check(p, f, error, size) != 0)
			return -EINVAL;
	}
	return 0;
}

int gen_rate_parse(const char *text, uint64_t *out)
{
	char *end = NULL;

	if (strcmp(text, "max") == 0) {
		*out = 0;
		return 0;
	}
	if (text[0] < '0' || text[0] > '9')
		return -EINVAL;
	double v = strtod(text, &end);
	if (*end == 'k')
		v *= 1e3;
	else if (*end == 'M')
		v *= 1e6;
	if ((*end == 'k' || *end == 'M') && end[1] == '\0')
		end++;
	if (*end != '\0' || !isfinite(v) || v < 1 || v > (double)GEN_RATE_MAX)
		return -EINVAL;
	*out = (uint64_t)v;
	return 0;
}

int gen_duration_parse(const char *text, uint32_t *out_ms)
{
	static const struct {
		const char *unit;
		uint32_t ms;
	} units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}};
	char *end = NULL;

	if (text[0] < '0' || text[0] > '9')
		return -EINVAL;
	unsigned long v = strtoul(text, &end, 10);
	for (size_t i = 0; i < BASE_ARRAY_LEN(units); i++) {
		if (strcmp(end, units[i].unit) == 0 && v > 0 && v <= GEN_DURATION_MAX / units[i].ms) {
			*out_ms = (uint32_t)v * units[i].ms;
			return 0;
		}
	}
	return -EINVAL;
}

const char *gen_through_name(enum gen_through through)
{
	return through == GEN_THROUGH_INVALID ? "unknown" : through_words[through - 1];
}
