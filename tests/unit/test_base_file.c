// SPDX-License-Identifier: BSD-3-Clause
// Files that somebody else names: what is opened, what is read, and whom a file is trusted to.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base_file.h"
#include "base_log.h"
#include "suite.h"

#define SIZE_MAX_HERE 100

LOG_TYPE("test");

static char dir[] = "/tmp/romond-test-file.XXXXXX";
static char path[sizeof(dir) + 16];
static char why_buf[512];
static struct base_text why;
static struct stat st;

static const char *in_dir(const char *name)
{
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	base_text_init(&why, why_buf, sizeof(why_buf));
	return path;
}

static void file_make(const char *name, size_t len)
{
	FILE *f = fopen(in_dir(name), "we");

	for (size_t i = 0; i < len; i++)
		fputc('x', f);
	fclose(f);
	CU_ASSERT_EQUAL(chmod(path, 0600), 0);
}

static void expect_refused(const char *name, int err, const char *words)
{
	CU_ASSERT_EQUAL(
		base_file_open(name[0] == '/' ? (in_dir(""), name) : in_dir(name), SIZE_MAX_HERE, &st, &why),
		-err);
	if (strcmp(why_buf, words) != 0)
		printf("\n%s: wanted %s, got %s\n", name, words, why_buf);
	CU_ASSERT_STRING_EQUAL(why_buf, words);
}

static void only_regular_files_of_their_size_are_opened(void)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	char buf[SIZE_MAX_HERE + 1];

	file_make("fits", SIZE_MAX_HERE);
	file_make("large", SIZE_MAX_HERE + 1);
	CU_ASSERT_EQUAL(mkfifo(in_dir("fifo"), 0600), 0);
	CU_ASSERT_EQUAL(symlink("fifo", in_dir("link")), 0);
	CU_ASSERT_EQUAL(symlink("fits", in_dir("good")), 0);
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	base_text_copy(addr.sun_path, sizeof(addr.sun_path), in_dir("sock"));
	CU_ASSERT_EQUAL(bind(listener, (struct sockaddr *)&addr, sizeof(addr)), 0);

	expect_refused("fifo", EINVAL, "is a FIFO or pipe, not a regular file");
	expect_refused("link", EINVAL, "is a FIFO or pipe, not a regular file");
	expect_refused("sock", EINVAL, "is a socket, not a regular file");
	expect_refused("/dev/zero", EINVAL, "is a device, not a regular file");
	expect_refused("/", EISDIR, "is a directory, not a regular file");
	expect_refused("large", EFBIG, "is larger than 100 bytes");
	expect_refused("nothing", ENOENT, "cannot be read: No such file or directory");
	for (int i = 0; i < 2; i++) {
		int fd = base_file_open(in_dir(i == 0 ? "fits" : "good"), SIZE_MAX_HERE, &st, &why);
		CU_ASSERT_FATAL(fd >= 0);
		CU_ASSERT_EQUAL(fcntl(fd, F_GETFD), FD_CLOEXEC);
		CU_ASSERT_EQUAL(lseek(fd, 7, SEEK_SET), 7); // it is read from its start all the same
		CU_ASSERT_EQUAL(base_file_read(fd, buf, sizeof(buf)), SIZE_MAX_HERE);
		CU_ASSERT_EQUAL(base_file_read(fd, buf, 10), 10);
		close(fd);
	}
	close(listener);
}

static void descriptors_of_others_are_checked_likewise(void)
{
	int ends[2];

	CU_ASSERT_EQUAL(pipe2(ends, O_CLOEXEC), 0);
	in_dir("");
	CU_ASSERT_EQUAL(base_file_check(ends[0], SIZE_MAX_HERE, &st, &why), -EINVAL);
	CU_ASSERT_STRING_EQUAL(why_buf, "is a FIFO or pipe, not a regular file");
	in_dir("");
	CU_ASSERT_EQUAL(base_file_check(1000, SIZE_MAX_HERE, &st, &why), -EBADF);
	int fd = open(in_dir("fits"), O_RDONLY | O_CLOEXEC);
	CU_ASSERT_EQUAL(base_file_check(fd, SIZE_MAX_HERE, &st, &why), 0);
	CU_ASSERT_EQUAL(base_file_check(fd, SIZE_MAX_HERE - 1, &st, &why), -EFBIG);
	close(fd);
	close(ends[0]);
	close(ends[1]);
}

static bool is_trusted(const char *name)
{
	CU_ASSERT_EQUAL(stat(in_dir(name), &st), 0);
	int err = base_file_judge(path, &st, &why);
	CU_ASSERT(err == 0 || (err == -EPERM && why.len > 0));
	return err == 0;
}

