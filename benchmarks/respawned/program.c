/* The program that is restarted, as light as one can be.
 *
 *     program FIFO MILLISECONDS
 *
 * The first thing it does is to read the clock; it tells "start" and that, and waits. Asked to end
 * it takes so many milliseconds, and tells "end" with the time; or none: then the first signal
 * ends it.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static int tell(const char *fifo, const char *word, struct timespec at) {
    char line[64];
    int length = snprintf(line, sizeof line, "%s %lld%09ld\n", word, (long long)at.tv_sec, at.tv_nsec);
    int pipe = open(fifo, O_WRONLY | O_CLOEXEC);
    if (pipe < 0 || write(pipe, line, length) != length)
        return 0;
    return close(pipe) == 0;
}

int main(int count, char **words) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (count != 3)
        return 2;

    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGHUP);
    sigaddset(&ends, SIGUSR2);
    long milliseconds = atol(words[2]);
    if (milliseconds > 0)
        sigprocmask(SIG_BLOCK, &ends, NULL);
    if (!tell(words[1], "start", now))
        return 1;
    while (milliseconds == 0)
        pause();

    int number;
    struct timespec clean_up = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    sigwait(&ends, &number);
    nanosleep(&clean_up, NULL);
    clock_gettime(CLOCK_MONOTONIC, &now);
    return tell(words[1], "end", now) ? 0 : 1;
}
