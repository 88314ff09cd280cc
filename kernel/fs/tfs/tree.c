// The tree of a TFS in memory: symbols, tuples, vectors, the dictionary.
//
// Symbols are interned, so attributes are compared by pointer. A small tuple is searched from front to back, a larger
// one (a directory) through an open-addressing hash of its entries.

#include "fs/tfs/tree.h"
#include "fs/tfs/append.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mem/heap.h"

enum { SYMBOL_TAG = 1, INDEX_FROM = 12, REMOVED = 0xffffffff };

static uint32_t hash_bytes(const char *bytes, size_t n) {
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < n; i++) h = (h ^ (uint8_t)bytes[i]) * 16777619u;
    return h ^ (h >> 15);
}

static struct tfs_symbol *symbol_find(const struct tfs *t, const char *bytes, size_t length, uint32_t hash) {
    if (!t->symbol_buckets) return NULL;
    struct tfs_symbol *s = t->symbols[hash & (t->symbol_buckets - 1)];
    while (s && !(s->hash == hash && s->length == length && memcmp(s->bytes, bytes, length) == 0)) s = s->next;
    return s;
}

static int symbols_grow(struct tfs *t) {
    uint32_t buckets = t->symbol_buckets ? t->symbol_buckets * 2 : 64;
    struct tfs_symbol **table = kzalloc(buckets * sizeof *table);
    if (!table) return -ENOMEM;
    for (uint32_t i = 0; i < t->symbol_buckets; i++) {
        for (struct tfs_symbol *s = t->symbols[i], *next; s; s = next) {
            next = s->next;
            struct tfs_symbol **bucket = &table[s->hash & (buckets - 1)];
            s->next = *bucket;
            *bucket = s;
        }
    }
    kfree(t->symbols);
    t->symbols = table;
    t->symbol_buckets = buckets;
    return 0;
}

struct tfs_symbol *tfs_symbol_make(struct tfs *t, const char *bytes, uint32_t length) {
    uint32_t hash = hash_bytes(bytes, length);
    struct tfs_symbol *s = symbol_find(t, bytes, length, hash);
    if (s) return s;
    if (t->symbol_count >= t->symbol_buckets && symbols_grow(t) != 0) return NULL;
    s = kmalloc(sizeof *s + length + 1);
    if (!s) return NULL;
    memcpy(s->bytes, bytes, length);
    s->bytes[length] = '\0';
    s->length = length;
    s->hash = hash;
    s->number = 0;
    s->is_named = false;
    struct tfs_symbol **bucket = &t->symbols[hash & (t->symbol_buckets - 1)];
    s->next = *bucket;
    *bucket = s;
    t->symbol_count++;
    return s;
}

static int dictionary_add(struct tfs *t, uintptr_t tagged) {
    if (t->dictionary_count == t->dictionary_capacity) {
        uint32_t capacity = t->dictionary_capacity ? t->dictionary_capacity * 2 : 256;
        uintptr_t *grown = capacity > t->dictionary_capacity ? krealloc(t->dictionary, capacity * sizeof *grown) : NULL;
        if (!grown) return -ENOMEM;
        t->dictionary = grown;
        t->dictionary_capacity = capacity;
        if (t->dictionary_count == 0) t->dictionary[t->dictionary_count++] = 0;
    }
    t->dictionary[t->dictionary_count++] = tagged;
    return 0;
}

int tfs_number_symbol(struct tfs *t, struct tfs_symbol *symbol) {
    int result = dictionary_add(t, (uintptr_t)symbol | SYMBOL_TAG);
    if (result == 0 && symbol->number == 0) symbol->number = t->dictionary_count - 1;
    return result;
}

struct tfs_node *tfs_node_make(struct tfs *t, enum tfs_kind kind) {
    struct tfs_node *node = kzalloc(sizeof *node);
    if (!node) return NULL;
    node->kind = (uint8_t)kind;
    node->identity = ++t->next_identity;
    list_push_back(&t->nodes, &node->all);
    t->node_count++;
    return node;
}

int tfs_number_node(struct tfs *t, struct tfs_node *node) {
    int result = dictionary_add(t, (uintptr_t)node);
    if (result == 0) node->number = t->dictionary_count - 1;
    return result;
}

static bool holds_node(const struct tfs_value *v) { return v->kind == TFS_TUPLE || v->kind == TFS_VECTOR; }

static void node_release(struct tfs *t, struct tfs_node *node) {
    for (uint32_t i = 0; i < node->used; i++) {
        if (node->entries[i].value.kind == TFS_STRING && (node->kind == TFS_VECTOR || node->entries[i].name)) {
            kfree(node->entries[i].value.string);
        }
    }
    list_remove(&node->all);
    t->node_count--;
    kfree(node->entries);
    kfree(node->index);
    kfree(node);
}

