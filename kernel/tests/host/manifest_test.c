// What the kernel takes from the root tuple: trees as builders write them, and trees that make no sense.

#include "fs/tfs/tree.h"
#include "heap_on_host.h"
#include "mem/heap.h"
#include "tap.h"
#include "proc/manifest.h"
#include "proc/manifest_network.h"
#include <stdlib.h>
#include <string.h>

static struct tfs t;

static void begin(void) {
    memset(&t, 0, sizeof t);
    list_init(&t.nodes);
    t.root = tfs_node_make(&t, TFS_TUPLE);
}

static void put(struct tfs_node *tuple, const char *name, struct tfs_value value) {
    tfs_set(tuple, tfs_symbol_make(&t, name, (uint32_t)strlen(name)), value);
}

static struct tfs_value text(const char *s) {
    struct tfs_string *string = kmalloc(sizeof *string + strlen(s) + 1);
    string->length = (uint32_t)strlen(s);
    memcpy(string->bytes, s, strlen(s) + 1);
    return (struct tfs_value){.kind = TFS_STRING, .string = string};
}

static struct tfs_value number(uint64_t n, bool negative) {
    return (struct tfs_value){.kind = TFS_INTEGER, .magnitude = n, .negative = negative};
}

static struct tfs_node *below(struct tfs_node *tuple, const char *name, enum tfs_kind kind) {
    struct tfs_node *node = tfs_node_make(&t, kind);
    put(tuple, name, (struct tfs_value){.kind = (uint8_t)kind, .node = node});
    return node;
}

static bool is(const char *text, const char *wanted) { return text && strcmp(text, wanted) == 0; }

static void usual(void) {
    begin();
    put(t.root, "program", text("/bin/server"));
    struct tfs_node *arguments = below(t.root, "arguments", TFS_VECTOR);
    tfs_set_element(arguments, 0, text("server"));
    tfs_set_element(arguments, 1, number(8080, false));
    tfs_set_element(arguments, 2, number(5, true));
    tfs_set_element(arguments, 3, text(""));
    struct tfs_node *environment = below(t.root, "environment", TFS_TUPLE);
    put(environment, "ZONE", text("a=b"));
    put(environment, "ALPHA", number(1, false));
    put(environment, "FLAG", (struct tfs_value){.kind = TFS_TRUE});
    put(t.root, "cwd", text("/srv"));
    put(t.root, "noaslr", text("t"));
    struct manifest m;

    ok(manifest_read(&t, &m) == 0 && is(m.program, "/bin/server") && is(m.directory, "/srv"),
       "program and working directory");

    ok(is(m.arguments[0], "server") && is(m.arguments[1], "8080") && is(m.arguments[2], "-5") &&
           is(m.arguments[3], "") && !m.arguments[4],
       "arguments in their order, numbers as text, empty ones too");
    ok(is(m.environment[0], "ZONE=a=b") && is(m.environment[1], "ALPHA=1") && is(m.environment[2], "FLAG=true") &&
           !m.environment[3],
       "the environment in its order");
    ok(m.fixed_addresses && !m.trace && !m.system_name && !m.release, "switches are on when they are there");
    manifest_free(&m);
    tfs_close(&t);
}

static void least(void) {
    begin();
    struct manifest m;
    ok(manifest_read(&t, &m) == 0 && !m.program && !m.arguments[0] && !m.environment[0],
       "an empty root names no program");
    manifest_free(&m);
    put(t.root, "program", text("/hello"));
    manifest_read(&t, &m);
    ok(is(m.arguments[0], "/hello") && !m.arguments[1], "without arguments the program's path is the first");
    manifest_free(&m);
    tfs_close(&t);
}

static void nonsense(void) {
    begin();
    below(t.root, "program", TFS_TUPLE);
    put(t.root, "arguments", text("not a list"));
    put(t.root, "environment", number(7, false));
    put(t.root, "uname", text("no tuple"));
    struct manifest m;
    ok(manifest_read(&t, &m) == 0 && !m.program && !m.arguments[0] && !m.environment[0] && !m.release,
       "values of the wrong kind are as if they were absent");
    manifest_free(&m);
    struct tfs_node *arguments = below(t.root, "arguments", TFS_VECTOR);
    tfs_set_element(arguments, 0, (struct tfs_value){.kind = TFS_TUPLE, .node = t.root});
    tfs_set_element(arguments, 1, text("after"));
    manifest_read(&t, &m);
    ok(is(m.arguments[0], "after") && !m.arguments[1], "an argument that is no text is left out");
    manifest_free(&m);
    tfs_close(&t);
}

