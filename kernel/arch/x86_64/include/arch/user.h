// The only ways to touch the program's memory. A bad pointer is -EFAULT, never a fault in the kernel.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// An address that the program gave. Never dereferenced.
typedef uint64_t user_ptr_t;

/// Whether a range can be the program's at all.
bool is_user_range(user_ptr_t start, size_t n);
/// Both return 0 or -EFAULT; on -EFAULT a part may have been copied.
long copy_from_user(void *to, user_ptr_t from, size_t n);
long copy_to_user(user_ptr_t to, const void *from, size_t n);
/// Fills user memory with zeros. 0 or -EFAULT.
long clear_user(user_ptr_t to, size_t n);
/// Replaces a word in one atomic step if it is `expected`. What it was goes to `*found`. 0 or -EFAULT.
long user_exchange(user_ptr_t at, uint32_t expected, uint32_t desired, uint32_t *found);
/// Copies a string with its NUL. Its length without the NUL, -EFAULT, or -ENAMETOOLONG if it does not fit `cap`.
long user_string(char *to, user_ptr_t from, size_t cap);
