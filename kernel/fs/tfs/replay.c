// Replaying the log of a TFS: decodes its records into the tree.
//
// A value nests, and how deep is up to the log's writer: open tuples and vectors wait on a stack of our own, with
// a limit that no path of 4096 bytes reaches.

#include "fs/tfs/log.h"
#include "fs/tfs/tree.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mem/heap.h"

enum { FIRST_DEPTH = 32, MOST_DEPTH = 8192 };

/// The first byte or bytes of a value.
struct header {
    bool immediate;
    uint8_t type;
    uint64_t number;
};

/// A tuple or vector whose contents are being read.
struct open_node {
    struct tfs_node *node;
    const struct tfs_symbol *name; // of the attribute whose value is being read
    uint64_t left; // attributes or elements
    uint32_t at; // next element of a vector
};

struct replay {
    struct tfs *tfs;
    struct tfs_log *log;
    struct open_node *stack;
    uint32_t depth, capacity;
};

static struct header read_header(struct tfs_log *log) {
    uint8_t b = tfs_log_byte(log);
    struct header h = {.immediate = b & 0x80, .type = (b >> 4) & 7, .number = b & 7};
    if (b & 8) h.number = tfs_log_varint(log, h.number);
    return h;
}

static void no_memory(struct tfs_log *log) { tfs_log_refuse(log, -ENOMEM, "there is no memory for its tree"); }

static bool check_length(struct tfs_log *log, uint64_t length) {
    if (length > log->record_left || length > UINT32_MAX / 2) {
        tfs_log_refuse(log, -EINVAL, "a name or string is longer than its record");
    }
    return !log->error;
}

static const struct tfs_symbol *read_name(struct replay *r) {
    struct header h = read_header(r->log);
    if (h.type != TFS_TYPE_BUFFER) {
        tfs_log_refuse(r->log, -EINVAL, "an attribute has no name");
        return NULL;
    }
    if (!h.immediate) {
        struct tfs_symbol *s = tfs_dictionary_symbol(r->tfs, h.number);
        if (!s) tfs_log_refuse(r->log, -EINVAL, "an attribute's name refers to nothing");
        return s;
    }
    if (!check_length(r->log, h.number)) return NULL;
    char small[256], *bytes = h.number <= sizeof small ? small : kmalloc(h.number);
    if (!bytes) {
        no_memory(r->log);
        return NULL;
    }
    tfs_log_bytes(r->log, bytes, h.number);
    struct tfs_symbol *s = tfs_symbol_make(r->tfs, bytes, (uint32_t)h.number);
    if (s && s->number != 0) r->tfs->repeats_name = true;
    if (!s || tfs_number_symbol(r->tfs, s) != 0) no_memory(r->log);
    if (bytes != small) kfree(bytes);
    return s;
}

static struct tfs_value string_value(struct replay *r, uint64_t length, const char *known) {
    struct tfs_string *s = NULL;
    if (known || check_length(r->log, length)) {
        s = kmalloc(sizeof *s + length + 1);
        if (!s) no_memory(r->log);
    }
    if (!s) return (struct tfs_value){.kind = TFS_NONE};
    if (known) memcpy(s->bytes, known, length);
    else tfs_log_bytes(r->log, s->bytes, length);
    s->bytes[length] = '\0';
    s->length = (uint32_t)length;
    return (struct tfs_value){.kind = TFS_STRING, .string = s};
}

/// A buffer, which only stands for "absent" and "true"; any other is kept as a string.
static struct tfs_value buffer_value(struct replay *r, uint64_t length) {
    if (length == 0) return (struct tfs_value){.kind = TFS_NONE};
    struct tfs_value v = string_value(r, length, NULL);
    if (v.kind == TFS_STRING && length == 1 && v.string->bytes[0] == 0) {
        kfree(v.string);
        v = (struct tfs_value){.kind = TFS_TRUE};
    }
    return v;
}

static void open_push(struct replay *r, struct tfs_node *node, uint64_t count) {
    if (r->depth == r->capacity) {
        uint32_t capacity = r->capacity ? r->capacity * 2 : FIRST_DEPTH;
        struct open_node *larger = capacity <= MOST_DEPTH ? krealloc(r->stack, capacity * sizeof *larger) : NULL;
        if (!larger) {
            if (capacity > MOST_DEPTH) tfs_log_refuse(r->log, -EINVAL, "its tree is nested too deep");
            else no_memory(r->log);
            return;
        }
        r->stack = larger;
        r->capacity = capacity;
    }
    r->stack[r->depth++] = (struct open_node){.node = node, .left = count};
}

