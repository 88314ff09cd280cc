// Open files: life, opening, position.

#include "fs/file.h"
#include "fs/cache.h"
#include "fs/epoll.h"
#include "fs/inotify.h"
#include "fs/locks.h"
#include "fs/walk.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "lib/refs.h"
#include "mem/heap.h"

static unsigned count;

unsigned file_count(void) { return count; }

struct file *file_make(struct dentry *place, struct inode *inode, uint32_t flags) {
    struct file *file = kzalloc(sizeof *file);
    if (!file) return NULL;
    if (place) dentry_take(place);
    if (inode) inode_take(inode);
    file->place = place;
    file->inode = inode;
    file->flags = flags;
    file->refs = 1;
    mutex_init(&file->position_lock);
    list_init(&file->watches);
    count++;
    return file;
}

void file_take(struct file *file) { refs_take(&file->refs); }

void file_drop(struct file *file) {
    if (!file || !refs_drop(&file->refs)) return;
    epoll_forget(file);
    if (file->inode && file->inode->locks) locks_release(file->inode, file);
    if (file->place && !(file->flags & OPEN_PATH)) {
        inotify_place(file->place, file_can_write(file) ? NOTICE_CLOSE_WRITE : NOTICE_CLOSE_OTHER);
    }
    if (file->operations && file->operations->close) file->operations->close(file);
    inode_drop(file->inode);
    if (file->place) dentry_drop(file->place);
    kfree(file);
    count--;
}

static struct filesystem unnamed = {.name = "anon_inodefs", .device = 0x000e, .magic = 0x09041934, .block_size = 4096};

struct file *file_unnamed(const struct file_operations *operations, uint32_t flags, void *data) {
    static const struct inode_operations none;
    struct inode *inode = inode_make(&none, &unnamed, 0600);
    if (!inode) return NULL;
    inode->number = inode_next_number();
    struct file *file = file_make(NULL, inode, flags);
    inode_drop(inode);
    if (!file) return NULL;
    file->operations = operations;
    file->data = data;
    return file;
}

static int check_open(const struct inode *inode, uint32_t flags) {
    bool writing = (flags & OPEN_ACCESS) != OPEN_READ;
    if (inode_is(inode, MODE_LINK)) return -ELOOP;
    if (inode_is(inode, MODE_SOCKET)) return -ENXIO;
    if (inode_is(inode, MODE_DIRECTORY)) return writing || (flags & (OPEN_TRUNCATE | OPEN_CREATE)) ? -EISDIR : 0;
    if (flags & (OPEN_DIRECTORY & ~OPEN_TEMPORARY)) return -ENOTDIR;
    if (!inode_is(inode, MODE_FILE)) return 0;
    if (!writing && !(flags & OPEN_TRUNCATE)) return 0;
    return inode->filesystem->readonly ? -EROFS : inode->running ? -ETXTBSY : 0;
}

int file_open_place(struct dentry *place, uint32_t flags, struct file **out) {
    struct inode *inode = place->inode;
    int result = flags & OPEN_PATH ? 0 : check_open(inode, flags);
    if (result != 0) return result;
    struct file *file = file_make(place, inode, flags & OPEN_KNOWN);
    if (!file) return -ENOMEM;
    static const struct file_operations path_only = {.kind = "path"};
    if (flags & OPEN_PATH) file->operations = &path_only;
    else if (inode_is(inode, MODE_DIRECTORY)) file->operations = &directory_file;
    else if (inode->operations->open) result = inode->operations->open(inode, file);
    else result = -ENXIO;
    if (result == 0 && (flags & OPEN_TRUNCATE) && !(flags & OPEN_PATH) && inode_is(inode, MODE_FILE)) {
        result = inode->operations->resize ? inode->operations->resize(inode, 0) : -EINVAL;
        if (result == 0) inotify_place(place, NOTICE_MODIFY);
    }
    if (result != 0) {
        // It was never open: nobody hears that it is closed.
        file->flags |= OPEN_PATH;
        file_drop(file);
        return result;
    }
    if (!(flags & OPEN_PATH)) inotify_place(place, NOTICE_OPEN);
    *out = file;
    return 0;
}

/// Makes an empty file at the end of a path. -EEXIST where something has that name.
static int make_at(const struct walk_end *end, uint32_t mode, struct dentry **place) {
    struct inode *directory = end->parent->inode, *made = NULL;
    if (end->trailing_slash) return -EISDIR;
    if (directory->filesystem->readonly || !directory->operations->make) return -EROFS;
    mutex_lock(&name_lock);
    int result = inode_is_removed(directory) ? -ENOENT : 0;
    if (result == 0) {
        result = directory->operations->make(directory, end->name, end->length, MODE_FILE | (mode & MODE_PERMISSIONS),
                                             NULL, &made);
    }
    if (result == 0) result = dentry_child(end->parent, end->name, end->length, place);
    mutex_unlock(&name_lock);
    if (made) inode_made(made, directory);
    if (result == 0) inotify_name(directory, end->name, end->length, NOTICE_CREATE, false, 0);
    inode_drop(made);
    return result;
}

