// Finding devices, "off" and regions in ACPI's byte code: in code as QEMU writes it, and in rubbish.

#include "dev/aml_scan.h"
#include "random.h"
#include "tap.h"
#include <stdlib.h>
#include <string.h>

/// Two devices of a microvm, its event device, the region that this reads, and the package of the sleep type.
static const uint8_t aml[] = {
    // Name (_HID, "LNRO0005"), Name (_CRS, buffer: memory 0xfeb02e00 of 0x200, interrupt 47, level, active high)
    0x08, '_', 'H', 'I', 'D', 0x0d, 'L', 'N', 'R', 'O', '0', '0', '0', '5', 0x00, 0x08, '_', 'C', 'R', 'S', 0x11, 0x1a,
    0x0a, 0x17, 0x86, 0x09, 0x00, 0x01, 0x00, 0x2e, 0xb0, 0xfe, 0x00, 0x02, 0x00, 0x00, 0x89, 0x06, 0x00, 0x01, 0x01,
    0x2f, 0x00, 0x00, 0x00, 0x79, 0x00,
    // The same with 0xfeb02c00 and interrupt 46
    0x08, '_', 'H', 'I', 'D', 0x0d, 'L', 'N', 'R', 'O', '0', '0', '0', '5', 0x00, 0x08, '_', 'C', 'R', 'S', 0x11, 0x1a,
    0x0a, 0x17, 0x86, 0x09, 0x00, 0x01, 0x00, 0x2c, 0xb0, 0xfe, 0x00, 0x02, 0x00, 0x00, 0x89, 0x06, 0x00, 0x01, 0x01,
    0x2e, 0x00, 0x00, 0x00, 0x79, 0x00,
    // Name (_HID, "ACPI0013"), interrupt 9, edge, active low; OperationRegion (EREG, SystemMemory, 0xfea00000, 4)
    0x08, '_', 'H', 'I', 'D', 0x0d, 'A', 'C', 'P', 'I', '0', '0', '1', '3', 0x00, 0x89, 0x06, 0x00, 0x07, 0x01, 0x09,
    0x00, 0x00, 0x00, 0x5b, 0x80, 'E', 'R', 'E', 'G', 0x00, 0x0c, 0x00, 0x00, 0xa0, 0xfe, 0x0a, 0x04,
    // Name (_S5_, Package (4) {5, 0, 0, 0})
    0x08, '_', 'S', '5', '_', 0x12, 0x08, 0x04, 0x0a, 0x05, 0x00, 0x00, 0x00};

static void known_code(void) {
    struct aml_resources r;
    size_t at = 0;
    ok(aml_find_device(aml, sizeof aml, &at, "LNRO0005", &r) && r.base == 0xfeb02e00 && r.length == 0x200 &&
           r.has_line && r.line == 47 && r.level && !r.active_low,
       "a device has its registers and its interrupt");
    ok(aml_find_device(aml, sizeof aml, &at, "LNRO0005", &r) && r.base == 0xfeb02c00 && r.line == 46,
       "the next one has its own");
    ok(!aml_find_device(aml, sizeof aml, &at, "LNRO0005", &r), "there is no third");
    at = 0;
    ok(aml_find_device(aml, sizeof aml, &at, "ACPI0013", &r) && r.base == 0 && r.line == 9 && !r.level && r.active_low,
       "a device without registers, its interrupt an edge, active low");
    unsigned type = 0;
    ok(aml_find_off(aml, sizeof aml, &type) && type == 5, "the sleep type of off");
    ok(aml_find_region(aml, sizeof aml, "EREG") == 0xfea00000 && aml_find_region(aml, sizeof aml, "XREG") == 0,
       "the address of a region");
}

/// Every cut of it, in memory that ends where the cut is, so that the sanitizer sees a byte too many.
static void cuts(void) {
    bool fewer = true;
    for (size_t n = 0; n < sizeof aml; n++) {
        uint8_t *cut = malloc(n + 1);
        memcpy(cut + 1, aml, n);
        struct aml_resources r;
        unsigned type, found = 0;
        for (size_t at = 0; aml_find_device(cut + 1, n, &at, "LNRO0005", &r);) found++;
        aml_find_off(cut + 1, n, &type);
        aml_find_region(cut + 1, n, "EREG");
        fewer &= found <= 2;
        free(cut);
    }
    ok(fewer, "code that is cut off anywhere is read to its end and no further");
}

static void damage(void) {
    bool ended = true;
    for (int round = 0; round < 50000; round++) {
        uint8_t *damaged = malloc(sizeof aml);
        memcpy(damaged, aml, sizeof aml);
        for (int i = 0; i < 6; i++) damaged[random_below(sizeof aml)] = (uint8_t)random_number();
        struct aml_resources r;
        unsigned type, found = 0;
        for (size_t at = 0; aml_find_device(damaged, sizeof aml, &at, "LNRO0005", &r);) found++;
        aml_find_off(damaged, sizeof aml, &type);
        aml_find_region(damaged, sizeof aml, "EREG");
        ended &= found < 10;
        free(damaged);
    }
    ok(ended, "damaged code does no harm");
}

int main(void) {
    known_code();
    cuts();
    damage();
    return done();
}
