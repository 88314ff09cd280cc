// The console as a terminal. A thread of its own moves what the host sends through the line discipline, so that ^C
// works and typing shows while nobody reads. Output goes out unchanged.

#include "fs/tty.h"
#include "arch/user.h"
#include "arch/clock.h"
#include "dev/console.h"
#include "fs/line.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "sched/thread.h"

enum {
    TCGETS = 0x5401,
    TCSETS,
    TCSETSW,
    TCSETSF,
    TCSBRK = 0x5409,
    TCFLSH = 0x540b,
    TIOCSCTTY = 0x540e,
    TIOCGPGRP,
    TIOCSPGRP,
    TIOCOUTQ = 0x5411,
    TIOCGWINSZ = 0x5413,
    TIOCSWINSZ,
    FIONREAD = 0x541b,
    TIOCGSID = 0x5429,
};
enum { SIGNAL_INTERRUPT = 2, SIGNAL_QUIT = 3, COLUMNS = 80, ROWS = 24, CHUNK = 4096, MODES_TOLD_MOST = 400 };

struct window_size {
    uint16_t rows, columns, x_pixels, y_pixels;
};

static struct {
    struct mutex lock; // line, size
    struct mutex output_lock;
    struct wait_queue readable;
    struct line line;
    struct window_size size;
    uint8_t output[CHUNK]; // under output_lock
    bool written;
    bool silent; // the host's terminal echoes
    unsigned modes_told;
    void (*modes_changed)(bool raw);
    void (*first_write)(void);
    void (*signal)(int number);
} tty;

void tty_on_first_write(void (*first_write)(void)) { tty.first_write = first_write; }
void tty_on_modes(void (*changed)(bool raw)) { tty.modes_changed = changed; }
void tty_on_signal(void (*signal)(int number)) { tty.signal = signal; }

static void take_bytes(const uint8_t *bytes, size_t n) {
    for (size_t i = 0; i < n; i++) {
        uint8_t echo[LINE_ECHO];
        size_t echoed;
        mutex_lock(&tty.lock);
        enum line_signal event = line_type(&tty.line, bytes[i], echo, &echoed);
        mutex_unlock(&tty.lock);
        if (echoed > 0 && !tty.silent) console_write(echo, echoed);
        if (event != LINE_NOTHING && tty.signal) tty.signal(event == LINE_QUIT ? SIGNAL_QUIT : SIGNAL_INTERRUPT);
    }
    wake_all(&tty.readable);
}

/// There is room for what a paste brings; beyond that input waits at the host.
static bool has_room(void) { return tty.line.used < LINE_BUFFER / 2; }

static void take_input(void *unused) {
    (void)unused;
    uint8_t bytes[256];
    struct waiter w;
    wait_begin(&console_input, &w);
    for (;;) {
        size_t n = has_room() ? console_read(bytes, sizeof bytes) : 0;
        if (n > 0) take_bytes(bytes, n);
        else wait_sleep(&w, WAIT_FOREVER);
    }
}

int tty_start(bool echo) {
    mutex_init(&tty.lock);
    mutex_init(&tty.output_lock);
    wait_queue_init(&tty.readable);
    tty.silent = !echo;
    line_init(&tty.line, true);
    tty.size = (struct window_size){.rows = ROWS, .columns = COLUMNS};
    return thread_create("tty", take_input, NULL) ? 0 : -ENOMEM;
}

/// Waits for input, as the modes say. 0, -EAGAIN, -EINTR; 1 when a raw read must not wait any longer.
static long wait_for_input(const struct file *file) {
    struct waiter w;
    long result = 0;
    uint64_t deadline = WAIT_FOREVER;
    const struct terminal_modes *modes = &tty.line.modes;
    if (!(modes->local & LOCAL_CANONICAL) && modes->characters[CHARACTER_MINIMUM] == 0) {
        deadline = clock_ns() + modes->characters[CHARACTER_TIME] * 100000000ull;
    }
    if (!line_can_read(&tty.line) && (file->flags & OPEN_NONBLOCK)) return -EAGAIN;
    wait_begin(&tty.readable, &w);
    while (!line_can_read(&tty.line) && (result = wait_sleep(&w, deadline)) == 0) {
    }
    wait_end(&w);
    return result == -ETIMEDOUT ? 1 : result;
}

static long tty_read(struct file *file, struct io *io, uint64_t position) {
    (void)position;
    uint8_t bytes[512];
    if (io->left == 0) return 0;
    for (;;) {
        long result = wait_for_input(file);
        if (result != 0) return result < 0 ? result : 0;
        mutex_lock(&tty.lock);
        bool can = line_can_read(&tty.line);
        size_t n = can ? line_read(&tty.line, bytes, io->left < sizeof bytes ? io->left : sizeof bytes) : 0;
        mutex_unlock(&tty.lock);
        if (!can) continue; // another reader was quicker
        wake_all(&console_input);
        result = io_put(io, bytes, n);
        return result == 0 ? (long)n : result;
    }
}

