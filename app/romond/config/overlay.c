// SPDX-License-Identifier: BSD-3-Clause
// The overlay's file. Control thread, under app_lock().
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app.h"
#include "base_file.h"
#include "base_log.h"
#include "conf_edit.h"
#include "config_state.h"
#include "overlay.h"

LOG_TYPE("config");

// In the directory that we started on.
static int path_make(const struct app *app, const char *tail, char path[PATH_MAX])
{
	const struct conf *boot = app->boot_conf != NULL ? app->boot_conf : app->conf;
	int n = boot->state.dir[0] == '\0' || app->demo != NULL
			? 0
			: snprintf(path, PATH_MAX, "%s/" OVERLAY_NAME "%s", boot->state.dir, tail);

	if (n > 0 && n < PATH_MAX)
		return 0;
	path[0] = '\0';
	return base_errno_set(ENOENT);
}

void overlay_path(const struct app *app, char path[PATH_MAX])
{
	(void)!path_make(app, "", path);
}

// ---- reading

// NULL with errno: ENOENT = there is none; else why says what is wrong with it.
static struct conf_text *file_read(const char *path, struct base_text *why)
{
	struct stat st;

	if (access(path, F_OK) != 0 && errno == ENOENT)
		return NULL;
	int fd = base_file_open(path, CONF_OVERLAY_SIZE_MAX, &st, why);
	int err = fd < 0 ? fd : base_file_judge(path, &st, why);
	char *buf = err == 0 ? calloc(1, CONF_OVERLAY_SIZE_MAX) : NULL;
	ssize_t len = buf == NULL ? -ENOMEM : base_file_read(fd, buf, CONF_OVERLAY_SIZE_MAX);
	struct conf_text *text = len < 0 ? NULL : conf_text_make(buf, (size_t)len);
	if (err == 0 && text == NULL)
		base_text_add(why, "cannot be read: %s", strerror(len < 0 ? (int)-len : ENOMEM));
	if (buf != NULL)
		explicit_bzero(buf, CONF_OVERLAY_SIZE_MAX);
	free(buf);
	if (fd >= 0)
		close(fd);
	return text != NULL ? text : base_errno_null(EIO);
}

static bool is_sound(const struct conf_text *text, struct base_text *why)
{
	struct conf_edits *edits = conf_edits_create();
	int err = edits == NULL ? -ENOMEM : conf_edits_read(text, edits, why);

	if (err != 0 && err != -EINVAL)
		base_text_add(why, "%s", strerror(-err));
	conf_edits_destroy(edits);
	return err == 0;
}

static void put_above(struct app *app, const struct conf_text *overlay)
{
	struct conf_source file = {.path = app->config_path,
		.fd = -1,
		.text = app->conf->text,
		.overlay = overlay,
		.secrets_of = app->conf};
	struct conf_issues *issues = malloc(sizeof(*issues));
	struct conf *conf = issues == NULL ? NULL : conf_load_from(&file, issues);

	if (conf == NULL) {
		LOG(ERROR, "edits of the configuration are not in force: %s",
			issues == NULL ? "no memory" : issues->list[0].text);
	} else {
		LOG(NOTICE, "%u edits hold above %s, %u of them are left out",
			conf->n_edits - conf->n_left_out, app->config_path, conf->n_left_out);
		conf_free(app->conf);
		app->conf = conf;
		app->config->issues = *issues;
	}
	free(issues);
}

void overlay_start(struct app *app)
{
	struct config_state *c = app->config;
	char path[PATH_MAX];
	struct base_text why;

	if (path_make(app, "", path) != 0)
		return;
	base_text_init(&why, c->overlay_trouble, sizeof(c->overlay_trouble));
	base_text_add(&why, "%.64s: ", path);
	size_t len = why.len;
	struct conf_text *text = file_read(path, &why);
	if (text != NULL && is_sound(text, &why)) {
		put_above(app, text);
		c->kept = text;
	} else {
		conf_text_release(text);
	}
	if (why.len > len) {
		base_text_add(&why, "; no edit in it is in force");
		LOG(ERROR, "%s", c->overlay_trouble);
	} else {
		c->overlay_trouble[0] = '\0';
	}
}

