// Addresses from the manifest. Those of the root are for the first interface, unless it has a tuple of its own.

#include "proc/manifest_network.h"
#include "lib/format.h"
#include "lib/string.h"

/// A number below `limit`; moves on. UINT32_MAX if there is none.
static uint32_t take_number(const char **at, uint32_t limit) {
    uint32_t n = 0;
    const char *start = *at;
    while (**at >= '0' && **at <= '9' && *at - start < 10 && n < limit) n = n * 10 + (uint32_t)(*(*at)++ - '0');
    return *at == start || n >= limit ? UINT32_MAX : n;
}

static bool parse_address(const char *text, uint32_t *address) {
    *address = 0;
    for (int i = 0; i < 4; i++) {
        if (i > 0 && *text++ != '.') return false;
        uint32_t part = take_number(&text, 256);
        if (part == UINT32_MAX) return false;
        *address = *address << 8 | part;
    }
    return *text == '\0';
}

/// Null also for an empty text: OPS writes one for what its configuration does not say.
static const char *text_of(const struct tfs *t, const struct tfs_node *tuple, const char *name) {
    const struct tfs_value *v = tfs_get(t, tuple, name, strlen(name));
    return v && v->kind == TFS_STRING && v->string->bytes[0] ? v->string->bytes : NULL;
}

static uint32_t number_of(const struct tfs *t, const struct tfs_node *tuple, const char *name, uint32_t limit) {
    const struct tfs_value *v = tfs_get(t, tuple, name, strlen(name));
    if (v && v->kind == TFS_INTEGER) return !v->negative && v->magnitude < limit ? (uint32_t)v->magnitude : 0;
    const char *text = v && v->kind == TFS_STRING ? v->string->bytes : NULL;
    uint32_t n = text ? take_number(&text, limit) : UINT32_MAX;
    return n != UINT32_MAX && *text == '\0' ? n : 0;
}

/// What `gateway` is if it is not said: the network's first address, or its last if we have the first.
static uint32_t usual_gateway(const struct manifest_interface *i) {
    uint32_t first = (i->address & i->mask) + 1, last = (i->address | ~i->mask) - 1;
    return i->address == first ? last : first;
}

static void read(const struct tfs *t, const struct tfs_node *tuple, struct manifest_network *network,
                 struct manifest_interface *i) {
    enum { MTU_LIMIT = 65536, WAIT_LIMIT = 3600 };
    const char *address = text_of(t, tuple, "ipaddr"), *mask = text_of(t, tuple, "netmask"),
               *gateway = text_of(t, tuple, "gateway");
    uint32_t wait = number_of(t, tuple, "exec_wait_for_ip4_secs", WAIT_LIMIT);
    if (wait > network->wait_s) network->wait_s = wait;
    i->mtu = number_of(t, tuple, "mtu", MTU_LIMIT);
    if (!address) return;
    i->is_static = parse_address(address, &i->address);
    i->mask = 0xffffff00;
    bool is_right = i->is_static && (!mask || parse_address(mask, &i->mask));
    i->gateway = usual_gateway(i);
    if (is_right && gateway) is_right = parse_address(gateway, &i->gateway);
    if (!is_right) {
        network->is_wrong = true;
        i->is_static = false;
    }
}

void manifest_read_network(const struct tfs *t, struct manifest_network *network) {
    *network = (struct manifest_network){.wait_s = 0};
    for (unsigned n = 0; n < MANIFEST_INTERFACES; n++) {
        char name[8];
        format_text(name, sizeof name, "en%u", n + 1);
        const struct tfs_node *tuple = tfs_get_tuple(t, t->root, name, strlen(name));
        if (!tuple && n == 0) tuple = t->root;
        if (tuple) read(t, tuple, network, &network->interfaces[n]);
    }
}

bool manifest_network_knows(const char *name) {
    static const char *const known[] = {"ipaddr", "netmask", "gateway", "mtu", "exec_wait_for_ip4_secs"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(known[i], name) == 0) return true;
    }
    return name[0] == 'e' && name[1] == 'n' && name[2] >= '1' && name[2] <= '0' + MANIFEST_INTERFACES &&
           name[3] == '\0';
}
