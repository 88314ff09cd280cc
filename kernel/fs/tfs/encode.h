// Values of a TFS as bytes of its log. Not for users of the tree.
#pragma once

#include "fs/tfs/append.h"

/// Adds the record of an attribute, and then those of tuples in it whose contents are too much for one record.
void tfs_encode(struct tfs *t, const struct tfs_node *node, struct tfs_symbol *name, const struct tfs_value *value);
/// Adds the first record of a log: the root tuple, its contents to follow by tfs_encode_waiting.
void tfs_encode_root(struct tfs *t);
/// Adds further records of the next tuple that waits; false if none does.
bool tfs_encode_waiting(struct tfs *t);
/// Bytes that the whole tree takes at most.
uint64_t tfs_encode_bound(const struct tfs *t);
