// Files of the resolver, in memory over the image's. /etc/resolv.conf is made of what DHCP says: opening it
// before the network has its first address waits for that, as a connect would; once the program has written to it, it
// is the program's.

#include "sys/resolver_files.h"
#include "arch/clock.h"
#include "fs/dentry.h"
#include "fs/file.h"
#include "fs/memory.h"
#include "fs/walk.h"
#include "lib/format.h"
#include "lib/string.h"
#include "net/network.h"
#include "sched/mutex.h"
#include "proc/process.h"

enum { TEXT_MOST = 512 };
#define PATIENCE_NS (5ull * 1000000000)

/// As OPS writes it, and we do (docs/formats.md).
static const char usual[] = "nameserver  8.8.8.8\n";

static struct mutex lock;
static struct inode_operations operations;
static struct file *ours;
static char written[TEXT_MOST];
static uint64_t written_ns;

/// What a file of the image says; -1 if there is none.
static long read_image(const char *path, char *text, size_t cap) {
    struct file *file;
    struct io io;
    if (file_open(NULL, path, OPEN_READ, 0, &file) != 0) return -1;
    io_kernel(&io, text, cap);
    long n = file_read(file, &io, NULL);
    file_drop(file);
    return n;
}

/// Puts a new file over a name in /etc. Null without memory, or without such a folder: then the image's stays.
static struct file *mount_file(const char *name) {
    struct dentry *etc, *place;
    if (walk_path(NULL, "/etc", WALK_DIRECTORY, &etc) != 0) return NULL;
    struct file *file = memory_file_make(name, 0, false);
    place = file ? dentry_root(file->inode) : NULL;
    if (place) {
        inode_take(file->inode);
        file->inode->mode = MODE_FILE | 0644;
        file->inode->links = 1;
    }
    bool is_mounted = place && dentry_mount(etc, name, place) == 0;
    dentry_drop(etc);
    return is_mounted ? file : NULL;
}

static void write_text(struct file *file, char *text) {
    const uint64_t start = 0;
    struct io io;
    io_kernel(&io, text, strlen(text));
    memory_file_operations.resize(file->inode, 0);
    file_write(file, &io, &start);
}

static void compose(char *text, size_t cap) {
    uint32_t servers[DHCP_NAME_SERVERS];
    const char *domain = "";
    unsigned count = network_name_servers(servers, &domain);
    size_t n = 0;
    text[0] = '\0';
    if (domain[0]) n += (size_t)format_text(text, cap, "search %s\n", domain);
    for (unsigned i = 0; i < count; i++) {
        uint32_t a = servers[i];
        n += (size_t)format_text(text + n, cap - n, "nameserver %u.%u.%u.%u\n", a >> 24, a >> 16 & 255, a >> 8 & 255,
                                 a & 255);
    }
    // Addresses without name servers: those that the image was built with.
    if (count == 0) format_text(text + n, cap - n, "%s", usual);
}

static void bring_up_to_date(void) {
    char text[TEXT_MOST];
    const struct inode *inode = ours->inode;
    compose(text, sizeof text);
    mutex_lock(&lock);
    bool is_ours = written_ns == 0 || inode->modified_ns == written_ns;
    if (is_ours && strcmp(text, written) != 0) {
        write_text(ours, text);
        memcpy(written, text, sizeof text);
        written_ns = inode->modified_ns;
    }
    mutex_unlock(&lock);
}

static int open(struct inode *inode, struct file *file) {
    network_wait_for_address(clock_ns() + PATIENCE_NS);
    bring_up_to_date();
    return memory_file_operations.open(inode, file);
}

static void mount_resolv_conf(void) {
    char text[sizeof usual];
    long n = read_image("/etc/resolv.conf", text, sizeof text);
    bool is_usual = n < 0 || (n == sizeof usual - 1 && memcmp(text, usual, sizeof usual - 1) == 0);
    if (!is_usual || !(ours = mount_file("resolv.conf"))) return;
    mutex_init(&lock);
    operations = memory_file_operations;
    operations.open = open;
    ours->inode->operations = &operations;
}

static void mount_hosts(void) {
    char text[TEXT_MOST];
    struct file *file = read_image("/etc/hosts", text, sizeof text) < 0 ? mount_file("hosts") : NULL;
    if (!file) return;
    format_text(text, sizeof text, "127.0.0.1\tlocalhost\n127.0.1.1\t%s\n", process.settings.host_name);
    write_text(file, text);
    file_drop(file);
}

void resolver_files_mount(void) {
    mount_resolv_conf();
    mount_hosts();
}
