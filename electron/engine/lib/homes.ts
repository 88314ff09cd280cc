/** Where things live on the host: OPS home, shared with OPS, and Unideck's own. */

import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";

export interface Homes {
  /** The folder `.ops` itself. */
  ops: string;
  /** Whether the environment says where that is: then no setting does. */
  isOpsGiven: boolean;
  /** Finished images: `images/NAME`, listed by OPS too, so nothing else may be put there. */
  images: string;
  /** Work in progress, on the same file system as the images so that a rename publishes it. */
  opsStaging: string;
  /** Unideck's own home. */
  unideck: string;
  /** How images were built: `NAME.json`. */
  imageRecords: string;
  /** One folder an instance. */
  instances: string;
  /** One folder a private network. */
  networks: string;
  /** Which bridges were wished for. */
  bridges: string;
  /** Instances whose deletion can still be undone; on the same file system. */
  trash: string;
  /** Container images that were pulled. */
  containers: string;
  /** Files handed over by browsers. */
  uploads: string;
  /** Downloads that are not finished. */
  downloads: string;
  /** What is remembered of kernel releases. */
  releaseRecords: string;
  /** Kernels taken out of images, by digest. */
  kernelCache: string;
  /** What is known of tasks: `ID.json`. */
  tasks: string;
  logs: string;
}

/**
 * The homes that the environment asks for: `$OPS_HOME` names the parent of `.ops` (docs/formats.md, "OPS home"), `$UNIDECK_HOME`
 * the home itself. Nothing is created here.
 */
export function resolveHomes(environment: NodeJS.ProcessEnv = process.env, home: string = homedir()): Homes {
  const absolute = (path: string) => (isAbsolute(path) ? path : resolve(path));
  const ops = join(absolute(environment.OPS_HOME || home), ".ops");
  const unideck = environment.UNIDECK_HOME ? absolute(environment.UNIDECK_HOME) : join(home, ".unideck");
  return {
    ...opsFolders(ops),
    isOpsGiven: Boolean(environment.OPS_HOME),
    unideck,
    imageRecords: join(unideck, "images"),
    instances: join(unideck, "instances"),
    networks: join(unideck, "networks"),
    bridges: join(unideck, "bridges.json"),
    trash: join(unideck, "trash"),
    containers: join(unideck, "containers"),
    uploads: join(unideck, "uploads"),
    downloads: join(unideck, "downloads"),
    releaseRecords: join(unideck, "kernel-releases.json"),
    kernelCache: join(unideck, "kernels"),
    tasks: join(unideck, "tasks"),
    logs: join(unideck, "logs"),
  };
}

/** The same homes with OPS's folder where the settings have it, unless the environment says otherwise. */
export function withOpsHome(homes: Homes, ops: string | null): Homes {
  return ops === null || homes.isOpsGiven ? homes : { ...homes, ...opsFolders(ops) };
}

const opsFolders = (ops: string) => ({ ops, images: join(ops, "images"), opsStaging: join(ops, ".unideck-staging") });
