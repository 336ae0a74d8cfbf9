// SPDX-License-Identifier: BSD-3-Clause
// The client against a server that answers rightly, wrongly, late, or not at all. The server is a thread
// that plays a script, because api_client_call() blocks.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "api_client.h"
#include "base_clock.h"
#include "base_text.h"
#include "suite.h"

#define TIMEOUT_MS 5000 // never reached when all is well

// One connection: read a line, send `answer`, close or wait for the client's end.
struct script {
	const char *answer;
	bool closes;
	char request[256]; // what was asked
	char dir[64];
	struct sockaddr_un addr;
	int listen_fd;
	pthread_t thread;
	bool is_joined;
};

static void *script_play(void *arg)
{
	struct script *s = arg;
	size_t len = 0;
	char rest[64];

	int fd = accept(s->listen_fd, NULL, NULL);
	while (len == 0 || s->request[len - 1] != '\n') {
		ssize_t n = recv(fd, s->request + len, sizeof(s->request) - 1 - len, 0);
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	s->request[len] = '\0';
	if (send(fd, s->answer, strlen(s->answer), MSG_NOSIGNAL) < 0 || s->closes)
		shutdown(fd, SHUT_RDWR);
	while (recv(fd, rest, sizeof(rest), 0) > 0)
		continue;
	close(fd);
	return NULL;
}

static struct api_client *script_start(struct script *s)
{
	base_text_copy(s->dir, sizeof(s->dir), "/tmp/test_api.XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(s->dir));
	s->addr.sun_family = AF_UNIX;
	snprintf(s->addr.sun_path, sizeof(s->addr.sun_path), "%s/s", s->dir);
	s->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CU_ASSERT_EQUAL_FATAL(bind(s->listen_fd, (struct sockaddr *)&s->addr, sizeof(s->addr)), 0);
	CU_ASSERT_EQUAL_FATAL(listen(s->listen_fd, 1), 0);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&s->thread, NULL, script_play, s), 0);
	struct api_client *c = api_client_connect(s->addr.sun_path, TIMEOUT_MS);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	return c;
}

static void script_end(struct script *s, struct api_client *c)
{
	api_client_close(c);
	if (!s->is_joined)
		pthread_join(s->thread, NULL);
	close(s->listen_fd);
	unlink(s->addr.sun_path);
	CU_ASSERT_EQUAL(rmdir(s->dir), 0);
}

// Ask once; returns what api_client_call() did. data may be NULL when none is expected.
static int ask(const char *answer, bool closes, int timeout_ms, json_t **data, struct api_error *err)
{
	struct script s = {.answer = answer, .closes = closes};
	json_t *got = NULL;

	struct api_client *c = script_start(&s);
	int rc = api_client_call(c, "echo", NULL, timeout_ms, &got, err);
	script_end(&s, c);
	CU_ASSERT_STRING_EQUAL(s.request, "{\"v\":1,\"id\":1,\"cmd\":\"echo\"}\n");
	CU_ASSERT_EQUAL(rc == 0, got != NULL);
	if (data != NULL)
		*data = got;
	else
		json_decref(got);
	return rc;
}

static void answers_are_taken(void)
{
	struct api_error err = API_ERROR_INIT;
	json_t *data = NULL;

	CU_ASSERT_EQUAL(ask("{\"id\":1,\"ok\":true,\"data\":[1]}\n", false, TIMEOUT_MS, &data, &err), 0);
	CU_ASSERT_EQUAL(json_integer_value(json_array_get(data, 0)), 1);
	json_decref(data);
}

static void refusals_carry_code_sentence_and_more(void)
{
	struct api_error err = API_ERROR_INIT;

	CU_ASSERT_EQUAL(ask("{\"id\":1,\"ok\":false,\"error\":{\"code\":\"invalid-config\",\"message\":\"m\","
			    "\"issues\":[3]}}\n",
				false, TIMEOUT_MS, NULL, &err),
		-EREMOTEIO);
	CU_ASSERT_EQUAL(err.code, API_ERROR_INVALID_CONFIG);
	CU_ASSERT_STRING_EQUAL(err.message, "m");
	CU_ASSERT_EQUAL(json_array_size(json_object_get(err.extra, "issues")), 1);
	CU_ASSERT_EQUAL(json_object_size(err.extra), 1);
	api_error_clear(&err);

	CU_ASSERT_EQUAL(ask("{\"id\":null,\"ok\":false,\"error\":{\"code\":\"of-the-future\"}}\n", false,
				TIMEOUT_MS, NULL, &err),
		-EREMOTEIO);
	CU_ASSERT_EQUAL(err.code, API_ERROR_FAILED);
	CU_ASSERT_STRING_EQUAL(err.message, "no reason given");
	api_error_clear(&err);
}

