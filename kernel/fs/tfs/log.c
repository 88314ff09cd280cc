// The log of a TFS as a stream of bytes. The buffer is small and grows with what is read, so that a little log costs
// one read and a long one few.

#include "fs/tfs/log.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mem/heap.h"

enum { FIRST_WINDOW = 32, LARGEST_WINDOW = 256 };

void tfs_log_refuse(struct tfs_log *log, int error, const char *why) {
    if (log->error) return;
    log->error = error;
    log->why = why;
    log->at = log->end;
}

static uint64_t position(const struct tfs_log *log) {
    return log->buffer_sector * TFS_SECTOR + (uint64_t)(log->at - log->buffer);
}

/// Stands at byte `where` of the volume, with at least one byte to read up to the end of the extension.
static void stand_at(struct tfs_log *log, uint64_t where) {
    uint64_t sector = where / TFS_SECTOR;
    if (where >= log->extension_end) {
        tfs_log_refuse(log, -EINVAL, "its log runs beyond the end of an extension");
        return;
    }
    if (sector < log->buffer_sector || sector >= log->buffer_sector + log->buffer_sectors) {
        uint64_t rest = log->tfs->source.sectors - sector;
        uint32_t count = rest < log->window ? (uint32_t)rest : log->window;
        if (count > log->buffer_sectors || !log->buffer) {
            uint8_t *larger = krealloc(log->buffer, (size_t)log->window * TFS_SECTOR);
            if (!larger) {
                tfs_log_refuse(log, -ENOMEM, "there is no memory for its log");
                return;
            }
            log->buffer = larger;
        }
        int result = log->tfs->source.read(log->tfs->source.context, sector, count, log->buffer);
        log->buffer_sector = sector;
        log->buffer_sectors = count;
        if (result != 0) {
            log->at = log->end = log->buffer;
            tfs_log_refuse(log, result, "its log cannot be read");
            return;
        }
        if (log->window < LARGEST_WINDOW) log->window *= 2;
    }
    uint64_t buffer_end = (log->buffer_sector + log->buffer_sectors) * TFS_SECTOR;
    uint64_t end = buffer_end < log->extension_end ? buffer_end : log->extension_end;
    log->at = log->buffer + (where - log->buffer_sector * TFS_SECTOR);
    log->end = log->buffer + (end - log->buffer_sector * TFS_SECTOR);
}

static inline uint8_t raw_byte(struct tfs_log *log) {
    if (log->at == log->end) {
        if (log->error) return 0;
        stand_at(log, position(log));
        if (log->error) return 0;
    }
    return *log->at++;
}

static uint64_t raw_varint(struct tfs_log *log) {
    uint64_t value = 0;
    for (int i = 0; i < 10; i++) {
        uint8_t b = raw_byte(log);
        if (value >> 57) break;
        value = value << 7 | (b & 0x7f);
        if (!(b & 0x80)) return value;
    }
    tfs_log_refuse(log, -EINVAL, "a number in its log has more than 64 bits");
    return 0;
}

int tfs_note_extension(struct tfs *t, uint64_t sector, uint64_t sectors) {
    if (t->extension_count % 16 == 0) {
        struct tfs_extension *more = krealloc(t->extensions, (t->extension_count + 16) * sizeof *more);
        if (!more) return -ENOMEM;
        t->extensions = more;
    }
    t->extensions[t->extension_count++] = (struct tfs_extension){sector, sectors};
    return 0;
}

/// Enters the extension of `sectors` at `sector` and reads its header up to the length.
static void enter_extension(struct tfs_log *log, uint64_t sector, uint64_t sectors) {
    struct tfs *t = log->tfs;
    if (sectors == 0 || sector >= t->source.sectors || sectors > t->source.sectors - sector) {
        tfs_log_refuse(log, -EINVAL, "a link of its log leaves the volume");
        return;
    }
    for (uint32_t i = 0; i < t->extension_count; i++) {
        const struct tfs_extension *e = &t->extensions[i];
        if (sector < e->sector + e->sectors && e->sector < sector + sectors) {
            tfs_log_refuse(log, -EINVAL, "its log comes back to where it has been");
            return;
        }
    }
    if (t->extension_count == TFS_MOST_EXTENSIONS) {
        tfs_log_refuse(log, -EINVAL, "its log has more than 4096 extensions");
        return;
    }
    if (tfs_note_extension(t, sector, sectors) != 0) {
        tfs_log_refuse(log, -ENOMEM, "there is no memory for its log");
        return;
    }
    log->extension_end = (sector + sectors) * TFS_SECTOR;
    stand_at(log, sector * TFS_SECTOR);
    for (int i = 0; i < 6; i++) {
        if (raw_byte(log) != (uint8_t)TFS_LOG_MAGIC[i]) tfs_log_refuse(log, -EINVAL, "it does not begin as a TFS does");
    }
    if (raw_varint(log) != TFS_LOG_VERSION) tfs_log_refuse(log, -EINVAL, "its TFS is not of version 5");
    if (raw_varint(log) != sectors) tfs_log_refuse(log, -EINVAL, "an extension of its log has another length");
}

