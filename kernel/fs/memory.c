// A file system in memory: its tree of names, links, and files without one. What files hold is memory_content.c's.

#include "fs/memory.h"
#include "arch/paging.h"
#include "arch/clock.h"
#include "fs/attributes.h"
#include "fs/file.h"
#include "fs/names.h"
#include "fs/pipe.h"
#include "fs/walk.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mem/heap.h"
#include "mem/phys.h"
#include "fs/file_mappings.h"

enum { MAGIC = 0x01021994, PART_OF_MEMORY = 2 };

static const struct inode_operations directory_operations, link_operations, node_operations;

static void touch(struct inode *inode) { inode->modified_ns = inode->changed_ns = clock_realtime_ns(); }

static struct inode *make_inode(struct filesystem *fs, uint32_t mode, const char *target) {
    const struct inode_operations *operations = &node_operations;
    if ((mode & MODE_TYPE) == MODE_DIRECTORY) operations = &directory_operations;
    if ((mode & MODE_TYPE) == MODE_FILE) operations = &memory_file_operations;
    if ((mode & MODE_TYPE) == MODE_LINK) operations = &link_operations;
    if ((mode & MODE_TYPE) == MODE_PIPE) operations = &fifo_operations;
    struct inode *inode = inode_make(operations, fs, mode);
    if (!inode) return NULL;
    inode->number = inode_next_number();
    inode->volatile_content = true;
    inode->accessed_ns = clock_realtime_ns();
    touch(inode);
    if (operations == &directory_operations) {
        inode->data = kzalloc(sizeof(struct names));
        if (inode->data) inode->links = 2;
    } else if (operations == &link_operations) {
        inode->size = strlen(target);
        inode->data = kmalloc(inode->size + 1);
        if (inode->data) memcpy(inode->data, target, inode->size + 1);
    } else {
        return inode;
    }
    if (!inode->data) {
        inode_drop(inode);
        return NULL;
    }
    return inode;
}

static void measure(struct filesystem *fs) {
    fs->blocks_free = fs->blocks > fs->pages ? fs->blocks - fs->pages : 0;
    if (fs->blocks_free > phys_free_pages()) fs->blocks_free = phys_free_pages();
}

struct inode *memory_filesystem(uint32_t device) {
    struct filesystem *fs = kzalloc(sizeof *fs);
    if (!fs) return NULL;
    *fs = (struct filesystem){.name = "tmpfs",
                              .device = device,
                              .magic = MAGIC,
                              .block_size = PAGE_SIZE,
                              .blocks = phys_total_pages() / PART_OF_MEMORY,
                              .measure = measure};
    return make_inode(fs, MODE_DIRECTORY | 01777, NULL);
}

static struct name *find(const struct inode *directory, const char *bytes, size_t length) {
    return names_find(directory->data, bytes, length);
}

static int lookup(struct inode *directory, const char *bytes, size_t length, struct inode **found) {
    const struct name *n = find(directory, bytes, length);
    if (!n) return -ENOENT;
    inode_take(n->inode);
    *found = n->inode;
    return 0;
}

static int list(struct inode *directory, uint64_t *position, struct directory_entry *entry) {
    const struct name *n = names_next(directory->data, *position);
    if (!n) return 0;
    *position = n->position + 1;
    *entry = (struct directory_entry){
        .name = n->bytes, .length = n->length, .inode_number = n->inode->number, .mode = n->inode->mode};
    return 1;
}

/// A directory has one directory more in it, or one less.
static void count_link(struct inode *directory, const struct inode *inode, int by) {
    if (inode_is(inode, MODE_DIRECTORY)) directory->links += (uint32_t)by;
    touch(directory);
}

/// Adds a name that is not there yet; takes a reference to the inode.
static int add_name(struct inode *directory, const char *bytes, size_t length, struct inode *inode) {
    int result = names_add(directory->data, bytes, length, inode);
    if (result != 0) return result;
    inode_take(inode);
    count_link(directory, inode, 1);
    return 0;
}

static void remove_name(struct inode *directory, struct name *n) {
    struct inode *inode = n->inode;
    names_remove(directory->data, n);
    count_link(directory, inode, -1);
    inode_drop(inode);
}

static int make(struct inode *directory, const char *bytes, size_t length, uint32_t mode, const char *target,
                struct inode **made) {
    if (find(directory, bytes, length)) return -EEXIST;
    struct inode *inode = make_inode(directory->filesystem, mode, target);
    int result = inode ? add_name(directory, bytes, length, inode) : -ENOMEM;
    if (result == 0) *made = inode;
    else inode_drop(inode);
    return result;
}

static int link(struct inode *directory, const char *bytes, size_t length, struct inode *inode) {
    if (find(directory, bytes, length)) return -EEXIST;
    int result = add_name(directory, bytes, length, inode);
    if (result != 0) return result;
    inode->links++;
    inode->changed_ns = clock_realtime_ns();
    return 0;
}

/// An inode is about to lose a name: -ENOTEMPTY, or 0 with its links counted.
static int lose_name(struct inode *inode) {
    bool directory = inode_is(inode, MODE_DIRECTORY);
    if (directory && ((const struct names *)inode->data)->count > 0) return -ENOTEMPTY;
    inode->links -= directory ? 2 : 1;
    inode->changed_ns = clock_realtime_ns();
    return 0;
}

