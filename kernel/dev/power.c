// Power off, reset and the power button, by ACPI: the fixed hardware of a PC (PM1 registers), or the sleep register and
// the generic event device of machines without it (QEMU's microvm).
#include "dev/power.h"

#include "arch/cpu.h"
#include "arch/insn.h"
#include "arch/irq.h"
#include "arch/paging.h"
#include "arch/power.h"
#include "dev/acpi.h"
#include "dev/aml_scan.h"
#include "dev/console.h"
#include "sched/thread.h"
#include "sched/wait.h"

/// ACPI 6.4: 4.8.3.6 (reset register), 4.8.3.7 (sleep control), 5.2.9 (FADT flags).
enum { HAS_RESET = 1 << 10 };
enum { SLEEP_ENABLE = 1 << 5, SLEEP_TYPE = 2, HARDWARE_REDUCED = 1 << 20, GAS_ADDRESS = 4, GAS_SPACE_MEMORY = 0 };
/// QEMU's generic event device: reading its first register tells what happened, and takes it back.
enum { EVENT_POWER_BUTTON = 2 };

static const struct power_machine *machine; // null: the firmware's ways

void power_use(const struct power_machine *other) { machine = other; }

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
        power_write_port(address, value);
        return;
    }
    volatile uint8_t *sleep = memory_at(address);
    if (sleep != NULL) {
        *sleep = value;
    }
}

static struct power_ports fixed_hardware(void) {
    uint16_t event = (uint16_t)fadt_field(FADT_PM1A_EVENT, 4);
    return (struct power_ports){.event = event,
                                .enable = (uint16_t)(event + fadt_field(FADT_PM1_EVENT_LENGTH, 1) / 2),
                                .control = (uint16_t)fadt_field(FADT_PM1A_CONTROL, 4),
                                .command = (uint16_t)fadt_field(FADT_SMI_COMMAND, 4),
                                .acpi_enable = (uint8_t)fadt_field(FADT_ACPI_ENABLE, 1)};
}

_Noreturn void power_off(uint8_t code) {
    (void)interrupts_disable();
    if (machine != NULL) {
        machine->end(POWER_OFF);
    }
    power_exit_with_code(code);
    uint32_t size;
    const uint8_t *aml = acpi_dsdt(&size);
    unsigned type = 0;
    if (aml != NULL) {
        aml_find_off(aml, size, &type);
    }
    if (is_hardware_reduced()) {
        sleep_by_register(type);
    } else {
        struct power_ports fixed = fixed_hardware();
        power_sleep_by_ports(&fixed, type);
    }
    halt_forever();
}

void power_crash(uint8_t code) {
    (void)interrupts_disable();
    if (machine != NULL) {
        machine->end(POWER_CRASH);
    }
    power_off(code);
}

void power_reset(void) {
    (void)interrupts_disable();
    if (machine != NULL) {
        machine->end(POWER_RESET);
    }
    uint64_t address = fadt_field(FADT_RESET + GAS_ADDRESS, 8);
    uint8_t value = (uint8_t)fadt_field(FADT_RESET_VALUE, 1);
    if ((fadt_field(FADT_FLAGS, 4) & HAS_RESET) != 0 && address != 0) {
        if (fadt_field(FADT_RESET, 1) == GAS_SPACE_MEMORY) {
            volatile uint8_t *reset = memory_at(address);
            if (reset != NULL) {
                *reset = value;
            }
        } else {
            power_write_port(address, value);
        }
    }
    power_reset_chipset();
    halt_forever();
}

static void (*on_press)(void);
static struct wait_queue pressed = {.waiters = {&pressed.waiters, &pressed.waiters}};
static bool is_pressed;
static struct power_ports ports;
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
static void ports_interrupt(void *unused) {
    (void)unused;
    if (power_was_pressed(&ports)) {
        press();
    }
}

static void event_interrupt(void *unused) {
    (void)unused;
    if ((*(volatile uint32_t *)event_device & EVENT_POWER_BUTTON) != 0) {
        press();
    }
}

static void listen_to_ports(void) {
    ports = fixed_hardware();
    struct irq_line line = acpi_isa_line(fadt_field(FADT_SCI, 2) & 15);
    line.level = true;
    if (power_listen_at_ports(&ports)) {
        irq_attach_line(line, ports_interrupt, NULL);
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
        irq_attach_line((struct irq_line){found.line, found.level, found.active_low}, event_interrupt, NULL);
    }
}

void power_on_button(void (*callback)(void)) {
    on_press = callback;
    if (thread_create("power", wait_for_press, NULL) == NULL) {
        klog("no memory to listen to the power button");
        return;
    }
    if (machine != NULL) {
        machine->listen(press);
    } else if (is_hardware_reduced()) {
        listen_to_events();
    } else {
        listen_to_ports();
    }
}
