// SPDX-License-Identifier: BSD-3-Clause
// What can happen: the one table of events, and an event as it is kept. Any thread; no state.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base_log.h"
#include "base_mac.h"
#include "conf.h"

// X(ID, "name", SEVERITY, FAMILY, "meaning"). docs/events.md is made from these rows (scripts/check-docs
// --write).
#define EVENT_KINDS(X)                                                                                        \
	X(NEIGHBOR_UP, "neighbor-up", INFO, NEIGHBOR, "a neighbor was heard for the first time")              \
	X(NEIGHBOR_CHANGED, "neighbor-changed", INFO, NEIGHBOR,                                               \
		"the RoMON id of a neighbor became known or changed")                                         \
	X(NEIGHBOR_DOWN, "neighbor-down", INFO, NEIGHBOR,                                                     \
		"a neighbor was silent for `romon.neighbor-age`, or a filter refuses its id now")             \
	X(NEIGHBOR_EVICTED, "neighbor-evicted", WARNING, NEIGHBOR,                                            \
		"a neighbor made room for a newer one: the table is full")                                    \
	X(NODE_NEW, "node-new", INFO, NODE, "a node is in the inventory for the first time")                  \
	X(NODE_UP, "node-up", NOTICE, NODE, "a node that was late or down answers again")                     \
	X(NODE_LATE, "node-late", INFO, NODE, "a node missed `discovery.late-after` discoveries")             \
	X(NODE_DOWN, "node-down", WARNING, NODE, "a node missed `discovery.down-after` discoveries")          \
	X(NODE_CHANGED, "node-changed", INFO, NODE,                                                           \
		"a node has another identity, version, board or master label")                                \
	X(NODE_MOVED, "node-moved", INFO, NODE, "the path to a node, or its cost, is another one")            \
	X(NODE_FORGOTTEN, "node-forgotten", INFO, NODE, "a node is no longer part of the inventory")          \
	X(NODE_DUPLICATE_ID, "node-duplicate-id", WARNING, NODE,                                              \
		"two nodes answer with one RoMON id, by turns: the row shows the one that was known first")   \
	X(NODE_PATH_FAILED, "node-path-failed", WARNING, NODE,                                                \
		"what was sent to a node was not answered: its path is avoided for a time")                   \
	X(OWN_ID_DUPLICATE, "own-id-duplicate", WARNING, NODE, "another node answers with our own RoMON id")  \
	X(SESSION_OPENED, "session-opened", NOTICE, NODE,                                                     \
		"a node reaches a service of this one by a stream")                                           \
	X(SESSION_ENDED, "session-ended", NOTICE, NODE, "such a stream ended: the text says how")             \
	X(LOOP, "loop", WARNING, WIRE,                                                                        \
		"a frame that a relay group had just relayed from one port came back by another")             \
	X(STORM, "storm", WARNING, WIRE, "a relay port brings more frames than its `storm-limit`")            \
	X(PORT_UP, "port-up", NOTICE, PORT, "a port has link, or its device is there, with link")             \
	X(PORT_DOWN, "port-down", WARNING, PORT, "a port lost its link or its device")                        \
	X(PORT_FAILED, "port-failed", WARNING, PORT,                                                          \
		"the device of a port is there, and cannot be opened; it is tried again by itself")           \
	X(PORT_MAC_CHANGED, "port-mac-changed", NOTICE, PORT,                                                 \
		"somebody gave the device of a port another MAC address: the port has it too")                \
	X(PORT_CHANGED, "port-changed", WARNING, PORT,                                                        \
		"the device of a port changed under it (queues, XDP program, bridge): it was opened anew")    \
	X(CLOCK_BEHIND, "clock-behind", WARNING, WIRE,                                                        \
		"a neighbor remembers signatures of this node far ahead of its clock, which is likely wrong") \
	X(CONFIG_APPLIED, "config-applied", NOTICE, CONFIG, "a configuration is in force")                    \
	X(CONFIG_CONFIRMED, "config-confirmed", NOTICE, CONFIG, "a configuration on trial was confirmed")     \
	X(CONFIG_SAVED, "config-saved", NOTICE, CONFIG,                                                       \
		"what is in force was written to the configuration file")                                     \
	X(CONFIG_UNSAVED, "config-unsaved", WARNING, CONFIG,                                                  \
		"what was applied before this start was not saved: the configuration file is in force again") \
	X(CONFIG_ROLLED_BACK, "config-rolled-back", WARNING, CONFIG,                                          \
		"a configuration on trial was not confirmed, or taken back: the one before is in force")      \
	X(CONFIG_FAILED, "config-failed", ERROR, CONFIG,                                                      \
		"a configuration was refused: the running one stays")                                         \
	X(OPERATED, "operated", NOTICE, CONFIG,                                                               \
		"somebody set the log level, had a node forgotten, or began a capture: the text says who")    \
	X(STORE_FAILED, "store-failed", ERROR, STORE,                                                         \
		"the file in `state.dir` cannot be written, or was damaged")                                  \
	X(STORE_WELL, "store-well", NOTICE, STORE, "the file in `state.dir` is written again")                \
	X(DEGRADED, "degraded", ERROR, SELF, "hardly any mbufs are free: no copies are made")                 \
	X(WELL, "well", NOTICE, SELF, "mbufs are free again")                                                 \
	X(STARTED, "started", NOTICE, SELF, "romond has started")                                             \
	X(STOPPED, "stopped", NOTICE, SELF, "romond stops, and who asked for it")                             \
	X(CRASHED_BEFORE, "crashed-before", WARNING, SELF,                                                    \
		"the run before left no orderly stop: it was killed, it crashed, or the power failed")        \
	X(STALLED, "stalled", WARNING, SELF,                                                                  \
		"romond itself did not run for a while: nobody is judged for that time")                      \
	X(CLOCK_SET, "clock-set", NOTICE, SELF, "the wall clock jumped")                                      \
	X(EVENTS_HELD, "events-held", WARNING, SELF,                                                          \
		"so many events of neighbors or nodes were not listed one by one")

