// Where network cards come from.
#include "dev/network_card.h"

enum { SOURCES_MOST = 4 };

static network_card_source *sources[SOURCES_MOST];
static unsigned count;

void network_card_add_source(network_card_source *source) {
    if (count < SOURCES_MOST) {
        sources[count++] = source;
    }
}

/// Nothing comes in before it has buffers: so it does not interrupt before it knows whom.
struct network_card *network_card_find(void (*interrupt)(void *argument), void *argument,
                                       struct network_card_facts *facts) {
    for (unsigned i = 0; i < count; i++) {
        struct network_card *card = sources[i](facts);
        if (card != NULL) {
            card->argument = argument;
            card->interrupt = interrupt;
            return card;
        }
    }
    return NULL;
}
