// Requests and responses of Xen's network cards (io/netif.h). Pure.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { NET_ENTRY_SIZE_SEND = 12, NET_ENTRY_SIZE_RECEIVE = 8 };
/// Flags of a frame: the sender leaves the checksum to somebody; it is known to be right; more of the frame follows; a
/// place without data follows.
enum {
    NET_SEND_BLANK = 1,
    NET_SEND_VALID = 2,
    NET_GOT_VALID = 1,
    NET_GOT_BLANK = 2,
    NET_GOT_MORE = 4,
    NET_GOT_EXTRA = 8
};

struct net_send {
    uint32_t grant;
    uint16_t offset, flags, id, size;
};

struct net_sent {
    uint16_t id;
    int16_t status;
};

struct net_offer {
    uint16_t id, unused;
    uint32_t grant;
};

struct net_got {
    uint16_t id, offset, flags;
    int16_t status; // bytes, or an error
};

/// Whether what was received into a page is where the page is.
bool net_got_is_sound(const struct net_got *got);
/// Reads xx:xx:xx:xx:xx:xx. False if it is not that.
bool net_read_mac(const char *text, uint8_t mac[6]);
