// SPDX-License-Identifier: BSD-3-Clause
// The process and its clients. Any thread.
#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base_clock.h"
#include "gw_api.h"
#include "gw_http_conns.h"
#include "gw_metrics_own.h"

#define US_PER_S  1000000
#define MS_PER_S  1000
#define STAT_SIZE 1024

static pthread_once_t once = PTHREAD_ONCE_INIT;
static long long started_ms; // by started_find()

static void number_set(json_t *o, const char *name, long long value)
{
	json_object_set_new(o, name, json_integer(value));
}

// Microseconds of CPUs.
static long long cpu_us(void)
{
	struct rusage use = {0};

	(void)getrusage(RUSAGE_SELF, &use);
	return (use.ru_utime.tv_sec + use.ru_stime.tv_sec) * (long long)US_PER_S + use.ru_utime.tv_usec +
	       use.ru_stime.tv_usec;
}

static bool file_line(const char *path, char *line, int size)
{
	FILE *file = fopen(path, "re");
	bool is_read = file != NULL && fgets(line, size, file) != NULL;

	if (file != NULL)
		fclose(file);
	return is_read;
}

// Fields of /proc/self/stat stand behind the name, which may hold blanks and brackets.
static bool stat_read(unsigned long long *start_ticks, long *pages)
{
	char line[STAT_SIZE];

	return file_line("/proc/self/stat", line, sizeof(line)) && strrchr(line, ')') != NULL &&
	       sscanf(strrchr(line, ')') + 2,
		       "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu %*u %ld",
		       start_ticks, pages) == 2;
}

// Milliseconds since 1970: looked up once, since the clocks that it is made of drift.
static void started_find(void)
{
	struct timespec boot;
	unsigned long long ticks;
	long pages;

	if (clock_gettime(CLOCK_BOOTTIME, &boot) != 0 || !stat_read(&ticks, &pages))
		return;
	long long age_ms = boot.tv_sec * (long long)MS_PER_S + boot.tv_nsec / US_PER_S -
			   (long long)ticks * MS_PER_S / sysconf(_SC_CLK_TCK);
	started_ms = (long long)base_wall_us() / 1000 - age_ms;
}

static void descriptors_add(json_t *o)
{
	DIR *dir = opendir("/proc/self/fd");
	long long n = -1; // the folder itself is one

	while (dir != NULL && readdir(dir) != NULL)
		n++;
	if (dir == NULL)
		return;
	closedir(dir);
	number_set(o, "open-fds", n - 2); // "." and ".."
}

void gw_metrics_own_add(json_t *exporter)
{
	uint64_t n_requests;
	unsigned long long ticks;
	long pages;
	uint32_t n_conns = gw_http_conns_count(&n_requests);

	number_set(exporter, "http-requests", (long long)n_requests);
	number_set(exporter, "http-connections", n_conns);
	number_set(exporter, "api-connections", gw_api_count());
	number_set(exporter, "cpu-us", cpu_us());
	if (stat_read(&ticks, &pages))
		number_set(exporter, "resident-bytes", pages * sysconf(_SC_PAGESIZE));
	pthread_once(&once, started_find);
	if (started_ms > 0)
		number_set(exporter, "started-ms", started_ms);
	descriptors_add(exporter);
}
