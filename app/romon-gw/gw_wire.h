// SPDX-License-Identifier: BSD-3-Clause
// The connection of a client of the binary API, plain or with TLS. One thread a connection; reading never
// waits.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base_err.h"

struct gw_wire;

// On fd, which stays the caller's. With TLS the handshake is done until deadline_ms of base_mono_ms(). NULL:
// it failed.
struct gw_wire *gw_wire_create(int fd, bool has_tls, uint64_t deadline_ms);
void gw_wire_destroy(struct gw_wire *w);

int gw_wire_fd(const struct gw_wire *w);

// Is there more to read than the descriptor shows?
bool gw_wire_has_more(const struct gw_wire *w);

// Up to n bytes: their number; 0 = the end; -EAGAIN; -errno.
ssize_t gw_wire_read(struct gw_wire *w, void *bytes, size_t n);

// All of it, by one send() where the client reads. -ETIMEDOUT: it took nothing for ten seconds.
BASE_MUST_USE int gw_wire_send(struct gw_wire *w, const void *bytes, size_t n);
