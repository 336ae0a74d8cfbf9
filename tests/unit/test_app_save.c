// SPDX-License-Identifier: BSD-3-Clause
// Files that clients hand to the daemon as descriptors: configurations to apply and to compare, and the one
// that what is in force is written to.
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app_bed.h"
#include "base_text.h"
#include "config_state.h"
#include "suite.h"

#define CONF(cost)                                        \
	"romon: { identity: n, id: 02:00:00:00:ff:01 }\n" \
	"ports: { a: { device: net_ring_app0, link-id: 11, cost: " cost " } }\n"

static struct app_bed *bed;
static char path[64];

static void begin(void)
{
	bed = app_bed_open(CONF("200"));
	snprintf(path, sizeof(path), "%s/other.yaml", bed->folder);
}

static void end(void)
{
	CU_ASSERT(app_bed_close(bed));
}

// What the daemon runs on, with another cost and another line.
static int file_of(const char *cost, const char *more)
{
	static char bytes[8192];
	char line[64];
	FILE *f = fopen(bed->app.config_path, "re");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	bytes[fread(bytes, 1, sizeof(bytes) - 1, f)] = '\0';
	fclose(f);
	snprintf(line, sizeof(line), "cost: %s }", cost);
	char *at = strstr(bytes, "cost: ");
	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	memcpy(at, line, 9); // three digits
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(write(fd, bytes, strlen(bytes)), (ssize_t)strlen(bytes));
	CU_ASSERT_EQUAL(write(fd, more, strlen(more)), (ssize_t)strlen(more));
	CU_ASSERT_EQUAL(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

// The answer to a request that comes with a descriptor; -1 = without one. A new reference.
static json_t *asked(const char *command, const char *args, int file)
{
	char line[512];
	struct iovec iov = {.iov_base = line};
	char control[CMSG_SPACE(sizeof(int))] = {0};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
	int fd = app_bed_connect(bed);

	iov.iov_len = (size_t)snprintf(
		line, sizeof(line), "{\"v\":1,\"id\":1,\"cmd\":\"%s\",\"args\":%s}\n", command, args);
	if (file >= 0) {
		m.msg_control = control;
		m.msg_controllen = sizeof(control);
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &file, sizeof(file));
	}
	CU_ASSERT_EQUAL(sendmsg(fd, &m, MSG_NOSIGNAL), (ssize_t)iov.iov_len);
	app_bed_turn(bed);
	json_t *answer = app_bed_line(bed, fd);
	CU_ASSERT_PTR_NOT_NULL_FATAL(answer);
	close(fd);
	app_bed_turn(bed);
	return answer;
}

static json_t *done(const char *command, const char *args, int file)
{
	json_t *answer = asked(command, args, file);
	json_t *data = json_incref(json_object_get(answer, "data"));

	if (data == NULL)
		fprintf(stderr, "(%s) ",
			json_string_value(json_object_get(json_object_get(answer, "error"), "message")));
	CU_ASSERT_PTR_NOT_NULL_FATAL(data);
	json_decref(answer);
	return data;
}

static void refused(const char *command, const char *args, int file, const char *code, const char *message)
{
	json_t *answer = asked(command, args, file);
	json_t *error = json_object_get(answer, "error");
	const char *said = json_string_value(json_object_get(error, "message"));

	CU_ASSERT_PTR_NOT_NULL_FATAL(said);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(error, "code")), code);
	if (strstr(said, message) == NULL)
		fprintf(stderr, "(%s) ", said);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, message));
	json_decref(answer);
}

static bool differs(void)
{
	json_t *status = app_bed_ask(bed, "status", NULL);
	bool is_other = json_is_true(json_object_get(status, "differs-from-file"));

	json_decref(status);
	return is_other;
}

static void a_file_that_comes_with_the_request_is_compared_and_applied(void)
{
	begin();
	int fd = file_of("300", "");
	json_t *plan = done("config-diff", "{\"path\":\"other.yaml\"}", fd);
	json_t *change = json_array_get(json_object_get(plan, "changes"), 0);
	CU_ASSERT_EQUAL(json_array_size(json_object_get(plan, "changes")), 1);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(change, "after")), "300");
	json_decref(plan);
	CU_ASSERT_EQUAL(bed->app.conf->ports[0].cost, 200);
	json_decref(done("config-apply", "{\"path\":\"other.yaml\"}", fd));
	CU_ASSERT_EQUAL(bed->app.conf->ports[0].cost, 300);
	CU_ASSERT_TRUE(differs()); // a restart would bring the old one back
	json_t *status = app_bed_ask(bed, "status", NULL);
	json_t *source = json_object_get(status, "config-source");
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(source, "path")), "other.yaml");
	json_t *warning = json_array_get(json_object_get(status, "warnings"), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(json_string_value(warning),
		"a restart brings the old values back; `romonctl config save` keeps them"));
	json_decref(status);
	close(fd);
	end();
}

