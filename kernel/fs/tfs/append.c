// The end of the log: appending what is pending, making the log longer, writing it anew.

#include "fs/tfs/append.h"
#include "fs/tfs/encode.h"
#include "fs/tfs/log.h"
#include "fs/tfs/tree.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mem/heap.h"

enum { BUFFER = 16384, LINK_ROOM = 21, LEAST_ROOM = 74, EXTENSION_BYTES = TFS_EXTENSION_SECTORS * TFS_SECTOR };

/// Room in an extension that is better not used up by what is pending; memory kept for pending records.
enum { TAIL_ROOM = 16384, PENDING_KEPT = 131072 };
/// After so many bytes of records the size of the tree is worked out again, rather than guessed.
enum { MEASURE_AFTER = 65536 };

/// When the log is written anew instead of made longer: it has grown by this much, and to twice its size.
enum { COMPACT_FROM = 4 * EXTENSION_BYTES };
/// Or when it has so many names that nothing has any more: they are in memory as long as they are in the log.
enum { MOST_STALE_NAMES = 4096 };

/// Bytes on their way to the log. Sectors are written as they fill up, all but the one that makes the rest visible.
struct output {
    struct tfs *tfs;
    uint64_t sector; // where the buffer begins
    size_t used; // bytes in it
    uint64_t extension_end; // byte of the volume
    uint64_t held_sector; // UINT64_MAX: none is held back
    bool wrote; // something beside the held sector
    int error;
    uint8_t held[TFS_SECTOR];
};

static uint64_t position(const struct output *o) { return o->sector * TFS_SECTOR + o->used; }

static void write_sectors(struct output *o, uint64_t sector, uint32_t count, const uint8_t *from) {
    const struct tfs_source *s = &o->tfs->source;
    if (count == 0 || o->error) return;
    o->error = s->write(s->context, sector, count, from);
    o->wrote = true;
}

/// Writes the buffer, filled up to whole sectors, and goes on behind it.
static void drain(struct output *o) {
    uint8_t *buffer = o->tfs->writer->buffer;
    uint32_t count = (uint32_t)((o->used + TFS_SECTOR - 1) / TFS_SECTOR), first = 0;
    memset(buffer + o->used, 0, count * (size_t)TFS_SECTOR - o->used);
    if (count > 0 && o->held_sector == o->sector) {
        memcpy(o->held, buffer, TFS_SECTOR);
        first = 1;
    }
    write_sectors(o, o->sector + first, count - first, buffer + first * TFS_SECTOR);
    o->sector += count;
    o->used = 0;
}

static void put(struct output *o, const void *bytes, size_t n) {
    const uint8_t *from = bytes;
    while (n > 0) {
        // Not before more comes: the last sector stays in the buffer.
        if (o->used == BUFFER) drain(o);
        size_t here = BUFFER - o->used < n ? BUFFER - o->used : n;
        memcpy(o->tfs->writer->buffer + o->used, from, here);
        o->used += here;
        from += here;
        n -= here;
    }
}

static void put_byte(struct output *o, uint8_t byte) { put(o, &byte, 1); }

static void put_varint(struct output *o, uint64_t value) {
    int groups = 1;
    while (groups < 10 && value >> (7 * groups)) groups++;
    while (groups-- > 0) put_byte(o, (uint8_t)((value >> (7 * groups) & 0x7f) | (groups ? 0x80 : 0)));
}

static void put_extension_header(struct output *o, uint64_t sectors) {
    put(o, TFS_LOG_MAGIC, sizeof TFS_LOG_MAGIC - 1);
    put_byte(o, TFS_LOG_VERSION);
    put_varint(o, sectors);
}

static void enter(struct output *o, uint64_t sector) {
    drain(o);
    o->sector = sector;
    o->extension_end = (sector + TFS_EXTENSION_SECTORS) * TFS_SECTOR;
    put_extension_header(o, TFS_EXTENSION_SECTORS);
}

