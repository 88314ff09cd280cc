// Who the program is: user and group ids, groups, capabilities, and what prctl says of them. The rules are Linux's,
// also of who may change what: a program that has given root up does not get it back.

#include "proc/credentials.h"
#include "lib/errno.h"
#include "lib/sort.h"
#include "lib/string.h"
#include "mem/heap.h"
#include "sys/calls.h"
#include "proc/process.h"

enum { NOBODY = 0xffffffff }; // of an id: it stays
enum {
    NO_ROOT = 1,
    NO_FIXUP = 4,
    KEEP_CAPABILITIES = 16,
    NO_AMBIENT_RAISE = 64,
    SECURE_BITS = 0x555,
    SECURE_LOCKS = 0xaaa
};

static struct credentials *own(void) { return &task_current()->credentials; }

long sys_getuid(const struct syscall *c) { return (void)c, (long)own()->user[ID_REAL]; }
long sys_geteuid(const struct syscall *c) { return (void)c, (long)own()->user[ID_EFFECTIVE]; }
long sys_getgid(const struct syscall *c) { return (void)c, (long)own()->group[ID_REAL]; }
long sys_getegid(const struct syscall *c) { return (void)c, (long)own()->group[ID_EFFECTIVE]; }

static long get_three(const struct syscall *c, const uint32_t *ids) {
    for (int i = 0; i < 3; i++) {
        if (copy_to_user(c->arg[i], &ids[i], sizeof *ids) != 0) return -EFAULT;
    }
    return 0;
}

long sys_getresuid(const struct syscall *c) { return get_three(c, own()->user); }
long sys_getresgid(const struct syscall *c) { return get_three(c, own()->group); }

static bool any_is(const uint32_t *ids, uint32_t id) {
    return ids[ID_REAL] == id || ids[ID_EFFECTIVE] == id || ids[ID_SAVED] == id;
}

/// What other user ids do to capabilities.
static void fix_capabilities(struct credentials *c, const uint32_t *old) {
    if (c->secure_bits & NO_FIXUP) return;
    if (any_is(old, 0) && !any_is(c->user, 0)) {
        if (!(c->secure_bits & KEEP_CAPABILITIES)) c->permitted = c->effective = 0;
        c->ambient = 0;
    }
    if (old[ID_EFFECTIVE] == 0 && c->user[ID_EFFECTIVE] != 0) c->effective = 0;
    if (old[ID_EFFECTIVE] != 0 && c->user[ID_EFFECTIVE] == 0) c->effective = c->permitted;
}

/// Sets user or group ids, all of them given.
static void put_ids(bool of_user, uint32_t real, uint32_t effective, uint32_t saved) {
    struct credentials *c = own();
    uint32_t *ids = of_user ? c->user : c->group, old[IDS];
    memcpy(old, ids, sizeof old);
    ids[ID_REAL] = real;
    ids[ID_EFFECTIVE] = ids[ID_FILES] = effective;
    ids[ID_SAVED] = saved;
    if (of_user) fix_capabilities(c, old);
    // Who has become another is not to be looked into any more.
    if (old[ID_EFFECTIVE] != effective || old[ID_FILES] != effective) {
        process.not_dumpable = true;
        c->death_signal = 0;
    }
}

/// setuid and setgid: all three ids for who may, else the effective one.
static long set_one(const struct syscall *c, bool of_user) {
    const uint32_t *ids = of_user ? own()->user : own()->group, id = (uint32_t)c->arg[0];
    if (id == NOBODY) return -EINVAL;
    if (credentials_can(own(), of_user ? CAPABILITY_SETUID : CAPABILITY_SETGID)) put_ids(of_user, id, id, id);
    else if (id == ids[ID_REAL] || id == ids[ID_SAVED]) put_ids(of_user, ids[ID_REAL], id, ids[ID_SAVED]);
    else return -EPERM;
    return 0;
}

