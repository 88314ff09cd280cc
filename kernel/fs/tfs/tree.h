// Building the tree of a TFS: what the replay does to it. Not for users of the tree (tfs.h).
#pragma once

#include "fs/tfs/tfs.h"

/// The symbol with these bytes, made if need be. Null without memory.
struct tfs_symbol *tfs_symbol_make(struct tfs *t, const char *bytes, uint32_t length);
/// A new empty tuple or vector that nothing holds and no log knows. Null without memory.
struct tfs_node *tfs_node_make(struct tfs *t, enum tfs_kind kind);
/// Frees a node that nothing holds, and what only it holds.
void tfs_node_free(struct tfs *t, struct tfs_node *node);
/// Gives a node the next dictionary number. 0 or -ENOMEM.
int tfs_number_node(struct tfs *t, struct tfs_node *node);
/// Gives a symbol the next dictionary number. 0 or -ENOMEM.
int tfs_number_symbol(struct tfs *t, struct tfs_symbol *symbol);
struct tfs_symbol *tfs_dictionary_symbol(const struct tfs *t, uint64_t number);
struct tfs_node *tfs_dictionary_node(const struct tfs *t, uint64_t number, enum tfs_kind kind);

/// Ends a replay: counts who holds which node, frees those that nobody holds, and the dictionary.
void tfs_tidy(struct tfs *t);
/// Frees symbols that name nothing any more and that the log does not have: a name must not stand in it twice.
void tfs_symbols_sweep(struct tfs *t);

/// Sets an attribute, replacing its old value, of which a string is freed; a value of kind TFS_NONE removes it.
/// References to nodes are not counted here. 0 or -ENOMEM.
int tfs_set(struct tfs_node *tuple, const struct tfs_symbol *name, struct tfs_value value);
/// Sets element `at` of a vector, where `at` is at most its length. 0 or -ENOMEM.
int tfs_set_element(struct tfs_node *vector, uint32_t at, struct tfs_value value);
