// Reading the manifest. Numbers are accepted wherever text is meant.

#include "proc/manifest.h"
#include "mem/arena.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mem/heap.h"
#include "proc/manifest_network.h"

/// The text of a value, from `arena` where it is not text in the tree already. Null for a tuple or vector, or without
/// memory.
static const char *text_of(const struct tfs_value *v, struct arena *arena) {
    if (!v) return NULL;
    if (v->kind == TFS_STRING) return v->string->bytes;
    if (v->kind == TFS_TRUE) return "true";
    if (v->kind != TFS_INTEGER) return NULL;
    char *text = arena_alloc(arena, 24);
    if (text) format_text(text, 24, "%s%llu", v->negative ? "-" : "", (unsigned long long)v->magnitude);
    return text;
}

static const char *text_at(const struct tfs *t, const struct tfs_node *tuple, const char *name, struct arena *arena) {
    return text_of(tfs_get(t, tuple, name, strlen(name)), arena);
}

static bool is_set(const struct tfs *t, const char *name) { return tfs_get(t, t->root, name, strlen(name)) != NULL; }

static const char *join(const struct tfs_symbol *name, const char *value, struct arena *arena) {
    size_t length = strlen(value);
    char *text = arena_alloc(arena, name->length + length + 2);
    if (!text) return NULL;
    memcpy(text, name->bytes, name->length);
    text[name->length] = '=';
    memcpy(text + name->length + 1, value, length + 1);
    return text;
}

static const char **list_of(size_t most, struct arena *arena) {
    const char **list = arena_alloc(arena, (most + 1) * sizeof *list);
    if (list) list[0] = NULL;
    return list;
}

/// The texts of a vector, or a single text as a list of one. Null without memory.
static const char **texts_at(const struct tfs *t, const char *name, struct arena *arena) {
    const struct tfs_value *v = tfs_get(t, t->root, name, strlen(name));
    const struct tfs_node *vector = v && (v->kind == TFS_VECTOR || v->kind == TFS_TUPLE) ? v->node : NULL;
    const char **list = list_of(vector ? vector->used + 1 : 1, arena);
    if (!list) return NULL;
    size_t n = 0;
    for (uint32_t i = 0; vector && i < vector->used; i++) {
        const char *text = text_of(&vector->entries[i].value, arena);
        if (text) list[n++] = text;
    }
    const char *alone = vector ? NULL : text_of(v, arena);
    if (alone) list[n++] = alone;
    list[n] = NULL;
    return list;
}

static int read_arguments(const struct tfs *t, struct manifest *m) {
    const struct tfs_value *v = tfs_get(t, t->root, "arguments", 9);
    bool is_list = v && (v->kind == TFS_VECTOR || v->kind == TFS_TUPLE);
    const char **list = is_list ? texts_at(t, "arguments", &m->arena) : list_of(1, &m->arena);
    if (!list) return -ENOMEM;
    // There is room for one more than a vector has.
    if (!list[0] && m->program) {
        list[0] = m->program;
        list[1] = NULL;
    }
    m->arguments = list;
    return 0;
}

static int read_lists(const struct tfs *t, struct manifest *m) {
    m->traced = texts_at(t, "tracelist", &m->arena);
    m->untraced = texts_at(t, "notrace", &m->arena);
    m->expected_codes = texts_at(t, "expected_exit_code", &m->arena);
    m->reboot_codes = texts_at(t, "reboot_on_exit", &m->arena);
    m->idle_codes = texts_at(t, "idle_on_exit", &m->arena);
    bool all = m->traced && m->untraced && m->expected_codes && m->reboot_codes && m->idle_codes;
    return all ? 0 : -ENOMEM;
}

static int read_environment(const struct tfs *t, struct manifest *m) {
    const struct tfs_node *tuple = tfs_get_tuple(t, t->root, "environment", 11);
    const char **list = list_of(tuple ? tuple->live : 0, &m->arena);
    if (!list) return -ENOMEM;
    size_t n = 0;
    const struct tfs_entry *e = tuple ? tfs_next(tuple, 0) : NULL;
    for (; e; e = tfs_next(tuple, e->value.order + 1)) {
        const char *value = text_of(&e->value, &m->arena);
        if (!value) continue;
        list[n] = join(e->name, value, &m->arena);
        if (!list[n++]) return -ENOMEM;
    }
    list[n] = NULL;
    m->environment = list;
    return 0;
}