void tfs_log_open(struct tfs_log *log, struct tfs *t) {
    memset(log, 0, sizeof *log);
    log->tfs = t;
    log->window = FIRST_WINDOW;
    enter_extension(log, 0, 1);
    for (int i = 0; i < TFS_UUID; i++) t->uuid[i] = raw_byte(log);
    for (int i = 0; i < TFS_LABEL; i++) {
        t->label[i] = (char)raw_byte(log);
        if (t->label[i] == '\0') return;
    }
    t->label[TFS_LABEL - 1] = '\0';
    tfs_log_refuse(log, -EINVAL, "its label does not end");
}

void tfs_log_close(struct tfs_log *log) {
    kfree(log->buffer);
    log->buffer = NULL;
    log->at = log->end = NULL;
}

/// Reads frames up to one that carries bytes of a record. Links and segment boundaries are passed.
static uint8_t next_frame(struct tfs_log *log) {
    while (!log->error) {
        uint8_t frame = raw_byte(log);
        if (frame == TFS_FRAME_SEGMENT) continue;
        if (frame != TFS_FRAME_LINK) return frame;
        uint64_t sector = raw_varint(log);
        uint64_t sectors = raw_varint(log);
        if (!log->error) enter_extension(log, sector, sectors);
    }
    return TFS_FRAME_END;
}

static void begin_part(struct tfs_log *log) {
    log->part_left = raw_varint(log);
    if (log->part_left > log->record_left) {
        tfs_log_refuse(log, -EINVAL, "a part of a record is longer than the record");
    }
}

bool tfs_log_next(struct tfs_log *log) {
    if (!log->error && log->record_left > 0) tfs_log_refuse(log, -EINVAL, "a record has more bytes than its value");
    uint8_t frame = next_frame(log);
    if (!log->error && frame == TFS_FRAME_END) log->tfs->tail = position(log) - 1;
    if (log->error || frame == TFS_FRAME_END) return false;
    if (frame != TFS_FRAME_RECORD) {
        tfs_log_refuse(log, -EINVAL, "its log has an unknown frame");
        return false;
    }
    log->record_left = raw_varint(log);
    begin_part(log);
    return !log->error;
}

/// Makes sure that the present frame has a byte of the record left.
static void continue_record(struct tfs_log *log) {
    if (log->record_left == 0) tfs_log_refuse(log, -EINVAL, "a record ends inside its value");
    while (!log->error && log->part_left == 0) {
        if (next_frame(log) != TFS_FRAME_MORE) tfs_log_refuse(log, -EINVAL, "a record of its log is not continued");
        if (!log->error) begin_part(log);
    }
}

uint8_t tfs_log_byte(struct tfs_log *log) {
    if (log->part_left == 0) continue_record(log);
    if (log->error) return 0;
    log->part_left--;
    log->record_left--;
    return raw_byte(log);
}

void tfs_log_bytes(struct tfs_log *log, void *to, uint64_t n) {
    uint8_t *at = to;
    while (n > 0) {
        if (log->part_left == 0) continue_record(log);
        if (!log->error && log->at == log->end) stand_at(log, position(log));
        if (log->error) {
            memset(at, 0, n);
            return;
        }
        uint64_t here = (uint64_t)(log->end - log->at);
        if (here > log->part_left) here = log->part_left;
        if (here > n) here = n;
        memcpy(at, log->at, here);
        at += here;
        log->at += here;
        log->part_left -= here;
        log->record_left -= here;
        n -= here;
    }
}

uint64_t tfs_log_varint(struct tfs_log *log, uint64_t start) {
    uint64_t value = start;
    for (int i = 0; i < 10; i++) {
        uint8_t b = tfs_log_byte(log);
        if (value >> 57) break;
        value = value << 7 | (b & 0x7f);
        if (!(b & 0x80)) return value;
    }
    tfs_log_refuse(log, -EINVAL, "a number in its log has more than 64 bits");
    return 0;
}
