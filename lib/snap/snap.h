// SPDX-License-Identifier: BSD-3-Clause
// The snapshot: all that a worker knows of the configuration and of the ports. Control builds one from
// plain input, publishes it, and frees the old one once every worker has let go of it. Immutable between
// snap_build() and snap_free(): workers read it without a lock.
//
// Ports have slots: a port keeps its slot from reload to reload, so that slots can stand in neighbor keys,
// counters and mbufs in flight.
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "auth_digest.h"
#include "base_bucket.h"
#include "base_err.h"
#include "conf.h"
#include "wire_parse.h"

struct rte_mempool;

#define SNAP_PORTS_MAX   CONF_PORTS_MAX
#define SNAP_DEVS_MAX    CONF_DEVICES_MAX
#define SNAP_WORKERS_MAX CONF_CORES_MAX
#define SNAP_LINK_ID_MAX CONF_LINK_ID_MAX
#define SNAP_RXQS_MAX    128
#define SNAP_SLOT_NONE   0xff

_Static_assert(SNAP_PORTS_MAX == 64, "port sets are 64-bit masks");

enum snap_state {
	SNAP_STATE_INVALID, // no port in this slot
	SNAP_STATE_ACTIVE,  // takes and sends frames
	SNAP_STATE_DOWN,    // link down, or its device is absent: takes, but does not send
	SNAP_STATE_FORBIDDEN,
};

// What signing rules ask of frames on a port (docs/protocol.md section 7).
#define SNAP_ACCEPT_UNSIGNED (1u << 0)
#define SNAP_SEND_UNSIGNED   (1u << 1)
#define SNAP_VERIFIES        (1u << 2) // has secrets: signed frames are accepted if one of them fits
#define SNAP_HAS_HELLO       (1u << 3) // neighbors are asked by Hello whether they are a recording

#define SNAP_KEYS_MAX      CONF_SECRETS_MAX
#define SNAP_HELLO_LEN_MAX (36 + 2 * 257 + 6) // Route, Identity, Board, Version

// The secrets of a port, ready to use, and what a Hello of it says of us.
struct snap_secrets {
	uint32_t n_keys; // without ""; the first of them signs where the port does not send unsigned
	uint32_t epoch;  // of the list: changes with it, so that nobody reads a place in it as one in another
	uint8_t entry[SNAP_KEYS_MAX]; // place in the configured list, from 1
	struct auth_key keys[SNAP_KEYS_MAX];
	uint16_t hello_len;
	uint8_t hello[SNAP_HELLO_LEN_MAX]; // TLVs: Route, Identity, Version, Board
};

// Frames that a port refuses, whatever else is right with them. The bits are all that is read for most
// frames that it lets pass.
struct snap_filter {
	uint64_t id_bits[8];      // bit snap_filter_id_bit() set for each id
	uint64_t service_bits[4]; // bit snap_filter_service_bit() set for each service
	uint32_t n_services;
	uint32_t n_ids;
	uint16_t services[CONF_FILTERS_MAX * CONF_FILTER_LIST_MAX]; // both lists sorted
	uint64_t ids[CONF_FILTERS_MAX * CONF_FILTER_LIST_MAX];
};

// The boxes of one site have ids that differ in one byte or two: the product makes nine bits of all of them.
static inline uint32_t snap_filter_id_bit(uint64_t id)
{
	return (uint32_t)(id * 0x9e3779b97f4a7c15ull >> 55);
}

static inline uint32_t snap_filter_service_bit(uint16_t service)
{
	return service & 255;
}

// Control thread: put the lists in order and set the bits, once both are complete.
void snap_filter_index(struct snap_filter *f);

// Any thread: the search behind the two questions below.
bool snap_filter_has_id(const struct snap_filter *f, uint64_t id);
bool snap_filter_has_service(const struct snap_filter *f, uint16_t service);

// Does the filter name it? Inline: most frames are let pass by the bits, and a call for each costs a third.
static inline bool snap_filter_names_id(const struct snap_filter *f, uint64_t id)
{
	uint32_t bit = snap_filter_id_bit(id);

	return (f->id_bits[bit >> 6] >> (bit & 63) & 1) != 0 && snap_filter_has_id(f, id);
}

static inline bool snap_filter_names_service(const struct snap_filter *f, uint16_t service)
{
	uint32_t bit = snap_filter_service_bit(service);

	return (f->service_bits[bit >> 6] >> (bit & 63) & 1) != 0 && snap_filter_has_service(f, service);
}

