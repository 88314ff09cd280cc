// libFuzzer's way to images: an input is the first bytes of a volume of 16 MiB.

#include "tests/host/fuzz_inputs.h"
#include "tests/host/heap_on_host.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    const struct fuzz_image image = {.bytes = bytes, .size = size, .sectors = 32768};
    fuzz_look_at_image(&image);
    if (heap_blocks != 0) abort(); // nothing that was allocated for it may be left
    return 0;
}
