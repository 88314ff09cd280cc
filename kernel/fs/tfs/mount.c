// TFS in the vfs: inodes for the nodes of the tree, made when they are first looked up and kept, so that their page cache
// outlives an open file. Reading only, so far.

#include "fs/tfs/mount.h"
#include "arch/x86_64/paging.h"
#include "fs/file.h"
#include "fs/tfs/read.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mem/heap.h"

enum { PERMISSIONS_DIRECTORY = 0755, PERMISSIONS_FILE = 0755, PERMISSIONS_LINK = 0777 };
enum { TFS_MAGIC = 0x54465300, ROOT_DEVICE = 0xfe01 };

static const struct inode_operations directory_operations, file_operations, link_operations, other_operations;

static struct tfs *tree_of(const struct inode *inode) {
    return &((struct tfs_mount *)inode->filesystem->data)->tfs;
}

/// A time of the tree: seconds since 1970, 32.32 fixed point.
static uint64_t time_ns(const struct tfs *t, const struct tfs_node *node, const char *name) {
    uint64_t fixed;
    if (!tfs_number(tfs_get(t, node, name, 5), &fixed)) return 0;
    return (fixed >> 32) * 1000000000ull + ((fixed & 0xffffffff) * 1000000000ull >> 32);
}

/// What a node's type is in the vfs.
static uint32_t mode_of(const struct tfs *t, const struct tfs_node *node, const struct inode_operations **operations) {
    switch (tfs_type(t, node)) {
    case TFS_DIRECTORY:
        *operations = &directory_operations;
        return MODE_DIRECTORY | PERMISSIONS_DIRECTORY;
    case TFS_FILE:
        *operations = &file_operations;
        return MODE_FILE | PERMISSIONS_FILE;
    case TFS_LINK:
        *operations = &link_operations;
        return MODE_LINK | PERMISSIONS_LINK;
    case TFS_SOCKET:
        *operations = &other_operations;
        return MODE_SOCKET | PERMISSIONS_FILE;
    case TFS_OTHER:
        break;
    }
    // A node without contents of any kind, as an interrupted creation may leave it: an empty file.
    *operations = &file_operations;
    return MODE_FILE | PERMISSIONS_FILE;
}

static void fill_in(struct inode *inode, const struct tfs *t, struct tfs_node *node) {
    uint64_t links;
    inode->number = node->number;
    inode->data = node;
    inode->modified_ns = inode->changed_ns = time_ns(t, node, "mtime");
    inode->accessed_ns = time_ns(t, node, "atime");
    if (tfs_number(tfs_get(t, node, "nlink", 5), &links) && links > 0 && links < UINT32_MAX) inode->links = (uint32_t)links;
    if (inode_is(inode, MODE_FILE)) tfs_number(tfs_get(t, node, "filelength", 10), &inode->size);
    if (inode->size > INT64_MAX) inode->size = 0;
    if (inode_is(inode, MODE_LINK)) inode->size = tfs_get(t, node, "linktarget", 10)->string->length;
}

/// The inode of a node, with a reference; the node keeps another.
static int inode_of(struct filesystem *fs, struct tfs_node *node, struct inode **found) {
    const struct tfs *t = &((struct tfs_mount *)fs->data)->tfs;
    struct inode *inode = node->attached;
    if (!inode) {
        const struct inode_operations *operations;
        uint32_t mode = mode_of(t, node, &operations);
        inode = inode_make(operations, fs, mode);
        if (!inode) return -ENOMEM;
        fill_in(inode, t, node);
        node->attached = inode;
    }
    inode_take(inode);
    *found = inode;
    return 0;
}

static int lookup(struct inode *directory, const char *name, size_t length, struct inode **found) {
    const struct tfs *t = tree_of(directory);
    const struct tfs_node *children = tfs_get_tuple(t, directory->data, "children", 8);
    struct tfs_node *node = children ? tfs_get_tuple(t, children, name, length) : NULL;
    return node ? inode_of(directory->filesystem, node, found) : -ENOENT;
}

