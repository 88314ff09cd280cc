/** What the programs of an image may do, by the kernel in it: what an inspection warns about. */

export interface Capabilities {
  /** Programs that need a dynamic loader. */
  dynamicPrograms: boolean;
  /** fork, exec and all that starts another program. */
  processes: boolean;
}

const capabilities = {
  pith: { dynamicPrograms: false, processes: false },
  nanos: { dynamicPrograms: true, processes: false },
  unknown: { dynamicPrograms: true, processes: false },
} as const satisfies Record<string, Capabilities>;

export function capabilitiesOf(kind: keyof typeof capabilities): Capabilities {
  return capabilities[kind];
}
