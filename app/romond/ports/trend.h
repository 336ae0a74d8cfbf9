// SPDX-License-Identifier: BSD-3-Clause
// What of a port's counters grew lately, and what samples of refused frames say: so that `why` names what is
// wrong now, not what once was. Control thread, under app_lock().
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct app;
struct app_foreign;
struct app_trend;
struct rte_mbuf;

// Look at the counters of all ports; called each second, and before they are judged.
void trend_look(struct app *app);

// Take note of a frame that a worker handed up as a sample (xchg_mark_reason says of what).
void trend_sample(struct app *app, const struct rte_mbuf *m);

// A Discover of ours left by the port; an answer to us came in by it.
void trend_asked(struct app *app, uint8_t slot);
void trend_answered(struct app *app, uint8_t slot);

// A stranger answers with our own id: who, in words.
void trend_own_twin(struct app *app, uint8_t slot, const char *text);

// How many of our Discovers had time to be answered, and were not, since the last answer by this port.
uint64_t trend_unanswered(const struct app_trend *t, uint64_t now_ms);

// How long the pauses between frames here are, where the last ones were alike; 0 = no rhythm is seen.
uint64_t trend_rhythm_ms(const struct app_trend *t);

// Milliseconds for which something counts as present: those of neighbor-age, at most a minute.
uint64_t trend_window_ms(const struct app *app);

// Did what grew last at at_ms grow within the window, and under the present configuration?
bool trend_is_now(const struct app *app, const struct app_trend *t, uint64_t at_ms);

// Who was heard last on another channel; NULL = nobody.
const struct app_foreign *trend_foreign_last(const struct app_trend *t);
