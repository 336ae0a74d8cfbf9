// SPDX-License-Identifier: BSD-3-Clause
// Backups of romonctl: what is a whole export, what is an error in it, what changed, and names of files.
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bulk_store.h"
#include "export_text.h"
#include "suite.h"

#define HEAD7 "# 2026-11-30 12:00:00 by RouterOS 7.13.2\n# software id = AB12-CD34\n"
#define HEAD6 "# nov/30/2026 12:00:00 by RouterOS 6.49.10\n"

static void colours_go_and_other_control_characters_are_refused(void)
{
	char good[] = "\x1b[1;31m/ip address\x1b[0m\r\nadd address=1\tx\r\n";
	char bell[] = "ab\x07";
	char title[] = "\x1b]0;owned\x07";
	char cut[] = "a\x1b[12";
	char zero[] = {'a', '\0', 'b'};

	ssize_t n = export_clean(good, strlen(good));
	CU_ASSERT_EQUAL_FATAL(n, (ssize_t)strlen("/ip address\nadd address=1\tx\n"));
	CU_ASSERT_EQUAL(memcmp(good, "/ip address\nadd address=1\tx\n", (size_t)n), 0);
	CU_ASSERT_EQUAL(export_clean(bell, 3), -EILSEQ);
	CU_ASSERT_EQUAL(export_clean(title, strlen(title)), -EILSEQ);
	CU_ASSERT_EQUAL(export_clean(cut, strlen(cut)), -EILSEQ);
	CU_ASSERT_EQUAL(export_clean(zero, sizeof(zero)), -EILSEQ);
}

static void a_mark_proves_the_end(void)
{
	static const struct {
		const char *text;
		ssize_t len;
	} rows[] = {{"a\nend-0123456789abcdef\n", 2}, {"a\nend-0123456789abcdef", 2},
		{"end-0123456789abcdef\n \r\n", 0}, {"a\nend-0123456789abcde\n", -ENODATA}, {"", -ENODATA},
		{"a\nend-0123456789abcdef\nb\n", -ENODATA}, {"a comment=end-0123456789abcdef", -ENODATA},
		{"a\nend-fedcba9876543210\n", -ENODATA}};

	for (size_t i = 0; i < BASE_ARRAY_LEN(rows); i++)
		CU_ASSERT_EQUAL(
			export_whole(rows[i].text, strlen(rows[i].text), "0123456789abcdef"), rows[i].len);
}

static void errors_and_prompts_within_the_text_are_found(void)
{
	static const char *const bad[] = {"bad command name export (line 1 column 2)\n",
		HEAD7 "/ip\n#error exporting \"/ip/firewall\" (timeout)\n",
		"expected end of command (line 1 column 9)", "a\nfailure: already have such entry\n",
		"no such item", "invalid value for argument address",
		"Do you want to see the software license? [Y/n]: ", "new password> ",
		"Please press \"Enter\" to continue!", "Login: ", "[admin@DuneGW] > ",
		"[admin@DuneGW] <SAFE> ", "[admin@DuneGW] /ip> "};
	static const char *const good[] = {HEAD7, "", "/ip\nadd comment=\"failure: no such item\"\n",
		"/system script\nadd source=\"x \\\n    failure: in the middle\"\n",
		"add x=\\\nbad command name\n", "[ find ]\n", "# Login: x\n"};
	char buf[300];
	struct base_text why;

	for (size_t i = 0; i < BASE_ARRAY_LEN(bad); i++) {
		base_text_init(&why, buf, sizeof(buf));
		CU_ASSERT_TRUE(export_has_error(bad[i], strlen(bad[i]), &why));
		CU_ASSERT(why.len > 0);
	}
	for (size_t i = 0; i < BASE_ARRAY_LEN(good); i++) {
		base_text_init(&why, buf, sizeof(buf));
		CU_ASSERT_FALSE(export_has_error(good[i], strlen(good[i]), &why));
	}
	CU_ASSERT_TRUE(export_has_head(HEAD7, strlen(HEAD7)));
	CU_ASSERT_TRUE(export_has_head("\n" HEAD6, 1 + strlen(HEAD6)));
	CU_ASSERT_FALSE(export_has_head("/ip address\n", 12));
	CU_ASSERT_FALSE(export_has_head("", 0));
}

