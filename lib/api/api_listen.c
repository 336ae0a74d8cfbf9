// SPDX-License-Identifier: BSD-3-Clause
// The listening socket as a file. Control thread.
//
// The lock file decides between instances; connecting to an old socket only tells a dead one from one of
// another program. The mode is set on the socket before bind() (Linux takes it over into the file), so the
// file never has more rights than it ends with, and the umask of the process stays as it is.
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api_listen.h"
#include "base_log.h"
#include "base_text.h"

LOG_TYPE("api");

#define BACKLOG         256 // that wait to be taken: then a client waits in connect()
#define LOCK_TRIES      16
#define GROUP_SIZE_MAX  (1024 * 1024) // of a group's entry with all its members
#define PEER_GROUPS_MAX 65536         // NGROUPS_MAX of Linux

int api_addr_make(struct sockaddr_un *addr, const char *path)
{
	*addr = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (path[0] == '\0')
		return base_errno_set(EINVAL);
	return base_text_copy(addr->sun_path, sizeof(addr->sun_path), path);
}

// Take the lock file. A loser of the race finds the file unlinked behind its back, and tries again.
static int lock_take(struct api_listen *l)
{
	for (int i = 0; i < LOCK_TRIES; i++) {
		struct stat mine;
		struct stat there;

		int fd = open(l->lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (fd < 0)
			return -errno;
		if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
			int err = errno == EWOULDBLOCK ? EADDRINUSE : errno;
			close(fd);
			return base_errno_set(err);
		}
		if (fstat(fd, &mine) == 0 && lstat(l->lock_path, &there) == 0 &&
			mine.st_ino == there.st_ino && mine.st_dev == there.st_dev) {
			l->lock_fd = fd;
			return 0;
		}
		close(fd);
	}
	return base_errno_set(EADDRINUSE);
}

// 0 when nobody answers on the socket file at addr, -EADDRINUSE when somebody does.
static int stale_check(const struct sockaddr_un *addr)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	int rc = connect(fd, (const struct sockaddr *)addr, sizeof(*addr));
	int err = errno;
	close(fd);
	if (rc == 0 || err == EAGAIN)
		return base_errno_set(EADDRINUSE);
	return err == ECONNREFUSED || err == ENOENT ? 0 : base_errno_set(err);
}

