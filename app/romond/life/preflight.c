// SPDX-License-Identifier: BSD-3-Clause
// Checks before EAL starts. Control thread.
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app.h"
#include "base_log.h"
#include "base_text.h"
#include "memory_plan.h"
#include "port_locked.h"
#include "preflight.h"
#include "workers.h"

LOG_TYPE("preflight");

static uint32_t socket_check(const struct conf *conf)
{
	char dir[sizeof(conf->control.socket)];
	char *slash;

	base_text_copy(dir, sizeof(dir), conf->control.socket);
	slash = strrchr(dir, '/');
	if (slash == NULL || slash == dir)
		return 0;
	*slash = '\0';
	if (access(dir, W_OK | X_OK) == 0)
		return 0;
	// the usual one is ours to make, as a unit's RuntimeDirectory= would
	if (errno == ENOENT && mkdir(dir, 0755) == 0 && chmod(dir, 0755) == 0) // whatever the umask
		return 0;
	LOG(ERROR, "control.socket: cannot create files in %s: %s", dir, strerror(errno));
	return 1;
}

static uint32_t device_check(const struct conf_port *p, bool is_root)
{
	char error[PORT_ERROR_LEN];

	if (port_preflight(p->device, error) != 0) {
		LOG(ERROR, "port %s: %s", p->name, error);
		return 1;
	}
	if (is_root || port_kind_of(p->device) == PORT_KIND_VDEV)
		return 0;
	LOG(WARNING,
		"port %s: device %s usually needs root, or CAP_NET_RAW, CAP_NET_ADMIN, CAP_BPF and CAP_IPC_LOCK; not running as root",
		p->name, p->device);
	return 0;
}

static bool is_first_of_device(const struct conf *conf, uint32_t idx)
{
	for (uint32_t i = 0; i < idx; i++) {
		if (!conf->ports[i].is_disabled &&
			strcmp(conf->ports[i].device, conf->ports[idx].device) == 0)
			return false;
	}
	return true;
}

// Both drivers of kernel interfaces lock memory. What does not fit fails at its device, with the same words.
static void locked_check(const struct conf *conf)
{
	uint64_t limit = port_locked_limit();
	uint64_t need = 0;

	for (uint32_t i = 0; i < conf->n_ports && limit != UINT64_MAX; i++) {
		const struct conf_port *p = &conf->ports[i];

		if (!p->is_disabled && is_first_of_device(conf, i))
			need += port_locked_bytes(p->device, p->driver, p->vlan != 0);
	}
	if (need > limit)
		LOG(WARNING,
			"kernel interfaces need %" PRIu64
			" KiB of locked memory, AF_PACKET as well as AF_XDP, and the limit is %" PRIu64
			" KiB: raise it (LimitMEMLOCK=, ulimit -l), or give CAP_IPC_LOCK",
			need / 1024, limit / 1024);
}

// Else the kernel ends it without a word, or it stands still.
static uint32_t memory_check(const struct app *app, const struct conf *conf)
{
	char text[2 * BASE_CGROUP_PATH_SIZE];
	struct base_cgroup_memory allowed;
	struct memory_plan plan;

	memory_plan_make(app, conf, &plan);
	base_cgroup_memory_get(BASE_CGROUP_SELF, BASE_CGROUP_ROOT, &allowed);
	int rc = memory_plan_judge(&plan, app->n_mbufs, &allowed, text, sizeof(text));
	if (rc < 0)
		LOG(ERROR, "%s", text);
	else if (rc > 0)
		LOG(WARNING, "%s", text);
	return rc < 0;
}

uint32_t preflight_run(struct app *app, const struct conf *conf)
{
	char error[256];
	uint32_t n_problems = socket_check(conf);

	if (workers_plan(app, conf, error, sizeof(error)) != 0) {
		LOG(ERROR, "%s", error);
		n_problems++;
	} else {
		n_problems += memory_check(app, conf);
	}
	for (uint32_t i = 0; i < conf->n_ports; i++) {
		if (!conf->ports[i].is_disabled)
			n_problems += device_check(&conf->ports[i], geteuid() == 0);
	}
	locked_check(conf);
	return n_problems;
}
