// The page cache: pages of file content, found by inode and page number, shared by reads and mappings.
#pragma once

#include "fs/inode.h"
#include "fs/io.h"

/// The page `index` of the content, with a reference of its own (phys_unref). Read from the file system if need be.
/// 0, -EIO, -ENOMEM; -ENOSPC where a file system in memory has as many as it may.
int cache_page(struct inode *inode, uint64_t index, uint64_t *page);
/// The same, but only if the page is there already; false if not.
bool cache_peek(struct inode *inode, uint64_t index, uint64_t *page);
/// Reads from `position` up to the end of the content. Bytes read, or a negative errno if there were none.
long cache_read(struct inode *inode, uint64_t position, struct io *io);
/// Writes to the cached content and extends `size`; the inode's lock is held. Bytes, or a negative errno if there were
/// none.
long cache_write(struct inode *inode, uint64_t position, struct io *io);
/// Drops the pages [from, end).
void cache_discard(struct inode *inode, uint64_t from, uint64_t end);
/// The first run of cached pages from number `from` on, of dirty ones alone if so asked: false if there is none.
bool cache_next_run(struct inode *inode, bool dirty, uint64_t from, uint64_t *first, uint64_t *end);
/// Cuts the content at `size`: drops pages, zeros the rest of the last one. The inode's lock is held.
void cache_cut(struct inode *inode, uint64_t size);
/// The content is about to go on behind `size`: what the disk has behind the old end must become zeros. 0 or an errno.
int cache_open_end(struct inode *inode);
/// Frees up to `want` pages that can be read again and that nobody maps. How many.
uint64_t cache_evict(uint64_t want);
uint64_t cache_pages(void);
/// Those of them that exist nowhere else: files in memory.
uint64_t cache_volatile_pages(void);

/// Dirty pages: those that the disk does not have yet. All of this does nothing for inodes that have no other place.
///
/// A page that is in the cache becomes dirty, unless there is no room for it: 0, -ENOSPC, -ENOMEM, -EROFS.
int cache_dirty(struct inode *inode, uint64_t index);
/// Writes the dirty pages [first, end) to the disk, to be made safe by the file system's sync. The program's mappings
/// of them are made read-only first, so that none changes unseen. The inode's lock is held.
int cache_store(struct inode *inode, uint64_t first, uint64_t end);
uint64_t cache_dirty_pages(void);
/// An inode that has dirty pages, the one that has waited longest, with a reference; null if there is none.
struct inode *cache_dirty_inode(void);
