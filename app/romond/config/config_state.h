// SPDX-License-Identifier: BSD-3-Clause
// What is known of the configuration in force beside it: where it came from, and what the configuration file
// was when it was looked at. Control thread, under app_lock().
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "api_peer.h"
#include "conf.h"

#define CONFIG_FILE_NAME_SIZE 256
#define OVERLAY_UNDO_MAX      16

// Where the configuration in force came from.
struct config_source {
	bool is_own;                              // the configuration file
	char path[CONFIG_FILE_NAME_SIZE];         // as the client named it, cut
	char secrets_file[CONFIG_FILE_NAME_SIZE]; // read in place of the file's own; "" = none was
	char by[API_PEER_TEXT_SIZE];              // who applied it; "" = it was there at the start
	uint64_t at_us;                           // wall clock
};

// What a file was when it was read; all 0 = it was not there.
struct config_print {
	uint64_t dev;
	uint64_t ino;
	uint64_t size;
	int64_t changed_ns; // ctime: of content, owner or mode
	int64_t written_ns; // mtime
};

// The last look at the configuration file. It is loaded anew only when it, its file of secrets, or what is in
// force is another one.
struct config_look {
	bool is_known;
	uint64_t generation; // of what was in force
	struct config_print file;
	struct config_print secrets;
	char secrets_file[CONF_PATH_LEN_MAX + 1];
	bool is_same_text;
	bool differs;         // a restart would bring other values
	uint64_t n_differing; // keys that the file itself, without edits, has other values for
	char error[240];      // why it cannot be loaded; "" = it can
};

// What is known of the configuration in force beside it.
struct config_state {
	struct conf_issues issues; // its warnings
	uint64_t loaded_us;        // wall clock
	struct config_source source;
	struct config_look look;
	struct conf_text
		*kept; // edits that a restart brings back: what the overlay's file holds; NULL = none
	char overlay_trouble[240];                // why that could not be read; "" = it could
	struct conf_text *undo[OVERLAY_UNDO_MAX]; // edits before the last changes of them, the latest last
	uint32_t n_undo;
};
