// ACPI's tables (ACPI 6.4, chapter 5): found from the root pointer, mapped read-only, every length checked.
#include "dev/acpi.h"

#include "arch/paging.h"
#include "boot/start_info.h"
#include "lib/string.h"
#include <stddef.h>

enum { HEADER = 36, TABLE_MAX = 1 << 20, TABLES_MAX = 64 };
enum { RSDP_REVISION = 15, RSDP_RSDT = 16, RSDP_XSDT = 24, RSDP_OLD_SIZE = 20, RSDP_SIZE = 36 };
enum { MADT_ENTRIES = 44, MADT_IOAPIC = 1, MADT_OVERRIDE = 2 };
/// Where firmwares leave the root pointer if the loader does not tell (ACPI 6.4, 5.2.5.1).
enum { EBDA_POINTER = 0x40e, EBDA_SEARCH = 1024, ROM_START = 0xe0000, ROM_SIZE = 0x20000 };
#define DEFAULT_IOAPIC 0xfec00000ull

struct table {
    const void *at;
    uint32_t length;
    bool is_mapped;
    uint64_t pa;
    char signature[4];
};

static struct table tables[TABLES_MAX];
static unsigned table_count;
static struct table dsdt;

static struct irq_line overrides[16];

uint64_t acpi_field(const void *table, uint32_t length, uint32_t offset, unsigned size) {
    uint64_t value = 0;
    if (table == NULL || size > length || offset > length - size) {
        return 0;
    }
    memcpy(&value, (const char *)table + offset, size);
    return value;
}

/// Maps a whole table; null if its header makes no sense.
static const void *map_table(uint64_t pa, uint32_t *length) {
    const char *header = pa == 0 ? NULL : paging_map_firmware(pa, HEADER);
    if (header == NULL) {
        return NULL;
    }
    *length = (uint32_t)acpi_field(header, HEADER, 4, 4);
    if (*length < HEADER || *length > TABLE_MAX) {
        return NULL;
    }
    bool one_page = (pa & (PAGE_SIZE - 1)) + *length <= PAGE_SIZE;
    return one_page ? header : paging_map_firmware(pa, *length);
}

static bool is_root_pointer(const char *at) {
    uint8_t sum = 0;
    if (memcmp(at, "RSD PTR ", 8) != 0) {
        return false;
    }
    for (unsigned i = 0; i < RSDP_OLD_SIZE; i++) {
        sum = (uint8_t)(sum + (uint8_t)at[i]);
    }
    return sum == 0;
}

static const char *search_root(uint64_t pa, uint32_t size) {
    const char *memory = paging_map_firmware(pa, size);
    for (uint32_t at = 0; memory != NULL && at + RSDP_SIZE <= size; at += 16) {
        if (is_root_pointer(memory + at)) {
            return memory + at;
        }
    }
    return NULL;
}

static const char *find_root(void) {
    if (boot_rsdp != 0) {
        const char *root = paging_map_firmware(boot_rsdp, RSDP_SIZE);
        return root != NULL && is_root_pointer(root) ? root : NULL;
    }
    const char *bios = paging_map_firmware(EBDA_POINTER, 2);
    uint64_t ebda = acpi_field(bios, 2, 0, 2) << 4;
    const char *root = ebda >= 0x80000 && ebda < 0xa0000 ? search_root(ebda, EBDA_SEARCH) : NULL;
    return root != NULL ? root : search_root(ROM_START, ROM_SIZE);
}

static void list_tables(void) {
    const char *root = find_root();
    if (root == NULL) {
        return;
    }
    bool wide = root[RSDP_REVISION] >= 2 && acpi_field(root, RSDP_SIZE, RSDP_XSDT, 8) != 0;
    uint32_t length;
    const char *list = map_table(acpi_field(root, RSDP_SIZE, wide ? RSDP_XSDT : RSDP_RSDT, wide ? 8 : 4), &length);
    unsigned width = wide ? 8 : 4;
    for (uint32_t at = HEADER; list != NULL && at + width <= length && table_count < TABLES_MAX; at += width) {
        tables[table_count++].pa = acpi_field(list, length, at, width);
    }
}

static bool map_listed(struct table *t) {
    if (!t->is_mapped) {
        t->is_mapped = true;
        t->at = map_table(t->pa, &t->length);
        if (t->at != NULL) {
            memcpy(t->signature, t->at, sizeof(t->signature));
        }
    }
    return t->at != NULL;
}

const void *acpi_table(const char *signature, uint32_t *length) {
    for (unsigned i = 0; i < table_count; i++) {
        if (map_listed(&tables[i]) && memcmp(tables[i].signature, signature, 4) == 0) {
            *length = tables[i].length;
            return tables[i].at;
        }
    }
    return NULL;
}

const void *acpi_dsdt(uint32_t *length) {
    if (!dsdt.is_mapped) {
        uint32_t fadt_length = 0;
        const void *fadt = acpi_table("FACP", &fadt_length);
        uint64_t wide = acpi_field(fadt, fadt_length, FADT_X_DSDT, 8);
        dsdt.is_mapped = true;
        dsdt.at = map_table(wide != 0 ? wide : acpi_field(fadt, fadt_length, FADT_DSDT, 4), &dsdt.length);
    }
    *length = dsdt.length;
    return dsdt.at;
}

/// ACPI 6.4, 5.2.12: entries of a type byte, a length byte and what the type wants.
static unsigned read_interrupt_table(void) {
    uint32_t length = 0;
    unsigned ioapics = 0;
    const uint8_t *madt = acpi_table("APIC", &length);
    for (uint32_t at = MADT_ENTRIES; madt != NULL && at + 2 <= length;) {
        const uint8_t *entry = madt + at;
        uint32_t size = entry[1];
        if (size < 2 || size > length - at) {
            break;
        }
        if (entry[0] == MADT_IOAPIC && size >= 12) {
            irq_add_controller(acpi_field(entry, size, 4, 4), (uint32_t)acpi_field(entry, size, 8, 4));
            ioapics++;
        } else if (entry[0] == MADT_OVERRIDE && size >= 10 && entry[3] < 16) {
            unsigned flags = entry[8];
            overrides[entry[3]] = (struct irq_line){
                .number = (uint32_t)acpi_field(entry, size, 4, 4),
                .level = (flags >> 2 & 3) == 3,
                .active_low = (flags & 3) == 3,
            };
        }
        at += size;
    }
    return ioapics;
}

void acpi_init(void) {
    for (unsigned i = 0; i < 16; i++) {
        overrides[i] = (struct irq_line){.number = i};
    }
    list_tables();
    if (read_interrupt_table() == 0) {
        irq_add_controller(DEFAULT_IOAPIC, 0);
    }
}

struct irq_line acpi_isa_line(unsigned irq) { return overrides[irq]; }
