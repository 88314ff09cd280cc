// What Pith needs from ACPI's byte code, found by its shape instead of by running it: device identifiers with the plain
// resource descriptors behind them, and the sleep type of "off". Pure.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// A device's registers and interrupt, as its _CRS lists them.
struct aml_resources {
    uint64_t base; // 0 if it has no registers in memory
    uint32_t length;
    bool has_line;
    uint32_t line;
    bool level, active_low;
};

/// Finds the first string `hid` at or after *at, reads the resources that follow it before the next _HID, and moves *at
/// on.
bool aml_find_device(const uint8_t *aml, size_t size, size_t *at, const char *hid, struct aml_resources *found);

/// The first number of the package \_S5: what to write as sleep type to power off. False if there is none.
bool aml_find_off(const uint8_t *aml, size_t size, unsigned *sleep_type);

/// Address of the operation region `name` (four letters) in memory; 0 if there is none.
uint64_t aml_find_region(const uint8_t *aml, size_t size, const char *name);
