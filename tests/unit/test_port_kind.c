// SPDX-License-Identifier: BSD-3-Clause
// What device texts name, and what preflight says of them. No EAL, no root.
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "port.h"
#include "suite.h"

static void kind_of_pci_addresses(void)
{
	CU_ASSERT_EQUAL(port_kind_of("0000:03:00.0"), PORT_KIND_PCI);
	CU_ASSERT_EQUAL(port_kind_of("03:00.1"), PORT_KIND_PCI);
	CU_ASSERT_EQUAL(port_kind_of("10000:e1:00.7"), PORT_KIND_PCI); // VMD domains have five digits
	CU_ASSERT_EQUAL(port_kind_of("0000:03:00.0,representor=0"), PORT_KIND_PCI);
	CU_ASSERT_EQUAL(port_kind_of("0000:03:00.8"), PORT_KIND_INVALID);
	CU_ASSERT_EQUAL(port_kind_of("0000:03:00"), PORT_KIND_INVALID);
	CU_ASSERT_EQUAL(port_kind_of("0000:03:00.0x"), PORT_KIND_INVALID);
}

static void kind_of_vdevs(void)
{
	CU_ASSERT_EQUAL(port_kind_of("net_null0"), PORT_KIND_VDEV);
	CU_ASSERT_EQUAL(port_kind_of("net_pcap0,rx_pcap=/tmp/a b.pcap,infinite_rx=1"), PORT_KIND_VDEV);
	CU_ASSERT_EQUAL(port_kind_of("net_"), PORT_KIND_INVALID);
	CU_ASSERT_EQUAL(port_kind_of("net_,a=b"), PORT_KIND_INVALID);
}

static void kind_of_interfaces(void)
{
	CU_ASSERT_EQUAL(port_kind_of("eth0"), PORT_KIND_AF_XDP);
	CU_ASSERT_EQUAL(port_kind_of("enp3s0f1np1.100"), PORT_KIND_AF_XDP); // 15 characters
	CU_ASSERT_EQUAL(port_kind_of("enp3s0f1np1.1000"), PORT_KIND_INVALID);
	CU_ASSERT_EQUAL(port_kind_of("eth_wan"), PORT_KIND_AF_XDP);
	CU_ASSERT_EQUAL(port_kind_of("network"), PORT_KIND_AF_XDP);
	CU_ASSERT_EQUAL(port_kind_of(""), PORT_KIND_INVALID);
	CU_ASSERT_EQUAL(port_kind_of(".."), PORT_KIND_INVALID);
	CU_ASSERT_EQUAL(port_kind_of("eth0:1"), PORT_KIND_INVALID);
	CU_ASSERT_EQUAL(port_kind_of("my eth"), PORT_KIND_INVALID);
	CU_ASSERT_EQUAL(port_kind_of("../eth0"), PORT_KIND_INVALID);
}

static void what_is_there_is_told(void)
{
	CU_ASSERT_TRUE(port_is_present("lo"));
	CU_ASSERT_FALSE(port_is_present("no-such-if"));
	CU_ASSERT_TRUE(port_is_present("net_null0"));
	CU_ASSERT_FALSE(port_is_present("0000:7f:1f.7"));
	CU_ASSERT_FALSE(port_is_present("7f:1f.7"));
	CU_ASSERT_FALSE(port_is_present(""));
	CU_ASSERT_FALSE(port_is_present("a name that no device has"));
}

static void preflight_names_the_problem(void)
{
	char error[PORT_ERROR_LEN];

	CU_ASSERT_EQUAL(port_preflight("eth0:1\x1b[2J", error), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(error, "\"eth0:1\\x1b[2J\" is neither"));
	CU_ASSERT_EQUAL(port_preflight("0000:7f:1f.7", error), -ENODEV);
	CU_ASSERT_PTR_NOT_NULL(strstr(error, "there is no PCI device 0000:7f:1f.7"));
	CU_ASSERT_EQUAL(port_preflight("eth0,a=b", error), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(error, "rename it"));
	CU_ASSERT_EQUAL(port_preflight("lo", error), -EMEDIUMTYPE);
	CU_ASSERT_PTR_NOT_NULL(strstr(error, "lo is not an Ethernet interface"));
}