static long set_two(const struct syscall *c, bool of_user) {
    const uint32_t *ids = of_user ? own()->user : own()->group, old = ids[ID_REAL], now = ids[ID_EFFECTIVE];
    uint32_t real = (uint32_t)c->arg[0], effective = (uint32_t)c->arg[1];
    if (!credentials_can(own(), of_user ? CAPABILITY_SETUID : CAPABILITY_SETGID)) {
        if (real != NOBODY && real != old && real != now) return -EPERM;
        if (effective != NOBODY && !any_is(ids, effective)) return -EPERM;
    }
    uint32_t becomes = effective == NOBODY ? now : effective;
    bool saves = real != NOBODY || (effective != NOBODY && effective != old);
    put_ids(of_user, real == NOBODY ? old : real, becomes, saves ? becomes : ids[ID_SAVED]);
    return 0;
}

static long set_three(const struct syscall *c, bool of_user) {
    const uint32_t *ids = of_user ? own()->user : own()->group;
    uint32_t wanted[3];
    for (int i = 0; i < 3; i++) {
        wanted[i] = (uint32_t)c->arg[i];
        if (wanted[i] == NOBODY) wanted[i] = ids[i];
        else if (!credentials_can(own(), of_user ? CAPABILITY_SETUID : CAPABILITY_SETGID) && !any_is(ids, wanted[i]))
            return -EPERM;
    }
    put_ids(of_user, wanted[ID_REAL], wanted[ID_EFFECTIVE], wanted[ID_SAVED]);
    return 0;
}

long sys_setuid(const struct syscall *c) { return set_one(c, true); }
long sys_setgid(const struct syscall *c) { return set_one(c, false); }
long sys_setreuid(const struct syscall *c) { return set_two(c, true); }
long sys_setregid(const struct syscall *c) { return set_two(c, false); }
long sys_setresuid(const struct syscall *c) { return set_three(c, true); }
long sys_setresgid(const struct syscall *c) { return set_three(c, false); }

/// setfsuid and setfsgid: the old id, whether it was changed or not.
static long set_files(const struct syscall *c, bool of_user) {
    enum { FILE_CAPABILITIES = 0x1f, MAKE_NODE = 27, IMMUTABLE = 9, OVERRIDE_MAC = 32 };
    static const uint64_t of_files = FILE_CAPABILITIES | 1ull << MAKE_NODE | 1ull << IMMUTABLE | 1ull << OVERRIDE_MAC;
    struct credentials *mine = own();
    uint32_t *ids = of_user ? mine->user : mine->group, id = (uint32_t)c->arg[0], old = ids[ID_FILES];
    bool may = any_is(ids, id) || id == old || credentials_can(mine, of_user ? CAPABILITY_SETUID : CAPABILITY_SETGID);
    if (id == NOBODY || !may) return (long)old;
    ids[ID_FILES] = id;
    if (id != old) process.not_dumpable = true;
    if (of_user && !(mine->secure_bits & NO_FIXUP)) {
        if (old == 0 && id != 0) mine->effective &= ~of_files;
        if (old != 0 && id == 0) mine->effective |= mine->permitted & of_files;
    }
    return (long)old;
}

long sys_setfsuid(const struct syscall *c) { return set_files(c, true); }
long sys_setfsgid(const struct syscall *c) { return set_files(c, false); }

long sys_getgroups(const struct syscall *c) {
    const struct group_list *groups = own()->groups;
    int32_t room = (int32_t)c->arg[0];
    unsigned count = groups ? groups->count : 0;
    if (room < 0) return -EINVAL;
    if (room == 0) return count;
    if (count > (unsigned)room) return -EINVAL;
    return count && copy_to_user(c->arg[1], groups->ids, count * sizeof(uint32_t)) != 0 ? -EFAULT : (long)count;
}

static bool is_less(const void *a, const void *b) { return *(const uint32_t *)a < *(const uint32_t *)b; }

