/**
 * Finds the libraries that a dynamic program will ask for, by its loader's rules, and where in the guest its loader will
 * look for them. Nothing is run.
 */

import type { Stats } from "node:fs";
import { realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Library } from "../../../shared/contract/programs.ts";
import type { DynamicFacts } from "../formats/elf/dynamic.ts";
import { type HostFile, hostFileOf } from "../formats/tfs/tree.ts";
import { toBytes } from "../formats/tfs/value.ts";
import { convertsCharacters, dlopenDependencies } from "./dlopen-dependencies.ts";
import { type LoaderRules, loaderRules } from "./library-path.ts";
import { type Loaded, type Place, placesFor } from "./library-places.ts";
import type { ElfProgram } from "./program.ts";
import { readSharedObject, type SharedObject } from "./shared-object.ts";
import { type SystemRoot, systemIn, thisSystem } from "./system-root.ts";

/** A library with the file that it was found in. */
export interface ResolvedLibrary extends Library {
  file?: HostFile;
  /** The same for its variants, in their order. */
  variantFiles?: HostFile[];
}

/** A module that a person adds, for the program to open. */
export interface AddedModule {
  hostPath: string;
  guestPath: string;
}

interface ReadModule extends AddedModule {
  dynamic: DynamicFacts;
  marks: SharedObject["marks"];
}

export interface ResolveOptions {
  /** A folder that stands for the root of the system; what is not there is looked for on the host. */
  sysroot?: string | undefined;
  /** The guest's environment: LD_LIBRARY_PATH and LD_PRELOAD count. */
  environment?: Readonly<Record<string, string>>;
  /** The host's path of the file that will stand at a path of the guest anyway. */
  inImage?: (guestPath: string) => string | undefined;
  modules?: readonly AddedModule[];
}

export interface Resolved {
  /** The interpreter first. Nothing for a static program. */
  libraries: ResolvedLibrary[];
  /** Whether the program or a library of it converts characters with modules beside the C library. */
  converts: boolean;
}

/** More than any program has; a loop of ever new names would have to be on this disk. */
const MAX_LIBRARIES = 2000;
/** Folders for certain processors, which glibc looks into before the folder that they are in, the best first. */
const HWCAPS = ["x86-64-v4", "x86-64-v3", "x86-64-v2"].map((level) => `glibc-hwcaps/${level}`);

/** All libraries of `program`. `guestPath`: where the program will be. */
export async function resolveLibraries(
  program: ElfProgram,
  guestPath: string,
  options: ResolveOptions = {},
): Promise<Resolved> {
  const { interpreter } = program.facts;
  if (program.facts.linkage !== "dynamic" || !interpreter || !program.dynamic)
    return { libraries: [], converts: false };
  const { sysroot } = options;
  const [first, others] = sysroot === undefined ? [thisSystem, []] : [systemIn(sysroot), [thisSystem]];
  const loader = options.inImage?.(interpreter) ?? (await loaderIn([first, ...others], interpreter));
  const systemAt = async (root: SystemRoot) => ({ root, rules: await loaderRules(interpreter, loader, root) });
  const systems: Search["systems"] = [await systemAt(first), ...(await Promise.all(others.map(systemAt)))];
  return await new Resolver({ program, interpreter, loader, systems, options }).resolve(guestPath);
}

/** A place where libraries are, and how its loader is configured. */
interface System {
  root: SystemRoot;
  rules: LoaderRules;
}

async function loaderIn(roots: readonly SystemRoot[], path: string): Promise<string | undefined> {
  for (const root of roots) {
    const place = await root.find(path);
    if (place !== undefined && (await readSharedObject(place))) return place;
  }
  return undefined;
}

interface Search {
  program: ElfProgram;
  /** As the program names it, and where it is on the host. */
  interpreter: string;
  loader: string | undefined;
  /** Looked through one after the other; the first is the one that the guest's loader belongs to. */
  systems: readonly [System, ...System[]];
  options: ResolveOptions;
}

class Resolver {
  readonly #with: Search;
  readonly #libraries = new Map<string, ResolvedLibrary>();
  readonly #versions = new Map<string, ReadonlySet<string>>();
  readonly #deps: { version: string; file: string; by: Loaded }[] = [];
  readonly #queue: Loaded[] = [];
  readonly #marks = new Set<string>();
  /** Added modules by file name and SONAME. */
  readonly #modules = new Map<string, AddedModule>();
  readonly #searchPath: string[];

  constructor(search: Search) {
    this.#with = search;
    this.#searchPath = (search.options.environment?.LD_LIBRARY_PATH ?? "")
      .split(/[:;]/)
      .filter((entry) => entry !== "");
  }

