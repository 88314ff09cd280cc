// What is on the PCI buses, and what its configuration says (PCI Local Bus 3.0, chapter 6).
#include "dev/pci.h"

#include "arch/paging.h"
#include "dev/acpi.h"
#include <stddef.h>

enum {
    CAPABILITY_MSIX = 0x11,
    MSIX_CONTROL = 2,
    MSIX_TABLE = 4,
    MSIX_ENABLE = 0x8000,
    MSIX_MASK_ALL = 0x4000,
    MSIX_ENTRY = 16
};
enum { NOTHING = 0xffff, MULTIFUNCTION = 0x80, BRIDGE = 1, BUS_SECONDARY = 0x19 };
enum { STATUS_CAPABILITIES = 1 << 4, CAPABILITIES_MOST = 48, BAR_IO = 1, BAR_64 = 4 };

/// Looks at one function; the number of the bus behind it, if it is a bridge.
static unsigned look_at(pci_address at, void (*found)(pci_address at, uint16_t vendor, uint16_t device)) {
    uint32_t id = pci_read(at, PCI_VENDOR, 4);
    if ((id & 0xffff) == NOTHING) {
        return 0;
    }
    if ((pci_read(at, PCI_HEADER, 1) & 0x7f) == BRIDGE) {
        return pci_read(at, BUS_SECONDARY, 1);
    }
    found(at, (uint16_t)id, (uint16_t)(id >> 16));
    return 0;
}

void pci_scan(void (*found)(pci_address at, uint16_t vendor, uint16_t device)) {
    if (!pci_is_there()) {
        return;
    }
    // Firmware numbers buses from the root down, so a bus is always announced before it is reached.
    unsigned last_bus = 0;
    for (unsigned bus = 0; bus <= last_bus; bus++) {
        for (unsigned slot = 0; slot < 32; slot++) {
            pci_address at = (pci_address)(bus << 8 | slot << 3);
            if (pci_read(at, PCI_VENDOR, 2) == NOTHING) {
                continue;
            }
            unsigned functions = (pci_read(at, PCI_HEADER, 1) & MULTIFUNCTION) != 0 ? 8 : 1;
            for (unsigned f = 0; f < functions; f++) {
                unsigned behind = look_at((pci_address)(at | f), found);
                last_bus = behind > last_bus && behind < 256 ? behind : last_bus;
            }
        }
    }
}

unsigned pci_capability(pci_address at, uint8_t id, unsigned after) {
    if ((pci_read(at, PCI_STATUS, 2) & STATUS_CAPABILITIES) == 0) {
        return 0;
    }
    unsigned next = pci_read(at, after == 0 ? PCI_CAPABILITIES : after + 1, 1) & 0xfc;
    for (int i = 0; next >= 0x40 && i < CAPABILITIES_MOST; i++) {
        if (pci_read(at, next, 1) == id) {
            return next;
        }
        next = pci_read(at, next + 1, 1) & 0xfc;
    }
    return 0;
}

uint64_t pci_bar(pci_address at, unsigned bar) {
    if (bar > 5) {
        return 0;
    }
    uint32_t low = pci_read(at, PCI_BAR + bar * 4, 4);
    if ((low & BAR_IO) != 0) {
        return 0;
    }
    uint64_t address = low & ~15u;
    if ((low & BAR_64) != 0 && bar < 5) {
        address |= (uint64_t)pci_read(at, PCI_BAR + bar * 4 + 4, 4) << 32;
    }
    return address;
}

uint16_t pci_port_bar(pci_address at, unsigned bar) {
    uint32_t low = bar > 5 ? 0 : pci_read(at, PCI_BAR + bar * 4, 4);
    return (low & BAR_IO) != 0 && low <= UINT16_MAX ? (uint16_t)(low & ~3u) : 0;
}

void pci_enable(pci_address at) {
    uint32_t command = PCI_COMMAND_PORTS | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
    pci_write(at, PCI_COMMAND, 2, pci_read(at, PCI_COMMAND, 2) | command);
}

void pci_silence(pci_address at) {
    pci_write(at, PCI_COMMAND, 2, pci_read(at, PCI_COMMAND, 2) & ~(uint32_t)PCI_COMMAND_MASTER);
}

/// Sets the first entry of the MSI-X table up.
bool pci_attach_message(pci_address at, irq_handler handler, void *argument) {
    unsigned capability = pci_capability(at, CAPABILITY_MSIX, 0);
    if (capability == 0) {
        return false;
    }
    uint32_t table = pci_read(at, capability + MSIX_TABLE, 4);
    uint64_t bar = pci_bar(at, table & 7);
    volatile uint32_t *entry = bar == 0 ? NULL : paging_map_device(bar + (table & ~7u), MSIX_ENTRY);
    struct msi_message message;
    if (entry == NULL || irq_attach_message(handler, argument, &message) != 0) {
        return false;
    }
    entry[0] = (uint32_t)message.address;
    entry[1] = (uint32_t)(message.address >> 32);
    entry[2] = message.data;
    entry[3] = 0; // not masked
    uint32_t control = pci_read(at, capability + MSIX_CONTROL, 2);
    pci_write(at, capability + MSIX_CONTROL, 2, (control | MSIX_ENABLE) & ~(uint32_t)MSIX_MASK_ALL);
    return true;
}

int pci_attach_line(pci_address at, irq_handler handler, void *argument) {
    // The firmware routed it to one of the sixteen old lines, and ACPI says how that one behaves.
    struct irq_line line = acpi_isa_line(pci_read(at, PCI_LINE, 1) & 15);
    line.level = true;
    return irq_attach_line(line, handler, argument);
}
