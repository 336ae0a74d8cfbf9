// SPDX-License-Identifier: BSD-3-Clause
// What no key can tell by itself: names, devices, link ids, filters, secrets. Control thread; reads the
// file of romon.secrets-file.
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base_file.h"
#include "base_hash.h"
#include "base_suggest.h"
#include "conf_device.h"
#include "conf_loader.h"
#include "conf_value.h"

#define DEVICE_SHOWN_SIZE 65 // a device text in a message is cut

static const struct conf_node *root_get(const struct conf_loader *l, const char *section, const char *key)
{
	return conf_node_get(conf_node_get(l->root, section), key);
}

struct mark {
	uint32_t line;
	uint32_t column;
};

// Point place at a key of port idx, or at the port itself when the file does not give the key (NULL =
// always).
static struct mark port_place(struct conf_loader *l, uint32_t idx, const char *key)
{
	const struct conf_port *port = &l->conf->ports[idx];
	const struct conf_node *port_node = l->port_nodes[idx];
	const struct conf_node *node = key != NULL ? conf_node_get(port_node, key) : NULL;

	conf_place_pop(&l->place, 0);
	if (port->mode == CONF_MODE_RELAY) {
		conf_place_push(&l->place, "relay-groups");
		conf_place_push(&l->place, l->conf->groups[port->group_idx].name);
	}
	conf_place_push(&l->place, "ports");
	conf_place_push(&l->place, port->name);
	if (node == NULL)
		return (struct mark){port_node->key_line, port_node->key_column};
	conf_place_push(&l->place, key);
	return (struct mark){node->line, node->column};
}

static void check_discovery(struct conf_loader *l)
{
	const struct conf_node *node = root_get(l, "discovery", "down-after");
	const char *key = node != NULL ? "down-after" : "late-after";

	if (l->conf->discovery.down_after >= l->conf->discovery.late_after)
		return;
	if (node == NULL)
		node = root_get(l, "discovery", "late-after");
	conf_place_push(&l->place, "discovery");
	conf_place_push(&l->place, key);
	conf_error(&l->place, node->line, node->column,
		"down-after (%u) must not be less than late-after (%u)", l->conf->discovery.down_after,
		l->conf->discovery.late_after);
	conf_place_pop(&l->place, 0);
}

static void check_secrets(struct conf_loader *l)
{
	const struct conf_node *node = root_get(l, "romon", "secrets-file");
	struct conf_secrets *secrets = &l->conf->romon.secrets;
	const char *path = l->conf->romon.secrets_file;

	if (path[0] == '\0' && l->source->secrets_file != NULL)
		conf_error(&l->place, 0, 0,
			"names no romon.secrets-file: there is nothing that other secrets could take the place of");
	if (path[0] == '\0')
		return;
	if (l->source->secrets_file != NULL)
		path = l->source->secrets_file;
	conf_place_push(&l->place, "romon");
	conf_place_push(&l->place, "secrets-file");
	const struct conf *kept = l->source->secrets_of;
	if (secrets->n > 0)
		conf_error(&l->place, node->line, node->column,
			"romon.secrets is given too: secrets stand in one of them");
	else if (kept != NULL && strcmp(kept->romon.secrets_file, path) == 0)
		*secrets = kept->romon.secrets;
	else if (conf_secrets_read(path, l->source->secrets_fd, secrets, node, &l->place) < 0)
		secrets->n = 0;
	conf_place_pop(&l->place, 0);
}

// A program that others could change would run with our rights: it is not run (exec_hook.c), which is said
// here. That it is not there yet is no matter of the file.
static void check_exec(struct conf_loader *l)
{
	const struct conf_node *node = root_get(l, "events", "exec");
	const char *path = l->conf->events.exec;
	char why_buf[200];
	struct base_text why;
	struct stat st;

	if (!l->source->is_judged || path[0] == '\0' || stat(path, &st) != 0)
		return;
	base_text_init(&why, why_buf, sizeof(why_buf));
	if (!S_ISREG(st.st_mode))
		base_text_add(&why, "is not a regular file");
	if (why.len == 0 && base_file_judge(path, &st, &why) == 0)
		return;
	conf_place_push(&l->place, "events");
	conf_place_push(&l->place, "exec");
	conf_warning(&l->place, node->line, node->column, "%s %s; it is not run", path, why_buf);
	conf_place_pop(&l->place, 0);
}

static void check_name(struct conf_loader *l, uint32_t idx)
{
	const struct conf_port *port = &l->conf->ports[idx];
	int first = conf_port_find(l->conf, port->name);

	if (first == (int)idx)
		return;
	struct mark at = port_place(l, idx, NULL);
	conf_error(&l->place, at.line, at.column,
		"the name %s is taken by the port in line %u; node and relay ports share one set of names",
		port->name, l->conf->ports[first].line);
}

