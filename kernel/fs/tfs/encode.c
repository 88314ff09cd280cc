// Encoding records into the pending bytes. If there is no memory for them all of the pending ones are given up, and the
// writer is told to write the whole tree instead.

#include "fs/tfs/encode.h"
#include "fs/tfs/log.h"
#include "lib/string.h"
#include "mem/heap.h"

/// A tuple with more attributes, or below as many others, comes in records of its own: so records stay short, and the
/// recursion shallow. (Vectors don't: tfs_writer_begin refuses a tree in which they nest.)
enum { MOST_NESTED = 24, DEEPEST = 4, FIRST_CAPACITY = 4096, AT_ONCE = 256 };

static void put_bytes(struct tfs_writer *w, const void *bytes, size_t n) {
    if (w->pending_lost) return;
    if (w->pending_used + n > w->pending_capacity) {
        size_t capacity = w->pending_capacity ? w->pending_capacity : FIRST_CAPACITY;
        while (capacity < w->pending_used + n) capacity *= 2;
        uint8_t *larger = krealloc(w->pending, capacity);
        if (!larger) {
            kfree(w->pending);
            w->pending = NULL;
            w->pending_used = w->pending_capacity = 0;
            w->pending_lost = w->must_compact = true;
            return;
        }
        w->pending = larger;
        w->pending_capacity = capacity;
    }
    memcpy(w->pending + w->pending_used, bytes, n);
    w->pending_used += n;
}

static void put_byte(struct tfs_writer *w, unsigned byte) {
    uint8_t b = (uint8_t)byte;
    put_bytes(w, &b, 1);
}

static void put_groups(struct tfs_writer *w, uint64_t value, int groups) {
    while (groups-- > 0) put_byte(w, (unsigned)(value >> (7 * groups) & 0x7f) | (groups ? 0x80u : 0));
}

static void put_varint(struct tfs_writer *w, uint64_t value) {
    int groups = 1;
    while (groups < 10 && value >> (7 * groups)) groups++;
    put_groups(w, value, groups);
}

/// The first byte of a value: three bits of its number, the rest behind it.
static void put_header(struct tfs_writer *w, bool immediate, unsigned type, uint64_t number) {
    unsigned first = (immediate ? 0x80u : 0) | type << 4;
    if (number < 8) {
        put_byte(w, first | (unsigned)number);
        return;
    }
    int groups = 1;
    while (groups < 10 && number >> (7 * groups + 3)) groups++;
    put_byte(w, first | 8 | (groups < 10 ? (unsigned)(number >> (7 * groups)) & 7 : 0));
    put_groups(w, number, groups);
}

static void put_name(struct tfs *t, struct tfs_symbol *name) {
    struct tfs_writer *w = t->writer;
    if (name->number != 0) {
        put_header(w, false, TFS_TYPE_BUFFER, name->number);
        return;
    }
    put_header(w, true, TFS_TYPE_BUFFER, name->length);
    put_bytes(w, name->bytes, name->length);
    name->number = t->dictionary_count++;
}

static void wait(struct tfs_writer *w, struct tfs_node *node) {
    node->waiting = NULL;
    *w->last_waiting = node;
    w->last_waiting = &node->waiting;
}

static void put_value(struct tfs *t, const struct tfs_symbol *name, const struct tfs_value *v, unsigned depth);
static void put_contents(struct tfs *t, const struct tfs_node *node, unsigned depth);

static void put_node(struct tfs *t, const struct tfs_symbol *name, struct tfs_node *node, unsigned depth) {
    struct tfs_writer *w = t->writer;
    unsigned type = node->kind == TFS_TUPLE ? TFS_TYPE_TUPLE : TFS_TYPE_VECTOR;
    if (node->number != 0) {
        put_header(w, false, type, 0);
        put_varint(w, node->number);
        return;
    }
    bool children = name && name->length == 8 && memcmp(name->bytes, "children", 8) == 0;
    bool later = type == TFS_TYPE_TUPLE && node->live > 0 && (children || depth >= DEEPEST || node->live > MOST_NESTED);
    node->number = t->dictionary_count++;
    put_header(w, true, type, later ? 0 : node->live);
    if (later) wait(w, node);
    if (!later) put_contents(t, node, depth + 1);
}

