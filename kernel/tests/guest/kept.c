// Writes files from several threads at once, each synced; when it runs again on the same disk it reads them there, from
// several threads and in disorder. The folder is the first argument, else the root.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { THREADS = 4, PIECE = 65536, PIECES = 24, SIZE = PIECE * PIECES };

static const char *folder = "";
static int failures;
static int is_second;

static void fail(const char *what) {
    printf("%s: %s\n", what, strerror(errno));
    __atomic_add_fetch(&failures, 1, __ATOMIC_RELAXED);
}

static void fill(uint32_t *words, unsigned file, unsigned piece) {
    uint32_t x = 1 + file * 1000 + piece;
    for (unsigned i = 0; i < PIECE / 4; i++) words[i] = x = x * 1664525u + 1013904223u;
}

static void write_all(int fd, unsigned file) {
    uint32_t *words = malloc(PIECE);
    for (unsigned piece = 0; piece < PIECES; piece++) {
        fill(words, file, piece);
        if (pwrite(fd, words, PIECE, (off_t)piece * PIECE) != PIECE) {
            fail("write");
            break;
        }
        if (piece % 4 == file && fsync(fd) != 0) fail("fsync");
    }
    if (fsync(fd) != 0) fail("fsync");
    free(words);
}

static void read_all(int fd, unsigned file) {
    uint32_t *expected = malloc(PIECE), *words = malloc(PIECE);
    for (unsigned i = 0; i < PIECES; i++) {
        unsigned piece = (i * 7 + file) % PIECES;
        fill(expected, file, piece);
        ssize_t n = pread(fd, words, PIECE, (off_t)piece * PIECE);
        if (n < 0) fail("read");
        else if (n != PIECE || memcmp(words, expected, PIECE) != 0) {
            errno = 0;
            fail("what was written is not there");
        }
    }
    free(expected);
    free(words);
}

static void *use(void *argument) {
    unsigned file = (unsigned)(uintptr_t)argument;
    char name[64];
    snprintf(name, sizeof name, "%s/kept-%u", folder, file);
    int fd = open(name, is_second ? O_RDONLY : O_RDWR | O_CREAT, 0644);
    if (fd < 0) {
        fail(name);
        return NULL;
    }
    if (!is_second) write_all(fd, file);
    read_all(fd, file);
    close(fd);
    return NULL;
}

int main(int argc, char **argv) {
    pthread_t threads[THREADS];
    char first[64];
    if (argc > 1) folder = argv[1];
    snprintf(first, sizeof first, "%s/kept-0", folder);
    is_second = access(first, F_OK) == 0;
    for (unsigned i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, use, (void *)(uintptr_t)i);
    for (unsigned i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    sync();
    printf("%s, %d failures\n", is_second ? "read again" : "written", failures);
    return failures > 0;
}
