// SPDX-License-Identifier: BSD-3-Clause
// Rows of `config-*` and `reload`. Constant data.
#pragma once

#include "schema_status.h"

#define SCHEMA_CONFIRM_MS_MIN 1000
#define SCHEMA_CONFIRM_MS_MAX 86400000

// clang-format off
#define SCHEMA_EDIT(F) \
	F(key, OWN, KEY, SHOW, "of the configuration, or an entry of one of its maps") \
	F(change, WORD("set add remove"), KEY, SHOW, "what the edit does") \
	F(value, TEXT, NULL_TOO, SHOW, "of `set`; secrets are hidden") \
	F(left_out, BOOL, SET, SHOW, "it does not fit the file any more: `warnings` of `status` say why")

#define SCHEMA_CONFIG_SHOW(F) \
	F(overlay, OBJECT(overlay), SET, HIDE, "as in `status`") \
	F(edits, LIST(edit), SET, HIDE, "of it, in the order in which they hold") \
	F(text, OWN, SET, HIDE, "YAML, secrets hidden") \
	F(config, ANY, SET, HIDE, "the same as an object, keys as in [config.md](config.md): durations are texts with their unit, addresses texts, lists arrays") \
	F(config_file, TEXT, SET, HIDE, "as in `status`") \
	F(config_source, OBJECT(config_source), SET, HIDE, "as in `status`") \
	F(differs_from_file, BOOL, SET, HIDE, "as in `status`")

#define SCHEMA_CHANGE(F) \
	F(key, TEXT, KEY, SHOW, "of the configuration") \
	F(before, TEXT, SET, SHOW, "its value in force") \
	F(after, TEXT, SET, SHOW, "its value in the file") \
	F(reload, OWN, SET, SHOW_AS("TAKES-EFFECT"), "when the new one takes effect: `live`, `port restart`, `restart`")

#define SCHEMA_ISSUE(F) \
	F(line, NUMBER, SET, HIDE, "0 = the file as a whole") \
	F(column, NUMBER, SET, HIDE, "") \
	F(level, WORD("warning error"), SET, HIDE, "an error refuses the file") \
	F(text, TEXT, SET, HIDE, "what is wrong, and what to do")

#define SCHEMA_CONFIG_PLAN(F) \
	F(reload, OWN, SET, HIDE, "the most that a change needs: `none`, `live`, `port restart`, `restart`") \
	F(changes, LIST(change), SET, HIDE, "keys with another value") \
	F(overlay, OBJECT(overlay), SET, HIDE, "edits that hold above the file, as in `status`") \
	F(issues, LIST(issue), SET, HIDE, "warnings; an invalid file is the error `invalid-config`, with `issues` inside `error`")

#define SCHEMA_CONFIG_APPLIED(F) \
	F(plan, PART(config_plan), SET, HIDE, "") \
	F(applied, BOOL, SET, HIDE, "true") \
	F(generation, NUMBER, SET, HIDE, "that is in force now") \
	F(confirm_within_ms, NUMBER, NULL_TOO, HIDE, "until the configuration before comes back; null = it does not")

#define SCHEMA_CONFIG_EDITED(F) \
	F(applied, PART(config_applied), SET, HIDE, "") \
	F(is_kept, BOOL, SET, HIDE, "a restart keeps it: it is in the overlay file, on the disk; false on trial, and where `state.dir` is none")

#define SCHEMA_CONFIG_TRIAL(F) \
	F(generation, NUMBER, SET, HIDE, "that is in force now")

#define SCHEMA_CONFIG_SAVED(F) \
	F(config_file, TEXT, SET, HIDE, "as in `status`") \
	F(is_saved, BOOL, SET, HIDE, "it holds what is in force: the second step") \
	F(is_unchanged, MAYBE, ABSENT_TOO, HIDE, "of the first step: the configuration file holds that text already") \
	F(differs_from_file, MAYBE, ABSENT_TOO, HIDE, "of the second: still, as with secrets that came by `secrets-file`")

#define SCHEMA_CONFIG_DIFF_ARGS(A) \
	A(path, FILE, FOR_ROOT, "a file; left out: the one that romond runs on (a demo has none)") \
	A(secrets_file, FILE, FOR_ROOT, "take the secrets of this file in place of those in romon.secrets-file")

#define SCHEMA_CONFIG_APPLY_ARGS(A) \
	SCHEMA_CONFIG_DIFF_ARGS(A) \
	SCHEMA_CONFIG_TRIAL_ARG(A)