long sys_setgroups(const struct syscall *c) {
    enum { MOST = 65536 };
    uint32_t count = (uint32_t)c->arg[0];
    if (!credentials_can(own(), CAPABILITY_SETGID)) return -EPERM;
    if (count > MOST) return -EINVAL;
    struct group_list *groups = count ? kmalloc(sizeof *groups + count * sizeof(uint32_t)) : NULL;
    if (count && !groups) return -ENOMEM;
    long result = count ? copy_from_user(groups->ids, c->arg[1], count * sizeof(uint32_t)) : 0;
    for (uint32_t i = 0; result == 0 && i < count; i++) {
        if (groups->ids[i] == NOBODY) result = -EINVAL;
    }
    if (result != 0) {
        kfree(groups);
        return result;
    }
    if (groups) {
        groups->refs = 1;
        groups->count = count;
        sort(groups->ids, count, sizeof(uint32_t), is_less);
    }
    credentials_free(own());
    own()->groups = groups;
    return 0;
}

/// As struct __user_cap_header_struct and __user_cap_data_struct.
struct capability_head {
    uint32_t version;
    int32_t process;
};
struct capability_words {
    uint32_t effective, permitted, inheritable;
};

enum { VERSION_1 = 0x19980330, VERSION_2 = 0x20071026, VERSION_3 = 0x20080522 };

/// Reads the head: how many words of each set there are, or a negative errno. Of a version that it does not know it
/// says which it does.
static long capability_head(user_ptr_t at, struct capability_head *head) {
    if (copy_from_user(head, at, sizeof *head) != 0) return -EFAULT;
    if (head->version == VERSION_1) return 1;
    if (head->version == VERSION_2 || head->version == VERSION_3) return 2;
    uint32_t known = VERSION_3;
    return copy_to_user(at, &known, sizeof known) != 0 ? -EFAULT : -EINVAL;
}

long sys_capget(const struct syscall *c) {
    struct capability_head head;
    long words = capability_head(c->arg[0], &head);
    if (words < 0) return words == -EINVAL && !c->arg[1] ? 0 : words;
    if (head.process < 0) return -EINVAL;
    const struct task *task = head.process == 0 ? task_current() : task_find((uint32_t)head.process);
    if (!task) return -ESRCH;
    if (!c->arg[1]) return 0;
    const struct credentials *of = &task->credentials;
    struct capability_words sets[2];
    for (int i = 0; i < 2; i++) {
        sets[i] = (struct capability_words){(uint32_t)(of->effective >> 32 * i), (uint32_t)(of->permitted >> 32 * i),
                                            (uint32_t)(of->inheritable >> 32 * i)};
    }
    return copy_to_user(c->arg[1], sets, (size_t)words * sizeof *sets);
}

long sys_capset(const struct syscall *c) {
    struct capability_head head;
    struct capability_words sets[2] = {0};
    struct credentials *mine = own();
    long words = capability_head(c->arg[0], &head);
    if (words < 0) return words;
    if (head.process != 0 && (uint32_t)head.process != task_current()->id) return -EPERM;
    if (copy_from_user(sets, c->arg[1], (size_t)words * sizeof *sets) != 0) return -EFAULT;
    uint64_t effective = (sets[0].effective | (uint64_t)sets[1].effective << 32) & CAPABILITIES_ALL;
    uint64_t permitted = (sets[0].permitted | (uint64_t)sets[1].permitted << 32) & CAPABILITIES_ALL;
    uint64_t inheritable = (sets[0].inheritable | (uint64_t)sets[1].inheritable << 32) & CAPABILITIES_ALL;
    if (!credentials_can(mine, CAPABILITY_SETPCAP) && (inheritable & ~(mine->inheritable | mine->permitted)))
        return -EPERM;
    if ((inheritable & ~(mine->inheritable | mine->bounding)) || (permitted & ~mine->permitted) ||
        (effective & ~permitted))
        return -EPERM;
    mine->effective = effective;
    mine->permitted = permitted;
    mine->inheritable = inheritable;
    mine->ambient &= permitted & inheritable;
    return 0;
}

