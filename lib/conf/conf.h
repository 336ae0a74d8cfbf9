// SPDX-License-Identifier: BSD-3-Clause
// The configuration as typed, validated, immutable values (docs/config.md lists every key). Loaded and
// freed by control threads; nothing changes a struct conf after conf_load() returned it.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "auth_scheme.h"
#include "base_err.h"
#include "base_log.h"
#include "base_mac.h"

#define CONF_PORTS_MAX       64 // node and relay ports together: flood sets are 64-bit masks
#define CONF_DEVICES_MAX     32 // devices behind the ports that are not disabled
#define CONF_GROUPS_MAX      32
#define CONF_SECRETS_MAX     4
#define CONF_SECRET_LEN_MAX  64
#define CONF_FILTERS_MAX     64
#define CONF_FILTER_LIST_MAX 64
#define CONF_IDS_MAX         64
#define CONF_FORWARDS_MAX    64
#define CONF_CORES_MAX       16
#define CONF_NAME_LEN_MAX    31
#define CONF_DEVICE_LEN_MAX  1023
#define CONF_TEXT_LEN_MAX    127
#define CONF_PATH_LEN_MAX    255
#define CONF_LINK_ID_MAX     65535
#define CONF_RATE_UNLIMITED  0 // what "none" becomes in a rate
#define CONF_FILE_SIZE_MAX   (1024 * 1024)
#define CONF_EDITS_MAX       512 // above one file

enum conf_role { CONF_ROLE_INVALID, CONF_ROLE_AGENT, CONF_ROLE_MASTER };
enum conf_answer_style { CONF_ANSWER_INVALID, CONF_ANSWER_UNWIND, CONF_ANSWER_SWAP };
enum conf_data_dst { CONF_DATA_DST_INVALID, CONF_DATA_DST_UNICAST, CONF_DATA_DST_MULTICAST };
enum conf_driver { CONF_DRIVER_INVALID, CONF_DRIVER_AUTO, CONF_DRIVER_AF_XDP, CONF_DRIVER_AF_PACKET };
enum conf_dispatch { CONF_DISPATCH_INVALID, CONF_DISPATCH_NONE, CONF_DISPATCH_NEIGHBOR };
enum conf_mode { CONF_MODE_INVALID, CONF_MODE_NODE, CONF_MODE_RELAY };
enum conf_idle { CONF_IDLE_INVALID, CONF_IDLE_INTERRUPT, CONF_IDLE_ADAPTIVE, CONF_IDLE_BUSY };
enum conf_hugepages { CONF_HUGE_INVALID, CONF_HUGE_AUTO, CONF_HUGE_ON, CONF_HUGE_OFF };
enum conf_log_format { CONF_LOG_INVALID, CONF_LOG_TEXT, CONF_LOG_JSON };

// How a change of a key takes effect. The worst class among the changed keys is what a reload needs.
enum conf_reload {
	CONF_RELOAD_NONE,    // nothing changed
	CONF_RELOAD_LIVE,    // next snapshot; no frame is lost
	CONF_RELOAD_PORT,    // the ports named are closed, opened or set up anew
	CONF_RELOAD_RESTART, // takes effect at the next start; the running value stays
};

struct conf_secrets {
	uint32_t n;
	char text[CONF_SECRETS_MAX][CONF_SECRET_LEN_MAX + 1]; // "" = unsigned (docs/protocol.md section 7)
};

struct conf_port {
	char name[CONF_NAME_LEN_MAX + 1];
	char device[CONF_DEVICE_LEN_MAX + 1]; // kernel interface, PCI address or DPDK vdev string
	char comment[CONF_TEXT_LEN_MAX + 1];
	enum conf_mode mode;
	enum conf_driver driver; // of a kernel interface
	enum conf_data_dst data_dst;
	enum conf_dispatch dispatch; // node ports; one value for all ports of a device
	uint32_t group_idx;          // relay ports: index into conf.groups
	uint32_t link_id;            // node ports: 1..65535, unique; from the key link-id, else from the name
	uint16_t vlan;               // 0 = untagged
	uint16_t cost;               // 1..65535
	bool forbid;                 // opened and counted, but neither sends nor takes a frame
	bool is_disabled;            // not opened at all
	struct conf_secrets secrets; // the port's own; empty = the global list
	uint32_t line;               // where the port stands in the file
};

struct conf_group {
	char name[CONF_NAME_LEN_MAX + 1];
	uint32_t storm_limit_pps; // frames a second and port; CONF_RATE_UNLIMITED
	uint32_t loop_guard_ms;
};

// A list of RoMON ids.
struct conf_ids {
	uint32_t n;
	struct base_mac id[CONF_IDS_MAX];
};

struct conf_filter {
	char port[CONF_NAME_LEN_MAX + 1]; // "" = every node port
	uint32_t n_deny_services;
	uint16_t deny_services[CONF_FILTER_LIST_MAX];
	struct conf_ids deny_ids;
};