/// A new extension, entered into the list.
static uint64_t claim_extension(struct output *o) {
    uint64_t sector = o->tfs->extension_count < TFS_MOST_EXTENSIONS ? tfs_space_take_for_log(o->tfs) : 0;
    if (sector == 0) {
        o->error = o->error ? o->error : -ENOSPC;
    } else if (tfs_note_extension(o->tfs, sector, TFS_EXTENSION_SECTORS) != 0) {
        (void)runs_add(&o->tfs->space.free, sector, TFS_EXTENSION_SECTORS);
        o->error = o->error ? o->error : -ENOMEM;
        sector = 0;
    }
    return sector;
}

static void put_link(struct output *o, uint64_t sector) {
    put_byte(o, TFS_FRAME_LINK);
    put_varint(o, sector);
    put_varint(o, TFS_EXTENSION_SECTORS);
}

static void go_on_elsewhere(struct output *o) {
    uint64_t sector = claim_extension(o);
    if (o->error) return;
    put_link(o, sector);
    enter(o, sector);
}

static void put_record(struct output *o, const uint8_t *bytes, uint32_t length) {
    uint32_t left = length;
    while (left > 0 && !o->error) {
        if (o->extension_end - position(o) < LEAST_ROOM) {
            go_on_elsewhere(o);
            continue;
        }
        uint64_t room = o->extension_end - position(o) - LINK_ROOM - 1 - 2 * 5;
        uint32_t part = left < room ? left : (uint32_t)room;
        put_byte(o, left == length ? TFS_FRAME_RECORD : TFS_FRAME_MORE);
        if (left == length) put_varint(o, length);
        put_varint(o, part);
        put(o, bytes, part);
        bytes += part;
        left -= part;
    }
}

static void put_pending(struct output *o) {
    struct tfs_writer *w = o->tfs->writer;
    for (size_t at = 0; at < w->pending_used && !o->error;) {
        uint32_t length;
        memcpy(&length, w->pending + at, sizeof length);
        put_record(o, w->pending + at + sizeof length, length);
        at += sizeof length + length;
    }
}

static int flush(struct tfs *t) {
    int result = t->source.flush(t->source.context);
    if (result == 0) t->writer->data_unflushed = false;
    return result;
}

/// Where a log ends.
struct tail {
    uint64_t at;
    uint8_t sector[TFS_SECTOR];
};

/// Puts the end mark and writes what is still in the buffer.
static void end_log(struct output *o, struct tail *tail) {
    tail->at = position(o);
    put_byte(o, TFS_FRAME_END);
    size_t last = (o->used - 1) / TFS_SECTOR * TFS_SECTOR;
    memset(tail->sector, 0, TFS_SECTOR);
    memcpy(tail->sector, o->tfs->writer->buffer + last, o->used - last);
    drain(o);
}

/// Makes visible what was written, by writing the sector that was held back.
static int reveal(struct output *o, const struct tail *tail) {
    struct tfs *t = o->tfs;
    struct tfs_writer *w = t->writer;
    if (!o->error && (o->wrote || w->data_unflushed)) o->error = flush(t);
    if (!o->error) o->error = t->source.write(t->source.context, o->held_sector, 1, o->held);
    if (!o->error) o->error = flush(t);
    if (o->error) return o->error;
    t->tail = tail->at;
    memcpy(w->tail, tail->sector, TFS_SECTOR);
    return 0;
}

/// Takes back extensions that a failed attempt has claimed.
static void unclaim(struct tfs *t, uint32_t count) {
    while (t->extension_count > count) {
        const struct tfs_extension *e = &t->extensions[--t->extension_count];
        (void)runs_add(&t->space.free, e->sector, e->sectors);
    }
}

static int append(struct tfs *t) {
    struct tfs_writer *w = t->writer;
    const struct tfs_extension *last = &t->extensions[t->extension_count - 1];
    uint32_t extensions = t->extension_count;
    struct output o = {.tfs = t,
                       .sector = t->tail / TFS_SECTOR,
                       .used = t->tail % TFS_SECTOR,
                       .extension_end = (last->sector + last->sectors) * TFS_SECTOR,
                       .held_sector = t->tail / TFS_SECTOR};
    memcpy(w->buffer, w->tail, TFS_SECTOR);
    // Where there is no room for more than a link, a boundary would only be in its way.
    if (o.extension_end - t->tail >= LEAST_ROOM) put_byte(&o, TFS_FRAME_SEGMENT);
    put_pending(&o);
    struct tail tail;
    end_log(&o, &tail);
    int result = reveal(&o, &tail);
    // After a failure nobody knows what the disk has: only a log written anew can be trusted to say what is in memory.
    if (result != 0) {
        unclaim(t, extensions);
        w->must_compact = true;
    } else {
        w->written_bytes += w->pending_used;
    }
    return result;
}