/// A tuple or vector: a new one, or one that is there already and gets further contents. Its contents come next.
static struct tfs_value node_value(struct replay *r, struct header h) {
    enum tfs_kind kind = h.type == TFS_TYPE_TUPLE ? TFS_TUPLE : TFS_VECTOR;
    struct tfs_node *node = NULL;
    if (h.immediate) {
        node = tfs_node_make(r->tfs, kind);
        if (!node || tfs_number_node(r->tfs, node) != 0) no_memory(r->log);
    } else {
        node = tfs_dictionary_node(r->tfs, tfs_log_varint(r->log, 0), kind);
        if (!node) tfs_log_refuse(r->log, -EINVAL, "a value refers to nothing");
    }
    // Every attribute has a byte at least: a larger count cannot come true.
    if (h.number > r->log->record_left) tfs_log_refuse(r->log, -EINVAL, "a record ends inside its value");
    if (r->log->error) return (struct tfs_value){.kind = TFS_NONE};
    open_push(r, node, h.number);
    return (struct tfs_value){.kind = (uint8_t)kind, .node = node};
}

static struct tfs_value read_value(struct replay *r) {
    struct header h = read_header(r->log);
    if (h.type == TFS_TYPE_TUPLE || h.type == TFS_TYPE_VECTOR) return node_value(r, h);
    if (h.type == TFS_TYPE_INTEGER && h.immediate && h.number <= 1) {
        return (struct tfs_value){
            .kind = TFS_INTEGER, .negative = h.number == 1, .magnitude = tfs_log_varint(r->log, 0)};
    }
    if (h.type == TFS_TYPE_BUFFER && h.immediate) return buffer_value(r, h.number);
    if (h.type == TFS_TYPE_STRING && h.immediate) return string_value(r, h.number, NULL);
    if (h.type == TFS_TYPE_BUFFER || h.type == TFS_TYPE_STRING) {
        const struct tfs_symbol *s = tfs_dictionary_symbol(r->tfs, h.number);
        if (s) return string_value(r, s->length, s->bytes);
    }
    tfs_log_refuse(r->log, -EINVAL, "a value of its log is of no known kind");
    return (struct tfs_value){.kind = TFS_NONE};
}

/// A value that could not be put into the tree is nobody's.
static void keep(struct replay *r, struct tfs_value *v, int result) {
    if (result != 0) no_memory(r->log);
    if (r->log->error && v->kind == TFS_STRING) kfree(v->string);
}

static void read_record(struct replay *r) {
    struct tfs_value whole = read_value(r);
    if (whole.kind != TFS_TUPLE) tfs_log_refuse(r->log, -EINVAL, "a record is not a tuple");
    keep(r, &whole, 0);
    if (!r->log->error && !r->tfs->root) r->tfs->root = whole.node;
    while (!r->log->error && r->depth > 0) {
        struct open_node *open = &r->stack[r->depth - 1];
        if (open->left == 0) {
            r->depth--;
            continue;
        }
        open->left--;
        // Reading a value may push onto the stack and so move `open`: it is set first, filled later.
        struct tfs_node *node = open->node;
        if (node->kind == TFS_VECTOR) {
            uint32_t at = open->at++;
            struct tfs_value v = read_value(r);
            keep(r, &v, r->log->error ? 0 : tfs_set_element(node, at, v));
        } else {
            const struct tfs_symbol *name = read_name(r);
            if (r->log->error) return;
            struct tfs_value v = read_value(r);
            keep(r, &v, r->log->error ? 0 : tfs_set(node, name, v));
        }
    }
}

int tfs_open(struct tfs *t, const struct tfs_source *source, const char **why) {
    memset(t, 0, sizeof *t);
    t->source = *source;
    list_init(&t->nodes);
    struct tfs_log log;
    struct replay r = {.tfs = t, .log = &log};
    *why = NULL;
    tfs_log_open(&log, t);
    while (tfs_log_next(&log)) read_record(&r);
    if (!t->root) tfs_log_refuse(&log, -EINVAL, "its log is empty");
    kfree(r.stack);
    tfs_log_close(&log);
    *why = log.why;
    if (log.error) tfs_close(t);
    else tfs_tidy(t);
    return log.error;
}
