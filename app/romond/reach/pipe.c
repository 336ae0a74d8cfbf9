// SPDX-License-Identifier: BSD-3-Clause
// Bytes between streams and descriptors. Control thread; nothing here waits.
#include "pipe.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base_err.h"

#define CHUNK       (64 * 1024)
#define CHUNKS_TURN 4   // of one descriptor, before others have their turn
#define ENDED_MAX   256 // streams whose ends are remembered
#define EVENTS_MAX  64
#define GIVE_UP_US  1000000

struct pipe_set {
	struct stream_table *streams;
	void (*ended_fn)(void *ctx, const struct pipe *p, enum stream_end why);
	void *ended_ctx;
	struct pipe *first;
	uint32_t last_number;
	int epoll_fd;
	struct {
		uint32_t number;
		uint64_t peer; // 0 = it opened the stream
		struct pipe_past past;
	} ended[ENDED_MAX];
	uint32_t n_ended;
	uint8_t chunk[CHUNK];
};

struct pipe_set *pipe_set_create(struct stream_table *streams,
	void (*ended)(void *ctx, const struct pipe *p, enum stream_end why), void *ctx)
{
	struct pipe_set *set = calloc(1, sizeof(*set));

	if (set == NULL)
		return NULL;
	set->streams = streams;
	set->ended_fn = ended;
	set->ended_ctx = ctx;
	set->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (set->epoll_fd < 0) {
		free(set);
		return NULL;
	}
	return set;
}

void pipe_set_destroy(struct pipe_set *set)
{
	if (set == NULL)
		return;
	while (set->first != NULL)
		pipe_close(set->first, STREAM_END_ABORTED, 0);
	close(set->epoll_fd);
	free(set);
}

int pipe_set_fd(const struct pipe_set *set)
{
	return set->epoll_fd;
}

struct pipe *pipe_create(struct pipe_set *set, struct stream_conn *conn, uint32_t uid)
{
	struct pipe *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	if (++set->last_number == 0)
		set->last_number = 1;
	*p = (struct pipe){.set = set,
		.next = set->first,
		.conn = conn,
		.number = set->last_number,
		.uid = uid,
		.fd = -1};
	set->first = p;
	stream_user_set(conn, p);
	return p;
}

static void watch(struct pipe *p, uint32_t wanted)
{
	struct epoll_event ev = {.events = wanted, .data.ptr = p};

	if (p->fd < 0 || !p->is_watched || wanted == p->events)
		return;
	epoll_ctl(p->set->epoll_fd, EPOLL_CTL_MOD, p->fd, &ev);
	p->events = wanted;
}

static void unwatch(struct pipe *p)
{
	if (p->is_watched)
		epoll_ctl(p->set->epoll_fd, EPOLL_CTL_DEL, p->fd, NULL);
	p->is_watched = false;
}

static void ended_keep(const struct pipe *p, enum stream_end why, uint64_t now_us)
{
	struct pipe_set *set = p->set;
	uint32_t at = set->n_ended++ % ENDED_MAX;
	struct stream_facts f;

	stream_facts_get(p->conn, &f);
	set->ended[at].number = p->number;
	set->ended[at].peer = f.is_ours ? f.peer : 0;
	set->ended[at].past =
		(struct pipe_past){.service = f.there, .end = why, .cut = f.cut, .at_us = now_us};
}

void pipe_close(struct pipe *p, enum stream_end why, uint64_t now_us)
{
	struct pipe_set *set = p->set;
	struct pipe **at = &set->first;

	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	set->ended_fn(set->ended_ctx, p, why);
	ended_keep(p, why, now_us);
	stream_user_set(p->conn, NULL);
	stream_release(p->conn, now_us);
	unwatch(p);
	if (p->fd >= 0)
		close(p->fd);
	free(p);
}

