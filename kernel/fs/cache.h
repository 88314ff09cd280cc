// The page cache: pages of file content, found by inode and page number, shared by reads and mappings.
#pragma once

#include "fs/inode.h"
#include "fs/io.h"

/// The page `index` of the content, with a reference of its own (phys_unref). Read from the file system if need be.
/// 0, -EIO, -ENOMEM.
int cache_page(struct inode *inode, uint64_t index, uint64_t *page);
/// The same, but only if the page is there already; false if not.
bool cache_peek(struct inode *inode, uint64_t index, uint64_t *page);
/// Reads from `position` up to the end of the content. Bytes read, or a negative errno if there were none.
long cache_read(struct inode *inode, uint64_t position, struct io *io);
/// Writes to the cached content and extends `size`; for inodes whose content is only there. Bytes, or an errno.
long cache_write(struct inode *inode, uint64_t position, struct io *io);
/// Drops all pages from number `from` on.
void cache_discard(struct inode *inode, uint64_t from);
/// Cuts the content at `size`: drops pages, zeros the rest of the last one.
void cache_cut(struct inode *inode, uint64_t size);
/// Frees up to `want` pages that can be read again and that nobody maps. How many.
uint64_t cache_evict(uint64_t want);
uint64_t cache_pages(void);
