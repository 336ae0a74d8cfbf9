// SPDX-License-Identifier: BSD-3-Clause
// Control socket, server side: who connects, who gets a place, whose turn it is (api_conn.c: one client;
// api_feed.c: its feed). One thread; never blocks: every descriptor is non-blocking, and a peer that does
// not read is closed instead of waited for.
//
// A turn (api_server_run_once) takes events, reads at most a chunk of each client, and answers at most one
// request of each, so that a client with a megabyte of requests cannot hold up the others or the control
// loop. Requests that are left keep wake_fd readable.
#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api_private.h"
#include "base_clock.h"
#include "base_log.h"

LOG_TYPE("api");

#define ACCEPTS_PER_TURN  32
#define NS_PER_S          1000000000u
#define MS_PER_S          1000
#define TURN_NS           5000000u // of a turn, for requests of others than root
#define REFUSALS_LOG_PPS  1        // lines about refused peers: they come as fast as peers connect
#define REFUSALS_LOG_MOST 5

static int spare_open(void)
{
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

bool api_server_may_tell(struct api_server *s)
{
	return base_bucket_take(&s->refusals, &s->refusal_rate, base_mono_ns(), 1) == 1;
}

// Commands that do something cost control and workers more than a look: a reload, or a torch that begins, is
// a new snapshot. Each user has a share; who did nothing for the longest time makes room for another.
bool api_server_share_take(struct api_server *s, const struct api_peer *peer)
{
	struct base_bucket_rate rate = base_bucket_rate_make(MS_PER_S, API_OPERATE_PER_S, API_OPERATE_MOST);
	uint64_t now_ms = s->now_ms();
	size_t at = 0;

	if (peer->tier == API_TIER_ROOT)
		return true;
	for (size_t i = 0; i < API_SHARES; i++) {
		if (s->shares[i].used_ms != 0 && s->shares[i].uid == peer->uid) {
			at = i;
			break;
		}
		if (s->shares[i].used_ms < s->shares[at].used_ms)
			at = i;
	}
	if (s->shares[at].used_ms == 0 || s->shares[at].uid != peer->uid) {
		s->shares[at].uid = peer->uid;
		s->shares[at].bucket = (struct base_bucket){0};
	}
	s->shares[at].used_ms = now_ms;
	return base_bucket_take(&s->shares[at].bucket, &rate, now_ms, 1) == 1;
}

static int watch_add(struct api_server *s, int fd, void *who)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = who};

	return epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, fd, &ev) == 0 ? 0 : -errno;
}

// A command whose tier was forgotten would be anybody's.
static bool table_is_whole(const struct api_table *table)
{
	for (size_t i = 0; i < table->n_commands; i++) {
		if (table->commands[i].tier <= API_TIER_INVALID || table->commands[i].tier >= API_N_TIERS)
			return false;
	}
	return true;
}

const struct api_call *api_server_call(const struct api_server *s)
{
	return s->is_called ? &s->call : NULL;
}

struct api_server *api_server_create(const struct api_server_cfg *cfg)
{
	struct api_listen_cfg listen = {cfg->path, cfg->group, cfg->read_group};
	struct api_server *s = table_is_whole(&cfg->table) ? calloc(1, sizeof(*s)) : base_errno_null(EINVAL);

	if (s == NULL)
		return NULL;
	s->table = cfg->table;
	s->now_ms = cfg->now_ms != NULL ? cfg->now_ms : base_mono_ms;
	s->peer_seam = cfg->peer_seam;
	s->refusal_rate = base_bucket_rate_make(NS_PER_S, REFUSALS_LOG_PPS, REFUSALS_LOG_MOST);
	for (size_t i = 0; i < API_CLIENTS_MAX; i++)
		s->clients[i].fd = -1;
	s->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	s->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	s->spare_fd = spare_open();
	int rc = s->epoll_fd < 0 || s->wake_fd < 0 || s->spare_fd < 0 ? -errno : 0;
	if (rc != 0) {
		LOG(ERROR, "%s: cannot serve this socket: %s", cfg->path, strerror(-rc));
		s->listen = (struct api_listen){.fd = -1, .lock_fd = -1};
	} else {
		rc = api_listen_open(&s->listen, &listen);
	}
	if (rc == 0)
		rc = watch_add(s, s->listen.fd, &s->listen);
	if (rc == 0)
		rc = watch_add(s, s->wake_fd, &s->wake_fd);
	if (rc == 0)
		return s;
	api_server_destroy(s);
	return base_errno_null(-rc);
}

void api_server_destroy(struct api_server *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < API_CLIENTS_MAX; i++) {
		if (s->clients[i].fd >= 0)
			api_conn_close(s, &s->clients[i]);
	}
	api_listen_close(&s->listen);
	if (s->epoll_fd >= 0)
		close(s->epoll_fd);
	if (s->wake_fd >= 0)
		close(s->wake_fd);
	if (s->spare_fd >= 0)
		close(s->spare_fd);
	free(s);
}