// From the descriptor to the peer. False: the pipe is gone.
static bool pump_in(struct pipe *p, uint64_t now_us)
{
	for (int i = 0; i < CHUNKS_TURN && !p->in_ended; i++) {
		uint32_t room = stream_room(p->conn, CHUNK);
		if (room == 0)
			return true;
		ssize_t n = recv(p->fd, p->set->chunk, room, MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return true;
		if (n < 0) {
			pipe_close(p, STREAM_END_ABORTED, now_us);
			return false;
		}
		if (n == 0) {
			p->in_ended = true;
			stream_shut(p->conn, now_us);
		} else if (stream_write(p->conn, p->set->chunk, (uint32_t)n, now_us) < (uint32_t)n) {
			pipe_close(p, STREAM_END_ABORTED, now_us); // it had room, but there is no memory
			return false;
		}
	}
	return true;
}

// Who takes a stream and resets it without a word refuses it: its service is not there.
static enum stream_end end_of(const struct pipe *p)
{
	enum stream_end end = stream_end_of(p->conn);
	struct stream_facts f;

	stream_facts_get(p->conn, &f);
	return end == STREAM_END_RESET && f.is_ours && f.bytes_in == 0 ? STREAM_END_REFUSED : end;
}

// From the peer to the descriptor. False: the pipe is gone.
static bool pump_out(struct pipe *p, uint64_t now_us)
{
	uint32_t len;
	const uint8_t *bytes;

	while ((bytes = stream_read(p->conn, &len)) != NULL && len > 0) {
		ssize_t n = send(p->fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return true;
		if (n < 0) { // nobody reads there any more
			pipe_close(p, STREAM_END_ABORTED, now_us);
			return false;
		}
		stream_read_done(p->conn, (uint32_t)n);
	}
	if (!stream_is_read_out(p->conn))
		return true;
	if (!p->out_ended)
		shutdown(p->fd, SHUT_WR);
	p->out_ended = true;
	enum stream_end end = end_of(p);
	if (end == STREAM_END_NONE)
		return true;
	pipe_close(p, end, now_us);
	return false;
}

static void watch_again(struct pipe *p)
{
	uint32_t len;
	uint32_t wanted = 0;

	if (!p->in_ended && stream_room(p->conn, 1) > 0)
		wanted |= EPOLLIN;
	(void)stream_read(p->conn, &len);
	if (len > 0)
		wanted |= EPOLLOUT;
	watch(p, wanted);
}

static void pump(struct pipe *p, uint64_t now_us)
{
	if (pump_in(p, now_us) && pump_out(p, now_us))
		watch_again(p);
}

int pipe_bind(struct pipe *p, int fd, bool is_connecting, uint64_t now_us)
{
	struct epoll_event ev = {.events = is_connecting ? EPOLLOUT : EPOLLIN, .data.ptr = p};

	if (epoll_ctl(p->set->epoll_fd, EPOLL_CTL_ADD, fd, &ev) != 0)
		return -errno;
	p->fd = fd;
	p->is_watched = true;
	p->is_connecting = is_connecting;
	p->events = ev.events;
	p->told = NULL;
	if (!is_connecting)
		pump(p, now_us);
	return 0;
}

// The service of this machine took the connection, or not. False: it did not, and the pipe is gone.
static bool connected(struct pipe *p, uint64_t now_us)
{
	int err = 0;
	socklen_t len = sizeof(err);

	if (getsockopt(p->fd, SOL_SOCKET, SO_ERROR, &err, &len) == 0 && err == 0) {
		p->is_connecting = false;
		return true;
	}
	pipe_close(p, STREAM_END_REFUSED, now_us);
	return false;
}

static void fd_event(struct pipe *p, uint32_t events, uint64_t now_us)
{
	if (p->is_connecting && !connected(p, now_us))
		return;
	if ((events & (EPOLLHUP | EPOLLERR)) == 0) {
		pump(p, now_us);
		return;
	}
	// both ways are closed there: what was written before is still taken, and nobody reads
	while (!p->in_ended && stream_room(p->conn, 1) > 0) {
		if (!pump_in(p, now_us))
			return;
	}
	unwatch(p);
	p->give_up_us = now_us + GIVE_UP_US;
	pump_out(p, now_us);
}

void pipe_set_run(struct pipe_set *set, uint64_t now_us)
{
	struct epoll_event events[EVENTS_MAX];

	int n = epoll_wait(set->epoll_fd, events, EVENTS_MAX, 0);
	// each pipe stands in them once, and ends no other
	for (int i = 0; i < n; i++)
		fd_event(events[i].data.ptr, events[i].events, now_us);
}

// A stream without a descriptor yet.
static void unbound_news(struct pipe *p, uint32_t news, uint64_t now_us)
{
	void (*told)(void *, struct pipe *, enum stream_end) = p->told;

	if (news & STREAM_ENDED) {
		enum stream_end end = stream_end_of(p->conn);

		p->told = NULL;
		if (told != NULL)
			told(p->ctx, p, end);
		pipe_close(p, end, now_us);
	} else if ((news & STREAM_OPENED) && told != NULL) {
		p->told = NULL;
		told(p->ctx, p, STREAM_END_NONE);
	}
}

uint64_t pipe_set_news(
	struct pipe_set *set, uint64_t now_us, void (*accepted)(void *ctx, struct pipe *p), void *ctx)
{
	struct stream_conn *c;
	uint64_t due_us = UINT64_MAX;
	uint32_t news;

	while ((c = stream_next(set->streams, &news)) != NULL) {
		struct pipe *p = stream_user(c);

		if (p == NULL && (p = pipe_create(set, c, PIPE_OF_OTHERS)) == NULL) {
			stream_release(c, now_us);
			continue;
		}
		if (p->fd >= 0) {
			if (!p->is_connecting)
				pump(p, now_us);
			else if (news & STREAM_ENDED)
				pipe_close(p, stream_end_of(c), now_us);
		} else if ((news & STREAM_OPENED) && p->uid == PIPE_OF_OTHERS && p->told == NULL) {
			accepted(ctx, p);
		} else {
			unbound_news(p, news, now_us);
		}
	}
	for (struct pipe *p = set->first, *next; p != NULL; p = next) {
		next = p->next;
		if (p->give_up_us == 0)
			continue;
		if (p->give_up_us <= now_us)
			pipe_close(p, STREAM_END_ABORTED, now_us);
		else if (p->give_up_us < due_us)
			due_us = p->give_up_us;
	}
	return due_us;
}

struct pipe *pipe_find(struct pipe_set *set, uint32_t number)
{
	struct pipe *p = set->first;

	while (p != NULL && p->number != number)
		p = p->next;
	return p;
}

const struct pipe *pipe_after(const struct pipe_set *set, uint32_t number)
{
	const struct pipe *found = NULL;

	for (const struct pipe *p = set->first; p != NULL; p = p->next) {
		if (p->number > number && (found == NULL || p->number < found->number))
			found = p;
	}
	return found;
}

enum stream_end pipe_ended(const struct pipe_set *set, uint32_t number)
{
	for (uint32_t i = 0; i < ENDED_MAX; i++) {
		if (set->ended[i].number == number)
			return set->ended[i].past.end;
	}
	return STREAM_END_NONE;
}

bool pipe_past_get(const struct pipe_set *set, uint64_t peer, struct pipe_past *out)
{
	for (uint32_t n = set->n_ended; n > 0 && set->n_ended - n < ENDED_MAX; n--) {
		if (set->ended[(n - 1) % ENDED_MAX].peer != peer)
			continue;
		*out = set->ended[(n - 1) % ENDED_MAX].past;
		return true;
	}
	return false;
}
