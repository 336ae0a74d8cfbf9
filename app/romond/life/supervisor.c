// SPDX-License-Identifier: BSD-3-Clause
// The words of sd_notify(3), without libsystemd: a datagram each. Control thread; never waits.
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "app.h"
#include "base_clock.h"
#include "base_log.h"
#include "dp.h"
#include "supervisor.h"

LOG_TYPE("supervisor");

#define WORD_SIZE       160
#define WORDS_A_TIMEOUT 4 // one may be lost, and one be late

struct supervisor {
	int fd;                           // negative: nobody listens
	uint64_t feed_ms;                 // between two words that we live; 0 = nobody waits for them
	uint64_t fed_ms;                  // real clock
	bool is_deaf;                     // told
	uint64_t turns[SNAP_WORKERS_MAX]; // that the workers had made at the last word
};

// A path, or "@NAME" in the abstract namespace. Returns the address's length, 0 = it is none.
static socklen_t address_of(const char *name, struct sockaddr_un *out)
{
	size_t len = strlen(name);

	if ((name[0] != '/' && name[0] != '@') || len < 2 || len >= sizeof(out->sun_path))
		return 0;
	*out = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(out->sun_path, name, len);
	if (name[0] == '@')
		out->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + (name[0] == '/'));
}

static int socket_open(const char *name)
{
	struct sockaddr_un address;
	socklen_t len = address_of(name, &address);
	int fd = len == 0 ? -1 : socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, len) == 0)
		return fd;
	LOG(WARNING, "NOTIFY_SOCKET %s: %s; whoever started romond will not hear of it", name,
		len == 0 ? "no path and no @NAME" : strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

static bool tell(struct supervisor *s, const char *words)
{
	if (s->fd < 0)
		return false;
	bool is_sent = send(s->fd, words, strlen(words), MSG_NOSIGNAL) >= 0;

	if (!is_sent && !s->is_deaf)
		LOG(WARNING, "the service manager does not take a word of NOTIFY_SOCKET: %s",
			strerror(errno));
	s->is_deaf = !is_sent;
	return is_sent;
}

static uint64_t feed_ms_read(void)
{
	const char *usec = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");

	if (usec == NULL || (pid != NULL && strtol(pid, NULL, 10) != getpid()))
		return 0;
	return strtoull(usec, NULL, 10) / 1000 / WORDS_A_TIMEOUT;
}

static void ready_tell(struct app *app)
{
	char words[WORD_SIZE];

	snprintf(words, sizeof(words), "READY=1\nSTATUS=%u ports, generation %" PRIu64 "%s",
		app->conf->n_ports, app->generation,
		app->conf->n_ports == 0 ? ": forwards nothing, romonctl why says why" : "");
	(void)tell(app->supervisor, words);
}

int supervisor_start(struct app *app)
{
	const char *name = getenv("NOTIFY_SOCKET");
	struct supervisor *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return base_errno_set(ENOMEM);
	app->supervisor = s;
	s->fd = name == NULL ? -1 : socket_open(name);
	s->feed_ms = s->fd < 0 ? 0 : feed_ms_read();
	s->fed_ms = base_real_ms();
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	ready_tell(app);
	return 0;
}

void supervisor_stop(struct app *app)
{
	(void)tell(app->supervisor, "STOPPING=1");
	if (app->supervisor->fd >= 0)
		close(app->supervisor->fd);
	free(app->supervisor);
	app->supervisor = NULL;
}

static uint64_t turns_of(struct app *app, uint32_t worker)
{
	return dp_counter_read(&dp_worker_counters(app->workers[worker])->polls);
}

static bool all_turned(struct app *app)
{
	for (uint32_t w = 0; w < app->n_workers; w++) {
		if (turns_of(app, w) == app->supervisor->turns[w] &&
			!dp_worker_is_waiting(app->workers[w])) // with nothing to do it makes none
			return false;
	}
	return true;
}

bool supervisor_tick(struct app *app, uint64_t now_ms)
{
	struct supervisor *s = app->supervisor;
	uint64_t real_ms = base_real_ms(); // now_ms stands still while a worker does

	(void)now_ms;
	if (s->feed_ms == 0 || real_ms - s->fed_ms < s->feed_ms || !all_turned(app))
		return false;
	if (tell(s, "WATCHDOG=1"))
		s->fed_ms = real_ms;
	for (uint32_t w = 0; w < app->n_workers; w++)
		s->turns[w] = turns_of(app, w);
	return false;
}

void supervisor_reloading(struct app *app)
{
	char words[WORD_SIZE];

	snprintf(words, sizeof(words), "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, base_real_ms() * 1000);
	(void)tell(app->supervisor, words);
}

void supervisor_reloaded(struct app *app)
{
	ready_tell(app);
}