static long ambient(const struct syscall *c) {
    enum { IS_SET = 1, RAISE, LOWER, CLEAR_ALL };
    struct credentials *mine = own();
    uint64_t bit = 1ull << (c->arg[2] & 63);
    if (c->arg[1] == CLEAR_ALL) {
        if (c->arg[2] || c->arg[3] || c->arg[4]) return -EINVAL;
        mine->ambient = 0;
        return 0;
    }
    if (c->arg[2] > CAPABILITY_LAST || c->arg[3] || c->arg[4]) return -EINVAL;
    if (c->arg[1] == IS_SET) return (mine->ambient & bit) != 0;
    if (c->arg[1] != RAISE && c->arg[1] != LOWER) return -EINVAL;
    if (c->arg[1] == RAISE && (!(mine->permitted & mine->inheritable & bit) || (mine->secure_bits & NO_AMBIENT_RAISE)))
        return -EPERM;
    mine->ambient = c->arg[1] == RAISE ? mine->ambient | bit : mine->ambient & ~bit;
    return 0;
}

long credentials_control(const struct syscall *c) {
    enum {
        SET_DEATH_SIGNAL = 1,
        GET_DEATH_SIGNAL,
        GET_DUMPABLE,
        SET_DUMPABLE,
        GET_KEEP = 7,
        SET_KEEP,
        HAS_BOUNDING = 23,
        DROP_BOUNDING,
        GET_SECURE_BITS = 27,
        SET_SECURE_BITS,
        NO_NEW_PRIVILEGES = 38,
        GET_NO_NEW_PRIVILEGES,
        AMBIENT = 47
    };
    struct credentials *mine = own();
    uint64_t value = c->arg[1], locks = (uint64_t)(mine->secure_bits & SECURE_LOCKS);
    bool more = c->arg[2] || c->arg[3] || c->arg[4];
    switch ((int32_t)c->arg[0]) {
    case SET_DEATH_SIGNAL:
        if (value > SIGNAL_LAST) return -EINVAL;
        mine->death_signal = (uint8_t)value;
        return 0;
    case GET_DEATH_SIGNAL: return copy_to_user(value, &(int32_t){mine->death_signal}, sizeof(int32_t));
    case GET_DUMPABLE: return !process.not_dumpable;
    case SET_DUMPABLE:
        if (value > 1) return -EINVAL;
        process.not_dumpable = !value;
        return 0;
    case GET_KEEP: return (mine->secure_bits & KEEP_CAPABILITIES) != 0;
    case SET_KEEP:
        if (value > 1) return -EINVAL;
        if (locks & KEEP_CAPABILITIES << 1) return -EPERM;
        mine->secure_bits =
            value ? mine->secure_bits | KEEP_CAPABILITIES : mine->secure_bits & ~(uint32_t)KEEP_CAPABILITIES;
        return 0;
    case HAS_BOUNDING: return value <= CAPABILITY_LAST ? (long)(mine->bounding >> value & 1) : -EINVAL;
    case DROP_BOUNDING:
        if (!credentials_can(mine, CAPABILITY_SETPCAP)) return -EPERM;
        if (value > CAPABILITY_LAST) return -EINVAL;
        mine->bounding &= ~(1ull << value);
        return 0;
    case GET_SECURE_BITS: return mine->secure_bits;
    case SET_SECURE_BITS:
        if ((locks >> 1 & (mine->secure_bits ^ value)) || (locks & ~value) ||
            (value & ~(uint64_t)(SECURE_BITS | SECURE_LOCKS)) || !credentials_can(mine, CAPABILITY_SETPCAP))
            return -EPERM;
        mine->secure_bits = (uint32_t)value;
        return 0;
    case NO_NEW_PRIVILEGES:
        if (value != 1 || more) return -EINVAL;
        mine->no_new_privileges = true;
        return 0;
    case GET_NO_NEW_PRIVILEGES: return value || more ? -EINVAL : mine->no_new_privileges;
    case AMBIENT: return ambient(c);
    default: return -EINVAL;
    }
}