static long tty_write(struct file *file, struct io *io, uint64_t position) {
    (void)file;
    (void)position;
    uint64_t before = io->left;
    long result = 0;
    mutex_lock(&tty.output_lock);
    if (!tty.written && before > 0) {
        tty.written = true;
        if (tty.first_write) tty.first_write();
    }
    while (io->left > 0) {
        uint64_t n = io->left < CHUNK ? io->left : CHUNK;
        result = io_take(io, tty.output, n);
        if (result != 0) break;
        console_write(tty.output, n);
    }
    mutex_unlock(&tty.output_lock);
    return before > io->left ? (long)(before - io->left) : result;
}

/// Whether the program edits lines, or hides them, by itself: a terminal of the host that does both must not then.
static bool is_raw(void) {
    return (tty.line.modes.local & (LOCAL_CANONICAL | LOCAL_ECHO)) != (LOCAL_CANONICAL | LOCAL_ECHO);
}

/// Tells the host where its terminal echoes. One who changes modes without end is told of for a while, and at last that
/// the host's terminal is as it was.
static void tell_modes(bool was_raw) {
    bool raw = is_raw();
    if (!tty.silent || !tty.modes_changed || raw == was_raw || tty.modes_told == MODES_TOLD_MOST) return;
    tty.modes_told++;
    tty.modes_changed(raw && tty.modes_told < MODES_TOLD_MOST);
}

static long set_modes(unsigned request, uint64_t argument) {
    struct terminal_modes modes;
    long result = copy_from_user(&modes, argument, sizeof modes);
    if (result != 0) return result;
    if (request != TCSETS) console_drain();
    mutex_lock(&tty.lock);
    bool was_raw = is_raw();
    if (request == TCSETSF) line_flush(&tty.line);
    line_set_modes(&tty.line, &modes);
    tell_modes(was_raw);
    mutex_unlock(&tty.lock);
    wake_all(&tty.readable);
    return 0;
}

static long tty_control(struct file *file, unsigned request, uint64_t argument) {
    (void)file;
    static const int32_t group = 1;
    int32_t readable;
    switch (request) {
    case TCGETS: return copy_to_user(argument, &tty.line.modes, sizeof tty.line.modes);
    case TCSETS:
    case TCSETSW:
    case TCSETSF: return set_modes(request, argument);
    case TIOCGWINSZ: return copy_to_user(argument, &tty.size, sizeof tty.size);
    case TIOCSWINSZ: return copy_from_user(&tty.size, argument, sizeof tty.size);
    case TIOCGPGRP:
    case TIOCGSID: return copy_to_user(argument, &group, sizeof group);
    case FIONREAD:
        readable = (int32_t)line_readable(&tty.line);
        return copy_to_user(argument, &readable, sizeof readable);
    case TIOCOUTQ: readable = 0; return copy_to_user(argument, &readable, sizeof readable);
    case TCFLSH:
        mutex_lock(&tty.lock);
        if (argument != 1) line_flush(&tty.line);
        mutex_unlock(&tty.lock);
        return 0;
    case TCSBRK: console_drain(); return 0;
    case TIOCSCTTY:
    case TIOCSPGRP: return 0;
    default: return -ENOTTY;
    }
}

static unsigned tty_poll(struct file *file, struct poll_queues *queues) {
    (void)file;
    if (queues) queues->add(queues, &tty.readable);
    return POLL_OUT | (line_can_read(&tty.line) ? POLL_IN : 0);
}

static int tty_sync(struct file *file, bool data_only) {
    (void)data_only;
    (void)file;
    return -EINVAL;
}

static const struct file_operations tty_file = {.kind = "terminal",
                                                .read = tty_read,
                                                .write = tty_write,
                                                .control = tty_control,
                                                .poll = tty_poll,
                                                .sync = tty_sync};

static unsigned output_poll(struct file *file, struct poll_queues *queues) {
    (void)file;
    (void)queues;
    return POLL_OUT;
}

/// The console for a program whose output is no terminal at the host.
static const struct file_operations output_file = {
    .kind = "pipe", .write = tty_write, .poll = output_poll, .sync = tty_sync};

static struct filesystem outputs = {.name = "pipefs", .device = 0x0012, .magic = 0x50495045, .block_size = 4096};
static const struct inode_operations no_operations;

struct file *tty_open_output(void) {
    struct inode *inode = inode_make(&no_operations, &outputs, MODE_PIPE | 0600);
    struct file *file = inode ? file_make(NULL, inode, OPEN_WRITE) : NULL;
    if (inode) inode->number = inode_next_number();
    inode_drop(inode);
    if (file) file->operations = &output_file;
    return file;
}

static int open(struct inode *inode, struct file *file) {
    (void)inode;
    file->operations = &tty_file;
    return 0;
}

const struct inode_operations tty_inode = {.open = open};
