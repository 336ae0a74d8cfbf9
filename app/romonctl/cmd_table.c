// SPDX-License-Identifier: BSD-3-Clause
// The commands. A new command is a row here, and at most a print function. Main thread.
#include "cmd.h"

static const struct out_column decode_columns[] = {
	{"NUMBER", "number", OUT_KIND_NUMBER, false},
	{"TIME", "time", OUT_KIND_TEXT, false},
	{"INTERFACE", "interface", OUT_KIND_TEXT, false},
	{"DIR", "direction", OUT_KIND_TEXT, false},
	{"TYPE", "type", OUT_KIND_TEXT, true},
	{"SOURCE", "src", OUT_KIND_TEXT, false},
	{"DESTINATION", "dst", OUT_KIND_TEXT, false},
	{"HOP", "hop", OUT_KIND_TEXT, false},
	{"SUMMARY", "summary", OUT_KIND_TEXT, false},
	{"LENGTH", "length", OUT_KIND_NUMBER, true},
	{"VLAN", "vlan", OUT_KIND_NUMBER, true},
	{"CHANNEL", "channel", OUT_KIND_NUMBER, true},
	{"SIGNED", "signed", OUT_KIND_TEXT, true},
	{"VERDICT", "verdict", OUT_KIND_STATE, true},
	{"ETH-SRC", "eth-src", OUT_KIND_TEXT, true},
	{"ETH-DST", "eth-dst", OUT_KIND_TEXT, true},
};

#define COLUMNS(a) .columns = a, .n_columns = BASE_ARRAY_LEN(a)

// Parameters that romond takes: type, help and words are those of its schema.
#define PARAM(word, its_key)                 \
	{                                    \
		.name = word, .key = its_key \
	}
#define PARAM_L(word, its_key, its_letter)                         \
	{                                                          \
		.name = word, .key = its_key, .letter = its_letter \
	}
// Seconds, as ping takes them.
#define PARAM_S(word, its_key, its_letter)                                                     \
	{                                                                                      \
		.name = word, .key = its_key, .value = CMD_VALUE_SECONDS, .letter = its_letter \
	}

// clang-format off
// Of backup, restore and run: ssh.
#define SSH_OPTS                                                                                            \
	{.name = "--user", .value = CMD_VALUE_TEXT, .help = "who logs in there; else as ssh has it"},       \
	{.name = "--identity-file", .letter = 'i', .value = CMD_VALUE_FILE, .help = "the key, as of ssh"},  \
	{.name = "--ssh-config", .letter = 'F', .value = CMD_VALUE_FILE,                                    \
		.help = "a configuration of ssh in place of ~/.ssh/config"},                                \
	{.name = "--timeout", .value = CMD_VALUE_DURATION,                                                  \
		.help = "time that one command of a node may take (default: 60s)"},                         \
	{.name = "--ask-pass", .value = CMD_VALUE_FLAG,                                                     \
		.help = "ask once for the password of all of them; else keys, or an agent"},                \
	{.name = "--accept-new", .value = CMD_VALUE_FLAG,                                                   \
		.help = "take the host key of a node that was never seen; a changed one is refused"},       \
	{.name = "--legacy", .value = CMD_VALUE_FLAG,                                                       \
		.help = "also the old algorithms that RouterOS 6 needs"}

// Of backup and run: which nodes.
#define MANY_ARG {.name = "NODE", .value = CMD_VALUE_ID, .help = SCHEMA_TARGET}
#define MANY_OPTS                                                                                           \
	{.name = "--all", .value = CMD_VALUE_FLAG, .help = "every node of the inventory"},                  \
	{.name = "--match", .value = CMD_VALUE_TEXT, .help = "the nodes that `romonctl nodes PATTERN` lists"}, \
	{.name = "--jobs", .letter = 'j', .value = CMD_VALUE_NUMBER,                                        \
		.help = "nodes at a time (default: 8)"}
// clang-format on

#define FILE_ARG(required, text)                                                                 \
	{                                                                                        \
		.name = "FILE", .key = "path", .value = CMD_VALUE_FILE, .is_required = required, \
		.help = text                                                                     \
	}

#define NEW_SECRET_OPT                                                                \
	{                                                                             \
		.name = "--new-secret-file", .value = CMD_VALUE_FILE,                 \
		.help = "the secret to come is the only line of this file, mode 0600" \
	}

