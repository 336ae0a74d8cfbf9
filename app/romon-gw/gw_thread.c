// SPDX-License-Identifier: BSD-3-Clause
// Threads that nobody waits for. Any thread.
#include <pthread.h>

#include "gw_thread.h"

#define STACK_SIZE (256 * 1024)

bool gw_thread_start(void *(*main)(void *arg), void *arg)
{
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	bool is_started = pthread_create(&thread, &attr, main, arg) == 0;
	pthread_attr_destroy(&attr);
	return is_started;
}
