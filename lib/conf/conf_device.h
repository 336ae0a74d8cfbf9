// SPDX-License-Identifier: BSD-3-Clause
// What a device text (ports.NAME.device) names, by its form alone: whether it is there is lib/port's to say.
// Any thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "conf.h"

enum conf_device_kind {
	CONF_DEVICE_INVALID,
	CONF_DEVICE_PCI,    // "0000:03:00.0"
	CONF_DEVICE_VDEV,   // "net_NAME,args"
	CONF_DEVICE_NETDEV, // kernel interface
};

enum conf_device_kind conf_device_kind(const char *device);

// Can nothing have this name? Then true, and text is one sentence.
bool conf_device_problem(const char *device, char *text, size_t size);
