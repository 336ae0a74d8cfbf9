// SPDX-License-Identifier: BSD-3-Clause
// Services of this machine that other nodes may reach: a stream to them becomes a TCP connection. Control
// thread.
#pragma once

#include "pipe.h"

struct app;

// Take streams to the services that app->conf offers, and to no others.
void reach_offer_configure(struct app *app, struct stream_table *streams);

// A stream of another node is open: join it to its service, or close it. p may be gone.
void reach_offer_accept(struct app *app, struct pipe *p);
