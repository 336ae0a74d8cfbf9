// SPDX-License-Identifier: BSD-3-Clause
// The rows, and looking them up. Constant data. Rows of one section stand together: show and the
// documentation keep this order. After a change run `scripts/check-docs --write`.
#include <stdlib.h>
#include <string.h>

#include "base_suggest.h"
#include "conf_schema.h"
#include "wire_frame.h"

static const struct conf_word role_words[] = {
	{"agent", CONF_ROLE_AGENT}, {"master", CONF_ROLE_MASTER}, {NULL, 0}};
static const struct conf_word answer_words[] = {
	{"unwind", CONF_ANSWER_UNWIND}, {"swap", CONF_ANSWER_SWAP}, {NULL, 0}};
static const struct conf_word data_dst_words[] = {
	{"unicast", CONF_DATA_DST_UNICAST}, {"multicast", CONF_DATA_DST_MULTICAST}, {NULL, 0}};
static const struct conf_word driver_words[] = {{"auto", CONF_DRIVER_AUTO}, {"af-xdp", CONF_DRIVER_AF_XDP},
	{"af-packet", CONF_DRIVER_AF_PACKET}, {NULL, 0}};
static const struct conf_word dispatch_words[] = {
	{"none", CONF_DISPATCH_NONE}, {"neighbor", CONF_DISPATCH_NEIGHBOR}, {NULL, 0}};
static const struct conf_word idle_words[] = {{"interrupt", CONF_IDLE_INTERRUPT},
	{"adaptive", CONF_IDLE_ADAPTIVE}, {"busy", CONF_IDLE_BUSY}, {NULL, 0}};
static const struct conf_word huge_words[] = {
	{"auto", CONF_HUGE_AUTO}, {"on", CONF_HUGE_ON}, {"off", CONF_HUGE_OFF}, {NULL, 0}};
static const struct conf_word level_words[] = {{"error", BASE_LOG_ERROR}, {"warning", BASE_LOG_WARNING},
	{"notice", BASE_LOG_NOTICE}, {"info", BASE_LOG_INFO}, {"debug", BASE_LOG_DEBUG}, {NULL, 0}};
static const struct conf_word format_words[] = {{"text", CONF_LOG_TEXT}, {"json", CONF_LOG_JSON}, {NULL, 0}};

// As lib/wire has them, which this library does not see.
const struct conf_word conf_service_words[] = {
	{"ping", WIRE_SERVICE_PING}, {"ssh", WIRE_SERVICE_SSH}, {"winbox", WIRE_SERVICE_WINBOX}, {NULL, 0}};

#define FIELD(type, member) .offset = offsetof(type, member), .size = sizeof(((type *)NULL)->member)
#define ROOT(member)        .scope = CONF_SCOPE_ROOT, FIELD(struct conf, member)
#define PORT(member)        .scope = CONF_SCOPE_PORT, FIELD(struct conf_port, member)
#define RELAY(member)       .scope = CONF_SCOPE_RELAY, FIELD(struct conf_port, member)
#define GROUP(member)       .scope = CONF_SCOPE_GROUP, FIELD(struct conf_group, member)

// Texts: at least min bytes, at most what the field holds.
#define TEXT_MAX(type, member)    .max = sizeof(((type *)NULL)->member) - 1
#define ROOT_TEXT(member, least)  ROOT(member), .min = (least), TEXT_MAX(struct conf, member)
#define PORT_TEXT(member, least)  PORT(member), .min = (least), TEXT_MAX(struct conf_port, member)
#define RELAY_TEXT(member, least) RELAY(member), .min = (least), TEXT_MAX(struct conf_port, member)
#define FILTER_TEXT(member, least)                                                     \
	.scope = CONF_SCOPE_FILTER, FIELD(struct conf_filter, member), .min = (least), \
	TEXT_MAX(struct conf_filter, member)

#define FORWARD_TEXT(member, least)                                                      \
	.scope = CONF_SCOPE_FORWARD, FIELD(struct conf_forward, member), .min = (least), \
	TEXT_MAX(struct conf_forward, member)