static void renumber(struct tfs *t) {
    for (struct list *at = t->nodes.next; at != &t->nodes; at = at->next) {
        container_of(at, struct tfs_node, all)->number = 0;
    }
    for (uint32_t i = 0; i < t->symbol_buckets; i++) {
        for (struct tfs_symbol *s = t->symbols[i]; s; s = s->next) s->number = 0;
    }
    t->dictionary_count = 1;
}

static void put_first_sector(struct output *o, uint64_t extension) {
    const struct tfs *t = o->tfs;
    *o = (struct output){.tfs = o->tfs, .extension_end = TFS_SECTOR, .wrote = o->wrote, .error = o->error};
    put_extension_header(o, 1);
    put(o, t->uuid, TFS_UUID);
    put(o, t->label, strlen(t->label) + 1);
    put_link(o, extension);
}

/// Runs that the whole tree takes in a new log.
static unsigned runs_for_tree(const struct tfs *t) {
    return (unsigned)(t->writer->tree_bytes / (EXTENSION_BYTES - LEAST_ROOM - 64)) + 1;
}

/// As many runs are kept aside as writing the log anew takes, and one to make it longer.
static void measure_tree(struct tfs *t) {
    t->writer->tree_bytes = tfs_encode_bound(t);
    t->writer->since_measured = 0;
    tfs_space_want_spares(t, runs_for_tree(t) + 1);
}

/// Writes the whole tree into a new log, and then sector 0, which leads to it.
static int compact(struct tfs *t) {
    struct tfs_writer *w = t->writer;
    measure_tree(t);
    unsigned runs = runs_for_tree(t);
    if (tfs_space_log_runs(t, runs) < runs || t->extension_count + runs > TFS_MOST_EXTENSIONS) return -ENOSPC;
    uint32_t old_count = t->extension_count;
    struct output o = {.tfs = t, .held_sector = UINT64_MAX};
    uint64_t first = claim_extension(&o);
    if (o.error) return o.error;
    enter(&o, first);
    renumber(t);
    w->pending_used = 0;
    w->pending_lost = false;
    w->must_compact = true;
    tfs_encode_root(t);
    do {
        put_pending(&o);
        w->pending_used = 0;
    } while (!o.error && tfs_encode_waiting(t));
    if (w->pending_lost) o.error = -ENOMEM;
    struct tail tail, unused;
    end_log(&o, &tail);
    put_first_sector(&o, first);
    end_log(&o, &unused);
    int result = reveal(&o, &tail);
    if (result != 0) {
        w->waiting = NULL;
        w->last_waiting = &w->waiting;
        w->waiting_order = 0;
        unclaim(t, old_count);
        return result;
    }
    w->must_compact = false;
    w->written_bytes = 0;
    w->compact_bytes = (uint64_t)(t->extension_count - old_count) * EXTENSION_BYTES;
    // Sector 0 stays the first extension; what lay between it and the new ones is free.
    for (uint32_t i = 1; i < old_count; i++) tfs_space_give(t, t->extensions[i].sector, t->extensions[i].sectors);
    memmove(t->extensions + 1, t->extensions + old_count, (t->extension_count - old_count) * sizeof *t->extensions);
    t->extension_count -= old_count - 1;
    t->repeats_name = false;
    tfs_symbols_sweep(t);
    measure_tree(t);
    return 0;
}

/// Tuples in vectors are encoded by themselves where they go deep, vectors in vectors are not: nothing makes such.
static bool vectors_nest(const struct tfs *t) {
    for (const struct list *at = t->nodes.next; at != &t->nodes; at = at->next) {
        const struct tfs_node *n = container_of(at, struct tfs_node, all);
        for (uint32_t i = 0; n->kind == TFS_VECTOR && i < n->used; i++) {
            if (n->entries[i].value.kind == TFS_VECTOR) return true;
        }
    }
    return false;
}

