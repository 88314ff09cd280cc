// PCI configuration (PCI Local Bus 3.0, 3.2.2.3): mechanism 1, ports 0xcf8 and 0xcfc.
#include "arch/pci_config.h"

#include "arch/x86_64/insn.h"

enum { CONFIG_ADDRESS = 0xcf8, CONFIG_DATA = 0xcfc };
#define CONFIG_ENABLE 0x80000000u

bool pci_is_there(void) {
    outl(CONFIG_ADDRESS, CONFIG_ENABLE);
    return inl(CONFIG_ADDRESS) == CONFIG_ENABLE;
}

uint32_t pci_port_read(uint16_t port, unsigned size) {
    return size == 1 ? inb(port) : size == 2 ? inw(port) : inl(port);
}

void pci_port_write(uint16_t port, unsigned size, uint32_t value) {
    if (size == 1) {
        outb(port, (uint8_t)value);
    } else if (size == 2) {
        outw(port, (uint16_t)value);
    } else {
        outl(port, value);
    }
}

uint32_t pci_read(pci_address at, unsigned reg, unsigned size) {
    outl(CONFIG_ADDRESS, CONFIG_ENABLE | (uint32_t)at << 8 | (reg & 0xfc));
    return pci_port_read((uint16_t)(CONFIG_DATA + (reg & 3)), size);
}

void pci_write(pci_address at, unsigned reg, unsigned size, uint32_t value) {
    outl(CONFIG_ADDRESS, CONFIG_ENABLE | (uint32_t)at << 8 | (reg & 0xfc));
    pci_port_write((uint16_t)(CONFIG_DATA + (reg & 3)), size, value);
}
