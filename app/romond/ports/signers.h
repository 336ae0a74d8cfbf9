// SPDX-License-Identifier: BSD-3-Clause
// By which secret neighbors sign: what workers noted, as control reads it. Control thread and telemetry,
// under app_lock(). Nothing here sees a secret but signers_epochs_renew(), which compares lists.
#pragma once

#include "conf.h"
#include "snap.h"

struct app;
struct nbr_row;

#define SIGNERS_UNSIGNED 0
#define SIGNERS_UNKNOWN  (-1)

// Give the slots of ports whose list of secrets (or scheme) differs in conf from the running configuration a
// new epoch: what was noted of their neighbors is of an older list then.
void signers_epochs_renew(struct app *app, const struct conf *conf);

struct signers;

// The notes of all workers as they are now. NULL: out of memory.
struct signers *signers_read(const struct app *app);
void signers_free(struct signers *s); // accepts NULL

// How did the last frame of a neighbor (a row of a worker's neighbors) come that its port took? The entry of
// the port's list from 1, SIGNERS_UNSIGNED, or SIGNERS_UNKNOWN: none was heard since the list changed.
int signers_entry(const struct signers *s, const struct nbr_row *row);

// How many neighbors of a port came how.
struct signers_count {
	uint32_t n;
	uint32_t n_unknown;
	uint32_t n_entry[CONF_SECRETS_MAX + 1]; // [SIGNERS_UNSIGNED], and by entry
};

// counts[slot] of all slots. One sweep over all neighbors.
void signers_count(const struct signers *s, struct signers_count counts[SNAP_PORTS_MAX]);
