// SPDX-License-Identifier: BSD-3-Clause
// Rows of `status`, `workers`, `log-level`. Constant data.
#pragma once

#include "schema_rows.h"

// clang-format off
#define SCHEMA_POOL(F) \
	F(pool, OWN, KEY, HIDE, "name of the pool") \
	F(total, GAUGE("mbufs"), SET, HIDE, "its buffers") \
	F(in_use, GAUGE("mbufs"), SET, HIDE, "of these, not free")

#define SCHEMA_MBUFS(F) \
	F(total, GAUGE("mbufs"), SET, HIDE, "buffers of the common pools") \
	F(in_use, GAUGE("mbufs"), SET, HIDE, "of these, not free") \
	F(pools, LIST(pool), SET, HIDE, "each pool; those of AF_XDP are about half full when idle")

#define SCHEMA_RX_TYPE(F) \
	F(type, WORD("Discover DiscoverResp Data SeqErr Hello"), KEY, HIDE, "type of frame") \
	F(count, COUNTER("frames"), SET, HIDE, "received")

#define SCHEMA_REFUSED(F) \
	F(reason, OWN, KEY, HIDE, "why; a name of the table below") \
	F(port, OWN, KEY, HIDE, "where it came in") \
	F(count, COUNTER("frames"), SET, HIDE, "how many") \
	F(help, OWN, SET, HIDE, "the reason as a sentence")

#define SCHEMA_CONFIG_SOURCE(F) \
	F(path, TEXT, SET, HIDE, "the file, as the client named it") \
	F(secrets_file, TEXT, NULL_TOO, HIDE, "the file of secrets that came with it") \
	F(by, TEXT, NULL_TOO, HIDE, "who applied it; null = it was there at the start") \
	F(at, TIME, SET, HIDE, "when it came into force")

#define SCHEMA_OVERLAY(F) \
	F(path, TEXT, NULL_TOO, HIDE, "the file that keeps edits; null = none does: they last until romond ends") \
	F(edits, GAUGE("edits"), SET, HIDE, "that hold above the configuration file") \
	F(left_out, GAUGE("edits"), SET, HIDE, "of these: they do not fit it any more, and do nothing")

