// The content of files of a mounted TFS: reading pages, finding room for them, storing them; length and allocation.

#include "arch/paging.h"
#include "fs/cache.h"
#include "fs/file.h"
#include "fs/tfs/node.h"
#include "fs/tfs/transfer.h"
#include "fs/writeback.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mem/heap.h"
#include "fs/file_mappings.h"

/// Of one extent at most: 32 MiB, as the reference kernel makes them.
enum { MOST_SECTORS = 65536, PAGE_SECTORS = PAGE_SIZE / TFS_SECTOR, FEW_EXTENTS = 8 };

/// The extents of a file. The mount's lock is held. 0, -ENOMEM, -EIO.
static int load(struct inode *inode, struct tfs_extents **extents) {
    struct tfs_inode *own = tfs_inode_of(inode);
    if (!own->has_extents) {
        int result = tfs_extents_load(&tfs_mount_of(inode)->tfs, own->node, &own->extents);
        if (result != 0) return result == -EINVAL ? -EIO : result;
        own->has_extents = true;
    }
    *extents = &own->extents;
    return 0;
}

static struct tfs_run run_of(const struct inode *inode) {
    const struct tfs_mount *mount = tfs_mount_of(inode);
    return (struct tfs_run){.disk = mount->disk, .first_sector = mount->first_sector, .file_size = inode->size};
}

/// A copy of the extents that matter to pages, so that the disk can be read without the lock. `*copy` is to be freed
/// where it is not `few`.
static int copy_extents(struct inode *inode, uint64_t first, size_t count, struct tfs_extent *few,
                        struct tfs_extent **copy, size_t *copied) {
    struct tfs_extents *e;
    struct tfs_mount *mount = tfs_mount_of(inode);
    mutex_lock(&mount->lock);
    int result = load(inode, &e);
    if (result == 0) {
        size_t from = tfs_extents_from(e, first * PAGE_SECTORS), to = from;
        while (to < e->count && e->list[to].file < (first + count) * PAGE_SECTORS) to++;
        *copied = to - from;
        *copy = *copied <= FEW_EXTENTS ? few : kmalloc(*copied * sizeof **copy);
        if (*copy) memcpy(*copy, e->list + from, *copied * sizeof **copy);
        else result = -ENOMEM;
    }
    mutex_unlock(&mount->lock);
    return result;
}

static int fill(struct inode *inode, uint64_t first, const uint64_t *pages, size_t count) {
    struct tfs_run run = run_of(inode);
    struct tfs_extent few[FEW_EXTENTS], *copy;
    int result = copy_extents(inode, first, count, few, &copy, &run.extent_count);
    if (result != 0) return result;
    run.extents = copy;
    result = tfs_read_pages(&run, first, pages, count);
    if (copy != few) kfree(copy);
    return result;
}

static long promise(struct inode *inode, uint64_t index) {
    struct tfs_mount *mount = tfs_mount_of(inode);
    struct tfs_extents *e;
    long result = 0;
    mutex_lock(&mount->lock);
    result = tfs_writer_begin(&mount->tfs);
    if (result == 0) result = load(inode, &e);
    if (result == 0 && !tfs_extents_cover(e, index * PAGE_SECTORS, (index + 1) * PAGE_SECTORS)) {
        result = tfs_space_promise(&mount->tfs, PAGE_SECTORS);
        if (result == -ENOSPC && mount->tfs.space.waiting.total > 0) {
            // What was set free is not free before the log says so.
            result = tfs_commit(&mount->tfs);
            if (result == 0) result = tfs_space_promise(&mount->tfs, PAGE_SECTORS);
        }
        if (result == 0) result = PAGE_SECTORS;
    }
    mutex_unlock(&mount->lock);
    writeback_expect();
    return result;
}

static void unpromise(struct inode *inode, uint64_t promised) {
    tfs_space_unpromise(&tfs_mount_of(inode)->tfs, promised);
}

/// Finds room for every sector of [from, to) that has none. The mount's lock is held.
static int find_room(struct tfs *t, struct tfs_extents *e, uint64_t from, uint64_t to, bool uninited) {
    uint64_t start, end;
    int result = 0;
    while (result == 0 && tfs_extents_hole(e, from, to, &start, &end)) {
        size_t next = tfs_extents_from(e, start);
        const struct tfs_extent *before = next > 0 ? &e->list[next - 1] : NULL;
        uint64_t near = before && before->file + before->length == start ? before->disk + before->length : 0;
        struct tfs_extent found = {.file = start, .length = end - start, .uninited = uninited};
        if (found.length > MOST_SECTORS) found.length = MOST_SECTORS;
        result = tfs_space_take(t, near, &found.disk, &found.length);
        if (result != 0) break;
        found.allocated = found.length;
        result = tfs_extents_add(t, e, &found);
        if (result != 0) tfs_space_give(t, found.disk, found.length);
        from = start + found.length;
    }
    return result;
}

