/** By what files a folder says how it is run, and by what it looks as if it could be. Without schemas: commands load this. */

/** What a folder with a configuration has: a package, or a plain one. */
export const PACKAGE_FILE = "package.manifest";
export const CONFIG_FILE = "config.json";

/** Nothing in these says how. */
export const PROJECT_MARKS = [
  "package.json",
  "requirements.txt",
  "pyvenv.cfg",
  ".venv/pyvenv.cfg",
  "venv/pyvenv.cfg",
  "env/pyvenv.cfg",
  "bin/java",
];
