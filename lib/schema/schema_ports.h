// SPDX-License-Identifier: BSD-3-Clause
// Rows of `ports`, `neighbors`, `drops`, `secrets`. Constant data.
#pragma once

#include "schema_rows.h"

// clang-format off
#define SCHEMA_PORT(F) \
	F(name, OWN, KEY, SHOW, "in the configuration") \
	F(state, WORD("up down absent disabled forbidden"), SET, SHOW, "whether frames can come and go") \
	F(mode, WORD("node relay"), SET, SHOW, "of the node, or of a relay group") \
	F(group, OWN, NULL_TOO, WIDE, "the relay group") \
	F(device, TEXT, SET, SHOW, "as the configuration names it") \
	F(driver, OWN, SET, SHOW, "by which it is open; empty = it is not") \
	F(vlan, NUMBER, SET, WIDE, "802.1Q tag; 0 = untagged") \
	F(mac, MAC, NULL_TOO, WIDE, "address that frames leave with") \
	F(link_id, NUMBER, SET, WIDE, "label in hop lists; 0 of relay ports") \
	F(l2mtu, GAUGE("bytes"), SET, WIDE, "longest frame without its tag; 0 = not known") \
	F(cost, NUMBER, SET, SHOW, "of sending out of it") \
	F(worker, NUMBER, NULL_TOO, WIDE, "that polls the device") \
	F(rx_frames, COUNTER("frames"), SET, SHOW_AS("RX"), "received") \
	F(tx_frames, COUNTER("frames"), SET, SHOW_AS("TX"), "sent, copies too") \
	F(rx_drops, COUNTER("frames"), SET, SHOW, "received, and dropped") \
	F(tx_drops, COUNTER("frames"), SET, SHOW, "that were to leave here, and did not") \
	F(speed_mbps, GAUGE("Mbit/s"), SET, SHOW_AS("MBIT/S"), "of the link; 0 = not known") \
	F(rx_bytes, COUNTER("bytes"), SET, WIDE, "received") \
	F(tx_bytes, COUNTER("bytes"), SET, WIDE, "sent") \
	F(rx_missed, COUNTER("frames"), SET, HIDE, "lost before a worker saw them") \
	F(forwarded, COUNTER("frames"), SET, WIDE, "received elsewhere, and sent here") \
	F(delivered, COUNTER("frames"), SET, WIDE, "received, and for this node") \
	F(driver_why, TEXT, SET, WIDE, "why it has this driver, or none") \
	F(comment, TEXT, SET, SHOW, "of the configuration") \
	F(error, TEXT, NULL_TOO, HIDE, "why an absent device cannot be opened, and what to do") \
	F(error_name, OWN, NULL_TOO, HIDE, "of the errno; `ENODEV` = it is not there yet") \
	F(tries, NUMBER, SET, HIDE, "to open it that failed, in a row") \
	F(warning, TEXT, NULL_TOO, HIDE, "what about an open device keeps frames from being heard, and what to do") \
	F(at_us, NUMBER, SET, HIDE, "when the counters were read, as in `status`")

#define SCHEMA_NEIGHBOR(F) \
	F(port, OWN, KEY, SHOW, "where it was heard") \
	F(mac_address, MAC, KEY, SHOW_FROM(17), "of the neighbor") \
	F(id, MAC, NULL_TOO, SHOW, "its RoMON id; null = not told yet, or relayed") \
	F(status, WORD("ok late"), SET, SHOW, "late: silent for half of romon.neighbor-age") \
	F(age_ms, NUMBER, SET, SHOW_AS("AGE"), "since its last frame") \
	F(rx_frames, COUNTER("frames"), SET, SHOW, "received from it") \
	F(interface, TEXT, SET, WIDE, "device of the port") \
	F(secret, NUMBER, NULL_TOO, WIDE, "by which entry of the port's list its last good frame was signed, from 1; 0 = unsigned; null = none was heard since the list changed") \
	F(worker, NUMBER, KEY, WIDE, "in whose table it is")

