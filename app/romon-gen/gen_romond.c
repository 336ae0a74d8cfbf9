// SPDX-License-Identifier: BSD-3-Clause
// Asking romond. Control thread.
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "api_client.h"
#include "gen_romond.h"

#define TIMEOUT_MS 5000

static json_t *ask(struct api_client *c, const char *socket, const char *cmd)
{
	struct api_error err = {0};
	json_t *data = NULL;
	int rc = api_client_call(c, cmd, NULL, TIMEOUT_MS, &data, &err);

	if (rc != 0)
		fprintf(stderr, "romon-gen: --romond: %s does not answer %s (%s)\n", socket, cmd,
			strerror(-rc));
	json_decref(err.extra);
	return data;
}

static struct gen_port *port_find(struct gen_profile *p, const char *name)
{
	for (uint32_t i = 0; i < p->n_ports; i++) {
		if (name != NULL && strcmp(p->ports[i].name, name) == 0)
			return &p->ports[i];
	}
	return NULL;
}

static void ports_read(struct gen_profile *p, const json_t *ports)
{
	const json_t *row;
	size_t i;

	json_array_foreach (ports, i, row) {
		struct gen_port *port = port_find(p, json_string_value(json_object_get(row, "name")));
		const char *mac = json_string_value(json_object_get(row, "mac"));

		if (port == NULL || mac == NULL || base_mac_parse(mac, &port->peer_mac) != 0)
			continue;
		port->link_id = (uint32_t)json_integer_value(json_object_get(row, "link-id"));
		port->cost = (uint16_t)json_integer_value(json_object_get(row, "cost"));
		port->l2mtu = (uint16_t)json_integer_value(json_object_get(row, "l2mtu"));
	}
}

int gen_romond_ask(struct gen_profile *p, const char *socket)
{
	struct api_client *c = api_client_connect(socket, TIMEOUT_MS);

	if (c == NULL) {
		fprintf(stderr, "romon-gen: --romond: nobody answers at %s (%s): is romond running?\n",
			socket, strerror(errno));
		return -ECONNREFUSED;
	}
	json_t *status = ask(c, socket, "status");
	json_t *ports = status == NULL ? NULL : ask(c, socket, "ports");
	const char *id = json_string_value(json_object_get(status, "id"));
	int err = ports == NULL || id == NULL ? -EPROTO : base_mac_parse(id, &p->node_id);
	if (err == 0)
		ports_read(p, ports);
	json_decref(status);
	json_decref(ports);
	api_client_close(c);
	return err;
}
