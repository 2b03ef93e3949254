/* The wall clock that a process sees, from a file: seconds to add, and 1 where a time service holds the clock.
 * Loaded with LD_PRELOAD. CLOCK_BOOTTIME and CLOCK_MONOTONIC stay as they are, as they do when a clock is set. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

static long offset_s(int *held) {
    long seconds = 0;
    int is_held = 0;
    FILE *file = fopen(getenv("WRONG_CLOCK"), "r");
    if (file != NULL) {
        if (fscanf(file, "%ld %d", &seconds, &is_held) != 2) seconds = is_held = 0;
        fclose(file);
    }
    if (held != NULL) *held = is_held;
    return seconds;
}

int clock_gettime(clockid_t clock, struct timespec *at) {
    int status = (int)syscall(SYS_clock_gettime, clock, at);
    if (status == 0 && clock == CLOCK_REALTIME) at->tv_sec += offset_s(NULL);
    return status;
}

int gettimeofday(struct timeval *at, void *zone) {
    struct timespec now;
    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
    at->tv_sec = now.tv_sec;
    at->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *at) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (at != NULL) *at = now.tv_sec;
    return now.tv_sec;
}

int adjtimex(struct timex *asked) {
    int held, state = (int)syscall(SYS_adjtimex, asked);
    if (state < 0) return state;
    offset_s(&held);
    asked->status = held ? asked->status & ~STA_UNSYNC : asked->status | STA_UNSYNC;
    return held ? TIME_OK : TIME_ERROR;
}
