// Sockets, whatever their family: what the system calls need of one.
#pragma once

#include "fs/file.h"

enum { SOCKET_STREAM = 1, SOCKET_DATAGRAM = 2, SOCKET_RAW = 3, SOCKET_SEQUENCE = 5 };
enum { FAMILY_UNSPECIFIED = 0, FAMILY_UNIX = 1, FAMILY_INET = 2, FAMILY_NETLINK = 16 };
enum { LEVEL_IP = 0, LEVEL_SOCKET = 1, LEVEL_TCP = 6 };
enum { SHUT_READING = 1, SHUT_WRITING = 2 };
/// Options of the level SOL_SOCKET.
enum socket_option {
    OPTION_REUSE_ADDRESS = 2,
    OPTION_TYPE = 3,
    OPTION_ERROR = 4,
    OPTION_DONT_ROUTE = 5,
    OPTION_BROADCAST = 6,
    OPTION_SEND_BUFFER = 7,
    OPTION_RECEIVE_BUFFER = 8,
    OPTION_KEEP_ALIVE = 9,
    OPTION_INLINE = 10,
    OPTION_NO_CHECK = 11,
    OPTION_PRIORITY = 12,
    OPTION_LINGER = 13,
    OPTION_REUSE_PORT = 15,
    OPTION_PASS_CREDENTIALS = 16,
    OPTION_PEER_CREDENTIALS = 17,
    OPTION_LEAST_TO_READ = 18,
    OPTION_LEAST_TO_SEND = 19,
    OPTION_RECEIVE_TIMEOUT = 20,
    OPTION_SEND_TIMEOUT = 21,
    OPTION_TIMESTAMP = 29,
    OPTION_ACCEPTS = 30,
    OPTION_SEND_BUFFER_FORCE = 32,
    OPTION_RECEIVE_BUFFER_FORCE = 33,
    OPTION_MARK = 36,
    OPTION_PROTOCOL = 38,
    OPTION_FAMILY = 39,
    OPTION_ZERO_COPY = 60,
};

enum {
    MESSAGE_OUT_OF_BAND = 1,
    MESSAGE_PEEK = 2,
    MESSAGE_ERROR_QUEUE = 0x2000,
    MESSAGE_CONTROL_CUT = 8,
    MESSAGE_CUT = 0x20,
    MESSAGE_DONT_WAIT = 0x40,
    MESSAGE_MORE = 0x8000,
    MESSAGE_WAIT_ALL = 0x100,
    MESSAGE_NO_SIGNAL = 0x4000,
    MESSAGE_CLOSE_ON_EXEC = 0x40000000,
};

enum { OPTION_MOST = 256, ADDRESS_MOST = 128, PASSED_MOST = 253 };

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

enum { CONTROL_MESSAGES_MOST = 4, CONTROL_BYTES = 16 };

/// What is told besides of a message that was received, as struct cmsghdr has it.
struct control_messages {
    unsigned count;
    struct {
        int level, type;
        uint32_t length;
        uint8_t bytes[CONTROL_BYTES];
    } list[CONTROL_MESSAGES_MOST];
};

/// What goes with the bytes of a message.
struct socket_message {
    struct socket_address address;
    struct control_messages *controls; // null: nobody would see them
    uint32_t source; // the address to send from; 0: any
    struct passed_files *passed; // null: none; owned by the holder of the message
    bool has_credentials;
    unsigned flags; // MESSAGE_…: in, how to send or receive; out, its result
    uint64_t whole; // out: bytes of the message, of which perhaps only a part was taken
};

/// Whom a socket's peer is told of, as struct ucred.
struct socket_owner {
    int32_t process;
    uint32_t user, group;
};
/// The current thread's, by its effective ids (sys/sockets.c).
struct socket_owner socket_owner_now(void);

/// All return 0 or a value, or a negative errno.
struct socket_operations {
    bool knows_peer_owner; // get_option answers OPTION_PEER_CREDENTIALS
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
    /// Options as setsockopt and getsockopt have them. `value` has room for OPTION_MOST bytes; the first word is 0
    /// where fewer than four are given.
    int (*set_option)(struct file *socket, int level, int option, const void *value, uint32_t length);
    /// `*length`: the room that the program has; then how long the value is.
    int (*get_option)(struct file *socket, int level, int option, void *value, uint32_t *length);
};

/// The operations of a socket; null if the file is none.
const struct socket_operations *socket_operations_of(const struct file *file);

/// A file for a socket of any family, with `data` as its own. `flags`: OPEN_NONBLOCK or 0. Null without memory.
struct file *socket_file(const struct file_operations *operations, uint32_t flags, void *data);

/// Gives back the files of a message and the list.
void passed_files_free(struct passed_files *passed);
