// SPDX-License-Identifier: BSD-3-Clause
// Started, stopped, crashed before. Control thread.
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app.h"
#include "base_clock.h"
#include "base_log.h"
#include "config_file.h"
#include "events.h"
#include "exec_events.h"
#include "life.h"
#include "state_mark.h"

LOG_TYPE("life");

#define NAME       "running"
#define ID_SIZE    40
#define PROC_ENTRY 64

struct life {
	char stop_reason[128]; // "" = none is known
};

// One line: which boot of the machine, and when we started.
static void mark_text(char *out, size_t size)
{
	char boot[ID_SIZE];
	char at[ID_SIZE];
	time_t now = (time_t)(base_wall_us() / 1000000);
	struct tm tm;

	state_mark_read("/proc/sys/kernel/random/boot_id", boot, sizeof(boot));
	gmtime_r(&now, &tm);
	strftime(at, sizeof(at), "%Y-%m-%dT%H:%M:%SZ", &tm);
	snprintf(out, size, "%s %s", boot[0] == '\0' ? "-" : boot, at);
}

static void before_tell(struct app *app, const char *before, const char *now)
{
	const char *at = strchr(before, ' ');
	size_t boot_len = at == NULL ? 0 : (size_t)(at - before);
	bool is_same_boot = boot_len > 1 && strncmp(before, now, boot_len + 1) == 0;

	events_add(app, EVENT_CRASHED_BEFORE, "", 0, "the run before, begun %s, did not end in order: %s",
		at == NULL ? "at an unknown time" : at + 1,
		is_same_boot ? "it was killed or crashed"
			     : "the machine went down, or it was killed or crashed");
}

static void unsaved_tell(struct app *app)
{
	char path[PATH_MAX];
	char what[STATE_MARK_SIZE];

	state_mark_path(app, STATE_MARK_UNSAVED, path);
	if (path[0] == '\0' || access(path, F_OK) != 0)
		return;
	state_mark_read(path, what, sizeof(what));
	events_add(app, EVENT_CONFIG_UNSAVED, "", 0,
		"%s was in force and was not saved: %.64s is in force again", what, app->config_path);
	state_mark_put(app, STATE_MARK_UNSAVED, NULL);
}

int life_start(struct app *app)
{
	char path[PATH_MAX];
	char before[STATE_MARK_SIZE];
	char now[STATE_MARK_SIZE];

	app->life = calloc(1, sizeof(*app->life));
	if (app->life == NULL)
		return base_errno_set(ENOMEM);
	state_mark_path(app, NAME, path);
	mark_text(now, sizeof(now));
	if (path[0] != '\0') {
		state_mark_read(path, before, sizeof(before));
		if (access(path, F_OK) == 0)
			before_tell(app, before, now);
		state_mark_put(app, NAME, now);
	}
	events_add(app, EVENT_STARTED, "", 0, "romond %s started on %s: %u ports", ROMOND_VERSION,
		app->config_path, app->conf->n_ports);
	unsaved_tell(app);
	return 0;
}

void life_stop(struct app *app)
{
	events_add(app, EVENT_STOPPED, "", 0, "romond stops: %s",
		app->life->stop_reason[0] != '\0' ? app->life->stop_reason : "it was asked to");
	config_file_mark(app); // somebody may have changed the file since
	exec_events_finish(app);
	state_mark_put(app, NAME, NULL);
	free(app->life);
	app->life = NULL;
}

const char *life_stop_reason(const struct app *app)
{
	return app->life->stop_reason;
}

void life_signal(struct app *app, const struct signalfd_siginfo *info)
{
	char path[PROC_ENTRY];
	char name[ID_SIZE];
	char *reason = app->life->stop_reason;
	size_t size = sizeof(app->life->stop_reason);

	snprintf(path, sizeof(path), "/proc/%u/comm", info->ssi_pid);
	state_mark_read(path, name, sizeof(name));
	if (info->ssi_pid == 0) // of another PID namespace, or the kernel
		snprintf(reason, size, "%s", strsignal((int)info->ssi_signo));
	else
		snprintf(reason, size, "%s by process %u%s%s%s, user %u", strsignal((int)info->ssi_signo),
			info->ssi_pid, name[0] != '\0' ? " (" : "", name, name[0] != '\0' ? ")" : "",
			info->ssi_uid);
	LOG(NOTICE, "%s: stopping", reason);
}
