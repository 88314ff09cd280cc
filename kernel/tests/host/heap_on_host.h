// The kernel heap on the host, with a switch that makes allocations fail.
#pragma once

/// The n-th allocation from now on fails, and all after it; negative: none does.
extern long heap_fails_after;
/// Blocks that are allocated now.
extern long heap_blocks;
