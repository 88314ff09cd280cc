// Dentries in a hash by parent and name.

#include "fs/dentry.h"
#include "lib/errno.h"
#include "lib/refs.h"
#include "lib/string.h"
#include "mem/heap.h"

enum { BUCKETS = 256, MOST_MOUNTS = 16, MOST_PROVIDED = 32 };

struct mutex name_lock;

static struct dentry *buckets[BUCKETS];
static struct dentry *mount_points[MOST_MOUNTS];
static struct dentry *provided[MOST_PROVIDED];
static unsigned mount_count, provided_count, count;

unsigned dentry_count(void) { return count; }

static uint32_t name_hash(const struct dentry *parent, const char *name, size_t length) {
    uint32_t h = 2166136261u ^ (uint32_t)((uintptr_t)parent >> 4);
    for (size_t i = 0; i < length; i++) h = (h ^ (uint8_t)name[i]) * 16777619u;
    return h ^ (h >> 13);
}

static struct dentry *make(struct dentry *parent, const char *name, size_t length, struct inode *inode) {
    struct dentry *d = kzalloc(sizeof *d);
    char *own_name = kmalloc(length + 1);
    if (!d || !own_name) {
        kfree(d);
        kfree(own_name);
        return NULL;
    }
    memcpy(own_name, name, length);
    own_name[length] = '\0';
    d->name = own_name;
    d->length = (uint16_t)length;
    d->inode = inode;
    d->parent = parent;
    d->refs = 1;
    count++;
    return d;
}

static void hash_in(struct dentry *d) {
    d->hash = name_hash(d->parent, d->name, d->length);
    d->next = buckets[d->hash % BUCKETS];
    buckets[d->hash % BUCKETS] = d;
}

static void hash_out(struct dentry *d) {
    struct dentry **at = &buckets[d->hash % BUCKETS];
    while (*at != d) at = &(*at)->next;
    *at = d->next;
}

static struct dentry *find(const struct dentry *parent, const char *name, size_t length) {
    uint32_t hash = name_hash(parent, name, length);
    struct dentry *d = buckets[hash % BUCKETS];
    while (d &&
           !(d->hash == hash && d->parent == parent && d->length == length && memcmp(d->name, name, length) == 0)) {
        d = d->next;
    }
    return d;
}

struct dentry *dentry_root(struct inode *inode) { return make(NULL, "", 0, inode); }

void dentry_take(struct dentry *d) { refs_take(&d->refs); }

void dentry_drop(struct dentry *d) {
    while (d) {
        // The last reference goes under the lock: nobody may find the place while it is taken down.
        mutex_lock(&name_lock);
        if (!refs_drop(&d->refs)) {
            mutex_unlock(&name_lock);
            return;
        }
        if (d->parent && !d->detached) hash_out(d);
        mutex_unlock(&name_lock);
        struct dentry *parent = d->parent;
        inode_drop(d->inode);
        kfree(d->name);
        kfree(d);
        count--;
        d = parent;
    }
}

int dentry_child(struct dentry *parent, const char *name, size_t length, struct dentry **child) {
    struct dentry *d = find(parent, name, length);
    if (d) {
        dentry_take(d);
        *child = d;
        return 0;
    }
    struct inode *inode;
    if (!parent->inode || !parent->inode->operations->lookup) return -ENOTDIR;
    int result = parent->inode->operations->lookup(parent->inode, name, length, &inode);
    if (result != 0) return result;
    d = make(parent, name, length, inode);
    if (!d) {
        inode_drop(inode);
        return -ENOMEM;
    }
    dentry_take(parent);
    hash_in(d);
    *child = d;
    return 0;
}

int dentry_mount(struct dentry *parent, const char *name, struct dentry *root) {
    struct dentry *point;
    size_t length = strlen(name);
    mutex_lock(&name_lock);
    int result = mount_count < MOST_MOUNTS ? dentry_child(parent, name, length, &point) : -ENOMEM;
    if (result == -ENOENT) {
        point = make(parent, name, length, NULL);
        result = point ? 0 : -ENOMEM;
        if (point) {
            dentry_take(parent);
            hash_in(point);
        }
    }
    if (result == 0) {
        point->mounted = root;
        root->covers = point;
        mount_points[mount_count++] = point;
    }
    mutex_unlock(&name_lock);
    return result;
}

const struct dentry *dentry_mount_point(unsigned n) { return n < mount_count ? mount_points[n] : NULL; }

