// What monitors read: counters of disks, memory and the program's own reading and writing; settings of the kernel that
// they show.

#include "sys/proc_counters.h"
#include "dev/block.h"
#include "arch/clock.h"
#include "fs/cache.h"
#include "fs/virtual.h"
#include "mem/phys.h"
#include "vm/space.h"
#include "net/network.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "lib/string.h"
#include "net/stack/ports.h"

struct transfer_counters transfer_counters;

typedef unsigned long long count_t;

static void write_io(struct text *t) {
    const struct transfer_counters *c = &transfer_counters;
    uint64_t read = 0, written = 0;
    const struct block_device *disk;
    for (unsigned n = 0; (disk = block_device_at(n)); n++) {
        read += disk->counters[BLOCK_READ].sectors * SECTOR_SIZE;
        written += disk->counters[BLOCK_WRITE].sectors * SECTOR_SIZE;
    }
    text_add(t, "rchar: %llu\nwchar: %llu\nsyscr: %llu\nsyscw: %llu\n", (count_t)c->read_bytes,
             (count_t)c->written_bytes, (count_t)c->reads, (count_t)c->writes);
    text_add(t, "read_bytes: %llu\nwrite_bytes: %llu\ncancelled_write_bytes: 0\n", (count_t)read, (count_t)written);
}

/// The numbers of a disk, as /proc/diskstats and /sys/block/NAME/stat have them.
static void add_disk(struct text *t, const struct block_device *d) {
    const struct block_counters *r = &d->counters[BLOCK_READ], *w = &d->counters[BLOCK_WRITE],
                                *f = &d->counters[BLOCK_FLUSH];
    count_t busy = (r->ns + w->ns + f->ns) / 1000000;
    text_add(t, "%llu 0 %llu %llu %llu 0 %llu %llu 0 %llu %llu 0 0 0 0 %llu %llu\n", (count_t)r->requests,
             (count_t)r->sectors, (count_t)r->ns / 1000000, (count_t)w->requests, (count_t)w->sectors,
             (count_t)w->ns / 1000000, busy, busy, (count_t)f->requests, (count_t)f->ns / 1000000);
}

static void write_diskstats(struct text *t) {
    const struct block_device *disk;
    for (unsigned n = 0; (disk = block_device_at(n)); n++) {
        text_add(t, " 254 %7u vd%c ", n * 16, 'a' + (int)n);
        add_disk(t, disk);
    }
}

static void write_partitions(struct text *t) {
    const struct block_device *disk;
    text_add(t, "major minor  #blocks  name\n\n");
    for (unsigned n = 0; (disk = block_device_at(n)); n++)
        text_add(t, " 254 %8u %10llu vd%c\n", n * 16, (count_t)disk->sectors / 2, 'a' + (int)n);
}

static void write_vmstat(struct text *t) {
    static const char none[] = "pswpin 0\npswpout 0\npgsteal_kswapd 0\npgsteal_direct 0\npgscan_kswapd "
                               "0\npgscan_direct 0\noom_kill 0\nnuma_hit 0\nnuma_miss 0\n";
    count_t in = 0, out = 0;
    const struct block_device *disk;
    for (unsigned n = 0; (disk = block_device_at(n)); n++) {
        in += disk->counters[BLOCK_READ].sectors / 2;
        out += disk->counters[BLOCK_WRITE].sectors / 2;
    }
    text_add(t,
             "nr_free_pages %llu\nnr_anon_pages %llu\nnr_mapped 0\nnr_file_pages %llu\nnr_dirty %llu\nnr_writeback "
             "0\nnr_shmem %llu\n",
             (count_t)phys_free_pages(), (count_t)space.resident, (count_t)cache_pages(), (count_t)cache_dirty_pages(),
             (count_t)cache_volatile_pages());
    text_add(t, "pgpgin %llu\npgpgout %llu\npgfault %llu\npgmajfault 0\n%s", in, out, (count_t)space.resident, none);
}

/// Pairs of a name and its text; the last name is null.
static void add_settings(struct inode *folder, const char *const *pairs) {
    for (; *pairs; pairs += 2) virtual_fixed(folder, pairs[0], pairs[1]);
}

static void write_ports(struct text *t) { text_add(t, "%d\t%d\n", PORT_FIRST, PORT_LAST); }