int tfs_writer_begin(struct tfs *t) {
    if (t->writer) return 0;
    if (!t->source.write) return -EROFS;
    if (vectors_nest(t)) return -EINVAL;
    struct tfs_writer *w = kzalloc(sizeof *w);
    int result = w ? 0 : -ENOMEM;
    if (w) w->buffer = kmalloc(BUFFER);
    if (w && !w->buffer) result = -ENOMEM;
    if (result == 0) result = t->source.read(t->source.context, t->tail / TFS_SECTOR, 1, w->tail);
    if (result == 0) result = tfs_space_build(t);
    if (result != 0) {
        if (w) kfree(w->buffer);
        kfree(w);
        return result;
    }
    w->last_waiting = &w->waiting;
    w->compact_bytes = (uint64_t)(t->extension_count - 1) * EXTENSION_BYTES;
    t->writer = w;
    measure_tree(t);
    return 0;
}

void tfs_writer_free(struct tfs *t) {
    struct tfs_writer *w = t->writer;
    if (!w) return;
    tfs_space_free(t);
    kfree(w->pending);
    kfree(w->buffer);
    kfree(w);
    t->writer = NULL;
}

void tfs_record(struct tfs *t, const struct tfs_node *node, struct tfs_symbol *name, const struct tfs_value *value) {
    struct tfs_writer *w = t->writer;
    size_t before = w->pending_used;
    if (node->number == 0) return;
    tfs_encode(t, node, name, value);
    uint64_t bytes = w->pending_used > before ? w->pending_used - before : 0;
    w->tree_bytes += 2 * bytes;
    w->since_measured += bytes;
    if (w->since_measured > MEASURE_AFTER) measure_tree(t);
}

static bool tail_has_room(const struct tfs *t) {
    const struct tfs_writer *w = t->writer;
    const struct tfs_extension *last = &t->extensions[t->extension_count - 1];
    uint64_t room = (last->sector + last->sectors) * TFS_SECTOR - t->tail;
    return room > w->pending_used + w->pending_used / 8 + TAIL_ROOM;
}

/// Names that came since the log was last written anew, beyond what the tree can have of its own.
static bool has_stale_names(const struct tfs *t) {
    return t->symbol_count > t->symbols_kept + MOST_STALE_NAMES + t->node_count;
}

int tfs_log_room(const struct tfs *t) {
    const struct tfs_writer *w = t->writer;
    unsigned need = runs_for_tree(t), runs = tfs_space_log_runs(t, need + 1);
    if (runs > need || (runs == need && !w->must_compact && tail_has_room(t))) return 0;
    // The log is at its end and must not grow; it can be written anew if that makes it shorter.
    return runs == need && w->written_bytes > MEASURE_AFTER ? 0 : -ENOSPC;
}

int tfs_commit(struct tfs *t) {
    struct tfs_writer *w = t->writer;
    if (!w) return 0;
    int result = 0;
    if (w->pending_used == 0 && !w->must_compact) {
        if (w->data_unflushed) result = flush(t);
        // Of what was set free the log may know already: a file that lost its name long before it was closed.
        if (result == 0) tfs_space_settle(t);
        return result;
    }
    result = -ENOSPC;
    bool too_long = w->written_bytes > COMPACT_FROM && w->written_bytes > w->compact_bytes;
    too_long |= t->repeats_name || has_stale_names(t);
    unsigned need = runs_for_tree(t);
    if (!tail_has_room(t) && tfs_space_log_runs(t, need + 1) <= need) too_long = true;
    if (!w->must_compact && !too_long) result = append(t);
    if (result == -ENOSPC) result = compact(t);
    // A log that could be shorter is no reason to fail as long as it can be longer.
    if (result == -ENOSPC && too_long && !w->must_compact) result = append(t);
    if (result != 0) return result;
    w->pending_used = 0;
    if (w->pending_capacity > PENDING_KEPT) {
        kfree(w->pending);
        w->pending = NULL;
        w->pending_capacity = 0;
    }
    tfs_space_settle(t);
    return 0;
}
