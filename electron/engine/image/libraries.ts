/**
 * Finds the libraries that a dynamic program will ask for, by its loader's rules, and where in the guest its loader will
 * look for them. Nothing is run.
 */

import { constants, type Stats } from "node:fs";
import { open } from "node:fs/promises";
import { basename, dirname, join, normalize } from "node:path";
import type { Library } from "../../../shared/contract/programs.ts";
import { fileSource } from "./byte-source.ts";
import { type DynamicFacts, readDynamic } from "./elf/dynamic.ts";
import { ELF_MAGIC, ElfDamage, FileType, Machine, readHeader, readTables } from "./elf/header.ts";
import type { ElfProgram } from "./elf/program.ts";
import { type LoaderRules, loaderRules } from "./library-path.ts";
import { type HostFile, hostFileOf } from "./tfs/tree.ts";
import { toBytes } from "./tfs/value.ts";

/** A library with the file that it was found in. */
export interface ResolvedLibrary extends Library {
  file?: HostFile;
}

/** An object whose libraries are looked for: the program, or a library of it. */
interface Loaded {
  name: string;
  /** The folder that `$ORIGIN` means, on this machine and in the guest. */
  hostFolder: string;
  guestFolder: string;
  dynamic: Pick<DynamicFacts, "needed" | "rpath" | "runpath">;
  /** Whose RPATH holds for this object too. */
  loadedBy: Loaded | undefined;
}

/** A place to look in. Where the guest will not look by itself, `guestFolder` is missing. */
interface Place {
  hostPath: string;
  guestFolder: string | undefined;
}

interface SharedObject {
  stat: Stats;
  dynamic: DynamicFacts | undefined;
}

/** More than any program has; a loop of ever new names would have to be on this disk. */
const MAX_LIBRARIES = 2000;

/** All libraries of `program`, its interpreter first. Nothing for a static program. `guestPath`: where the program will be. */
export async function resolveLibraries(program: ElfProgram, guestPath: string): Promise<ResolvedLibrary[]> {
  const { facts } = program;
  if (facts.linkage !== "dynamic" || !facts.interpreter) return [];
  const rules = await loaderRules(facts.interpreter);
  const resolved = new Map<string, ResolvedLibrary>();
  const interpreter = await resolveInterpreter(facts.interpreter, facts.fileName);
  const queue: Loaded[] = [
    {
      name: facts.fileName,
      hostFolder: dirname(facts.path),
      guestFolder: dirname(guestPath),
      dynamic: { needed: facts.needed, rpath: program.rpath, runpath: program.rpath.length > 0 ? [] : facts.runpath },
      loadedBy: undefined,
    },
  ];
  for (let object = queue.shift(); object; object = queue.shift()) {
    for (const name of object.dynamic.needed) {
      const known = resolved.get(name);
      if (known) {
        if (!known.neededBy.includes(object.name)) known.neededBy.push(object.name);
        continue;
      }
      if (resolved.size >= MAX_LIBRARIES || isInterpreter(name, facts.interpreter, rules)) continue;
      const { library, loaded } = await resolveOne(name, object, rules);
      resolved.set(name, library);
      if (loaded) queue.push(loaded);
    }
  }
  return [interpreter, ...resolved.values()];
}

/** musl's loader is its C library, under all of the names that programs know it by. */
function isInterpreter(name: string, interpreter: string, rules: LoaderRules): boolean {
  if (name === basename(interpreter)) return true;
  return rules.kind === "musl" && /^lib(c|pthread|rt|m|dl|util|xnet)\.(so|musl-x86_64\.so\.1)$/.test(name);
}

async function resolveInterpreter(path: string, neededBy: string): Promise<ResolvedLibrary> {
  const object = await readSharedObject(path);
  const library = { name: basename(path), neededBy: [neededBy], searched: [] };
  if (!object) return { ...library, found: false, guestPath: path, searched: [path] };
  return { ...library, ...foundAt(path, object.stat), guestPath: path };
}