#define LIVE    .reload = CONF_RELOAD_LIVE
#define REOPEN  .reload = CONF_RELOAD_PORT
#define RESTART .reload = CONF_RELOAD_RESTART
#define OPERATE .is_operators = true

const struct conf_key conf_keys[] = {
	{ROOT(romon.is_enabled), .type = CONF_TYPE_BOOL, .path = "romon.enabled", .fallback = "true", LIVE,
		OPERATE,
		.help = "take part in RoMON; when false every RoMON frame is dropped and none is sent, in relay groups too"},
	{ROOT(romon.id), .type = CONF_TYPE_ID, .path = "romon.id", .fallback = "auto", LIVE,
		.fallback_note = "the MAC address of the first port that opens", OPERATE,
		.help = "our RoMON id; 00:00:00:00:00:00 means auto, as in RouterOS"},
	{ROOT_TEXT(romon.identity, 0), .type = CONF_TYPE_TEXT, .path = "romon.identity", .fallback = "",
		.fallback_note = "the host name", LIVE, OPERATE, .help = "name that others see in discovery"},
	{ROOT(romon.role), .type = CONF_TYPE_ENUM, .path = "romon.role", .words = role_words,
		.fallback = "agent", LIVE, OPERATE,
		.help = "a master discovers by itself at discovery.interval; an agent answers, forwards and discovers on demand"},
	{ROOT_TEXT(romon.master_id, 0), .type = CONF_TYPE_TEXT, .path = "romon.master-id",
		.fallback = "master_router", LIVE, OPERATE, .help = "label of a master in listings"},
	{ROOT(romon.channel), .type = CONF_TYPE_UINT, .path = "romon.channel", .min = 0, .max = 255,
		.zero_word = "default", .fallback = "default", LIVE, OPERATE,
		.help = "separate overlay on the same wires; default (0) is what RouterOS speaks, frames of other channels are dropped"},
	{ROOT(romon.secrets), .type = CONF_TYPE_SECRETS, .path = "romon.secrets", LIVE,
		.help = "secrets of ports that have none of their own; the first one signs, any of them verifies, \"\" stands for unsigned"},
	{ROOT_TEXT(romon.secrets_file, 0), .type = CONF_TYPE_SECRETS_FILE, .path = "romon.secrets-file",
		.fallback = "", .fallback_note = "none", LIVE,
		.help = "file of mode 0600 with one secret per line, in place of romon.secrets; a line of two double quotes is the empty secret. `credential:NAME` is the credential that systemd hands over by LoadCredential=NAME:PATH"},
	{ROOT(romon.auth_scheme), .type = CONF_TYPE_SCHEME, .path = "romon.auth-scheme",
		.fallback = "romond-1", LIVE,
		.help = "how digests are made under a secret: romond-1, or what romonctl auth-probe prints; all nodes of an overlay must agree"},
	{ROOT(romon.hop_limit), .type = CONF_TYPE_UINT, .path = "romon.hop-limit", .min = 1, .max = 128,
		.unit = "hops", .fallback = "32", LIVE, OPERATE,
		.help = "longest hop list that we build or take"},
	{ROOT(romon.flood_hold_ms), .type = CONF_TYPE_DURATION_MS, .path = "romon.flood-hold", .min = 0,
		.max = 60000, .fallback = "400ms", LIVE, OPERATE,
		.help = "time in which only the first copy of an origin's Discover is flooded on; 0s floods every copy"},
	{ROOT(romon.answer_style), .type = CONF_TYPE_ENUM, .path = "romon.answer-style",
		.words = answer_words, .fallback = "unwind", LIVE, OPERATE,
		.help = "how an answer to a Discover travels home"},
	{ROOT(romon.neighbor_age_s), .type = CONF_TYPE_DURATION_S, .path = "romon.neighbor-age", .min = 1,
		.max = 86400, .fallback = "60s", LIVE, OPERATE,
		.help = "silence after which a neighbor is forgotten"},

	{ROOT(discovery.interval_ms), .type = CONF_TYPE_DURATION_MS, .path = "discovery.interval",
		.min = 1000, .max = 3600000, .fallback = "30s", LIVE, OPERATE,
		.help = "time between two discoveries of a master"},
	{ROOT(discovery.late_after), .type = CONF_TYPE_UINT, .path = "discovery.late-after", .min = 1,
		.max = 1000, .unit = "intervals", .fallback = "2", LIVE, OPERATE,
		.help = "missed discoveries after which a node counts as late"},
	{ROOT(discovery.down_after), .type = CONF_TYPE_UINT, .path = "discovery.down-after", .min = 1,
		.max = 1000, .unit = "intervals", .fallback = "4", LIVE, OPERATE,
		.help = "missed discoveries after which a node counts as down; not less than discovery.late-after"},
	{ROOT(discovery.masters), .type = CONF_TYPE_MACS, .path = "discovery.masters", LIVE,
		.help = "RoMON ids of the other masters that a master asks for what they hear, and that it answers; empty = every master that it hears"},
	{ROOT(discovery.inventory_max), .type = CONF_TYPE_UINT, .path = "discovery.inventory-max", .min = 1,
		.max = 1000000, .unit = "nodes", .fallback = "100000", LIVE, OPERATE,
		.help = "nodes remembered; beyond that the one not seen for the longest time is forgotten"},

	{ROOT(others_forbid), .type = CONF_TYPE_BOOL, .path = "ports.all.forbid", .fallback = "true", LIVE,
		.not_yet = "not in this build: romond serves only the ports that the file names",
		.help = "keep RoMON off the ports that the file does not name"},
	{ROOT(others_cost), .type = CONF_TYPE_UINT, .path = "ports.all.cost", .min = 1, .max = 65535,
		.fallback = "100", LIVE, OPERATE, .help = "cost of ports that give none"},
	{ROOT(others_secrets), .type = CONF_TYPE_SECRETS, .path = "ports.all.secrets", LIVE,
		.help = "secrets of ports that give none"},
	{.scope = CONF_SCOPE_ROOT,
		.type = CONF_TYPE_PORTS,
		.path = "ports",
		.reload = CONF_RELOAD_PORT,
		OPERATE,
		.help = "the node's ports by name; `all` stands for the ports not named"},

	{PORT_TEXT(device, 1), .type = CONF_TYPE_TEXT, .path = "device", .fallback_note = "the port's name",
		REOPEN,
		.help = "kernel interface (`eth1`), PCI address (`\"0000:03:00.0\"`) or DPDK vdev (`\"net_pcap0,rx_pcap=in.pcap\"`)"},
	{PORT(driver), .type = CONF_TYPE_ENUM, .path = "driver", .words = driver_words, .fallback = "auto",
		REOPEN, OPERATE,
		.help = "how a kernel interface is opened; auto tries AF_XDP, then AF_PACKET. The same for all ports of a device"},
	{PORT(vlan), .type = CONF_TYPE_UINT, .path = "vlan", .min = 0, .max = 4094, .zero_word = "none",
		.fallback = "none", REOPEN, OPERATE,
		.help = "802.1Q tag of this port's frames; ports of one device differ in it"},
	{PORT(link_id), .type = CONF_TYPE_UINT, .path = "link-id", .min = 1, .max = CONF_LINK_ID_MAX,
		.zero_word = "auto", .fallback = "auto", .fallback_note = "from a hash of the name", REOPEN,
		OPERATE,
		.help = "label of this port in hop lists; stays the same over restarts and when ports are added behind it"},
	{PORT(cost), .type = CONF_TYPE_UINT, .path = "cost", .min = 1, .max = 65535,
		.fallback_note = "ports.all.cost", LIVE, OPERATE, .help = "cost of sending out of this port"},
	{PORT(forbid), .type = CONF_TYPE_BOOL, .path = "forbid", .fallback = "false", LIVE, OPERATE,
		.help = "open and count the port, but neither send nor take a frame"},
	{PORT(is_disabled), .type = CONF_TYPE_BOOL, .path = "disabled", .fallback = "false", REOPEN, OPERATE,
		.help = "do not open the port at all"},
	{PORT(data_dst), .type = CONF_TYPE_ENUM, .path = "data-dst", .words = data_dst_words,
		.fallback = "unicast", LIVE, OPERATE,
		.help = "Ethernet destination of Data frames sent: the neighbor's address or the RoMON group"},
	{PORT(dispatch), .type = CONF_TYPE_ENUM, .path = "dispatch", .words = dispatch_words,
		.fallback = "none", REOPEN, OPERATE,
		.help = "neighbor: the worker that polls the port dispatches its frames to all workers, those of one neighbor to one of them; pays where frames are signed. The same for all ports of a device"},
	{PORT(secrets), .type = CONF_TYPE_SECRETS, .path = "secrets", .fallback_note = "ports.all.secrets",
		LIVE, .help = "the port's own secrets; when empty, romon.secrets holds"},
	{PORT_TEXT(comment, 0), .type = CONF_TYPE_TEXT, .path = "comment", .fallback = "", LIVE, OPERATE,
		.help = "text for people"},

	{.scope = CONF_SCOPE_ROOT,
		.type = CONF_TYPE_GROUPS,
		.path = "relay-groups",
		.reload = CONF_RELOAD_PORT,
		.help = "groups of ports among which RoMON frames are relayed untouched; the ports of a group never talk to the node's ports"},
	{GROUP(storm_limit_pps), .type = CONF_TYPE_UINT, .path = "storm-limit", .min = 1, .max = 100000000,
		.unit = "frames/s", .zero_word = "none", .fallback = "100000", LIVE, OPERATE,
		.help = "most frames taken from each port of the group"},
	{GROUP(loop_guard_ms), .type = CONF_TYPE_DURATION_MS, .path = "loop-guard", .min = 0, .max = 60000,
		.fallback = "1s", LIVE, OPERATE,
		.help = "time in which a source seen on one port of the group is not taken from another; 0s turns the guard off"},
	{.scope = CONF_SCOPE_GROUP,
		.type = CONF_TYPE_RELAYS,
		.path = "ports",
		.reload = CONF_RELOAD_PORT,
		.help = "the group's ports by name"},

	{RELAY_TEXT(device, 1), .type = CONF_TYPE_TEXT, .path = "device", .fallback_note = "the port's name",
		REOPEN, .help = "as ports.NAME.device"},
	{RELAY(driver), .type = CONF_TYPE_ENUM, .path = "driver", .words = driver_words, .fallback = "auto",
		REOPEN, .help = "as ports.NAME.driver"},
	{RELAY(vlan), .type = CONF_TYPE_UINT, .path = "vlan", .min = 0, .max = 4094, .zero_word = "none",
		.fallback = "none", REOPEN, .help = "as ports.NAME.vlan"},
	{RELAY(is_disabled), .type = CONF_TYPE_BOOL, .path = "disabled", .fallback = "false", REOPEN, OPERATE,
		.help = "do not open the port at all"},
	{RELAY_TEXT(comment, 0), .type = CONF_TYPE_TEXT, .path = "comment", .fallback = "", LIVE, OPERATE,
		.help = "text for people"},

	{.scope = CONF_SCOPE_ROOT,
		.type = CONF_TYPE_FILTERS,
		.path = "filters",
		LIVE,
		.help = "what node ports neither forward nor deliver; all filters hold, their order does not matter"},
	{FILTER_TEXT(port, 1), .type = CONF_TYPE_NAME, .path = "port", .zero_word = "all", .fallback = "all",
		LIVE, .help = "node port that frames come in by or go out of; all = each of them"},
	{.scope = CONF_SCOPE_FILTER,
		.type = CONF_TYPE_SERVICES,
		.path = "deny-service",
		LIVE,
		.help = "Data to or from these service ports is dropped"},
	{.scope = CONF_SCOPE_FILTER,
		FIELD(struct conf_filter, deny_ids),
		.type = CONF_TYPE_MACS,
		.path = "deny-id",
		LIVE,
		.help = "frames of these RoMON ids are dropped"},

	{ROOT(limits.discover_in_pps), .type = CONF_TYPE_UINT, .path = "limits.discover-in", .min = 1,
		.max = 10000000, .unit = "frames/s", .zero_word = "none", .fallback = "2000", LIVE, OPERATE,
		.help = "Discovers taken from one port"},
	{ROOT(limits.answers_per_origin_pps), .type = CONF_TYPE_UINT, .path = "limits.answers-per-origin",
		.min = 1, .max = 10000000, .unit = "frames/s", .zero_word = "none", .fallback = "20", LIVE,
		OPERATE,
		.help = "Discovers of one origin that are flooded or answered; answers to copies that are not flooded may use half of it"},
	{ROOT(limits.bad_digests_pps), .type = CONF_TYPE_UINT, .path = "limits.bad-digests", .min = 1,
		.max = 10000000, .unit = "frames/s", .fallback = "10000", LIVE, OPERATE,
		.help = "frames with a wrong signature, or of senders without a right one so far, that are looked at, for each port"},
	{ROOT(limits.punt_pps), .type = CONF_TYPE_UINT, .path = "limits.punt", .min = 1, .max = 10000000,
		.unit = "frames/s", .fallback = "10000", LIVE, OPERATE,
		.help = "frames of a port that a worker hands to control, for each class"},
	{ROOT(limits.punt_spare_pps), .type = CONF_TYPE_UINT, .path = "limits.punt-spare", .min = 1,
		.max = 10000000, .unit = "frames/s", .fallback = "40000", LIVE, OPERATE,
		.help = "the same of Data, which streams are made of, while the worker has time to spare; never below limits.punt"},
	{ROOT(limits.neighbors_per_port), .type = CONF_TYPE_UINT, .path = "limits.neighbors-per-port",
		.min = 1, .max = 16777216, .unit = "neighbors", .fallback = "4096", RESTART,
		.help = "neighbors remembered on one port"},
	{ROOT(limits.neighbors), .type = CONF_TYPE_UINT, .path = "limits.neighbors", .min = 1,
		.max = 16777216, .unit = "neighbors", .fallback = "1000000", RESTART,
		.help = "neighbors remembered by one worker on all its ports"},
	{ROOT(limits.origins), .type = CONF_TYPE_UINT, .path = "limits.origins", .min = 16, .max = 16777216,
		.unit = "origins", .fallback = "65536", RESTART,
		.help = "origins of Discovers that one worker remembers"},

	{ROOT(limits.streams), .type = CONF_TYPE_UINT, .path = "limits.streams", .min = 1, .max = 65535,
		.unit = "streams", .fallback = "1024", RESTART,
		.help = "streams to and from other nodes, in all (docs/reach.md)"},
	{ROOT(limits.streams_per_node), .type = CONF_TYPE_UINT, .path = "limits.streams-per-node", .min = 1,
		.max = 65535, .unit = "streams", .fallback = "64", LIVE, OPERATE,
		.help = "streams to and from one node"},
	{ROOT(limits.streams_half_open), .type = CONF_TYPE_UINT, .path = "limits.streams-half-open", .min = 1,
		.max = 65535, .unit = "streams", .fallback = "8", LIVE, OPERATE,
		.help = "streams that one node opened and did not confirm yet"},
	{ROOT(limits.stream_opens_pps), .type = CONF_TYPE_UINT, .path = "limits.stream-opens", .min = 1,
		.max = 100000, .unit = "streams/s", .fallback = "10", LIVE, OPERATE,
		.help = "streams that one node may open; what is more gets no answer, and is asked for "
			"again"},

	{ROOT(workers.cores), .type = CONF_TYPE_CORES, .path = "workers.cores", .max = 1023,
		.fallback = "auto", RESTART,
		.help = "CPUs that forward, one worker each; auto leaves one CPU to control and takes one for the node and one for each relay group; a list spreads node ports over its CPUs"},
	{ROOT(workers.idle), .type = CONF_TYPE_ENUM, .path = "workers.idle", .words = idle_words,
		.fallback = "interrupt", RESTART,
		.help = "what a worker does without frames: adaptive sleeps for growing short times, interrupt then until a frame comes where all its devices can tell of one, busy polls on"},
	{ROOT(workers.burst), .type = CONF_TYPE_UINT, .path = "workers.burst", .min = 1, .max = 64,
		.unit = "frames", .fallback = "32", RESTART,
		.help = "most frames taken from a queue at once; for each worker where the port has dispatch"},

	{ROOT(memory.hugepages), .type = CONF_TYPE_ENUM, .path = "memory.hugepages", .words = huge_words,
		.fallback = "auto", RESTART,
		.help = "auto uses hugepages when enough are free, else ordinary pages; on refuses to start without them"},
	{ROOT(memory.mbufs), .type = CONF_TYPE_UINT, .path = "memory.mbufs", .min = 1024, .max = 16777216,
		.unit = "frames", .zero_word = "auto", .fallback = "auto", RESTART,
		.help = "size of the frame pool of a NUMA socket; auto computes it from ports and workers"},

	{ROOT(services.ping), .type = CONF_TYPE_BOOL, .path = "services.ping", .fallback = "true", LIVE,
		OPERATE, .help = "answer pings"},
	{ROOT(services.ssh_is_enabled), .type = CONF_TYPE_BOOL, .path = "services.ssh.enabled",
		.fallback = "false", LIVE,
		.help = "let other nodes reach services.ssh.to through RoMON, as service 3 (SSH)"},
	{ROOT_TEXT(services.ssh_to, 3), .type = CONF_TYPE_ENDPOINT, .path = "services.ssh.to",
		.fallback = "127.0.0.1:22", LIVE,
		.help = "TCP server behind the ssh service; names "
			"are not looked up"},
	{ROOT(services.allow_ids), .type = CONF_TYPE_MACS, .path = "services.allow-id", LIVE,
		.help = "RoMON ids of the nodes that may reach services other than ping; empty = every node"},

	{.scope = CONF_SCOPE_ROOT,
		.type = CONF_TYPE_FORWARDS,
		.path = "forwards",
		LIVE,
		.help = "TCP ports of this machine that lead to services of nodes (docs/reach.md)"},

	{ROOT_TEXT(control.socket, 1), .type = CONF_TYPE_PATH, .path = "control.socket",
		.fallback = "/run/romond/control.sock", RESTART,
		.help = "UNIX socket of romonctl; mode 0660"},
	{ROOT_TEXT(control.group, 1), .type = CONF_TYPE_NAME, .path = "control.group", .fallback = "romon",
		RESTART, .help = "group whose members may look and operate (docs/permissions.md)"},
	{ROOT_TEXT(control.read_group, 0), .type = CONF_TYPE_NAME, .path = "control.read-group",
		.zero_word = "none", .fallback = "none", RESTART,
		.help = "group whose members may only look; then the socket has mode 0666, and romond tells who may connect"},

	{ROOT_TEXT(state.dir, 0), .type = CONF_TYPE_PATH, .path = "state.dir", .zero_word = "none",
		.fallback = "/var/lib/romond", RESTART,
		.help = "directory of what survives a restart: the inventory and the history of events; none keeps nothing. Each romond needs its own"},
	{ROOT(state.history_max), .type = CONF_TYPE_UINT, .path = "state.history-max", .min = 1,
		.max = 10000000, .unit = "events", .zero_word = "none", .fallback = "10000", LIVE,
		.help = "events kept in the history; the oldest go"},

	{ROOT_TEXT(events.exec, 0), .type = CONF_TYPE_PATH, .path = "events.exec", .zero_word = "none",
		.fallback = "none", LIVE,
		.help = "program run for each event, without a shell, with the event in its environment (docs/events.md)"},
	{ROOT(events.exec_timeout_ms), .type = CONF_TYPE_DURATION_MS, .path = "events.exec-timeout",
		.min = 100, .max = 3600000, .fallback = "10s", LIVE,
		.help = "time after which that program is killed"},

	{ROOT(log.level), .type = CONF_TYPE_ENUM, .path = "log.level", .words = level_words,
		.fallback = "info", LIVE, OPERATE, .help = "least important messages that are written"},
	{ROOT(log.format), .type = CONF_TYPE_ENUM, .path = "log.format", .words = format_words,
		.fallback = "text", LIVE, OPERATE, .help = "one line of text or one JSON object per message"},

	{ROOT_TEXT(eal_args, 0), .type = CONF_TYPE_TEXT, .path = "eal-args", .fallback = "", RESTART,
		.help = "arguments for DPDK's EAL, appended to those that romond derives; the way out when those do not fit"},
	{ROOT_TEXT(file_prefix, 1), .type = CONF_TYPE_NAME, .path = "file-prefix", .fallback = "romond",
		RESTART, .help = "prefix of DPDK's runtime files; each romond on a machine needs its own"},

	{FORWARD_TEXT(listen, 3), .type = CONF_TYPE_ENDPOINT, .path = "listen",
		.fallback_note = "must be given", LIVE,
		.help = "address and TCP port to listen on; whoever reaches it reaches the service: "
			"127.0.0.1 for this machine alone"},
	{FORWARD_TEXT(to, 1), .type = CONF_TYPE_TEXT, .path = "to", .fallback_note = "must be given", LIVE,
		.help = "the node: its RoMON id or its identity"},
	{FORWARD_TEXT(service, 1), .type = CONF_TYPE_SERVICE, .path = "service", .fallback = "ssh", LIVE,
		.help = "its service"},
};

