// Names by a hash that grows with their number, and by position in a radix tree.

#include "fs/names.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mem/heap.h"

enum { FIRST_BUCKETS = 8 };

static uint32_t hash_of(const char *bytes, size_t length) {
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < length; i++) h = (h ^ (uint8_t)bytes[i]) * 16777619u;
    return h ^ (h >> 13);
}

static struct name **bucket_of(const struct names *names, uint32_t hash) {
    return &names->buckets[hash & (names->bucket_count - 1)];
}

struct name *names_find(const struct names *names, const char *bytes, size_t length) {
    if (names->count == 0) return NULL;
    uint32_t hash = hash_of(bytes, length);
    struct name *n = *bucket_of(names, hash);
    while (n && (n->hash != hash || n->length != length || memcmp(n->bytes, bytes, length) != 0)) n = n->next;
    return n;
}

static void put(struct names *names, struct name *n) {
    struct name **bucket = bucket_of(names, n->hash);
    n->next = *bucket;
    *bucket = n;
}

/// Makes room for one more name. Without memory the buckets stay as few as they are.
static int grow(struct names *names) {
    if (names->count < names->bucket_count) return 0;
    struct names larger = *names;
    larger.bucket_count = names->bucket_count ? 2 * names->bucket_count : FIRST_BUCKETS;
    larger.buckets = kzalloc(larger.bucket_count * sizeof *larger.buckets);
    if (!larger.buckets) return names->bucket_count ? 0 : -ENOMEM;
    for (size_t i = 0; i < names->bucket_count; i++) {
        for (struct name *n = names->buckets[i], *next; n; n = next) {
            next = n->next;
            put(&larger, n);
        }
    }
    kfree(names->buckets);
    *names = larger;
    return 0;
}

int names_add(struct names *names, const char *bytes, size_t length, struct inode *inode) {
    int result = grow(names);
    struct name *n = result == 0 ? kmalloc(sizeof *n + length + 1) : NULL;
    if (!n) return -ENOMEM;
    *n = (struct name){
        .inode = inode, .position = names->next_position, .hash = hash_of(bytes, length), .length = (uint32_t)length};
    memcpy(n->bytes, bytes, length);
    n->bytes[length] = '\0';
    result = radix_set(&names->by_position, n->position, n);
    if (result != 0) {
        kfree(n);
        return result;
    }
    put(names, n);
    names->next_position++;
    names->count++;
    return 0;
}

void names_remove(struct names *names, struct name *name) {
    struct name **at = bucket_of(names, name->hash);
    while (*at != name) at = &(*at)->next;
    *at = name->next;
    radix_remove(&names->by_position, name->position);
    names->count--;
    kfree(name);
}

struct name *names_next(const struct names *names, uint64_t position) {
    return radix_next(&names->by_position, &position);
}

void names_free(struct names *names) { kfree(names->buckets); }
