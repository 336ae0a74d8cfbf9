// SPDX-License-Identifier: BSD-3-Clause
// doctor: what a running romond says of itself, and what its process may do. Main thread.
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base_text.h"
#include "doctor.h"
#include "port.h"

#define DPDK_WANTED "22.11"
#define LINE_SIZE   256
#define WHAT_SIZE   64

static const char *text(json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value == NULL || value[0] == '\0' ? "-" : value;
}

static void ports_look(struct doctor *d)
{
	json_t *port;
	size_t i;

	json_array_foreach (d->ports, i, port) {
		const char *state = text(port, "state");
		char what[WHAT_SIZE];
		struct base_text t;

		base_text_init(&t, what, sizeof(what));
		base_text_add(&t, "port %s", text(port, "name"));
		if (strcmp(state, "up") == 0)
			doctor_add(d, DOCTOR_OK, what, NULL, "up, %s: %s", text(port, "driver"),
				text(port, "driver-why"));
		else if (strcmp(state, "down") == 0)
			doctor_add(d, DOCTOR_WARN, what, "look at the cable and the other end",
				"its link is down");
		else if (strcmp(state, "absent") == 0)
			doctor_add(d, DOCTOR_FAIL, what, "`romonctl why` explains",
				"its device is absent: %s", text(port, "driver-why"));
		if (json_is_string(json_object_get(port, "warning")))
			doctor_add(
				d, DOCTOR_WARN, what, "`romonctl why` explains", "%s", text(port, "warning"));
	}
}

// Ports without any secret, in one row. They may be wanted so: a lab, a wire of one's own.
void doctor_secrets(struct doctor *d)
{
	char names[LINE_SIZE];
	struct base_text t;
	unsigned n = 0;

	base_text_init(&t, names, sizeof(names));
	for (uint32_t i = 0; d->conf != NULL && i < d->conf->n_ports; i++) {
		if (!conf_port_is_unsigned(d->conf, &d->conf->ports[i]))
			continue;
		base_text_add(&t, "%s%s", n++ > 0 ? ", " : "", d->conf->ports[i].name);
	}
	if (n > 0)
		doctor_add(d, DOCTOR_WARN, "secrets",
			"fine where nobody else reaches that wire; else introduce a secret without a gap: docs/secrets.md, `romonctl secrets rotate`",
			"no secret on %s%s%s: anybody on that wire can join and speak for others",
			n == 1 ? "port " : "ports ", names, t.is_cut ? " …" : "");
}

static void workers_look(struct doctor *d)
{
	json_t *worker;
	size_t i;

	json_array_foreach (d->workers, i, worker) {
		if (json_is_true(json_object_get(worker, "stuck")))
			doctor_add(d, DOCTOR_FAIL, "workers", "restart romond, and keep its log for a report",
				"worker %d made no turn in the last second",
				(int)json_integer_value(json_object_get(worker, "worker")));
	}
}

// The effective capabilities of a process. False when they cannot be read.
static bool capabilities_read(pid_t pid, unsigned long long *set)
{
	static const char key[] = "CapEff:";
	char line[LINE_SIZE];
	bool is_found = false;

	snprintf(line, sizeof(line), "/proc/%d/status", (int)pid);
	FILE *f = fopen(line, "re");
	while (f != NULL && !is_found && fgets(line, sizeof(line), f) != NULL) {
		is_found = strncmp(line, key, strlen(key)) == 0;
		if (is_found)
			*set = strtoull(line + strlen(key), NULL, 16);
	}
	if (f != NULL)
		fclose(f);
	return is_found;
}

// Bytes of memory that a process may lock; UINT64_MAX = no limit, or none could be read.
static uint64_t lockable_read(pid_t pid)
{
	static const char key[] = "Max locked memory";
	char line[LINE_SIZE];
	uint64_t bytes = UINT64_MAX;

	snprintf(line, sizeof(line), "/proc/%d/limits", (int)pid);
	FILE *f = fopen(line, "re");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		const char *value = line + strlen(key);

		if (strncmp(line, key, strlen(key)) == 0 &&
			strstr(value, "unlimited") != value + strspn(value, " "))
			bytes = strtoull(value, NULL, 10);
	}
	if (f != NULL)
		fclose(f);
	return bytes;
}

