// /proc, as far as C libraries and runtimes read it.

#include "sys/proc.h"
#include "arch/x86_64/paging.h"
#include "dev/clock.h"
#include "dev/random.h"
#include "fs/cache.h"
#include "fs/virtual.h"
#include "fs/walk.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mem/heap.h"
#include "mem/phys.h"
#include "mem/space.h"
#include "sys/proc_self.h"
#include "task/process.h"

enum { MAGIC = 0x9fa0, DEVICE = 0x0005, KIB_A_PAGE = PAGE_SIZE / 1024 };

static void write_meminfo(struct text *t) {
    unsigned long long total = phys_total_pages() * KIB_A_PAGE, free = phys_free_pages() * KIB_A_PAGE;
    unsigned long long cached = cache_pages() * KIB_A_PAGE;
    text_add(t, "MemTotal:       %8llu kB\nMemFree:        %8llu kB\nMemAvailable:   %8llu kB\n", total, free, free + cached);
    text_add(t, "Buffers:        %8llu kB\nCached:         %8llu kB\nSwapCached:     %8llu kB\n", 0ull, cached, 0ull);
    text_add(t, "SwapTotal:      %8llu kB\nSwapFree:       %8llu kB\n", 0ull, 0ull);
}

static void write_cpuinfo(struct text *t) {
    text_add(t, "processor\t: 0\nvendor_id\t: GenuineIntel\nmodel name\t: virtual\n");
    text_add(t, "physical id\t: 0\nsiblings\t: 1\ncore id\t\t: 0\ncpu cores\t: 1\n\n");
}

static void write_version(struct text *t) {
    text_add(t, "%s version %s #1 Pith " PITH_VERSION "\n", process.settings.system_name, process.settings.release);
}

static void write_uptime(struct text *t) {
    unsigned long long hundredths = clock_ns() / 10000000;
    text_add(t, "%llu.%02llu 0.00\n", hundredths / 100, hundredths % 100);
}

static void write_loadavg(struct text *t) { text_add(t, "0.00 0.00 0.00 1/1 1\n"); }

static void write_stat(struct text *t) {
    unsigned long long ticks = clock_ns() / 10000000;
    text_add(t, "cpu  %llu 0 0 0 0 0 0 0 0 0\ncpu0 %llu 0 0 0 0 0 0 0 0 0\n", ticks, ticks);
    text_add(t, "btime %llu\nprocesses 1\nprocs_running 1\nprocs_blocked 0\n",
             (unsigned long long)(clock_start_date_ns() / 1000000000));
}

static void write_filesystems(struct text *t) { text_add(t, "nodev\tproc\nnodev\ttmpfs\nnodev\tdevtmpfs\n\ttfs\n"); }

static void write_mounts(struct text *t) {
    text_add(t, "/dev/root / tfs %s 0 0\nproc /proc proc ro 0 0\n", walk_root()->inode->filesystem->readonly ? "ro" : "rw");
    text_add(t, "dev /dev devtmpfs rw 0 0\ntmpfs /tmp tmpfs rw 0 0\ntmpfs /dev/shm tmpfs rw 0 0\n");
}

static void write_hostname(struct text *t) { text_add(t, "%s\n", process.settings.host_name); }
static void write_osrelease(struct text *t) { text_add(t, "%s\n", process.settings.release); }
static void write_ostype(struct text *t) { text_add(t, "%s\n", process.settings.system_name); }
static void write_pid_max(struct text *t) { text_add(t, "32768\n"); }
static void write_threads_max(struct text *t) { text_add(t, "16384\n"); }
static void write_overcommit(struct text *t) { text_add(t, "0\n"); }
static void write_map_count(struct text *t) { text_add(t, "65530\n"); }
static void write_somaxconn(struct text *t) { text_add(t, "4096\n"); }
static void write_file_max(struct text *t) { text_add(t, "%d\n", DESCRIPTORS_MOST); }
static void write_ngroups(struct text *t) { text_add(t, "65536\n"); }

static void write_uuid(struct text *t) {
    uint8_t b[16];
    random_fill(b, sizeof b);
    b[6] = (b[6] & 0x0f) | 0x40;
    b[8] = (b[8] & 0x3f) | 0x80;
    for (unsigned i = 0; i < sizeof b; i++) text_add(t, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", b[i]);
    text_add(t, "\n");
}

static void add_sys(struct inode *root) {
    struct inode *sys = virtual_directory(root, "sys"), *kernel = virtual_directory(sys, "kernel");
    struct inode *vm = virtual_directory(sys, "vm"), *random = virtual_directory(kernel, "random");
    struct inode *net = virtual_directory(virtual_directory(sys, "net"), "core"), *fs = virtual_directory(sys, "fs");
    virtual_text(kernel, "hostname", write_hostname);
    virtual_text(kernel, "osrelease", write_osrelease);
    virtual_text(kernel, "ostype", write_ostype);
    virtual_text(kernel, "pid_max", write_pid_max);
    virtual_text(kernel, "threads-max", write_threads_max);
    virtual_text(kernel, "ngroups_max", write_ngroups);
    virtual_text(random, "uuid", write_uuid);
    virtual_text(vm, "overcommit_memory", write_overcommit);
    virtual_text(vm, "max_map_count", write_map_count);
    virtual_text(net, "somaxconn", write_somaxconn);
    virtual_text(fs, "file-max", write_file_max);
}

struct inode *proc_filesystem(void) {
    struct inode *root = virtual_filesystem("proc", DEVICE, MAGIC);
    virtual_text(root, "meminfo", write_meminfo);
    virtual_text(root, "cpuinfo", write_cpuinfo);
    virtual_text(root, "version", write_version);
    virtual_text(root, "uptime", write_uptime);
    virtual_text(root, "loadavg", write_loadavg);
    virtual_text(root, "stat", write_stat);
    virtual_text(root, "filesystems", write_filesystems);
    virtual_link(root, "mounts", "self/mounts");
    struct inode *self = virtual_directory(root, "self");
    proc_self_add(self);
    virtual_text(self, "mounts", write_mounts);
    virtual_link(root, "1", "self");
    virtual_link(root, "thread-self", "self");
    add_sys(root);
    return root;
}
