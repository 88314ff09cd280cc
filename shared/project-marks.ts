/** By what files a folder looks like something that can be run, though nothing in it says how. */
export const PROJECT_MARKS = [
  "package.json",
  "requirements.txt",
  "pyvenv.cfg",
  ".venv/pyvenv.cfg",
  "venv/pyvenv.cfg",
  "env/pyvenv.cfg",
  "bin/java",
];
