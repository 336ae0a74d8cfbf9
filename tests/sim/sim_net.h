// SPDX-License-Identifier: BSD-3-Clause
// A network of nodes in virtual time. Each node is a worker of lib/dp with a snapshot of its own, and what
// control does for discovery: answers, rounds, intake, pings. Segments carry frames late, and lose some. One
// network at a time, one thread. Tests only.
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include "dp_worker.h"
#include "node_data.h"
#include "node_pings.h"
#include "node_responder.h"
#include "sim_graph.h"
#include "sim_queue.h"
#include "sim_ref.h"
#include "topo.h"

#define SIM_MS            1000000ull // nanoseconds
#define SIM_INTERVAL_MS   1000
#define SIM_LOSS_PERCENT  1 // where dice take frames
#define SIM_LATE_AFTER    2 // the defaults of discovery.late-after and down-after
#define SIM_DOWN_AFTER    4
#define SIM_ORIGINS_MAX   2
#define SIM_NEIGHBORS     64 // of a node's tables
#define SIM_NEIGHBORS_PER 32
#define SIM_ROWS_ORIGINS  256
#define SIM_FAULT_LEN     256
#define SIM_NODES_MAX     40000 // of an inventory

// Fates of one kind of frame between an origin and a node. A frame that was lost was lost by dice or by a
// cut, on a segment: what a node drops is in none of these.
struct sim_fates {
	uint32_t sent;
	uint32_t got;
	uint32_t lost;
};

// What was seen of one origin's Discovers at an end: the last round in which each happened.
struct sim_trail {
	uint32_t sent;
	uint32_t heard;
	uint32_t lost; // on its way to this end
};

struct sim_origin {
	uint32_t node;
	uint32_t round;  // the present one, from 1
	uint32_t n_sent; // transmissions of the present round's Discover, all nodes
	uint64_t phase_ns;
	struct node_discovery *discovery;
	struct node_pings *pinger;
	struct topo *topo;               // of discovery
	uint32_t pinged[NODE_PINGS_MAX]; // by run, the node
	bool is_new_round;               // the next Discover begins one
	uint64_t ports_down;             // slots, at the last look
	struct sim_ref *ref;             // what its answers described
	struct sim_trail *trails;        // by end
	struct sim_fates *answers;       // by node
	struct sim_fates *pings;         // by node
};

struct sim_seat { // of a node, what struct node_io's ctx is
	struct sim_net *net;
	uint32_t node;
};

struct sim_node {
	struct sim_seat seat;
	struct node_responder *responder;
	struct sim_origin *origin; // that this node is; NULL = none
	bool is_brisk;             // an event is under way
	struct dp_worker *w;
	struct snap_domain *snaps;
	struct xchg_channel *channel;
	bool is_polled; // an event is under way
	bool answer_swaps;
	uint32_t n_ports_down; // carrier
	uint64_t ports_down;   // slots
};

#define SIM_RX_STREAMS 1024 // frames that wait at an end where streams run; else DP_BURST_MAX

struct sim_rx { // frames that came in at an end
	uint32_t n;
	struct rte_mbuf **m;
};

// What the wires of one node do to frames, both ways.
struct sim_wear {
	uint32_t node; // SIM_NONE: none does anything
	uint32_t loss_percent;
	uint32_t double_percent;
	uint32_t late_percent;    // others overtake these
	uint32_t corrupt_percent; // of Data: a byte in front of the segment is another one, or the end is cut
				  // off
	uint64_t delay_ns;
	uint32_t data_max;      // longer Data vanishes; 0 = none does
	uint32_t rate_bytes_ms; // they carry so much and drop what waits longer than 50 ms; 0 = any amount
};

// What goes wrong on segments beside loss; as many as are wanted.
enum sim_trouble {
	SIM_REORDER = 1,   // some frames are overtaken by later ones
	SIM_DUPLICATE = 2, // some come in twice
	SIM_PARTITION = 4, // half of the nodes are cut off for a while
};

struct sim_cfg {
	uint32_t troubles; // set of enum sim_trouble
	uint64_t seed;
	uint32_t n_origins;
	bool is_lossy;
	bool has_swaps;   // some nodes answer in the swap reading
	bool has_hostile; // the graph's last node is none of ours
	bool has_streams;
};

