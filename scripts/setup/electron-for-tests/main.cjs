// What the Electron for tests starts: the application in the folder that its first word names, as Electron's own default
// application does. Copied into resources/app of that Electron.

const { readFileSync } = require("node:fs");
const { join, resolve } = require("node:path");
const { app } = require("electron");

const folder = resolve(process.argv.slice(1).find((word) => !word.startsWith("-")) ?? ".");
const { name, version, main } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
// So the application knows that its own words begin behind the folder.
Object.defineProperty(process, "defaultApp", { value: true });
app.setName(name);
// Electron's own loader uses these two; its types do not know them.
Reflect.get(app, "setVersion").call(app, version);
Reflect.get(app, "setAppPath").call(app, folder);
require(join(folder, main));
