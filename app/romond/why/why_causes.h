// SPDX-License-Identifier: BSD-3-Clause
// Every cause that `why` can name: id, what it is about, level, what is wrong, what mends it. docs/why.md
// follows from this table. Constant data.
//
// Sentences are templates: ${name} is a fact of why_facts.h, $[A|B|C] is the first of its parts whose facts
// are all known, or nothing; ${?name} asks for a fact and writes nothing. Parts may stand in parts.
#pragma once

// clang-format off

#define SAY_LAST_ONE "$[ (the last one came from ${sender})]"
#define SAY_IF_MANY  "if so many are right, set "
#define SAY_SEE_WHO  "see who it is: `romonctl capture -w FILE --port ${port}`"
#define SAY_KEEP_OUT SAY_SEE_WHO "; secrets on this port keep strangers out"
#define SAY_WORKERS  "see `romonctl workers`; give it more CPUs by the key workers.cores"
#define SAY_AGAIN    "`romonctl discover --once`, on RouterOS /tool/romon/discover"
#define SAY_UNHEARD \
	"no RoMON frame was ever heard here$[${?perhaps-none}; if one is due]: the other end has RoMON off or forbids it on its port, a switch between drops 01:80:c2:00:88:bf, or the VLAN is another$[; the link itself works: ${others} other frames came]$[${?sent-none}; this port has asked nobody yet]"
#define SAY_ASK \
	"`romonctl discover --once` asks; on RouterOS at the other end: /tool/romon/set enabled=yes and /tool/romon/port/print (forbid=no); see what arrives: `tcpdump -eni ${device} ether proto 0x88bf`"
#define SAY_REFUSED "${port} refuses its frames (${reason}, ${age} ago): ${help}"
#define SAY_HEARD   "it is heard as a neighbor on ${port} (${mac}, ${age} ago), but "
#define SAY_BEFORE  "$[; the hop before it, ${hop}$[ (${hop-name})], still answers]"
#define SAY_GO_THERE \
	"$[look at the link behind ${hop}: power, cable, its port; `romonctl ping ${hop}` shows that the way so far is good; on RouterOS there: /interface/print where running=no, /tool/romon/port/print|it is the first hop from here: power, cable, and RoMON there (RouterOS: /tool/romon/set enabled=yes)$[; `romonctl why ${heard-by}`]]"
#define SAY_ANSWERED "it answered ${age} ago: ${hops} hops, cost ${cost}"
#define SAY_FITS     "$[; a ping of up to ${most} bytes fits its path (l2mtu ${l2mtu})]"
#define SAY_REPORTED "only the master ${master} reports it (${status}, ${age} ago)"
#define SAY_NOT_HERE "$[${?unheard}; this node has not heard it itself]"
#define SAY_ASK_THERE "`romonctl why ${master}`; ask on that master: `romonctl why ${id}`"
#define SAY_UNKNOWN \
	"`romonctl discover --once`, then `romonctl ping` the last node on the way that answers; on RouterOS there: /tool/romon/print (enabled=yes, id) and /tool/romon/port/print (forbid=no)"

