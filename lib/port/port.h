// SPDX-License-Identifier: BSD-3-Clause
// Devices that frames come from and go to: DPDK PCI devices, DPDK vdevs, and kernel interfaces by name
// (AF_XDP with our own filter program, AF_PACKET where that cannot work). One struct port_dev is one
// ethdev; several ports (VLANs) may share it.
//
// Control thread only. Workers use the ethdev id, never a struct port_dev.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base_err.h"
#include "base_mac.h"
#include "conf.h"

#define PORT_RXQ_MAX   16
#define PORT_WHY_LEN   192
#define PORT_ERROR_LEN 256
#define PORT_POOLS_MAX 160 // pools of mbufs, at most

enum port_kind {
	PORT_KIND_INVALID,
	PORT_KIND_PCI,       // bound for DPDK: "0000:03:00.0"
	PORT_KIND_VDEV,      // "net_NAME…,args", also the name of an ethdev that exists already
	PORT_KIND_AF_XDP,    // kernel interface through AF_XDP
	PORT_KIND_AF_PACKET, // kernel interface through AF_PACKET
};

enum port_link {
	PORT_LINK_INVALID,
	PORT_LINK_UP,
	PORT_LINK_DOWN,
	PORT_LINK_GONE, // the interface or device has vanished: close the device, then wait for it
};

// What to open.
struct port_dev_cfg {
	const char *device;      // as in the key ports.NAME.device
	enum conf_driver driver; // for kernel interfaces
	bool is_promiscuous;     // relay ports: hear every address
	bool has_vlans;          // a port on it is a VLAN
	uint16_t n_txq_wanted;   // one per worker; the device may give fewer
	uint32_t mbufs;          // size of a socket's pool when this open creates it
	uint16_t burst;
	bool avoids_xdp; // driver: auto: AF_PACKET, since somebody takes our XDP program off again and again
};

// Why an open device must be opened anew.
enum port_stale {
	PORT_STALE_INVALID, // it is as it was
	PORT_STALE_XDP,     // our XDP program was taken off or replaced: nothing is heard
	PORT_STALE_QUEUES,  // frames may come on queues that nobody reads
	PORT_STALE_DRIVER,  // by what the interface is now another driver is right
};

// An open device. Fields are set by port_dev_open() and port_dev_poll(); control: rw.
struct port_dev {
	uint16_t ethdev_id;
	uint16_t n_rxq;
	uint16_t n_txq;
	int socket_id; // NUMA
	enum port_kind kind;
	enum port_link link;
	bool is_admin_down;  // kernel interface: somebody set it down, whatever the cable says
	uint32_t speed_mbps; // 0 = unknown
	uint16_t mtu;        // payload behind the Ethernet header
	struct base_mac mac;
	char device[CONF_DEVICE_LEN_MAX + 1];
	char ifname[16];        // kernel interface, or ""
	int ifindex;            // of it, or 0
	char driver[32];        // PMD name, "net_af_xdp"
	char why[PORT_WHY_LEN]; // why this driver: "AF_XDP, native, copy mode", "AF_PACKET: …"
	bool looks_closely;     // the caller's: the next poll looks at what stands on the interface, too
	enum port_stale stale;
	char stale_why[PORT_WHY_LEN];
	char warning[PORT_WHY_LEN]; // "", or what about it keeps frames from being heard, and what to do
	bool tells_of_frames;       // rx_fds are there
	int rx_fds[PORT_RXQ_MAX];   // one for each receive queue: readable when a frame has come
	struct rte_mempool *pool;   // of its NUMA socket, for frames that are made here
	bool is_probed;             // lib/port only: the open made the ethdev, so the close removes it
	struct port_kernel *kernel; // lib/port only: what a kernel interface needs besides
};

struct port_dev_stats {
	uint64_t rx_missed; // lost by the device before a worker saw them
	uint64_t rx_nombuf;
	uint64_t rx_errors;
	uint64_t tx_errors;
};

// What the text names: a PCI address, a vdev string, else a kernel interface, for which PORT_KIND_AF_XDP
// stands here (the driver is chosen at open). PORT_KIND_INVALID for what can be none. No EAL needed.
enum port_kind port_kind_of(const char *device);

// One problem that would keep device from opening, as one sentence in error; 0 or -errno. Needs neither
// EAL nor root; used by preflight. A kernel interface that is absent is no problem: it is waited for.
int port_preflight(const char *device, char error[PORT_ERROR_LEN]);

// Open, configure and start a device: the group address joined (or promiscuous), queues set up, link
// state read. -ENODEV when the interface or PCI device is absent (the caller tries again later), another
// -errno when it cannot be used; error then holds one sentence. After EAL init.
BASE_MUST_USE struct port_dev *port_dev_open(const struct port_dev_cfg *cfg, char error[PORT_ERROR_LEN]);

// Stop, close and free. The caller has seen to it that no worker polls or sends on it any more. Leaves a
// kernel interface as it was found. Accepts NULL; works on a device that is gone.
void port_dev_close(struct port_dev *dev);

// Must rte_eal_cleanup() be left out at the end? net_memif of DPDK 22.11 never takes its listener out of the
// list of the interrupt thread, which would read it in memory that is unmapped.
bool port_keeps_eal(void);

// Read link state, speed, MTU, address, and whether the device is still what was opened (stale, warning).
// Cheap; called a few times a second, and when the kernel tells of a change.
enum port_link port_dev_poll(struct port_dev *dev);

// Is the kernel interface or PCI device that the text names there now?
bool port_is_present(const char *device);

// A number that changes with what an open of a kernel interface may depend on; 0 for all else.
uint64_t port_fingerprint(const char *device);

// The address that a virtual device without one gets (net_ring); always the same for a text. Any thread.
void port_mac_made_up(const char *device, struct base_mac *out);

void port_dev_stats(const struct port_dev *dev, struct port_dev_stats *out);

// Bytes of memory that a pool of this many mbufs takes, and what a device needs besides (the pools of
// AF_XDP queues): for the computed need that is printed at start. No EAL needed.
uint64_t port_pool_bytes(uint32_t mbufs);
uint64_t port_dev_bytes(const char *device, enum conf_driver driver, bool has_vlans);

// Bytes of it that a kernel interface needs locked.
uint64_t port_locked_bytes(const char *device, enum conf_driver driver, bool has_vlans);

// The pool of a NUMA socket, created at first use; NULL with errno. Frees all with port_pools_fini(),
// which returns the number of mbufs still out (0 = every one came back).
BASE_MUST_USE struct rte_mempool *port_pool_get(int socket_id, uint32_t mbufs);
// The pool of copies for `capture`, created at first use and kept; NULL with errno.
BASE_MUST_USE struct rte_mempool *port_pool_tap_get(void);
uint64_t port_pool_tap_bytes(void);

// How full a pool is. The kernel holds about half of a queue's pool of AF_XDP all the time: that is no
// shortage.
struct port_pool_use {
	char name[32];
	bool is_common; // of memory.mbufs: whatever is made or received elsewhere than by AF_XDP comes from
			// it
	uint32_t size;
	uint32_t in_use;
};

// Fills out with at most n_max pools; returns how many there are.
uint32_t port_pools_list(struct port_pool_use *out, uint32_t n_max);

uint32_t port_pools_in_use(void); // of all pools together
uint32_t port_pools_fini(void);
