// A line with one number, from a host.
#include "sys/number_line.h"
#include "tap.h"

static bool reads(const char *text, int64_t wanted) {
    int64_t number = 77;
    return number_line_read(text, &number) && number == wanted;
}

static bool is_refused(const char *text) {
    int64_t number;
    return !number_line_read(text, &number);
}

int main(void) {
    struct number_line l = {0};
    ok(reads("0", 0) && reads("12", 12) && reads("-7", -7), "numbers with and without a sign");
    ok(reads("9223372036854775807", INT64_MAX) && reads("-9223372036854775808", INT64_MIN),
       "the greatest and the least");
    ok(is_refused("9223372036854775808") && is_refused("-9223372036854775809"), "what is beyond them is refused");
    ok(is_refused("") && is_refused("-") && is_refused("1x") && is_refused(" 1") && is_refused("--1"),
       "and what is no number");
    bool ended = false;
    for (int i = 0; i < 1000; i++) ended |= number_line_add(&l, '1');
    ok(!ended && l.is_too_long && l.length == NUMBER_LINE_MOST && number_line_add(&l, '\n'),
       "a line that is too long is known as one");
    return done();
}
