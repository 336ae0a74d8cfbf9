// SPDX-License-Identifier: BSD-3-Clause
// What is in force, and what the configuration file says. Control thread, under app_lock().
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app.h"
#include "base_clock.h"
#include "base_file.h"
#include "base_text.h"
#include "config_file.h"
#include "confirm.h"
#include "overlay.h"
#include "state_mark.h"

#define RACE_NS 1000000000 // a file so young may change once more within one step of its times

int config_file_begin(struct app *app)
{
	app->config = calloc(1, sizeof(*app->config));
	return app->config == NULL ? -ENOMEM : 0;
}

void config_file_end(struct app *app)
{
	if (app->config == NULL)
		return;
	overlay_end(app);
	free(app->config);
	app->config = NULL;
}

void config_file_came(struct app *app, const char *path, const char *secrets_file, const char *by)
{
	struct config_source *s = &app->config->source;

	*s = (struct config_source){.at_us = base_wall_us()};
	s->is_own = path == NULL || strcmp(path, app->config_path) == 0;
	(void)base_text_copy(s->path, sizeof(s->path), path == NULL ? app->config_path : path);
	(void)base_text_copy(
		s->secrets_file, sizeof(s->secrets_file), secrets_file == NULL ? "" : secrets_file);
	(void)base_text_copy(s->by, sizeof(s->by), by);
}

static int64_t time_ns(const struct timespec *t)
{
	return (int64_t)t->tv_sec * 1000000000 + t->tv_nsec;
}

static struct config_print print_take(const char *path)
{
	struct stat st;

	if (path[0] == '\0' || stat(path, &st) != 0)
		return (struct config_print){0};
	return (struct config_print){.dev = st.st_dev,
		.ino = st.st_ino,
		.size = (uint64_t)st.st_size,
		.changed_ns = time_ns(&st.st_ctim),
		.written_ns = time_ns(&st.st_mtim)};
}

static bool print_equal(const struct config_print *a, const struct config_print *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size && a->changed_ns == b->changed_ns &&
	       a->written_ns == b->written_ns;
}

static bool is_settled(const struct config_print *p)
{
	return p->changed_ns < (int64_t)base_wall_us() * 1000 - RACE_NS;
}

// Keys that the file has other values for than what is in force. started: what a start on it would bring.
static uint64_t differing_count(const struct app *app, const struct conf *started)
{
	struct conf_source file = {.path = app->config_path,
		.fd = -1,
		.text = started->text,
		.secrets_fd = -1,
		.secrets_of = started};
	struct conf_issues *issues = malloc(sizeof(*issues));
	enum conf_reload worst;

	struct conf *alone = issues == NULL ? NULL : conf_load_from(&file, issues);
	uint64_t n = conf_diff(app->conf, alone == NULL ? started : alone, NULL, 0, &worst);
	conf_free(alone);
	free(issues);
	return n;
}

// What the next start would run on, against what is in force. False: no memory, so nothing is known.
static bool look_compare(struct app *app, struct config_look *look)
{
	struct conf_source file = {.path = app->config_path,
		.fd = -1,
		.secrets_fd = -1,
		.is_judged = true,
		.overlay = app->config->kept};
	struct conf_issues *issues = malloc(sizeof(*issues));
	enum conf_reload worst;

	look->is_same_text = false;
	look->n_differing = 0;
	look->differs = true;
	look->error[0] = look->secrets_file[0] = '\0';
	struct conf *conf = issues == NULL ? NULL : conf_load_from(&file, issues);
	bool is_short = issues == NULL || (conf == NULL && errno == ENOMEM);
	if (conf == NULL && issues != NULL)
		(void)base_text_copy(look->error, sizeof(look->error), conf_issues_error(issues));
	if (conf != NULL) {
		look->differs = conf_diff(app->conf, conf, NULL, 0, &worst) > 0;
		look->is_same_text = conf_text_equal(app->conf->text, conf->text);
		look->n_differing = differing_count(app, conf);
		(void)base_text_copy(
			look->secrets_file, sizeof(look->secrets_file), conf->romon.secrets_file);
	}
	conf_free(conf);
	free(issues);
	return !is_short;
}

const struct config_look *config_file_look(struct app *app)
{
	struct config_look *look = &app->config->look;

	if (app->demo != NULL)
		return look; // it has no file
	struct config_print file = print_take(app->config_path);
	struct config_print secrets = print_take(look->secrets_file);
	if (look->is_known && look->generation == app->generation && print_equal(&look->file, &file) &&
		print_equal(&look->secrets, &secrets))
		return look;
	bool is_compared = look_compare(app, look);
	secrets = print_take(look->secrets_file);
	look->file = file;
	look->secrets = secrets;
	look->generation = app->generation;
	look->is_known = is_compared && is_settled(&file) && is_settled(&secrets);
	return look;
}

bool config_file_warning(struct app *app, char *out, size_t size)
{
	const struct config_look *look = config_file_look(app);
	const struct config_source *s = &app->config->source;

	if (!look->differs || confirm_left_ms(app) > 0)
		return false;
	if (look->error[0] != '\0')
		snprintf(out, size, "romond would not start on %.64s: %.100s", app->config_path, look->error);
	else if (s->secrets_file[0] != '\0' && look->is_same_text)
		snprintf(out, size,
			"the secrets in force came from %.64s: a restart takes those of romon.secrets-file",
			s->secrets_file);
	else if (s->is_own)
		snprintf(out, size,
			"%.64s, or its secrets, changed since it was loaded: `romonctl config diff` shows it, `romonctl reload` puts it in force",
			app->config_path);
	else
		snprintf(out, size,
			"the running configuration differs from %.64s: a restart brings the old values back; `romonctl config save` keeps them, `romonctl config diff` shows what differs",
			app->config_path);
	return true;
}

void config_file_mark(struct app *app)
{
	const struct config_source *s = &app->config->source;
	char what[API_PEER_TEXT_SIZE + 64];

	if (app->demo != NULL)
		return;
	bool is_lost = (!s->is_own || s->secrets_file[0] != '\0') && confirm_left_ms(app) == 0 &&
		       config_file_look(app)->differs;
	snprintf(what, sizeof(what), "%.48s, applied by %s,", s->path, s->by);
	state_mark_put(app, STATE_MARK_UNSAVED, is_lost ? what : NULL);
}

static int all_write(int fd, const struct conf_text *text)
{
	for (size_t at = 0; at < text->len;) {
		ssize_t n = pwrite(fd, text->bytes + at, text->len - at, (off_t)at);

		if (n < 0 && errno != EINTR)
			return -errno;
		at += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

int config_file_write(struct app *app, int fd, const char *path, struct conf_issues *issues)
{
	struct conf_source file = {.path = path, .fd = fd, .secrets_fd = -1};
	struct stat st;

	issues->n = issues->n_errors = 0;
	if (confirm_left_ms(app) > 0)
		return base_errno_set(EBUSY);
	if (app->conf->text == NULL)
		return base_errno_set(ENOENT);
	if (fstat(fd, &st) != 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size != 0)
		return base_errno_set(EEXIST);
	struct conf_text *text = conf_text_whole(app->conf);
	int err = text == NULL ? -errno : all_write(fd, text);
	conf_text_release(text);
	if (err != 0)
		return err;
	struct conf *conf = conf_load_from(&file, issues);
	if (conf == NULL)
		return base_errno_set(EINVAL);
	conf_free(conf);
	return 0;
}
