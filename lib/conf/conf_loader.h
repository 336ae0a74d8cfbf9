// SPDX-License-Identifier: BSD-3-Clause
// What the steps of one load share: the conf that grows, the tree it comes from, and the list of issues.
// Control thread; lib/conf only.
#pragma once

#include "conf.h"
#include "conf_issue.h"
#include "conf_node.h"

struct conf_loader {
	struct conf *conf;
	struct conf_place place;
	const struct conf_node *root;
	const struct conf_source *source;
	const struct conf_node *groups;                       // relay-groups: loaded after the node ports
	const struct conf_node *port_nodes[CONF_PORTS_MAX];   // where conf->ports[i] stands in the file
	const struct conf_node *group_nodes[CONF_GROUPS_MAX]; // likewise
	const struct conf_node *filter_nodes[CONF_FILTERS_MAX];
	const struct conf_node *forward_nodes[CONF_FORWARDS_MAX];
	struct conf_port spare_port; // takes what is beyond a limit, so that its own errors are found too
	struct conf_group spare_group;
	struct conf_filter spare_filter;
	struct conf_forward spare_forward;
};

struct conf_edits;

// One way through text with the edits that left_out (a bit for each) does not name; edits NULL = none. Those
// that find nothing to be about are added to left_out, with a warning, or an error when they are among the
// last n_must of source. NULL with errno.
struct conf *conf_load_once(const char *text, size_t len, const struct conf_source *source,
	const struct conf_edits *edits, uint64_t left_out[CONF_EDITS_MAX / 64], struct conf_issues *issues);

// The same with the edits of source->overlay: what does not fit is left out.
struct conf *conf_load_edited(
	const char *text, size_t len, const struct conf_source *source, struct conf_issues *issues);

// Validate what no key can tell by itself, and fill in what follows from other keys: link ids, the secrets
// of romon.secrets-file, the host name.
void conf_check(struct conf_loader *loader);
