// SPDX-License-Identifier: BSD-3-Clause
// Opening devices, again and anew. Control thread, under app_lock().
#include <stdio.h>
#include <string.h>

#include <rte_log.h>

#include "app.h"
#include "base_clock.h"
#include "base_log.h"
#include "base_text.h"
#include "device.h"

LOG_TYPE("port");

#define RETRY_MS        500 // after the first failure; doubled with each
#define RETRY_MS_MAX    30000
#define REOPENS_AT_ONCE 3     // of a device that changes under us; then as after failures
#define REOPENS_MS      60000 // calm for so long, and it counts from 0 again

static uint64_t backoff_ms(uint32_t n)
{
	uint64_t ms = n < 7 ? (uint64_t)RETRY_MS << n : RETRY_MS_MAX;

	return ms < RETRY_MS_MAX ? ms : RETRY_MS_MAX;
}

static void failed(struct app_dev *d, const char *error)
{
	d->retry_at_ms = base_mono_ms() + backoff_ms(d->n_failures++);
	d->fingerprint = port_fingerprint(d->device);
	if (strcmp(d->error, error) == 0)
		return; // a reason is told once, not at every try
	d->is_told = false;
	LOG(WARNING, "device %s: %s", d->device, error);
	base_text_copy(d->error, sizeof(d->error), error);
}

void device_open(struct app *app, struct app_dev *d)
{
	char error[PORT_ERROR_LEN] = "";
	struct port_dev_cfg cfg = {
		.device = d->device,
		.driver = d->driver,
		.is_promiscuous = d->is_promiscuous,
		.has_vlans = d->has_vlans,
		.n_txq_wanted = (uint16_t)app->n_workers,
		.mbufs = app->n_mbufs,
		.burst = app->conf != NULL ? app->conf->workers.burst : 32,
		.avoids_xdp = d->avoids_xdp,
	};
	uint32_t level = rte_log_get_global_level();

	// DPDK says the same five lines at every try: once will do
	if (d->n_failures > 0 && base_log_level_get() < BASE_LOG_DEBUG)
		rte_log_set_global_level(RTE_LOG_CRIT);
	d->dev = port_dev_open(&cfg, error);
	d->err = d->dev == NULL ? errno : 0;
	rte_log_set_global_level(level);
	d->is_touched = false;
	if (d->dev == NULL) {
		failed(d, error);
		return;
	}
	d->error[0] = '\0';
	d->n_failures = 0;
	d->is_stale = false;
	LOG(NOTICE, "device %s: open: %s, %s", d->device, d->dev->driver, d->dev->why);
	if (d->dev->warning[0] != '\0')
		LOG(WARNING, "device %s: %s", d->device, d->dev->warning);
}

void device_close(struct app_dev *d)
{
	if (d->dev->link == PORT_LINK_GONE) {
		d->err = ENODEV;
		snprintf(d->error, sizeof(d->error), "%.100s has vanished", d->device);
		d->avoids_xdp = false;
		d->is_stale = false;
	} else if (d->is_stale) {
		d->err = ESTALE;
		base_text_copy(d->error, sizeof(d->error), d->dev->stale_why);
	} else {
		d->avoids_xdp = false;
	}
	port_dev_close(d->dev);
	d->dev = NULL;
}

bool device_is_due(struct app_dev *d)
{
	bool is_touched = d->is_touched;

	d->is_touched = false;
	if (!port_is_present(d->device)) {
		d->n_failures = 0; // what comes is something new
		d->retry_at_ms = 0;
		d->is_stale = false;
		if (port_kind_of(d->device) != PORT_KIND_INVALID && d->err != ENODEV) {
			d->err = ENODEV;
			snprintf(d->error, sizeof(d->error), "there is no interface %.100s any more",
				d->device);
		}
		return false;
	}
	if (base_mono_ms() >= d->retry_at_ms)
		return true;
	// our own try touches the interface, too: only what it may depend on counts
	return is_touched && port_fingerprint(d->device) != d->fingerprint;
}

bool device_must_reopen(struct app_dev *d)
{
	uint64_t now_ms = base_mono_ms();

	if (d->dev->stale == PORT_STALE_INVALID || d->dev->link == PORT_LINK_GONE)
		return false;
	if (now_ms - d->reopened_ms >= REOPENS_MS)
		d->n_reopens = 0;
	uint64_t wait_ms = d->n_reopens < REOPENS_AT_ONCE ? 0 : backoff_ms(d->n_reopens - REOPENS_AT_ONCE);
	// it hears, if not in the way that is right now: better than nothing
	if (d->dev->stale == PORT_STALE_DRIVER && now_ms - d->reopened_ms < wait_ms)
		return false;
	// what was taken off, put on again and taken off again is not wanted there
	d->avoids_xdp = d->avoids_xdp || (d->dev->stale == PORT_STALE_XDP && d->n_reopens > 0);
	d->is_stale = true;
	d->n_reopens++;
	d->reopened_ms = now_ms;
	d->retry_at_ms = d->dev->stale == PORT_STALE_DRIVER ? now_ms : now_ms + wait_ms;
	d->fingerprint = 0;
	LOG(WARNING, "device %s: %s: it is opened anew", d->device, d->dev->stale_why);
	return true;
}
