// Requests and responses of Xen's network cards.
#include "dev/xen/net_ring.h"

#include "arch/paging.h"

_Static_assert(sizeof(struct net_send) == NET_ENTRY_SIZE_SEND, "io/netif.h");
_Static_assert(sizeof(struct net_got) == NET_ENTRY_SIZE_RECEIVE && sizeof(struct net_offer) == NET_ENTRY_SIZE_RECEIVE,
               "io/netif.h");

bool net_got_is_sound(const struct net_got *got) {
    return got->status > 0 && got->offset <= PAGE_SIZE && got->status <= PAGE_SIZE - got->offset;
}

static int digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool net_read_mac(const char *text, uint8_t mac[6]) {
    for (unsigned i = 0; i < 6; i++, text += 3) {
        int high = digit(text[0]), low = high < 0 ? -1 : digit(text[1]);
        if (low < 0 || text[2] != (i < 5 ? ':' : '\0')) {
            return false;
        }
        mac[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}
