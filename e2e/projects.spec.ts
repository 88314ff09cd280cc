/** Folders that say nothing of Unideck are run as they are: a Python project with its environment, and a Node project. */

import { execFileSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { expect, test } from "@playwright/test";
import { systemPython } from "../scripts/setup/machine.mjs";
import { freePort } from "./support/free-port.ts";
import { World } from "./support/world.ts";

/** Runs the folder, and asks its server once that answers. */
async function answerOf(world: World, folder: string): Promise<string> {
  const port = await freePort();
  const run = world.spawn(["run", folder, "--rm", "--port", `127.0.0.1:${port}:8000`]);
  let said = "";
  for (const stream of [run.stdout, run.stderr])
    stream.on("data", (piece) => {
      said += piece;
    });
  const ended = new Promise<void>((resolve) => run.once("close", () => resolve()));
  let answer = "";
  await expect
    .poll(
      async () => {
        if (run.exitCode !== null) throw new Error(`It ended: ${said}`);
        answer = await fetch(`http://127.0.0.1:${port}/`).then(
          (response) => response.text(),
          () => "",
        );
        return answer;
      },
      { timeout: 90_000, message: "an answer of the server" },
    )
    .not.toBe("");
  run.kill("SIGINT");
  await ended;
  return answer;
}

const server = `
import http.server, os, sys
import greeting

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"{greeting.words} from {sys.prefix} in {os.getcwd()}".encode())

http.server.HTTPServer(("", 8000), Handler).serve_forever()
`;

test("a Python server runs in its virtual environment, with the packages there", async () => {
  test.setTimeout(180_000);
  await using world = await World.create();
  const site = world.path("site");
  await mkdir(site);
  execFileSync(systemPython(), ["-m", "venv", "--without-pip", `${site}/.venv`]);
  const ask = ["-c", "import sysconfig; print(sysconfig.get_path('purelib'), end='')"];
  const packages = execFileSync(`${site}/.venv/bin/python`, ask, { encoding: "utf8" });
  await writeFile(`${packages}/greeting.py`, "words = 'Hello'\n");
  await writeFile(`${site}/app.py`, server);

  expect(await answerOf(world, site)).toBe("Hello from /app/.venv in /app");
});

test("a Node project runs what its start script names, with its packages", async () => {
  test.setTimeout(180_000);
  await using world = await World.create();
  const site = world.path("site");
  await mkdir(`${site}/node_modules/greeting`, { recursive: true });
  await writeFile(`${site}/node_modules/greeting/index.js`, "exports.words = 'Hello';\n");
  await writeFile(`${site}/package.json`, JSON.stringify({ scripts: { start: "node serve.js" }, main: "other.js" }));
  await writeFile(
    `${site}/serve.js`,
    `require("node:http").createServer((_, answer) =>
       answer.end(require("greeting").words + " in " + process.cwd())).listen(8000);`,
  );

  expect(await answerOf(world, site)).toBe("Hello in /app");
});

test("a script runs with its interpreter; a project without a script to run says which command names one", async () => {
  test.setTimeout(180_000);
  await using world = await World.create();
  await writeFile(world.path("tool.py"), "import json, sys\nprint(json.dumps(sys.argv))\n");
  await mkdir(world.path("empty"));
  await writeFile(world.path("empty", "package.json"), "{}");

  const run = await world.unideck(["run", "tool.py", "--rm", "--arg", "one"]);
  expect(run).toMatchObject({ code: 0, stdout: '["/tool.py", "one"]\n' });
  expect(run.stderr).toMatch(/note: tool\.py is run by python3\S*\. .*standard library/);

  const build = await world.unideck(["build", "empty"]);
  expect(build.code).not.toBe(0);
  expect(build.stderr).toContain(`unideck run ${world.path("empty")} --arg /app/index.js`);
});
