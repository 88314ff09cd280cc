// Descriptors of processes (pidfd_open).
#pragma once

struct file_operations;

/// What a descriptor of the program itself is known by.
extern const struct file_operations process_file;
