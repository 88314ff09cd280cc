// The program: everything above the machine. kernel_main starts the thread that runs program_main once devices are up.
#pragma once

/// Finds the root file system, reads the manifest, loads the program and enters it. Ends the machine with 127 if that
/// fails.
_Noreturn void program_main(void *unused);
