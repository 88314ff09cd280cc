// Sockets, whatever their family: what the system calls need of one.
#pragma once

#include "fs/file.h"

enum { SOCKET_STREAM = 1, SOCKET_DATAGRAM = 2, SOCKET_SEQUENCE = 5 };
enum { FAMILY_UNIX = 1 };
enum { SHUT_READING = 1, SHUT_WRITING = 2 };
enum {
    MESSAGE_PEEK = 2, MESSAGE_CONTROL_CUT = 8, MESSAGE_CUT = 0x20, MESSAGE_DONT_WAIT = 0x40, MESSAGE_WAIT_ALL = 0x100,
    MESSAGE_NO_SIGNAL = 0x4000, MESSAGE_CLOSE_ON_EXEC = 0x40000000,
};

enum { ADDRESS_MOST = 128, PASSED_MOST = 253 };

/// As struct sockaddr, of any family.
struct socket_address {
    uint32_t length; // 0: none
    uint8_t bytes[ADDRESS_MOST];
};

/// Files on their way from one socket to another, each with a reference.
struct passed_files {
    unsigned count;
    struct file *files[PASSED_MOST];
};

/// What goes with the bytes of a message.
struct socket_message {
    struct socket_address address;
    struct passed_files *passed; // null: none; owned by whoever has the message
    bool has_credentials;
    unsigned flags; // MESSAGE_…: in, how to send or receive; out, what became of it
    uint64_t whole; // out: bytes of the message, of which perhaps only a part was taken
};

/// All return 0 or a value, or a negative errno.
struct socket_operations {
    int (*bind)(struct file *socket, const struct socket_address *address);
    int (*connect)(struct file *socket, const struct socket_address *address);
    int (*listen)(struct file *socket, int backlog);
    /// `*accepted` comes with a reference.
    int (*accept)(struct file *socket, uint32_t flags, struct file **accepted);
    int (*shutdown)(struct file *socket, unsigned how);
    void (*name)(const struct file *socket, struct socket_address *address);
    int (*peer)(const struct file *socket, struct socket_address *address);
    /// Takes over `message->passed` if it succeeds.
    long (*send)(struct file *socket, struct io *io, struct socket_message *message);
    long (*receive)(struct file *socket, struct io *io, struct socket_message *message);
    /// An option of the level SOL_SOCKET, an int.
    int (*set_option)(struct file *socket, int option, int32_t value);
    int (*get_option)(const struct file *socket, int option, int32_t *value);
};

/// The operations of a socket; null if the file is none.
const struct socket_operations *socket_operations_of(const struct file *file);

/// Gives back the files of a message and the list.
void passed_files_free(struct passed_files *passed);
