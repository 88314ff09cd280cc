// Network cards, whatever bus and kind they are of. Frames lie in memory that the card's user gives it, each
// behind CARD_HEADER bytes that are the driver's; a cookie comes back with each.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CARD_HEADER = 12 };

struct network_card;

struct network_card_facts {
    uint8_t mac[6];
    uint32_t mtu;
    bool checksums; // it completes TCP's and UDP's
    unsigned receive_buffers, send_buffers; // that it takes at a time
};

/// What a driver does; the functions below say it.
struct network_card_driver {
    bool (*offer)(struct network_card *card, void *buffer, uint32_t length, void *cookie);
    void *(*received)(struct network_card *card, uint32_t *length, bool *is_checked, unsigned *pieces, bool is_first);
    bool (*send)(struct network_card *card, void *buffer, uint32_t length, uint16_t checksum_start,
                 uint16_t checksum_offset, void *cookie);
    void *(*sent)(struct network_card *card);
    void (*kick)(struct network_card *card);
    void (*interrupts)(struct network_card *card, bool when_sent);
};

/// The part of every driver's card that comes first.
struct network_card {
    const struct network_card_driver *driver;
    void (*interrupt)(void *argument); // of the card's user: for the driver's interrupt handler
    void *argument;
};

/// A driver's way to its next card that nobody has yet, running but without buffers; null if there is none.
typedef struct network_card *network_card_source(struct network_card_facts *facts);
/// Drivers are asked for cards in the order in which they are announced, when the network starts.
void network_card_add_source(network_card_source *source);

/// The next card of any driver. `interrupt` is called from its interrupts, which are then off until card_interrupts.
struct network_card *network_card_find(void (*interrupt)(void *argument), void *argument,
                                       struct network_card_facts *facts);

/// Gives an empty buffer of `length` bytes for a frame, header included. False if there is no place for it.
static inline bool card_offer(struct network_card *card, void *buffer, uint32_t length, void *cookie) {
    return card->driver->offer(card, buffer, length, cookie);
}

/// What a received frame is: its cookie (null: there is none), the frame's length, whether its checksums are known to
/// be right, and in how many buffers it is (the others follow).
static inline void *card_received(struct network_card *card, uint32_t *length, bool *is_checked, unsigned *pieces,
                                  bool is_first) {
    return card->driver->received(card, length, is_checked, pieces, is_first);
}

/// Sends a frame of `length` bytes, header included. `checksum_start` (0: none): from where in the frame the device
/// sums, to put it `checksum_offset` behind that. False if there is no place for it now.
static inline bool card_send(struct network_card *card, void *buffer, uint32_t length, uint16_t checksum_start,
                             uint16_t checksum_offset, void *cookie) {
    return card->driver->send(card, buffer, length, checksum_start, checksum_offset, cookie);
}

/// The cookie of a frame that was sent; null if there is none.
static inline void *card_sent(struct network_card *card) { return card->driver->sent(card); }

/// Tells the device of everything new.
static inline void card_kick(struct network_card *card) { card->driver->kick(card); }

/// Asks for an interrupt at the next frame that comes, and with `when_sent` at the next that was sent. Look once more
/// afterwards.
static inline void card_interrupts(struct network_card *card, bool when_sent) {
    card->driver->interrupts(card, when_sent);
}