#define SCHEMA_NEIGHBORS(F) \
	F(total, GAUGE("neighbors"), SET, HIDE, "in all tables") \
	F(next, NUMBER, NULL_TOO, HIDE, "`offset` of the next page ([decision 3](decisions/0003-neighbor-rows-read-in-place.md)); null = this was the last") \
	F(rows, LIST(neighbor), SET, HIDE, "of this page")

#define SCHEMA_DROP(F) \
	F(reason, OWN, KEY, SHOW, "a name of [drops.md](drops.md)") \
	F(port, OWN, KEY, SHOW, "that received the frame") \
	F(count, COUNTER("frames"), SET, SHOW, "dropped") \
	F(help, OWN, SET, SHOW_AS("MEANING"), "the reason as a sentence")

#define SCHEMA_SECRET(F) \
	F(port, OWN, KEY, SHOW, "a node port") \
	F(own, NUMBER, SET, HIDE, "how many secrets the port has itself") \
	F(list, WORD("port global none"), SET, SHOW, "whose list holds") \
	F(effective, NUMBER, SET, SHOW_AS("SECRETS"), "how many hold for it, the global ones included") \
	F(signs, BOOL, SET, HIDE, "the first of them is not empty") \
	F(sends, WORD("signed unsigned"), SET, SHOW, "how frames leave") \
	F(accepts_unsigned, BOOL, SET, SHOW, "unsigned frames are taken") \
	F(neighbors, GAUGE("neighbors"), SET, SHOW, "of the port") \
	F(neighbors_unsigned, GAUGE("neighbors"), SET, SHOW_AS("UNSIGNED"), "of these, whose last frame was unsigned") \
	F(neighbors_entry_1, GAUGE("neighbors"), SET, SHOW_AS("BY-1"), "signed by the first secret") \
	F(neighbors_entry_2, GAUGE("neighbors"), SET, SHOW_AS("BY-2"), "by the second") \
	F(neighbors_entry_3, GAUGE("neighbors"), SET, WIDE_AS("BY-3"), "by the third") \
	F(neighbors_entry_4, GAUGE("neighbors"), SET, WIDE_AS("BY-4"), "by the fourth") \
	F(neighbors_unknown, GAUGE("neighbors"), SET, SHOW_AS("UNKNOWN"), "not heard since the list changed")

#define SCHEMA_PAGE_COUNT "rows of a page"
#define SCHEMA_PAGE_OFFSET "`next` of the page before"

#define SCHEMA_NEIGHBORS_ARGS(A) \
	A(offset, NUMBER(0, INT64_MAX, 0), OPTIONAL, SCHEMA_PAGE_OFFSET) \
	A(count, NUMBER(1, SCHEMA_PAGE_MAX, SCHEMA_PAGE_MAX), OPTIONAL, SCHEMA_PAGE_COUNT) \
	A(port, PORT, OPTIONAL, "only neighbors on this port")

#define SCHEMA_DROPS_ARGS(A) \
	A(port, PORT, OPTIONAL, "only drops of this port") \
	A(all, FLAG, OPTIONAL, "also the reasons that dropped nothing")

#define SCHEMA_PORTS_COMMANDS(C) \
	C(ports, "ports", READ, LIST(port), nothing, "ports with state and counters") \
	C(neighbors, "neighbors", READ, OBJECT(neighbors), neighbors, "who was heard on which port") \
	C(drops, "drops", READ, LIST(drop), drops, "frames dropped, by port and reason") \
	C(secrets, "secrets", READ, LIST(secret), nothing, "how many secrets ports have; never which")
// clang-format on

#define SCHEMA_PAGE_MAX 1000

SCHEMA_ANSWER(port, SCHEMA_PORT)
SCHEMA_ANSWER(neighbor, SCHEMA_NEIGHBOR)
SCHEMA_ANSWER(neighbors, SCHEMA_NEIGHBORS)
SCHEMA_ANSWER(drop, SCHEMA_DROP)
SCHEMA_ANSWER(secret, SCHEMA_SECRET)
SCHEMA_ARGS(neighbors, SCHEMA_NEIGHBORS_ARGS)
SCHEMA_ARGS(drops, SCHEMA_DROPS_ARGS)
