// What the manifest says of the network (docs/formats.md, "The manifest"). Pure.
#pragma once

#include "fs/tfs/tfs.h"
#include <stdbool.h>
#include <stdint.h>

enum { MANIFEST_INTERFACES = 7 };

struct manifest_interface {
    bool is_static;
    uint32_t address, mask, gateway; // if static
    uint32_t mtu; // 0: as the card has it
};

struct manifest_network {
    struct manifest_interface interfaces[MANIFEST_INTERFACES]; // en1, en2 …
    uint32_t wait_s; // the program is held back so long, at most, until there is an address
    bool is_wrong; // an address is none
};

void manifest_read_network(const struct tfs *t, struct manifest_network *network);
/// Whether the attribute is read here.
bool manifest_network_knows(const char *name);