void proc_counters_add(struct inode *root, struct inode *self) {
    virtual_text(self, "io", write_io);
    virtual_text(root, "diskstats", write_diskstats);
    virtual_text(root, "partitions", write_partitions);
    virtual_text(root, "vmstat", write_vmstat);
    virtual_fixed(root, "swaps", "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
    virtual_fixed(root, "cgroups", "#subsys_name\thierarchy\tnum_cgroups\tenabled\n");
    virtual_fixed(root, "devices", "Character devices:\n  1 mem\n  5 /dev/console\n\nBlock devices:\n254 virtblk\n");
    virtual_fixed(root, "cmdline", "\n");
    virtual_fixed(root, "modules", "");
    virtual_fixed(root, "locks", "");
    virtual_fixed(root, "softirqs", "                    CPU0       \n");
    virtual_fixed(root, "interrupts", "           CPU0       \n");
    virtual_fixed(root, "schedstat", "version 15\n");
}

void proc_settings_add(struct inode *kernel, struct inode *vm, struct inode *net, struct inode *core) {
    static const char *const of_kernel[] = {"version",
                                            "#1 Pith " PITH_VERSION "\n",
                                            "domainname",
                                            "(none)\n",
                                            "randomize_va_space",
                                            "2\n",
                                            "panic",
                                            "0\n",
                                            "core_pattern",
                                            "core\n",
                                            "core_uses_pid",
                                            "0\n",
                                            "shmmax",
                                            "18446744073692774399\n",
                                            "shmall",
                                            "18446744073692774399\n",
                                            "shmmni",
                                            "4096\n",
                                            "sem",
                                            "32000\t1024000000\t500\t32000\n",
                                            "msgmax",
                                            "8192\n",
                                            "perf_event_paranoid",
                                            "2\n",
                                            "kptr_restrict",
                                            "1\n",
                                            "dmesg_restrict",
                                            "1\n",
                                            "sched_rt_runtime_us",
                                            "950000\n",
                                            "sched_rt_period_us",
                                            "1000000\n",
                                            "printk",
                                            "4\t4\t1\t7\n",
                                            "tainted",
                                            "0\n",
                                            "osrevision",
                                            "",
                                            NULL};
    static const char *const of_memory[] = {"dirty_ratio",
                                            "20\n",
                                            "dirty_background_ratio",
                                            "10\n",
                                            "dirty_expire_centisecs",
                                            "100\n",
                                            "dirty_writeback_centisecs",
                                            "100\n",
                                            "min_free_kbytes",
                                            "1024\n",
                                            "vfs_cache_pressure",
                                            "100\n",
                                            "nr_hugepages",
                                            "0\n",
                                            "nr_overcommit_hugepages",
                                            "0\n",
                                            "overcommit_kbytes",
                                            "0\n",
                                            "panic_on_oom",
                                            "0\n",
                                            "zone_reclaim_mode",
                                            "0\n",
                                            "oom_kill_allocating_task",
                                            "1\n",
                                            "page-cluster",
                                            "3\n",
                                            "watermark_scale_factor",
                                            "10\n",
                                            NULL};
    static const char *const of_sockets[] = {"rmem_default",
                                             "212992\n",
                                             "rmem_max",
                                             "212992\n",
                                             "wmem_default",
                                             "212992\n",
                                             "wmem_max",
                                             "212992\n",
                                             "optmem_max",
                                             "131072\n",
                                             "netdev_max_backlog",
                                             "1000\n",
                                             "netdev_budget",
                                             "300\n",
                                             "default_qdisc",
                                             "pfifo_fast\n",
                                             "busy_poll",
                                             "0\n",
                                             "busy_read",
                                             "0\n",
                                             NULL};
    static const char *const of_ip[] = {"ip_forward",
                                        "0\n",
                                        "ip_default_ttl",
                                        "64\n",
                                        "ip_nonlocal_bind",
                                        "0\n",
                                        "ip_unprivileged_port_start",
                                        "0\n",
                                        "tcp_keepalive_time",
                                        "7200\n",
                                        "tcp_keepalive_intvl",
                                        "75\n",
                                        "tcp_keepalive_probes",
                                        "9\n",
                                        "tcp_fin_timeout",
                                        "60\n",
                                        "tcp_max_syn_backlog",
                                        "128\n",
                                        "tcp_syncookies",
                                        "1\n",
                                        "tcp_tw_reuse",
                                        "2\n",
                                        "tcp_timestamps",
                                        "0\n",
                                        "tcp_sack",
                                        "1\n",
                                        "tcp_window_scaling",
                                        "1\n",
                                        "tcp_congestion_control",
                                        "reno\n",
                                        "tcp_available_congestion_control",
                                        "reno\n",
                                        "tcp_allowed_congestion_control",
                                        "reno\n",
                                        "tcp_fastopen",
                                        "0\n",
                                        "tcp_ecn",
                                        "0\n",
                                        "tcp_retries1",
                                        "3\n",
                                        "tcp_retries2",
                                        "15\n",
                                        "tcp_syn_retries",
                                        "6\n",
                                        "tcp_synack_retries",
                                        "5\n",
                                        "tcp_max_tw_buckets",
                                        "512\n",
                                        "tcp_rmem",
                                        "4096\t131072\t6291456\n",
                                        "tcp_wmem",
                                        "4096\t16384\t4194304\n",
                                        "tcp_mem",
                                        "4096\t8192\t16384\n",
                                        "udp_mem",
                                        "4096\t8192\t16384\n",
                                        "icmp_echo_ignore_all",
                                        "0\n",
                                        NULL};
    add_settings(kernel, of_kernel);
    add_settings(vm, of_memory);
    add_settings(core, of_sockets);
    struct inode *ip = virtual_directory(net, "ipv4");
    add_settings(ip, of_ip);
    virtual_text(ip, "ip_local_port_range", write_ports);
}

// /sys/block and /sys/class/net: a folder for each disk and card, made when it is looked at. A node's `device` is the
// number of the disk or card, with that of the file behind it.

enum { FILE_BITS = 8, BLOCKS = 1 << 16 };

enum card_file {
    CARD_ADDRESS,
    CARD_BROADCAST,
    CARD_MTU,
    CARD_STATE,
    CARD_INDEX,
    CARD_LINK,
    CARD_CARRIER,
    CARD_TYPE,
    CARD_FLAGS,
    CARD_QUEUE,
    CARD_LENGTH,
    CARD_FILES
};
static const char *const card_files[CARD_FILES] = {"address", "broadcast", "mtu",   "operstate",    "ifindex", "iflink",
                                                   "carrier", "type",      "flags", "tx_queue_len", "addr_len"};
static const char *const card_counters[] = {
    "rx_bytes",         "rx_packets",          "tx_bytes",         "tx_packets",        "tx_dropped",
    "rx_errors",        "tx_errors",           "rx_dropped",       "multicast",         "collisions",
    "rx_crc_errors",    "rx_frame_errors",     "rx_fifo_errors",   "rx_over_errors",    "rx_length_errors",
    "rx_missed_errors", "rx_compressed",       "tx_compressed",    "tx_aborted_errors", "tx_carrier_errors",
    "tx_fifo_errors",   "tx_heartbeat_errors", "tx_window_errors", "rx_nohandler"};
enum { CARD_COUNTERS = sizeof card_counters / sizeof *card_counters, FIRST_COUNTER = 64 };
static const char *const disk_files[] = {"stat", "size", "ro", "removable", "dev"};
enum { DISK_FILES = sizeof disk_files / sizeof *disk_files };

static void write_card(struct text *t, uint32_t which) {
    const struct net_stack *s = network_begin();
    const struct interface *i = &s->interfaces[which >> FILE_BITS];
    unsigned file = which & ((1 << FILE_BITS) - 1);
    const uint8_t *m = i->mac;
    const count_t counters[] = {i->received_bytes, i->received_packets, i->sent_bytes, i->sent_packets, i->dropped};
    if (file >= FIRST_COUNTER) {
        file -= FIRST_COUNTER;
        text_add(t, "%llu\n", file < sizeof counters / sizeof *counters ? counters[file] : 0);
        return;
    }
    switch (file) {
    case CARD_ADDRESS: text_add(t, "%02x:%02x:%02x:%02x:%02x:%02x\n", m[0], m[1], m[2], m[3], m[4], m[5]); break;
    case CARD_BROADCAST: text_add(t, i->is_loopback ? "00:00:00:00:00:00\n" : "ff:ff:ff:ff:ff:ff\n"); break;
    case CARD_MTU: text_add(t, "%u\n", i->mtu); break;
    case CARD_STATE: text_add(t, i->is_loopback ? "unknown\n" : "up\n"); break;
    case CARD_INDEX:
    case CARD_LINK: text_add(t, "%u\n", i->index); break;
    case CARD_CARRIER: text_add(t, "1\n"); break;
    case CARD_TYPE: text_add(t, i->is_loopback ? "772\n" : "1\n"); break;
    case CARD_FLAGS: text_add(t, i->is_loopback ? "0x9\n" : "0x1003\n"); break;
    case CARD_QUEUE: text_add(t, "1000\n"); break;
    default: text_add(t, "6\n");
    }
}

static void write_disk(struct text *t, uint32_t which) {
    unsigned n = (which & (BLOCKS - 1)) >> FILE_BITS;
    const struct block_device *d = block_device_at(n);
    switch (which & ((1 << FILE_BITS) - 1)) {
    case 0: add_disk(t, d); break;
    case 1: text_add(t, "%llu\n", (count_t)d->sectors); break;
    case 2: text_add(t, "%d\n", d->readonly); break;
    case 3: text_add(t, "0\n"); break;
    default: text_add(t, "254:%u\n", n * 16);
    }
}

static int open_file(struct inode *inode, struct file *file) {
    return virtual_open_text(file, inode->device & BLOCKS ? write_disk : write_card, inode->device, NULL);
}

static const struct inode_operations file_operations = {.open = open_file};
static const struct inode_operations device_folder, counter_folder;

static int make_node(struct inode *near, uint32_t mode, const struct inode_operations *operations, uint32_t device,
                     struct inode **found) {
    struct inode *inode = inode_make(operations, near->filesystem, mode);
    if (!inode) return -ENOMEM;
    inode->number = inode_next_number();
    inode->device = device;
    *found = inode;
    return 0;
}

/// The n-th name in a folder; null behind the last.
static const char *name_in(const struct inode *folder, unsigned n, char text[INTERFACE_NAME], bool *is_folder) {
    *is_folder = false;
    if (folder->operations == &counter_folder) return n < CARD_COUNTERS ? card_counters[n] : NULL;
    if (folder->operations == &device_folder) {
        bool of_disk = folder->device & BLOCKS;
        if (of_disk) return n < DISK_FILES ? disk_files[n] : NULL;
        *is_folder = n == CARD_FILES;
        return n < CARD_FILES ? card_files[n] : n == CARD_FILES ? "statistics" : NULL;
    }
    *is_folder = true;
    if (folder->device & BLOCKS) {
        if (!block_device_at(n)) return NULL;
        format_text(text, INTERFACE_NAME, "vd%c", 'a' + (int)n);
        return text;
    }
    const struct net_stack *s = network_begin();
    return n < s->interface_count ? s->interfaces[n].name : NULL;
}

static int find_name(struct inode *folder, const char *name, size_t length, struct inode **found) {
    char text[INTERFACE_NAME];
    const char *there;
    bool is_folder;
    for (unsigned n = 0; (there = name_in(folder, n, text, &is_folder)); n++) {
        if (strlen(there) != length || memcmp(there, name, length) != 0) continue;
        bool counters = folder->operations == &counter_folder, top = folder->operations != &device_folder && !counters;
        uint32_t device = top        ? (folder->device & BLOCKS) | n << FILE_BITS
                          : counters ? folder->device | (FIRST_COUNTER + n)
                                     : folder->device | n;
        if (!is_folder) return make_node(folder, MODE_FILE | 0444, &file_operations, device, found);
        return make_node(folder, MODE_DIRECTORY | 0755, top ? &device_folder : &counter_folder,
                         top ? device : folder->device, found);
    }
    return -ENOENT;
}

static int list_names(struct inode *folder, uint64_t *position, struct directory_entry *entry) {
    static char text[INTERFACE_NAME]; // under the name lock, as every listing
    bool is_folder;
    const char *name = *position < BLOCKS ? name_in(folder, (unsigned)*position, text, &is_folder) : NULL;
    if (!name) return 0;
    ++*position;
    *entry = (struct directory_entry){.name = name,
                                      .length = strlen(name),
                                      .inode_number = folder->number,
                                      .mode = is_folder ? MODE_DIRECTORY : MODE_FILE};
    return 1;
}

static const struct inode_operations device_folder = {.lookup = find_name, .list = list_names};
static const struct inode_operations counter_folder = {.lookup = find_name, .list = list_names};
static const struct inode_operations folder_of_all = {.lookup = find_name, .list = list_names};

void sysfs_devices_add(struct inode *root) {
    struct inode *class = virtual_directory(root, "class");
    virtual_node(class, "net", MODE_DIRECTORY | 0755, 0, &folder_of_all);
    virtual_node(class, "block", MODE_DIRECTORY | 0755, BLOCKS, &folder_of_all);
    virtual_node(root, "block", MODE_DIRECTORY | 0755, BLOCKS, &folder_of_all);
    virtual_directory(class, "power_supply");
    virtual_directory(class, "hwmon");
    virtual_directory(class, "thermal");
    struct inode *cgroup = virtual_directory(virtual_directory(root, "fs"), "cgroup");
    virtual_fixed(cgroup, "cgroup.controllers", "\n");
    virtual_fixed(cgroup, "cgroup.procs", "1\n");
    virtual_fixed(cgroup, "cgroup.subtree_control", "\n");
}