static void preflight_has_nothing_against_what_may_come(void)
{
	char error[PORT_ERROR_LEN];

	CU_ASSERT_EQUAL(port_preflight("no-such-if", error), 0);
	CU_ASSERT_STRING_EQUAL(error, "");
	CU_ASSERT_FALSE(port_is_present("no-such-if"));
	CU_ASSERT_EQUAL(port_preflight("net_null0", error), 0);
	CU_ASSERT_TRUE(port_is_present("net_null0"));
	CU_ASSERT_FALSE(port_is_present("0000:7f:1f.7"));
}

// ---- PCI devices: access() and readlink() stand in front of the C library's

#define PCI "/sys/bus/pci/devices/"

static const char *pci_there;  // the folder of the only device; NULL = there is none
static const char *pci_driver; // where its link leads; NULL = it has no driver

int access(const char *path, int mode)
{
	int (*libc)(const char *, int);

	*(void **)&libc = dlsym(RTLD_NEXT, "access");
	if (strncmp(path, PCI, strlen(PCI)) != 0)
		return libc(path, mode);
	errno = ENOENT;
	return pci_there != NULL && strcmp(path, pci_there) == 0 ? 0 : -1;
}

// As the kernel does: no NUL behind it. What is there besides is no text of anybody's.
ssize_t readlink(const char *restrict path, char *restrict buf, size_t size)
{
	ssize_t (*libc)(const char *, char *, size_t);
	char link[128];

	*(void **)&libc = dlsym(RTLD_NEXT, "readlink");
	if (strncmp(path, PCI, strlen(PCI)) != 0)
		return libc(path, buf, size);
	snprintf(link, sizeof(link), "%sdriver", pci_there);
	CU_ASSERT_STRING_EQUAL(path, link);
	errno = ENOENT;
	if (pci_driver == NULL)
		return -1;
	size_t len = strlen(pci_driver) < size ? strlen(pci_driver) : size;
	memset(buf, '/', size);
	memcpy(buf, pci_driver, len);
	return (ssize_t)len;
}

static void pci_is(const char *driver, int rc, const char *wanted)
{
	char error[PORT_ERROR_LEN];

	pci_there = PCI "0000:03:00.1/";
	pci_driver = driver;
	CU_ASSERT(port_is_present("0000:03:00.1"));
	CU_ASSERT(port_is_present("03:00.1"));
	CU_ASSERT(port_is_present("03:00.1,representor=0"));
	CU_ASSERT_FALSE(port_is_present("03:00.2"));
	CU_ASSERT_EQUAL(port_preflight("0000:03:00.1,representor=0", error), rc);
	CU_ASSERT_EQUAL(port_preflight("03:00.1", error), rc);
	CU_ASSERT_STRING_EQUAL(error, wanted);
}

static void a_pci_device_must_be_in_the_hands_of_a_driver_that_lets_us_at_it(void)
{
	pci_is("../../../bus/pci/drivers/vfio-pci", 0, "");
	pci_is("../../../bus/pci/drivers/igb_uio", 0, "");
	pci_is("../../../bus/pci/drivers/uio_pci_generic", 0, "");
	pci_is("../../../bus/pci/drivers/mlx4_core", 0, "");
	pci_is("../../../bus/pci/drivers/mlx5_core", 0, "");
	pci_is("vfio-pci", 0, "");
	pci_is("../../../bus/pci/drivers/igc", -EBUSY,
		"PCI device 03:00.1 belongs to the kernel driver igc: name its network interface instead, or "
		"bind the device with dpdk-devbind.py --bind=vfio-pci");
	pci_is(NULL, -ENXIO,
		"PCI device 03:00.1 has no driver: bind it with dpdk-devbind.py --bind=vfio-pci");
	pci_is("", -ENXIO, "PCI device 03:00.1 has no driver: bind it with dpdk-devbind.py --bind=vfio-pci");
	pci_there = NULL;
	CU_ASSERT_FALSE(port_is_present("0000:03:00.1"));
}

static const struct suite_case cases[] = {
	SUITE_CASE(kind_of_pci_addresses),
	SUITE_CASE(kind_of_vdevs),
	SUITE_CASE(kind_of_interfaces),
	SUITE_CASE(what_is_there_is_told),
	SUITE_CASE(preflight_names_the_problem),
	SUITE_CASE(preflight_has_nothing_against_what_may_come),
	SUITE_CASE(a_pci_device_must_be_in_the_hands_of_a_driver_that_lets_us_at_it),
};

SUITE_MAIN("port kind", cases)
