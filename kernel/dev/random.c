// Random bytes: a ChaCha20 stream whose key is replaced by the stream itself after every request, so that what was
// given out can't be worked out from what is kept. The first key comes from the processor, from virtio-rng, or, without
// either, from clocks, which is said on the console.
#include "dev/random.h"

#include "arch/clock.h"
#include "arch/entropy.h"
#include "dev/console.h"
#include "dev/virtio/rng.h"
#include "lib/chacha20.h"
#include "lib/string.h"

static uint8_t key[CHACHA20_KEY];
static bool keyed;

static bool key_from_processor(uint64_t words[CHACHA20_KEY / 8]) {
    for (int i = 0; i < CHACHA20_KEY / 8; i++) {
        if (!entropy_word(&words[i])) {
            return false;
        }
    }
    return true;
}

static void make_key(void) {
    uint64_t words[CHACHA20_KEY / 8] = {0};
    if (!key_from_processor(words) && !virtio_rng_fill(words, sizeof(words))) {
        klog("there is no source of randomness (no RDRAND, no virtio-rng): random numbers can be guessed");
    }
    words[0] ^= entropy_counter();
    words[1] ^= clock_ns();
    words[2] ^= clock_realtime_ns();
    memcpy(key, words, sizeof(key));
    keyed = true;
}

void random_fill(void *to, size_t n) {
    static const uint8_t nonce[12];
    uint8_t block[CHACHA20_BLOCK];
    uint8_t *at = to;
    if (!keyed) {
        make_key();
    }
    chacha20_block(key, 0, nonce, block);
    uint8_t own[CHACHA20_KEY];
    memcpy(own, key, sizeof(own));
    memcpy(key, block, sizeof(key)); // the next request's
    size_t have = CHACHA20_BLOCK - CHACHA20_KEY;
    const uint8_t *from = block + CHACHA20_KEY;
    for (uint32_t counter = 1; n > 0; counter++) {
        size_t here = n < have ? n : have;
        memcpy(at, from, here);
        at += here;
        n -= here;
        if (n > 0) {
            chacha20_block(own, counter, nonce, block);
            from = block;
            have = CHACHA20_BLOCK;
        }
    }
    memset(block, 0, sizeof(block));
    memset(own, 0, sizeof(own));
}
