// The first program to try: says hello, tells what it sees of its machine, draws, computes, counts, and ends.

#include "../lib/linux.h"
#include "../lib/text.h"

#include <stdbool.h>

#define SECONDS_A_DAY 86400

static void say_label(const char *label) {
    say("  ");
    say(label);
    for (size_t i = text_length(label); i < 11; i++) say(" ");
}

static void say_arguments(int count, char **arguments) {
    say_label(count > 1 ? "arguments" : "started as");
    for (int i = 0; i < count; i++) {
        if (i > 0) say(" ");
        say(arguments[i]);
    }
    say("\n");
}

static void say_environment(char **environment) {
    static const struct {
        const char *name, *label;
    } shown[] = {{"IMAGE_NAME", "image"}, {"USER", "user"}, {"PWD", "folder"}};
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
        const char *value = environment_value(environment, shown[i].name);
        if (value == NULL) continue;
        say_label(shown[i].label);
        say(value);
        say("\n");
    }
}

static void say_kernel(void) {
    struct uname_text text;
    if (linux_uname(&text) < 0) return;
    say_label("kernel");
    say(text.system);
    say(" ");
    say(text.release);
    say(", ");
    say(text.machine);
    say("\n");
}

// The civil date of a day counted from 1970-01-01, in the proleptic Gregorian calendar.
static void say_date(uint64_t day) {
    static const unsigned before_month[12] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    unsigned year = 1970;
    bool leap = false;
    for (;; year++) {
        leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        unsigned length = leap ? 366 : 365;
        if (day < length) break;
        day -= length;
    }
    unsigned month = 11;
    while (before_month[month] + (leap && month > 1) > day) month--;
    say_number(year);
    say("-");
    say_padded(month + 1, 2);
    say("-");
    say_padded(day - before_month[month] - (leap && month > 1) + 1, 2);
}

static void say_clock(void) {
    struct timespec now;
    if (linux_clock_gettime(CLOCK_OF_DAY, &now) < 0 || now.seconds < 0) return;
    uint64_t of_day = (uint64_t)now.seconds % SECONDS_A_DAY;
    say_label("clock");
    say_date((uint64_t)now.seconds / SECONDS_A_DAY);
    say(" ");
    say_padded(of_day / 3600, 2);
    say(":");
    say_padded(of_day / 60 % 60, 2);
    say(":");
    say_padded(of_day % 60, 2);
    say(" UTC");
    if (linux_clock_gettime(CLOCK_SINCE_BOOT, &now) == 0) {
        say(", up for ");
        say_number((uint64_t)now.seconds);
        say(".");
        say_padded((uint64_t)now.nanoseconds / 1000000, 3);
        say(" s");
    }
    say("\n");
}

// The Mandelbrot set in whole numbers, 4096 to the unit.
static void draw(void) {
    static const char shades[] = " .,:;=+*#%@";
    const unsigned steps = 10 * 4;
    for (int row = -8; row <= 8; row++) {
        say("  ");
        for (int column = 0; column < 62; column++) {
            int real = -8700 + column * 190, imaginary = row * 560, x = 0, y = 0;
            unsigned step = 0;
            while (step < steps && x * x + y * y < 4 * 4096 * 4096) {
                int next = (x * x - y * y) / 4096 + real;
                y = x * y / 2048 + imaginary;
                x = next;
                step++;
            }
            say_bytes(&shades[step / 4], 1);
        }
        say("\n");
    }
}

static void say_primes(void) {
    enum { LIMIT = 100000 };
    static bool is_composite[LIMIT];
    unsigned count = 0, last = 0;
    for (unsigned n = 2; n < LIMIT; n++) {
        if (is_composite[n]) continue;
        count++;
        last = n;
        for (unsigned multiple = 2 * n; multiple < LIMIT; multiple += n) is_composite[multiple] = true;
    }
    say("Below ");
    say_number(LIMIT);
    say(" there are ");
    say_number(count);
    say(" primes; the last is ");
    say_number(last);
    say(".\n");
}

static void count_to_three(void) {
    say("Counting:");
    for (unsigned i = 1; i <= 3; i++) {
        say(" ");
        say_number(i);
        say_now();
        linux_nanosleep((struct timespec){.nanoseconds = 200000000});
    }
    say("\n");
}

int main(int argument_count, char **arguments, char **environment) {
    say("hello from a unikernel: one program, one machine\n\n");
    say_arguments(argument_count, arguments);
    say_environment(environment);
    say_kernel();
    say_clock();
    say("\n");
    draw();
    say("\n");
    say_primes();
    count_to_three();
    say("That is all. Goodbye!\n");
    return 0;
}