#define SCHEMA_CONFIG_TRIAL_ARG(A) \
	A(confirm_within_ms, MS(SCHEMA_CONFIRM_MS_MIN, SCHEMA_CONFIRM_MS_MAX, 0), OPTIONAL, "go back after so long, unless confirmed; 1s to 24h")

#define SCHEMA_CONFIG_SET_ARGS(A) \
	A(values, VALUES, REQUIRED, "keys such as `ports.e0.cost` and their values: texts, numbers, booleans, or lists of these; a list may also be one text as in the file, `[a, b]`") \
	SCHEMA_CONFIG_TRIAL_ARG(A)

#define SCHEMA_CONFIG_ADD_ARGS(A) \
	A(map, TEXT, REQUIRED, "`ports`, `relay-groups`, `relay-groups.NAME.ports` or `forwards`") \
	A(name, TEXT, REQUIRED, "of the new entry") \
	A(values, VALUES, OPTIONAL, "its keys, such as `cost`, and their values") \
	SCHEMA_CONFIG_TRIAL_ARG(A)

#define SCHEMA_CONFIG_REMOVE_ARGS(A) \
	A(key, TEXT, REQUIRED, "an entry such as `ports.e0`, or a key, which has its default then") \
	SCHEMA_CONFIG_TRIAL_ARG(A)

#define SCHEMA_CONFIG_RESET_ARGS(A) \
	A(key, TEXT, OPTIONAL, "drop the edits of this key, or below this entry; left out: all of them") \
	SCHEMA_CONFIG_TRIAL_ARG(A)

#define SCHEMA_CONFIG_SAVE_ARGS(A) \
	A(path, FILE, FOR_ROOT, "the first step: an empty, regular file, open for reading and writing, to write to; left out: the second one")

#define SCHEMA_CONFIG_COMMANDS(C) \
	C(config_show, "config-show", READ, OBJECT(config_show), nothing, "the running configuration") \
	C(config_diff, "config-diff", OPERATE, OBJECT(config_plan), config_diff, "what a file would change") \
	C(config_apply, "config-apply", OPERATE, OBJECT(config_applied), config_apply, "put a file in force, for good or on trial") \
	C(config_confirm, "config-confirm", OPERATE, OBJECT(config_trial), nothing, "keep the configuration that is on trial") \
	C(config_rollback, "config-rollback", OPERATE, OBJECT(config_trial), nothing, "end a trial: the configuration before comes back; without one take the last change of edits back") \
	C(config_set, "config-set", OPERATE, OBJECT(config_edited), config_set, "give keys other values, now and over restarts; some keys are root's") \
	C(config_add, "config-add", OPERATE, OBJECT(config_edited), config_add, "add an entry, such as a port; likewise") \
	C(config_remove, "config-remove", OPERATE, OBJECT(config_edited), config_remove, "remove an entry, or give a key its default; likewise") \
	C(config_reset, "config-reset", OPERATE, OBJECT(config_edited), config_reset, "drop edits: what the file says holds again") \
	C(config_save, "config-save", ROOT, OBJECT(config_saved), config_save, "write what is in force to an open file; then look whether it is the configuration file") \
	C(reload, "reload", OPERATE, OBJECT(config_applied), nothing, "read the configuration file again")
// clang-format on

SCHEMA_ANSWER(edit, SCHEMA_EDIT)
SCHEMA_ANSWER(config_show, SCHEMA_CONFIG_SHOW)
SCHEMA_ANSWER(change, SCHEMA_CHANGE)
SCHEMA_ANSWER(issue, SCHEMA_ISSUE)
SCHEMA_ANSWER(config_plan, SCHEMA_CONFIG_PLAN)
SCHEMA_ANSWER(config_applied, SCHEMA_CONFIG_APPLIED)
SCHEMA_ANSWER(config_edited, SCHEMA_CONFIG_EDITED)
SCHEMA_ANSWER(config_trial, SCHEMA_CONFIG_TRIAL)
SCHEMA_ANSWER(config_saved, SCHEMA_CONFIG_SAVED)
SCHEMA_ARGS(config_diff, SCHEMA_CONFIG_DIFF_ARGS)
SCHEMA_ARGS(config_apply, SCHEMA_CONFIG_APPLY_ARGS)
SCHEMA_ARGS(config_set, SCHEMA_CONFIG_SET_ARGS)
SCHEMA_ARGS(config_add, SCHEMA_CONFIG_ADD_ARGS)
SCHEMA_ARGS(config_remove, SCHEMA_CONFIG_REMOVE_ARGS)
SCHEMA_ARGS(config_reset, SCHEMA_CONFIG_RESET_ARGS)
SCHEMA_ARGS(config_save, SCHEMA_CONFIG_SAVE_ARGS)