// Two enabled ports on one device: different VLANs, the same driver.
static void check_device(struct conf_loader *l, uint32_t idx, uint32_t other_idx)
{
	const struct conf_port *port = &l->conf->ports[idx];
	const struct conf_port *other = &l->conf->ports[other_idx];

	if (port->is_disabled || other->is_disabled || strcmp(port->device, other->device) != 0)
		return;
	char device[DEVICE_SHOWN_SIZE];
	base_text_escape(device, sizeof(device), port->device, strlen(port->device));
	if (port->vlan == other->vlan) {
		struct mark at = port_place(l, idx, port->vlan != 0 ? "vlan" : "device");

		if (port->vlan != 0)
			conf_error(&l->place, at.line, at.column,
				"port %s (line %u) has VLAN %u of device %s already", other->name,
				other->line, port->vlan, device);
		else
			conf_error(&l->place, at.line, at.column,
				"port %s (line %u) has device %s already; two ports of a device need different vlans",
				other->name, other->line, device);
	}
	if ((port->dispatch == CONF_DISPATCH_NEIGHBOR) != (other->dispatch == CONF_DISPATCH_NEIGHBOR)) {
		struct mark at = port_place(l, idx, "dispatch");

		conf_error(&l->place, at.line, at.column,
			"port %s (line %u) of device %s is%s dispatched; all ports of a device need the same",
			other->name, other->line, device,
			other->dispatch == CONF_DISPATCH_NEIGHBOR ? "" : " not");
	}
	if (port->driver != other->driver) {
		struct mark at = port_place(l, idx, "driver");

		conf_error(&l->place, at.line, at.column,
			"port %s (line %u) opens device %s with another driver; all ports of a device need the same",
			other->name, other->line, device);
	}
}

// romond would not start with it. A port that is disabled may wait for a better text.
static void check_device_text(struct conf_loader *l, uint32_t idx)
{
	const struct conf_port *port = &l->conf->ports[idx];
	char text[256];

	if (port->is_disabled || !conf_device_problem(port->device, text, sizeof(text)))
		return;
	struct mark at = port_place(l, idx, "device");
	conf_error(&l->place, at.line, at.column, "%s", text);
}

static void check_device_count(struct conf_loader *l)
{
	const struct conf *conf = l->conf;
	uint32_t n_devices = 0;

	for (uint32_t i = 0; i < conf->n_ports; i++) {
		bool is_new = !conf->ports[i].is_disabled;

		for (uint32_t j = 0; j < i; j++) {
			if (!conf->ports[j].is_disabled &&
				strcmp(conf->ports[i].device, conf->ports[j].device) == 0)
				is_new = false;
		}
		if (!is_new || ++n_devices <= CONF_DEVICES_MAX)
			continue;
		struct mark at = port_place(l, i, "device");
		conf_error(&l->place, at.line, at.column, "more than %d devices; VLANs share a device",
			CONF_DEVICES_MAX);
	}
}

static int link_id_find(const struct conf *conf, uint32_t n_ports, uint32_t link_id)
{
	for (uint32_t i = 0; i < n_ports; i++) {
		if (conf->ports[i].mode == CONF_MODE_NODE && conf->ports[i].link_id == link_id)
			return (int)i;
	}
	return -ENOENT;
}

// 1..65535 from a name: FNV-1a, folded.
static uint32_t link_id_of(const char *name)
{
	uint32_t hash = base_hash_name(name);

	return ((hash >> 16) ^ (hash & 0xffff)) % CONF_LINK_ID_MAX + 1;
}

// Ids from the file first. The others come from the name, so that adding or removing ports leaves them as
// they are; only when two names collide the later one in the file gives way to the next free id.
static void assign_link_ids(struct conf_loader *l)
{
	struct conf *conf = l->conf;
	bool is_auto[CONF_PORTS_MAX];

	for (uint32_t i = 0; i < conf->n_ports; i++) {
		is_auto[i] = conf->ports[i].mode == CONF_MODE_NODE && conf->ports[i].link_id == 0;
		if (conf->ports[i].mode != CONF_MODE_NODE || is_auto[i])
			continue;
		int first = link_id_find(conf, i, conf->ports[i].link_id);
		if (first < 0)
			continue;
		struct mark at = port_place(l, i, "link-id");
		conf_error(&l->place, at.line, at.column, "%u is the link-id of port %s (line %u) already",
			conf->ports[i].link_id, conf->ports[first].name, conf->ports[first].line);
	}
	for (uint32_t i = 0; i < conf->n_ports; i++) {
		if (!is_auto[i])
			continue;
		uint32_t link_id = link_id_of(conf->ports[i].name);
		while (link_id_find(conf, conf->n_ports, link_id) >= 0)
			link_id = link_id % CONF_LINK_ID_MAX + 1;
		conf->ports[i].link_id = link_id;
	}
}

static void check_ports(struct conf_loader *l)
{
	for (uint32_t i = 0; i < l->conf->n_ports; i++) {
		check_name(l, i);
		check_device_text(l, i);
		for (uint32_t j = 0; j < i; j++)
			check_device(l, i, j);
	}
	check_device_count(l);
	assign_link_ids(l);
	conf_place_pop(&l->place, 0);
}