static bool same(const char *a, const char *b)
{
	char x[512], y[512];
	size_t x_len = export_normal(a, strlen(a), x);
	size_t y_len = export_normal(b, strlen(b), y);

	return x_len == y_len && memcmp(x, y, x_len) == 0;
}

static void what_changes_by_itself_is_no_change(void)
{
	CU_ASSERT(same(HEAD7 "/ip\nadd a=1\n",
		"# 2026-12-01 12:00:00 by RouterOS 7.13.2\n# software id = AB12-CD34\n/ip\nadd a=1"));
	CU_ASSERT(same(HEAD6 "/ip  \r\n", "# dec/01/2026 12:00:00 by RouterOS 6.49.10\n/ip\n"));
	CU_ASSERT(same("a\n# inactive time 3s\n# poe-out status: short\n# wlan1 not ready\nb\n", "a\nb\n"));
	CU_ASSERT(same("# received packet from 1.2.3.4 bad format\n# Firmware upgraded successfully\nplease "
		       "restart the device\n",
		""));
	CU_ASSERT(same("add comment=\"one two\" list=x\n", "add comment=\"one \\\n    two\" list=x\n"));
	CU_ASSERT(same("a\n" EXPORT_END_SHOWN, "a\n"));
	CU_ASSERT_FALSE(same("add a=1\n", "add a=2\n"));
	CU_ASSERT_FALSE(same("# software id = 1\n", "# software id = 2\n"));
	CU_ASSERT_FALSE(same("add comment=\"x not ready\"\n", ""));
	CU_ASSERT_FALSE(same("a\n", "a\nb\n"));
}

static void names_are_safe(void)
{
	static const struct {
		const char *identity;
		const char *stem;
	} rows[] = {{"DuneGW", "DuneGW_020000000105"}, {"../../etc/passwd", "_._.._etc_passwd_020000000105"},
		{"-oProxyCommand=x", "_oProxyCommand_x_020000000105"}, {".hidden", "_hidden_020000000105"},
		{"", "unnamed_020000000105"}, {"a\nb c$(id)", "a_b_c__id__020000000105"},
		{"\xc3\xbc", "___020000000105"}};
	char longest[300];
	char stem[BULK_NAME_SIZE];

	for (size_t i = 0; i < BASE_ARRAY_LEN(rows); i++) {
		bulk_store_stem(stem, rows[i].identity, "02:00:00:00:01:05");
		CU_ASSERT_STRING_EQUAL(stem, rows[i].stem);
	}
	memset(longest, 'x', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	bulk_store_stem(stem, longest, "02:00:00:00:01:05");
	CU_ASSERT_EQUAL(strlen(stem), 64 + 13);
}

static void files_that_cut_the_way_are_risky(void)
{
	static const struct {
		const char *text;
		const char *says; // NULL = nothing
	} rows[] = {{HEAD7 "/tool romon\nset enabled=yes\n" EXPORT_END_SHOWN, NULL},
		{HEAD7 "/tool romon\nset enabled=no\n" EXPORT_END_SHOWN, "switches RoMON off"},
		{HEAD7 "/tool/romon/set enabled=no\n" EXPORT_END_SHOWN, "switches RoMON off"},
		{HEAD7 "/tool romon\nset secrets=x \\\n    enabled=no\n" EXPORT_END_SHOWN,
			"switches RoMON off"},
		{HEAD7 "/tool romon port\nset [ find ] forbid=yes\n" EXPORT_END_SHOWN, "forbids RoMON"},
		{HEAD7 "/ip service\nset enabled=no\n" EXPORT_END_SHOWN, NULL},
		{HEAD7 "/tool romon\nset comment=\"enabled=note\"\n" EXPORT_END_SHOWN, NULL},
		{HEAD7 "a\n" EXPORT_END_HIDDEN, "are hidden"}, {HEAD7 "a\n", "may be cut short"},
		{HEAD7 "/system reset-configuration\n" EXPORT_END_SHOWN, "resets"}};
	char buf[1024];
	struct base_text why;

	for (size_t i = 0; i < BASE_ARRAY_LEN(rows); i++) {
		base_text_init(&why, buf, sizeof(buf));
		CU_ASSERT_EQUAL(
			export_is_risky(rows[i].text, strlen(rows[i].text), &why), rows[i].says != NULL);
		CU_ASSERT(rows[i].says == NULL || strstr(buf, rows[i].says) != NULL);
	}
}

static char folder[64];

static struct bulk_store store_open(bool has_git)
{
	char buf[300];
	struct base_text why;
	struct bulk_store s;

	base_text_init(&why, buf, sizeof(buf));
	CU_ASSERT_EQUAL_FATAL(bulk_store_open(&s, folder, has_git, false, &why), 0);
	return s;
}

static int put(struct bulk_store *s, const char *identity, const char *text, char file[BULK_NAME_SIZE])
{
	const struct bulk_export e = {identity, "02:00:00:00:01:05", ".rsc", text, strlen(text)};
	char buf[300];
	struct base_text why;

	base_text_init(&why, buf, sizeof(buf));
	return bulk_store_put(s, &e, false, file, &why);
}

static int files_count(void)
{
	DIR *dir = opendir(folder);
	int n = 0;

	for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;)
		n += e->d_name[0] != '.';
	closedir(dir);
	return n;
}

