// Ids and capabilities: making and copying them.

#include "proc/credentials.h"
#include "lib/refs.h"
#include "mem/heap.h"

struct credentials credentials_of(uint32_t user, uint32_t group) {
    struct credentials c = {.bounding = CAPABILITIES_ALL};
    for (int i = 0; i < IDS; i++) {
        c.user[i] = user;
        c.group[i] = group;
    }
    if (user == 0) c.permitted = c.effective = CAPABILITIES_ALL;
    return c;
}

struct credentials credentials_copy(const struct credentials *from) {
    if (from->groups) refs_take(&from->groups->refs);
    return *from;
}

void credentials_free(struct credentials *c) {
    if (c->groups && refs_drop(&c->groups->refs)) kfree(c->groups);
    c->groups = 0;
}