static void put_contents(struct tfs *t, const struct tfs_node *node, unsigned depth) {
    for (uint32_t i = 0; i < node->used; i++) {
        const struct tfs_entry *e = &node->entries[i];
        if (node->kind == TFS_TUPLE && !e->name) continue;
        if (e->name) put_name(t, (struct tfs_symbol *)(uintptr_t)e->name);
        put_value(t, e->name, &e->value, depth);
    }
}

static void put_value(struct tfs *t, const struct tfs_symbol *name, const struct tfs_value *v, unsigned depth) {
    struct tfs_writer *w = t->writer;
    switch (v->kind) {
    case TFS_TUPLE:
    case TFS_VECTOR: put_node(t, name, v->node, depth); return;
    case TFS_STRING:
        put_header(w, true, TFS_TYPE_STRING, v->string->length);
        put_bytes(w, v->string->bytes, v->string->length);
        return;
    case TFS_INTEGER:
        put_header(w, true, TFS_TYPE_INTEGER, v->negative);
        put_varint(w, v->magnitude);
        return;
    case TFS_TRUE:
        put_header(w, true, TFS_TYPE_BUFFER, 1);
        put_byte(w, 0);
        return;
    default: put_header(w, true, TFS_TYPE_BUFFER, 0); return;
    }
}

/// Begins a record; its length is filled in by end_record.
static size_t begin_record(struct tfs_writer *w) {
    size_t at = w->pending_used;
    put_bytes(w, &(uint32_t){0}, sizeof(uint32_t));
    return at;
}

static void end_record(struct tfs_writer *w, size_t at) {
    if (w->pending_lost) return;
    uint32_t length = (uint32_t)(w->pending_used - at - sizeof length);
    memcpy(w->pending + at, &length, sizeof length);
}

static void put_record(struct tfs *t, const struct tfs_node *node, struct tfs_symbol *name,
                       const struct tfs_value *value) {
    struct tfs_writer *w = t->writer;
    size_t at = begin_record(w);
    put_header(w, false, TFS_TYPE_TUPLE, 1);
    put_varint(w, node->number);
    put_name(t, name);
    put_value(t, name, value, 1);
    end_record(w, at);
}

void tfs_encode(struct tfs *t, const struct tfs_node *node, struct tfs_symbol *name, const struct tfs_value *value) {
    put_record(t, node, name, value);
    while (tfs_encode_waiting(t)) {
    }
}

void tfs_encode_root(struct tfs *t) {
    struct tfs_writer *w = t->writer;
    size_t at = begin_record(w);
    t->root->number = t->dictionary_count++;
    put_header(w, true, TFS_TYPE_TUPLE, t->root->live);
    put_contents(t, t->root, 1);
    end_record(w, at);
}

bool tfs_encode_waiting(struct tfs *t) {
    struct tfs_writer *w = t->writer;
    struct tfs_node *node = w->waiting;
    if (!node) return false;
    for (int i = 0; i < AT_ONCE; i++) {
        const struct tfs_entry *e = tfs_next(node, w->waiting_order);
        if (!e) {
            w->waiting = node->waiting;
            if (!w->waiting) w->last_waiting = &w->waiting;
            w->waiting_order = 0;
            return true;
        }
        w->waiting_order = e->value.order + 1;
        put_record(t, node, (struct tfs_symbol *)(uintptr_t)e->name, &e->value);
    }
    return true;
}

uint64_t tfs_encode_bound(const struct tfs *t) {
    // A header with a dictionary number or a length takes at most 6 bytes, an integer 11. Only what holds nodes can
    // have its attributes in records of their own. Names stand in the log once.
    enum { HEADER = 6, INTEGER = 11, RECORD = 3 * HEADER };
    uint64_t bytes = 0;
    for (const struct list *at = t->nodes.next; at != &t->nodes; at = at->next) {
        const struct tfs_node *node = container_of(at, struct tfs_node, all);
        for (uint32_t i = 0; i < node->used; i++) {
            const struct tfs_entry *e = &node->entries[i];
            if (node->kind == TFS_TUPLE && !e->name) continue;
            bytes += HEADER + (e->value.kind == TFS_TUPLE || e->value.kind == TFS_VECTOR ? RECORD : INTEGER);
            if (e->value.kind == TFS_STRING) bytes += e->value.string->length;
        }
        if (node->used > MOST_NESTED) bytes += (uint64_t)node->live * RECORD;
    }
    for (uint32_t i = 0; i < t->symbol_buckets; i++) {
        for (const struct tfs_symbol *s = t->symbols[i]; s; s = s->next) bytes += HEADER + s->length;
    }
    return bytes;
}
