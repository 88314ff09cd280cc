// Virtio network cards.
#pragma once

#include "dev/network_card.h"

network_card_source virtio_net_next;
