// Who a thread of the program is: its ids and capabilities, each thread's own as on Linux. They decide what may be
// changed of them and what the program is told; nothing else asks for permission here.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
    CAPABILITY_SETGID = 6,
    CAPABILITY_SETUID,
    CAPABILITY_SETPCAP,
    CAPABILITY_SYS_ADMIN = 21,
    CAPABILITY_SYS_RESOURCE = 24,
    CAPABILITY_LAST = 40
};
#define CAPABILITIES_ALL ((1ull << (CAPABILITY_LAST + 1)) - 1)

enum { ID_REAL, ID_EFFECTIVE, ID_SAVED, ID_FILES, IDS };

/// A list of groups, shared by those that have the same.
struct group_list {
    unsigned refs, count;
    uint32_t ids[];
};

struct credentials {
    uint32_t user[IDS], group[IDS];
    struct group_list *groups; // null: none
    uint64_t inheritable, permitted, effective, bounding, ambient;
    uint32_t secure_bits;
    bool no_new_privileges;
    uint8_t death_signal; // as prctl PR_SET_PDEATHSIG has it: a parent never dies here
};

/// Those of a program that starts with these ids; with others than root's, without capabilities.
struct credentials credentials_of(uint32_t user, uint32_t group);
/// A copy, with its own reference to the groups.
struct credentials credentials_copy(const struct credentials *from);
void credentials_free(struct credentials *c);
static inline bool credentials_can(const struct credentials *c, int capability) {
    return c->effective >> capability & 1;
}
