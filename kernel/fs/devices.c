// The devices of /dev that are made of code alone: null, zero, full, random; and the terminal's names.

#include "fs/devices.h"
#include "dev/random.h"
#include "fs/tty.h"
#include "fs/virtual.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "sched/thread.h"

enum { MAGIC = 0x01021994, DEVICE = 0x0006, CHUNK = 256 };

static inline uint32_t number(unsigned major, unsigned minor) { return major << 8 | minor; }

static long read_nothing(struct file *file, struct io *io, uint64_t position) {
    (void)file;
    (void)io;
    (void)position;
    return 0;
}

static long write_away(struct file *file, struct io *io, uint64_t position) {
    (void)file;
    (void)position;
    uint64_t n = io->left;
    io->left = 0;
    return (long)n;
}

static long write_full(struct file *file, struct io *io, uint64_t position) {
    (void)file;
    (void)position;
    return io->left ? -ENOSPC : 0;
}

static long read_zeros(struct file *file, struct io *io, uint64_t position) {
    (void)file;
    (void)position;
    uint64_t before = io->left;
    long result = io_put_zeros(io, before);
    return before > io->left ? (long)(before - io->left) : result;
}

static long read_random(struct file *file, struct io *io, uint64_t position) {
    (void)file;
    (void)position;
    uint8_t bytes[CHUNK];
    uint64_t before = io->left;
    long result = 0;
    while (io->left > 0 && result == 0) {
        size_t n = io->left < sizeof bytes ? io->left : sizeof bytes;
        random_fill(bytes, n);
        result = io_put(io, bytes, n);
        if (thread_pause()) break;
    }
    memset(bytes, 0, sizeof bytes);
    return before > io->left ? (long)(before - io->left) : result;
}

static unsigned always_ready(struct file *file, struct poll_queues *queues) {
    (void)file;
    (void)queues;
    return POLL_IN | POLL_OUT;
}

static const struct file_operations null_file = {
    .kind = "null", .seekable = true, .read = read_nothing, .write = write_away, .poll = always_ready};
static const struct file_operations zero_file = {
    .kind = "zero", .seekable = true, .read = read_zeros, .write = write_away, .poll = always_ready};
static const struct file_operations full_file = {
    .kind = "full", .seekable = true, .read = read_zeros, .write = write_full, .poll = always_ready};
static const struct file_operations random_file = {
    .kind = "random", .seekable = true, .read = read_random, .write = write_away, .poll = always_ready};

static int open_device(struct inode *inode, struct file *file) {
    switch (inode->device) {
    case 0x103: file->operations = &null_file; return 0;
    case 0x105: file->operations = &zero_file; return 0;
    case 0x107: file->operations = &full_file; return 0;
    default: file->operations = &random_file; return 0;
    }
}

static const struct inode_operations device_operations = {.open = open_device};

struct inode *devices_filesystem(void) {
    struct inode *root = virtual_filesystem("devtmpfs", DEVICE, MAGIC);
    const uint32_t all = MODE_CHARACTER | 0666, terminal = MODE_CHARACTER | 0620;
    virtual_node(root, "null", all, number(1, 3), &device_operations);
    virtual_node(root, "zero", all, number(1, 5), &device_operations);
    virtual_node(root, "full", all, number(1, 7), &device_operations);
    virtual_node(root, "random", all, number(1, 8), &device_operations);
    virtual_node(root, "urandom", all, number(1, 9), &device_operations);
    virtual_node(root, "tty", all, number(5, 0), &tty_inode);
    virtual_node(root, "console", terminal, number(5, 1), &tty_inode);
    virtual_link(root, "fd", "/proc/self/fd");
    virtual_link(root, "stdin", "/proc/self/fd/0");
    virtual_link(root, "stdout", "/proc/self/fd/1");
    virtual_link(root, "stderr", "/proc/self/fd/2");
    return root;
}