// A TCP port of this machine that leads to a service of a node.
struct conf_forward {
	char name[CONF_NAME_LEN_MAX + 1];
	char listen[64];                     // base_endpoint_parse()
	char to[CONF_TEXT_LEN_MAX + 1];      // RoMON id, or identity
	char service[CONF_NAME_LEN_MAX + 1]; // conf_service_parse()
};

struct conf_limits {
	uint32_t discover_in_pps;        // a port; CONF_RATE_UNLIMITED
	uint32_t answers_per_origin_pps; // answers and re-floods of one origin
	uint32_t bad_digests_pps;        // frames looked at, a port
	uint32_t punt_pps;               // frames handed to control, a worker, port and class
	uint32_t punt_spare_pps;         // the same of Data, while the worker has time to spare
	uint32_t neighbors_per_port;
	uint32_t neighbors; // all ports of one worker together
	uint32_t origins;   // remembered origins of Discovers, a worker
	uint32_t streams;
	uint32_t streams_per_node;
	uint32_t streams_half_open; // of one node
	uint32_t stream_opens_pps;  // of one node
};

// A file as it was read, comments and secrets included; in memory of base_secmem.h, shared by copies of a
// conf. All of them are one thread's.
struct conf_text {
	uint32_t n_users;
	size_t len;
	char bytes[];
};

struct conf {
	struct {
		bool is_enabled;
		bool id_is_auto;
		struct base_mac id;
		char identity[CONF_TEXT_LEN_MAX + 1]; // host name when the file has none
		enum conf_role role;
		char master_id[CONF_TEXT_LEN_MAX + 1];
		uint8_t channel;
		struct conf_secrets secrets; // from the key secrets, or from the file below
		struct auth_scheme auth_scheme;
		char secrets_file[CONF_PATH_LEN_MAX + 1]; // "" = none; was read at load
		uint8_t hop_limit;
		uint32_t flood_hold_ms; // 0 = off
		enum conf_answer_style answer_style;
		uint32_t neighbor_age_s; // silence after which a neighbor is forgotten
	} romon;
	struct {
		uint32_t interval_ms;
		uint32_t late_after;
		uint32_t down_after;
		uint32_t inventory_max;
		struct conf_ids masters; // that are asked, and answered; empty = any
	} discovery;
	bool others_forbid;                 // ports.all.forbid
	uint16_t others_cost;               // ports.all.cost: for ports that give none
	struct conf_secrets others_secrets; // ports.all.secrets: likewise, and already in conf_port.secrets
	uint32_t n_ports;                   // node ports first, then relay ports; each in file order
	struct conf_port ports[CONF_PORTS_MAX];
	uint32_t n_groups;
	struct conf_group groups[CONF_GROUPS_MAX];
	uint32_t n_filters;
	struct conf_filter filters[CONF_FILTERS_MAX];
	uint32_t n_forwards; // in file order
	struct conf_forward forwards[CONF_FORWARDS_MAX];
	struct conf_limits limits;
	struct {
		bool cores_are_auto;
		uint32_t n_cores;
		uint16_t cores[CONF_CORES_MAX];
		enum conf_idle idle;
		uint16_t burst; // 1..64
	} workers;
	struct {
		enum conf_hugepages hugepages;
		uint32_t mbufs; // 0 = auto
	} memory;
	struct {
		bool ping;
		bool ssh_is_enabled;
		char ssh_to[CONF_TEXT_LEN_MAX + 1];
		struct conf_ids allow_ids; // that may reach services; empty = any
	} services;
	struct {
		char socket[108]; // sun_path
		char group[CONF_NAME_LEN_MAX + 1];
		char read_group[CONF_NAME_LEN_MAX + 1]; // "" = none
	} control;
	struct {
		char dir[CONF_PATH_LEN_MAX + 1]; // "" = keep nothing
		uint32_t history_max;            // events; 0 = none
	} state;
	struct {
		char exec[CONF_PATH_LEN_MAX + 1]; // "" = none
		uint32_t exec_timeout_ms;
	} events;
	struct {
		enum base_log_level level;
		enum conf_log_format format;
	} log;
	char eal_args[CONF_DEVICE_LEN_MAX + 1];  // escape hatch, appended to what romond derives
	char file_prefix[CONF_NAME_LEN_MAX + 1]; // of DPDK's runtime files; default "romond"
	struct conf_text *text;    // what it was loaded from; NULL = memory, or secrets were wiped
	bool text_has_secrets;     // it itself, whatever edits say
	struct conf_text *overlay; // edits above it (conf_edit.h); NULL = none
	uint32_t n_edits;
	uint32_t n_left_out; // of these: they do not fit the file any more
	uint64_t left_out[CONF_EDITS_MAX / 64];
};

// What was found in a file: errors and warnings, in file order.
struct conf_issue {
	uint32_t line; // from 1; 0 = the file as a whole
	uint32_t column;
	bool is_warning;
	char text[240]; // "ports.ether1.cost: expected 1..65535, got 70000"
};

#define CONF_ISSUES_MAX 100 // what comes after is counted, not kept

struct conf_issues {
	uint32_t n;
	uint32_t n_errors;
	uint32_t n_lost;
	struct conf_issue list[CONF_ISSUES_MAX];
};

