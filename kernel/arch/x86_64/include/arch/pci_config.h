// Registers of PCI functions in configuration space.
#pragma once

#include <stdbool.h>
#include <stdint.h>

/// A function: bus << 8 | device << 3 | function.
typedef uint16_t pci_address;

/// Whether the machine has PCI at all.
bool pci_is_there(void);
uint32_t pci_read(pci_address at, unsigned reg, unsigned size);
void pci_write(pci_address at, unsigned reg, unsigned size, uint32_t value);

/// Registers of devices in PCI's other space, that of ports.
uint32_t pci_port_read(uint16_t port, unsigned size);
void pci_port_write(uint16_t port, unsigned size, uint32_t value);