// Without CAP_IPC_LOCK the limit counts, for AF_PACKET as well as for AF_XDP.
static void lockable_look(struct doctor *d, pid_t pid)
{
	uint64_t limit = lockable_read(pid);
	uint64_t need = 0;

	for (uint32_t i = 0; i < d->conf->n_ports; i++) {
		const struct conf_port *p = &d->conf->ports[i];

		if (!p->is_disabled)
			need += port_locked_bytes(p->device, p->driver, p->vlan != 0);
	}
	if (limit < need)
		doctor_add(d, DOCTOR_FAIL, "locked memory",
			"LimitMEMLOCK= of its unit, ulimit -l, or give it CAP_IPC_LOCK",
			"romond may lock %llu KiB, and its interfaces need %llu KiB, AF_PACKET as well as AF_XDP",
			(unsigned long long)(limit / 1024), (unsigned long long)(need / 1024));
}

static bool uses_interfaces(const struct conf *conf)
{
	for (uint32_t i = 0; conf != NULL && i < conf->n_ports; i++) {
		if (!conf->ports[i].is_disabled && port_kind_of(conf->ports[i].device) == PORT_KIND_AF_XDP)
			return true;
	}
	return false;
}

static void capabilities_look(struct doctor *d, pid_t pid)
{
	static const struct {
		unsigned bit;
		const char *name;
		bool is_needed; // by AF_PACKET too
	} caps[] = {
		{CAP_NET_RAW, "CAP_NET_RAW", true},
		{CAP_NET_ADMIN, "CAP_NET_ADMIN", true},
		{CAP_BPF, "CAP_BPF", false},
	};
	unsigned long long set = 0;
	bool has_all = true;
	bool may_lock;

	if (pid == 0 || !uses_interfaces(d->conf) || !capabilities_read(pid, &set))
		return;
	may_lock = (set >> CAP_IPC_LOCK & 1) != 0;
	bool is_almighty = (set >> CAP_SYS_ADMIN & 1) != 0; // stands for CAP_BPF
	for (size_t i = 0; i < BASE_ARRAY_LEN(caps); i++) {
		if ((set >> caps[i].bit & 1) != 0 || (caps[i].bit == CAP_BPF && is_almighty))
			continue;
		has_all = false;
		doctor_add(d, caps[i].is_needed ? DOCTOR_FAIL : DOCTOR_WARN, "capabilities",
			"start romond as root, or give its unit AmbientCapabilities= (docs/operations.md)",
			caps[i].is_needed ? "romond has no %s, which kernel interfaces need"
					  : "romond has no %s: AF_XDP cannot be used",
			caps[i].name);
	}
	if (!may_lock)
		lockable_look(d, pid);
	if (has_all)
		doctor_add(d, DOCTOR_OK, "capabilities", NULL, "romond has what kernel interfaces need");
}

void doctor_daemon(struct doctor *d, pid_t pid)
{
	const char *dpdk = text(d->status, "dpdk");
	json_t *warning;
	size_t i;

	if (strcmp(text(d->status, "version"), ROMOND_VERSION) != 0)
		doctor_add(d, DOCTOR_WARN, "version", "restart romond after an update",
			"romond is %s, romonctl " ROMOND_VERSION, text(d->status, "version"));
	if (strncmp(dpdk, DPDK_WANTED, strlen(DPDK_WANTED)) == 0)
		doctor_add(d, DOCTOR_OK, "DPDK", NULL, "%s", dpdk);
	else
		doctor_add(d, DOCTOR_WARN, "DPDK", "install DPDK " DPDK_WANTED,
			"%s; romond is tested with " DPDK_WANTED, dpdk);
	if (json_is_false(json_object_get(d->status, "enabled")))
		doctor_add(d, DOCTOR_WARN, "romon", "romon.enabled: true",
			"RoMON is disabled: nothing is forwarded");
	json_array_foreach (json_object_get(d->status, "warnings"), i, warning)
		doctor_add(d, DOCTOR_WARN, "warning", "see docs/config.md", "%s",
			json_is_string(warning) ? json_string_value(warning) : "-");
	ports_look(d);
	workers_look(d);
	capabilities_look(d, pid);
}
