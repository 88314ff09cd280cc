// /proc, as far as C libraries and runtimes read it.

#include "sys/proc.h"
#include "arch/paging.h"
#include "arch/clock.h"
#include "arch/cpuinfo.h"
#include "dev/random.h"
#include "fs/cache.h"
#include "fs/virtual.h"
#include "fs/walk.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mem/heap.h"
#include "mem/phys.h"
#include "vm/space.h"
#include "sys/proc_counters.h"
#include "sys/proc_memory.h"
#include "sys/proc_self.h"
#include "proc/process.h"
#include "sched/thread.h"

enum { MAGIC = 0x9fa0, DEVICE = 0x0005 };

static void write_version(struct text *t) {
    text_add(t, "%s version %s #1 Pith " PITH_VERSION "\n", process.settings.system_name, process.settings.release);
}

static void write_cpuinfo(struct text *t) {
    char *text = kmalloc(CPUINFO_SIZE);
    if (text) text_add_bytes(t, text, cpuinfo_write(text));
    kfree(text);
}

static void write_uptime(struct text *t) {
    unsigned long long hundredths = clock_ns() / 10000000;
    text_add(t, "%llu.%02llu 0.00\n", hundredths / 100, hundredths % 100);
}

static void write_loadavg(struct text *t) { text_add(t, "0.00 0.00 0.00 1/%u %d\n", process.task_count, PROCESS_ID); }

static void write_stat(struct text *t) {
    unsigned long long ticks = clock_ns() / 10000000, ran = process_run_ns() / 10000000,
                       idle = ticks > ran ? ticks - ran : 0;
    text_add(t, "cpu  %llu 0 0 %llu 0 0 0 0 0 0\ncpu0 %llu 0 0 %llu 0 0 0 0 0 0\n", ran, idle, ran, idle);
    text_add(t, "intr 0\nctxt %llu\n", (unsigned long long)sched_switches());
    text_add(t, "btime %llu\nprocesses 1\nprocs_running 1\nprocs_blocked 0\nsoftirq 0 0 0 0 0 0 0 0 0 0 0\n",
             (unsigned long long)(clock_start_date_ns() / 1000000000));
}

static void write_filesystems(struct text *t) {
    text_add(t, "nodev\tsysfs\nnodev\tproc\nnodev\ttmpfs\nnodev\tdevtmpfs\n\ttfs\n");
}

static const char *options_of(const struct filesystem *fs) { return fs->readonly ? "ro" : "rw"; }
static const char *source_of(const struct filesystem *fs) { return fs->source ? fs->source : fs->name; }

/// One line for each mount: of /proc/mounts, or with `ids` of mountinfo.
static void write_mount_lines(struct text *t, bool ids) {
    const struct filesystem *fs = walk_root()->inode->filesystem;
    if (ids)
        text_add(t, "1 0 %u:%u / / %s - tfs /dev/root %s\n", fs->device >> 8, fs->device & 0xff, options_of(fs),
                 options_of(fs));
    else text_add(t, "/dev/root / tfs %s 0 0\n", options_of(fs));
    char *place = kmalloc(PATH_LONGEST);
    if (!place) return;
    const struct dentry *point;
    for (unsigned i = 0; (point = dentry_mount_point(i)); i++) {
        fs = point->mounted->inode->filesystem;
        if (dentry_path(point, place, PATH_LONGEST) < 0) continue;
        if (ids) {
            text_add(t, "%u 1 %u:%u / %s %s - %s %s %s\n", i + 2, fs->device >> 8, fs->device & 0xff, place,
                     options_of(fs), fs->name, source_of(fs), options_of(fs));
        } else {
            text_add(t, "%s %s %s %s 0 0\n", source_of(fs), place, fs->name, options_of(fs));
        }
    }
    kfree(place);
}

static void write_mounts(struct text *t) { write_mount_lines(t, false); }
static void write_mountinfo(struct text *t) { write_mount_lines(t, true); }

