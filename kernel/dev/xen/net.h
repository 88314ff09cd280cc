// Xen's network cards.
#pragma once

#include "dev/network_card.h"

network_card_source xen_net_next;