int api_server_fd(const struct api_server *s)
{
	return s->epoll_fd;
}

unsigned api_server_clients(const struct api_server *s)
{
	return s->n_clients;
}

// Why a peer is not served: a line that he can read, then the end.
static void peer_refuse(struct api_server *s, int fd, const struct api_peer *peer, struct api_error *err)
{
	char who[API_PEER_TEXT_SIZE];
	json_t *answer = api_answer_make(NULL, NULL, err);
	char *text = answer == NULL ? NULL : json_dumps(answer, JSON_COMPACT | JSON_ENSURE_ASCII);

	if (api_server_may_tell(s))
		LOG(WARNING, "refused a connection of %s: %s", api_peer_describe(peer->uid, peer->pid, who),
			err->message);
	if (text != NULL) {
		size_t len = strlen(text);

		text[len] = '\n'; // in the place of the NUL
		ssize_t n = send(fd, text, len + 1, MSG_NOSIGNAL | MSG_DONTWAIT);
		(void)n; // an empty socket takes it; if not, he sees the end alone
	}
	free(text);
	json_decref(answer);
	close(fd);
}

// How many places are taken by one user, and by all who are not of the tier root.
static void places_count(const struct api_server *s, uid_t uid, unsigned *n_uid, unsigned *n_others)
{
	*n_uid = *n_others = 0;
	for (size_t i = 0; i < API_CLIENTS_MAX; i++) {
		const struct api_conn *c = &s->clients[i];

		*n_uid += c->fd >= 0 && c->peer.uid == uid;
		*n_others += c->fd >= 0 && c->peer.tier != API_TIER_ROOT;
	}
}

// Who does nothing, for the longest time; those who are not root first. NULL: all have something to do.
static struct api_conn *quietest_find(struct api_server *s)
{
	struct api_conn *best = NULL;

	for (size_t i = 0; i < API_CLIENTS_MAX; i++) {
		struct api_conn *c = &s->clients[i];

		if (c->feed != NULL || c->has_line || c->is_ready)
			continue;
		bool is_root = c->peer.tier == API_TIER_ROOT;
		bool best_is_root = best != NULL && best->peer.tier == API_TIER_ROOT;
		if (best == NULL || (best_is_root && !is_root) ||
			(best_is_root == is_root && c->quiet_ms < best->quiet_ms))
			best = c;
	}
	return best;
}

static struct api_conn *free_find(struct api_server *s)
{
	for (size_t i = 0; i < API_CLIENTS_MAX; i++) {
		if (s->clients[i].fd < 0)
			return &s->clients[i];
	}
	return NULL;
}

// A place for the peer, or NULL with err set.
static struct api_conn *place_find(struct api_server *s, const struct api_peer *peer, struct api_error *err)
{
	unsigned n_uid;
	unsigned n_others;

	places_count(s, peer->uid, &n_uid, &n_others);
	if (peer->tier != API_TIER_ROOT && n_uid >= API_CLIENTS_UID)
		return api_fail(err, API_ERROR_BUSY,
			"too many connections of your uid %u: %u are open already; close one of them",
			peer->uid, n_uid);
	if (peer->tier != API_TIER_ROOT && n_others >= API_CLIENTS_MAX - API_CLIENTS_ROOT)
		return api_fail(err, API_ERROR_BUSY,
			"too many connections: %u are open already, and the other places are for root",
			n_others);
	struct api_conn *c = free_find(s);
	if (c == NULL && (c = quietest_find(s)) != NULL)
		api_conn_close(s, c);
	if (c == NULL)
		api_fail(err, API_ERROR_BUSY,
			"too many connections: %d are open already, and all of them follow", API_CLIENTS_MAX);
	return c;
}

// Take what connected into a place, or refuse it.
static void client_open(struct api_server *s, int fd)
{
	struct api_error err = API_ERROR_INIT;
	struct api_peer peer = {.tier = API_TIER_INVALID};
	struct api_conn *c = NULL;

	int rc = api_listen_peer(&s->listen, fd, &peer);
	if (rc == 0 && s->peer_seam != NULL)
		s->peer_seam(fd, &peer);
	if (rc != 0 || peer.tier == API_TIER_INVALID)
		api_fail(&err, API_ERROR_NOT_PERMITTED, "this socket is for %s",
			api_tier_holders(API_TIER_READ));
	else
		c = place_find(s, &peer, &err);
	if (c != NULL && watch_add(s, fd, c) != 0) {
		api_fail(&err, API_ERROR_FAILED, "out of memory");
		c = NULL;
	}
	if (c == NULL) {
		peer_refuse(s, fd, &peer, &err);
		return;
	}
	*c = (struct api_conn){.fd = fd, .peer = peer, .events = EPOLLIN, .quiet_ms = s->now_ms()};
	s->n_clients++;
}

