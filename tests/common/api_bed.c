// SPDX-License-Identifier: BSD-3-Clause
// A server to test, in the test's thread.
#include <assert.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "api_bed.h"
#include "base_log.h"
#include "base_text.h"

#define TURNS_MAX    100000
#define ROOM_AT_ONCE (1024 * 1024)

static void log_count(enum base_log_level level, const char *line, void *ctx)
{
	(void)level;
	(void)line;
	(*(unsigned *)ctx)++;
}

static void bed_open(struct api_bed *b, struct api_server_cfg cfg)
{
	*b = (struct api_bed){.n_log_lines = 0};
	base_log_sink_set(log_count, &b->n_log_lines);
	base_text_copy(b->dir, sizeof(b->dir), "/tmp/test_api.XXXXXX");
	const char *dir = mkdtemp(b->dir);
	assert(dir != NULL);
	snprintf(b->path, sizeof(b->path), "%s/control.sock", b->dir);
	cfg.path = b->path;
	b->server = api_server_create(&cfg);
	assert(b->server != NULL);
}

void api_bed_open(
	struct api_bed *b, const struct api_command *commands, size_t n, void *ctx, const char *group)
{
	bed_open(b, (struct api_server_cfg){.group = group, .table = {commands, n, ctx}});
}

void api_bed_open_as(struct api_bed *b, const struct api_command *commands, size_t n,
	uint64_t (*now_ms)(void), void (*peer_seam)(int fd, struct api_peer *peer))
{
	bed_open(b, (struct api_server_cfg){
			    .table = {commands, n, NULL}, .now_ms = now_ms, .peer_seam = peer_seam});
}

void api_bed_close(struct api_bed *b)
{
	api_server_destroy(b->server);
	int rc = rmdir(b->dir);
	assert(rc == 0);
	base_log_sink_set(NULL, NULL);
}

void api_bed_pump(struct api_bed *b)
{
	struct pollfd p = {.fd = api_server_fd(b->server), .events = POLLIN};

	for (int i = 0; i < TURNS_MAX && poll(&p, 1, 0) == 1; i++)
		api_server_run_once(b->server);
	int n = poll(&p, 1, 0);
	assert(n == 0);
}

int api_bed_peer(struct api_bed *b)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	base_text_copy(addr.sun_path, sizeof(addr.sun_path), b->path);
	int rc = connect(fd, (struct sockaddr *)&addr, sizeof(addr));
	assert(rc == 0);
	api_bed_pump(b);
	return fd;
}

size_t api_bed_send(struct api_bed *b, int fd, const void *bytes, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = send(fd, (const char *)bytes + done, len - done, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno != EAGAIN)
			break;
		if (n > 0)
			done += (size_t)n;
		api_bed_pump(b);
	}
	return done;
}

char *api_bed_receive(struct api_bed *b, int fd, size_t *len, bool *is_closed)
{
	size_t size = ROOM_AT_ONCE;
	char *all = malloc(size);
	size_t got = 0;
	ssize_t n;

	*is_closed = false;
	while ((n = recv(fd, all + got, size - got - 1, MSG_DONTWAIT)) != 0) {
		if (n < 0 && errno != EAGAIN) {
			*is_closed = true;
			break;
		}
		if (n < 0)
			break;
		got += (size_t)n;
		if (size - got < 4096)
			all = realloc(all, size *= 2);
		api_bed_pump(b);
	}
	*is_closed |= n == 0;
	all[got] = '\0';
	if (len != NULL)
		*len = got;
	return all;
}
