// SPDX-License-Identifier: BSD-3-Clause
// What a finding can know, each with its type: the names that stand in the sentences of why_causes.h.
// Constant data.
#pragma once

// Types: MAC 48 bits; AGE ms; CHANNEL of the overlay; NUMBER; FLAG known or not, without a text; STATUS enum
// topo_status; PORT slot; PORTS set of slots; FILTER index in the configuration; IDENTITY id of a node whose
// name is written; TEXT that lives as long as the lock is held; FOREIGN the same, from the wire: it is
// escaped; GIVEN follows from the port or the node itself.
// clang-format off
#define WHY_FACTS(X) \
	X(PORT, "port", GIVEN)               /* the port's name */ \
	X(DEVICE, "device", GIVEN)           /* its device */ \
	X(KEY, "key", GIVEN)                 /* where it stands in the file: "ports.ether1" */ \
	X(GROUP, "group", GIVEN)             /* its relay group */ \
	X(RELOAD, "reload", GIVEN)           /* " in FILE, then `romonctl reload`" */ \
	X(CAUSE, "cause", GIVEN)             /* the sentences of another cause, see why_finding.inner */ \
	X(MEND, "mend", GIVEN) \
	X(ID, "id", MAC) \
	X(MAC, "mac", MAC) \
	X(SENDER, "sender", MAC) \
	X(STOP, "stop", MAC)                 /* first node of the way that does not answer */ \
	X(STOP_NAME, "stop-name", IDENTITY) \
	X(HOP, "hop", MAC)                   /* the one before it */ \
	X(HOP_NAME, "hop-name", IDENTITY) \
	X(MASTER, "master", MAC) \
	X(NAME, "name", FOREIGN) \
	X(WHO, "who", TEXT) \
	X(AGE, "age", AGE) \
	X(RHYTHM, "rhythm", AGE) \
	X(CHANNEL, "channel", CHANNEL) \
	X(OWN_CHANNEL, "own-channel", CHANNEL) \
	X(IS_SET, "is-set", FLAG)            /* our channel is not the default one */ \
	X(ERROR, "error", TEXT)              /* of the device */ \
	X(DRIVER, "driver", TEXT) \
	X(REASON, "reason", TEXT)            /* name of a drop reason */ \
	X(HELP, "help", TEXT)                /* what it means */ \
	X(FILTER, "filter", FILTER) \
	X(FILTER_PORT, "filter-port", TEXT) \
	X(SERVICE, "service", NUMBER) \
	X(VLAN, "vlan", NUMBER) \
	X(PORTS, "ports", PORTS)             /* the other ports that it is about */ \
	X(THE_PORT, "the-port", PORT)        /* the only one of them */ \
	X(ITS_DEVICE, "its-device", TEXT) \
	X(HEARD_BY, "heard-by", PORT) \
	X(LIMIT, "limit", NUMBER)            /* as configured */ \
	X(WANTED, "wanted", NUMBER)          /* what it should be */ \
	X(IS_OVER, "is-over", FLAG)          /* the limit was lower when the frame came */ \
	X(ON_WAY, "on-way", NUMBER)          /* forwarders of a frame of Data */ \
	X(BEHIND, "behind", NUMBER)          /* forwarders that a Discover has passed */ \
	X(HOPS_MAX, "hops-max", NUMBER)      /* of the protocol */ \
	X(HOPS, "hops", NUMBER) \
	X(COST, "cost", NUMBER) \
	X(STATUS, "status", STATUS) \
	X(SIZE, "size", NUMBER) \
	X(MOST, "most", NUMBER)              /* bytes of a ping that fit */ \
	X(L2MTU, "l2mtu", NUMBER) \
	X(MTU, "mtu", NUMBER) \
	X(MBUFS, "mbufs", NUMBER) \
	X(ASKED, "asked", NUMBER)            /* Discovers without an answer */ \
	X(OTHERS, "others", NUMBER)          /* frames that are not RoMON */ \
	X(WITH_OTHERS, "with-others", FLAG)  /* more nodes than the named one */ \
	X(PERHAPS_NONE, "perhaps-none", FLAG) /* nobody says that a frame is due */ \
	X(SENT_NONE, "sent-none", FLAG) \
	X(UNHEARD, "unheard", FLAG)          /* not heard as a neighbor here */ \
	X(FIRST_HOP, "first-hop", FLAG)      /* it is about the first hop, not the node itself */
// clang-format on
