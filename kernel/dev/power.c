// Power off, reset and the power button, by ACPI: the fixed hardware of a PC (PM1 registers), or the sleep register and
// the generic event device of machines without it (QEMU's microvm).
#include "dev/power.h"

#include "arch/insn.h"
#include "arch/irq.h"
#include "arch/paging.h"
#include "arch/cpu.h"
#include "dev/acpi.h"
#include "dev/aml_scan.h"
#include "dev/console.h"
#include "sched/thread.h"
#include "sched/wait.h"

/// QEMU's isa-debug-exit, where the engine puts it. A port that nobody answers reads as ones.
enum { DEBUG_EXIT = 0x501, NOBODY = 0xff };
/// ACPI 6.4: 4.8.3.2 (PM1 control), 4.8.3.7 (sleep control), 5.2.9 (FADT flags), 4.8.3.1 (PM1 status and enable).
enum { PM1_SLEEP_ENABLE = 1 << 13, PM1_SLEEP_TYPE = 10, PM1_SCI_ENABLED = 1, PM1_POWER_BUTTON = 1 << 8 };
/// The same, 4.8.3.6 (reset register); and where PCs without one are reset: the chip set's port, the keyboard
/// controller.
enum { HAS_RESET = 1 << 10, RESET_PORT = 0xcf9, RESET_NOW = 6, KEYBOARD = 0x64, KEYBOARD_RESET = 0xfe };
enum { SLEEP_ENABLE = 1 << 5, SLEEP_TYPE = 2, HARDWARE_REDUCED = 1 << 20, GAS_ADDRESS = 4, GAS_SPACE_MEMORY = 0 };
/// QEMU's generic event device: reading its first register tells what happened, and takes it back.
enum { EVENT_POWER_BUTTON = 2 };

static const void *fadt;
static uint32_t fadt_length;

static uint64_t fadt_field(enum fadt at, unsigned size) {
    if (fadt == NULL) {
        fadt = acpi_table("FACP", &fadt_length);
    }
    return acpi_field(fadt, fadt_length, at, size);
}

static bool is_hardware_reduced(void) { return (fadt_field(FADT_FLAGS, 4) & HARDWARE_REDUCED) != 0; }

/// Registers in memory at a physical address, mapped for good.
static volatile uint8_t *memory_at(uint64_t pa) { return pa == 0 ? NULL : paging_map_device(pa, 8); }

static void sleep_by_register(unsigned type) {
    uint64_t address = fadt_field(FADT_SLEEP_CONTROL + GAS_ADDRESS, 8);
    uint8_t value = (uint8_t)(type << SLEEP_TYPE | SLEEP_ENABLE);
    if (fadt_field(FADT_SLEEP_CONTROL, 1) != GAS_SPACE_MEMORY) {
        outb((uint16_t)address, value);
        return;
    }
    volatile uint8_t *sleep = memory_at(address);
    if (sleep != NULL) {
        *sleep = value;
    }
}

static void sleep_by_pm1(unsigned type) {
    uint16_t port = (uint16_t)fadt_field(FADT_PM1A_CONTROL, 4);
    if (port != 0) {
        outw(port, (uint16_t)((inw(port) & PM1_SCI_ENABLED) | type << PM1_SLEEP_TYPE | PM1_SLEEP_ENABLE));
    }
}

_Noreturn void power_off(uint8_t code) {
    (void)interrupts_disable();
    if (inb(DEBUG_EXIT) != NOBODY) {
        outb(DEBUG_EXIT, code);
    }
    uint32_t size;
    const uint8_t *aml = acpi_dsdt(&size);
    unsigned type = 0;
    if (aml != NULL) {
        aml_find_off(aml, size, &type);
    }
    if (is_hardware_reduced()) {
        sleep_by_register(type);
    } else {
        sleep_by_pm1(type);
    }
    for (;;) {
        __asm__ volatile("hlt");
    }
}

void power_reset(void) {
    (void)interrupts_disable();
    uint64_t address = fadt_field(FADT_RESET + GAS_ADDRESS, 8);
    uint8_t value = (uint8_t)fadt_field(FADT_RESET_VALUE, 1);
    if ((fadt_field(FADT_FLAGS, 4) & HAS_RESET) != 0 && address != 0) {
        if (fadt_field(FADT_RESET, 1) == GAS_SPACE_MEMORY) {
            volatile uint8_t *reset = memory_at(address);
            if (reset != NULL) {
                *reset = value;
            }
        } else {
            outb((uint16_t)address, value);
        }
    }
    outb(RESET_PORT, RESET_NOW);
    outb(KEYBOARD, KEYBOARD_RESET);
    for (;;) {
        __asm__ volatile("hlt");
    }
}

static void (*on_press)(void);
static struct wait_queue pressed = {.waiters = {&pressed.waiters, &pressed.waiters}};
static bool is_pressed;
static uint16_t pm1_event;
static volatile uint8_t *event_device;

static void wait_for_press(void *unused) {
    (void)unused;
    struct waiter w;
    wait_begin(&pressed, &w);
    for (;;) {
        while (!is_pressed) {
            wait_sleep(&w, WAIT_FOREVER);
        }
        is_pressed = false;
        on_press();
    }
}

static void press(void) {
    is_pressed = true;
    wake_all(&pressed);
}

/// The system control interrupt of fixed hardware.
static void pm1_interrupt(void *unused) {
    (void)unused;
    uint16_t status = inw(pm1_event);
    if ((status & PM1_POWER_BUTTON) != 0) {
        outw(pm1_event, PM1_POWER_BUTTON); // writing a one clears it
        press();
    }
}

static void event_interrupt(void *unused) {
    (void)unused;
    if ((*(volatile uint32_t *)event_device & EVENT_POWER_BUTTON) != 0) {
        press();
    }
}

static void listen_to_pm1(void) {
    pm1_event = (uint16_t)fadt_field(FADT_PM1A_EVENT, 4);
    uint16_t control = (uint16_t)fadt_field(FADT_PM1A_CONTROL, 4), command = (uint16_t)fadt_field(FADT_SMI_COMMAND, 4);
    uint16_t enable = (uint16_t)(pm1_event + fadt_field(FADT_PM1_EVENT_LENGTH, 1) / 2);
    if (pm1_event == 0 || control == 0) {
        return;
    }
    if ((inw(control) & PM1_SCI_ENABLED) == 0 && command != 0) {
        outb(command, (uint8_t)fadt_field(FADT_ACPI_ENABLE, 1));
    }
    struct isa_line line = acpi_isa_line(fadt_field(FADT_SCI, 2) & 15);
    if (irq_attach_line(line.number, true, line.active_low, pm1_interrupt, NULL) == 0) {
        outw(pm1_event, PM1_POWER_BUTTON);
        outw(enable, PM1_POWER_BUTTON);
    }
}

static void listen_to_events(void) {
    uint32_t size;
    size_t at = 0;
    const uint8_t *aml = acpi_dsdt(&size);
    struct aml_resources found;
    if (aml == NULL || !aml_find_device(aml, size, &at, "ACPI0013", &found) || !found.has_line) {
        return;
    }
    event_device = memory_at(aml_find_region(aml, size, "EREG"));
    if (event_device != NULL) {
        irq_attach_line(found.line, found.level, found.active_low, event_interrupt, NULL);
    }
}

void power_on_button(void (*callback)(void)) {
    on_press = callback;
    if (thread_create("power", wait_for_press, NULL) == NULL) {
        klog("no memory to listen to the power button");
        return;
    }
    if (is_hardware_reduced()) {
        listen_to_events();
    } else {
        listen_to_pm1();
    }
}
