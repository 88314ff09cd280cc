// A file system in memory. A directory is a list of names in the order in which they were made, each with a position of
// its own, so that reading a directory while names come and go neither repeats nor skips what stays.

#include "fs/memory.h"
#include "arch/x86_64/paging.h"
#include "dev/clock.h"
#include "fs/attributes.h"
#include "fs/file.h"
#include "fs/pipe.h"
#include "fs/walk.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "lib/list.h"
#include "lib/string.h"
#include "mem/heap.h"
#include "mem/phys.h"
#include "mem/space_file.h"

enum { MAGIC = 0x01021994, PART_OF_MEMORY = 2 };

struct name {
    struct list node;
    struct inode *inode;
    uint64_t position;
    size_t length;
    char bytes[];
};

struct directory {
    struct list names;
    uint64_t next_position;
    size_t count;
};

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
        struct directory *d = inode->data = kzalloc(sizeof *d);
        if (d) {
            list_init(&d->names);
            inode->links = 2;
        }
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

static struct name *find(struct directory *d, const char *bytes, size_t length) {
    for (struct list *at = d->names.next; at != &d->names; at = at->next) {
        struct name *n = container_of(at, struct name, node);
        if (n->length == length && memcmp(n->bytes, bytes, length) == 0) return n;
    }
    return NULL;
}

static int lookup(struct inode *directory, const char *bytes, size_t length, struct inode **found) {
    struct name *n = find(directory->data, bytes, length);
    if (!n) return -ENOENT;
    inode_take(n->inode);
    *found = n->inode;
    return 0;
}

static int list(struct inode *directory, uint64_t *position, struct directory_entry *entry) {
    struct directory *d = directory->data;
    for (struct list *at = d->names.next; at != &d->names; at = at->next) {
        const struct name *n = container_of(at, struct name, node);
        if (n->position < *position) continue;
        *position = n->position + 1;
        *entry = (struct directory_entry){
            .name = n->bytes, .length = n->length, .inode_number = n->inode->number, .mode = n->inode->mode};
        return 1;
    }
    return 0;
}

/// Adds a name that is not there yet; takes a reference to the inode.
static int add_name(struct inode *directory, const char *bytes, size_t length, struct inode *inode) {
    struct directory *d = directory->data;
    struct name *n = kmalloc(sizeof *n + length + 1);
    if (!n) return -ENOMEM;
    memcpy(n->bytes, bytes, length);
    n->bytes[length] = '\0';
    n->length = length;
    n->position = d->next_position++;
    n->inode = inode;
    inode_take(inode);
    list_push_back(&d->names, &n->node);
    d->count++;
    if (inode_is(inode, MODE_DIRECTORY)) directory->links++;
    touch(directory);
    return 0;
}

static void remove_name(struct inode *directory, struct name *n) {
    struct directory *d = directory->data;
    list_remove(&n->node);
    d->count--;
    if (inode_is(n->inode, MODE_DIRECTORY)) directory->links--;
    touch(directory);
    inode_drop(n->inode);
    kfree(n);
}

static int make(struct inode *directory, const char *bytes, size_t length, uint32_t mode, const char *target,
                struct inode **made) {
    if (find(directory->data, bytes, length)) return -EEXIST;
    struct inode *inode = make_inode(directory->filesystem, mode, target);
    int result = inode ? add_name(directory, bytes, length, inode) : -ENOMEM;
    if (result == 0) *made = inode;
    else inode_drop(inode);
    return result;
}

static int link(struct inode *directory, const char *bytes, size_t length, struct inode *inode) {
    if (find(directory->data, bytes, length)) return -EEXIST;
    int result = add_name(directory, bytes, length, inode);
    if (result != 0) return result;
    inode->links++;
    inode->changed_ns = clock_realtime_ns();
    return 0;
}

static int remove(struct inode *directory, const char *bytes, size_t length, struct inode *inode) {
    struct name *n = find(directory->data, bytes, length);
    if (!n || n->inode != inode) return -ENOENT;
    if (inode_is(inode, MODE_DIRECTORY) && ((struct directory *)inode->data)->count > 0) return -ENOTEMPTY;
    inode->links -= inode_is(inode, MODE_DIRECTORY) ? 2 : 1;
    inode->changed_ns = clock_realtime_ns();
    remove_name(directory, n);
    return 0;
}

static int rename(struct inode *from, const char *bytes, size_t length, struct inode *inode, struct inode *to,
                  const char *new_bytes, size_t new_length) {
    struct name *old = find(from->data, bytes, length), *replaced = find(to->data, new_bytes, new_length);
    if (!old || old->inode != inode) return -ENOENT;
    if (replaced) {
        if (replaced->inode == inode) return 0;
        int result = remove(to, new_bytes, new_length, replaced->inode);
        if (result != 0) return result;
    }
    int result = add_name(to, new_bytes, new_length, inode);
    if (result == 0) remove_name(from, old);
    return result;
}

static int exchange(struct inode *a, const char *a_name, size_t a_length, struct inode *b, const char *b_name,
                    size_t b_length) {
    struct name *first = find(a->data, a_name, a_length), *second = find(b->data, b_name, b_length);
    if (!first || !second) return -ENOENT;
    struct inode *inode = first->inode;
    first->inode = second->inode;
    second->inode = inode;
    touch(a);
    touch(b);
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
    struct directory *d = inode->data;
    while (d && !list_is_empty(&d->names)) remove_name(inode, container_of(d->names.next, struct name, node));
    kfree(d);
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

struct file *memory_file_make(const char *name, bool may_be_sealed) {
    char shown[NAME_LONGEST + 1];
    format_text(shown, sizeof shown, "memfd:%s", name);
    struct file *file = unnamed_file(shown);
    if (file) file->inode->seals = may_be_sealed ? 0 : SEAL_SEAL;
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
    enum { ALL = 31 };
    if (!can_be_sealed(file) || (seals & ~(uint32_t)ALL)) return -EINVAL;
    if (!file_can_write(file) || (file->inode->seals & SEAL_SEAL)) return -EPERM;
    if ((seals & SEAL_WRITE) && space_writes_file(file->inode)) return -EBUSY;
    file->inode->seals |= seals;
    return 0;
}

long memory_file_seals(const struct file *file) { return can_be_sealed(file) ? (long)file->inode->seals : -EINVAL; }