static void write_hostname(struct text *t) { text_add(t, "%s\n", process.settings.host_name); }
static void write_osrelease(struct text *t) { text_add(t, "%s\n", process.settings.release); }
static void write_ostype(struct text *t) { text_add(t, "%s\n", process.settings.system_name); }
static void write_files(struct text *t) { text_add(t, "%u\t0\t%d\n", file_count(), DESCRIPTORS_MOST); }
static void write_inodes(struct text *t) { text_add(t, "%u\t0\n", inode_count()); }
static void write_dentries(struct text *t) { text_add(t, "%u\t0\t45\t0\t0\t0\n", dentry_count()); }
static void write_file_max(struct text *t) { text_add(t, "%d\n", DESCRIPTORS_MOST); }

static void add_uuid(struct text *t, const uint8_t b[16]) {
    for (unsigned i = 0; i < 16; i++) text_add(t, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", b[i]);
    text_add(t, "\n");
}

static void make_uuid(uint8_t b[16]) {
    random_fill(b, 16);
    b[6] = (b[6] & 0x0f) | 0x40;
    b[8] = (b[8] & 0x3f) | 0x80;
}

static void write_uuid(struct text *t) {
    uint8_t b[16];
    make_uuid(b);
    add_uuid(t, b);
}

/// The same for as long as the machine runs.
static void write_boot_id(struct text *t) {
    static uint8_t b[16];
    if (b[6] == 0) make_uuid(b);
    add_uuid(t, b);
}

static void add_sys(struct inode *root) {
    struct inode *sys = virtual_directory(root, "sys"), *kernel = virtual_directory(sys, "kernel");
    struct inode *vm = virtual_directory(sys, "vm"), *random = virtual_directory(kernel, "random");
    struct inode *all_net = virtual_directory(sys, "net"), *net = virtual_directory(all_net, "core"),
                 *fs = virtual_directory(sys, "fs");
    virtual_text(kernel, "hostname", write_hostname);
    virtual_text(kernel, "osrelease", write_osrelease);
    virtual_text(kernel, "ostype", write_ostype);
    virtual_fixed(kernel, "pid_max", "32768\n");
    virtual_fixed(kernel, "threads-max", "16384\n");
    virtual_fixed(kernel, "ngroups_max", "65536\n");
    virtual_fixed(kernel, "cap_last_cap", "40\n");
    virtual_text(random, "uuid", write_uuid);
    virtual_text(random, "boot_id", write_boot_id);
    virtual_fixed(random, "entropy_avail", "256\n");
    virtual_fixed(vm, "overcommit_memory", "0\n");
    virtual_fixed(vm, "max_map_count", "65530\n");
    virtual_fixed(vm, "overcommit_ratio", "50\n");
    virtual_fixed(vm, "swappiness", "0\n");
    virtual_fixed(vm, "mmap_min_addr", "65536\n");
    virtual_fixed(net, "somaxconn", "4096\n");
    proc_settings_add(kernel, vm, all_net, net);
    virtual_text(fs, "file-max", write_file_max);
    virtual_text(fs, "nr_open", write_file_max);
    virtual_text(fs, "file-nr", write_files);
    virtual_text(fs, "inode-nr", write_inodes);
    virtual_text(fs, "dentry-state", write_dentries);
    virtual_fixed(fs, "pipe-max-size", "1048576\n");
    struct inode *watches = virtual_directory(fs, "inotify");
    virtual_fixed(watches, "max_user_watches", "65536\n");
    virtual_fixed(watches, "max_user_instances", "65536\n");
    virtual_fixed(watches, "max_queued_events", "16384\n");
}

struct inode *proc_filesystem(void) {
    struct inode *root = virtual_filesystem("proc", DEVICE, MAGIC);
    proc_memory_add(root);
    virtual_text(root, "cpuinfo", write_cpuinfo);
    virtual_text(root, "version", write_version);
    virtual_text(root, "uptime", write_uptime);
    virtual_text(root, "loadavg", write_loadavg);
    virtual_text(root, "stat", write_stat);
    virtual_text(root, "filesystems", write_filesystems);
    virtual_link(root, "mounts", "self/mounts");
    virtual_link(root, "net", "self/net");
    struct inode *self = virtual_directory(root, "1");
    proc_self_add(self);
    virtual_text(self, "mounts", write_mounts);
    proc_counters_add(root, self);
    virtual_text(self, "mountinfo", write_mountinfo);
    // A link, by which programs that read it learn their id.
    virtual_link(root, "self", "1");
    virtual_link(root, "thread-self", "self");
    add_sys(root);
    return root;
}
