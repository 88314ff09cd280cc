// The words of the kernel's command line, and the one that tells of a virtio device.

#include "boot/options.h"
#include "dev/virtio/device_option.h"
#include "tap.h"
#include <string.h>

static void words(void) {
    const char *line = "  quiet console=noecho,x root=/dev/sda\ttrace virtio_mmio.device=1 virtio_mmio.device=2\n";
    char value[32];
    ok(option_find(line, "quiet") && option_find(line, "trace") && option_find(line, "console"),
       "words that are there");
    ok(!option_find(line, "qui") && !option_find(line, "noecho") && !option_find(line, "tracer") &&
           !option_find("", "a"),
       "part of a word is not the word");
    ok(option_value(line, "console", value, sizeof value) && strcmp(value, "noecho,x") == 0,
       "a value ends at the blank");
    ok(option_value(line, "root", value, 4) && strcmp(value, "/de") == 0, "a value is cut to its room");
    ok(!option_value(line, "quiet", value, sizeof value) && !option_value(line, "root", value, 0),
       "a word without a value");
    const char *first = option_next(line, "virtio_mmio.device", NULL);
    const char *second = first ? option_next(line, "virtio_mmio.device", first) : NULL;
    ok(first && *first == '1' && second && *second == '2' && !option_next(line, "virtio_mmio.device", second),
       "a word that comes twice is found twice");
    ok(option_value("a= b", "a", value, sizeof value) && value[0] == '\0', "an empty value is a value");
}

static void devices(void) {
    struct device_option d;
    ok(device_option_parse("512@0xfeb00e00:12", &d) && d.size == 512 && d.base == 0xfeb00e00 && d.line == 12,
       "size, base and interrupt of a device");
    ok(device_option_parse("0x200@4273999360:0xC:3 quiet", &d) && d.size == 512 && d.base == 4273999360 && d.line == 12,
       "hexadecimal and decimal numbers, with the device's number behind them");
    ok(device_option_parse("4K@0x1000:5", &d) && d.base == 0x1000, "a size with a suffix");
    static const char *const wrong[] = {"",
                                        "512",
                                        "512@",
                                        "@0x1:2",
                                        "512@0x1",
                                        "512@0x1:",
                                        "512@0x:1",
                                        "512@1:2x",
                                        "x@1:2",
                                        "512@1:4294967296",
                                        "512@1 :2",
                                        "512G@1:2",
                                        "1@18446744073709551616:1"};
    bool refused = true;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) refused &= !device_option_parse(wrong[i], &d);
    ok(refused, "what has another form is refused");
}

int main(void) {
    words();
    devices();
    return done();
}
