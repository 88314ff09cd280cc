// Path walk. What is left of the path lies in a buffer of our own; a symbolic link puts its target in front of it.

#include "fs/walk.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mem/heap.h"

struct walk {
    struct dentry *at; // with a reference
    char *buffer; // of 2 * PATH_LONGEST bytes: the rest of the path ends at its end
    char *rest;
    unsigned links, flags;
    struct dentry *base; // where it began: what WALK_BENEATH and WALK_IN_ROOT are about
};

static struct dentry *root;

void walk_set_root(struct dentry *d) { root = d; }
struct dentry *walk_root(void) { return root; }

static void move_to(struct walk *w, struct dentry *to) {
    dentry_drop(w->at);
    w->at = to;
}

static bool is_other_mount(const struct walk *w, const struct dentry *d) {
    return (w->flags & WALK_ONE_MOUNT) && d->inode && w->at->inode && d->inode->filesystem != w->at->inode->filesystem;
}

static int go_to_root(struct walk *w) {
    struct dentry *to = w->flags & WALK_IN_ROOT ? w->base : root;
    if ((w->flags & WALK_BENEATH) || is_other_mount(w, to)) return -EXDEV;
    dentry_take(to);
    move_to(w, to);
    return 0;
}

/// Goes up over mount points first: `..` of a mounted root is that of the place it covers.
static int go_up(struct walk *w) {
    struct dentry *d = w->at;
    if (d == w->base && (w->flags & WALK_BENEATH)) return -EXDEV;
    if (d == w->base && (w->flags & WALK_IN_ROOT)) return 0;
    while (!d->parent && d->covers) d = d->covers;
    if (!d->parent) d = root;
    else d = d->parent;
    if (is_other_mount(w, d)) return -EXDEV;
    dentry_take(d);
    move_to(w, d);
    return 0;
}

/// Puts a link's target in front of the rest.
static int put_in_front(struct walk *w, struct inode *link) {
    char *target = kmalloc(PATH_LONGEST);
    if (!target) return -ENOMEM;
    long length = link->operations->read_link(link, target, PATH_LONGEST);
    int result = 0;
    if (length <= 0) result = length == 0 ? -ENOENT : (int)length;
    else if (length > w->rest - w->buffer) result = -ENAMETOOLONG;
    if (result == 0) {
        // The rest is empty or begins with a slash: nothing is needed in between.
        w->rest -= length;
        memcpy(w->rest, target, (size_t)length);
        if (target[0] == '/') result = go_to_root(w);
    }
    kfree(target);
    return result;
}

static int follow(struct walk *w, struct dentry *link) {
    struct inode *inode = link->inode;
    if (++w->links > LINKS_MOST || (w->flags & WALK_NO_LINKS)) return -ELOOP;
    if (inode->operations->jump) {
        struct dentry *to;
        if (w->flags & WALK_NO_JUMPS) return -ELOOP;
        if (w->flags & (WALK_BENEATH | WALK_IN_ROOT)) return -EXDEV;
        int result = inode->operations->jump(inode, &to);
        if (result == 0) move_to(w, to);
        return result;
    }
    return inode->operations->read_link ? put_in_front(w, inode) : -EINVAL;
}

/// Takes the next name off the rest. Its length, 0 at the end, -ENAMETOOLONG.
static int next_name(struct walk *w, const char **name) {
    while (*w->rest == '/') w->rest++;
    *name = w->rest;
    while (*w->rest && *w->rest != '/') w->rest++;
    size_t length = (size_t)(w->rest - *name);
    return length > NAME_LONGEST ? -ENAMETOOLONG : (int)length;
}

static bool only_slashes(const char *s) {
    while (*s == '/') s++;
    return *s == '\0';
}

static bool is_dots(const char *name, int length, int dots) {
    return length == dots && name[0] == '.' && name[length - 1] == '.';
}

