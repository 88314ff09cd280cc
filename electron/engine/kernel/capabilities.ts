/** What the programs of an image may do, by the kernel in it: what an inspection warns about. */

export interface Capabilities {
  /** fork, exec and all that starts another program. */
  processes: boolean;
}

const capabilities = {
  pith: { processes: false },
  nanos: { processes: false },
  unknown: { processes: false },
} as const satisfies Record<string, Capabilities>;

export function capabilitiesOf(kind: keyof typeof capabilities): Capabilities {
  return capabilities[kind];
}