  /** What the guest's loader does without any configuration. */
  get #rules(): Pick<LoaderRules, "kind" | "defaultFolders"> {
    return this.#with.systems[0].rules;
  }

  async resolve(guestPath: string): Promise<Resolved> {
    const { facts, dynamic, marks } = this.#with.program;
    if (!dynamic) return { libraries: [], converts: false };
    const interpreter = await this.#resolveInterpreter();
    const program: Loaded = {
      name: facts.fileName,
      hostFolder: dirname(await realpath(facts.path)),
      guestFolder: dirname(guestPath),
      dynamic,
      loadedBy: undefined,
      optional: false,
    };
    for (const mark of marks) this.#marks.add(mark);
    this.#enqueue(program);
    const modules = await this.#readModules();
    await this.#drain();
    const preloaded = (this.#with.options.environment?.LD_PRELOAD ?? "").split(/[: ]/).filter((name) => name !== "");
    await this.#find(preloaded, { ...program, name: "LD_PRELOAD", optional: true });
    await this.#drain();
    await this.#addModules(program, modules);
    if (this.#rules.kind === "glibc") await this.#addHabits(program);
    const libraries = [interpreter, ...this.#libraries.values()];
    this.#checkVersions(libraries);
    return { libraries, converts: this.#rules.kind === "glibc" && convertsCharacters(this.#marks) };
  }

  async #resolveInterpreter(): Promise<ResolvedLibrary> {
    const path = this.#with.interpreter;
    const name = basename(path);
    const hostPath = this.#with.loader;
    const object = hostPath === undefined ? undefined : await readSharedObject(hostPath);
    const library = { name, neededBy: [this.#with.program.facts.fileName], searched: [] };
    if (!object || hostPath === undefined) return { ...library, found: false, guestPath: path, searched: [path] };
    this.#versions.set(name, object.dynamic?.versions ?? new Set());
    return { ...library, ...foundAt(hostPath, object.stat), guestPath: path, foundBy: "path" };
  }

  #enqueue(object: Loaded): void {
    this.#queue.push(object);
    for (const need of object.dynamic.versionNeeds) this.#deps.push({ ...need, by: object });
  }

  /** Follows needs until nothing is left. */
  async #drain(): Promise<void> {
    for (let object = this.#queue.shift(); object; object = this.#queue.shift())
      await this.#find(object.dynamic.needed, object);
  }

  async #find(names: readonly string[], by: Loaded): Promise<void> {
    for (const name of names) {
      const known = this.#libraries.get(name);
      if (known) {
        if (!known.neededBy.includes(by.name)) known.neededBy.push(by.name);
        if (!by.optional) delete known.optional;
        continue;
      }
      if (this.#libraries.size >= MAX_LIBRARIES || isInterpreter(name, this.#with.interpreter, this.#rules)) continue;
      const library = await this.#search(name, by);
      this.#libraries.set(name, by.optional ? { ...library, optional: true } : library);
    }
  }

  async #search(name: string, by: Loaded): Promise<ResolvedLibrary> {
    const searched: string[] = [];
    for (const { root, rules } of this.#with.systems)
      for (const place of placesFor(name, by, rules, this.#searchPath)) {
        const inGuest = place.guestFolder === undefined ? undefined : join(place.guestFolder, basename(name));
        const given = inGuest === undefined ? undefined : this.#with.options.inImage?.(inGuest);
        const hostPath = given ?? (place.isBeside ? place.hostPath : await root.find(place.hostPath));
        const told = hostPath ?? root.place(place.hostPath);
        if (searched.includes(told)) continue;
        searched.push(told);
        const object = hostPath === undefined ? undefined : await readSharedObject(hostPath);
        if (object && hostPath !== undefined)
          return await this.#take(name, by, { ...place, hostPath }, root, object, given !== undefined);
      }
    const module = this.#modules.get(name);
    const missing = { name, found: false, neededBy: [by.name], searched };
    if (!module) return missing;
    // Who opens modules has opened those that others need: a loader does not look for what is loaded under its SONAME.
    if (by.optional) return { ...missing, ...module, found: true, foundBy: "image", searched: [] };
    return { ...missing, unreachedAt: module.guestPath };
  }

  async #take(
    name: string,
    by: Loaded,
    place: Place,
    root: SystemRoot,
    object: SharedObject,
    isGiven: boolean,
  ): Promise<ResolvedLibrary> {
    const guestFolder = place.guestFolder ?? this.#rules.defaultFolders[0] ?? "/lib";
    const guestPath = join(guestFolder, basename(name));
    this.#versions.set(name, object.dynamic?.versions ?? new Set());
    // The C library loads the same modules as the program.
    if (!/^libc\.so/.test(name)) for (const mark of object.marks) this.#marks.add(mark);
    if (object.dynamic)
      this.#enqueue({
        name,
        hostFolder: dirname(place.hostPath),
        guestFolder,
        dynamic: object.dynamic,
        loadedBy: by,
        optional: by.optional,
      });
    const hasVariants = !isGiven && !name.includes("/") && this.#rules.kind === "glibc";
    const variants = hasVariants ? await this.#variantsOf({ ...place, guestFolder }, basename(name), root) : undefined;
    return {
      name,
      ...foundAt(place.hostPath, object.stat),
      guestPath,
      foundBy: isGiven ? "image" : place.foundBy,
      neededBy: [by.name],
      searched: [],
      ...variants,
    };
  }

  /** The same library for other processors: which one the guest has is not known before it starts. */
  async #variantsOf(place: Place, name: string, root: SystemRoot) {
    const variants: NonNullable<Library["variants"]> = [];
    const variantFiles: HostFile[] = [];
    const take = async (hostPath: string | undefined, guestPath: string) => {
      const object = hostPath === undefined ? undefined : await readSharedObject(hostPath);
      if (!object || hostPath === undefined) return;
      variants.push({ hostPath, guestPath });
      variantFiles.push(hostFileOf(toBytes(hostPath), object.stat, true));
    };
    const guestFolder = place.guestFolder ?? "/";
    for (const folder of HWCAPS)
      await take(join(dirname(place.hostPath), folder, name), join(guestFolder, folder, name));
    for (const { hostPath, guestFolder, isBeside } of place.forProcessors ?? []) {
      const onHost = join(hostPath, name);
      await take(isBeside ? onHost : await root.find(onHost), join(guestFolder ?? "/", name));
    }
    return variants.length > 0 ? { variants, variantFiles } : undefined;
  }

  async #readModules(): Promise<ReadModule[]> {
    const modules: ReadModule[] = [];
    for (const { hostPath, guestPath } of this.#with.options.modules ?? []) {
      const object = await readSharedObject(hostPath);
      if (!object?.dynamic) continue;
      const { dynamic, marks } = object;
      modules.push({ hostPath, guestPath, dynamic, marks });
      for (const name of [basename(guestPath), dynamic.soname])
        if (name !== undefined && !this.#modules.has(name)) this.#modules.set(name, { hostPath, guestPath });
    }
    return modules;
  }

  /** What the modules need that a person adds; the program opens them, so its RPATH holds for them. */
  async #addModules(program: Loaded, modules: readonly ReadModule[]): Promise<void> {
    for (const { hostPath, guestPath, dynamic, marks } of modules) {
      for (const mark of marks) this.#marks.add(mark);
      this.#enqueue({
        name: basename(guestPath),
        hostFolder: dirname(hostPath),
        guestFolder: dirname(guestPath),
        dynamic,
        loadedBy: program,
        optional: true,
      });
    }
    await this.#drain();
  }

  /** What the C library opens by itself, as far as it is there: a newer one has it built in. */
  async #addHabits(program: Loaded): Promise<void> {
    for (const name of dlopenDependencies(this.#marks)) {
      if (this.#libraries.has(name)) continue;
      const library = await this.#search(name, { ...program, name: "libc.so.6", optional: true });
      if (library.found) this.#libraries.set(name, { ...library, optional: true });
    }
    await this.#drain();
  }

  /** As the loader does it: a library that has no versions at all is taken as it is. */
  #checkVersions(libraries: readonly ResolvedLibrary[]): void {
    for (const { version, file, by } of this.#deps) {
      const has = this.#versions.get(file);
      const library = libraries.find(({ name }) => name === file);
      if (!library || !has || has.size === 0 || has.has(version) || this.#rules.kind === "musl") continue;
      if (by.optional && !library.optional) continue;
      library.lacks ??= [];
      const known = library.lacks.find((one) => one.version === version);
      if (known) known.neededBy.push(by.name);
      else library.lacks.push({ version, neededBy: [by.name] });
    }
  }
}

/** musl's loader is its C library, under all of the names that programs know it by. */
function isInterpreter(name: string, interpreter: string, rules: Pick<LoaderRules, "kind">): boolean {
  if (name === basename(interpreter)) return true;
  return rules.kind === "musl" && /^lib(c|pthread|rt|m|dl|util|xnet)\.(so|musl-x86_64\.so\.1)$/.test(name);
}

function foundAt(hostPath: string, stat: Stats): Pick<ResolvedLibrary, "found" | "hostPath" | "sizeBytes" | "file"> {
  return { found: true, hostPath, sizeBytes: stat.size, file: hostFileOf(toBytes(hostPath), stat, true) };
}