/// The text of the symbolic link that a path ends with: the caller's to free. Null if it ends with something else.
static int read_link_at(const struct walk_end *end, char **text) {
    struct dentry *child;
    *text = NULL;
    mutex_lock(&name_lock);
    int result = dentry_child(end->parent, end->name, end->length, &child);
    mutex_unlock(&name_lock);
    if (result != 0) return result == -ENOENT ? 0 : result;
    if (child->inode && child->inode->operations->read_link) {
        *text = kzalloc(PATH_LONGEST);
        long length = *text ? child->inode->operations->read_link(child->inode, *text, PATH_LONGEST - 1) : -ENOMEM;
        if (length < 0) result = (int)length;
    }
    if (result != 0) kfree(*text);
    dentry_drop(child);
    return result;
}

/// What openat2 asks of the way there.
static unsigned walk_flags_of(uint32_t flags) { return flags >> OPEN_RESOLVE_SHIFT << 8; }

/// One attempt at create_place. -EEXIST where `*end` has another name for it: a link that leads nowhere, or a file that
/// somebody else has made meanwhile.
static int try_create(struct dentry *from, const char *path, uint32_t *flags, uint32_t mode, struct walk_end *end,
                      struct dentry **place) {
    end->parent = NULL;
    int result = walk_path(
        from, path, (*flags & (OPEN_EXCLUSIVE | OPEN_NO_FOLLOW) ? WALK_NO_FOLLOW : 0) | walk_flags_of(*flags), place);
    if (result == 0 && (*flags & OPEN_EXCLUSIVE)) {
        dentry_drop(*place);
        return -EEXIST;
    }
    if (result != -ENOENT) return result;
    result = walk_parent(from, path, walk_flags_of(*flags), end);
    if (result != 0) {
        end->parent = NULL;
        return result;
    }
    result = make_at(end, mode, place);
    if (result == 0) *flags &= ~(uint32_t)OPEN_TRUNCATE;
    return result;
}

/// The place that `path` names, made as an empty file if it is not there: then nothing of it is to be truncated.
static int create_place(struct dentry *from, const char *path, uint32_t *flags, uint32_t mode, struct dentry **place) {
    struct walk_end end;
    struct dentry *base = from;
    char *text = NULL;
    if (base) dentry_take(base);
    int result = try_create(base, path, flags, mode, &end, place);
    for (unsigned links = 0; result == -EEXIST && end.parent && !(*flags & OPEN_EXCLUSIVE); links++) {
        char *next;
        result = links < LINKS_MOST ? read_link_at(&end, &next) : -ELOOP;
        if (result != 0) break;
        if (next) {
            // Seen from the folder that the link is in.
            kfree(text);
            text = next;
            if (base) dentry_drop(base);
            base = end.parent;
            end.parent = NULL;
        } else {
            dentry_drop(end.parent);
        }
        result = try_create(base, text ? text : path, flags, mode, &end, place);
    }
    if (end.parent) dentry_drop(end.parent);
    if (base) dentry_drop(base);
    kfree(text);
    return result;
}

/// O_TMPFILE: a file without a name, in the file system of the directory that `path` names.
static int open_temporary(struct dentry *from, const char *path, uint32_t flags, uint32_t mode, struct file **file) {
    struct dentry *directory;
    struct inode *made;
    if ((flags & OPEN_ACCESS) == OPEN_READ) return -EINVAL;
    int result = walk_path(from, path, WALK_DIRECTORY | walk_flags_of(flags), &directory);
    if (result != 0) return result;
    result = dentry_make_real(directory);
    struct inode *above = directory->inode;
    if (result != 0) {
    } else if (above->filesystem->readonly) result = -EROFS;
    else if (!above->operations->make_unnamed) result = -EOPNOTSUPP;
    else result = above->operations->make_unnamed(above, MODE_FILE | (mode & MODE_PERMISSIONS), &made);
    if (result == 0) {
        inode_made(made, above);
        char name[24];
        format_text(name, sizeof name, "#%llu", (unsigned long long)made->number);
        struct dentry *place = dentry_unnamed(directory, name, made);
        if (place) {
            place->temporary = !(flags & OPEN_EXCLUSIVE);
            result = file_open_place(place, flags & ~(uint32_t)OPEN_TEMPORARY, file);
            dentry_drop(place);
        } else {
            inode_drop(made);
            result = -ENOMEM;
        }
    }
    dentry_drop(directory);
    return result;
}

