// SPDX-License-Identifier: BSD-3-Clause
// doctor: looks over the machine as an operator would. Main thread.
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"
#include "doctor.h"
#include "out_text.h"
#include "top_rates.h"

#define TEXT_SIZE    512
#define WHAT_COLUMNS 14
#define GROUP_SIZE   16384 // of a group's entry

void doctor_add(struct doctor *d, const char *level, const char *what, const char *mend, const char *fmt, ...)
{
	char raw[TEXT_SIZE];
	char text[4 * TEXT_SIZE];
	struct base_text t;
	va_list ap;

	base_text_init(&t, raw, sizeof(raw));
	va_start(ap, fmt);
	base_text_addv(&t, fmt, ap);
	va_end(ap);
	out_text_clean(text, sizeof(text), raw, true, false);
	d->has_failed |= strcmp(level, DOCTOR_FAIL) == 0;
	json_array_append_new(d->rows, out_must(json_pack("{s:s, s:s, s:s, s:s?}", "level", level, "what",
					       what, "text", text, "mend", mend)));
}

// Who may use the socket.
static void socket_look(struct doctor *d, const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0 || !S_ISSOCK(st.st_mode))
		return;
	struct group *group = NULL;
	struct group entry;
	char room[GROUP_SIZE];
	if (getgrgid_r(st.st_gid, &entry, room, sizeof(room), &group) != 0)
		group = NULL; // one with very many members: its name does not matter that much
	if ((st.st_mode & S_IRWXO) != 0)
		doctor_add(d, DOCTOR_WARN, "socket", "restart romond",
			"%s has mode %04o: strangers may try it", path, (unsigned)(st.st_mode & 07777));
	else if ((st.st_mode & S_IRWXG) != 0)
		doctor_add(d, DOCTOR_OK, "socket", NULL, "%s is for root and the group %s", path,
			group == NULL ? "?" : group->gr_name);
	else
		doctor_add(d, DOCTOR_WARN, "socket", "groupadd --system romon, then restart romond",
			"%s is for root only: there is no group of control.group", path);
}

static void connect_explain(struct doctor *d, const char *path, int rc, bool must_run)
{
	if (rc == -ENOENT || rc == -ECONNREFUSED)
		doctor_add(d, must_run ? DOCTOR_FAIL : DOCTOR_WARN, "romond",
			"start it, and read its log when it ends again", "is not running: nobody serves %s",
			path);
	else if (rc == -EACCES || rc == -EPERM)
		doctor_add(d, DOCTOR_FAIL, "romond", "usermod -aG romon USER and log in again, or be root",
			"not permitted to use %s", path);
	else
		doctor_add(d, DOCTOR_FAIL, "romond", "read its log; restart it", "does not answer on %s: %s",
			path, strerror(-rc));
}

// Ask romond for what the looks need. Returns its process, 0 = not known.
static pid_t daemon_ask(struct doctor *d, const char *path, bool must_run)
{
	struct api_error err = API_ERROR_INIT;
	struct ucred peer = {.pid = 0};
	socklen_t len = sizeof(peer);
	struct top_sample s = {.at_us = 0};

	struct api_client *client = api_client_connect(path, CMD_TIMEOUT_MS);
	int rc = client == NULL ? -errno : top_sample_take(client, &s, &err);
	if (rc != 0) {
		connect_explain(d, path, rc, must_run);
		top_sample_clear(&s);
	} else {
		doctor_add(d, DOCTOR_OK, "romond", NULL, "answers on %s", path);
		if (getsockopt(api_client_fd(client), SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0)
			peer.pid = 0;
	}
	d->status = s.status;
	d->ports = s.ports;
	d->workers = s.workers;
	api_error_clear(&err);
	api_client_close(client);
	return peer.pid;
}

// The configuration to look at: the one that was named, that romond runs on, or the usual one.
static const char *config_path(const struct doctor *d, const struct cmd_call *call)
{
	const char *running = json_string_value(json_object_get(d->status, "config-file"));

	if (cmd_given(call, "--config") != NULL)
		return cmd_given(call, "--config");
	if (running != NULL)
		return running[0] == '/' ? running
					 : NULL; // a demo has none; a relative one is not ours to find
	return CMD_CONFIG_DEFAULT;
}

static void config_look(struct doctor *d, const struct cmd_call *call)
{
	struct conf_issues *issues = out_must(calloc(1, sizeof(*issues)));
	const char *path = config_path(d, call);

	if (path == NULL) {
		doctor_add(d, DOCTOR_OK, "config", NULL, "romond runs on %s; -c FILE looks at another",
			json_string_value(json_object_get(d->status, "config-file")));
	} else if (access(path, R_OK) != 0 && cmd_given(call, "--config") == NULL) {
		doctor_add(d, DOCTOR_WARN, "config", "be root, or name a file: doctor -c FILE",
			"cannot read %s: %s", path, strerror(errno));
	} else {
		// root's romond would judge who could write it; a draft of a user is his own
		struct conf_source file = {
			.path = path, .fd = -1, .secrets_fd = -1, .is_judged = geteuid() == 0};

		d->conf = conf_load_from(&file, issues);
		for (uint32_t i = 0; i < issues->n; i++)
			doctor_add(d, issues->list[i].is_warning ? DOCTOR_WARN : DOCTOR_FAIL, "config",
				"see docs/config.md", "%s:%u: %s", path, issues->list[i].line,
				issues->list[i].text);
		if (d->conf != NULL)
			doctor_add(d, DOCTOR_OK, "config", NULL, "%s: romond would take it", path);
	}
	free(issues);
}

static void row_print(struct out *o, json_t *row)
{
	const char *level = json_string_value(json_object_get(row, "level"));
	const char *mend = json_string_value(json_object_get(row, "mend"));

	out_color(o, out_state_color(level));
	out_print(o, "%-4s", level);
	out_color(o, OUT_PLAIN);
	out_print(o, "  %-*s  %s\n", WHAT_COLUMNS, json_string_value(json_object_get(row, "what")),
		json_string_value(json_object_get(row, "text")));
	if (mend != NULL)
		out_print(o, "      %-*s  -> %s\n", WHAT_COLUMNS, "", mend);
}

static void rows_write(const struct doctor *d, const struct cmd_call *call)
{
	struct out_style style;
	json_t *row;
	size_t i;

	out_style_detect(&style, stdout, call->no_color);
	struct out *o = out_create(call->format, &style);
	if (!out_is_human(o))
		out_begin(o, NULL, 0);
	json_array_foreach (d->rows, i, row) {
		if (out_is_human(o))
			row_print(o, row);
		else
			out_row(o, row);
	}
	if (!out_is_human(o))
		out_end(o);
	out_destroy(o);
}

enum cmd_exit cmd_run_doctor(const struct cmd_call *call)
{
	struct doctor d = {.rows = out_must(json_array())};

	pid_t pid = daemon_ask(&d, call->socket, cmd_given(call, "--config") == NULL);
	socket_look(&d, call->socket);
	config_look(&d, call);
	if (d.status != NULL)
		doctor_daemon(&d, pid);
	doctor_secrets(&d);
	doctor_links(&d);
	doctor_host(&d, pid);
	rows_write(&d, call);
	bool has_failed = d.has_failed;
	json_decref(d.rows);
	json_decref(d.status);
	json_decref(d.ports);
	json_decref(d.workers);
	conf_free(d.conf);
	return has_failed ? CMD_EXIT_FAILURE : CMD_EXIT_OK;
}