static int remove(struct inode *directory, const char *bytes, size_t length, struct inode *inode) {
    struct name *n = find(directory, bytes, length);
    if (!n || n->inode != inode) return -ENOENT;
    int result = lose_name(inode);
    if (result == 0) remove_name(directory, n);
    return result;
}

/// Puts another inode behind a name, which takes a reference to it.
static void replace(struct inode *directory, struct name *n, struct inode *inode) {
    struct inode *old = n->inode;
    inode_take(inode);
    n->inode = inode;
    count_link(directory, old, -1);
    count_link(directory, inode, 1);
    inode_drop(old);
}

static int rename(struct inode *from, const char *bytes, size_t length, struct inode *inode, struct inode *to,
                  const char *new_bytes, size_t new_length) {
    struct name *old = find(from, bytes, length), *there = find(to, new_bytes, new_length);
    if (!old || old->inode != inode) return -ENOENT;
    if (there && there->inode == inode) return 0;
    int result = there ? lose_name(there->inode) : add_name(to, new_bytes, new_length, inode);
    if (result != 0) return result;
    if (there) replace(to, there, inode);
    remove_name(from, old);
    return 0;
}

static int exchange(struct inode *a, const char *a_name, size_t a_length, struct inode *b, const char *b_name,
                    size_t b_length) {
    struct name *first = find(a, a_name, a_length), *second = find(b, b_name, b_length);
    if (!first || !second) return -ENOENT;
    struct inode *inode = first->inode;
    inode_take(inode);
    replace(a, first, second->inode);
    replace(b, second, inode);
    inode_drop(inode);
    return 0;
}

static int make_unnamed(struct inode *directory, uint32_t mode, struct inode **made) {
    *made = make_inode(directory->filesystem, mode, NULL);
    if (!*made) return -ENOMEM;
    (*made)->links = 0;
    return 0;
}

static long read_link(struct inode *link_inode, char *to, size_t cap) {
    if (link_inode->size > cap) return -ENAMETOOLONG;
    memcpy(to, link_inode->data, link_inode->size);
    return (long)link_inode->size;
}

static void destroy_directory(struct inode *inode) {
    struct name *n;
    while (inode->data && (n = names_next(inode->data, 0))) remove_name(inode, n);
    if (inode->data) names_free(inode->data);
    kfree(inode->data);
}

static void destroy_link(struct inode *inode) { kfree(inode->data); }

static const struct inode_operations directory_operations = {.lookup = lookup,
                                                             .list = list,
                                                             .make = make,
                                                             .link = link,
                                                             .remove = remove,
                                                             .rename = rename,
                                                             .exchange = exchange,
                                                             .make_unnamed = make_unnamed,
                                                             .attributes = &attributes_in_memory,
                                                             .destroy = destroy_directory};
static const struct inode_operations link_operations = {.read_link = read_link, .destroy = destroy_link};
static const struct inode_operations node_operations = {0};

/// An open file without a name; `shown` is what /proc shows as one.
static struct file *unnamed_file(const char *shown) {
    static struct filesystem unnamed = {.name = "tmpfs", .device = 0x0001, .magic = MAGIC, .block_size = PAGE_SIZE};
    struct inode *inode = make_inode(&unnamed, MODE_FILE | 0777, NULL);
    if (!inode) return NULL;
    inode->links = 0;
    struct dentry *place = dentry_unnamed(walk_root(), shown, inode);
    if (!place) {
        inode_drop(inode);
        return NULL;
    }
    struct file *file = file_make(place, inode, OPEN_READ_WRITE | OPEN_LARGE_FILE);
    if (file) file->operations = &regular_file;
    dentry_drop(place);
    return file;
}

struct file *memory_file_make(const char *name, uint32_t seals, bool executable) {
    char shown[NAME_LONGEST + 1];
    format_text(shown, sizeof shown, "memfd:%s", name);
    struct file *file = unnamed_file(shown);
    if (!file) return NULL;
    file->inode->seals = seals;
    if (!executable) file->inode->mode &= ~0111u;
    return file;
}

struct file *memory_file_shared(uint64_t size) {
    struct file *file = unnamed_file("dev/zero");
    if (file) file->inode->size = size;
    return file;
}

static bool can_be_sealed(const struct file *file) {
    return file->inode->operations == &memory_file_operations && inode_is(file->inode, MODE_FILE);
}

long memory_file_seal(struct file *file, uint32_t seals) {
    enum { ALL = 63, EXECUTABLE = 0111 };
    if (!file_can_write(file)) return -EPERM;
    if (!can_be_sealed(file) || (seals & ~(uint32_t)ALL)) return -EINVAL;
    uint32_t had = file->inode->seals;
    if (had & SEAL_SEAL) return -EPERM;
    if ((seals & SEAL_WRITE) && !(had & SEAL_WRITE) && space_writes_file(file->inode)) return -EBUSY;
    // What can be run and stays so can't be changed either.
    if ((seals & SEAL_EXECUTE) && (file->inode->mode & EXECUTABLE))
        seals |= SEAL_SHRINK | SEAL_GROW | SEAL_WRITE | SEAL_FUTURE_WRITE;
    file->inode->seals |= seals;
    return 0;
}

long memory_file_seals(const struct file *file) { return can_be_sealed(file) ? (long)file->inode->seals : -EINVAL; }
