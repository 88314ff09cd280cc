// A library beside the program: data, memory of the thread, a constructor, a call back into the program.
#include "shared.h"
#include <stdio.h>

int shared_count = 40;
const char *shared_words[] = {"relocated", "words", NULL};
_Thread_local int shared_of_thread = 7;

__attribute__((weak)) const char *program_answer(void);

__attribute__((constructor)) static void begin(void) { puts("the library begins"); }
__attribute__((destructor)) static void end(void) { puts("the library ends"); }

int shared_add(int more) {
    shared_of_thread++;
    return shared_count += more;
}

const char *shared_asks_program(void) { return program_answer ? program_answer() : "nobody"; }