const size_t conf_n_keys = BASE_ARRAY_LEN(conf_keys);

uint16_t conf_service_parse(const char *text)
{
	char *end;

	for (const struct conf_word *w = conf_service_words; w->word != NULL; w++) {
		if (strcmp(w->word, text) == 0)
			return (uint16_t)w->value;
	}
	unsigned long n = strtoul(text, &end, 10);
	return text[0] >= '0' && text[0] <= '9' && *end == '\0' && n <= UINT16_MAX ? (uint16_t)n : 0;
}

bool conf_type_is_container(enum conf_type type)
{
	return type == CONF_TYPE_PORTS || type == CONF_TYPE_GROUPS || type == CONF_TYPE_RELAYS ||
	       type == CONF_TYPE_FILTERS || type == CONF_TYPE_FORWARDS;
}

const struct conf_key *conf_key_find(enum conf_scope scope, const char *path)
{
	for (size_t i = 0; i < conf_n_keys; i++) {
		if (conf_keys[i].scope == scope && strcmp(conf_keys[i].path, path) == 0)
			return &conf_keys[i];
	}
	return NULL;
}

// What follows "section." in path, or NULL. Section "" is followed by the whole path.
static const char *below(const char *path, const char *section)
{
	size_t len = strlen(section);

	if (len == 0)
		return path;
	return strncmp(path, section, len) == 0 && path[len] == '.' ? path + len + 1 : NULL;
}