const struct dentry *dentry_extra_name(const struct dentry *parent, unsigned n) {
    for (unsigned i = 0; i < mount_count; i++) {
        const struct dentry *point = mount_points[i];
        if (point->parent == parent && !point->inode && n-- == 0) return point;
    }
    for (unsigned i = 0; i < provided_count; i++) {
        const struct dentry *d = provided[i];
        if (d->parent == parent && d->provided && !d->hides && !d->detached && n-- == 0) return d;
    }
    return NULL;
}

int dentry_provide(struct dentry *parent, const char *name, struct inode *inode, bool hides) {
    struct dentry *d = provided_count < MOST_PROVIDED ? make(parent, name, strlen(name), inode) : NULL;
    if (!d) return -ENOMEM;
    dentry_take(parent);
    d->provided = true;
    d->hides = hides;
    mutex_lock(&name_lock);
    hash_in(d);
    provided[provided_count++] = d;
    mutex_unlock(&name_lock);
    return 0;
}

int dentry_make_real(struct dentry *d) {
    if (!d->provided || d->detached || !inode_is(d->inode, MODE_DIRECTORY)) return 0;
    int result = dentry_make_real(d->parent);
    struct inode *parent = d->parent->inode, *made = NULL;
    if (result != 0 || parent->filesystem->readonly || !parent->operations->make) return result;
    mutex_lock(&name_lock);
    if (d->provided) result = parent->operations->make(parent, d->name, d->length, d->inode->mode, NULL, &made);
    if (made) {
        // The old one is kept: an open file may have it.
        made->user = d->inode->user;
        made->group = d->inode->group;
        made->has_owner = d->inode->has_owner;
        d->inode = made;
        d->provided = false;
    }
    mutex_unlock(&name_lock);
    return result;
}

void dentry_forget(struct dentry *parent, const char *name, size_t length) {
    struct dentry *d = find(parent, name, length);
    if (!d) return;
    hash_out(d);
    d->detached = true;
}

int dentry_move(struct dentry *from, const char *name, size_t length, struct dentry *to, const char *new_name,
                size_t new_length) {
    struct dentry *d = find(from, name, length);
    if (!d) {
        dentry_forget(to, new_name, new_length);
        return 0;
    }
    char *own_name = kmalloc(new_length + 1);
    if (!own_name) return -ENOMEM;
    memcpy(own_name, new_name, new_length);
    own_name[new_length] = '\0';
    dentry_forget(to, new_name, new_length);
    hash_out(d);
    kfree(d->name);
    d->name = own_name;
    d->length = (uint16_t)new_length;
    if (from != to) {
        dentry_take(to);
        d->parent = to;
        // Not the last reference: the caller holds `from` too.
        refs_drop(&from->refs);
    }
    hash_in(d);
    return 0;
}

void dentry_exchange(struct dentry *a, struct dentry *b) {
    hash_out(a);
    hash_out(b);
    struct dentry *parent = a->parent;
    char *name = a->name;
    uint16_t length = a->length;
    a->parent = b->parent;
    a->name = b->name;
    a->length = b->length;
    b->parent = parent;
    b->name = name;
    b->length = length;
    hash_in(a);
    hash_in(b);
}

struct dentry *dentry_unnamed(struct dentry *near, const char *name, struct inode *inode) {
    struct dentry *d = make(near, name, strlen(name), inode);
    if (!d) return NULL;
    dentry_take(near);
    d->detached = true;
    return d;
}

long dentry_path(const struct dentry *d, char *to, size_t cap) {
    static const char gone[] = " (deleted)";
    size_t at = cap;
    bool detached = d->detached;
    if (cap < 2) return -ENAMETOOLONG;
    for (;;) {
        while (!d->parent && d->covers) d = d->covers;
        if (!d->parent) break;
        if (at < (size_t)d->length + 1) return -ENAMETOOLONG;
        at -= d->length;
        memcpy(to + at, d->name, d->length);
        to[--at] = '/';
        d = d->parent;
    }
    if (at == cap) to[--at] = '/';
    size_t length = cap - at;
    memmove(to, to + at, length);
    if (detached) {
        if (length + sizeof gone > cap) return -ENAMETOOLONG;
        memcpy(to + length, gone, sizeof gone - 1);
        length += sizeof gone - 1;
    }
    if (length >= cap) return -ENAMETOOLONG;
    to[length] = '\0';
    return (long)length;
}
