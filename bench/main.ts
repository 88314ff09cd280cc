/** `npm run bench`: the sections that were asked for, or all of them. */

import { benchBoot } from "./boot.ts";
import { benchFootprint } from "./footprint.ts";

const sections: Record<string, () => Promise<void>> = { boot: benchBoot, footprint: benchFootprint };

const wanted = process.argv.slice(2);
for (const name of wanted.length > 0 ? wanted : Object.keys(sections)) {
  const section = sections[name];
  if (!section) throw new Error(`There is no section “${name}”; there are: ${Object.keys(sections).join(", ")}`);
  await section();
}