/// The log says the file's length as far as its content was stored.
static int grow_on_disk(struct tfs_mount *mount, struct inode *inode, uint64_t end) {
    struct tfs_inode *own = tfs_inode_of(inode);
    if (end > inode->size) end = inode->size;
    if (end <= own->disk_size) return 0;
    own->disk_size = end;
    return tfs_put_number(&mount->tfs, own->node, "filelength", end);
}

static int store(struct inode *inode, uint64_t first, const uint64_t *pages, size_t count) {
    struct tfs_mount *mount = tfs_mount_of(inode);
    struct tfs_extents *e;
    uint64_t from = first * PAGE_SECTORS, to = (first + count) * PAGE_SECTORS;
    mutex_lock(&mount->lock);
    int result = load(inode, &e);
    if (result == 0) result = tfs_writer_begin(&mount->tfs);
    if (result == 0) result = find_room(&mount->tfs, e, from, to, false);
    if (result == 0) {
        struct tfs_run run = run_of(inode);
        size_t at = tfs_extents_from(e, from);
        run.extents = e->list + at;
        run.extent_count = e->count - at;
        mount->tfs.writer->data_unflushed = true;
        // Nothing of this is in the log before the data is on the disk: the lock is kept.
        result = tfs_write_pages(&run, first, pages, count);
    }
    if (result == 0) result = tfs_extents_written(&mount->tfs, e, from, to);
    if (result == 0) result = grow_on_disk(mount, inode, (first + count) * PAGE_SIZE);
    mutex_unlock(&mount->lock);
    return result;
}

static uint64_t allocated(struct inode *inode) {
    struct tfs_mount *mount = tfs_mount_of(inode);
    struct tfs_extents *e;
    uint64_t sectors = 0;
    mutex_lock(&mount->lock);
    if (load(inode, &e) == 0) {
        for (size_t i = 0; i < e->count; i++) sectors += e->list[i].allocated;
    }
    mutex_unlock(&mount->lock);
    return sectors * TFS_SECTOR + inode->dirty_count * PAGE_SIZE;
}

static int open(struct inode *inode, struct file *file) {
    (void)inode;
    file->operations = &regular_file;
    return 0;
}

static int set_disk_size(struct tfs_mount *mount, struct inode *inode) {
    tfs_inode_of(inode)->disk_size = inode->size;
    return tfs_put_number(&mount->tfs, tfs_node_of(inode), "filelength", inode->size);
}

/// Ends the file at `size`, which lies before its present end.
static int shrink(struct inode *inode, uint64_t size) {
    struct tfs_mount *mount = tfs_mount_of(inode);
    struct tfs_extents *e;
    uint64_t pages = (size + PAGE_SIZE - 1) / PAGE_SIZE;
    inode->size = size;
    space_cut_file(inode, pages);
    cache_cut(inode, size);
    mutex_lock(&mount->lock);
    int result = load(inode, &e);
    if (result == 0) result = tfs_extents_remove(&mount->tfs, e, pages * PAGE_SECTORS, UINT64_MAX);
    if (result == 0) result = set_disk_size(mount, inode);
    mutex_unlock(&mount->lock);
    return result;
}

static int grow(struct inode *inode, uint64_t size) {
    struct tfs_mount *mount = tfs_mount_of(inode);
    int result = cache_open_end(inode);
    if (result != 0) return result;
    mutex_lock(&mount->lock);
    result = tfs_writer_begin(&mount->tfs);
    if (result == 0) result = tfs_log_room(&mount->tfs);
    if (result == 0) {
        inode->size = size;
        result = set_disk_size(mount, inode);
    }
    mutex_unlock(&mount->lock);
    return result;
}

static int resize_locked(struct inode *inode, uint64_t size) {
    int result = 0;
    if (size < inode->size) result = shrink(inode, size);
    else if (size > inode->size) result = grow(inode, size);
    if (result == 0) inode_touch(inode, true);
    return result;
}

static int resize(struct inode *inode, uint64_t size) {
    mutex_lock(&inode->lock);
    int result = resize_locked(inode, size);
    mutex_unlock(&inode->lock);
    return result;
}

/// Zeros from `start` up to `end`, which lie in one page, where the file has a place for it.
static int zero_part(struct inode *inode, uint64_t start, uint64_t end) {
    static uint8_t zeros[PAGE_SIZE]; // not constant: so it takes no room in the image
    struct io io;
    if (end > inode->size) end = inode->size;
    if (start >= end) return 0;
    io_kernel(&io, zeros, end - start);
    long n = cache_write(inode, start, &io);
    return n < 0 ? (int)n : 0;
}

