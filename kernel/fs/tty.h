// The console as a terminal: /dev/console, /dev/tty, and the program's standard streams.
#pragma once

#include "fs/file.h"
#include <stdbool.h>

/// Starts taking input. `echo`: whether what is typed is shown here; else the host does that, and the program sees no
/// difference.
int tty_start(bool echo);
/// A pipe, as far as a program can see, whose bytes go where the terminal's go. Null without memory.
struct file *tty_open_output(void);
/// Opens files over the terminal.
extern const struct inode_operations tty_inode;
/// Called once, before the program's first byte goes out.
void tty_on_first_write(void (*first_write)(void));
/// Called when the program asks for a raw terminal, or no longer does, while the host's terminal echoes.
void tty_on_modes(void (*changed)(bool raw));
/// Called when the interrupt or quit character is typed, with the signal's number.
void tty_on_signal(void (*signal)(int number));