static void lists(void) {
    begin();
    struct tfs_node *shown = below(t.root, "tracelist", TFS_VECTOR);
    tfs_set_element(shown, 0, text("openat"));
    tfs_set_element(shown, 1, text("read"));
    put(t.root, "expected_exit_code", number(3, false));
    put(t.root, "readonly_rootfs", text("false"));
    struct manifest m;
    manifest_read(&t, &m);
    ok(is(m.traced[0], "openat") && is(m.traced[1], "read") && !m.traced[2], "a list of texts");
    ok(is(m.expected_codes[0], "3") && !m.expected_codes[1], "a single value is a list of one");
    ok(!m.untraced[0], "a list that is not there is empty");
    ok(m.readonly_root && !m.missing_files && !m.summary, "a flag is on whatever its value");
    manifest_free(&m);
    tfs_close(&t);
}

static char said[256];

static void say(const char *name) {
    strncat(said, name, sizeof said - strlen(said) - 1);
    strncat(said, " ", sizeof said - strlen(said) - 1);
}

static void unknown(void) {
    begin();
    put(t.root, "program", text("/x"));
    put(t.root, "consoles", text("+vga"));
    put(t.root, "mtu", text("1400"));
    put(t.root, "klibs", text("bootfs"));
    put(t.root, "trace", text("t"));
    put(t.root, "ip6addr", text(""));
    put(t.root, "flag", number(0, false));
    manifest_unknown(&t, say);
    ok(strcmp(said, "consoles trace flag ") == 0, "what is not honoured is named, in its order, unless it is empty");
    tfs_close(&t);
}

static void network(void) {
    struct manifest_network n;
    const struct manifest_interface *first = &n.interfaces[0], *second = &n.interfaces[1];
    begin();
    manifest_read_network(&t, &n);
    ok(!first->is_static && !second->is_static && n.wait_s == 0 && !n.is_wrong, "without addresses they are asked for");
    put(t.root, "ipaddr", text("10.0.3.1"));
    put(t.root, "exec_wait_for_ip4_secs", text("5"));
    put(t.root, "mtu", number(1400, false));
    manifest_read_network(&t, &n);
    ok(first->is_static && first->address == 0x0a000301 && first->mask == 0xffffff00 && first->gateway == 0x0a0003fe &&
           first->mtu == 1400 && n.wait_s == 5,
       "the root's address, with the usual mask and gateway");
    put(t.root, "netmask", text(""));
    put(t.root, "gateway", text(""));
    struct tfs_node *other = below(t.root, "en2", TFS_TUPLE);
    put(below(t.root, "en3", TFS_TUPLE), "ipaddr", text(""));
    put(other, "ipaddr", text("192.168.0.77"));
    put(other, "netmask", text("255.255.0.0"));
    put(other, "gateway", text("192.168.9.9"));
    manifest_read_network(&t, &n);
    ok(first->mask == 0xffffff00 && first->gateway == 0x0a0003fe && !n.interfaces[2].is_static && !n.is_wrong,
       "what is empty is not said");
    ok(first->address == 0x0a000301 && second->address == 0xc0a8004d && second->mask == 0xffff0000 &&
           second->gateway == 0xc0a80909,
       "further interfaces by their names");
    below(t.root, "en1", TFS_TUPLE);
    manifest_read_network(&t, &n);
    ok(!first->is_static, "what the root says is not for an interface that has a tuple of its own");
    tfs_close(&t);
    static const char *const wrong[] = {"10.0.2",    "10.0.2.256", "10.0.2.1.4", "a.b.c.d",
                                        "10.0.2.1 ", "-1.0.0.0",   "1..2.3"};
    bool all_refused = true;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        begin();
        put(t.root, "ipaddr", text(wrong[i]));
        manifest_read_network(&t, &n);
        all_refused &= n.is_wrong && !first->is_static;
        tfs_close(&t);
    }
    ok(all_refused, "an address that is none is refused");
}

static void without_memory(void) {
    begin();
    put(t.root, "program", text("/x"));
    struct tfs_node *environment = below(t.root, "environment", TFS_TUPLE);
    put(environment, "A", text("b"));
    long before = heap_blocks;
    struct manifest m;
    heap_fails_after = 0;
    int result = manifest_read(&t, &m);
    heap_fails_after = -1;
    ok(result < 0 && heap_blocks == before, "without memory reading fails and keeps nothing");
    tfs_close(&t);
    ok(heap_blocks == 0, "nothing is left in the end");
}

int main(void) {
    usual();
    least();
    nonsense();
    lists();
    unknown();
    network();
    without_memory();
    return done();
}
