/** Where things stand in the guest: the program, and what a person places. */

import { posix } from "node:path";
import { Problem } from "../../../shared/problem.ts";
import { TreeConflict } from "../formats/tfs/tree.ts";

/** Names at the root that are directories of any image. */
const rootDirectories = [
  "bin",
  "dev",
  "etc",
  "home",
  "lib",
  "lib64",
  "proc",
  "root",
  "run",
  "sbin",
  "sys",
  "tmp",
  "usr",
  "var",
];

/** `/` and the program's file name, as OPS does it; beside the directories of the root where it is called like one. */
export function programGuestPath(fileName: string): string {
  return rootDirectories.includes(fileName) ? `/bin/${fileName}` : `/${fileName}`;
}

/** The place of `host` where a person wrote `guest`; a `guest` that ends in a slash is the folder to put it into. */
export function placedPath(host: string, guest: string): string {
  return guest.endsWith("/") ? posix.join(guest, host.replace(/.*\//, "")) : guest;
}

/** Throws args.invalid for a place that no tree has. */
export function checkGuestPath(guest: string): void {
  if (guest.startsWith("/") && !guest.includes("\0") && !guest.split("/").includes("..")) return;
  throw new Problem("args.invalid", `“${guest}” is not a valid path in an image`, {
    hint: "Give an absolute path without “..”, such as /data/file.",
  });
}

/** What it means to a person when two things can't stand in the same place; any other error stays as it is. */
export function conflictProblem(error: unknown): unknown {
  if (!(error instanceof TreeConflict)) return error;
  return new Problem("args.invalid", `The files conflict in the image: ${error.message}`, {
    hint: "Give one of them another path in the image.",
    cause: error,
  });
}