// X(ID, "name", ABOUT, LEVEL, cause, mend)
#define WHY_CAUSES(X) \
	X(ROMON_OFF, "romon-off", HOST, ERROR, \
		"RoMON is off on this node", \
		"set `romon.enabled: true`${reload}") \
	X(OWN_ID_TWICE, "own-id-twice", HOST, ERROR, \
		"another node has our own id, ${id}: ${who} (${age} ago)", \
		"give one of the two another id: set `romon.id: ID`${reload}; on RouterOS /tool/romon/set id=...") \
	X(NO_MBUFS, "no-mbufs", HOST, ERROR, \
		"the ${mbufs} buffers are used up", \
		"set `memory.mbufs: ${wanted}`${reload} and restart romond") \
	/* of a port: its state */ \
	X(PORT_DISABLED, "port-disabled", PORT, ERROR, \
		"the port is disabled", \
		"set `${key}.disabled: false`${reload}") \
	X(PORT_FORBIDDEN, "port-forbidden", PORT, ERROR, \
		"RoMON is forbidden on this port", \
		"set `${key}.forbid: false`${reload}") \
	X(DEVICE_ABSENT, "device-absent", PORT, ERROR, \
		"$[${error}|the device is absent]", \
		"romond opens ${device} by itself as soon as it is there: `ip link show ${device}`") \
	X(DEVICE_CLOSED, "device-closed", PORT, ERROR, \
		"$[${error}|the device is absent]", \
		"${device} is there, and cannot be opened: mend what the cause names (`romonctl doctor` looks at what romond may do); romond tries again by itself, less and less often") \
	X(LINK_SET_DOWN, "link-set-down", PORT, ERROR, \
		"no link: the interface ${device} is set down", \
		"`ip link set ${device} up`") \
	X(NO_LINK, "no-link", PORT, ERROR, \
		"no link on ${device}: the cable, or what is at its other end", \
		"check the cable and the other end (`ethtool ${device}`; on RouterOS there: /interface/print where running=no)") \
	X(DEVICE_WARNING, "device-warning", PORT, WARNING, \
		"frames may not be heard here: ${error}", \
		"`ip -d link show ${device}`, `romonctl ports -o wide`") \
	/* of a port: who is on another channel, or signs otherwise */ \
	X(CHANNEL, "channel", PORT, ERROR, \
		"wrong channel: ${mac} (id ${id}) sends on channel ${channel}, this node is on channel ${own-channel}", \
		"set `romon.channel: ${channel}`${reload}; or give that node `romon.channel: ${own-channel}`$[${?is-set}, which RouterOS cannot: it speaks channel default only]") \
	X(CHANNEL_UNKNOWN, "channel-unknown", PORT, ERROR, \
		"a neighbor uses another overlay channel than ours, which is ${own-channel}", \
		"set `romon.channel: CHANNEL`${reload}") \
	X(CHANNEL_BEFORE, "channel-before", PORT, ERROR, \
		"${mac} was on channel ${channel}, and this node was not", \
		"") \
	X(SECRET_UNKNOWN, "secret-unknown", PORT, ERROR, \
		"secret mismatch: this neighbor signs with a secret that we do not have" SAY_LAST_ONE, \
		"put that neighbor's secret into `${key}.secrets` (any place verifies, the first signs), or give it one of ours; the list that holds: `romonctl config show`. A RouterOS device may sign in a way that is not known yet: docs/auth-probe.md, or carry its frames through a relay group") \
	X(SECRET_MISSING, "secret-missing", PORT, ERROR, \
		"secret mismatch: a neighbor sends unsigned frames" SAY_LAST_ONE ", and the secrets of this port forbid that", \
		"set `${key}.secrets: [\"\"]`${reload}; or give the neighbor the secret. RouterOS signs in a way that is not known yet: docs/auth-probe.md") \
	X(SIGNATURE_FLOOD, "signature-flood", PORT, ERROR, \
		"more frames with wrong signatures come in than limits.bad-digests, so that those of senders that never signed rightly are no longer looked at" SAY_LAST_ONE, \
		"find who sends them: `romonctl torch` and `romonctl capture` of this port; neighbors that signed rightly before are served meanwhile") \
	X(UNSYNCED, "unsynced", PORT, WARNING, \
		"a neighbor signs well, but does not answer our Hello, which asks it whether its frames are of now" \
		SAY_LAST_ONE, \
		"a few such frames after a start are normal. If they go on: either somebody replays recorded frames, or that neighbor does not take our Hello: it needs the secret that signs on this port, and a way from this port to it (`romonctl why` there)") \
	X(REPLAY, "replay", PORT, WARNING, \
		"frames come in that are signed well, but were seen before or are too old" SAY_LAST_ONE, \
		"either somebody replays recorded frames, or a segment repeats them (a loop), or that neighbor's clock was set back by more than 12 days: set its clock, then restart its romond") \
	/* of a port: other frames that are dropped */ \
	X(FILTERED, "filtered", PORT, WARNING, \
		"a filter refuses frames$[: ${filter} (port: ${filter-port}) denies $[the id ${id}|the service ${service}]]", \
		"$[if it is welcome, take it out of `${filter}.$[${?id}deny-id|deny-service]`${reload}|see the key filters: `romonctl config show`]") \
	X(TOO_FAR, "too-far", PORT, ERROR, \
		"the way is longer than romon.hop-limit, which is ${limit}$[: the last such frame, of id ${id}, $[has ${on-way} forwarders on its way|had ${behind} forwarders behind it, and needs one more]]", \
		"$[set `romon.hop-limit: ${wanted}`${reload}|${?is-over}nothing: romon.hop-limit was lower then|shorten the way: no node takes more than ${hops-max} hops]") \
	X(UNTAGGED, "untagged", PORT, ERROR, \
		"RoMON frames without a VLAN tag arrive, and no port of ${device} serves those", \
		"tag them at the switch, or set `ports: { ${port}-untagged: { device: ${device} } }`${reload}") \
	X(VLAN_UNSERVED, "vlan-unserved", PORT, ERROR, \
		"RoMON frames of a VLAN$[${?vlan}| (which one is not known)] arrive that no port of ${device} serves$[: VLAN ${vlan}]", \
		"$[set `ports: { ${port}-vlan${vlan}: { device: ${device}, vlan: ${vlan} } }`${reload}; or remove the tag at the switch|see it by `tcpdump -eni ${device} ether proto 0x8100`; add a port with that vlan, or remove the tag at the switch]") \
	X(TWO_TAGS, "two-tags", PORT, WARNING, \
		"frames carry two VLAN tags", \
		"remove the outer tag at the switch") \
	X(MALFORMED, "malformed", PORT, ERROR, \
		"malformed RoMON frames arrive: ${reason}, ${help}" SAY_LAST_ONE, \
		"last-bad shows one, decoded; mend or update its sender (on RouterOS: /system/package/update/check-for-updates)$[, or look for what cuts frames on the way: a tunnel, or an MTU below ${mtu}]") \
	X(RELAY_LOOP, "relay-loop", PORT, ERROR, \
		"a loop: a source is heard on this port and on another one of relay group ${group}, so their segments are joined elsewhere too", \
		"`romonctl events` names the address and the two ports; remove one of the two ways, or leave it as a spare: frames still cross once") \
	X(STORM, "storm", PORT, ERROR, \
		"a storm: ${port} brings more than the ${limit} frames/s of relay-groups.${group}.storm-limit", \
		"look for a loop or a scanner behind it (`tcpdump -eni ${device} ether proto 0x88bf`); " \
		SAY_IF_MANY "`relay-groups.${group}.storm-limit: ${wanted}`${reload}") \
	X(RELAY_ALONE, "relay-alone", PORT, ERROR, \
		"no other port of relay group ${group} is up$[: ${ports}]", \
		"`romonctl why $[${the-port}]`") \
	X(EGRESS_DOWN, "egress-down", PORT, ERROR, \
		"frames should leave by a port that has no link$[: ${ports}]", \
		"`romonctl why$[ ${the-port}]` says what that port lacks") \
	X(EGRESS_FORBIDDEN, "egress-forbidden", PORT, ERROR, \
		"frames should leave by a port where RoMON is forbidden$[: ${ports}]", \
		"set `ports.$[${the-port}|PORT].forbid: false`${reload}") \
	X(EGRESS_MTU, "egress-mtu", PORT, ERROR, \
		"frames are longer than the port to leave by takes$[; of those that they may leave by ${the-port} takes least: its MTU is ${mtu}]", \
		"$[`ip link set ${its-device} mtu ${wanted}`, as that of this port, or lower|lower] the MTU of whoever sends") \
	X(MANY_DISCOVERS, "many-discovers", PORT, WARNING, \
		"more Discovers arrive than the ${limit} a second of limits.discover-in", \
		"look for a loop or a scanner on this segment: `romonctl neighbors ${port}`; " \
		SAY_IF_MANY "`limits.discover-in: ${wanted}`${reload}") \
	X(EAGER_ORIGIN, "eager-origin", PORT, WARNING, \
		"one origin sends more Discovers than the ${limit} a second of limits.answers-per-origin$[: ${id}]", \
		"see what that node does$[: `romonctl why ${id}`]; " \
		SAY_IF_MANY "`limits.answers-per-origin: ${wanted}`${reload}") \
	X(MANY_FOR_US, "many-for-us", PORT, WARNING, \
		"more frames for this node itself arrive than the ${limit} a second of limits.punt" \
		" (of Data, while the worker has time: limits.punt-spare)", \
		"see who sends them (`romonctl neighbors ${port}`), or set `limits.punt: ${wanted}`${reload}") \
	X(CONTROL_SLOW, "control-slow", PORT, WARNING, \
		"control does not keep up with frames for this node", \
		"see who sends so many: `romonctl neighbors`; see the load of this machine: top") \
	X(DEVICE_SLOW, "device-slow", PORT, WARNING, \
		"the device does not send as fast as frames come in", \
		"lower the load, or give ${device} a faster driver (`romonctl ports -o wide` says why it has the one that it has)") \
	X(EGRESS_WORKER_SLOW, "egress-worker-slow", PORT, WARNING, \
		"the worker that sends by the egress port does not keep up", \
		SAY_WORKERS) \
	X(DISPATCH_WORKER_SLOW, "dispatch-worker-slow", PORT, WARNING, \
		"the worker that its frames are dispatched to does not keep up", \
		SAY_WORKERS) \
	X(NO_EGRESS, "no-egress", PORT, WARNING, \
		"Discovers end here: of the other ports (${ports}) none is up to pass them on", \
		"`romonctl why`") \
	X(STALE_PATH, "stale-path", PORT, WARNING, \
		"a sender's path is stale: it names a MAC or a link id that this node no longer has here", \
		"discover again where the frames come from: " SAY_AGAIN) \
	X(ANSWERS_LOST, "answers-lost", PORT, WARNING, \
		"answers to Discovers name no neighbor that is heard here: the way that the Discover took has changed", \
		"discover again where they were asked for: " SAY_AGAIN) \
	X(TOO_LONG, "too-long", PORT, WARNING, \
		"frames arrive that are longer than a buffer", \
		"lower the MTU of whoever sends them") \
	X(OWN_SEGMENT, "own-segment", PORT, WARNING, \
		"two ports of this box are on one segment and hear each other", \
		"keep one of them, or leave it: nothing is lost but bandwidth") \
	X(GROUP_SOURCE, "group-source", PORT, WARNING, \
		"frames arrive whose source is no station's address", \
		"find who makes them up: `tcpdump -eni` on the port's device") \
	X(FOR_OTHERS, "for-others", PORT, WARNING, \
		"frames for another node arrive here: a hub, or a promiscuous segment", \
		"nothing, unless the sender's hop list should name this port") \
	X(MANY_ADDRESSES, "many-addresses", PORT, WARNING, \
		"more addresses are heard here than a table keeps (limits.neighbors-per-port is ${limit}): the oldest are forgotten", \
		"look for a loop or somebody who makes up addresses: `romonctl neighbors ${port}`; if they are real, set `limits.neighbors-per-port: ${wanted}`${reload} and restart romond") \
	/* of a port: what control refused */ \
	X(PING_WAY, "ping-way", PORT, WARNING, \
		"answers to our pings come in here that were sent to another port or neighbor: somebody may make them up, and none is believed", \
		SAY_KEEP_OUT) \
	X(PING_TOKEN, "ping-token", PORT, WARNING, \
		"answers to our pings come in here without what the ping asked to have back: somebody may make them up, and none is believed", \
		SAY_KEEP_OUT) \
	X(PING_UNASKED, "ping-unasked", PORT, WARNING, \
		"answers to pings come in here that this node did not send: somebody may make them up, or another node has our id", \
		SAY_SEE_WHO) \
	X(ROSTER_WAY, "roster-way", PORT, WARNING, \
		"lists of nodes come in here that were asked for by another port or neighbor: somebody may make them up, and none is believed", \
		SAY_KEEP_OUT) \
	X(ROSTER_TOKEN, "roster-token", PORT, WARNING, \
		"lists of nodes come in here without what the request asked to have back: they are late, or somebody makes them up", \
		SAY_KEEP_OUT) \
	X(ROSTER_UNASKED, "roster-unasked", PORT, WARNING, \
		"lists of nodes come in here that nobody asked for: somebody may make them up, and none is believed", \
		SAY_KEEP_OUT) \
	X(ROSTER_BROKEN, "roster-broken", PORT, WARNING, \
		"lists of nodes, or requests for ours, come in here that cannot be read: from another version, or somebody makes them up", \
		SAY_SEE_WHO ", and update it") \
	X(ROSTER_ENDLESS, "roster-endless", PORT, WARNING, \
		"a master's list of nodes does not come to an end: it is left alone for a while", \
		"the log names it; the key discovery.masters says which masters are asked") \
	X(ASKER_STRANGER, "asker-stranger", PORT, WARNING, \
		"a node asks for our list of nodes that is no master which we hear, or is not in discovery.masters: it gets none", \
		"if it should have it: `romon.role: master` here, and its label in discovery.masters") \
	X(ASKER_RATE, "asker-rate", PORT, WARNING, \
		"more requests for our list of nodes come in here than a port may send", \
		"see who it is: `romonctl torch ${port}`") \
	X(ANSWER_RATE, "answer-rate", PORT, WARNING, \
		"more Discovers come in here than this node answers on one port: those beyond are not answered", \
		"see who it is: `romonctl neighbors ${port}`; look for a loop or a scanner on this segment") \
	X(ANSWER_UNASKED, "answer-unasked", PORT, WARNING, \
		"answers to Discovers come in here, and this node has sent none: somebody may make them up, or another node has our id", \
		SAY_SEE_WHO) \
	X(CONTROL_BUSY, "control-busy", PORT, WARNING, \
		"more frames for this node itself come in here than control has time for: those beyond are lost, and other ports are served first", \
		"see who it is: `romonctl torch ${port}`; lower limits.punt, and see the load of this machine: top") \
	/* of a port: what is not heard, when nothing of the above is so */ \
	X(UNHEARD, "unheard", PORT, ERROR, \
		SAY_UNHEARD, \
		SAY_ASK) \
	X(UNHEARD_UNASKED, "unheard-unasked", PORT, OK, \
		SAY_UNHEARD, \
		SAY_ASK) \
	X(UNANSWERED, "unanswered", PORT, ERROR, \
		"heard, but none answers our Discovers: ${mac} (id ${id})$[${?with-others} and others] is heard here, and the last ${asked} Discovers that this port sent brought no answer: a switch between may drop 01:80:c2:00:88:bf in our direction", \
		"let the switch pass 01:80:c2:00:88:bf from this port too (IGMP snooping, storm control, filters for groups); else that node refuses ours: compare channel, secrets and filters there. See what leaves: `tcpdump -eni ${device} ether proto 0x88bf`, and what arrives there") \
	X(SILENT, "silent", PORT, WARNING, \
		"$[${?asked}nobody answers any more|silent]: the last RoMON frame came ${age} ago, and $[this node has asked ${asked} times since|they came every ${rhythm} before]. It worked till then, so one of the two ends has changed: theirs (off, RoMON off or forbidden, another channel, secret or VLAN, the switch between), or ours (the carrier of ${device} is there, its driver is $[${driver}|closed])", \
		"ours: `ip -s -d link show ${device}` (do its counters grow? is the XDP program still ours?) and `romonctl ports -o wide`; does anything arrive: `tcpdump -eni ${device} ether proto 0x88bf`; theirs: power and RoMON there (RouterOS: /tool/romon/print, /tool/romon/port/print); `romonctl discover --once` asks again") \
	X(QUIET, "quiet", PORT, OK, \
		"quiet: the last RoMON frame came ${age} ago, and $[one is due every ${rhythm}|nobody has asked since]", \
		"nothing") \
	X(FRAMES_ARRIVE, "frames-arrive", PORT, OK, \
		"frames arrive, and none is dropped for a cause that needs care", \
		"nothing") \
	/* of a node: what is refused */ \
	X(SELF, "self", NODE, OK, \
		"this is the node that you ask", \
		"`romonctl status`, `romonctl why`") \
	X(ID_FILTERED, "id-filtered", NODE, ERROR, \
		"${filter} (port: ${filter-port}) denies this id: its frames are dropped there", \
		"take ${id} out of `${filter}.deny-id`${reload}") \
	X(NODE_CHANNEL, "node-channel", NODE, ERROR, \
		"wrong channel: it sends on channel ${channel} (by ${port}, ${age} ago), this node is on channel ${own-channel}", \
		"set `romon.channel: ${channel}`${reload}; or give it `romon.channel: ${own-channel}`") \
	X(NODE_REFUSED, "node-refused", NODE, ERROR, \
		SAY_REFUSED, \
		"`romonctl why ${port}` names the key that mends it") \
	X(NODE_STALE, "node-stale", NODE, WARNING, \
		SAY_REFUSED, \
		"`romonctl why ${port}` names the key that mends it") \
	X(NODE_EAGER, "node-eager", NODE, WARNING, \
		"it sends more Discovers by ${port} than the ${limit} a second of limits.answers-per-origin: the rest is dropped", \
		"find what asks so often there; RouterOS: close WinBox and /tool/romon/discover") \
	X(MAC_NOT_ID, "mac-not-id", NODE, WARNING, \
		"this is no RoMON id that is known, but the MAC address of a neighbor on ${port}", \
		"$[its id is ${id}: `romonctl why ${id}`|it has not told its id yet: `romonctl discover --once` asks]") \
	X(NODE_UNASKED, "node-unasked", NODE, WARNING, \
		SAY_HEARD "this node has asked nobody yet", \
		"`romonctl discover --once`") \
	X(NODE_UNANSWERED, "node-unanswered", NODE, WARNING, \
		SAY_HEARD "it answers none of our Discovers", \
		"a switch between may drop 01:80:c2:00:88:bf in our direction, or it refuses ours: compare channel and secrets with those there (RouterOS: /tool/romon/print, /tool/romon/port/print); `romonctl why ${port}`") \
	X(ID_TWICE, "id-twice", NODE, ERROR, \
		"two nodes have this id: one is heard by ${heard-by} (its port is ${mac}), the other$[, ${name}], by ${the-port} (${sender}): what one of them is told reaches the other", \
		"give one of them another id: `romon.id: auto` in romond's file; on RouterOS /tool/romon/set id=... (a copied configuration often brings it along)") \
	X(TOO_BIG, "too-big", NODE, ERROR, \
		"${size} bytes do not fit: the least l2mtu on the path to it is ${l2mtu}, and over ${hops} hops that leaves ${most} bytes", \
		"`romonctl ping ${id} --size ${most}`; or raise the MTU of the link with the least: `romonctl links` (`ip link set DEVICE mtu N` at both ends; on RouterOS /interface/ethernet/print, l2mtu)") \
	/* of a node: the way to it */ \
	X(NODE_TOO_FAR, "node-too-far", NODE, ERROR, \
		"it is ${hops} hops away, and romon.hop-limit is ${limit}", \
		"set `romon.hop-limit: ${wanted}`${reload}") \
	X(NODE_SILENT, "node-silent", NODE, ERROR, \
		"it is ${status}: it last answered ${age} ago" SAY_BEFORE, \
		SAY_GO_THERE) \
	X(WAY_ENDS, "way-ends", NODE, ERROR, \
		"the way to it ends at ${stop}$[ (${stop-name})], which is ${status}" SAY_BEFORE, \
		SAY_GO_THERE) \
	X(NODE_OLD_PATH, "node-old-path", NODE, WARNING, \
		"it answers, but a part of its path was not described lately", \
		"`romonctl discover --once`, then `romonctl ping ${id}`") \
	X(NODE_ANSWERS, "node-answers", NODE, OK, \
		SAY_ANSWERED SAY_FITS, \
		"nothing") \
	X(NODE_ANSWERED, "node-answered", NODE, WARNING, \
		SAY_ANSWERED "; nobody has asked since, for this node is an agent" SAY_FITS, \
		"`romonctl discover --once`") \
	X(REPORTED, "reported", NODE, OK, \
		SAY_REPORTED SAY_NOT_HERE, \
		SAY_ASK_THERE) \
	X(REPORTED_LATE, "reported-late", NODE, WARNING, \
		SAY_REPORTED SAY_NOT_HERE, \
		SAY_ASK_THERE) \
	X(REPORTED_DOWN, "reported-down", NODE, ERROR, \
		"it is down, as the master ${master} reports: it last answered there ${age} ago" SAY_NOT_HERE, \
		SAY_ASK_THERE) \
	X(NODE_UNKNOWN, "node-unknown", NODE, ERROR, \
		"it was never heard, neither as a neighbor nor by an answer", \
		SAY_UNKNOWN) \
	X(NODE_UNSOUGHT, "node-unsought", NODE, WARNING, \
		"it was never heard, and this node has asked nobody yet", \
		SAY_UNKNOWN) \
	X(STREAM_NO_PATH, "stream-no-path", NODE, WARNING, \
		"the last stream to its service ${service} ended ${age} ago: the way to it was lost", \
		"`romonctl ping ${id}`; there is another way only if a second wire leads there") \
	X(STREAM_NO_ANSWER, "stream-no-answer", NODE, WARNING, \
		"it did not answer when a stream to its service ${service} was opened, ${age} ago", \
		"`romonctl ping ${id}`: if that is answered, it has no such service, or it or a node between filters it " \
		"(RouterOS: /tool/romon/port, firmware without it); romond there: `romonctl config show`, filters and services") \
	X(STREAM_REFUSED, "stream-refused", NODE, WARNING, \
		"it refused a stream to its service ${service} ${age} ago", \
		"over there: is `services.ssh.enabled` true, does `services.allow-id` have this node, does the server behind " \
		"it run? RouterOS: /ip/service/print") \
	X(STREAM_LOST, "stream-lost", NODE, WARNING, \
		"the last stream to its service ${service} broke ${age} ago: nothing came for eight seconds, or it restarted", \
		"dial again; `romonctl ping -c 20 ${id}` tells whether the way loses much") \
	X(STREAM_BLACK_HOLE, "stream-black-hole", NODE, WARNING, \
		"segments of more than ${most} bytes vanished on the way to it ${age} ago, without a word", \
		"find the link that takes less than its l2mtu says: `romonctl ping -s SIZE` of the nodes on the way; then set " \
		"that interface's MTU to what passes") \
	X(MAY_BE_BEHIND, "may-be-behind", NODE, WARNING, \
		"$[${?first-hop}the first hop|it] may be behind ${port}: ${cause}", \
		"${mend}")
// clang-format on