void overlay_end(struct app *app)
{
	struct config_state *c = app->config;

	conf_text_release(c->kept);
	while (c->n_undo > 0)
		conf_text_release(c->undo[--c->n_undo]);
}

// ---- writing

static int all_write(const char *path, const struct conf_text *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	int err = fd < 0 ? -errno : 0;

	for (size_t at = 0; err == 0 && at < text->len;) {
		ssize_t n = write(fd, text->bytes + at, text->len - at);

		if (n < 0 && errno != EINTR)
			err = -errno;
		at += n > 0 ? (size_t)n : 0;
	}
	if (err == 0 && fsync(fd) != 0)
		err = -errno;
	if (fd >= 0)
		close(fd);
	return err;
}

// A name that came, or went, is on the disk with its directory.
static int dir_sync(const char *path)
{
	char dir[PATH_MAX];

	(void)base_text_copy(dir, sizeof(dir), path);
	*strrchr(dir, '/') = '\0';
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int err = fd < 0 || fsync(fd) != 0 ? -errno : 0;
	if (fd >= 0)
		close(fd);
	return err;
}

// What cannot be read is not written over.
static void set_aside(struct app *app, const char *path)
{
	char aside[PATH_MAX];

	if (app->config->overlay_trouble[0] == '\0' || path_make(app, ".damaged", aside) != 0)
		return;
	if (rename(path, aside) == 0)
		LOG(WARNING, "%s could not be read: it is %s now", path, aside);
	app->config->overlay_trouble[0] = '\0';
}

static int file_write(struct app *app, const char *path, const struct conf_text *overlay)
{
	char beside[PATH_MAX];
	int err = path_make(app, ".new", beside);

	if (err != 0)
		return err;
	if (overlay == NULL) {
		set_aside(app, path);
		err = unlink(path) != 0 && errno != ENOENT ? -errno : 0;
		return err != 0 ? err : dir_sync(path);
	}
	err = all_write(beside, overlay);
	if (err == 0) {
		set_aside(app, path);
		err = rename(beside, path) != 0 ? -errno : dir_sync(path);
	}
	if (err != 0)
		(void)unlink(beside);
	return err;
}

bool overlay_is_kept(const struct app *app)
{
	char path[PATH_MAX];

	return path_make(app, "", path) == 0 && conf_text_equal(app->config->kept, app->conf->overlay);
}

int overlay_write(struct app *app, const struct conf_text *overlay)
{
	struct config_state *c = app->config;
	char path[PATH_MAX];

	if (conf_text_equal(c->kept, overlay) || path_make(app, "", path) != 0)
		return 0;
	// without the store another romond may have this directory
	int err = app->store == NULL ? -EROFS : file_write(app, path, overlay);
	if (err != 0) {
		LOG(ERROR, "%s: %s: the edit is not in force; look at the disk and at the key state.dir",
			path, app->store == NULL ? "state.dir is not in use" : strerror(-err));
		return err;
	}
	conf_text_release(c->kept);
	c->kept = conf_text_share(overlay);
	c->look.is_known = false;
	return 0;
}

// ---- the way back

void overlay_undo_push(struct app *app, const struct conf_text *before)
{
	struct config_state *c = app->config;

	if (c->n_undo == OVERLAY_UNDO_MAX) {
		conf_text_release(c->undo[0]);
		memmove(&c->undo[0], &c->undo[1], --c->n_undo * sizeof(c->undo[0]));
	}
	c->undo[c->n_undo++] = conf_text_share(before);
}

bool overlay_undo_pop(struct app *app, struct conf_text **before)
{
	struct config_state *c = app->config;

	if (c->n_undo == 0)
		return false;
	*before = c->undo[--c->n_undo];
	return true;
}
