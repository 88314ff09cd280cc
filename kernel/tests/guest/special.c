// Files with holes, on a disk and in memory, and what else is asked of descriptors now and then: pipes with names,
// copies of what is in a pipe, descriptors of processes.
//
//     special FOLDER-FOR-FILES FOLDER-IN-MEMORY
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { PIECE = 65536, PIDFD_OPEN = 434, PIDFD_SEND_SIGNAL = 424, PIDFD_GETFD = 438, ZERO_RANGE = 16 };

static char buffer[PIECE];

static void say(const char *what, long result) {
    if (result < 0) printf("%s: %s\n", what, strerror(errno));
    else printf("%s: %ld\n", what, result);
}

/// Where data and holes are, in pieces.
static void show_holes(const char *what, int fd) {
    off_t at = 0, end = lseek(fd, 0, SEEK_END);
    printf("%s:", what);
    while (at < end) {
        off_t data = lseek(fd, at, SEEK_DATA), hole = data < 0 ? -1 : lseek(fd, data, SEEK_HOLE);
        if (data < 0) break;
        printf(" %ld-%ld", (long)(data / PIECE), (long)(hole / PIECE));
        at = hole;
    }
    printf(" of %ld\n", (long)(end / PIECE));
}

static void holes(const char *folder) {
    struct stat s;
    struct statvfs space;
    if (chdir(folder) != 0) say(folder, -1);
    int fd = open("holes", O_CREAT | O_TRUNC | O_RDWR, 0644);
    memset(buffer, 'x', sizeof buffer);
    ftruncate(fd, 100 * PIECE);
    show_holes("nothing", fd);
    pwrite(fd, buffer, PIECE, 10 * PIECE);
    pwrite(fd, buffer, PIECE, 11 * PIECE);
    pwrite(fd, buffer, PIECE, 50 * PIECE);
    show_holes("written", fd);
    fsync(fd);
    show_holes("synced", fd);
    fstat(fd, &s);
    printf("blocks %ld\n", (long)s.st_blocks * 512 / PIECE);
    say("inside data", lseek(fd, 10 * PIECE + 5, SEEK_DATA));
    say("inside a hole", lseek(fd, 20 * PIECE + 5, SEEK_HOLE));
    say("data behind the last", lseek(fd, 60 * PIECE, SEEK_DATA));
    say("a hole at the end", lseek(fd, 100 * PIECE, SEEK_HOLE));
    say("before the start", lseek(fd, -1, SEEK_DATA));
    char *shared = mmap(NULL, 3 * PIECE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 10 * PIECE);
    char *private = mmap(NULL, 3 * PIECE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 10 * PIECE);
    private[PIECE] = 'P';
    say("punch", fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 10 * PIECE + 100, PIECE));
    printf("%c%d%d%c, private %c%d\n", shared[99], shared[100], shared[PIECE + 99], shared[PIECE + 100], private[PIECE],
           private[PIECE - 1]);
    shared[2 * PIECE] = 'S';
    pread(fd, buffer, 1, 12 * PIECE);
    printf("written through a mapping: %c\n", buffer[0]);
    munmap(shared, 3 * PIECE);
    munmap(private, 3 * PIECE);
    say("punch whole pieces", fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 13 * PIECE));
    show_holes("punched", fd);
    // Not every file system of Linux can do this; one that can does it rightly.
    long zeros = fallocate(fd, ZERO_RANGE, 50 * PIECE + 10, 100);
    pread(fd, buffer, 200, 50 * PIECE);
    int right = buffer[9] == 'x' && buffer[10] == (zeros ? 'x' : 0) && buffer[109] == buffer[10] && buffer[110] == 'x';
    printf("zeros where they can be: %d\n", right && (zeros == 0 || errno == EOPNOTSUPP));
    say("room behind the end", fallocate(fd, FALLOC_FL_KEEP_SIZE, 100 * PIECE, PIECE));
    say("its length", lseek(fd, 0, SEEK_END) / PIECE);
    say("and with a new length", fallocate(fd, 0, 100 * PIECE, PIECE));
    say("its length", lseek(fd, 0, SEEK_END) / PIECE);
    say("a hole that changes the length", fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, PIECE));
    say("of no length", fallocate(fd, 0, 0, 0));
    say("there is space", statvfs(".", &space) == 0 && space.f_bavail > 100 && space.f_blocks >= space.f_bavail);
    close(fd);
    unlink("holes");
}

