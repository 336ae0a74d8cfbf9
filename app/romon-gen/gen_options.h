// SPDX-License-Identifier: BSD-3-Clause
// The command line. Control thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base_err.h"
#include "gen_loopback.h"
#include "gen_profile.h"

enum gen_test {
	GEN_TEST_INVALID,
	GEN_TEST_LOAD, // gen_test.h says what each does
	GEN_TEST_THROUGHPUT,
	GEN_TEST_BACK_TO_BACK,
	GEN_TEST_FLOOD,
	GEN_TEST_CACHING,
	GEN_TEST_LEARNING,
};

enum gen_exit {
	GEN_EXIT_OK = 0,
	GEN_EXIT_FAILED = 1, // loss, or a check that did not hold
	GEN_EXIT_USAGE = 2,  // command line or profile
	GEN_EXIT_START = 3,  // DPDK or a device
};

struct gen_peer_option {
	char port[GEN_NAME_LEN];
	struct base_mac mac;
	uint32_t link_id; // 0 = not given
};

struct gen_options {
	enum gen_test test;
	const char *profile_path;
	uint32_t n_devices;
	const char *devices[GEN_PORTS_MAX];
	bool is_loopback;
	struct gen_spoil spoil;
	bool has_rate;
	uint64_t rate_pps;
	uint32_t duration_ms; // 0 = of the profile
	uint64_t frames_max;
	uint64_t then_pps; // rate from then_ms on
	uint32_t then_ms;  // 0 = never
	uint32_t slice_ms; // 0 = none
	const char *romond_socket;
	uint32_t burst;
	bool is_patient;  // see gen_trial.h
	double loss_max;  // share, 0 to 1
	double precision; // of searches, share
	const char *json_path;
	bool is_quiet; // no table
	bool is_check;
	bool is_lines;
	int core; // -1 = the last one allowed
	uint32_t mbufs;
	int hugepages; // -1 = where there are enough, 0, 1
	uint32_t wait_ms;
	const char *file_prefix;
	uint32_t n_peers;
	struct gen_peer_option peers[GEN_PORTS_MAX];
	bool has_node_id;
	struct base_mac node_id;
};

// Read the command line. -1: go on; else the exit status, and what there was to say has been said.
BASE_MUST_USE int gen_options_read(struct gen_options *o, int argc, char **argv);

// What a line of --lines changes: a copy of the options of the command line goes in. 0 or an exit status,
// said.
BASE_MUST_USE int gen_options_line(struct gen_options *o, char *line);

// The rate and duration that the options give, into a profile.
void gen_options_load_apply(const struct gen_options *o, struct gen_profile *p);

// What the command line says about a profile, into it, that too. 0 or an exit status, said.
BASE_MUST_USE int gen_options_apply(const struct gen_options *o, struct gen_profile *p);

const char *gen_test_name(enum gen_test test);