bool conf_key_is_section(enum conf_scope scope, const char *path)
{
	for (size_t i = 0; i < conf_n_keys; i++) {
		if (conf_keys[i].scope == scope && below(conf_keys[i].path, path) != NULL)
			return true;
	}
	return false;
}

const char *conf_key_suggest(enum conf_scope scope, const char *section, const char *typed, char name[32])
{
	const char *best = NULL;
	char names[128][32];
	const char *words[128];
	size_t n = 0;

	for (size_t i = 0; i < conf_n_keys && n < BASE_ARRAY_LEN(words); i++) {
		const char *rest = below(conf_keys[i].path, section);

		if (conf_keys[i].scope != scope || rest == NULL)
			continue;
		size_t len = strcspn(rest, ".");
		if (len >= sizeof(names[n]))
			continue;
		memcpy(names[n], rest, len);
		names[n][len] = '\0';
		words[n] = names[n];
		n++;
	}
	best = base_suggest(typed, words, n);
	if (best == NULL)
		return NULL;
	memcpy(name, best, strlen(best) + 1);
	return name;
}

const char *conf_reload_name(enum conf_reload reload)
{
	switch (reload) {
	case CONF_RELOAD_NONE:
		break;
	case CONF_RELOAD_LIVE:
		return "live";
	case CONF_RELOAD_PORT:
		return "port restart";
	case CONF_RELOAD_RESTART:
		return "restart";
	}
	return "none";
}