static int stale_remove(const struct api_listen *l)
{
	struct stat st;

	if (lstat(l->addr.sun_path, &st) != 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return base_errno_set(EEXIST);
	int rc = stale_check(&l->addr);
	if (rc != 0)
		return rc;
	return unlink(l->addr.sun_path) == 0 || errno == ENOENT ? 0 : -errno;
}

static bool group_find(const char *name, gid_t *gid)
{
	struct group *found = NULL;
	struct group entry;
	bool is_found = false;

	for (size_t size = 4096; size <= GROUP_SIZE_MAX; size *= 2) {
		char *buf = malloc(size);
		if (buf == NULL)
			return false;
		int rc = getgrnam_r(name, &entry, buf, size, &found);
		if (rc == 0 && found != NULL) {
			*gid = entry.gr_gid;
			is_found = true;
		}
		free(buf);
		if (rc != ERANGE)
			break;
	}
	return is_found;
}

// Open the file to the group. Without one, only root and our own user can connect: no reason to stop.
static void group_give(struct api_listen *l, const char *group)
{
	const char *path = l->addr.sun_path;

	if (group == NULL || group[0] == '\0')
		return;
	if (!group_find(group, &l->gid)) {
		LOG(NOTICE,
			"%s: there is no group %s (control.group), so only root and this user can connect",
			path, group);
		return;
	}
	if (lchown(path, (uid_t)-1, l->gid) != 0 || chmod(path, 0660) != 0) {
		LOG(NOTICE, "%s: cannot give it to group %s (%s), so only root and this user can connect",
			path, group, strerror(errno));
		return;
	}
	l->has_group = true;
}

// A file has one group only: what is open to a second one is open to all, and we tell who may connect.
static void read_group_give(struct api_listen *l, const char *group)
{
	const char *path = l->addr.sun_path;

	if (group == NULL || group[0] == '\0')
		return;
	if (!group_find(group, &l->read_gid)) {
		LOG(NOTICE, "%s: there is no group %s (control.read-group)", path, group);
		return;
	}
	if (chmod(path, 0666) != 0) {
		LOG(NOTICE, "%s: cannot be opened to group %s: %s", path, group, strerror(errno));
		return;
	}
	l->has_read_group = true;
}

static int bind_and_listen(struct api_listen *l, const struct api_listen_cfg *cfg)
{
	struct stat st;

	l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (l->fd < 0)
		return -errno;
	if (fchmod(l->fd, 0600) != 0)
		return -errno;
	if (bind(l->fd, (const struct sockaddr *)&l->addr, sizeof(l->addr)) != 0)
		return -errno;
	if (lstat(l->addr.sun_path, &st) != 0)
		return -errno;
	l->dev = st.st_dev;
	l->ino = st.st_ino;
	group_give(l, cfg->group);
	read_group_give(l, cfg->read_group);
	return listen(l->fd, BACKLOG) == 0 ? 0 : -errno;
}

static void open_explain(const char *path, int err)
{
	if (err == EADDRINUSE)
		LOG(ERROR,
			"%s: another process serves this socket; stop it, or set control.socket to another path",
			path);
	else if (err == EEXIST)
		LOG(ERROR, "%s: exists and is not a socket; remove it, or set control.socket to another path",
			path);
	else if (err == ENOENT)
		LOG(ERROR, "%s: its directory does not exist; make it, or set control.socket to another path",
			path);
	else if (err == ENAMETOOLONG)
		LOG(ERROR, "%s: longer than the %zu characters that a socket's path can have", path,
			sizeof(((struct sockaddr_un *)0)->sun_path) - 1);
	else
		LOG(ERROR, "%s: cannot serve this socket: %s", path, strerror(err));
}

int api_listen_open(struct api_listen *l, const struct api_listen_cfg *cfg)
{
	const char *path = cfg->path;

	*l = (struct api_listen){.fd = -1, .lock_fd = -1};
	int rc = api_addr_make(&l->addr, path);
	if (rc == 0) {
		struct base_text t;

		base_text_init(&t, l->lock_path, sizeof(l->lock_path));
		base_text_add(&t, "%s.lock", path);
		rc = lock_take(l);
	}
	if (rc == 0)
		rc = stale_remove(l);
	if (rc == 0)
		rc = bind_and_listen(l, cfg);
	if (rc != 0) {
		api_listen_close(l);
		open_explain(path, -rc);
		errno = -rc;
	}
	return rc;
}

void api_listen_close(struct api_listen *l)
{
	struct stat st;

	if (l->fd >= 0)
		close(l->fd);
	if (l->ino != 0 && lstat(l->addr.sun_path, &st) == 0 && st.st_ino == l->ino && st.st_dev == l->dev)
		unlink(l->addr.sun_path);
	if (l->lock_fd >= 0) {
		unlink(l->lock_path); // while it is locked: see lock_take()
		close(l->lock_fd);
	}
	*l = (struct api_listen){.fd = -1, .lock_fd = -1};
}

static bool peer_is_in_group(int fd, gid_t gid)
{
	gid_t *groups = NULL;
	socklen_t len = 0;
	bool is_in = false;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &len) == 0 || errno != ERANGE)
		return false; // it has none
	if (len > PEER_GROUPS_MAX * sizeof(gid_t))
		return false;
	groups = malloc(len);
	if (groups == NULL)
		return false;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) == 0) {
		for (size_t i = 0; i < len / sizeof(gid_t); i++)
			is_in |= groups[i] == gid;
	}
	free(groups);
	return is_in;
}

static bool is_member(const struct ucred *peer, int fd, gid_t gid)
{
	return peer->gid == gid || peer_is_in_group(fd, gid);
}

int api_listen_peer(const struct api_listen *l, int fd, struct api_peer *out)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0)
		return -errno;
	*out = (struct api_peer){.uid = peer.uid, .gid = peer.gid, .pid = peer.pid};
	if (peer.uid == 0 || peer.uid == geteuid())
		out->tier = API_TIER_ROOT;
	else if (l->has_group && is_member(&peer, fd, l->gid))
		out->tier = API_TIER_OPERATE;
	else if (l->has_read_group && is_member(&peer, fd, l->read_gid))
		out->tier = API_TIER_READ;
	return 0;
}
