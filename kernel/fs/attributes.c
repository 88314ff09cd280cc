// Extended attributes in memory: a list on each inode, in the order in which they were set first.

#include "fs/attributes.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mem/heap.h"

struct attribute {
    struct attribute *next;
    size_t length;
    char *value;
    char name[]; // with its NUL
};

int attribute_may_set(bool is_there, unsigned flags) {
    if (is_there && (flags & ATTRIBUTE_CREATE)) return -EEXIST;
    return !is_there && (flags & ATTRIBUTE_REPLACE) ? -ENODATA : 0;
}

int attribute_list_add(char *to, size_t cap, size_t *length, const char *name) {
    size_t n = strlen(name) + 1;
    if (cap > 0) {
        if (*length + n > cap) return -ERANGE;
        memcpy(to + *length, name, n);
    }
    *length += n;
    return 0;
}

/// Where the attribute hangs, or where one would be added.
static struct attribute **find(struct inode *inode, const char *name) {
    struct attribute **at = &inode->attributes;
    while (*at && strcmp((*at)->name, name) != 0) at = &(*at)->next;
    return at;
}

static long get(struct inode *inode, const char *name, void *to, size_t cap) {
    mutex_lock(&inode->lock);
    const struct attribute *a = *find(inode, name);
    long result = a ? (long)a->length : -ENODATA;
    if (a && cap > 0) {
        if (a->length > cap) result = -ERANGE;
        else memcpy(to, a->value, a->length);
    }
    mutex_unlock(&inode->lock);
    return result;
}

static int set(struct inode *inode, const char *name, const void *value, size_t length, unsigned flags) {
    size_t name_size = strlen(name) + 1;
    struct attribute *fresh = kzalloc(sizeof *fresh + name_size);
    char *bytes = kmalloc(length + 1);
    int result = fresh && bytes ? 0 : -ENOMEM;
    mutex_lock(&inode->lock);
    struct attribute **at = find(inode, name);
    if (result == 0) result = attribute_may_set(*at != NULL, flags);
    if (result == 0) {
        if (!*at) {
            memcpy(fresh->name, name, name_size);
            *at = fresh;
            fresh = NULL;
        }
        struct attribute *a = *at;
        char *old = a->value;
        memcpy(bytes, value, length);
        a->value = bytes;
        a->length = length;
        bytes = old;
    }
    mutex_unlock(&inode->lock);
    kfree(fresh);
    kfree(bytes);
    return result;
}

static void free_one(struct attribute *a) {
    kfree(a->value);
    kfree(a);
}

static int remove(struct inode *inode, const char *name) {
    mutex_lock(&inode->lock);
    struct attribute **at = find(inode, name), *gone = *at;
    if (gone) *at = gone->next;
    mutex_unlock(&inode->lock);
    if (!gone) return -ENODATA;
    free_one(gone);
    return 0;
}

static long list(struct inode *inode, char *to, size_t cap) {
    size_t length = 0;
    int result = 0;
    mutex_lock(&inode->lock);
    for (const struct attribute *a = inode->attributes; a && result == 0; a = a->next) {
        result = attribute_list_add(to, cap, &length, a->name);
    }
    mutex_unlock(&inode->lock);
    return result == 0 ? (long)length : result;
}

const struct attribute_operations attributes_in_memory = {.get = get, .set = set, .remove = remove, .list = list};

void attributes_free(struct inode *inode) {
    while (inode->attributes) {
        struct attribute *a = inode->attributes;
        inode->attributes = a->next;
        free_one(a);
    }
}
