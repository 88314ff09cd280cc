/** Keys of a configuration from which nothing is made: they are kept for who writes the file again, and told. Pure. */

import { isObject, likelyKey, type OpsConfig, type OpsRunConfig } from "../../../shared/ops-config.ts";

/** Keys that ops-config/meaning.ts makes something of. */
const usedKeys: (keyof OpsConfig)[] = [
  ...["Args", "BaseVolumeSz", "Boot", "Debugflags", "Dirs", "DisableArgsCopy", "Env", "Files", "Kernel", "KlibDir"],
  ...["Klibs", "LocalFilesParentDirectory", "ManifestPassthrough", "MapDirs", "Mounts", "NameServers", "NanosVersion"],
  ...["NightlyBuild", "NoTrace", "Program", "ProgramPath", "RebootOnExit", "RunConfig", "TFSv4", "TargetRoot", "Uefi"],
  ...["VolumesDir"],
];
const usedRunKeys: (keyof OpsRunConfig)[] = [
  ...["Accel", "BridgeName", "Bridged", "CPUs", "Gateway", "IPAddress", "IPv6Address", "ImageName", "InstanceName"],
  ...["Memory", "Mounts", "NetMask", "Nics", "Ports", "TapName", "UDPPorts"],
];

/** Keys that would change how an instance runs, and don't: who wrote them should know. */
const missedRunKeys: (keyof OpsRunConfig)[] = [
  ...["AtExit", "BridgeIPAddress", "Debug", "GPUType", "GPUs", "GdbPort"],
  ...["ThreadsPerCore", "Vga", "VirtfsShares"],
];

export interface KeptKeys {
  kept: Record<string, unknown>;
  warnings: string[];
}

export function keptKeys(config: OpsConfig, unknown: readonly string[]): KeptKeys {
  const run = Object.entries(config.RunConfig ?? {}).filter(([key]) => !usedRunKeys.includes(key));
  const kept = Object.entries(config).filter(([key]) => !usedKeys.includes(key));
  const missed = run.filter(([key, value]) => missedRunKeys.includes(key) && !isEmpty(value)).map(([key]) => key);
  return {
    kept: Object.fromEntries(run.length > 0 ? [...kept, ["RunConfig", Object.fromEntries(run)]] : kept),
    warnings: [
      ...[...new Set(unknown)].map(unknownWarning),
      ...missed.map((key) => `RunConfig.${key} is kept, but has no effect`),
    ],
  };
}

function unknownWarning(key: string): string {
  const meant = likelyKey(key);
  return `${key} is not an OPS key and has no effect${meant === undefined ? "" : `; did you mean ${meant}?`}`;
}

/** What Go calls the zero value: OPS can't tell it from an absent key. */
function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) ? Object.keys(value).length === 0 : !value;
}
