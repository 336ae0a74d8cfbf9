// SPDX-License-Identifier: BSD-3-Clause
// What net_af_packet's sockets need and that driver does not offer. lib/port only, control thread.
#pragma once

#include <stdint.h>

#include "base_err.h"
#include "port_fd.h"

// Let only RoMON frames into the socket's ring: untagged or behind 802.1Q tags, received, not sent by this
// host. Without it every frame of the host, in both directions, is copied into the ring.
BASE_MUST_USE int port_packet_filter(int fd);