struct sim_net {
	struct sim_cfg cfg;
	struct sim_graph *graph;
	struct sim_queue queue;
	uint64_t now_ns;
	uint64_t dice; // each user draws from a state of its own
	uint64_t delays;
	uint64_t secrets; // what nodes draw
	uint64_t attacks;
	uint64_t troubles;
	struct sim_node *nodes;
	struct sim_rx *rx;         // by end
	struct rte_mbuf **rx_room; // of all of them
	uint32_t rx_max;
	uint64_t *last_ns; // by end: when the last frame reached it, for frames do not overtake
	struct sim_origin origins[SIM_ORIGINS_MAX];
	bool is_stopped;   // no more rounds, ticks, attacks
	uint32_t n_frames; // in flight
	uint64_t n_tx;
	uint64_t n_overrun;                // frames that found a full receive queue
	uint64_t n_refused;                // answers that an origin did not take up
	uint8_t heard[WIRE_FRAME_LEN_MAX]; // by the hostile node: the last honest Discover
	uint32_t heard_len;
	uint64_t attack_gap_ns;
	uint64_t attack_until_ns;    // 0 = to the end
	bool attacks_streams;        // in place of discovery
	struct node_path attack_way; // to an origin; n = 0: not looked for yet
	struct sim_wear wear;
	struct sim_streams *streams; // NULL: there are none
	char fault[SIM_FAULT_LEN];   // the first; "" = none
};

// The process's EAL and pool.
void sim_net_start(void);
void sim_net_stop(void);

// Takes the graph over.
struct sim_net *sim_net_create(const struct sim_cfg *cfg, struct sim_graph *graph);
// All frames must be back: false with net->fault otherwise said by the caller.
void sim_net_destroy(struct sim_net *net);

// Let everything happen that is due until then.
void sim_net_run(struct sim_net *net, uint64_t until_ns);
void sim_net_fault(struct sim_net *net, const char *format, ...) __attribute__((format(printf, 2, 3)));

// The end goes down, or comes back: with carrier its node is told.
void sim_net_cut(struct sim_net *net, uint32_t end, bool is_cut, bool has_carrier);

uint32_t sim_net_mbufs(void); // in use

// --- sim_node.c
void sim_node_open(struct sim_net *net, uint32_t node);
void sim_node_close(struct sim_node *n);
void sim_node_publish(struct sim_net *net, uint32_t node);
// The node's worker and control look at what came in.
void sim_node_poll(struct sim_net *net, uint32_t node);
// As struct node_io's send.
int sim_node_send(struct sim_net *net, uint32_t node, uint32_t slot, const uint8_t *frame, uint32_t len);
// A poll is due soon.
void sim_node_wake(struct sim_net *net, uint32_t node);
bool sim_node_start(void); // what all nodes share
void sim_node_stop(void);
struct rte_mbuf *sim_node_mbuf(const uint8_t *frame, uint32_t len);

// --- sim_control.c
void sim_control_open(struct sim_net *net, uint32_t node);
void sim_control_close(struct sim_node *n);
void sim_control_punt(struct sim_net *net, uint32_t node, struct rte_mbuf *m);
void sim_control_brisk(struct sim_net *net, uint32_t node);
void sim_control_origin_open(struct sim_net *net, struct sim_origin *o);
void sim_control_origin_close(struct sim_origin *o);
void sim_control_tick(struct sim_net *net, uint32_t origin);
// Ping a node once; false: as many as can be are under way.
bool sim_control_ping(struct sim_net *net, uint32_t origin, uint32_t node);
struct node_io sim_control_io(struct sim_node *n);
struct sim_origin *sim_control_origin(struct sim_net *net, const uint8_t *id); // NULL: none of ours

// --- sim_link.c
// The frame leaves by this end; it is the segment's.
void sim_link_send(struct sim_net *net, uint32_t end, struct rte_mbuf *m);
void sim_link_arrive(struct sim_net *net, uint32_t end, struct rte_mbuf *m);

// --- sim_hostile.c, sim_liar.c
void sim_hostile_hear(struct sim_net *net, struct rte_mbuf *m);
void sim_hostile_attack(struct sim_net *net);
void sim_liar_send(struct sim_net *net); // a segment of anybody's making, to an origin
