// SPDX-License-Identifier: BSD-3-Clause
// Reading the command line. Control thread.
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_version.h>

#include "base_suggest.h"
#include "base_text.h"
#include "gen_options.h"
#include "gen_romond.h"
#include "gen_trial.h"

#define MBUFS_DEFAULT 16384
#define MBUFS_MIN     1024
#define MBUFS_MAX     (1u << 22)
#define BURST_DEFAULT 32
#define CPU_MAX       1023

#define LINE_WORDS_MAX 32

#define PRECISION_DEFAULT 0.01

static const char usage[] =
	"usage: romon-gen -p FILE -d DEVICE [-d DEVICE]... [OPTION]...   send a profile through what is tested\n"
	"       romon-gen --loopback [-p FILE] [OPTION]...               through rings of its own: needs no root\n"
	"       romon-gen --check -p FILE                                validate a profile\n"
	"       romon-gen --version | --help\n"
	"\n"
	"  -p, --profile FILE       what to send, YAML; docs/romon-gen.md lists every key\n"
	"  -d, --device DEVICE      the first is device 0 of the profile: a PCI address, net_... or an interface\n"
	"      --loopback           devices are pairs of rings in this process: 0 with 1, 2 with 3\n"
	"      --spoil KIND:N       with --loopback: drop, duplicate, swap or damage every Nth frame\n"
	"  -t, --test NAME          load (default), throughput, back-to-back, flood, caching, learning\n"
	"  -r, --rate RATE          frames a second: 5000, 250k, 1.5M, or max; else that of the profile\n"
	"  -T, --time TIME          500ms, 2s, 1m; else that of the profile\n"
	"  -n, --frames N           stop after N frames\n"
	"      --burst N            frames handed to a device at once, 1 to 64 (32)\n"
	"      --hold               frames that a device has no room for wait and are late; else they are lost\n"
	"      --max-loss PERCENT   loss of a flow that still passes in test load (0)\n"
	"      --precision PERCENT  of searches (1)\n"
	"      --then RATE@TIME     the rate from that time on\n"
	"      --slice TIME         count in slices of this length too, for --json\n"
	"      --romond SOCKET      ask a running romond for what the next two say\n"
	"      --peer PORT=MAC[,ID] address and link id of the node's port behind a port of the profile\n"
	"      --node-id ID         RoMON id of the node\n"
	"  -j, --json FILE          write the report as JSON; - is standard output\n"
	"  -q, --quiet              no table\n"
	"      --lines              a run for each line of standard input, with the options in it; JSON a line\n"
	"  -c, --core CPU           that sends and receives (the last one allowed)\n"
	"      --mbufs N            buffers (16384)\n"
	"      --hugepages on|off   else: on where enough are free\n"
	"      --wait TIME          for links to come up (10s)\n"
	"      --file-prefix NAME   of DPDK's files (romon-gen-PID)\n"
	"\n"
	"Exit status: 0 passed, 1 loss or a failed check, 2 wrong usage or profile, 3 DPDK or a device did not start.\n";

enum {
	OPT_LOOPBACK = 256,
	OPT_SPOIL,
	OPT_BURST,
	OPT_HOLD,
	OPT_MAX_LOSS,
	OPT_PRECISION,
	OPT_THEN,
	OPT_SLICE,
	OPT_ROMOND,
	OPT_PEER,
	OPT_NODE_ID,
	OPT_MBUFS,
	OPT_HUGEPAGES,
	OPT_WAIT,
	OPT_FILE_PREFIX,
	OPT_CHECK,
	OPT_LINES,
	OPT_VERSION,
};

