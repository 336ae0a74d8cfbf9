// SPDX-License-Identifier: BSD-3-Clause
// How a worker wakes control, which sleeps until something happens (docs/decisions/0050). Control says so
// before it sleeps, and looks into the rings once more; the first worker that then puts a frame into its ring
// takes that word back, and owes control one write to a descriptor. So a sleep costs all workers together at
// most one system call, and a worker whose control is awake none. One for all workers of a process.
#pragma once

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>

struct xchg_wake {
	// control: sets it, worker: clears it
	alignas(64) atomic_bool is_asleep;
	int fd; // an eventfd that control waits for; does not change while workers run
};

// control: about to sleep. Whatever lies in a ring after this call wakes it; what lay there before does not.
static inline void xchg_wake_arm(struct xchg_wake *w)
{
	atomic_store_explicit(&w->is_asleep, true, memory_order_relaxed);
	atomic_thread_fence(memory_order_seq_cst); // before the look into the rings
}

// control: awake, and about to look into the rings.
static inline void xchg_wake_disarm(struct xchg_wake *w)
{
	atomic_store_explicit(&w->is_asleep, false, memory_order_relaxed);
}

// worker: after it put something into a ring. True: it is the one that has to write to fd.
static inline bool xchg_wake_take(struct xchg_wake *w)
{
	atomic_thread_fence(memory_order_seq_cst); // after what it put there
	return atomic_load_explicit(&w->is_asleep, memory_order_relaxed) &&
	       atomic_exchange_explicit(&w->is_asleep, false, memory_order_relaxed);
}