static void listener_ready(struct api_server *s)
{
	for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
		int fd = accept4(s->listen.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			client_open(s, fd);
			continue;
		}
		if (errno != EMFILE && errno != ENFILE)
			return;
		// No descriptor left: one that is never taken would keep the listener readable for ever.
		if (api_server_may_tell(s))
			LOG(WARNING, "refused a connection: no file descriptor left");
		close(s->spare_fd);
		fd = accept4(s->listen.fd, NULL, NULL, SOCK_CLOEXEC);
		if (fd >= 0)
			close(fd);
		s->spare_fd = spare_open();
		return;
	}
}

static void client_turn(struct api_server *s, struct api_conn *c)
{
	char who[API_PEER_TEXT_SIZE];
	int rc = c->broken;

	if (rc == 0 && c->is_ready)
		rc = api_conn_read(c);
	c->is_ready = false;
	if (rc == 0 && c->has_line)
		rc = api_conn_serve(s, c);
	if (rc == 0)
		rc = c->broken; // by a feed that sent in there
	if (rc == 0)
		rc = api_conn_write(s, c);
	bool is_done = c->is_ending && !c->has_line && api_buf_len(&c->out) == 0;
	if (rc == 0 && !is_done)
		rc = api_conn_watch(s, c);
	if (rc == -ENOBUFS && api_server_may_tell(s))
		LOG(NOTICE, "closed a client that left %d bytes of answers unread: %s", API_QUEUE_LEN_MAX,
			api_peer_describe(c->peer.uid, c->peer.pid, who));
	if (rc != 0 || is_done)
		api_conn_close(s, c);
}

void api_server_wake(struct api_server *s, bool is_awake)
{
	uint64_t n = 1;

	if (is_awake == s->is_awake)
		return;
	ssize_t done = is_awake ? write(s->wake_fd, &n, sizeof(n)) : read(s->wake_fd, &n, sizeof(n));
	assert(done == sizeof(n)); // an eventfd at 0 takes a 1, one at 1 gives it back
	s->is_awake = is_awake;
}

static bool has_turn(const struct api_conn *c)
{
	return c->is_ready || c->has_line || c->broken != 0;
}

// A turn for all who wait for one: first for the tier root, then for others until they have had their time.
// The next turn goes on behind the last of them, so that each comes to it, and one user's requests hold up
// nobody for long.
static void clients_turn(struct api_server *s)
{
	size_t i;

	for (i = 0; i < API_CLIENTS_MAX; i++) {
		if (s->clients[i].peer.tier == API_TIER_ROOT && has_turn(&s->clients[i]))
			client_turn(s, &s->clients[i]);
	}
	uint64_t end_ns = base_mono_ns() + TURN_NS;
	for (i = 0; i < API_CLIENTS_MAX && base_mono_ns() < end_ns; i++) {
		struct api_conn *c = &s->clients[(s->next_turn + i) % API_CLIENTS_MAX];

		if (c->peer.tier != API_TIER_ROOT && has_turn(c))
			client_turn(s, c);
	}
	s->next_turn = (s->next_turn + i) % API_CLIENTS_MAX;
}

void api_server_run_once(struct api_server *s)
{
	struct epoll_event events[API_CLIENTS_MAX + 2];
	bool has_work = false; // for the next turn
	bool must_accept = false;

	int n = epoll_wait(s->epoll_fd, events, BASE_ARRAY_LEN(events), 0);
	for (int i = 0; i < n; i++) {
		void *who = events[i].data.ptr;

		if (who == &s->listen) {
			must_accept = true;
		} else if (who != &s->wake_fd) {
			((struct api_conn *)who)->is_ready = true;
		}
	}
	clients_turn(s);
	for (size_t i = 0; i < API_CLIENTS_MAX; i++)
		has_work |= s->clients[i].has_line || s->clients[i].broken != 0;
	api_server_wake(s, has_work);
	if (must_accept)
		listener_ready(s);
}

void api_server_tick(struct api_server *s)
{
	uint64_t now_ms = s->now_ms();

	for (size_t i = 0; i < API_CLIENTS_MAX; i++) {
		struct api_conn *c = &s->clients[i];
		char who[API_PEER_TEXT_SIZE];

		if (c->fd < 0)
			continue;
		if (c->stuck_ms != 0 && now_ms - c->stuck_ms >= API_STUCK_MS) {
			if (api_server_may_tell(s))
				LOG(NOTICE, "closed a client that took no answer for %d s: %s",
					API_STUCK_MS / 1000,
					api_peer_describe(c->peer.uid, c->peer.pid, who));
			api_conn_close(s, c);
		} else if (c->feed == NULL && c->stuck_ms == 0 && !c->has_line &&
			   now_ms - c->quiet_ms >= API_QUIET_MS) {
			api_conn_close(s, c);
		}
	}
}
