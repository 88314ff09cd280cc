// libFuzzer's way to programs: an input is an ELF file.

#include "tests/host/fuzz_inputs.h"
#include "tests/host/heap_on_host.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    fuzz_look_at_program(bytes, size);
    if (heap_blocks != 0) abort(); // nothing that was allocated for it may be left
    return 0;
}