void tfs_node_free(struct tfs *t, struct tfs_node *node) {
    struct tfs_node *last = node;
    node->waiting = NULL;
    while (node) {
        for (uint32_t i = 0; i < node->used; i++) {
            const struct tfs_entry *e = &node->entries[i];
            if ((node->kind == TFS_TUPLE && !e->name) || !holds_node(&e->value) || --e->value.node->refs > 0) continue;
            last->waiting = e->value.node;
            last = last->waiting;
            last->waiting = NULL;
        }
        struct tfs_node *next = node->waiting;
        node_release(t, node);
        node = next;
    }
}

static void entry_remove(struct tfs_node *n, struct tfs_entry *entry);

/// A kernel's log may give a node a reference to its parent: not an entry, and a circle.
static void remove_parent_links(struct tfs_node *n, const struct tfs_symbol *parent) {
    for (uint32_t i = 0; parent && n->kind == TFS_TUPLE && i < n->used; i++) {
        if (n->entries[i].name == parent) entry_remove(n, &n->entries[i]);
    }
}

void tfs_tidy(struct tfs *t) {
    const struct tfs_symbol *parent = symbol_find(t, "..", 2, hash_bytes("..", 2));
    struct list reached;
    list_init(&reached);
    t->root->refs = 1;
    list_remove(&t->root->all);
    list_push_back(&reached, &t->root->all);
    for (struct list *at = reached.next; at != &reached; at = at->next) {
        struct tfs_node *n = container_of(at, struct tfs_node, all);
        remove_parent_links(n, parent);
        for (uint32_t i = 0; i < n->used; i++) {
            const struct tfs_entry *e = &n->entries[i];
            if ((n->kind == TFS_TUPLE && !e->name) || !holds_node(&e->value) || e->value.node->refs++ > 0) continue;
            list_remove(&e->value.node->all);
            list_push_back(&reached, &e->value.node->all);
        }
    }
    while (!list_is_empty(&t->nodes)) node_release(t, container_of(t->nodes.next, struct tfs_node, all));
    list_move_all(&reached, &t->nodes);
    kfree(t->dictionary);
    t->dictionary = NULL;
    t->dictionary_capacity = 0;
}

static void mark_names(const struct tfs *t) {
    for (const struct list *at = t->nodes.next; at != &t->nodes; at = at->next) {
        const struct tfs_node *node = container_of(at, struct tfs_node, all);
        for (uint32_t i = 0; node->kind == TFS_TUPLE && i < node->used; i++) {
            struct tfs_symbol *name = (struct tfs_symbol *)(uintptr_t)node->entries[i].name;
            if (name) name->is_named = true;
        }
    }
}

void tfs_symbols_sweep(struct tfs *t) {
    mark_names(t);
    for (uint32_t i = 0; i < t->symbol_buckets; i++) {
        for (struct tfs_symbol **at = &t->symbols[i], *s; (s = *at);) {
            bool is_needed = s->is_named || s->number != 0;
            s->is_named = false;
            if (is_needed) {
                at = &s->next;
                continue;
            }
            *at = s->next;
            kfree(s);
            t->symbol_count--;
        }
    }
    t->symbols_kept = t->symbol_count;
}

struct tfs_symbol *tfs_dictionary_symbol(const struct tfs *t, uint64_t number) {
    if (number == 0 || number >= t->dictionary_count || !(t->dictionary[number] & SYMBOL_TAG)) return NULL;
    return (struct tfs_symbol *)(t->dictionary[number] - SYMBOL_TAG);
}

struct tfs_node *tfs_dictionary_node(const struct tfs *t, uint64_t number, enum tfs_kind kind) {
    if (number == 0 || number >= t->dictionary_count || (t->dictionary[number] & SYMBOL_TAG)) return NULL;
    struct tfs_node *node = (struct tfs_node *)t->dictionary[number];
    return node->kind == kind ? node : NULL;
}

static void index_put(struct tfs_node *n, uint32_t at) {
    uint32_t mask = n->index_size - 1, slot = n->entries[at].name->hash & mask;
    while (n->index[slot] != 0) slot = (slot + 1) & mask;
    n->index[slot] = at + 1;
    n->index_used++;
}

/// Makes the index anew, twice as large as the entries; also gets rid of the marks of removed ones.
static int index_build(struct tfs_node *n) {
    uint32_t size = 32;
    while (size < n->capacity * 2) size *= 2;
    uint32_t *index = kzalloc(size * sizeof *index);
    if (!index) return -ENOMEM;
    kfree(n->index);
    n->index = index;
    n->index_size = size;
    n->index_used = 0;
    for (uint32_t i = 0; i < n->used; i++) {
        if (n->entries[i].name) index_put(n, i);
    }
    return 0;
}

static uint32_t *index_slot(const struct tfs_node *n, const struct tfs_symbol *name) {
    uint32_t mask = n->index_size - 1;
    for (uint32_t slot = name->hash & mask; n->index[slot] != 0; slot = (slot + 1) & mask) {
        if (n->index[slot] != REMOVED && n->entries[n->index[slot] - 1].name == name) return &n->index[slot];
    }
    return NULL;
}