#define REMOVE_OPT                                                                          \
	{                                                                                   \
		.name = "--remove", .value = CMD_VALUE_FLAG,                                \
		.help = "in place of a new secret: send unsigned, and take unsigned frames" \
	}

// clang-format off
const struct cmd cmd_rows[] = {
	{
		.name = "status",
		.api_cmd = "status",
		.help = "show what romond is, runs on and has done",
		.print = cmd_print_status,
		.run = cmd_run_object,
	}, {
		.name = "ports",
		.api_cmd = "ports",
		.help = "list ports with their state, driver and counters",
		.details = "The wide format adds addresses, byte counters and why a driver was chosen.",
		.empty = "no ports are configured: add some under ports: in the configuration file",
		.run = cmd_run_list,
	}, {
		.name = "neighbors",
		.api_cmd = "neighbors",
		.help = "list the RoMON routers heard on the ports",
		.args = {PARAM("PORT", "port")},
		.empty = "no neighbors heard yet; `romonctl why` explains",
		.run = cmd_run_pages,
	}, {
		.name = "nodes",
		.api_cmd = "nodes",
		.api_also = "nodes-follow",
		.help = "list the inventory: every node that ever answered, with its status and path",
		.details = "A master asks by itself; an agent knows what it last asked for. The wide format adds the path. PATTERN is a part of an identity, board, master or address, or a pattern as of file names that fits the whole of one, in any case.",
		.args = {PARAM("PATTERN", "match")},
		.opts = {PARAM("--status", "status"),
			{.name = "--follow", .letter = 'f', .value = CMD_VALUE_FLAG,
			.help = "all of them, then each that changes or goes, as it happens; until Ctrl-C"}},
		.empty = "no such node is known; `romonctl discover` asks who is there",
		.run = cmd_run_nodes,
	}, {
		.name = "node",
		.api_cmd = "node",
		.help = "show one node and the way to it",
		.args = {PARAM("ID", "id")},
		.print = cmd_print_node,
		.seeks_node = true,
		.run = cmd_run_object,
	}, {
		.name = "forget",
		.api_cmd = "node-forget",
		.help = "remove a node from the inventory",
		.details = "A node that lives comes back with its next answer.",
		.args = {PARAM("ID", "id")},
		.print = cmd_print_node,
		.run = cmd_run_object,
	}, {
		.name = "topology",
		.help = "show the overlay as a tree of least costly paths",
		.details = "With -o json nodes and edges; with -o dot a graph for Graphviz.",
		.has_dot = true,
		.run = cmd_run_topology,
	}, {
		.name = "discover",
		.api_cmd = "discover",
		.help = "ask who is there, each second, and list the answers",
		.details = "On a terminal the table stays in place until Ctrl-C. Exit code 1 when nobody answered.",
		.opts = {PARAM("--once", "once"),
			PARAM_S("--duration", "duration-ms", 'd')},
		.empty = "nobody answered; `romonctl why` explains",
		.print = cmd_print_discover,
		.verdict = cmd_verdict_discover,
		.run = cmd_run_discover,
	}, {
		.name = "ping",
		.api_cmd = "ping",
		.help = "measure round trips to a node",
		.details = "Runs until Ctrl-C, or for --count pings. Exit code 0 when one answer came, 1 when none did or the node is down, 4 when no such node is known and none answers. STATUS is ok, timeout, or why a ping did not leave: egress-mtu (too long for the path), no-path, port-down, no-buffer.",
		.args = {PARAM("ID", "id")},
		.opts = {PARAM_L("--count", "count", 'c'),
			PARAM_S("--interval", "interval-ms", 'i'),
			PARAM("--size", "size"),
			PARAM_S("--timeout", "timeout-ms", 't')},
		.empty = "no ping was sent",
		.print = cmd_print_ping,
		.verdict = cmd_verdict_ping,
		.has_summary_row = true,
		.run = cmd_run_feed,
	}, {
		.name = "proxy",
		.api_cmd = "stream-open",
		.help = "make standard input and output a stream to a service of a node",
		.details = "For OpenSSH: `ssh -o ProxyCommand='romonctl proxy %h' admin@DuneGW`. Nothing but the bytes is written to standard output. Exit codes: 4 no such node, 6 no path to it, 7 it does not answer, 8 it refuses the service, 9 the stream broke.",
		.args = {PARAM("NODE", "id"), PARAM("SERVICE", "service")},
		.run = cmd_run_proxy,
	}, {
		.name = "ssh",
		.help = "run OpenSSH to a node that needs no IP address",
		.details = "What stands behind the node goes to ssh: its options, and a command. Host keys are kept under the node's RoMON id, so that another router that takes the name is noticed.",
		.args = {{.name = "[USER@]NODE", .value = CMD_VALUE_ID, .is_required = true,
			.help = SCHEMA_TARGET "; and who logs in there"}},
		.opts = {{.name = "--legacy", .value = CMD_VALUE_FLAG,
			.help = "also the old algorithms that RouterOS 6 needs"}},
		.rest_from = 1,
		.run = cmd_run_ssh,
	}, {
		.name = "ssh-config",
		.help = "print what lets plain ssh, scp, sftp, rsync and Ansible reach nodes",
		.details = "For ~/.ssh/config: then `ssh admin@romon/DuneGW` and `scp FILE admin@DuneGW.romon:` work.",
		.run = cmd_run_ssh_config,
	}, {
		.name = "forward",
		.help = "make a TCP port of this machine lead to a service of a node",
		.details = "For WinBox: `romonctl forward 8291 DuneGW winbox`, then its Connect to 127.0.0.1:8291. Runs until Ctrl-C, which ends its sessions too (exit code 130).",
		.args = {{.name = "[ADDRESS:]PORT", .value = CMD_VALUE_TEXT, .is_required = true,
				 .help = "where to listen; on 127.0.0.1 unless an address is given"},
			{.name = "NODE", .key = "id", .value = CMD_VALUE_ID, .is_required = true,
				.help = SCHEMA_TARGET},
			{.name = "SERVICE", .key = "service", .value = CMD_VALUE_TEXT, .is_required = true,
				.help = "ssh, winbox, or the number of a service"}},
		.run = cmd_run_forward,
	}, {
		.name = "backup",
		.help = "save the configuration of many nodes, over SSH by RoMON",
		.details = "An export that is not proven whole is no backup, and changes nothing. A node whose configuration did not change gets no new file. A run that was killed goes on when it is started again. Exit code 0 when all nodes are saved or unchanged, 5 when some are, 1 when none is. docs/backup.md shows how to do it every night.",
		.has_many = true,
		.args = {MANY_ARG},
		.opts = {MANY_OPTS, SSH_OPTS,
			{.name = "--dir", .letter = 'o', .value = CMD_VALUE_FILE,
				.help = "the folder to write to; made with mode 0700. --output, or -o before the command, is the format"},
			{.name = "--git", .value = CMD_VALUE_FLAG,
				.help = "one file a node, IDENTITY_MAC.rsc, and a commit a run that changed something"},
			{.name = "--show-sensitive", .value = CMD_VALUE_FLAG,
				.help = "also passwords and keys: a file without them restores no access"},
			{.name = "--always", .value = CMD_VALUE_FLAG, .help = "a new file also when nothing changed"},
			{.name = "--keep", .value = CMD_VALUE_NUMBER, .help = "remove all but the newest N files of a node"},
			{.name = "--no-end-mark", .value = CMD_VALUE_FLAG,
				.help = "for a router that cannot write a mark behind its export: what is cut short is not noticed"}},
		.run = cmd_run_backup,
	}, {
		.name = "restore",
		.help = "import a file of `backup` on a router, after showing what would change",
		.details = "Shows the difference to a fresh export, lets RouterOS 7 try the file, asks, imports, and looks whether the router still answers. Refuses a file that would cut the way to it, or that lacks its secrets. Needs the policies ftp, read and write there. What the file does not name stays as it is.",
		.args = {{.name = "NODE", .value = CMD_VALUE_ID, .is_required = true, .help = SCHEMA_TARGET},
			{.name = "FILE", .value = CMD_VALUE_FILE, .is_required = true, .help = "the file to import"}},
		.opts = {{.name = "--dry-run", .value = CMD_VALUE_FLAG, .help = "change nothing"},
			{.name = "--yes", .value = CMD_VALUE_FLAG, .help = "import without a question"},
			{.name = "--force", .value = CMD_VALUE_FLAG, .help = "also a file that is refused otherwise"},
			SSH_OPTS},
		.run = cmd_run_restore,
	}, {
		.name = "run",
		.help = "run the same command on many nodes, over SSH by RoMON",
		.details = "`romonctl run --match 'cap-*' -- /system identity print`. With -o jsonl a line as each node is done. Exit code 0 when it went well on all nodes, 5 on some, 1 on none; what RouterOS reports as text counts as a failure too.",
		.has_many = true,
		.has_tail = true,
		.args = {MANY_ARG},
		.opts = {MANY_OPTS, SSH_OPTS},
		.run = cmd_run_bulk_run,
	}, {
		.name = "streams",
		.api_cmd = "streams",
		.help = "list byte streams to and from other nodes",
		.empty = "no stream is open",
		.run = cmd_run_list,
	}, {
		.name = "stream-close",
		.api_cmd = "stream-close",
		.help = "end a stream at once, on both sides",
		.args = {PARAM("NUMBER", "stream")},
		.print = cmd_print_stream_state,
		.run = cmd_run_object,
	}, {
		.name = "drops",
		.api_cmd = "drops",
		.help = "list dropped frames by reason and port",
		.args = {PARAM("PORT", "port")},
		.opts = {PARAM("--all", "all")},
		.empty = "nothing was dropped; `--all` lists the reasons that could",
		.run = cmd_run_list,
	}, {
		.name = "why",
		.api_cmd = "why",
		.help = "explain why a port or a node is not heard, and how to mend it",
		.details = "Without WHAT all ports. Likely causes stand first; what was wrong, but is not now, is marked as earlier. Exit status 1 when one of them is an error.",
		.args = {PARAM("WHAT", "what")},
		.opts = {PARAM("--size", "size")},
		.print = cmd_print_why,
		.verdict = cmd_verdict_why,
		.seeks_node = true,
		.run = cmd_run_object,
	}, {
		.name = "workers",
		.api_cmd = "workers",
		.help = "list worker threads with their load",
		.empty = "no worker runs",
		.run = cmd_run_list,
	}, {
		.name = "top",
		.help = "show what flows now: rates of ports, frame types and workers",
		.details = "On a terminal: the whole screen until q or Ctrl-C. Elsewhere, and with --once: one block. Rates are of the interval; BUSY% and CYCLES/FRAME are of romond's last second.",
		.opts = {{.name = "--interval", .value = CMD_VALUE_DURATION,
			.help = "time between two looks (default: 1s)"},
			{.name = "--once", .value = CMD_VALUE_FLAG,
			.help = "measure one interval, write one block and end"}},
		.run = cmd_run_top,
	}, {
		.name = "check",
		.help = "tell monitoring how romond is: one line with performance data",
		.details = "Exit codes are those of monitoring plugins: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN. WARNING: a port is down or absent, more than 80 % of the mbufs are in use, the configuration has warnings. CRITICAL: romond is not running or does not answer, no port is up, a worker is stuck, more than 95 % of the mbufs are in use.",
		.opts = {{.name = "--min-neighbors", .value = CMD_VALUE_NUMBER,
			.help = "CRITICAL with fewer neighbors"},
			{.name = "--max-down", .value = CMD_VALUE_NUMBER,
			.help = "CRITICAL when more nodes of the inventory are down"},
			{.name = "--max-drops", .value = CMD_VALUE_NUMBER,
			.help = "WARNING when more frames a second are dropped; takes a second to measure"}},
		.usage_exit = 3,
		.run = cmd_run_check,
	}, {
		.name = "metrics",
		.api_also = "event-counts",
		.help = "print what romond knows as text for Prometheus",
		.details = "The same as /metrics of romon-gw, for the textfile collector of node-exporter: `romonctl metrics --write /var/lib/prometheus/node-exporter/romond.prom`. Without a romond that answers the text says romon_up 0, and the exit code is 3. docs/metrics.md tells of each metric.",
		.opts = {{.name = "--write", .value = CMD_VALUE_FILE, .letter = 'w',
				.help = "write this file, in one step; standard output is the default"},
			{.name = "--nodes", .value = CMD_VALUE_NUMBER,
				.help = "so many nodes, at most, have series of their own (default: 0)"},
			{.name = "--openmetrics", .value = CMD_VALUE_FLAG, .help = "the text of OpenMetrics 1.0"},
			{.name = "--list", .value = CMD_VALUE_FLAG, .help = "only list the metrics; asks no romond"}},
		.run = cmd_run_metrics,
	}, {
		.name = "doctor",
		.help = "look over the machine as an operator would, and say what to do",
		.details = "Works also when romond is down. Exit code 0 when nothing fails (warnings are allowed), else 1.",
		.opts = {{.name = "--config", .letter = 'c', .value = CMD_VALUE_FILE,
			.help = "the configuration (default: the one that romond runs on, else "
			CMD_CONFIG_DEFAULT ")"}},
		.run = cmd_run_doctor,
	}, {
		.name = "events",
		.api_cmd = "events",
		.api_also = "events-follow",
		.help = "list what happened: neighbors, ports, configuration",
		.details = "With --follow alone: only what happens from then on. Ctrl-C ends it.",
		.opts = {PARAM("--since", "since"),
			PARAM("--history", "history"),
			{.name = "--follow", .letter = 'f', .value = CMD_VALUE_FLAG,
			.help = "go on: write each event as it happens"}},
		.empty = "no events",
		.has_summary_row = true,
		.run = cmd_run_events,
	}, {
		.name = "torch",
		.api_cmd = "torch",
		.help = "show who sends how much through a port: by RoMON id, type, service and direction",
		.details = "Until Ctrl-C, or for --duration. On a terminal the table stays in place.",
		.args = {PARAM("PORT", "port")},
		.opts = {PARAM_L("--duration", "duration-ms", 'd'),
			PARAM_L("--interval", "interval-ms", 'i'),
			PARAM("--id", "id")},
		.empty = "nothing passed",
		.seeks_node = true,
		.run = cmd_run_torch,
	}, {
		.name = "capture",
		.api_cmd = "capture",
		.help = "write the frames that pass into a pcapng file",
		.details = "Until Ctrl-C, --count or --duration. Frames that romond drops are captured too. What could not be kept is counted on standard error; forwarding does not suffer. For root: frames are what others say to each other. A new file has mode 0600. Live: `romonctl capture -w - | tshark -r -`.",
		.opts = {{.name = "--write", .value = CMD_VALUE_FILE, .letter = 'w',
				.help = "the file to write; - is standard output"},
			PARAM_L("--port", "port", 'p'),
			PARAM("--id", "id"),
			PARAM("--type", "type"),
			PARAM("--in", "in"),
			PARAM("--out", "out"),
			PARAM_L("--count", "count", 'c'),
			PARAM_L("--duration", "duration-ms", 'd'),
			PARAM("--snaplen", "snaplen")},
		.seeks_node = true,
		.run = cmd_run_capture,
	}, {
		.name = "decode",
		.help = "show the RoMON frames of a capture file; needs no running romond",
		.details = "FILE is pcapng, pcap, or one frame in hex digits; - reads standard input. The JSON formats have every field of a frame, also of a malformed one, as far as its bytes carry.",
		.args = {{.name = "FILE", .key = "path", .value = CMD_VALUE_FILE, .is_required = true,
			.help = "the file to read"}},
		.opts = {{.name = "--verbose", .key = "verbose", .value = CMD_VALUE_FLAG,
			.help = "each frame in words, a fact a line"}},
		COLUMNS(decode_columns),
		.empty = "no RoMON frame in this file",
		.run = cmd_run_decode,
	}, {
		.name = "auth-probe",
		.help = "find out how the frames of a capture are signed; needs no running romond",
		.details = "Tries every construction of docs/protocol.md section 7 with a secret that you know, and prints the one that fits as a line for the configuration. Exit code 4 when none fits, 5 when some frames do not. docs/auth-probe.md tells how to make such a capture of two RouterOS devices.",
		.args = {{.name = "FILE", .key = "path", .value = CMD_VALUE_FILE, .is_required = true,
			.help = "pcapng or pcap; - reads standard input"}},
		.opts = {{.name = "--secret-file", .value = CMD_VALUE_FILE,
				.help = "the secret is the only line of this file; - reads standard input"},
			{.name = "--secret", .value = CMD_VALUE_SECRET,
				.help = "the secret itself. It stands in the list of processes until it is read, and in your shell's history: better use --secret-file"}},
		.run = cmd_run_auth_probe,
	}, {
		.name = "secrets status",
		.api_cmd = "secrets",
		.help = "show how ports are signed, and by which secret their neighbors sign",
		.details = "Entries count from 1, the one that signs. A secret itself is shown nowhere.",
		.empty = "no node ports are configured",
		.run = cmd_run_list,
	}, {
		.name = "secrets plan",
		.help = "show the stages of a change of secrets, and where this node stands",
		.details = "Changes nothing. docs/secrets.md explains the stages.",
		.opts = {NEW_SECRET_OPT, REMOVE_OPT},
		.run = cmd_run_secrets_plan,
	}, {
		.name = "secrets rotate",
		.help = "walk the stages of a change of secrets on this node, without loss",
		.details = "Each stage is a trial: neighbors are asked by pings before and after it, and what cuts one of them off is taken back, by romond itself if romonctl cannot. Run each stage on every node before the next one. May be interrupted at any time and run again: where it stands is read from what is in force. Exit code 1 when nothing was changed, 5 when --auto came only so far.",
		.opts = {NEW_SECRET_OPT, REMOVE_OPT,
			{.name = "--stage", .value = CMD_VALUE_NUMBER,
				.help = "1: accept the new secret; 2: sign with it; 3: accept no other"},
			{.name = "--auto", .value = CMD_VALUE_FLAG,
				.help = "all stages that are left, waiting for neighbors between them: start it on all nodes"},
			{.name = "--confirm-within", .value = CMD_VALUE_DURATION,
				.help = "time of a trial; neighbors have most of it to answer (default 60s)"},
			{.name = "--wait", .value = CMD_VALUE_DURATION,
				.help = "with --auto: wait for neighbors at most so long (default 10m)"}},
		.run = cmd_run_secrets_rotate,
	}, {
		.name = "config check",
		.help = "check a configuration file; needs no running romond",
		.details = "Exit code 0 when romond would take the file (warnings are allowed), 1 otherwise.",
		.args = {FILE_ARG(true, "the file to check")},
		.run = cmd_run_config_check,
	}, {
		.name = "config diff",
		.api_cmd = "config-diff",
		.help = "show what a configuration file would change",
		.details = "A file of your choice is for root; romonctl opens it, and romond reads what it opened.",
		.args = {FILE_ARG(false, "default: the file that romond runs on")},
		.opts = {PARAM("--secrets-file", "secrets-file")},
		.print = cmd_print_config_diff,
		.run = cmd_run_object,
	}, {
		.name = "config show",
		.api_cmd = "config-show",
		.help = "show the effective configuration, secrets hidden",
		.print = cmd_print_config_text,
		.run = cmd_run_object,
	}, {
		.name = "config apply",
		.api_cmd = "config-apply",
		.help = "run on a configuration file until the next restart or reload; config save keeps it",
		.details = "A file with an error changes nothing. With --confirm-within the configuration is on trial: if `romonctl config confirm` does not follow in time, the one before comes back, so that a mistake that cuts you off mends itself. For root.",
		.args = {FILE_ARG(true, "the file to apply")},
		.opts = {PARAM("--confirm-within", "confirm-within-ms"),
			PARAM("--secrets-file", "secrets-file")},
		.print = cmd_print_config_diff,
		.run = cmd_run_object,
	}, {
		.name = "config confirm",
		.api_cmd = "config-confirm",
		.help = "keep the configuration that is on trial",
		.print = cmd_print_config_trial,
		.run = cmd_run_object,
	}, {
		.name = "config rollback",
		.api_cmd = "config-rollback",
		.help = "end a trial: the configuration before comes back; without one, take back the last edit",
		.print = cmd_print_config_trial,
		.run = cmd_run_object,
	}, {
		.name = "config set",
		.api_cmd = "config-set",
		.help = "give keys other values, at once and over restarts",
		.details = "`romonctl config set ports.e0.cost 70 romon.identity edge-1`. A list is written as in the file: `[a, b]`. VALUE - is read from standard input, for secrets. All of it is judged as one configuration: what is not valid changes nothing. Edits are kept in a file of state.dir, above the configuration file, which stays as it is. docs/config.md says which keys are root's.",
		.has_many = true,
		.args = {{.name = "KEY VALUE", .value = CMD_VALUE_ANY, .help = "a key as docs/config.md names it, and its value"}},
		.opts = {PARAM("--confirm-within", "confirm-within-ms")},
		.print = cmd_print_config_diff,
		.run = cmd_run_config_set,
	}, {
		.name = "config add",
		.api_cmd = "config-add",
		.help = "add a port, a relay group or a forward; likewise",
		.details = "`romonctl config add ports e9 device eth9 cost 20`. MAP is ports, relay-groups, relay-groups.NAME.ports or forwards.",
		.has_many = true,
		.args = {{.name = "MAP NAME [KEY VALUE]", .value = CMD_VALUE_ANY,
			.help = "where to, how it is called, and its keys with their values"}},
		.opts = {PARAM("--confirm-within", "confirm-within-ms")},
		.print = cmd_print_config_diff,
		.run = cmd_run_config_add,
	}, {
		.name = "config remove",
		.api_cmd = "config-remove",
		.help = "remove an entry, or give a key its default; likewise",
		.args = {PARAM("KEY", "key")},
		.opts = {PARAM("--confirm-within", "confirm-within-ms")},
		.print = cmd_print_config_diff,
		.run = cmd_run_object,
	}, {
		.name = "config reset",
		.api_cmd = "config-reset",
		.help = "drop edits: what the configuration file says holds again",
		.args = {PARAM("KEY", "key")},
		.opts = {PARAM("--confirm-within", "confirm-within-ms")},
		.print = cmd_print_config_diff,
		.run = cmd_run_object,
	}, {
		.name = "config save",
		.api_cmd = "config-save",
		.help = "write what is in force to a file; without FILE to the configuration file: a restart keeps it",
		.args = {{.name = "FILE", .value = CMD_VALUE_FILE, .help = "default: the file that romond runs on"}},
		.details = "The text as it was applied, comments and all, but that edits of single keys are counted in: then comments are lost, and in the configuration file the edits are not needed any more. Owner and mode of the file stay. The file before is FILE.1, the one before that FILE.2, up to FILE.5. A configuration on trial has to be confirmed first. For root.",
		.run = cmd_run_config_save,
	}, {
		.name = "reload",
		.api_cmd = "reload",
		.help = "read the configuration file that romond runs on again",
		.details = "A file with an error changes nothing.",
		.print = cmd_print_config_diff,
		.run = cmd_run_object,
	}, {
		.name = "log level",
		.api_cmd = "log-level",
		.help = "show or set the level of romond's log",
		.args = {PARAM("LEVEL", "level")},
		.print = cmd_print_log_level,
		.run = cmd_run_object,
	}, {
		.name = "schema",
		.help = "list the commands of the control socket; with -o json their arguments and fields too",
		.details = "Asks no romond. docs/control-socket.md is made of it.",
		.run = cmd_run_schema,
	}, {
		.name = "completion",
		.help = "write the completion script of a shell",
		.details = "For bash: source <(romonctl completion bash)",
		.args = {{.name = "SHELL", .value = CMD_VALUE_WORD, .words = "bash zsh fish", .is_required = true,
			.help = "bash, zsh or fish"}},
		.run = cmd_run_completion,
	}, {
		.name = "__complete",
		.help = "list what may stand at the end of a command line; for completion scripts",
		.run = cmd_run_complete,
		.is_hidden = true,
	}, {
		.name = "man",
		.help = "write the manual page in scdoc's format",
		.run = cmd_run_man,
		.is_hidden = true,
	},
};
// clang-format on

const size_t cmd_n_rows = BASE_ARRAY_LEN(cmd_rows);

const struct cmd_global cmd_globals[] = {
	{"--socket", 's', "SOCKET", CMD_VALUE_FILE,
		"control socket of romond (default: $" CMD_SOCKET_ENV ", else " CMD_SOCKET_DEFAULT ")"},
	{"--output", 'o', "FORMAT", CMD_VALUE_FORMAT,
		"table, wide, json or jsonl (default: table); topology: dot too"},
	{"--no-color", 0, NULL, CMD_VALUE_FLAG, "no colours, also with $NO_COLOR set"},
	{"--help", 'h', NULL, CMD_VALUE_FLAG, "show help, also behind a command"},
	{"--version", 0, NULL, CMD_VALUE_FLAG, "show the version"},
};

const size_t cmd_globals_len = BASE_ARRAY_LEN(cmd_globals);