// One port, as workers need it; the first line is all that forwarding of Data reads.
struct snap_port {
	uint64_t mac;          // base_mac_u64 form
	uint32_t link_id_be;   // network order, as in hop entries
	uint16_t tag;          // of keys in address tables: slot and its generation
	uint16_t l2mtu;        // most bytes behind the Ethernet header and tag
	uint16_t vid;          // 0 = untagged
	uint16_t ethdev_id;    // of the device that carries it
	uint16_t n_txq;        // of that device
	uint8_t state;         // enum snap_state
	uint8_t mode;          // enum conf_mode
	uint8_t worker;        // polls it; the only one to transmit when n_txq is too small
	uint8_t is_dispatched; // its frames are dispatched to all workers, and each knows some of its
			       // neighbors
	uint8_t group;         // relay ports: index of groups
	uint8_t auth;          // SNAP_ACCEPT_UNSIGNED and those that follow it
	uint8_t data_to_group; // send types 2 and 3 to the group address
	uint32_t plain_len;    // node port that may send, untagged, to unicast: no case to look into but a
			       // filter for a frame of up to so many bytes, Ethernet header included; else 0
	struct wire_link_end end;         // as in our Route TLVs
	const struct snap_filter *filter; // NULL = none
} __attribute__((aligned(64)));

_Static_assert(sizeof(struct snap_port) == 64, "one cache line");

static inline bool snap_port_is_relay(const struct snap_port *port)
{
	return port->mode == CONF_MODE_RELAY;
}

struct snap_group {
	uint64_t ports;     // members that may transmit
	uint64_t members;   // all of them
	uint16_t l2mtu_min; // of those
	uint16_t vid;       // of the first member
	uint32_t n_members;
	bool is_uniform; // all members have one VLAN, or none: frames are shared as they are
	uint16_t tag;    // of keys in the table of relayed sources
	uint32_t loop_guard_ms;
	struct base_bucket_rate storm; // a port, in TSC ticks
};

// Which port a frame of a device belongs to.
struct snap_dev {
	uint16_t ethdev_id;
	uint8_t slot_untagged; // SNAP_SLOT_NONE
	uint8_t slot_any;      // first port on the device: where frames of unknown VLANs are counted
	uint8_t *slot_of_vid;  // 4096 entries, or NULL when no port is a VLAN
	bool is_single;        // one untagged port and nothing else
};

struct snap_rxq {
	uint16_t ethdev_id;
	uint16_t queue;
	uint8_t dev; // index of devs
	uint8_t worker;
	bool is_dispatched; // its frames go to all workers
	int rx_fd;          // readable when a frame has come; negative = the device does not tell
};

// What workers copy for `capture` and count for `torch`. Set by control, not by the configuration. Filters
// are asked before a frame is copied.
struct snap_tap {
	uint64_t in;      // slots whose received frames are copied
	uint64_t out;     // slots whose sent frames are copied
	uint64_t torch;   // slots whose frames are counted, both ways
	uint64_t id;      // copy only frames with this RoMON id as source or destination; 0 = all
	uint32_t types;   // bit (1 << type): copy only these; bit 0 = types that do not exist; 0 = all
	uint32_t snaplen; // bytes of a frame that are copied, 1 to SNAP_TAP_LEN_MAX
	struct rte_mempool *pool; // of the copies: none of it is ever used to forward
};

#define SNAP_TAP_LEN_MAX 2048

// Do the filters let a RoMON frame pass, of which len bytes are at hand from its header on? Slots are asked
// separately. A frame that is too short for its ids passes no filter by id.
static inline bool snap_tap_wants(const struct snap_tap *t, const uint8_t *romon, uint32_t len)
{
	const struct wire_hdr *h = (const struct wire_hdr *)romon;
	uint8_t type = len > 0 && h->type < WIRE_N_TYPES ? h->type : WIRE_TYPE_INVALID;

	if (t->types != 0 && (t->types >> type & 1) == 0)
		return false;
	if (t->id == 0)
		return true;
	return len >= offsetof(struct wire_hdr, n_hops) &&
	       (base_mac_u64(&h->src_id) == t->id || base_mac_u64(&h->dst_id) == t->id);
}

struct snap {
	// the first line is all that Data reads, beside its ports' and that of slot_of_link
	uint64_t own_mac_filter[4]; // bit (last byte of mac) set for each MAC of a node port
	struct wire_data_want data; // what a Data frame of ours begins with
	uint64_t own_id;
	uint64_t node_ports; // slots that Discovers are flooded to
	bool is_enabled;
	bool answers_ping; // key services.ping
	uint8_t channel;
	uint8_t hop_limit;
	bool has_tap;     // tap has slots: all that a burst asks
	bool has_filters; // some port has

	uint64_t generation;
	uint32_t n_own_macs;
	uint64_t own_macs[SNAP_PORTS_MAX];
	uint32_t flood_hold_ms;
	uint32_t neighbor_age_ms;
	uint32_t origin_age_ms; // neighbor-age, but never less than flood-hold
	uint32_t source_age_ms; // neighbor-age, but never less than any group's loop-guard

	// limits, in TSC ticks
	struct base_bucket_rate discover_in;
	struct base_bucket_rate origin;
	struct base_bucket_rate punt;
	struct base_bucket_rate punt_spare; // of Data, while the worker has time to spare
	struct base_bucket_rate bad_sample;
	struct base_bucket_rate bad_digest;
	struct base_bucket_rate greeting; // Hellos to neighbors that do not sign

