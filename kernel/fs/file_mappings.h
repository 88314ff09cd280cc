// Mappings of one file, seen from the file.
#pragma once

#include "fs/inode.h"

/// Makes the pages [from, end) read-only that shared mappings of the file may write, until they are written next (which
/// marks them dirty). Called before the file's pages are stored.
void space_protect_file(const struct inode *inode, uint64_t from, uint64_t end);
/// Whether a shared mapping of the file may be written, now or with another protection.
bool space_writes_file(const struct inode *inode);
/// Takes the pages from number `from` on out of all mappings of the file: it ends before them.
void space_cut_file(const struct inode *inode, uint64_t from);
/// Takes the pages [from, end) out of them: there will be a hole. What a private mapping has of its own stays.
void space_cut_hole(const struct inode *inode, uint64_t from, uint64_t end);
/// Calls `visit` for every file that is shared-mapped within the range, with the range of its pages; stops at the first
/// error. The file is held meanwhile, the space's lock is not. -ENOMEM if a part of the range is not mapped.
int space_each_shared(uint64_t start, uint64_t end,
                      int (*visit)(struct inode *inode, uint64_t first, uint64_t end_page));