static void what_others_could_write_is_not_trusted(void)
{
	CU_ASSERT_TRUE(is_trusted("fits"));
	chmod(in_dir("fits"), 0644);
	CU_ASSERT_TRUE(is_trusted("fits")); // to read is no matter here
	chmod(in_dir("fits"), 0660);
	CU_ASSERT_FALSE(is_trusted("fits"));
	CU_ASSERT_STRING_EQUAL(why_buf, "may be written by a group (mode 0660): chmod go-w it");
	chmod(in_dir("fits"), 0602);
	CU_ASSERT_FALSE(is_trusted("fits"));
	chmod(in_dir("fits"), 0600);

	CU_ASSERT_EQUAL(mkdir(in_dir("sub"), 0700), 0);
	CU_ASSERT_EQUAL(mkdir(in_dir("sub/own"), 0700), 0);
	file_make("sub/own/file", 1);
	CU_ASSERT_EQUAL(symlink("sub/own/file", in_dir("far")), 0);
	CU_ASSERT_TRUE(is_trusted("sub/own/file"));
	CU_ASSERT_TRUE(is_trusted("far"));
	static const mode_t bad[] = {0770, 0707, 0777};
	for (size_t i = 0; i < BASE_ARRAY_LEN(bad); i++) {
		chmod(in_dir("sub"), bad[i]); // not its own directory: one above
		CU_ASSERT_FALSE(is_trusted("sub/own/file"));
		CU_ASSERT_PTR_NOT_NULL(strstr(why_buf, "/sub, which "));
		CU_ASSERT_FALSE(is_trusted("far")); // by where the link leads
	}
	chmod(in_dir("sub"), 01777);
	CU_ASSERT_TRUE(is_trusted("sub/own/file")); // as in /tmp
	chmod(in_dir("sub"), 0755);
	CU_ASSERT_TRUE(is_trusted("sub/own/file"));
	if (geteuid() != 0)
		return; // only root can give files away
	CU_ASSERT_EQUAL(chown(in_dir("sub/own/file"), 4711, 0), 0);
	CU_ASSERT_FALSE(is_trusted("sub/own/file"));
	CU_ASSERT_STRING_EQUAL(why_buf, "belongs to uid 4711: chown root it");
	CU_ASSERT_EQUAL(chown(in_dir("sub/own/file"), 0, 0), 0);
	CU_ASSERT_EQUAL(chown(in_dir("sub"), 4711, 0), 0);
	CU_ASSERT_FALSE(is_trusted("sub/own/file"));
	CU_ASSERT_EQUAL(chown(in_dir("sub"), 0, 0), 0);
	CU_ASSERT_TRUE(is_trusted("sub/own/file"));
	CU_ASSERT_EQUAL(chmod(in_dir("sub"), 01777), 0);
	CU_ASSERT_EQUAL(symlink("own", in_dir("sub/theirs")), 0);
	CU_ASSERT_EQUAL(lchown(in_dir("sub/theirs"), 4711, 0), 0);
	CU_ASSERT_FALSE(is_trusted("sub/theirs/file")); // its owner may let it lead elsewhere
	CU_ASSERT_PTR_NOT_NULL(strstr(why_buf, "a link that uid 4711 owns"));
}

static char last_line[2048];

static void line_keep(enum base_log_level level, const char *line, void *ctx)
{
	(void)level;
	(void)ctx;
	base_text_copy(last_line, sizeof(last_line), line);
}

static void a_line_of_the_log_is_one_line_of_plain_text(void)
{
	base_log_sink_set(line_keep, NULL);
	LOG(ERROR, "%s", "/etc/x\n2026 error romond: forged\x1b[31m\x7f\xff \\x0a stays");
	CU_ASSERT_PTR_NOT_NULL(strstr(last_line,
		"error test: /etc/x\\x0a2026 error romond: forged\\x1b[31m\\x7f\\xff \\x0a stays"));
	base_log_json_set(true);
	LOG(ERROR, "a\nb\"c");
	CU_ASSERT_PTR_NOT_NULL(strstr(last_line, "\"a\\\\x0ab\\\"c\""));
	base_log_json_set(false);
	base_log_sink_set(NULL, NULL);
}

static void dir_remove(void)
{
	static const char *const names[] = {"sub/theirs", "sub/own/file", "sub/own", "sub", "far", "fits",
		"large", "fifo", "link", "good", "sock", ""};

	for (size_t i = 0; i < BASE_ARRAY_LEN(names); i++)
		(void)remove(in_dir(names[i]));
	CU_ASSERT_NOT_EQUAL(access(dir, F_OK), 0);
}

static void dir_make(void)
{
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
}

static const struct suite_case cases[] = {
	SUITE_CASE(dir_make),
	SUITE_CASE(only_regular_files_of_their_size_are_opened),
	SUITE_CASE(descriptors_of_others_are_checked_likewise),
	SUITE_CASE(what_others_could_write_is_not_trusted),
	SUITE_CASE(a_line_of_the_log_is_one_line_of_plain_text),
	SUITE_CASE(dir_remove),
};

SUITE_MAIN("base_file", cases)