// A conf stands in memory of base_secmem.h: locked, not dumped. Files that hold secrets are refused when
// others may read them (docs/secrets.md).
//
// Load and validate a file: a regular one of at most CONF_FILE_SIZE_MAX bytes, anything else is refused
// unread. Returns a new conf (free with conf_free), or NULL when issues->n_errors > 0
// or the file cannot be read (which is an issue too). Warnings may come with a valid conf: keys whose
// feature is "not in this build yet". Control thread; reads the file, and what it names, only.
BASE_MUST_USE struct conf *conf_load(const char *path, struct conf_issues *issues);

// Where a configuration comes from, beside a path.
struct conf_source {
	const char *path;
	int fd; // the open file, which path only names; -1 = path is opened. Stays the caller's
	// What is read in the place of the file that romon.secrets-file names; that key keeps its value. NULL
	// = nothing is. A configuration without romon.secrets-file is then an error.
	const char *secrets_file;
	int secrets_fd;               // likewise
	const struct conf_text *text; // taken in place of a file, and shared; path names it. NULL = none
	// Edits that hold above it, shared; NULL = none. Those that do not fit are left out, with a warning,
	// but of the last n_must each one has to fit.
	const struct conf_text *overlay;
	uint32_t n_must;
	// romon.secrets-file is not read while it is the one that this conf names: its secrets are taken.
	const struct conf *secrets_of;
	// For who runs on it: a file that others than root and our own user could have changed is refused
	// (base_file_judge()), and such a program of events.exec is a warning.
	bool is_judged;
};

BASE_MUST_USE struct conf *conf_load_from(const struct conf_source *source, struct conf_issues *issues);

// The same from memory; name stands for the file in messages.
BASE_MUST_USE struct conf *conf_load_text(const char *text, size_t len, struct conf_issues *issues);

// A text of our own, shared by conf_text_share() until each share is given back. NULL with errno; accept
// NULL.
BASE_MUST_USE struct conf_text *conf_text_make(const char *bytes, size_t len);
struct conf_text *conf_text_share(const struct conf_text *text);
void conf_text_release(struct conf_text *text); // the last one wipes it
bool conf_text_equal(const struct conf_text *a, const struct conf_text *b);

// The text of a conf with its edits counted in: the text itself where there are none, else without the
// comments of the file. NULL with errno; give it back by conf_text_release().
BASE_MUST_USE struct conf_text *conf_text_whole(const struct conf *conf);

void conf_free(struct conf *conf); // wipes it; accepts NULL

// Wipe all secrets in it, as if there had been none: for a copy that is kept for other reasons.
void conf_forget_secrets(struct conf *conf);

// A second conf with the same values and text, or NULL with errno. Free with conf_free().
BASE_MUST_USE struct conf *conf_copy(const struct conf *conf);

// The text of the first error; "" = none is listed.
const char *conf_issues_error(const struct conf_issues *issues);

// "PATH:LINE:COL: error|warning…" lines. Errors print as "PATH:LINE:COL: text", warnings as
// "PATH:LINE:COL: warning: text".
void conf_issues_print(const struct conf_issues *issues, const char *path, FILE *out);

// A service by its number, or by its name: "ssh". 0 = neither.
uint16_t conf_service_parse(const char *text);

// One changed key. Secrets are shown as "(n secrets)", never as text.
struct conf_change {
	char key[96]; // "ports.ether1.cost"
	char before[128];
	char after[128];
	enum conf_reload reload;
};

// What changed between two configurations, key by key from the schema table; a port that is only in one
// of them is one change "ports.NAME" with before or after "(absent)". Returns the number of changes;
// fills at most max. worst gets the strongest reload class, CONF_RELOAD_NONE when nothing changed.
size_t conf_diff(const struct conf *before, const struct conf *after, struct conf_change *out, size_t max,
	enum conf_reload *worst);

const char *conf_reload_name(enum conf_reload reload); // "none", "live", "port restart", "restart"

// Write the effective configuration as YAML with every key, secrets as "(hidden)". For `config show`.
// Returns a malloc()ed string that the caller frees, or NULL with errno.
BASE_MUST_USE char *conf_show(const struct conf *conf);

// Write docs/config.md ("markdown") from the schema table to out. Used by the build, not by the daemon.
int conf_schema_print(FILE *out);

// Index of the port called name, or -ENOENT.
int conf_port_find(const struct conf *conf, const char *name);

// Why a secret is weak, as a sentence that goes on behind its name and shows no part of it; NULL = it is not.
const char *conf_secret_weakness(const char *secret);

// Is there a secret in it anywhere?
bool conf_has_secrets(const struct conf *conf);

// Does a port of this node speak RoMON without a secret: not disabled or forbidden, no relay, no list of its
// own, none for all? One whose list holds "" has its own warning.
bool conf_port_is_unsigned(const struct conf *conf, const struct conf_port *port);

// The effective list of a port: its own when non-empty, else the global one.
const struct conf_secrets *conf_port_secrets(const struct conf *conf, const struct conf_port *port);

// Does a port with this list take frames without a signature: is it empty, or is "" in it?
bool conf_secrets_take_unsigned(const struct conf_secrets *list);
