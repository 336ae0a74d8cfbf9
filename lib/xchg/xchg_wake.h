// SPDX-License-Identifier: BSD-3-Clause
// How a thread is woken that sleeps until something happens: control by workers (docs/decisions/0050), and a
// worker by control and other workers (0109). The sleeper says so before it sleeps, and looks into its rings
// once more; the first who then puts something there takes that word back, and owes the sleeper one write to
// a descriptor. So a sleep costs all others together at most one system call, and one who is awake costs
// none.
#pragma once

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

struct xchg_wake {
	// sleeper: sets it, others: clear it
	alignas(64) atomic_bool is_asleep;
	int fd; // an eventfd that the sleeper waits for; does not change while workers run
};

// sleeper: about to sleep. Whatever lies in a ring after this call wakes it; what lay there before does not.
static inline void xchg_wake_arm(struct xchg_wake *w)
{
	atomic_store_explicit(&w->is_asleep, true, memory_order_relaxed);
	atomic_thread_fence(memory_order_seq_cst); // before the look into the rings
}

// sleeper: awake, and about to look into the rings.
static inline void xchg_wake_disarm(struct xchg_wake *w)
{
	atomic_store_explicit(&w->is_asleep, false, memory_order_relaxed);
}

// others: after they put something into a ring. True: it is the one that has to write to fd.
static inline bool xchg_wake_take(struct xchg_wake *w)
{
	atomic_thread_fence(memory_order_seq_cst); // after what it put there
	return atomic_load_explicit(&w->is_asleep, memory_order_relaxed) &&
	       atomic_exchange_explicit(&w->is_asleep, false, memory_order_relaxed);
}

// others: likewise, and do it.
static inline void xchg_wake_up(struct xchg_wake *w)
{
	const uint64_t one = 1;

	if (xchg_wake_take(w))
		(void)!write(w->fd, &one, sizeof(one)); // full: then it has word enough
}
