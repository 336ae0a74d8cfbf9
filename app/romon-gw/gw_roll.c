// SPDX-License-Identifier: BSD-3-Clause
// The users as they are. Any thread.
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base_log.h"
#include "gw_roll.h"
#include "gw_thread.h"

LOG_TYPE("users");

#define EVERY_S  1
#define WHY_SIZE 256

struct gw_roll {
	const char *path;
	pthread_mutex_t lock;   // of all below
	struct stat file;       // as it was before users were read from it
	struct gw_users *users; // NULL = not read yet, or it cannot be
	bool is_told;           // by the log, that it cannot
	struct gw_pass head;    // of the passes
};

struct gw_roll *gw_roll_create(const char *path)
{
	struct gw_roll *roll = calloc(1, sizeof(*roll));

	if (roll == NULL)
		return NULL;
	roll->path = path;
	roll->head.next = roll->head.prev = &roll->head;
	pthread_mutex_init(&roll->lock, NULL);
	return roll;
}

void gw_roll_destroy(struct gw_roll *roll)
{
	if (roll->users != NULL)
		explicit_bzero(roll->users, sizeof(*roll->users));
	free(roll->users);
	pthread_mutex_destroy(&roll->lock);
	free(roll);
}

// Under lock. What cannot be read is tried again each time.
static bool file_look(struct gw_roll *roll)
{
	struct stat st = {0};
	char buf[WHY_SIZE];
	struct base_text why;

	(void)stat(roll->path, &st);
	if (roll->users != NULL && gw_users_is_same_file(&st, &roll->file))
		return true;
	free(roll->users);
	roll->file = st;
	base_text_init(&why, buf, sizeof(buf));
	roll->users = gw_users_load(roll->path, &why);
	if (roll->users == NULL && !roll->is_told)
		LOG(ERROR, "%s: %s", roll->path, buf);
	roll->is_told = roll->users == NULL;
	return roll->users != NULL;
}

// Under lock, after file_look().
static const struct gw_user *find(const struct gw_roll *roll, const char *name)
{
	return roll->users == NULL ? NULL : gw_users_find(roll->users, name);
}

bool gw_roll_find(struct gw_roll *roll, const char *name, struct gw_user *user)
{
	pthread_mutex_lock(&roll->lock);
	bool is_read = file_look(roll);
	const struct gw_user *u = find(roll, name);
	*user = (struct gw_user){.group = GW_GROUP_NONE};
	if (u != NULL)
		*user = *u;
	pthread_mutex_unlock(&roll->lock);
	return is_read;
}

// ---- passes

void gw_pass_begin(
	struct gw_roll *roll, struct gw_pass *pass, const struct gw_user *user, const char *who, int fd)
{
	pass->user = *user;
	pass->fd = fd;
	(void)base_text_copy(pass->who, sizeof(pass->who), who);
	pthread_mutex_lock(&roll->lock);
	pass->prev = roll->head.prev;
	pass->next = &roll->head;
	pass->prev->next = pass;
	roll->head.prev = pass;
	pthread_mutex_unlock(&roll->lock);
}

void gw_pass_end(struct gw_roll *roll, struct gw_pass *pass)
{
	if (pass->next == NULL)
		return;
	pthread_mutex_lock(&roll->lock);
	pass->prev->next = pass->next;
	pass->next->prev = pass->prev;
	pthread_mutex_unlock(&roll->lock);
	explicit_bzero(pass, sizeof(*pass));
}

static bool holds(const struct gw_roll *roll, const struct gw_pass *pass)
{
	const struct gw_user *u = find(roll, pass->user.name);

	return u != NULL && u->group == pass->user.group && strcmp(u->hash, pass->user.hash) == 0;
}

uint32_t gw_roll_turn(struct gw_roll *roll)
{
	uint32_t n = 0;

	pthread_mutex_lock(&roll->lock);
	(void)file_look(roll);
	for (struct gw_pass *p = roll->head.next; p != &roll->head; p = p->next) {
		if (p->fd < 0 || holds(roll, p))
			continue;
		LOG(NOTICE, "%s: the file of users has him no more, or otherwise: his connection ends",
			p->who);
		shutdown(p->fd, SHUT_RDWR);
		p->fd = -1; // its own thread closes it
		n++;
	}
	pthread_mutex_unlock(&roll->lock);
	return n;
}

static void *watch_main(void *arg)
{
	while (true) {
		(void)gw_roll_turn(arg);
		sleep(EVERY_S);
	}
	return NULL;
}

int gw_roll_watch(struct gw_roll *roll)
{
	return gw_thread_start(watch_main, roll) ? 0 : -EAGAIN;
}
