// AF_UNIX sockets: their names. A path is an inode that a socket is bound to; other names live here alone.

#include "fs/walk.h"
#include "lib/errno.h"
#include "lib/refs.h"
#include "lib/string.h"
#include "net/unix.h"
#include "net/unix_socket.h"
#include "proc/process.h"

static struct list bound = {&bound, &bound};
static const struct socket_address no_name = {.length = UNIX_PATH_AT, .bytes = {FAMILY_UNIX}};

static bool has_path(const struct socket_address *a) {
    return a->length > UNIX_PATH_AT && a->bytes[UNIX_PATH_AT] != '\0';
}

/// The path of an address as a string; its NUL may lie behind the end of what was given.
static void path_of(const struct socket_address *a, char path[ADDRESS_MOST + 1]) {
    memcpy(path, a->bytes + UNIX_PATH_AT, a->length - UNIX_PATH_AT);
    path[a->length - UNIX_PATH_AT] = '\0';
}

static int check_address(const struct socket_address *a) {
    enum { LONGEST = 110 };
    if (a->length < UNIX_PATH_AT || a->length > LONGEST) return -EINVAL;
    return a->bytes[0] == FAMILY_UNIX && a->bytes[1] == 0 ? 0 : -EINVAL;
}

/// Makes the node of a bound path.
static int make_node(const struct socket_address *a, struct inode **inode) {
    char path[ADDRESS_MOST + 1];
    struct walk_end end;
    path_of(a, path);
    int result = walk_parent(process.directory, path, 0, &end);
    if (result != 0) return result == -EEXIST ? -EADDRINUSE : result;
    struct inode *directory = end.parent->inode;
    if (directory->filesystem->readonly || !directory->operations->make) result = -EROFS;
    mutex_lock(&name_lock);
    if (result == 0 && inode_is_removed(directory)) result = -ENOENT;
    if (result == 0) {
        result = directory->operations->make(directory, end.name, end.length, MODE_SOCKET | (0777 & ~process.umask),
                                             NULL, inode);
    }
    mutex_unlock(&name_lock);
    if (result == 0) inode_made(*inode, directory);
    dentry_drop(end.parent);
    return result == -EEXIST ? -EADDRINUSE : result;
}

static bool path_exists(const struct socket_address *a) {
    char path[ADDRESS_MOST + 1];
    struct dentry *place;
    path_of(a, path);
    if (walk_path(process.directory, path, 0, &place) != 0) return false;
    dentry_drop(place);
    return true;
}

static struct unix_socket *find_bound(const struct socket_address *a, const struct inode *inode) {
    for (struct list *at = bound.next; at != &bound; at = at->next) {
        struct unix_socket *s = container_of(at, struct unix_socket, bound_node);
        if (inode ? s->bound_inode == inode
                  : !s->bound_inode && s->address.length == a->length &&
                        memcmp(s->address.bytes, a->bytes, a->length) == 0) {
            return s;
        }
    }
    return NULL;
}

static void choose_name(struct socket_address *a) {
    static unsigned next;
    static const char digits[] = "0123456789abcdef";
    *a = (struct socket_address){.length = UNIX_PATH_AT + 6, .bytes = {FAMILY_UNIX}};
    unsigned n = ++next;
    for (int i = 4; i >= 0; i--, n /= 16) a->bytes[UNIX_PATH_AT + 1 + i] = (uint8_t)digits[n % 16];
}

int unix_bind(struct file *file, const struct socket_address *address) {
    struct unix_socket *s = file->data;
    struct socket_address chosen = *address;
    struct inode *inode = NULL;
    int result = check_address(address);
    if (result == 0 && s->address.length > 0)
        result = has_path(address) && path_exists(address) ? -EADDRINUSE : -EINVAL;
    if (result == 0 && address->length == UNIX_PATH_AT) choose_name(&chosen);
    if (result == 0 && has_path(&chosen)) {
        result = make_node(&chosen, &inode);
        // The name ends with the path's own end, whatever was behind that or missing.
        size_t length = strnlen((const char *)chosen.bytes + UNIX_PATH_AT, chosen.length - UNIX_PATH_AT);
        chosen.bytes[UNIX_PATH_AT + length] = '\0';
        chosen.length = (uint32_t)(UNIX_PATH_AT + length + 1);
    }
    if (result != 0) return result;
    unix_lock();
    // Another thread may have bound it while the node was made.
    if (s->address.length > 0) result = -EINVAL;
    else if (!inode && find_bound(&chosen, NULL)) result = -EADDRINUSE;
    if (result == 0) {
        s->address = chosen;
        s->bound_inode = inode;
        list_push_back(&bound, &s->bound_node);
        inode = NULL; // the reference goes with it
    }
    unix_unlock();
    inode_drop(inode);
    return result;
}

int unix_find(const struct socket_address *a, struct unix_socket **found) {
    struct dentry *place = NULL;
    char path[ADDRESS_MOST + 1];
    int result = check_address(a);
    if (result != 0) return result;
    if (has_path(a)) {
        path_of(a, path);
        result = walk_path(process.directory, path, 0, &place);
        if (result != 0) return result;
    }
    unix_lock();
    *found = find_bound(a, place ? place->inode : NULL);
    if (*found) refs_take(&(*found)->refs);
    unix_unlock();
    if (place) dentry_drop(place);
    return *found ? 0 : -ECONNREFUSED;
}

void unix_name(const struct file *file, struct socket_address *address) {
    const struct unix_socket *s = file->data;
    *address = s->address.length > 0 ? s->address : no_name;
}

int unix_peer(const struct file *file, struct socket_address *address) {
    const struct unix_socket *s = file->data;
    unix_lock();
    int result = s->peer ? 0 : -ENOTCONN;
    if (result == 0) {
        *address = s->peer->address.length > 0 ? s->peer->address : no_name;
    }
    unix_unlock();
    return result;
}

void unix_list(void (*each)(void *context, const struct unix_row *row), void *context) {
    unix_lock();
    for (struct list *at = bound.next; at != &bound; at = at->next) {
        const struct unix_socket *s = container_of(at, struct unix_socket, bound_node);
        struct unix_row row = {.kind = s->kind,
                               .is_listening = s->is_listening,
                               .is_connected = s->peer != NULL,
                               .inode_number = s->file ? s->file->inode->number : 0};
        path_of(&s->address, row.name);
        if (!has_path(&s->address)) row.name[0] = '@';
        each(context, &row);
    }
    unix_unlock();
}