// One worker is sure only where a list of CPUs names one.
static void check_dispatch(struct conf_loader *l)
{
	const struct conf *conf = l->conf;

	if (conf->workers.cores_are_auto || conf->workers.n_cores > 1)
		return;
	for (uint32_t i = 0; i < conf->n_ports; i++) {
		if (conf->ports[i].dispatch != CONF_DISPATCH_NEIGHBOR)
			continue;
		struct mark at = port_place(l, i, "dispatch");
		conf_warning(&l->place, at.line, at.column,
			"there is no other worker to dispatch to: list more CPUs in workers.cores");
	}
	conf_place_pop(&l->place, 0);
}

static void check_groups(struct conf_loader *l)
{
	for (uint32_t g = 0; g < l->conf->n_groups; g++) {
		const struct conf_node *node = l->group_nodes[g];
		uint32_t n_enabled = 0;

		for (uint32_t i = 0; i < l->conf->n_ports; i++) {
			const struct conf_port *port = &l->conf->ports[i];

			n_enabled +=
				port->mode == CONF_MODE_RELAY && port->group_idx == g && !port->is_disabled;
		}
		conf_place_push(&l->place, "relay-groups");
		conf_place_push(&l->place, l->conf->groups[g].name);
		if (n_enabled < 2)
			conf_warning(&l->place, node->key_line, node->key_column,
				"relays nothing: fewer than two of its ports are enabled");
		conf_place_pop(&l->place, 0);
	}
}

static void check_filter_port(
	struct conf_loader *l, const struct conf_filter *filter, const struct conf_node *node)
{
	const char *names[CONF_PORTS_MAX];
	int idx = conf_port_find(l->conf, filter->port);
	uint32_t n = 0;

	for (; n < l->conf->n_ports && l->conf->ports[n].mode == CONF_MODE_NODE; n++)
		names[n] = l->conf->ports[n].name;
	conf_place_push(&l->place, "port");
	if (idx >= 0 && l->conf->ports[idx].mode == CONF_MODE_RELAY) {
		conf_error(&l->place, node->line, node->column,
			"%s is a relay port; filters hold for node ports only", filter->port);
	} else if (idx < 0) {
		const char *near = base_suggest(filter->port, names, n);

		conf_error(&l->place, node->line, node->column, "no port is called %s%s%s%s", filter->port,
			near != NULL ? "; did you mean " : "", near != NULL ? near : "",
			near != NULL ? "?" : "");
	}
}

static bool lists_something(const struct conf_node *filter, const char *key)
{
	const struct conf_node *list = conf_node_get(filter, key);

	return list != NULL && (list->kind != CONF_NODE_LIST || list->n > 0);
}

static void check_filters(struct conf_loader *l)
{
	for (uint32_t i = 0; i < l->conf->n_filters; i++) {
		const struct conf_filter *filter = &l->conf->filters[i];
		const struct conf_node *node = l->filter_nodes[i];
		bool denies = lists_something(node, "deny-service") || lists_something(node, "deny-id");

		conf_place_push(&l->place, "filters");
		conf_place_push_idx(&l->place, i);
		if (!denies && (node->kind == CONF_NODE_MAP || conf_node_is_null(node)))
			conf_warning(&l->place, node->line, node->column, "denies nothing");
		if (filter->port[0] != '\0')
			check_filter_port(l, filter, conf_node_get(node, "port"));
		conf_place_pop(&l->place, 0);
	}
}

// Both must be given, and no two may listen at one place.
static void check_forwards(struct conf_loader *l)
{
	for (uint32_t i = 0; i < l->conf->n_forwards; i++) {
		const struct conf_forward *forward = &l->conf->forwards[i];
		const struct conf_node *node = l->forward_nodes[i];

		conf_place_push(&l->place, "forwards");
		conf_place_push(&l->place, forward->name);
		if (conf_node_get(node, "listen") == NULL || conf_node_get(node, "to") == NULL)
			conf_error(&l->place, node->key_line, node->key_column,
				"listen and to must be given: { listen: \"127.0.0.1:8291\", to: NODE }");
		for (uint32_t k = 0; k < i && forward->listen[0] != '\0'; k++) {
			if (strcmp(forward->listen, l->conf->forwards[k].listen) != 0)
				continue;
			const struct conf_node *at = conf_node_get(node, "listen");

			conf_place_push(&l->place, "listen");
			conf_error(&l->place, at->line, at->column, "%s listens there already",
				l->conf->forwards[k].name);
			break;
		}
		conf_place_pop(&l->place, 0);
	}
}

static void set_identity(struct conf *conf)
{
	char host[CONF_TEXT_LEN_MAX + 1] = "";

	if (conf->romon.identity[0] != '\0')
		return;
	if (gethostname(host, sizeof(host) - 1) < 0 || host[0] == '\0')
		base_text_copy(host, sizeof(host), "romond");
	base_text_escape(conf->romon.identity, sizeof(conf->romon.identity), host, strlen(host));
}

void conf_check(struct conf_loader *l)
{
	conf_place_pop(&l->place, 0);
	check_discovery(l);
	check_secrets(l);
	check_exec(l);
	check_ports(l);
	check_dispatch(l);
	check_groups(l);
	check_filters(l);
	check_forwards(l);
	set_identity(l->conf);
}
