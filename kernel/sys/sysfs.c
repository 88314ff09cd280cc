// /sys, as far as C libraries and runtimes read it: processors, large pages.

#include "sys/sysfs.h"
#include "fs/virtual.h"
#include "sys/proc_counters.h"

enum { MAGIC = 0x62656572, DEVICE = 0x0007 };

static void add_processors(struct inode *system) {
    struct inode *cpus = virtual_directory(system, "cpu");
    virtual_fixed(cpus, "online", "0\n");
    virtual_fixed(cpus, "possible", "0\n");
    virtual_fixed(cpus, "present", "0\n");
    struct inode *first = virtual_directory(cpus, "cpu0"), *topology = virtual_directory(first, "topology");
    virtual_fixed(first, "online", "1\n");
    virtual_fixed(topology, "core_id", "0\n");
    virtual_fixed(topology, "physical_package_id", "0\n");
    virtual_fixed(topology, "core_siblings_list", "0\n");
    virtual_fixed(topology, "thread_siblings_list", "0\n");
    virtual_fixed(topology, "thread_siblings", "1\n");
    struct inode *node = virtual_directory(system, "node");
    virtual_fixed(node, "online", "0\n");
    virtual_fixed(node, "possible", "0\n");
    virtual_fixed(virtual_directory(node, "node0"), "cpulist", "0\n");
}

static void add_memory(struct inode *kernel) {
    struct inode *large = virtual_directory(virtual_directory(kernel, "mm"), "transparent_hugepage");
    virtual_fixed(large, "enabled", "always madvise [never]\n");
    virtual_fixed(large, "shmem_enabled", "always madvise [never]\n");
    virtual_fixed(large, "defrag", "always defer defer+madvise madvise [never]\n");
    virtual_fixed(large, "hpage_pmd_size", "2097152\n");
}

struct inode *sysfs_filesystem(void) {
    struct inode *root = virtual_filesystem("sysfs", DEVICE, MAGIC);
    add_processors(virtual_directory(virtual_directory(root, "devices"), "system"));
    add_memory(virtual_directory(root, "kernel"));
    sysfs_devices_add(root);
    return root;
}
