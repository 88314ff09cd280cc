/** The places where a loader looks for a library, in its order (ld.so(8), "DESCRIPTION"; musl's loader). Pure. */

import { basename, dirname, join, normalize } from "node:path";
import type { Library } from "../../../shared/contract/programs.ts";
import type { DynamicFacts } from "../formats/elf/dynamic.ts";
import type { LoaderRules } from "./library-path.ts";

/** An object whose libraries are looked for: the program, a library of it, or a module that it may open. */
export interface Loaded {
  name: string;
  /** The folder that `$ORIGIN` means, on the host and in the guest. */
  hostFolder: string;
  guestFolder: string;
  dynamic: Pick<DynamicFacts, "needed" | "rpath" | "runpath" | "versionNeeds" | "skipsDefaultFolders">;
  /** Whose RPATH holds for this object too. */
  loadedBy: Loaded | undefined;
  /** Whether the program starts without it. */
  optional: boolean;
}

/** A place to look in. Where the guest will not look by itself, `guestFolder` is missing. */
export interface Place {
  hostPath: string;
  /** Beside an object that was found: `hostPath` is one of the host, whatever stands for the root of the system. */
  isBeside?: boolean;
  guestFolder: string | undefined;
  /** The same folder under the names that `$PLATFORM` has on other processors. */
  forProcessors?: Folder[];
  foundBy: NonNullable<Library["foundBy"]>;
}

/** `searchPath`: the entries of LD_LIBRARY_PATH in the guest. */
export function* placesFor(
  name: string,
  object: Loaded,
  rules: LoaderRules,
  searchPath: readonly string[],
): Generator<Place> {
  if (name.includes("/")) {
    const [place] = expand(dirname(name), object, rules);
    yield { ...place, hostPath: join(place.hostPath, basename(name)), foundBy: "path" };
    return;
  }
  const within = (foundBy: Place["foundBy"]) => (folder: Folder) => ({
    ...folder,
    hostPath: join(folder.hostPath, name),
    foundBy,
  });
  const given = searchPath.flatMap((folder) => expand(folder, object, rules)).map(within("environment"));
  const { dynamic } = object;

  if (rules.kind === "musl") {
    yield* given;
    // It makes no difference between RPATH and RUNPATH, and asks those that loaded the object either way.
    for (let owner: Loaded | undefined = object; owner; owner = owner.loadedBy) {
      yield* owner.dynamic.runpath.flatMap((folder) => expand(folder, owner, rules)).map(within("runpath"));
      yield* owner.dynamic.rpath.flatMap((folder) => expand(folder, owner, rules)).map(within("rpath"));
    }
  } else {
    for (let owner = dynamic.runpath.length > 0 ? undefined : object; owner; owner = owner.loadedBy) {
      const from = owner;
      if (from.dynamic.runpath.length > 0) continue;
      yield* from.dynamic.rpath.flatMap((folder) => expand(folder, from, rules)).map(within("rpath"));
    }
    yield* given;
    yield* dynamic.runpath.flatMap((folder) => expand(folder, object, rules)).map(within("runpath"));
  }

  const cached = rules.cache.get(name);
  const isDefault = cached !== undefined && rules.defaultFolders.includes(dirname(cached));
  if (cached !== undefined && !(isDefault && dynamic.skipsDefaultFolders))
    yield { hostPath: cached, guestFolder: isDefault ? dirname(cached) : undefined, foundBy: "cache" };
  if (dynamic.skipsDefaultFolders) return;
  for (const folder of rules.configuredFolders)
    yield within("configuration")({ hostPath: folder, guestFolder: undefined });
  for (const folder of rules.defaultFolders) yield within("default")({ hostPath: folder, guestFolder: folder });
}

export type Folder = Omit<Place, "foundBy">;

/**
 * What `$PLATFORM` may be: what Linux calls the processor, and what glibc (sysdeps/x86/cpu-features.c) says instead on some
 * of Intel's. Which of them the guest has is not known before it starts; the first is for all.
 */
const PLATFORMS = ["x86_64", "haswell", "xeon_phi"] as const;

/** A search path entry with `$ORIGIN`, `$LIB` and `$PLATFORM` filled in, as the host and as the guest see it. */
function expand(folder: string, object: Loaded, rules: LoaderRules): [Folder, ...Folder[]] {
  const libs = /\$\{?LIB\}?/.test(folder) ? rules.libFolders : [""];
  const fill = (lib: string, platform: string): Folder => {
    const filled = folder
      .replace(/\$LIB\b|\$\{LIB\}/g, () => lib)
      .replace(/\$PLATFORM\b|\$\{PLATFORM\}/g, () => (rules.kind === "musl" ? "$PLATFORM" : platform));
    const at = (origin: string) => filled.replace(/\$ORIGIN\b|\$\{ORIGIN\}/g, () => origin);
    const absolute = (path: string) => normalize(join("/", path));
    // To musl the folder of a program at the root is the empty path, and an empty entry is no folder.
    const inGuest = at(rules.kind === "musl" && object.guestFolder === "/" ? "" : object.guestFolder);
    return {
      hostPath: absolute(at(object.hostFolder)),
      isBeside: filled !== at(""),
      guestFolder: inGuest === "" ? undefined : absolute(inGuest),
    };
  };
  const [platform, ...processors] = PLATFORMS;
  const isByProcessor = rules.kind === "glibc" && /\$\{?PLATFORM\}?/.test(folder);
  const fillAll = (lib: string): Folder => ({
    ...fill(lib, platform),
    ...(isByProcessor && { forProcessors: processors.map((processor) => fill(lib, processor)) }),
  });
  const [first = "", ...others] = libs;
  return [fillAll(first), ...others.map(fillAll)];
}
