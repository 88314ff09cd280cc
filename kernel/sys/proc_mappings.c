// /proc/self/maps and smaps: the program's mappings, and how much of each is in memory.

#include "sys/proc_mappings.h"
#include "arch/paging.h"
#include "fs/walk.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mem/heap.h"
#include "vm/space.h"

enum { KIB_A_PAGE = PAGE_SIZE / 1024 };

static void write_area(struct text *t, const struct area *area, char *path) {
    const struct file *file = area->object;
    char line[128];
    int n = format_text(
        line, sizeof line, "%08llx-%08llx %c%c%c%c %08llx %02x:%02x %llu", (unsigned long long)area->start,
        (unsigned long long)area->end, area->prot & PROT_READ ? 'r' : '-', area->prot & PROT_WRITE ? 'w' : '-',
        area->prot & PROT_EXEC ? 'x' : '-', area->flags & AREA_SHARED ? 's' : 'p', (unsigned long long)area->offset,
        file ? file->inode->filesystem->device >> 8 : 0, file ? file->inode->filesystem->device & 0xff : 0,
        (unsigned long long)(file ? file->inode->number : 0));
    const char *name = NULL;
    if (file && file->place && dentry_path(file->place, path, PATH_LONGEST) > 0) name = path;
    else if (area->flags & AREA_STACK) name = "[stack]";
    else if (area->flags & AREA_HEAP) name = "[heap]";
    text_add_bytes(t, line, (size_t)n);
    if (name) {
        // The name stands in column 73, as on Linux.
        for (; n < 72; n++) text_add_bytes(t, " ", 1);
        text_add_bytes(t, " ", 1);
        text_add_bytes(t, name, strlen(name));
    }
    text_add_bytes(t, "\n", 1);
}

/// Pages of one mapping, or of all. There is one process, so none is shared with another.
struct usage {
    uint64_t pages, resident, dirty, anonymous;
};

/// Pages that may be written were, or will be: they count as dirty. Those of private mappings are then no file's any
/// more.
static void measure(const struct area *area, struct usage *u) {
    unsigned prot;
    u->pages += (area->end - area->start) / PAGE_SIZE;
    for (uint64_t va = area->start; (va = paging_next_mapped(va, area->end)) < area->end; va += PAGE_SIZE) {
        if (!paging_lookup(va, NULL, &prot, NULL)) continue;
        bool written = !area->object || (prot & PAGE_WRITE);
        u->resident++;
        u->dirty += written;
        u->anonymous += written && !(area->flags & AREA_SHARED);
    }
}

static void write_usage(struct text *t, const struct usage *u, bool total) {
    const struct {
        const char *name;
        uint64_t pages;
    } lines[] = {{"Rss", u->resident},
                 {"Pss", u->resident},
                 {"Shared_Clean", 0},
                 {"Shared_Dirty", 0},
                 {"Private_Clean", u->resident - u->dirty},
                 {"Private_Dirty", u->dirty},
                 {"Referenced", u->resident},
                 {"Anonymous", u->anonymous},
                 {"LazyFree", 0},
                 {"AnonHugePages", 0},
                 {"ShmemPmdMapped", 0},
                 {"FilePmdMapped", 0},
                 {"Shared_Hugetlb", 0},
                 {"Private_Hugetlb", 0},
                 {"Swap", 0},
                 {"SwapPss", 0},
                 {"Locked", 0}};
    if (!total) {
        text_add(t, "Size:           %8llu kB\nKernelPageSize: %8u kB\nMMUPageSize:    %8u kB\n",
                 (unsigned long long)u->pages * KIB_A_PAGE, KIB_A_PAGE, KIB_A_PAGE);
    }
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        char name[24];
        format_text(name, sizeof name, "%s:", lines[i].name);
        text_add(t, "%-15s %8llu kB\n", name, (unsigned long long)lines[i].pages * KIB_A_PAGE);
    }
}

/// Calls `write` for each mapping, with room for a path.
static void each(struct text *t, void (*write)(struct text *t, const struct area *area, char *path)) {
    char *path = kmalloc(PATH_LONGEST);
    if (!path) {
        t->failed = true;
        return;
    }
    mutex_lock(&space.lock);
    for (size_t i = 0; i < space.areas.count; i++) {
        if (!(space.areas.items[i].flags & AREA_GUARD)) write(t, &space.areas.items[i], path);
    }
    mutex_unlock(&space.lock);
    kfree(path);
}

static void write_maps(struct text *t) { each(t, write_area); }

static void write_detailed(struct text *t, const struct area *area, char *path) {
    struct usage u = {0};
    measure(area, &u);
    write_area(t, area, path);
    write_usage(t, &u, false);
    text_add(t, "THPeligible:           0\nVmFlags: %s%s%s%s\n", area->prot & PROT_READ ? "rd " : "",
             area->prot & PROT_WRITE ? "wr " : "", area->prot & PROT_EXEC ? "ex " : "",
             area->flags & AREA_SHARED ? "sh " : "");
}

static void write_smaps(struct text *t) { each(t, write_detailed); }

static void write_rollup(struct text *t) {
    struct usage u = {0};
    uint64_t low = 0, high = 0;
    mutex_lock(&space.lock);
    for (size_t i = 0; i < space.areas.count; i++) {
        const struct area *area = &space.areas.items[i];
        if (area->flags & AREA_GUARD) continue;
        measure(area, &u);
        if (high == 0) low = area->start;
        high = area->end;
    }
    mutex_unlock(&space.lock);
    text_add(t, "%08llx-%08llx ---p 00000000 00:00 0                          [rollup]\n", (unsigned long long)low,
             (unsigned long long)high);
    write_usage(t, &u, true);
}

void proc_mappings_add(struct inode *self) {
    virtual_text(self, "maps", write_maps);
    virtual_text(self, "smaps", write_smaps);
    virtual_text(self, "smaps_rollup", write_rollup);
}