/// `mounts`: a tuple from volumes to places, which may have `:ro` behind them.
static int read_mounts(const struct tfs *t, struct manifest *m) {
    static const char only_read[] = ":ro";
    const struct tfs_node *tuple = tfs_get_tuple(t, t->root, "mounts", 6);
    if (!tuple || tuple->live == 0) return 0;
    m->mounts = arena_alloc(&m->arena, tuple->live * sizeof *m->mounts);
    if (!m->mounts) return -ENOMEM;
    for (const struct tfs_entry *e = tfs_next(tuple, 0); e; e = tfs_next(tuple, e->value.order + 1)) {
        const char *place = text_of(&e->value, &m->arena);
        size_t length = place ? strlen(place) : 0;
        if (length == 0) continue;
        struct manifest_mount *one = &m->mounts[m->mount_count++];
        *one = (struct manifest_mount){.volume = e->name->bytes, .place = place};
        if (length <= sizeof only_read - 1 || strcmp(place + length - (sizeof only_read - 1), only_read) != 0) continue;
        char *cut = arena_alloc(&m->arena, length);
        if (!cut) return -ENOMEM;
        length -= sizeof only_read - 1;
        memcpy(cut, place, length);
        cut[length] = '\0';
        one->place = cut;
        one->readonly = true;
    }
    return 0;
}

int manifest_read(const struct tfs *t, struct manifest *m) {
    memset(m, 0, sizeof *m);
    arena_init(&m->arena);
    m->program = text_at(t, t->root, "program", &m->arena);
    m->directory = text_at(t, t->root, "cwd", &m->arena);
    m->user = text_at(t, t->root, "user", &m->arena);
    const struct tfs_node *uname = tfs_get_tuple(t, t->root, "uname", 5);
    if (uname) {
        m->system_name = text_at(t, uname, "sysname", &m->arena);
        m->release = text_at(t, uname, "release", &m->arena);
    }
    m->fixed_addresses = is_set(t, "noaslr");
    m->trace = is_set(t, "debugsyscalls");
    m->readonly_root = is_set(t, "readonly_rootfs");
    m->summary = is_set(t, "syscall_summary");
    m->missing_files = is_set(t, "missing_files");
    int result = read_arguments(t, m);
    if (result == 0) result = read_lists(t, m);
    if (result == 0) result = read_environment(t, m);
    if (result == 0) result = read_mounts(t, m);
    if (result != 0) manifest_free(m);
    return result;
}

void manifest_free(struct manifest *m) { arena_free(&m->arena); }

/// What is honoured, what every image has, and what asks for something that is so here anyway.
static bool is_known(const char *name) {
    static const char *const known[] = {
        "program",
        "arguments",
        "environment",
        "children",
        "cwd",
        "uname",
        "user",
        "noaslr",
        "debugsyscalls",
        "tracelist",
        "notrace",
        "syscall_summary",
        "missing_files",
        "expected_exit_code",
        "reboot_on_exit",
        "idle_on_exit",
        "readonly_rootfs",
        "mounts",
        // So it is here anyway: symbols of the program are in every crash report, and it may be written to.
        "ingest_program_symbols",
        "program_overwrite",
        "klibs",
        "debug_exit",
        "..",
        "mtime",
        "atime",
        "mode",
        "xattrs",
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(known[i], name) == 0) return true;
    }
    return manifest_network_knows(name);
}

void manifest_unknown(const struct tfs *t, void (*say)(const char *name)) {
    for (const struct tfs_entry *e = tfs_next(t->root, 0); e; e = tfs_next(t->root, e->value.order + 1)) {
        // An empty text asks for nothing: OPS writes one for each address that its configuration does not say.
        bool is_empty = e->value.kind == TFS_STRING && !e->value.string->bytes[0];
        if (!is_empty && !is_known(e->name->bytes)) say(e->name->bytes);
    }
}
