/* The floor: what a restart costs without anything that makes it safe.
 *
 *     floor DIRECTORY PROGRAM [ARGUMENT...]
 *
 * Waits with inotify(7) until a file of DIRECTORY is closed after writing or renamed into place,
 * asks the program to end, waits for it and starts the next one. Hidden files are temporary
 * ones. Linux only.
 */
#include <signal.h>
#include <spawn.h>
#include <sys/inotify.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int has_save(const char *events, ssize_t length) {
    int found = 0;
    for (const char *at = events; at < events + length;) {
        const struct inotify_event *event = (const struct inotify_event *)at;
        found |= event->len > 0 && event->name[0] != '.';
        at += sizeof *event + event->len;
    }
    return found;
}

int main(int count, char **words) {
    char events[65536] __attribute__((aligned(__alignof__(struct inotify_event))));
    int queue = inotify_init1(IN_CLOEXEC);
    if (count < 3 || queue < 0)
        return 2;
    if (inotify_add_watch(queue, words[1], IN_CLOSE_WRITE | IN_MOVED_TO) < 0)
        return 2;
    for (;;) {
        pid_t program;
        ssize_t length;
        if (posix_spawn(&program, words[2], NULL, NULL, words + 2, environ) != 0)
            return 1;
        do {
            length = read(queue, events, sizeof events);
            if (length < 0)
                return 1;
        } while (!has_save(events, length));
        kill(program, SIGTERM);
        waitpid(program, NULL, 0);
    }
}
