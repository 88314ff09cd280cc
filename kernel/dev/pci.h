// PCI: what is on its buses.
#pragma once

#include "arch/irq.h"
#include "arch/pci_config.h"
#include <stdbool.h>
#include <stdint.h>

/// Registers of a function's configuration space.
enum {
    PCI_VENDOR = 0,
    PCI_DEVICE = 2,
    PCI_COMMAND = 4,
    PCI_STATUS = 6,
    PCI_HEADER = 14,
    PCI_BAR = 16,
    PCI_CAPABILITIES = 0x34,
    PCI_LINE = 0x3c,
    PCI_PIN = 0x3d
};
enum { PCI_COMMAND_PORTS = 1, PCI_COMMAND_MEMORY = 2, PCI_COMMAND_MASTER = 4, PCI_COMMAND_NO_INTX = 1 << 10 };

/// Calls `found` for each function of each bus.
void pci_scan(void (*found)(pci_address at, uint16_t vendor, uint16_t device));
/// The capability `id` behind `after` (0: the first); 0 if there is none.
unsigned pci_capability(pci_address at, uint8_t id, unsigned after);
/// The physical address of a memory BAR; 0 if it has none.
uint64_t pci_bar(pci_address at, unsigned bar);

/// The first port of a BAR of ports; 0 if it has none.
uint16_t pci_port_bar(pci_address at, unsigned bar);

/// Lets the function answer to accesses of its BARs, and reach memory itself.
void pci_enable(pci_address at);
/// Keeps it from reaching memory.
void pci_silence(pci_address at);

/// One message (MSI-X) for all that the function has to tell. False if it has none, or none is left.
bool pci_attach_message(pci_address at, irq_handler handler, void *argument);
/// Its interrupt line, which it may share. 0 or a negative errno.
int pci_attach_line(pci_address at, irq_handler handler, void *argument);