int file_open(struct dentry *from, const char *path, uint32_t flags, uint32_t mode, struct file **file) {
    struct dentry *place;
    int result;
    if ((flags & OPEN_TEMPORARY) == OPEN_TEMPORARY) return open_temporary(from, path, flags, mode, file);
    if ((flags & OPEN_CREATE) && !(flags & (OPEN_PATH | OPEN_DIRECTORY))) {
        result = create_place(from, path, &flags, mode, &place);
    } else {
        result = walk_path(from, path, (flags & OPEN_NO_FOLLOW ? WALK_NO_FOLLOW : 0) | walk_flags_of(flags), &place);
    }
    if (result != 0) return result;
    if ((flags & OPEN_DIRECTORY) && !inode_is(place->inode, MODE_DIRECTORY)) result = -ENOTDIR;
    if (result == 0) result = file_open_place(place, flags, file);
    dentry_drop(place);
    return result;
}

/// Offsets are signed for the program: none may go beyond what fits.
static bool range_is_sound(uint64_t position, const struct io *io) {
    return position <= INT64_MAX && io->left <= INT64_MAX - position;
}

static long read_at(struct file *file, struct io *io, const uint64_t *at) {
    if (!file_can_read(file)) return -EBADF;
    if (!file->operations->read) return inode_is(file->inode, MODE_DIRECTORY) ? -EISDIR : -EINVAL;
    if (!file->operations->seekable) return at ? -ESPIPE : file->operations->read(file, io, 0);
    if (at) return range_is_sound(*at, io) ? file->operations->read(file, io, *at) : -EINVAL;
    mutex_lock(&file->position_lock);
    long n = range_is_sound(file->position, io) ? file->operations->read(file, io, file->position) : -EINVAL;
    if (n > 0) file->position += (uint64_t)n;
    mutex_unlock(&file->position_lock);
    return n;
}

static long write_at(struct file *file, struct io *io, const uint64_t *at) {
    if (!file_can_write(file)) return -EBADF;
    if (!file->operations->write) return -EINVAL;
    if (!file->operations->seekable) return at ? -ESPIPE : file->operations->write(file, io, 0);
    if (at) return range_is_sound(*at, io) ? file->operations->write(file, io, *at) : -EINVAL;
    mutex_lock(&file->position_lock);
    if (file->flags & OPEN_APPEND) file->position = file->inode->size;
    long n = range_is_sound(file->position, io) ? file->operations->write(file, io, file->position) : -EFBIG;
    if (n > 0) file->position += (uint64_t)n;
    mutex_unlock(&file->position_lock);
    return n;
}

long file_read(struct file *file, struct io *io, const uint64_t *at) {
    long n = read_at(file, io, at);
    if (n > 0) inotify_place(file->place, NOTICE_ACCESS);
    return n;
}

long file_write(struct file *file, struct io *io, const uint64_t *at) {
    long n = write_at(file, io, at);
    if (n > 0) inotify_place(file->place, NOTICE_MODIFY);
    return n;
}

enum { FROM_START, FROM_HERE, FROM_END, TO_DATA, TO_HOLE };

/// The next byte from `from` on that is content, or that is a hole; there is one behind the end. -ENXIO, or what
/// reading gives.
static long find_data_or_hole(struct inode *inode, uint64_t from, bool hole) {
    uint64_t at = from, start = 0, end = inode->size;
    mutex_lock(&inode->lock);
    uint64_t size = inode->size;
    long result = from < size ? 0 : -ENXIO;
    while (result == 0 && at < size) {
        int found = inode->operations->next_data ? inode->operations->next_data(inode, at, &start, &end) : 1;
        if (found < 0) result = found;
        else if (hole && (found == 0 || start > at)) break;
        else if (!hole && (found == 0 || start >= size)) result = -ENXIO;
        else if (hole) at = end;
        else {
            if (start > at) at = start;
            break;
        }
    }
    mutex_unlock(&inode->lock);
    return result == 0 ? (long)(at < size ? at : size) : result;
}

long file_seek(struct file *file, int64_t offset, int whence) {
    // What is only waited for lets itself be told a position, and has none.
    if (file->inode->filesystem == &unnamed && !file->operations->sockets && !inode_is(file->inode, MODE_PIPE))
        return whence >= FROM_START && whence <= TO_HOLE ? 0 : -EINVAL;
    if (!file->operations->seekable) return -ESPIPE;
    mutex_lock(&file->position_lock);
    int64_t base = 0, to;
    long result = 0;
    if (whence == FROM_HERE) base = (int64_t)file->position;
    else if (whence == FROM_END) base = (int64_t)file->inode->size;
    else if (whence == TO_DATA || whence == TO_HOLE) {
        offset = offset < 0 ? -ENXIO : find_data_or_hole(file->inode, (uint64_t)offset, whence == TO_HOLE);
        if (offset < 0) result = offset;
    } else if (whence != FROM_START) result = -EINVAL;
    if (result == 0 && (__builtin_add_overflow(base, offset, &to) || to < 0)) result = -EINVAL;
    if (result == 0 && inode_is(file->inode, MODE_FILE) && (uint64_t)to > inode_largest(file->inode)) result = -EINVAL;
    if (result == 0) {
        file->position = (uint64_t)to;
        result = (long)to;
    }
    mutex_unlock(&file->position_lock);
    return result;
}
