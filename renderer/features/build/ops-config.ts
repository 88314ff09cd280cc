/** The same wishes as OPS writes them (`ops run -c config.json`), for those who go on with it. Pure. */

import type { BuildWishes } from "../../../shared/contract/images.ts";
import type { InstanceWishes } from "../../../shared/contract/instances.ts";

/** Keys as in OPS's configuration; what is empty is left out, as OPS does. */
export function opsConfig(build: BuildWishes, run: InstanceWishes): Record<string, unknown> {
  const tcp = run.ports.filter(({ protocol }) => protocol === "tcp");
  const udp = run.ports.filter(({ protocol }) => protocol === "udp");
  const pairs = (ports: InstanceWishes["ports"]) =>
    ports.map(({ host, guest }) => (host === guest || host === 0 ? String(guest) : `${host}-${guest}`));
  const mapped = [...build.folders, ...build.files];
  return withoutEmpty({
    Program: build.program,
    Args: build.arguments,
    Env: build.environment,
    MapDirs: Object.fromEntries(mapped.map(({ host, guest }) => [host, guest])),
    BaseVolumeSz: build.sizeBytes === undefined ? "" : `${Math.ceil(build.sizeBytes / 2 ** 20)}m`,
    Klibs: build.klibs,
    NanosVersion: build.kernel === "pith" ? "" : (build.kernel ?? ""),
    RunConfig: withoutEmpty({
      ImageName: build.name ?? "",
      Memory: `${Math.round(run.memoryBytes / 2 ** 20)}m`,
      CPUs: run.cpus,
      Ports: pairs(tcp),
      UDPPorts: pairs(udp),
    }),
  });
}

function withoutEmpty(object: Record<string, unknown>): Record<string, unknown> {
  const isEmpty = (value: unknown) =>
    value === "" || (typeof value === "object" && value !== null && Object.keys(value).length === 0);
  return Object.fromEntries(Object.entries(object).filter(([, value]) => !isEmpty(value)));
}
