// SPDX-License-Identifier: BSD-3-Clause
// What the rotation assistant knows: the configuration file of the running romond, its file of secrets,
// whether both are what is in force, and how neighbors sign. Nothing is kept anywhere between two runs: the
// state is read from what is there. Main thread.
#pragma once

#include <limits.h>

#include "cmd_job.h"
#include "conf.h"

#define SECRETS_CANDIDATE ".next" // name of the list on trial, behind the name of the file of secrets

struct secrets_state {
	char config_path[PATH_MAX];
	char secrets_path[PATH_MAX]; // "" = the configuration names no file
	char candidate_path[PATH_MAX];
	struct conf *conf;               // as the file says; base_secmem
	struct conf_secrets *new_secret; // one entry; base_secmem
	unsigned stage;                  // of the file's list
	bool is_removal;                 // new_secret is "": frames are to leave unsigned again
	bool is_weak;                    // of new_secret; why says more
	char weakness[160];
	json_t *ports; // rows of "secrets" of ports that the global list holds for
	json_t *own;   // and of those that have a list of their own
};

// Read all of it; new_path NULL: secrets are to be removed. Everything that is wrong is said on standard
// error. secrets_state_fini() in any case.
BASE_MUST_USE enum cmd_exit secrets_state_init(
	struct secrets_state *s, struct cmd_job *job, const char *new_path);
void secrets_state_fini(struct secrets_state *s); // also of an all-zero one; leaves it all zero

// How does what is in force differ from the file, with the secrets of that file (NULL = its own)? *n_other
// counts the keys that differ beside romon.secrets.
BASE_MUST_USE enum cmd_exit secrets_state_diff(struct cmd_job *job, const struct secrets_state *s,
	const char *secrets_file, bool *differs, size_t *n_other);

// All neighbors on the ports that take part and were heard lately: an array of rows of "neighbors". New
// reference, NULL on failure, which is said.
json_t *secrets_neighbors(struct cmd_job *job, const struct secrets_state *s);

// By which entry of the list did the neighbor's last good frame come: 1.., 0 = unsigned, -1 = not known.
int secrets_entry_of(json_t *neighbor);
