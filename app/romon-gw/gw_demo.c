// SPDX-License-Identifier: BSD-3-Clause
// romon-gw --demo. At the start.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base_random.h"
#include "gw_demo.h"
#include "gw_users.h"

#define WHY_SIZE     256
#define PASSWORD_LEN 12

// As romond --demo has it (app/romond/demo/demo.c).
static bool folder_find(char *folder, size_t size)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	struct stat st;

	if (runtime != NULL && access(runtime, W_OK) == 0)
		snprintf(folder, size, "%s/romond-demo", runtime);
	else
		snprintf(folder, size, "/tmp/romond-demo-%u", (unsigned)getuid());
	if (lstat(folder, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == getuid())
		return true;
	fprintf(stderr,
		"romon-gw: %s is not there, or not yours: run `romond --demo` first, as the same user\n",
		folder);
	return false;
}

static bool user_make(const char *path, const char *password)
{
	struct gw_users *users = calloc(1, sizeof(*users));
	char buf[WHY_SIZE];
	struct base_text why;
	int rc = -1;

	base_text_init(&why, buf, sizeof(buf));
	if (users != NULL) {
		users->n = 1;
		users->list[0] = (struct gw_user){"demo", GW_GROUP_FULL, ""};
		rc = gw_user_password_set(&users->list[0], password);
		if (rc == 0)
			rc = gw_users_save(path, users, &why);
	}
	if (rc != 0)
		fprintf(stderr, "romon-gw: %s: %s\n", path, buf);
	free(users);
	return rc == 0;
}

bool gw_demo_conf(struct gw_conf *conf)
{
	static const char letters[] = "abcdefghijkmnpqrstuvwxyz23456789"; // 32
	char folder[PATH_MAX / 2], password[PASSWORD_LEN + 1] = "";
	uint8_t bytes[PASSWORD_LEN];

	if (gw_conf_load(NULL, conf, stderr) != 0 || !folder_find(folder, sizeof(folder)))
		return false;
	snprintf(conf->socket, sizeof(conf->socket), "%s/control.sock", folder);
	snprintf(conf->users, sizeof(conf->users), "%s/romon-gw.users", folder);
	snprintf(conf->state, sizeof(conf->state), "%s", folder);
	base_random_fill(bytes, sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++)
		password[i] = letters[bytes[i] % (sizeof(letters) - 1)];
	if (!user_make(conf->users, password))
		return false;
	printf("user demo, password %s\n"
	       "  the page: http://%s/\n"
	       "  curl -u demo:%s http://%s/rest/tool/romon/neighbors\n"
	       "  curl -u demo:%s http://%s/api/v1/nodes\n"
	       "  curl -N -u demo:%s http://%s/api/v1/nodes/stream\n",
		password, conf->http_listen, password, conf->http_listen, password, conf->http_listen,
		password, conf->http_listen);
	fflush(stdout);
	return true;
}