	struct snap_tap tap;
	uint32_t n_groups;
	struct snap_group groups[CONF_GROUPS_MAX];
	uint32_t n_devs;
	struct snap_dev devs[SNAP_DEVS_MAX];
	uint64_t signing_ports; // slots whose frames leave signed
	uint32_t n_rxqs;        // of all workers
	struct snap_rxq rxqs[SNAP_RXQS_MAX];
	struct snap_port ports[SNAP_PORTS_MAX];
	struct snap_secrets secrets[SNAP_PORTS_MAX]; // of ports with SNAP_VERIFIES
	uint8_t slot_of_link[SNAP_LINK_ID_MAX + 1];  // link id -> slot, SNAP_SLOT_NONE
};

_Static_assert(offsetof(struct snap, generation) <= 64, "one cache line");

// Index in devs of the device with this ethdev, or n_devs.
static inline uint32_t snap_dev_find(const struct snap *s, uint16_t ethdev_id)
{
	uint32_t i = 0;

	while (i < s->n_devs && s->devs[i].ethdev_id != ethdev_id)
		i++;
	return i;
}

// May mac be one of our node ports' MACs? False is certain.
static inline bool snap_mac_may_be_own(const struct snap *s, uint64_t mac)
{
	return (s->own_mac_filter[mac >> 46] >> (mac >> 40 & 63) & 1) != 0;
}

// Is mac one of our node ports' MACs?
static inline bool snap_mac_is_own(const struct snap *s, uint64_t mac)
{
	if (!snap_mac_may_be_own(s, mac))
		return false;
	for (uint32_t i = 0; i < s->n_own_macs; i++) {
		if (s->own_macs[i] == mac)
			return true;
	}
	return false;
}

// The tag of a port's keys: unique per slot and per use of the slot, never 0.
static inline uint16_t snap_port_tag(uint8_t slot, uint8_t slot_generation)
{
	return (uint16_t)(0x8000u | (uint32_t)slot_generation << 6 | slot);
}

// The slot in a port's tag.
static inline uint8_t snap_tag_slot(uint16_t tag)
{
	return (uint8_t)(tag & (SNAP_PORTS_MAX - 1));
}

// What control knows of one port of the configuration beside the configuration itself.
struct snap_input_port {
	uint8_t slot;
	uint8_t slot_generation; // changes when a slot gets another port
	uint32_t secrets_epoch;  // changes when the port gets another list of secrets
	bool is_open;            // its device is open: the fields below are valid
	bool is_up;
	uint8_t worker;
	uint16_t ethdev_id;
	uint16_t n_rxq;
	uint16_t n_txq;
	const int *rx_fds; // one for each receive queue, or NULL: the device does not tell of frames
	uint16_t mtu;
	struct base_mac mac;
};

// What a Hello says of this node: texts as in discovery, of at most 255 bytes.
struct snap_input_self {
	const char *identity; // NULL = leave it out
	const char *board;    // likewise
	struct wire_version version;
};

struct snap_input {
	const struct conf *conf;
	uint64_t generation;
	uint64_t own_id;
	uint64_t tsc_hz;
	struct snap_input_self self;
	struct snap_tap tap;
	struct snap_input_port ports[CONF_PORTS_MAX]; // [i] belongs to conf->ports[i]
};

// Control thread. NULL with errno (ENOMEM).
BASE_MUST_USE struct snap *snap_build(const struct snap_input *in);
void snap_free(struct snap *s); // accepts NULL

// The published pointer and the workers' grace periods.
struct snap_domain;

// n_workers reader threads, ids 0..n_workers-1. Control thread. NULL with errno.
BASE_MUST_USE struct snap_domain *snap_domain_create(uint32_t n_workers, struct snap *first);
void snap_domain_destroy(struct snap_domain *d); // frees the published snapshot; accepts NULL

// Old snapshots that wait for a worker which does not report: stuck, or without a CPU.
#define SNAP_RETIRED_MAX 4

// Publish s: workers load it from now on. The old one is freed by a later call of this or of the next. 0; or
// -EBUSY, and s stays the caller's: as many old ones as may be are held by workers. Control thread.
BASE_MUST_USE int snap_publish(struct snap_domain *d, struct snap *s);

// Wait until no worker holds an old snapshot, wait_us at most. True: so it is, they know the current one
// only, and what that does not name may be closed and freed. Control thread; workers must be running, or must
// not have come online.
bool snap_settle(struct snap_domain *d, uint32_t wait_us);

// control: the published snapshot.
const struct snap *snap_current(const struct snap_domain *d);

// worker: come online before the first snap_load(), go offline after the last use.
void snap_reader_online(struct snap_domain *d, uint32_t worker);
void snap_reader_offline(struct snap_domain *d, uint32_t worker);

// worker: the snapshot to use until the next snap_quiescent().
const struct snap *snap_load(const struct snap_domain *d);

// worker: I hold no snapshot now. Called by time, also under full load, and before sleeping.
void snap_quiescent(struct snap_domain *d, uint32_t worker);