/// Makes a hole: whole pages lose their place, the parts at both ends become zeros.
static int punch(struct inode *inode, uint64_t start, uint64_t end) {
    struct tfs_mount *mount = tfs_mount_of(inode);
    struct tfs_extents *e;
    uint64_t first = (start + PAGE_SIZE - 1) / PAGE_SIZE, stop = end / PAGE_SIZE;
    if (first > stop) return zero_part(inode, start, end);
    int result = zero_part(inode, start, first * PAGE_SIZE);
    if (result == 0) result = zero_part(inode, stop * PAGE_SIZE, end);
    if (result != 0 || first == stop) return result;
    space_cut_hole(inode, first, stop);
    cache_discard(inode, first, stop);
    mutex_lock(&mount->lock);
    result = load(inode, &e);
    if (result == 0) result = tfs_extents_remove(&mount->tfs, e, first * PAGE_SECTORS, stop * PAGE_SECTORS);
    mutex_unlock(&mount->lock);
    return result;
}

static int set_aside(struct inode *inode, uint64_t start, uint64_t end) {
    struct tfs_mount *mount = tfs_mount_of(inode);
    struct tfs_extents *e;
    uint64_t from = start / PAGE_SIZE * PAGE_SECTORS, to = (end + PAGE_SIZE - 1) / PAGE_SIZE * PAGE_SECTORS;
    mutex_lock(&mount->lock);
    int result = tfs_writer_begin(&mount->tfs);
    if (result == 0) result = load(inode, &e);
    if (result == 0 && tfs_space_available(&mount->tfs) < to - from && mount->tfs.space.waiting.total > 0) {
        result = tfs_commit(&mount->tfs);
    }
    uint64_t missing = 0, hole, hole_end;
    for (uint64_t at = from; result == 0 && tfs_extents_hole(e, at, to, &hole, &hole_end); at = hole_end) {
        missing += hole_end - hole;
    }
    if (result == 0 && tfs_space_available(&mount->tfs) < missing) result = -ENOSPC;
    if (result == 0) result = find_room(&mount->tfs, e, from, to, true);
    mutex_unlock(&mount->lock);
    return result;
}

static int allocate(struct inode *inode, unsigned mode, uint64_t start, uint64_t length) {
    uint64_t end = start + length;
    int result = 0;
    if (mode & ALLOCATE_PUNCH_HOLE) {
        result = punch(inode, start, end);
    } else {
        if (mode & ALLOCATE_ZERO_RANGE) result = punch(inode, start, end);
        if (result == 0) result = set_aside(inode, start, end);
        if (result == 0 && !(mode & ALLOCATE_KEEP_SIZE) && end > inode->size) result = resize_locked(inode, end);
    }
    if (result == 0) inode_touch(inode, true);
    return result;
}

/// Content is what was written: to the disk, or to pages that will be.
static int next_data(struct inode *inode, uint64_t from, uint64_t *start, uint64_t *end) {
    struct tfs_mount *mount = tfs_mount_of(inode);
    struct tfs_extents *e;
    uint64_t first, stop;
    mutex_lock(&mount->lock);
    int result = load(inode, &e);
    size_t at = result == 0 ? tfs_extents_from(e, from / TFS_SECTOR) : 0;
    while (result == 0 && at < e->count && e->list[at].uninited) at++;
    if (result == 0 && at < e->count) {
        *start = e->list[at].file * TFS_SECTOR;
        *end = *start + e->list[at].length * TFS_SECTOR;
        result = 1;
    }
    mutex_unlock(&mount->lock);
    if (result < 0 || !cache_next_run(inode, true, from / PAGE_SIZE, &first, &stop)) return result;
    if (result == 0 || first * PAGE_SIZE < *start) {
        *start = first * PAGE_SIZE;
        *end = stop * PAGE_SIZE;
    }
    return 1;
}

void tfs_file_free(struct inode *inode) {
    struct tfs_extents *e;
    if (load(inode, &e) == 0) tfs_extents_remove(&tfs_mount_of(inode)->tfs, e, 0, UINT64_MAX);
}

const struct inode_operations tfs_file_operations = {.open = open,
                                                     .fill = fill,
                                                     .promise = promise,
                                                     .unpromise = unpromise,
                                                     .store = store,
                                                     .allocated = allocated,
                                                     .resize = resize,
                                                     .allocate = allocate,
                                                     .next_data = next_data,
                                                     .attributes = &tfs_attributes,
                                                     .sync = tfs_sync,
                                                     .changed = tfs_changed,
                                                     .destroy = tfs_destroy};
