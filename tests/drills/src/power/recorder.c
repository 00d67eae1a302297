/*
 * Loaded before the libraries of a program: takes down, in order, each call that changes a file below a folder or asks the disk to keep it.
 *
 * DRILL_ROOT names the folder, DRILL_TAPE the file to which records are added. A record is a head, the path below the folder, and bytes.
 * One call is made at a time, so that the order of the tape is that of the calls.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* `begun` is when the call began, in nanoseconds of the wall's clock; `at` is where in the file, how long it became, or when the call ended. */
struct head {
    uint64_t kind, begun, at, path, bytes;
};

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static int tape = -1;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return (uint64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* The path below the folder, empty for itself; nothing where it lies elsewhere. What readers and writers share in memory is made anew after a cut. */
static const char *below(const char *path) {
    const char *root = getenv("DRILL_ROOT");
    size_t length = root == NULL ? 0 : strlen(root), all = path == NULL ? 0 : strlen(path);
    if (length == 0 || all < length || strncmp(path, root, length) != 0)
        return NULL;
    if (all == length)
        return path + length;
    if (path[length] != '/')
        return NULL;
    if (all > 4 && strcmp(path + all - 4, "-shm") == 0)
        return NULL;
    return path + length + 1;
}

/* The same of an open file, into `room`. */
static const char *below_of(int file, char *room, size_t size) {
    char link[32];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, room, size - 1);
    if (length < 0)
        return NULL;
    room[length] = 0;
    return room[0] == '/' ? below(room) : NULL;
}

static void record(char kind, uint64_t begun, uint64_t at, const char *path, const void *bytes, size_t count) {
    struct head head = {kind, begun, at, strlen(path), count};
    struct iovec parts[] = {{&head, sizeof head}, {(void *)path, head.path}, {(void *)bytes, count}};
    int was = errno;
    if (tape < 0) {
        const char *name = getenv("DRILL_TAPE");
        if (name == NULL)
            return;
        tape = syscall(SYS_openat, AT_FDCWD, name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    }
    if (syscall(SYS_writev, tape, parts, 3) != (ssize_t)(sizeof head + head.path + count))
        abort();
    errno = was;
}

static int sync_and_record(int (*sync)(int), int file) {
    char room[4096];
    const char *path = below_of(file, room, sizeof room);
    if (path == NULL)
        return sync(file);
    pthread_mutex_lock(&turn);
    uint64_t begun = now();
    int done = sync(file);
    if (done == 0)
        record('s', begun, now(), path, "", 0);
    pthread_mutex_unlock(&turn);
    return done;
}

int fsync(int file) { return sync_and_record(REAL(fsync), file); }

int fdatasync(int file) { return sync_and_record(REAL(fdatasync), file); }

ssize_t write(int file, const void *bytes, size_t count) {
    char room[4096];
    const char *path = below_of(file, room, sizeof room);
    if (path == NULL)
        return REAL(write)(file, bytes, count);
    pthread_mutex_lock(&turn);
    uint64_t begun = now();
    off_t at = lseek(file, 0, SEEK_CUR);
    ssize_t done = REAL(write)(file, bytes, count);
    if (done > 0)
        record('w', begun, at, path, bytes, done);
    pthread_mutex_unlock(&turn);
    return done;
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t at) {
    char room[4096];
    const char *path = below_of(file, room, sizeof room);
    if (path == NULL)
        return REAL(pwrite64)(file, bytes, count, at);
    pthread_mutex_lock(&turn);
    uint64_t begun = now();
    ssize_t done = REAL(pwrite64)(file, bytes, count, at);
    if (done > 0)
        record('w', begun, at, path, bytes, done);
    pthread_mutex_unlock(&turn);
    return done;
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t at) { return pwrite64(file, bytes, count, at); }

int ftruncate64(int file, off64_t length) {
    char room[4096];
    const char *path = below_of(file, room, sizeof room);
    if (path == NULL)
        return REAL(ftruncate64)(file, length);
    pthread_mutex_lock(&turn);
    uint64_t begun = now();
    int done = REAL(ftruncate64)(file, length);
    if (done == 0)
        record('t', begun, length, path, "", 0);
    pthread_mutex_unlock(&turn);
    return done;
}

int ftruncate(int file, off_t length) { return ftruncate64(file, length); }

static int open_and_record(int (*real)(const char *, int, ...), const char *name, int flags, mode_t mode) {
    const char *path = (flags & (O_CREAT | O_TRUNC)) ? below(name) : NULL;
    if (path == NULL)
        return real(name, flags, mode);
    pthread_mutex_lock(&turn);
    uint64_t begun = now();
    int is_new = (flags & O_CREAT) && access(name, F_OK) != 0;
    int file = real(name, flags, mode);
    if (file >= 0 && is_new)
        record('c', begun, 0, path, "", 0);
    else if (file >= 0 && (flags & O_TRUNC))
        record('t', begun, 0, path, "", 0);
    pthread_mutex_unlock(&turn);
    return file;
}

static mode_t mode_of(int flags, va_list more) { return flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0; }

int open(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    mode_t mode = mode_of(flags, more);
    va_end(more);
    return open_and_record(REAL(open), path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    mode_t mode = mode_of(flags, more);
    va_end(more);
    return open_and_record(REAL(open64), path, flags, mode);
}

int mkdir(const char *name, mode_t mode) {
    pthread_mutex_lock(&turn);
    uint64_t begun = now();
    int done = REAL(mkdir)(name, mode);
    if (done == 0 && below(name) != NULL)
        record('d', begun, 0, below(name), "", 0);
    pthread_mutex_unlock(&turn);
    return done;
}

int unlink(const char *name) {
    pthread_mutex_lock(&turn);
    uint64_t begun = now();
    int done = REAL(unlink)(name);
    if (done == 0 && below(name) != NULL)
        record('u', begun, 0, below(name), "", 0);
    pthread_mutex_unlock(&turn);
    return done;
}

int rename(const char *from, const char *to) {
    pthread_mutex_lock(&turn);
    uint64_t begun = now();
    int done = REAL(rename)(from, to);
    if (done == 0 && below(from) != NULL && below(to) != NULL)
        record('r', begun, 0, below(from), below(to), strlen(below(to)));
    pthread_mutex_unlock(&turn);
    return done;
}
