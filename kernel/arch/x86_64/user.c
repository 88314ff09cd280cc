// The only ways to touch the program's memory: checked here, done by user_copy.S.
#include "arch/user.h"

#include "lib/errno.h"

#define USER_END 0x0000800000000000ull

long user_copy_raw(void *to, const void *from, size_t n);
long user_clear_raw(void *to, size_t n);
long user_string_raw(char *to, const char *from, size_t n);
long user_exchange_raw(uint32_t *at, uint32_t expected, uint32_t desired, uint32_t *found);

bool is_user_range(user_ptr_t start, size_t n) { return start < USER_END && n <= USER_END - start; }

long copy_from_user(void *to, user_ptr_t from, size_t n) {
    return is_user_range(from, n) ? user_copy_raw(to, (const void *)from, n) : -EFAULT;
}

long copy_to_user(user_ptr_t to, const void *from, size_t n) {
    return is_user_range(to, n) ? user_copy_raw((void *)to, from, n) : -EFAULT;
}

long clear_user(user_ptr_t to, size_t n) { return is_user_range(to, n) ? user_clear_raw((void *)to, n) : -EFAULT; }

long user_exchange(user_ptr_t at, uint32_t expected, uint32_t desired, uint32_t *found) {
    return is_user_range(at, sizeof(*found)) ? user_exchange_raw((uint32_t *)at, expected, desired, found) : -EFAULT;
}

long user_string(char *to, user_ptr_t from, size_t cap) {
    if (!is_user_range(from, 1)) {
        return -EFAULT;
    }
    size_t readable = USER_END - from < cap ? USER_END - from : cap;
    long length = user_string_raw(to, (const char *)from, readable);
    if (length >= 0 && (size_t)length == readable) {
        return readable < cap ? -EFAULT : -ENAMETOOLONG;
    }
    return length;
}