static const struct option options[] = {
	{"profile", required_argument, NULL, 'p'},
	{"device", required_argument, NULL, 'd'},
	{"loopback", no_argument, NULL, OPT_LOOPBACK},
	{"spoil", required_argument, NULL, OPT_SPOIL},
	{"test", required_argument, NULL, 't'},
	{"rate", required_argument, NULL, 'r'},
	{"time", required_argument, NULL, 'T'},
	{"frames", required_argument, NULL, 'n'},
	{"burst", required_argument, NULL, OPT_BURST},
	{"hold", no_argument, NULL, OPT_HOLD},
	{"max-loss", required_argument, NULL, OPT_MAX_LOSS},
	{"precision", required_argument, NULL, OPT_PRECISION},
	{"then", required_argument, NULL, OPT_THEN},
	{"slice", required_argument, NULL, OPT_SLICE},
	{"romond", required_argument, NULL, OPT_ROMOND},
	{"peer", required_argument, NULL, OPT_PEER},
	{"node-id", required_argument, NULL, OPT_NODE_ID},
	{"json", required_argument, NULL, 'j'},
	{"quiet", no_argument, NULL, 'q'},
	{"core", required_argument, NULL, 'c'},
	{"mbufs", required_argument, NULL, OPT_MBUFS},
	{"hugepages", required_argument, NULL, OPT_HUGEPAGES},
	{"wait", required_argument, NULL, OPT_WAIT},
	{"file-prefix", required_argument, NULL, OPT_FILE_PREFIX},
	{"lines", no_argument, NULL, OPT_LINES},
	{"check", no_argument, NULL, OPT_CHECK},
	{"version", no_argument, NULL, OPT_VERSION},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

static const char *const tests[] = {"load", "throughput", "back-to-back", "flood", "caching", "learning"};

const char *gen_test_name(enum gen_test test)
{
	return tests[test - 1];
}

static int refuse(const char *option, const char *expected, const char *got)
{
	fprintf(stderr, "romon-gen: --%s: expected %s, got %s\n", option, expected, got);
	return GEN_EXIT_USAGE;
}

static bool number_read(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
	char *end = NULL;

	if (text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	*out = strtoull(text, &end, 10);
	return errno == 0 && *end == '\0' && *out >= min && *out <= max;
}

static int read_u32(const char *option, const char *text, uint32_t min, uint32_t max, uint32_t *out)
{
	char expected[48];
	uint64_t v;

	if (number_read(text, min, max, &v)) {
		*out = (uint32_t)v;
		return -1;
	}
	snprintf(expected, sizeof(expected), "%u..%u", min, max);
	return refuse(option, expected, text);
}

static int read_test(struct gen_options *o, const char *text)
{
	for (size_t i = 0; i < BASE_ARRAY_LEN(tests); i++) {
		if (strcmp(tests[i], text) == 0) {
			o->test = (enum gen_test)(i + 1);
			return -1;
		}
	}
	const char *near = base_suggest(text, tests, BASE_ARRAY_LEN(tests));
	fprintf(stderr, "romon-gen: --test: there is no test %s%s%s; see romon-gen --help\n", text,
		near != NULL ? ", did you mean " : "", near != NULL ? near : "");
	return GEN_EXIT_USAGE;
}

// NAME=MAC or NAME=MAC,LINK-ID
static int read_peer(struct gen_options *o, const char *text)
{
	static const char expected[] = "PORT=MAC or PORT=MAC,LINK-ID, such as in=02:00:00:00:00:01,7";
	char name[GEN_NAME_LEN];
	char mac[BASE_MAC_TEXT_LEN];
	const char *eq = strchr(text, '=');
	uint64_t link_id = 0;

	if (eq == NULL || o->n_peers == GEN_PORTS_MAX || (size_t)(eq - text) >= sizeof(name))
		return refuse("peer", expected, text);
	snprintf(name, sizeof(name), "%.*s", (int)(eq - text), text);
	const char *comma = strchr(eq, ',');
	size_t len = comma != NULL ? (size_t)(comma - eq - 1) : strlen(eq + 1);
	if (len >= sizeof(mac) || (comma != NULL && !number_read(comma + 1, 1, UINT32_MAX, &link_id)))
		return refuse("peer", expected, text);
	snprintf(mac, sizeof(mac), "%.*s", (int)len, eq + 1);
	struct gen_peer_option *peer = &o->peers[o->n_peers];
	if (base_mac_parse(mac, &peer->mac) != 0)
		return refuse("peer", expected, text);
	base_text_copy(peer->port, sizeof(peer->port), name);
	peer->link_id = (uint32_t)link_id;
	o->n_peers++;
	return -1;
}

// RATE@TIME
static int read_then(struct gen_options *o, const char *text)
{
	char rate[32];
	const char *at = strchr(text, '@');

	if (at != NULL && (size_t)(at - text) < sizeof(rate)) {
		snprintf(rate, sizeof(rate), "%.*s", (int)(at - text), text);
		if (gen_rate_parse(rate, &o->then_pps) == 0 && o->then_pps > 0 &&
			gen_duration_parse(at + 1, &o->then_ms) == 0)
			return -1;
	}
	return refuse("then", "RATE@TIME, such as 250k@2s", text);
}

static int read_share(const char *option, const char *text, double *out)
{
	char *end = NULL;
	double v = strtod(text, &end);

	if (end == text || *end != '\0' || !(v >= 0 && v <= 100))
		return refuse(option, "a percentage from 0 to 100", text);
	*out = v / 100;
	return -1;
}

static int read_hugepages(struct gen_options *o, const char *text)
{
	if (strcmp(text, "on") != 0 && strcmp(text, "off") != 0)
		return refuse("hugepages", "on or off", text);
	o->hugepages = strcmp(text, "on") == 0;
	return -1;
}

static int read_device(struct gen_options *o, const char *text)
{
	if (o->n_devices == GEN_PORTS_MAX) {
		fprintf(stderr, "romon-gen: --device: at most %d devices\n", GEN_PORTS_MAX);
		return GEN_EXIT_USAGE;
	}
	o->devices[o->n_devices++] = text;
	return -1;
}

// What is about the machine.
static int read_machine(struct gen_options *o, int c)
{
	switch (c) {
	case 'c': {
		uint32_t core;
		int status = read_u32("core", optarg, 0, CPU_MAX, &core);

		o->core = (int)core;
		return status;
	}
	case OPT_MBUFS:
		return read_u32("mbufs", optarg, MBUFS_MIN, MBUFS_MAX, &o->mbufs);
	case OPT_HUGEPAGES:
		return read_hugepages(o, optarg);
	case OPT_WAIT:
		return gen_duration_parse(optarg, &o->wait_ms) == 0
			       ? -1
			       : refuse("wait", "a time such as 5s", optarg);
	case OPT_FILE_PREFIX:
		o->file_prefix = optarg;
		return -1;
	case OPT_VERSION:
		printf("romon-gen %s (%s)\n", ROMOND_VERSION, rte_version());
		return GEN_EXIT_OK;
	case 'h':
		fputs(usage, stdout);
		return GEN_EXIT_OK;
	default:
		fputs("romon-gen: see romon-gen --help\n", stderr);
		return GEN_EXIT_USAGE;
	}
}

// What is about the load and the report.
static int read_one(struct gen_options *o, int c)
{
	switch (c) {
	case 'p':
		o->profile_path = optarg;
		return -1;
	case 'd':
		return read_device(o, optarg);
	case OPT_LOOPBACK:
		o->is_loopback = true;
		return -1;
	case OPT_SPOIL:
		return gen_spoil_parse(optarg, &o->spoil) == 0
			       ? -1
			       : refuse("spoil", "drop:N, duplicate:N, swap:N or damage:N", optarg);
	case 't':
		return read_test(o, optarg);
	case 'r':
		o->has_rate = true;
		return gen_rate_parse(optarg, &o->rate_pps) == 0
			       ? -1
			       : refuse("rate", "frames a second (5000, 250k, 1.5M) or max", optarg);
	case 'T':
		return gen_duration_parse(optarg, &o->duration_ms) == 0
			       ? -1
			       : refuse("time", "a time such as 500ms, 2s or 1m, at most an hour", optarg);
	case 'n':
		return number_read(optarg, 1, UINT32_MAX, &o->frames_max)
			       ? -1
			       : refuse("frames", "1..4294967295", optarg);
	case OPT_BURST:
		return read_u32("burst", optarg, 1, GEN_BURST_MAX, &o->burst);
	case OPT_HOLD:
		o->is_patient = true;
		return -1;
	case OPT_MAX_LOSS:
		return read_share("max-loss", optarg, &o->loss_max);
	case OPT_PRECISION:
		return read_share("precision", optarg, &o->precision);
	case OPT_THEN:
		return read_then(o, optarg);
	case OPT_SLICE:
		return gen_duration_parse(optarg, &o->slice_ms) == 0
			       ? -1
			       : refuse("slice", "a time such as 10ms", optarg);
	case OPT_ROMOND:
		o->romond_socket = optarg;
		return -1;
	case OPT_PEER:
		return read_peer(o, optarg);
	case OPT_NODE_ID:
		o->has_node_id = true;
		return base_mac_parse(optarg, &o->node_id) == 0
			       ? -1
			       : refuse("node-id", "an id such as 02:00:00:00:00:01", optarg);
	case 'j':
		o->json_path = optarg;
		return -1;
	case 'q':
		o->is_quiet = true;
		return -1;
	case OPT_LINES:
		o->is_lines = true;
		return -1;
	case OPT_CHECK:
		o->is_check = true;
		return -1;
	default:
		return read_machine(o, c);
	}
}

static int complain(const char *text)
{
	fprintf(stderr, "romon-gen: %s; see romon-gen --help\n", text);
	return GEN_EXIT_USAGE;
}

static int together_check(const struct gen_options *o)
{
	if (o->profile_path == NULL && !o->is_loopback)
		return complain("what is to be sent? Give a profile by -p");
	if (o->is_check)
		return o->profile_path == NULL ? complain("--check needs a profile: -p FILE") : -1;
	if (o->is_loopback && o->n_devices > 0)
		return complain("--loopback makes its devices itself: leave -d away");
	if (!o->is_loopback && o->n_devices == 0)
		return complain("through what? Give devices by -d, or --loopback");
	if (o->then_ms > 0 && o->has_rate && o->rate_pps == 0)
		return complain("--then needs a rate that is not max");
	if (o->spoil.every > 0 && !o->is_loopback)
		return complain("--spoil works with --loopback only");
	return -1;
}

int gen_options_read(struct gen_options *o, int argc, char **argv)
{
	int status = -1;
	int c;

	*o = (struct gen_options){
		.test = GEN_TEST_LOAD,
		.burst = BURST_DEFAULT,
		.precision = PRECISION_DEFAULT,
		.mbufs = MBUFS_DEFAULT,
		.core = -1,
		.hugepages = -1,
		.wait_ms = 10000,
	};
	while (status < 0 && (c = getopt_long(argc, argv, "p:d:t:r:T:n:j:qc:h", options, NULL)) != -1)
		status = read_one(o, c);
	if (status < 0 && optind < argc) {
		fprintf(stderr, "romon-gen: what is %s? Profiles are given by -p; see romon-gen --help\n",
			argv[optind]);
		status = GEN_EXIT_USAGE;
	}
	return status < 0 ? together_check(o) : status;
}

// Of a run alone: what belongs to the start cannot change any more.
static bool is_of_a_run(int c)
{
	return c == 't' || c == 'r' || c == 'T' || c == 'n' || c == OPT_BURST || c == OPT_HOLD ||
	       c == OPT_MAX_LOSS || c == OPT_PRECISION || c == OPT_THEN || c == OPT_SLICE;
}

int gen_options_line(struct gen_options *o, char *line)
{
	static char name[] = "romon-gen";
	char *argv[LINE_WORDS_MAX + 2] = {name};
	char *rest = NULL;
	int argc = 1;
	int status = -1;
	int c;

	for (char *w = strtok_r(line, " \t\n", &rest); w != NULL && argc <= LINE_WORDS_MAX;
		w = strtok_r(NULL, " \t\n", &rest))
		argv[argc++] = w;
	optind = 0; // getopt begins anew
	while (status < 0 && (c = getopt_long(argc, argv, "t:r:T:n:", options, NULL)) != -1)
		status =
			is_of_a_run(c)
				? read_one(o, c)
				: complain(
					  "a line of --lines has -t, -r, -T, -n, --burst, --hold, --max-loss, --precision, --then and --slice");
	if (status < 0 && optind < argc)
		status = complain("a line of --lines has options only");
	return status < 0 ? 0 : GEN_EXIT_USAGE;
}

static struct gen_port *port_find(struct gen_profile *p, const char *name)
{
	for (uint32_t i = 0; i < p->n_ports; i++) {
		if (strcmp(p->ports[i].name, name) == 0)
			return &p->ports[i];
	}
	return NULL;
}

void gen_options_load_apply(const struct gen_options *o, struct gen_profile *p)
{
	if (o->has_rate)
		p->rate_pps = o->rate_pps;
	if (o->duration_ms > 0)
		p->duration_ms = o->duration_ms;
}

int gen_options_apply(const struct gen_options *o, struct gen_profile *p)
{
	char error[256];
	uint32_t n_devices = 0;

	if (o->romond_socket != NULL && gen_romond_ask(p, o->romond_socket) != 0)
		return GEN_EXIT_START;
	gen_options_load_apply(o, p);
	if (o->has_node_id)
		p->node_id = o->node_id;
	for (uint32_t i = 0; i < o->n_peers; i++) {
		struct gen_port *port = port_find(p, o->peers[i].port);

		if (port == NULL) {
			fprintf(stderr, "romon-gen: --peer: the profile has no port %s\n", o->peers[i].port);
			return GEN_EXIT_USAGE;
		}
		port->peer_mac = o->peers[i].mac;
		if (o->peers[i].link_id != 0)
			port->link_id = o->peers[i].link_id;
	}
	for (uint32_t i = 0; i < p->n_ports; i++)
		n_devices = p->ports[i].device >= n_devices ? p->ports[i].device + 1 : n_devices;
	if (!o->is_check && !o->is_loopback && n_devices != o->n_devices) {
		fprintf(stderr, "romon-gen: the profile has %u devices, and -d names %u\n", n_devices,
			o->n_devices);
		return GEN_EXIT_USAGE;
	}
	if (o->is_loopback && p->through != GEN_THROUGH_WIRE) {
		fprintf(stderr, "romon-gen: --loopback is a wire, and the profile says through: %s\n",
			gen_through_name(p->through));
		return GEN_EXIT_USAGE;
	}
	if (!o->is_check && gen_profile_check(p, error, sizeof(error)) != 0) {
		fprintf(stderr, "romon-gen: %s\n", error);
		return GEN_EXIT_USAGE;
	}
	return 0;
}