static bool name_is_sound(const struct tfs_symbol *name) {
    return name->length > 0 && name->length <= 255 && !memchr(name->bytes, '/', name->length) &&
           !memchr(name->bytes, '\0', name->length) && strcmp(name->bytes, ".") != 0 && strcmp(name->bytes, "..") != 0;
}

static int list(struct inode *directory, uint64_t *position, struct directory_entry *entry) {
    const struct tfs *t = tree_of(directory);
    const struct tfs_node *children = tfs_get_tuple(t, directory->data, "children", 8);
    const struct inode_operations *ignored;
    while (children && *position <= UINT32_MAX) {
        const struct tfs_entry *e = tfs_next(children, (uint32_t)*position);
        if (!e) return 0;
        *position = (uint64_t)e->value.order + 1;
        if (e->value.kind != TFS_TUPLE || !name_is_sound(e->name)) continue;
        *entry = (struct directory_entry){.name = e->name->bytes,
                                          .length = e->name->length,
                                          .inode_number = e->value.node->number,
                                          .mode = mode_of(t, e->value.node, &ignored)};
        return 1;
    }
    return 0;
}

static long read_link(struct inode *link, char *to, size_t cap) {
    const struct tfs_string *target = tfs_get(tree_of(link), link->data, "linktarget", 10)->string;
    if (target->length > cap) return -ENAMETOOLONG;
    memcpy(to, target->bytes, target->length);
    return (long)target->length;
}

static int fill(struct inode *inode, uint64_t first, const uint64_t *pages, size_t count) {
    const struct tfs_mount *mount = inode->filesystem->data;
    struct tfs_run run = {.disk = mount->disk, .first_sector = mount->first_sector, .file_size = inode->size};
    struct tfs_extent *extents;
    int result = tfs_extents(&mount->tfs, inode->data, &extents, &run.extent_count);
    if (result != 0) return result == -EINVAL ? -EIO : result;
    run.extents = extents;
    result = tfs_read_pages(&run, first, pages, count);
    kfree(extents);
    return result;
}

static int open(struct inode *inode, struct file *file) {
    (void)inode;
    file->operations = &regular_file;
    return 0;
}

static const struct inode_operations directory_operations = {.lookup = lookup, .list = list};
static const struct inode_operations file_operations = {.open = open, .fill = fill};
static const struct inode_operations link_operations = {.read_link = read_link};
static const struct inode_operations other_operations = {0};

static int read_source(void *context, uint64_t sector, uint32_t count, void *to) {
    const struct tfs_mount *mount = context;
    return block_read(mount->disk, mount->first_sector + sector, count, to);
}

int tfs_mount(struct block_device *disk, uint64_t first_sector, uint64_t sectors, struct tfs_mount **out,
              struct dentry **root, const char **why) {
    struct tfs_mount *mount = kzalloc(sizeof *mount);
    *why = "there is no memory for it";
    if (!mount) return -ENOMEM;
    mount->disk = disk;
    mount->first_sector = first_sector;
    mount->filesystem = (struct filesystem){.name = "tfs",
                                            .device = ROOT_DEVICE,
                                            .magic = TFS_MAGIC,
                                            .readonly = true,
                                            .block_size = SECTOR_SIZE,
                                            .blocks = sectors,
                                            .data = mount};
    struct tfs_source source = {.read = read_source, .context = mount, .sectors = sectors};
    int result = tfs_open(&mount->tfs, &source, why);
    if (result != 0) {
        kfree(mount);
        return result;
    }
    struct inode *inode = NULL;
    result = inode_of(&mount->filesystem, mount->tfs.root, &inode);
    *root = inode ? dentry_root(inode) : NULL;
    if (!*root) {
        inode_drop(inode);
        tfs_close(&mount->tfs);
        kfree(mount);
        return -ENOMEM;
    }
    *out = mount;
    return 0;
}
