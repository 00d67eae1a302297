/*
 * Loaded before the libraries of a program: as long as the file that DRILL_LOCK names is there, nothing below DRILL_ROOT can be changed, as on
 * a file system that its system made read-only although files on it are open.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int refuses(const char *path) {
    const char *root = getenv("DRILL_ROOT"), *lock = getenv("DRILL_LOCK");
    if (root == NULL || lock == NULL || path == NULL || strncmp(path, root, strlen(root)) != 0 || access(lock, F_OK) != 0)
        return 0;
    errno = EROFS;
    return 1;
}

static int refuses_file(int file) {
    char link[32], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0)
        return 0;
    path[length] = 0;
    return path[0] == '/' && refuses(path);
}

ssize_t write(int file, const void *bytes, size_t count) {
    return refuses_file(file) ? -1 : REAL(write)(file, bytes, count);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t at) {
    return refuses_file(file) ? -1 : REAL(pwrite64)(file, bytes, count, at);
}

int ftruncate64(int file, off64_t length) { return refuses_file(file) ? -1 : REAL(ftruncate64)(file, length); }

static int changes(int flags) { return (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC)); }

static mode_t mode_of(int flags, va_list more) { return flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0; }

int open(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    mode_t mode = mode_of(flags, more);
    va_end(more);
    return changes(flags) && refuses(path) ? -1 : REAL(open)(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    mode_t mode = mode_of(flags, more);
    va_end(more);
    return changes(flags) && refuses(path) ? -1 : REAL(open64)(path, flags, mode);
}

int mkdir(const char *path, mode_t mode) { return refuses(path) ? -1 : REAL(mkdir)(path, mode); }

int unlink(const char *path) { return refuses(path) ? -1 : REAL(unlink)(path); }

int rename(const char *from, const char *to) { return refuses(from) || refuses(to) ? -1 : REAL(rename)(from, to); }
