// What the library offers to the program.
#pragma once

extern int shared_count; // copied into the program, if the linker likes
extern const char *shared_words[]; // pointers that the loader relocates
extern _Thread_local int shared_of_thread;

int shared_add(int more);
const char *shared_asks_program(void);