static struct tfs_entry *entry_find(const struct tfs_node *n, const struct tfs_symbol *name) {
    if (n->index) {
        uint32_t *slot = index_slot(n, name);
        return slot ? &n->entries[*slot - 1] : NULL;
    }
    for (uint32_t i = 0; i < n->used; i++) {
        if (n->entries[i].name == name) return &n->entries[i];
    }
    return NULL;
}

/// Makes room for one more entry: squeezes the gaps out where they are many, else grows.
static int entries_reserve(struct tfs_node *n) {
    if (n->used < n->capacity) return 0;
    if (n->kind == TFS_TUPLE && n->live < n->used - n->used / 4) {
        uint32_t to = 0;
        for (uint32_t i = 0; i < n->used; i++) {
            if (n->entries[i].name) n->entries[to++] = n->entries[i];
        }
        n->used = to;
    } else {
        uint32_t capacity = n->capacity < 4 ? 4 : n->capacity + n->capacity / 2;
        if (capacity > UINT32_MAX / 4) return -ENOMEM;
        struct tfs_entry *grown = krealloc(n->entries, capacity * sizeof *grown);
        if (!grown) return -ENOMEM;
        n->entries = grown;
        n->capacity = capacity;
    }
    if (n->kind != TFS_TUPLE || (!n->index && n->capacity <= INDEX_FROM)) return 0;
    return index_build(n);
}

static void entry_remove(struct tfs_node *n, struct tfs_entry *entry) {
    if (entry->value.kind == TFS_STRING) kfree(entry->value.string);
    if (n->index) {
        uint32_t *slot = index_slot(n, entry->name);
        if (slot) *slot = REMOVED;
    }
    entry->name = NULL;
    n->live--;
}

int tfs_set(struct tfs_node *tuple, const struct tfs_symbol *name, struct tfs_value value) {
    struct tfs_entry *old = entry_find(tuple, name);
    if (value.kind == TFS_NONE) {
        if (old) entry_remove(tuple, old);
        return 0;
    }
    if (old) {
        if (old->value.kind == TFS_STRING) kfree(old->value.string);
        value.order = old->value.order;
        old->value = value;
        return 0;
    }
    int result = entries_reserve(tuple);
    if (result != 0) return result;
    // Marks of removed entries fill the index too: one that is nearly full is made anew, so that searches end.
    if (tuple->index && tuple->index_used + 1 > tuple->index_size - tuple->index_size / 8) {
        result = index_build(tuple);
        if (result != 0) return result;
    }
    value.order = tuple->next_order++;
    tuple->entries[tuple->used] = (struct tfs_entry){.name = name, .value = value};
    if (tuple->index) index_put(tuple, tuple->used);
    tuple->used++;
    tuple->live++;
    return 0;
}

int tfs_set_element(struct tfs_node *vector, uint32_t at, struct tfs_value value) {
    if (at == vector->used) {
        int result = entries_reserve(vector);
        if (result != 0) return result;
        vector->used++;
        vector->live++;
        vector->next_order++;
    } else if (vector->entries[at].value.kind == TFS_STRING) {
        kfree(vector->entries[at].value.string);
    }
    value.order = at;
    vector->entries[at] = (struct tfs_entry){.value = value};
    return 0;
}

const struct tfs_value *tfs_get(const struct tfs *t, const struct tfs_node *tuple, const char *name, size_t length) {
    const struct tfs_symbol *symbol = symbol_find(t, name, length, hash_bytes(name, length));
    const struct tfs_entry *entry = symbol && tuple->kind == TFS_TUPLE ? entry_find(tuple, symbol) : NULL;
    return entry ? &entry->value : NULL;
}

struct tfs_node *tfs_get_tuple(const struct tfs *t, const struct tfs_node *tuple, const char *name, size_t length) {
    const struct tfs_value *v = tfs_get(t, tuple, name, length);
    return v && v->kind == TFS_TUPLE ? v->node : NULL;
}

const struct tfs_entry *tfs_next(const struct tfs_node *node, uint32_t order) {
    uint32_t low = 0, high = node->used;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (node->entries[middle].value.order < order) low = middle + 1;
        else high = middle;
    }
    while (low < node->used && node->kind == TFS_TUPLE && !node->entries[low].name) low++;
    return low < node->used ? &node->entries[low] : NULL;
}

void tfs_close(struct tfs *t) {
    while (t->nodes.next && !list_is_empty(&t->nodes))
        node_release(t, container_of(t->nodes.next, struct tfs_node, all));
    for (uint32_t i = 0; i < t->symbol_buckets; i++) {
        for (struct tfs_symbol *s = t->symbols[i], *next; s; s = next) {
            next = s->next;
            kfree(s);
        }
    }
    tfs_writer_free(t);
    kfree(t->dictionary);
    kfree(t->symbols);
    kfree(t->extensions);
    memset(t, 0, sizeof *t);
}