static void made(const char *name)
{
	char path[200];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *f = fopen(path, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fclose(f);
}

static void a_store_keeps_what_changed_and_goes_on(void)
{
	char file[BULK_NAME_SIZE];
	char path[300];
	struct stat st;

	snprintf(folder, sizeof(folder), "/tmp/test_romonctl_bulk.XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
	struct bulk_store s = store_open(false);
	CU_ASSERT_EQUAL(put(&s, "gw", HEAD7 "a\n", file), 1);
	snprintf(path, sizeof(path), "%s/%s", folder, file);
	CU_ASSERT(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600);
	CU_ASSERT_EQUAL(put(&s, "gw", HEAD6 "a\n", file), 1);    // its software id went
	CU_ASSERT_EQUAL(put(&s, "other", HEAD6 "a\n", file), 0); // by its id, not by its name
	CU_ASSERT_FALSE(bulk_store_is_done(&s, "02:00:00:00:01:05"));
	bulk_store_close(&s, false);
	s = store_open(false); // after a run that was killed
	CU_ASSERT_TRUE(bulk_store_is_done(&s, "02:00:00:00:01:05"));
	CU_ASSERT_FALSE(bulk_store_is_done(&s, "02:00:00:00:01:06"));
	bulk_store_close(&s, true);
	s = store_open(false);
	CU_ASSERT_FALSE(bulk_store_is_done(&s, "02:00:00:00:01:05"));
	bulk_store_close(&s, true);
}

static void thinning_takes_the_oldest_of_that_node_alone(void)
{
	struct bulk_store s = store_open(false);

	made("backup_gw_020000000105_20200101_000000.rsc");
	made("backup_was_020000000105_20200101_000001.rsc");
	made("backup_gw_020000000106_20200101_000000.rsc");
	made("backup_gw_020000000105_20200101_000000.rsc.mine");
	made("gw_020000000105.rsc");
	CU_ASSERT_EQUAL(bulk_store_thin(&s, "02:00:00:00:01:05", 1), 0);
	CU_ASSERT_EQUAL(bulk_store_thin(&s, "02:00:00:00:01:05", 1), 0);
	CU_ASSERT_EQUAL(files_count(), 1 + 3);
	bulk_store_close(&s, true);
	char command[128];
	snprintf(command, sizeof(command), "rm -r %s", folder);
	CU_ASSERT_EQUAL(system(command), 0);
}

static const struct suite_case cases[] = {
	SUITE_CASE(colours_go_and_other_control_characters_are_refused),
	SUITE_CASE(a_mark_proves_the_end),
	SUITE_CASE(errors_and_prompts_within_the_text_are_found),
	SUITE_CASE(what_changes_by_itself_is_no_change),
	SUITE_CASE(names_are_safe),
	SUITE_CASE(files_that_cut_the_way_are_risky),
	SUITE_CASE(a_store_keeps_what_changed_and_goes_on),
	SUITE_CASE(thinning_takes_the_oldest_of_that_node_alone),
};

SUITE_MAIN("romonctl_bulk", cases)