static void *write_to_fifo(void *path) {
    int fd = open(path, O_WRONLY);
    write(fd, "through a name", 14);
    usleep(20000);
    close(fd);
    return NULL;
}

static void fifos(void) {
    struct stat s;
    pthread_t writer;
    say("make a pipe with a name", mkfifo("fifo", 0640));
    say("again", mkfifo("fifo", 0640));
    stat("fifo", &s);
    printf("mode %o\n", s.st_mode);
    say("write without a reader", open("fifo", O_WRONLY | O_NONBLOCK));
    pthread_create(&writer, NULL, write_to_fifo, "fifo");
    int fd = open("fifo", O_RDONLY);
    memset(buffer, 0, 32);
    say("read", read(fd, buffer, 32));
    printf("%s\n", buffer);
    say("its end", read(fd, buffer, 32));
    pthread_join(writer, NULL);
    struct pollfd p = {fd, POLLIN, 0};
    poll(&p, 1, 0);
    printf("poll %x\n", p.revents);
    close(fd);
    fd = open("fifo", O_RDONLY | O_NONBLOCK);
    say("read before any writer", read(fd, buffer, 32));
    p.fd = fd;
    poll(&p, 1, 0);
    printf("poll %x\n", p.revents);
    int other = open("fifo", O_WRONLY | O_NONBLOCK);
    say("read what is not there yet", read(fd, buffer, 32));
    say("write", write(other, "abc", 3));
    say("seek", lseek(fd, 0, SEEK_SET));
    close(fd);
    signal(SIGPIPE, SIG_IGN);
    say("write without a reader", write(other, "abc", 3));
    close(other);
    fd = open("fifo", O_RDWR);
    say("write to oneself", write(fd, "both ways", 9));
    say("read it", read(fd, buffer, 32));
    rename("fifo", "renamed");
    say("rename it", access("renamed", F_OK));
    close(fd);
    say("remove it", unlink("renamed"));
}

static void pipes(void) {
    int a[2], b[2];
    struct iovec parts[2] = {{"one ", 4}, {"two", 3}};
    pipe(a);
    pipe2(b, O_NONBLOCK);
    say("memory into a pipe", vmsplice(a[1], parts, 2, 0));
    say("copy it", tee(a[0], b[1], 100, 0));
    memset(buffer, 0, 32);
    say("the copy", read(b[0], buffer, 32));
    printf("%s\n", buffer);
    memset(buffer, 0, 32);
    struct iovec into = {buffer, 32};
    say("the original into memory", vmsplice(a[0], &into, 1, 0));
    printf("%s\n", buffer);
    say("copy nothing", tee(b[0], a[1], 100, SPLICE_F_NONBLOCK));
    say("copy onto itself", tee(a[0], a[1], 100, 0));
    say("the wrong end", tee(a[1], b[1], 100, 0));
    close(a[1]);
    say("copy the end", tee(a[0], b[1], 100, 0));
    close(a[0]);
    close(b[0]);
    close(b[1]);
}

static volatile int got;
static void count(int number) { got = number; }

static void process_descriptors(void) {
    signal(SIGUSR1, count);
    int fd = (int)syscall(PIDFD_OPEN, getpid(), 0);
    say("a descriptor of oneself", fd < 0 ? -1 : 0);
    say("is it closed on exec", fcntl(fd, F_GETFD));
    say("a signal by it", syscall(PIDFD_SEND_SIGNAL, fd, SIGUSR1, NULL, 0));
    printf("got it %d\n", got == SIGUSR1);
    struct pollfd p = {fd, POLLIN, 0};
    say("has it ended", poll(&p, 1, 0));
    say("of nobody", syscall(PIDFD_OPEN, 999999, 0));
    say("by what is none", syscall(PIDFD_SEND_SIGNAL, 1, SIGUSR1, NULL, 0));
    int copy = (int)syscall(PIDFD_GETFD, fd, 1, 0);
    say("a copy of a descriptor", copy < 0 ? -1 : 0);
    close(fd);
}

int main(int argc, char **argv) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc < 3) return 2;
    for (int i = 1; i < 3; i++) {
        mkdir(argv[i], 0755);
        holes(argv[i]);
    }
    fifos();
    pipes();
    process_descriptors();
    chdir("/");
    for (int i = 1; i < 3; i++) rmdir(argv[i]);
    return 0;
}