#define SCHEMA_STATUS(F) \
	F(version, OWN, SET, HIDE, "of romond") \
	F(schema_version, NUMBER, SET, HIDE, "of this document; grows when a name or a meaning changes, not when one is added") \
	F(dpdk, OWN, SET, HIDE, "version of DPDK") \
	F(pid, NUMBER, SET, HIDE, "process") \
	F(uptime_s, GAUGE("s"), SET, HIDE, "since the start") \
	F(enabled, BOOL, SET, HIDE, "romon.enabled") \
	F(id, MAC, NULL_TOO, HIDE, "our RoMON id; null before a port is open") \
	F(identity, TEXT, SET, HIDE, "our name") \
	F(role, WORD("agent master"), SET, HIDE, "romon.role") \
	F(channel, NUMBER_OR("default"), SET, HIDE, "of the overlay") \
	F(config_file, TEXT, SET, HIDE, "the file that a restart reads") \
	F(config_source, OBJECT(config_source), SET, HIDE, "where what is in force came from") \
	F(differs_from_file, BOOL, SET, HIDE, "a restart would bring other values, or fail") \
	F(differing_keys, GAUGE("keys"), SET, HIDE, "that the configuration file itself has other values for, or none") \
	F(overlay, OBJECT(overlay), SET, HIDE, "edits of single keys") \
	F(generation, GAUGE(""), SET, HIDE, "grows with each configuration that comes into force") \
	F(loaded, TIME, SET, HIDE, "when this one did") \
	F(confirm_left_ms, NUMBER, NULL_TOO, HIDE, "of a configuration on trial: until the one before comes back") \
	F(ports, GAUGE("ports"), SET, HIDE, "of the configuration") \
	F(ports_up, GAUGE("ports"), SET, HIDE, "of these, up") \
	F(workers, GAUGE("workers"), SET, HIDE, "threads that forward") \
	F(neighbors, GAUGE("neighbors"), SET, HIDE, "heard on all ports") \
	F(rx_frames, COUNTER("frames"), SET, HIDE, "received on all ports") \
	F(tx_frames, COUNTER("frames"), SET, HIDE, "sent, copies too") \
	F(forwarded, COUNTER("frames"), SET, HIDE, "received, and sent on") \
	F(delivered, COUNTER("frames"), SET, HIDE, "received, and for this node") \
	F(drops, COUNTER("frames"), SET, HIDE, "received, and dropped") \
	F(mbufs, OBJECT(mbufs), SET, HIDE, "buffers of frames") \
	F(hugepages, BOOL, SET, HIDE, "DPDK's memory is of hugepages") \
	F(memory_needed_bytes, NUMBER, SET, HIDE, "that this configuration takes of DPDK's memory") \
	F(degraded, WORD("no-mbufs"), NULL_TOO, HIDE, "what romond leaves out for lack of something: no-mbufs: hardly any buffer is free, and copies are not made") \
	F(stalled_ms, NUMBER, SET, HIDE, "romond itself did not run, see [events.md](events.md)") \
	F(log_lines_lost, COUNTER("lines"), SET, HIDE, "of the log, when nobody took them") \
	F(warnings, TEXTS, SET, HIDE, "what somebody should look at") \
	F(types, LIST(rx_type), SET, HIDE, "frames received, by type") \
	F(nodes, GAUGE("nodes"), SET, HIDE, "of the inventory") \
	F(nodes_ok, GAUGE("nodes"), SET, HIDE, "of these, answering") \
	F(nodes_late, GAUGE("nodes"), SET, HIDE, "of these, late") \
	F(nodes_down, GAUGE("nodes"), SET, HIDE, "of these, down") \
	F(nodes_max, GAUGE("nodes"), SET, HIDE, "that the inventory takes: discovery.inventory-max") \
	F(links, GAUGE("links"), SET, HIDE, "between nodes, each direction counted") \
	F(discover_rounds, COUNTER("rounds"), SET, HIDE, "in which this node asked who is there") \
	F(discovers_unsent, COUNTER("frames"), SET, HIDE, "of these rounds, not sent") \
	F(answers_taken, COUNTER("frames"), SET, HIDE, "answers to us") \
	F(answers_refused, COUNTER("frames"), SET, HIDE, "answers to us that were not believed") \
	F(answers_sent, COUNTER("frames"), SET, HIDE, "our answers to others") \
	F(answers_unsent, COUNTER("frames"), SET, HIDE, "of ours, not sent") \
	F(rosters_asked, COUNTER("frames"), SET, HIDE, "requests to other masters") \
	F(rosters_taken, COUNTER("frames"), SET, HIDE, "their answers") \
	F(rosters_served, COUNTER("frames"), SET, HIDE, "our answers to other masters") \
	F(rosters_unsent, COUNTER("frames"), SET, HIDE, "of ours, not sent") \
	F(refused, LIST(refused), SET, HIDE, "what control took from no port") \
	F(at_us, NUMBER, SET, HIDE, "when the counters were read, of a clock that only goes forward: the difference of two answers gives rates")

#define SCHEMA_CYCLES(F) \
	F(rx, COUNTER("TSC ticks"), SET, HIDE, "") \
	F(classify, COUNTER("TSC ticks"), SET, HIDE, "") \
	F(relay, COUNTER("TSC ticks"), SET, HIDE, "") \
	F(auth, COUNTER("TSC ticks"), SET, HIDE, "") \
	F(learn, COUNTER("TSC ticks"), SET, HIDE, "") \
	F(route, COUNTER("TSC ticks"), SET, HIDE, "") \
	F(flood, COUNTER("TSC ticks"), SET, HIDE, "") \
	F(tx, COUNTER("TSC ticks"), SET, HIDE, "")

#define SCHEMA_STAGES(F) \
	F(frames, COUNTER("frames"), SET, HIDE, "of the turns that were timed: one in a millisecond, for 5 s after somebody asked") \
	F(cycles, OBJECT(cycles), SET, HIDE, "by stage ([hot-path.md](hot-path.md)), of these turns; ask twice, and divide what came between")