#define EVENT_ENUM(id, name, severity, family, meaning) EVENT_##id,

enum event_kind { EVENT_INVALID, EVENT_KINDS(EVENT_ENUM) EVENT_N_KINDS };

// Who can cause it. Events of neighbors and nodes can be caused by anyone on the wire.
enum event_family {
	EVENT_FAMILY_INVALID,
	EVENT_FAMILY_NEIGHBOR,
	EVENT_FAMILY_NODE,
	EVENT_FAMILY_WIRE,
	EVENT_FAMILY_PORT,
	EVENT_FAMILY_CONFIG,
	EVENT_FAMILY_STORE,
	EVENT_FAMILY_SELF,
	EVENT_N_FAMILIES,
};

#define EVENT_IDENTITY_SIZE 128
#define EVENT_TEXT_SIZE     200

// Texts are printable UTF-8: what came from the wire is escaped.
struct app_event {
	uint64_t seq; // from 1
	uint64_t wall_us;
	enum event_kind kind;
	uint8_t cause;                    // slot of the port on whose account it is listed, and 1; 0 = none
	char port[CONF_NAME_LEN_MAX + 1]; // "" = none
	uint64_t mac;                     // 0 = none
	uint64_t id;                      // 0 = none
	char identity[EVENT_IDENTITY_SIZE];
	char text[EVENT_TEXT_SIZE];
};

const char *event_kind_name(enum event_kind kind);
enum base_log_level event_kind_severity(enum event_kind kind);
enum event_family event_kind_family(enum event_kind kind);

// Copy text, every byte that is no printable UTF-8 as \xNN; a backslash stays: what is escaped stays as it
// is.
void event_text_tidy(char *dst, size_t size, const char *text);
