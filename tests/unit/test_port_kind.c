// SPDX-License-Identifier: BSD-3-Clause
// What device texts name, and what preflight says of them. No EAL, no root.
#include <string.h>

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

static const struct suite_case cases[] = {
	SUITE_CASE(kind_of_pci_addresses),
	SUITE_CASE(kind_of_vdevs),
	SUITE_CASE(kind_of_interfaces),
	SUITE_CASE(preflight_names_the_problem),
	SUITE_CASE(preflight_has_nothing_against_what_may_come),
};

SUITE_MAIN("port kind", cases)
