/** Symbolic links that lead nowhere in a tree that shall become a volume: which they are, and bringing what they lead to. */

import { lstat, readlink, realpath, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { hostFile, hostFileOf, type NodeId, type Tree } from "../formats/tfs/tree.ts";
import { type ResolvedLink, resolveLink } from "../formats/tfs/tree-links.ts";
import { putNode } from "../formats/tfs/tree-paths.ts";
import { type ByteString, toBytes, toText } from "../formats/tfs/value.ts";
import { systemIn } from "../programs/system-root.ts";

/** The kernel fills these folders, so a link into them leads somewhere. */
const KERNEL_FOLDERS = /^\/(?:dev|proc|sys)(?:\/|$)/;
/** What programs make there exists only while they run. */
const VOLATILE_FOLDERS = /^\/(?:run|tmp|var\/run|var\/tmp)(?:\/|$)/;
/** Links whose targets are brought in one build; a tree of more makes ever new ones. */
const MAX_BROUGHT = 10_000;
/** More links than these are told by their number. */
const MAX_TOLD = 10;

type Lost = Exclude<ResolvedLink, { node: NodeId }>;

/** Every link that leads nowhere, once: the one whose own target is missing, not those that lead to it. */
export function* lostLinks(tree: Tree): Generator<Lost> {
  const seen = new Set<NodeId>();
  for (const node of tree.walk()) {
    if (tree.typeOf(node) !== "link") continue;
    const found = resolveLink(tree, node);
    if ("node" in found || seen.has(found.link) || isOfKernel(found)) continue;
    seen.add(found.link);
    yield found;
  }
}

const isOfKernel = (lost: Lost) => "missing" in lost && KERNEL_FOLDERS.test(lost.missing);

export interface BringOptions {
  /** All links that lead nowhere; else those of `named`. */
  all: boolean;
  named: readonly NodeId[];
  /** A folder that stands for the root of the host: absolute targets are looked for there first. */
  sysroot?: string | undefined;
  note: (line: string) => void;
  addFolder: (host: string, guest: string) => Promise<void>;
}

/** Adds to `tree` what its links lead to on the host, as far as that exists. */
export async function bringTargets(tree: Tree, options: BringOptions): Promise<void> {
  /** Those whose target is not there, or can't be added. */
  const left = new Set<NodeId>();
  for (let count = 0; count < MAX_BROUGHT; count++) {
    const lost = nextLost(tree, options, left);
    if (!lost) return;
    left.add(lost.link);
    const host = await hostTarget(tree, lost.link, options.sysroot);
    if (host !== undefined && "target" in lost) await bring(tree, host, lost, options);
  }
}

function nextLost(tree: Tree, { all, named }: BringOptions, left: ReadonlySet<NodeId>) {
  const isNew = (lost: ResolvedLink): lost is Lost & { missing: ByteString } =>
    "missing" in lost && !left.has(lost.link) && !isOfKernel(lost);
  for (const link of named) {
    const found = tree.typeOf(link) === "link" ? resolveLink(tree, link) : undefined;
    if (found && isNew(found)) return found;
  }
  if (all) for (const found of lostLinks(tree)) if (isNew(found)) return found;
  return undefined;
}

async function bring(
  tree: Tree,
  host: string,
  { link, target }: { link: NodeId; target: ByteString },
  { note, addFolder }: BringOptions,
): Promise<void> {
  const facts = await lstat(host);
  if (facts.isSymbolicLink()) {
    const node = putNode(tree, target, { type: "link", target: await readlink(host, { encoding: "latin1" }) });
    tree.setHostOfLink(node, toBytes(host));
  } else if (facts.isFile()) putNode(tree, target, hostFile(hostFileOf(toBytes(host), facts, true)));
  else if (!facts.isDirectory()) note(`Left out ${host}: it is a device, a pipe or a socket`);
  else if (`${toText(tree.hostOfLink(link) ?? "")}/`.startsWith(`${host}/`))
    note(`Left out ${host}: the link ${toText(tree.pathOf(link))} to it is in that folder itself`);
  else await addFolder(host, toText(target));
}

/** Where the target of a link is on the host; undefined where it is not there. */
async function hostTarget(tree: Tree, link: NodeId, sysroot: string | undefined): Promise<string | undefined> {
  const host = tree.hostOfLink(link);
  if (host === undefined) return undefined;
  const target = toText(tree.targetOf(link));
  const inRoot = sysroot !== undefined && target.startsWith("/") ? await systemIn(sysroot).find(target) : undefined;
  if (inRoot !== undefined) return inRoot;
  const folder = await realpath(dirname(toText(host))).catch(() => undefined);
  const path = folder === undefined ? undefined : resolve(folder, target);
  return path !== undefined && (await lstat(path).catch(() => undefined)) ? path : undefined;
}

/** What a person should know of the links that lead nowhere: a sentence each, and what helps. */
export async function lostLinkNotes(tree: Tree, sysroot?: string): Promise<string[]> {
  const notes: string[] = [];
  let more = 0;
  let bringable = 0;
  for (const lost of lostLinks(tree)) {
    const host = "loops" in lost ? undefined : await hostTarget(tree, lost.link, sysroot);
    const isThere = host !== undefined && (await stat(host).catch(() => undefined)) !== undefined;
    if (!isThere && "missing" in lost && VOLATILE_FOLDERS.test(lost.missing)) continue;
    if (isThere) bringable++;
    if (notes.length === MAX_TOLD) {
      more++;
      continue;
    }
    const link = `The link ${toText(tree.pathOf(lost.link))} leads to ${toText(tree.targetOf(lost.link))}`;
    if ("loops" in lost) notes.push(`${link} and back to itself: it cannot be opened`);
    else notes.push(`${link}, which is ${isThere ? "not in the image" : "neither in the image nor on the host"}`);
  }
  if (more > 0) notes.push(`${more} more links point to files that are not in the image`);
  if (bringable > 0)
    notes.push(
      `--follow-links (“Follow links” in the build sheet) adds the targets that exist on the host, of ${bringable === 1 ? "1 link" : `${bringable} links`}`,
    );
  return notes;
}
