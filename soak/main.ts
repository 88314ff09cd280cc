/** `npm run soak`: long trials, in full. `npm test` has their short form. */

import { killTrial } from "./kill-trial.ts";

const trials: Record<string, () => Promise<void>> = {
  kill: async () => {
    const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
    process.stdout.write(`kill: 1000 rounds, seed ${seed}\n`);
    const outcome = await killTrial({ rounds: 1000, seed, say: (line) => process.stdout.write(`  ${line}\n`) });
    process.stdout.write(`kill: nothing was lost. ${JSON.stringify(outcome)}\n`);
  },
};

const wanted = process.argv.slice(2);
for (const name of wanted.length > 0 ? wanted : Object.keys(trials)) {
  const trial = trials[name];
  if (!trial) throw new Error(`There is no trial “${name}”; there are: ${Object.keys(trials).join(", ")}`);
  await trial();
}
