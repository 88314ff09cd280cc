/** What the files that a person adds mean to the search for libraries: some are modules, some are libraries themselves. */

import type { Tree } from "../formats/tfs/tree.ts";
import { fileAt } from "../formats/tfs/tree-paths.ts";
import { toBytes, toText } from "../formats/tfs/value.ts";
import type { AddedModule } from "../programs/libraries.ts";

const MODULE_NAME = /\.so(\.\d+)*$/;
/** More than any program opens. */
const MAX_MODULES = 4096;

/** Files that are called like shared objects: a program may open them, and then needs what they need. */
export function modulesIn(tree: Tree): AddedModule[] {
  const modules: AddedModule[] = [];
  for (const node of tree.walk()) {
    if (modules.length >= MAX_MODULES) break;
    if (tree.typeOf(node) !== "file" || !MODULE_NAME.test(tree.nameOf(node))) continue;
    const content = tree.contentOf(node);
    if (Buffer.isBuffer(content)) continue;
    modules.push({ hostPath: toText(content.path), guestPath: toText(tree.pathOf(node)) });
  }
  return modules;
}

/** Where the content of the file at a path of the tree is on the host. */
export function hostPathIn(tree: Tree, guestPath: string): string | undefined {
  const node = fileAt(tree, toBytes(guestPath));
  const content = node === undefined ? undefined : tree.contentOf(node);
  return content === undefined || Buffer.isBuffer(content) ? undefined : toText(content.path);
}
