/*
 * Loaded before the libraries of a program: makes calls that ask the disk to keep what was written fail, and notes them.
 *
 * DRILL_FAULTS names a file: `once` fails the next call and is then gone, a number fails so many calls of a hundred, nothing fails none.
 * DRILL_NOTES names the file of notes: `fail MS FILE` and, when the log of the database is opened, `open MS FILE`.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef int (*opener)(const char *, int, ...);
typedef int (*syncer)(int);

static opener real_open(void) { return (opener)dlsym(RTLD_NEXT, "open"); }

static void note(const char *what, const char *of) {
    const char *path = getenv("DRILL_NOTES");
    char line[512];
    struct timespec now;
    if (path == NULL)
        return;
    clock_gettime(CLOCK_REALTIME, &now);
    int length = snprintf(line, sizeof line, "%s %lld %.400s\n", what, (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000, of);
    int file = real_open()(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (file < 0)
        return;
    if (write(file, line, length) < 0)
        abort();
    close(file);
}

static int fails(void) {
    const char *path = getenv("DRILL_FAULTS");
    char order[16] = "";
    int file = path == NULL ? -1 : real_open()(path, O_RDWR | O_CLOEXEC);
    if (file < 0)
        return 0;
    ssize_t length = read(file, order, sizeof order - 1);
    int once = length > 0 && strncmp(order, "once", 4) == 0;
    if (once && ftruncate(file, 0) != 0)
        abort();
    close(file);
    return once || (length > 0 && rand() % 100 < atoi(order));
}

static int sync_or_fail(const char *name, int file) {
    if (fails()) {
        char link[32], path[400] = "";
        snprintf(link, sizeof link, "/proc/self/fd/%d", file);
        if (readlink(link, path, sizeof path - 1) < 0)
            abort();
        note("fail", path);
        errno = EIO;
        return -1;
    }
    return ((syncer)dlsym(RTLD_NEXT, name))(file);
}

int fsync(int file) { return sync_or_fail("fsync", file); }

int fdatasync(int file) { return sync_or_fail("fdatasync", file); }

static int open_and_note(const char *name, const char *path, int flags, mode_t mode) {
    const char *database = "/pharos.db-wal";
    size_t length = strlen(path), tail = strlen(database);
    int file = ((opener)dlsym(RTLD_NEXT, name))(path, flags, mode);
    if (file >= 0 && (flags & O_ACCMODE) == O_RDWR && length >= tail && strcmp(path + length - tail, database) == 0)
        note("open", path);
    return file;
}

static mode_t mode_of(int flags, va_list more) { return flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0; }

int open(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    mode_t mode = mode_of(flags, more);
    va_end(more);
    return open_and_note("open", path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    mode_t mode = mode_of(flags, more);
    va_end(more);
    return open_and_note("open64", path, flags, mode);
}