/// One step down. A link is followed, unless it is last and `flags` say otherwise.
static int step(struct walk *w, const char *name, int length, unsigned flags) {
    if (!w->at->inode || !inode_is(w->at->inode, MODE_DIRECTORY)) return -ENOTDIR;
    if (is_dots(name, length, 1)) return 0;
    if (is_dots(name, length, 2)) return go_up(w);
    struct dentry *child;
    mutex_lock(&name_lock);
    int result = dentry_child(w->at, name, (size_t)length, &child);
    mutex_unlock(&name_lock);
    if (result != 0) return result;
    while (child->mounted) {
        struct dentry *over = child->mounted;
        dentry_take(over);
        dentry_drop(child);
        child = over;
    }
    if (is_other_mount(w, child)) {
        dentry_drop(child);
        return -EXDEV;
    }
    bool last = *w->rest == '\0';
    if (child->inode && inode_is(child->inode, MODE_LINK) && !(last && (flags & WALK_NO_FOLLOW))) {
        result = follow(w, child);
        dentry_drop(child);
        return result;
    }
    move_to(w, child);
    return 0;
}

static int begin(struct walk *w, struct dentry *from, const char *path, unsigned flags) {
    size_t length = strnlen(path, PATH_LONGEST);
    bool absolute = path[0] == '/' && !(flags & WALK_IN_ROOT);
    if (length == 0) return -ENOENT;
    if (length == PATH_LONGEST) return -ENAMETOOLONG;
    if (absolute && (flags & WALK_BENEATH)) return -EXDEV;
    w->buffer = kmalloc(2 * PATH_LONGEST);
    if (!w->buffer) return -ENOMEM;
    w->rest = w->buffer + 2 * PATH_LONGEST - length - 1;
    memcpy(w->rest, path, length + 1);
    w->flags = flags;
    w->base = w->at = absolute || !from ? root : from;
    dentry_take(w->at);
    return 0;
}

int walk_path(struct dentry *from, const char *path, unsigned flags, struct dentry **found) {
    struct walk w = {0};
    int result = begin(&w, from, path, flags);
    if (result != 0) return result;
    const char *name;
    int length;
    while (result == 0 && (length = next_name(&w, &name)) != 0) {
        result = length < 0 ? length : step(&w, name, length, flags);
        if (result == 0 && *w.rest == '/' && only_slashes(w.rest) && !inode_is(w.at->inode, MODE_DIRECTORY)) {
            result = -ENOTDIR;
        }
    }
    if (result == 0 && !w.at->inode) result = -ENOENT;
    if (result == 0 && (flags & WALK_DIRECTORY) && !inode_is(w.at->inode, MODE_DIRECTORY)) result = -ENOTDIR;
    kfree(w.buffer);
    if (result == 0) *found = w.at;
    else dentry_drop(w.at);
    return result;
}

int walk_parent(struct dentry *from, const char *path, unsigned flags, struct walk_end *end) {
    struct walk w = {0};
    int result = begin(&w, from, path, flags);
    if (result != 0) return result;
    const char *name;
    int length = 0;
    while (result == 0) {
        length = next_name(&w, &name);
        if (length < 0) result = length;
        else if (length == 0) result = -EEXIST;
        else if (only_slashes(w.rest)) break;
        else result = step(&w, name, length, flags);
    }
    end->length = result == 0 || result == -EEXIST ? (size_t)length : 0;
    if (result == 0 && (is_dots(name, length, 1) || is_dots(name, length, 2))) result = -EEXIST;
    if (result == 0 && !(w.at->inode && inode_is(w.at->inode, MODE_DIRECTORY))) result = -ENOTDIR;
    if (result == 0) result = dentry_make_real(w.at);
    if (result == 0) {
        memcpy(end->name, name, (size_t)length);
        end->name[length] = '\0';
        end->trailing_slash = *w.rest != '\0';
        end->parent = w.at;
    } else {
        dentry_drop(w.at);
    }
    kfree(w.buffer);
    return result;
}