static void a_file_with_a_fault_is_refused_with_its_line(void)
{
	begin();
	int fd = file_of("300", "nonsense: 1\n");
	refused("config-diff", "{\"path\":\"other.yaml\"}", fd, "invalid-config",
		"other.yaml: 1 errors; the running configuration stays");
	refused("config-apply", "{\"path\":\"other.yaml\"}", fd, "invalid-config",
		"other.yaml: 1 errors; the running configuration stays");
	json_t *answer = asked("config-apply", "{\"path\":\"other.yaml\"}", fd); // with each fault
	json_t *issue = json_array_get(json_object_get(json_object_get(answer, "error"), "issues"), 0);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(issue, "level")), "error");
	CU_ASSERT_TRUE(json_integer_value(json_object_get(issue, "line")) > 1);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(json_string_value(json_object_get(issue, "text")), "nonsense: unknown key"));
	json_decref(answer);
	CU_ASSERT_EQUAL(bed->app.conf->ports[0].cost, 200);
	refused("config-apply", "{\"path\":\"other.yaml\"}", -1, "bad-argument",
		"path: the open file has to come with the request");
	close(fd);
	end();
}

// As romonctl does: an empty file, what is in force into it, that in the place of the other; then look.
static void what_is_in_force_is_saved_in_two_steps(void)
{
	char now[4096] = "";

	begin();
	int fd = file_of("300", "# a comment that stays\n");
	json_decref(done("config-apply", "{\"path\":\"other.yaml\"}", fd));
	close(fd);
	refused("config-save", "{}", -1, "failed", "does not hold what is in force");
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	json_t *saved = done("config-save", "{\"path\":\"other.yaml\"}", fd);
	CU_ASSERT_TRUE(json_is_false(json_object_get(saved, "is-saved")));
	CU_ASSERT_TRUE(json_is_false(json_object_get(saved, "is-unchanged")));
	CU_ASSERT_STRING_EQUAL(
		json_string_value(json_object_get(saved, "config-file")), bed->app.config_path);
	json_decref(saved);
	CU_ASSERT_TRUE(pread(fd, now, sizeof(now) - 1, 0) > 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(now, "cost: 300"));
	CU_ASSERT_PTR_NOT_NULL(strstr(now, "# a comment that stays"));
	CU_ASSERT_EQUAL(rename(path, bed->app.config_path), 0);
	saved = done("config-save", "{}", -1);
	CU_ASSERT_TRUE(json_is_true(json_object_get(saved, "is-saved")));
	CU_ASSERT_TRUE(json_is_false(json_object_get(saved, "differs-from-file")));
	json_decref(saved);
	CU_ASSERT_FALSE(differs());
	CU_ASSERT_EQUAL(app_bed_n_events(bed, EVENT_CONFIG_SAVED), 1);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(app_bed_event(bed, EVENT_CONFIG_SAVED)->text, "holds what is in force: saved by "));
	CU_ASSERT_TRUE(bed->app.config->source.is_own);
	close(fd);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600); // once more: nothing is other
	saved = done("config-save", "{\"path\":\"other.yaml\"}", fd);
	CU_ASSERT_TRUE(json_is_true(json_object_get(saved, "is-unchanged")));
	json_decref(saved);
	close(fd);
	end();
}

static void a_file_to_save_to_must_be_empty_and_regular(void)
{
	int pipes[2];

	begin();
	int fd = file_of("300", "");
	refused("config-save", "{\"path\":\"other.yaml\"}", fd, "bad-argument",
		"path: expected an empty, regular file");
	close(fd);
	CU_ASSERT_EQUAL(pipe2(pipes, O_CLOEXEC), 0);
	refused("config-save", "{\"path\":\"other.yaml\"}", pipes[1], "bad-argument",
		"path: expected an empty, regular file");
	close(pipes[0]);
	close(pipes[1]);
	fd = open(path, O_RDONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600); // it cannot be written
	refused("config-save", "{\"path\":\"other.yaml\"}", fd, "failed", "other.yaml: Bad file descriptor");
	close(fd);
	fd = file_of("300", "");
	json_decref(done("config-apply", "{\"path\":\"other.yaml\",\"confirm-within\":5000}", fd));
	refused("config-save", "{\"path\":\"other.yaml\"}", fd, "failed",
		"the running configuration is on trial for 5000 ms more: config confirm or config rollback "
		"comes first");
	close(fd);
	end();
}

static const struct suite_case cases[] = {
	SUITE_CASE(a_file_that_comes_with_the_request_is_compared_and_applied),
	SUITE_CASE(a_file_with_a_fault_is_refused_with_its_line),
	SUITE_CASE(what_is_in_force_is_saved_in_two_steps),
	SUITE_CASE(a_file_to_save_to_must_be_empty_and_regular),
};
SUITE_MAIN("app save", cases)