static void wrong_answers_are_no_answers(void)
{
	static const char *const wrong[] = {"\n", "[]\n", "x\n", "{\"id\":1}\n", "{\"id\":1,\"ok\":true}\n",
		"{\"id\":2,\"ok\":true,\"data\":1}\n", "{\"id\":2,\"ok\":false,\"error\":{}}\n",
		"{\"id\":1,\"ok\":false,\"error\":3}\n", "{\"id\":1,\"ok\":1,\"data\":1}\n"};
	struct api_error err = API_ERROR_INIT;

	for (size_t i = 0; i < BASE_ARRAY_LEN(wrong); i++)
		CU_ASSERT_EQUAL(ask(wrong[i], false, TIMEOUT_MS, NULL, &err), -EPROTO);
}

static void ends_and_delays_are_told_apart(void)
{
	struct api_error err = API_ERROR_INIT;

	CU_ASSERT_EQUAL(ask("", true, TIMEOUT_MS, NULL, &err), -ECONNRESET);
	CU_ASSERT_EQUAL(ask("{\"id\":1,\"ok\":tr", true, TIMEOUT_MS, NULL, &err), -ECONNRESET);
	uint64_t start_ms = base_mono_ms();
	CU_ASSERT_EQUAL(ask("{\"id\":1,\"ok\":tr", false, 50, NULL, &err), -ETIMEDOUT);
	CU_ASSERT(base_mono_ms() - start_ms >= 50);
	CU_ASSERT(base_mono_ms() - start_ms < TIMEOUT_MS);
}

static void second_call_after_the_end_is_an_error_not_a_signal(void)
{
	struct script s = {.answer = "{\"id\":1,\"ok\":true,\"data\":1}\n", .closes = true};
	struct api_error err = API_ERROR_INIT;
	json_t *data = NULL;

	struct api_client *c = script_start(&s);
	CU_ASSERT_EQUAL(api_client_call(c, "echo", NULL, TIMEOUT_MS, &data, &err), 0);
	json_decref(data);
	pthread_join(s.thread, NULL);
	s.is_joined = true;
	CU_ASSERT_EQUAL(api_client_call(c, "echo", NULL, TIMEOUT_MS, &data, &err), -ECONNRESET);
	CU_ASSERT_EQUAL(api_client_call(c, "echo", NULL, TIMEOUT_MS, &data, &err), -ECONNRESET);
	script_end(&s, c);
}

static void no_server_says_why(void)
{
	CU_ASSERT_PTR_NULL(api_client_connect("/tmp/no/such/socket", 100));
	CU_ASSERT_EQUAL(errno, ENOENT);
	CU_ASSERT_PTR_NULL(api_client_connect("", 100));
	CU_ASSERT_EQUAL(errno, EINVAL);
	CU_ASSERT_PTR_NULL(api_client_connect("/dev/null", 100));
	CU_ASSERT_EQUAL(errno, ECONNREFUSED);
	char longer[200];
	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	CU_ASSERT_PTR_NULL(api_client_connect(longer, 100));
	CU_ASSERT_EQUAL(errno, ENAMETOOLONG);
}

static void too_long_a_request_is_not_sent(void)
{
	struct script s = {.answer = "", .closes = true};
	struct api_error err = API_ERROR_INIT;
	json_t *data = NULL;

	struct api_client *c = script_start(&s);
	char *text = malloc(API_LINE_LEN_MAX);
	memset(text, 'x', API_LINE_LEN_MAX);
	json_t *args = json_pack("{s:s#}", "text", text, API_LINE_LEN_MAX);
	CU_ASSERT_EQUAL(api_client_call(c, "echo", args, TIMEOUT_MS, &data, &err), -EMSGSIZE);
	json_decref(args);
	free(text);
	script_end(&s, c);
	CU_ASSERT_STRING_EQUAL(s.request, "");
}

static const struct suite_case cases[] = {
	SUITE_CASE(answers_are_taken),
	SUITE_CASE(refusals_carry_code_sentence_and_more),
	SUITE_CASE(wrong_answers_are_no_answers),
	SUITE_CASE(ends_and_delays_are_told_apart),
	SUITE_CASE(second_call_after_the_end_is_an_error_not_a_signal),
	SUITE_CASE(no_server_says_why),
	SUITE_CASE(too_long_a_request_is_not_sent),
};

SUITE_MAIN("api_client", cases)
