// /sys, as far as C libraries and runtimes read it: processors, large pages.

#include "sys/sysfs.h"
#include "fs/virtual.h"

enum { MAGIC = 0x62656572, DEVICE = 0x0007 };

static void write_zero(struct text *t) { text_add(t, "0\n"); }
static void write_one(struct text *t) { text_add(t, "1\n"); }
static void write_never(struct text *t) { text_add(t, "always madvise [never]\n"); }
static void write_never_defrag(struct text *t) { text_add(t, "always defer defer+madvise madvise [never]\n"); }
static void write_large_page(struct text *t) { text_add(t, "2097152\n"); }

static void add_processors(struct inode *system) {
    struct inode *cpus = virtual_directory(system, "cpu");
    virtual_text(cpus, "online", write_zero);
    virtual_text(cpus, "possible", write_zero);
    virtual_text(cpus, "present", write_zero);
    struct inode *first = virtual_directory(cpus, "cpu0"), *topology = virtual_directory(first, "topology");
    virtual_text(first, "online", write_one);
    virtual_text(topology, "core_id", write_zero);
    virtual_text(topology, "physical_package_id", write_zero);
    virtual_text(topology, "core_siblings_list", write_zero);
    virtual_text(topology, "thread_siblings_list", write_zero);
    virtual_text(topology, "thread_siblings", write_one);
    struct inode *node = virtual_directory(system, "node");
    virtual_text(node, "online", write_zero);
    virtual_text(node, "possible", write_zero);
    virtual_text(virtual_directory(node, "node0"), "cpulist", write_zero);
}

static void add_memory(struct inode *kernel) {
    struct inode *large = virtual_directory(virtual_directory(kernel, "mm"), "transparent_hugepage");
    virtual_text(large, "enabled", write_never);
    virtual_text(large, "shmem_enabled", write_never);
    virtual_text(large, "defrag", write_never_defrag);
    virtual_text(large, "hpage_pmd_size", write_large_page);
}

struct inode *sysfs_filesystem(void) {
    struct inode *root = virtual_filesystem("sysfs", DEVICE, MAGIC);
    add_processors(virtual_directory(virtual_directory(root, "devices"), "system"));
    add_memory(virtual_directory(root, "kernel"));
    return root;
}
