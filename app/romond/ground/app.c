// SPDX-License-Identifier: BSD-3-Clause
// The lock between the control thread and telemetry threads.
#include "app.h"

void app_lock(struct app *app)
{
	pthread_mutex_lock(&app->lock);
}

void app_unlock(struct app *app)
{
	pthread_mutex_unlock(&app->lock);
}
