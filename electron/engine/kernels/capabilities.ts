/** What the programs of an image may do, by the kernel in it: what an inspection warns about. */

export interface Capabilities {
  /** fork, exec and all that starts another program. */
  processes: boolean;
  /** Functions of C libraries whose system calls it does not have at all. */
  absentCalls: readonly string[];
  /** It runs all threads on one processor, whatever the machine has. */
  oneProcessor: boolean;
}

/** Calls that kernel/sys/table.c names without having them; a test looks there. */
const absentOnPith = [
  ...["shmget", "semget", "msgget", "ptrace", "chroot", "mount", "unshare"],
  ...["fanotify_init", "perf_event_open", "io_setup", "io_uring_setup"],
];

const capabilities = {
  pith: { processes: false, absentCalls: absentOnPith, oneProcessor: true },
  nanos: { processes: false, absentCalls: [], oneProcessor: false },
  unknown: { processes: false, absentCalls: [], oneProcessor: false },
} as const satisfies Record<string, Capabilities>;

export function capabilitiesOf(kind: keyof typeof capabilities): Capabilities {
  return capabilities[kind];
}

/** Every call that some kernel does not have. */
export const absentCallNames = Object.values(capabilities).flatMap(({ absentCalls }) => absentCalls);
