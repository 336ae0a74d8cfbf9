// SPDX-License-Identifier: BSD-3-Clause
// What a device text names, and whether that is there. Control thread, or preflight without EAL.
#include <net/if.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base_text.h"
#include "conf_device.h"
#include "port.h"
#include "port_kernel.h"

#define PCI_TEXT_LEN 16 // "00000000:00:00.0" has a domain of up to eight digits

enum port_kind port_kind_of(const char *device)
{
	switch (conf_device_kind(device)) {
	case CONF_DEVICE_INVALID:
		break;
	case CONF_DEVICE_PCI:
		return PORT_KIND_PCI;
	case CONF_DEVICE_VDEV:
		return PORT_KIND_VDEV;
	case CONF_DEVICE_NETDEV:
		return PORT_KIND_AF_XDP;
	}
	return PORT_KIND_INVALID;
}

// "/sys/bus/pci/devices/DDDD:BB:DD.F", with what of it is asked for.
static void pci_path(const char *device, const char *what, char *path, size_t path_size)
{
	int len = (int)strcspn(device, ",");
	bool has_domain = len > (int)strlen("bb:dd.f");

	snprintf(path, path_size, "/sys/bus/pci/devices/%s%.*s/%s", has_domain ? "" : "0000:", len, device,
		what);
}

bool port_is_present(const char *device)
{
	char path[64 + PCI_TEXT_LEN];

	switch (port_kind_of(device)) {
	case PORT_KIND_INVALID:
		return false;
	case PORT_KIND_PCI:
		pci_path(device, "", path, sizeof(path));
		return access(path, F_OK) == 0;
	case PORT_KIND_VDEV:
		return true;
	case PORT_KIND_AF_XDP:
	case PORT_KIND_AF_PACKET:
		return if_nametoindex(device) != 0;
	}
	return false;
}

// A PCI device must be in the hands of a driver that lets DPDK at it.
static int pci_preflight(const char *device, char error[PORT_ERROR_LEN])
{
	static const char *const good[] = {
		"vfio-pci", "igb_uio", "uio_pci_generic", "mlx4_core", "mlx5_core"};
	char path[64 + PCI_TEXT_LEN];
	char driver[256];

	if (!port_is_present(device)) {
		snprintf(error, PORT_ERROR_LEN, "there is no PCI device %.40s (lspci lists them)", device);
		return -ENODEV;
	}
	pci_path(device, "driver", path, sizeof(path));
	ssize_t n = readlink(path, driver, sizeof(driver) - 1);
	if (n <= 0) {
		snprintf(error, PORT_ERROR_LEN,
			"PCI device %.40s has no driver: bind it with dpdk-devbind.py --bind=vfio-pci",
			device);
		return -ENXIO;
	}
	driver[n] = '\0';
	const char *slash = strrchr(driver, '/');
	const char *name = slash == NULL ? driver : slash + 1;
	for (size_t i = 0; i < BASE_ARRAY_LEN(good); i++) {
		if (strcmp(name, good[i]) == 0)
			return 0;
	}
	snprintf(error, PORT_ERROR_LEN,
		"PCI device %.40s belongs to the kernel driver %.40s: name its network interface instead, or bind the device with dpdk-devbind.py --bind=vfio-pci",
		device, name);
	return -EBUSY;
}

static int netdev_preflight(const char *ifname, char error[PORT_ERROR_LEN])
{
	struct port_if state;

	int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (sock < 0) {
		int err = errno;

		snprintf(error, PORT_ERROR_LEN, "cannot look at interface %s: %s", ifname, strerror(err));
		return -err;
	}
	int rc = port_if_read(sock, ifname, &state);
	close(sock);
	if (rc == 0 && state.hw_type != ARPHRD_ETHER) {
		snprintf(error, PORT_ERROR_LEN, "%s is not an Ethernet interface (its type is %u)", ifname,
			state.hw_type);
		return -EMEDIUMTYPE;
	}
	return 0;
}

int port_preflight(const char *device, char error[PORT_ERROR_LEN])
{
	error[0] = '\0';
	if (conf_device_problem(device, error, PORT_ERROR_LEN))
		return -EINVAL;
	switch (port_kind_of(device)) {
	case PORT_KIND_PCI:
		return pci_preflight(device, error);
	case PORT_KIND_AF_XDP:
	case PORT_KIND_AF_PACKET:
		return netdev_preflight(device, error);
	case PORT_KIND_VDEV:
	case PORT_KIND_INVALID:
		break;
	}
	return 0;
}