async function resolveOne(
  name: string,
  object: Loaded,
  rules: LoaderRules,
): Promise<{ library: ResolvedLibrary; loaded?: Loaded }> {
  const searched: string[] = [];
  for (const place of placesFor(name, object, rules)) {
    if (searched.includes(place.hostPath)) continue;
    searched.push(place.hostPath);
    const found = await readSharedObject(place.hostPath);
    if (!found) continue;
    const guestFolder = place.guestFolder ?? rules.defaultFolders[0] ?? "/lib";
    return {
      library: {
        name,
        ...foundAt(place.hostPath, found.stat),
        guestPath: join(guestFolder, basename(name)),
        neededBy: [object.name],
        searched: [],
      },
      loaded: {
        name,
        hostFolder: dirname(place.hostPath),
        guestFolder,
        dynamic: found.dynamic ?? { needed: [], rpath: [], runpath: [] },
        loadedBy: object,
      },
    };
  }
  return { library: { name, found: false, neededBy: [object.name], searched } };
}

function foundAt(hostPath: string, stat: Stats): Pick<ResolvedLibrary, "found" | "hostPath" | "sizeBytes" | "file"> {
  return { found: true, hostPath, sizeBytes: stat.size, file: hostFileOf(toBytes(hostPath), stat, true) };
}

/** Where the loader looks for `name`, in its order (ld.so(8), "DESCRIPTION"). */
function* placesFor(name: string, object: Loaded, rules: LoaderRules): Generator<Place> {
  if (name.includes("/")) {
    const [place] = expand(dirname(name), object, rules);
    yield { hostPath: join(place.hostPath, basename(name)), guestFolder: place.guestFolder };
    return;
  }
  const inFolder = ({ hostPath, guestFolder }: Place): Place => ({ hostPath: join(hostPath, name), guestFolder });
  const inherits = rules.kind === "musl" || object.dynamic.runpath.length === 0;
  for (let owner: Loaded | undefined = inherits ? object : undefined; owner; owner = owner.loadedBy) {
    // musl makes no difference between the two, and asks those that loaded the object either way.
    const path = rules.kind === "musl" ? [...owner.dynamic.runpath, ...owner.dynamic.rpath] : owner.dynamic.rpath;
    for (const folder of owner.dynamic.runpath.length > 0 && rules.kind === "glibc" ? [] : path)
      yield* expand(folder, owner, rules).map(inFolder);
  }
  if (rules.kind === "glibc")
    for (const folder of object.dynamic.runpath) yield* expand(folder, object, rules).map(inFolder);
  const cached = rules.cache.get(name);
  if (cached) {
    const folder = dirname(cached);
    yield { hostPath: cached, guestFolder: rules.defaultFolders.includes(folder) ? folder : undefined };
  }
  for (const folder of rules.configuredFolders) yield inFolder({ hostPath: folder, guestFolder: undefined });
  for (const folder of rules.defaultFolders) yield inFolder({ hostPath: folder, guestFolder: folder });
}

/** A search path entry with `$ORIGIN`, `$LIB` and `$PLATFORM` filled in, as the host and as the guest see it. */
function expand(folder: string, object: Loaded, rules: LoaderRules): [Place, ...Place[]] {
  const libs = /\$\{?LIB\}?/.test(folder) ? ["lib/x86_64-linux-gnu", "lib64", "lib"] : [""];
  const fill = (lib: string): Place => {
    const filled = folder.replace(/\$LIB\b|\$\{LIB\}/g, lib).replace(/\$PLATFORM\b|\$\{PLATFORM\}/g, "x86_64");
    const at = (origin: string) => filled.replace(/\$ORIGIN\b|\$\{ORIGIN\}/g, origin);
    const absolute = (path: string) => normalize(join("/", path));
    // To musl the folder of a program at the root is the empty path, and an empty entry is no folder.
    const inGuest = at(rules.kind === "musl" && object.guestFolder === "/" ? "" : object.guestFolder);
    return { hostPath: absolute(at(object.hostFolder)), guestFolder: inGuest === "" ? undefined : absolute(inGuest) };
  };
  const [first = "", ...others] = libs;
  return [fill(first), ...others.map(fill)];
}

/** The shared object for x86-64 at `path`; undefined where there is none: loaders pass over others as we do. */
async function readSharedObject(path: string): Promise<SharedObject | undefined> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => undefined);
  if (!handle) return undefined;
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) return undefined;
    const source = fileSource(handle, stat.size);
    if ((await source.read(0, 4)).toString("latin1") !== ELF_MAGIC) return undefined;
    const header = await readHeader(source);
    if (header.machine !== Machine.x86_64 || header.bits !== 64 || header.type !== FileType.shared) return undefined;
    return { stat, dynamic: await readDynamic(source, await readTables(source)) };
  } catch (error) {
    if (error instanceof ElfDamage) return undefined;
    throw error;
  } finally {
    await handle.close();
  }
}
