/** An earlier build of the program that is on the sheet: found by its path, or by its name where one of both was dropped. */

import type { Image } from "../../../shared/contract/images.ts";
import type { Instance } from "../../../shared/contract/instances.ts";
import type { Inspection } from "../../../shared/contract/programs.ts";
import { isAlive } from "../../../shared/instance-state.ts";
import { useEngine } from "../engine.ts";
import { useImages } from "../images.ts";
import { useInstances } from "../instances.ts";
import { againDraft, type Draft, type Earlier } from "./draft.ts";

/** The draft with the fields of the earlier build, which it replaces unless somebody chooses otherwise. */
export function withEarlier(draft: Draft, { program }: Pick<Inspection, "program">): Draft {
  const home = useEngine.getState().engine?.home;
  const images = useImages.getState().all;
  const instances = useInstances.getState().all;
  const image = images.find((one) => isSameProgram(one, program, home));
  if (!image) return { ...draft, name: freeName(draft.name, [], instances) };
  const instance = instanceOf(image, instances);
  const otherName = freeName(draft.name, images, instances);
  const earlier: Earlier = {
    image: image.name,
    instance: instance && { id: instance.id, name: instance.name, isAlive: isAlive(instance) },
    otherName,
    isReplaced: true,
  };
  return againDraft(draft, image, earlier, instance);
}

/** By its path; a program that was dropped in a browser gets a new path each time, and is known by its file name. */
function isSameProgram(
  { build, damage }: Pick<Image, "build" | "damage">,
  { path, fileName }: Pick<Inspection["program"], "path" | "fileName">,
  home: string | undefined,
): boolean {
  if (!build || damage !== undefined) return false;
  if (build.program.path === path) return true;
  const isUpload = (one: string) => home !== undefined && one.startsWith(`${home}/uploads/`);
  const isDropped = isUpload(path) || isUpload(build.program.path);
  return isDropped && build.program.path.slice(build.program.path.lastIndexOf("/") + 1) === fileName;
}

/** The instance that goes on under its name: one that runs, else the one that has the image's name, else the latest. */
function instanceOf({ name }: Pick<Image, "name">, all: readonly Instance[]): Instance | undefined {
  const mine = all
    .filter(({ image }) => image === name)
    .toSorted((one, other) => other.times.created - one.times.created);
  const running = mine.filter(isAlive);
  const named = (some: readonly Instance[]) => some.find((one) => one.name === name) ?? some[0];
  return named(running) ?? named(mine);
}

/** `base`, or the first variation of it that neither an image nor an instance has: both get the same name. */
function freeName(
  base: string,
  images: readonly Pick<Image, "name">[],
  instances: readonly Pick<Instance, "name">[],
): string {
  const taken = new Set([...images, ...instances].map(({ name }) => name));
  for (let number = 1; ; number++) {
    const name = number === 1 ? base : `${base.replace(/-\d+$/, "")}-${number}`;
    if (!taken.has(name)) return name;
  }
}
