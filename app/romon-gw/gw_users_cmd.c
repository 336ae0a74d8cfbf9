// SPDX-License-Identifier: BSD-3-Clause
// romon-gw user. One thread, at a terminal or in a script.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "gw_users.h"
#include "gw_users_cmd.h"

#define WHY_SIZE 256

enum exit_code { EXIT_OK, EXIT_FAILED, EXIT_USAGE };

struct call {
	const char *path;
	const char *name;
	enum gw_group group;
	struct gw_users *users;
};

static enum exit_code usage(void)
{
	fputs("usage: romon-gw [-c FILE] user add NAME --group read|write|full\n"
	      "       romon-gw [-c FILE] user passwd NAME\n"
	      "       romon-gw [-c FILE] user remove NAME\n"
	      "       romon-gw [-c FILE] user list\n"
	      "add and passwd read the password from standard input\n",
		stderr);
	return EXIT_USAGE;
}

// One line of standard input, without its end; at a terminal without showing it. False: there is none.
static bool password_read(const char *name, char out[GW_PASSWORD_LEN])
{
	struct termios before, silent;
	bool is_terminal = isatty(STDIN_FILENO) != 0 && tcgetattr(STDIN_FILENO, &before) == 0;

	if (is_terminal) {
		silent = before;
		silent.c_lflag &= ~(tcflag_t)ECHO;
		fprintf(stderr, "password of %s: ", name);
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
	}
	bool is_read = fgets(out, GW_PASSWORD_LEN, stdin) != NULL;
	if (is_terminal) {
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
		fputc('\n', stderr);
	}
	if (!is_read)
		return false;
	size_t len = strcspn(out, "\n");
	if (out[len] != '\n' && len == GW_PASSWORD_LEN - 1)
		return false; // cut
	out[len] = '\0';
	return len > 0;
}

static enum exit_code save(const struct call *c)
{
	char buf[WHY_SIZE];
	struct base_text why;

	base_text_init(&why, buf, sizeof(buf));
	if (gw_users_save(c->path, c->users, &why) == 0)
		return EXIT_OK;
	fprintf(stderr, "romon-gw: %s: %s\n", c->path, buf);
	return EXIT_FAILED;
}

static enum exit_code password_change(const struct call *c, struct gw_user *u)
{
	char password[GW_PASSWORD_LEN];

	if (!password_read(u->name, password)) {
		fprintf(stderr, "romon-gw: no password of 1 to %d bytes came on standard input\n",
			GW_PASSWORD_LEN - 2);
		return EXIT_FAILED;
	}
	int rc = gw_user_password_set(u, password);
	explicit_bzero(password, sizeof(password));
	if (rc != 0) {
		fprintf(stderr, "romon-gw: the password cannot be hashed: %s\n", strerror(-rc));
		return EXIT_FAILED;
	}
	return save(c);
}

static enum exit_code add(const struct call *c)
{
	if (c->group == GW_GROUP_NONE)
		return usage();
	if (!gw_user_name_is_valid(c->name)) {
		fprintf(stderr, "romon-gw: a name is 1 to %d characters of A-Z a-z 0-9 _ . -\n",
			GW_NAME_LEN - 1);
		return EXIT_FAILED;
	}
	if (gw_users_find(c->users, c->name) != NULL) {
		fprintf(stderr,
			"romon-gw: there is a user %s already; `romon-gw user passwd %s` changes the password\n",
			c->name, c->name);
		return EXIT_FAILED;
	}
	if (c->users->n == GW_USERS_MAX) {
		fprintf(stderr, "romon-gw: there are %d users already, which is the most\n", GW_USERS_MAX);
		return EXIT_FAILED;
	}
	struct gw_user *u = &c->users->list[c->users->n++];
	snprintf(u->name, sizeof(u->name), "%s", c->name);
	u->group = c->group;
	return password_change(c, u);
}

static enum exit_code change(const struct call *c, bool is_removed)
{
	struct gw_user *u = gw_users_find(c->users, c->name);

	if (u == NULL) {
		fprintf(stderr, "romon-gw: there is no user of that name; `romon-gw user list` shows all\n");
		return EXIT_FAILED;
	}
	if (!is_removed)
		return password_change(c, u);
	*u = c->users->list[--c->users->n];
	return save(c);
}

static enum exit_code list(const struct call *c)
{
	printf("%-*s  GROUP\n", GW_NAME_LEN - 1, "NAME");
	for (uint32_t i = 0; i < c->users->n; i++)
		printf("%-*s  %s\n", GW_NAME_LEN - 1, c->users->list[i].name,
			gw_group_name(c->users->list[i].group));
	return EXIT_OK;
}

static enum exit_code verb_run(const char *verb, const struct call *c, int argc)
{
	if (strcmp(verb, "list") == 0 && argc == 1)
		return list(c);
	if (strcmp(verb, "add") == 0 && argc == 4)
		return add(c);
	if (strcmp(verb, "passwd") == 0 && argc == 2)
		return change(c, false);
	if (strcmp(verb, "remove") == 0 && argc == 2)
		return change(c, true);
	return usage();
}

int gw_users_cmd(const char *path, int argc, char **argv)
{
	struct call c = {.path = path, .name = argc > 1 ? argv[1] : ""};
	char buf[WHY_SIZE];
	struct base_text why;

	if (argc < 1)
		return usage();
	if (argc == 4 && strcmp(argv[2], "--group") == 0)
		c.group = gw_group_parse(argv[3]);
	base_text_init(&why, buf, sizeof(buf));
	c.users = gw_users_load(path, &why);
	if (c.users == NULL) {
		fprintf(stderr, "romon-gw: %s: %s\n", path, buf);
		return EXIT_FAILED;
	}
	enum exit_code code = verb_run(argv[0], &c, argc);
	free(c.users);
	return (int)code;
}
