// Programs that come from the system's package manager: found missing, explained, asked for, installed.

import { planInstallation, Refusal } from "./installation.mjs";
import { meansOfInstallation, thisMachine } from "./machine.mjs";
import { missingOn } from "./requirements.mjs";
import { fail, isAgreed, run, say } from "./run.mjs";

/**
 * Installs what `purpose` needs and this machine lacks, after saying what and why; asks first when a person is there.
 * What is optional may be missing afterwards.
 * @param {import("./requirements.mjs").Purpose} purpose
 * @param {{ yes: boolean }} options
 */
export async function installSystemPackages(purpose, { yes }) {
  const machine = thisMachine();
  const missing = missingOn(purpose, machine);
  if (missing.length === 0) return;
  const { commands, unavailable } = planOrFail(missing, machine);
  // Nothing to be done, and a way without: no word of it each time.
  if (commands.length === 0 && missing.every((one) => one.isOptional)) return;

  say("Missing on this machine:");
  for (const one of missing) say(`  ${one.what}: ${one.why}`);
  const hopeless = unavailable.filter((one) => !one.isOptional);
  if (hopeless.length > 0)
    fail(
      `The package manager has nothing for: ${hopeless.map((one) => one.what).join(", ")}.`,
      purpose === "test" ? "All tests run on Linux on x86-64 alone; npm start works without these." : undefined,
    );
  say("To be run:");
  for (const command of commands) say(`  ${command.join(" ")}`);
  if (!yes && process.stdin.isTTY && !(await isAgreed()))
    fail("Nothing was installed.", "Run it again to install them.");

  for (const [command = "", ...args] of commands)
    if (!run(command, args))
      fail(`“${[command, ...args].join(" ")}” failed.`, "Install the packages by hand, then run this again.");
  const still = missingOn(purpose, thisMachine()).filter((one) => !one.isOptional);
  if (still.length > 0) fail(`Still missing after the installation: ${still.map((one) => one.what).join(", ")}.`);
}

/**
 * @param {readonly import("./requirements.mjs").Requirement[]} missing
 * @param {import("./requirements.mjs").Machine} machine
 */
function planOrFail(missing, machine) {
  try {
    return planInstallation(missing, machine, meansOfInstallation());
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (missing.every((one) => one.isOptional)) return { commands: [], unavailable: missing };
    say("Missing on this machine:");
    for (const one of missing) say(`  ${one.what}: ${one.why}`);
    return fail(error.message, error.hint);
  }
}
