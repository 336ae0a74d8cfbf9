// SPDX-License-Identifier: BSD-3-Clause
// Names of users. Any thread.
#include <pwd.h>
#include <stdio.h>

#include "api_peer.h"
#include "base_text.h"

#define PASSWD_FILE "/etc/passwd"
#define NAME_SIZE   33 // of a user, with its NUL
#define ENTRY_SIZE  1024
#define ENTRIES_MAX 10000

// The name of uid, escaped; "" = none.
static void name_find(uid_t uid, char name[NAME_SIZE])
{
	FILE *f = fopen(PASSWD_FILE, "re");
	struct passwd *found = NULL;
	struct passwd entry;
	char buf[ENTRY_SIZE];

	name[0] = '\0';
	for (int i = 0; f != NULL && i < ENTRIES_MAX && fgetpwent_r(f, &entry, buf, sizeof(buf), &found) == 0;
		i++) {
		if (found->pw_uid != uid)
			continue;
		base_text_tidy(name, NAME_SIZE, found->pw_name);
		break;
	}
	if (f != NULL)
		fclose(f);
}

const char *api_peer_describe(uid_t uid, pid_t pid, char buf[API_PEER_TEXT_SIZE])
{
	char name[NAME_SIZE];
	struct base_text text;

	name_find(uid, name);
	base_text_init(&text, buf, API_PEER_TEXT_SIZE);
	if (name[0] != '\0')
		base_text_add(&text, "%s (uid %u, pid %d)", name, uid, pid);
	else
		base_text_add(&text, "uid %u (pid %d)", uid, pid);
	return buf;
}