#define SCHEMA_WORKER(F) \
	F(worker, NUMBER, KEY, SHOW, "its number, from 0") \
	F(core, NUMBER, SET, SHOW, "the CPU that it runs on") \
	F(idle, WORD("interrupt adaptive busy"), SET, SHOW, "workers.idle") \
	F(busy_percent, NUMBER, SET, SHOW_AS("BUSY%"), "of the last second, with work to do") \
	F(rx_pps, GAUGE("frames/s"), SET, HIDE, "of the last second") \
	F(rx_frames, COUNTER("frames"), SET, SHOW, "received") \
	F(bursts, COUNTER("bursts"), SET, WIDE, "polls that gave frames") \
	F(frames_per_burst, REAL, SET, SHOW_AS("FRAMES/BURST"), "of the last second") \
	F(cycles_per_frame, GAUGE("TSC ticks"), SET, SHOW_AS("CYCLES/FRAME"), "of the last second") \
	F(neighbors, GAUGE("neighbors"), SET, SHOW, "in its tables") \
	F(origins, GAUGE("origins"), SET, WIDE, "of Discovers, in its table") \
	F(punts, COUNTER("frames"), SET, WIDE, "handed up to control") \
	F(punts_lost, COUNTER("frames"), SET, WIDE, "of these, lost: the ring was full") \
	F(events_lost, COUNTER("events"), SET, WIDE, "that found no room") \
	F(no_mbuf, COUNTER("frames"), SET, HIDE, "copies that found no buffer") \
	F(evicted, COUNTER("addresses"), SET, WIDE, "of all tables, that had to go for others") \
	F(full, COUNTER("addresses"), SET, WIDE, "of all tables, that had no room") \
	F(unanswered, COUNTER("frames"), SET, WIDE, "Discovers beyond limits.answers-per-origin") \
	F(stages, OBJECT(stages), SET, HIDE, "where its time goes; to ask is to watch") \
	F(ports, TEXTS, SET, SHOW, "whose devices it polls") \
	F(stuck, BOOL, SET, HIDE, "it made no turn in the last second") \
	F(at_us, NUMBER, SET, HIDE, "as in `status`")

#define SCHEMA_LOG_LEVEL(F) \
	F(level, WORD("error warning notice info debug"), SET, HIDE, "the least important messages that are written")

#define SCHEMA_LOG_LEVEL_ARGS(A) \
	A(level, WORD("error warning notice info debug"), OPTIONAL, "error, warning, notice, info or debug; left out: only ask")

#define SCHEMA_STATUS_COMMANDS(C) \
	C(status, "status", READ, OBJECT(status), nothing, "what runs, since when, totals, warnings") \
	C(workers, "workers", READ, LIST(worker), nothing, "workers and how busy they are") \
	C(log_level, "log-level", OPERATE, OBJECT(log_level), log_level, "ask for or set the log level")
// clang-format on

struct schema_nothing_args { // there are none
	char unused;
};
const struct schema_args *schema_nothing_args(void);
SCHEMA_ANSWER(pool, SCHEMA_POOL)
SCHEMA_ANSWER(mbufs, SCHEMA_MBUFS)
SCHEMA_ANSWER(rx_type, SCHEMA_RX_TYPE)
SCHEMA_ANSWER(refused, SCHEMA_REFUSED)
SCHEMA_ANSWER(config_source, SCHEMA_CONFIG_SOURCE)
SCHEMA_ANSWER(overlay, SCHEMA_OVERLAY)
SCHEMA_ANSWER(status, SCHEMA_STATUS)
SCHEMA_ANSWER(cycles, SCHEMA_CYCLES)
SCHEMA_ANSWER(stages, SCHEMA_STAGES)
SCHEMA_ANSWER(worker, SCHEMA_WORKER)
SCHEMA_ANSWER(log_level, SCHEMA_LOG_LEVEL)
SCHEMA_ARGS(log_level, SCHEMA_LOG_LEVEL_ARGS)
