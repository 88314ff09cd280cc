/** Whole programs that nobody built for this: the system's Python with its standard library as a folder, Node, SQLite. */

import { writeFile } from "node:fs/promises";
import { expect, test } from "@playwright/test";
import { findPython } from "./support/python.ts";
import { World, waitForOutput } from "./support/world.ts";

const { python, library } = findPython();

/** Without the lines in which the kernel names calls that it does not have yet. */
function programLines(stdout: string): string[] {
  return stdout.split("\n").filter((line) => !line.startsWith("pith: "));
}

/** Arithmetic, text, files, modules in C and the libraries that these need: the same on Linux and on Pith. */
const script = `
import csv, ctypes, decimal, hashlib, json, math, os, pathlib, re, signal, sqlite3, ssl, struct, sys, tempfile, threading, zlib

print(sys.version_info[:2], sys.argv[1:], os.getcwd() == "/" or "elsewhere")
print(json.dumps({"pi": round(math.pi, 6), "words": re.findall(r"\\w+", "one, two; three")}))
print(decimal.Decimal(1) / decimal.Decimal(7), sum(x * x for x in range(100000)))
print(hashlib.sha256(b"pith").hexdigest(), zlib.crc32(b"pith" * 1000))
print(ctypes.CDLL("libc.so.6").strlen(b"seven up"), ssl.OPENSSL_VERSION.split()[0])
database = sqlite3.connect(":memory:")
database.execute("create table t (n integer, s text)")
database.executemany("insert into t values (?, ?)", [(n, str(n)) for n in range(1000)])
print(database.execute("select sum(n), max(s) from t").fetchone())
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "rows.csv")
    with open(path, "w", newline="") as file:
        csv.writer(file).writerows([["a", 1], ["b", 2]])
    deep = pathlib.Path(folder, "deep", "er")
    deep.mkdir(parents=True)
    (deep / "leaf.txt").write_text("leaf")
    (deep / "leaf.txt").rename(deep / "renamed.txt")
    print(sorted(p.relative_to(folder).as_posix() for p in pathlib.Path(folder).rglob("*")), deep.stat().st_nlink)
    print(list(csv.reader(open(path))), os.path.getsize(path), struct.pack("<I", 7))
results = []
threads = [threading.Thread(target=lambda n=n: results.append(sum(range(n * 1000)))) for n in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(sorted(results))
signal.signal(signal.SIGUSR1, lambda number, frame: print("signal", number))
os.kill(os.getpid(), signal.SIGUSR1)
try:
    open("/no/such/file")
except FileNotFoundError as error:
    print("caught", error.errno)
sys.exit(21)
`;

test("the system's Python runs a program of its own, with modules in C and what they need", async () => {
  await using world = await World.create();
  const path = world.path("program.py");
  await writeFile(path, script);
  const linux = await world.runFile(python, ["-I", path, "an argument"], { cwd: "/" });

  const pith = await world.unideck([
    ...["run", python, "--rm", "--memory", "256M", "--dir", `${library}:${library}`, "--file", `${path}:/program.py`],
    ...["--arg", "-I", "--arg", "/program.py", "--arg", "an argument"],
  ]);

  expect(linux.code).toBe(21);
  expect(programLines(pith.stdout)).toEqual(linux.stdout.split("\n"));
  expect(pith.code).toBe(21);
});

/** Timers, promises, compression, workers' threads, files and watching them, a compiler of its own. */
const nodeScript = `
// Without colours, whatever the terminal and the environment say.
const say = (...words) => process.stdout.write(words.join(" ") + "\\n");
const { Worker } = require("node:worker_threads");
const fs = require("node:fs");
say(process.version, process.platform, process.argv.slice(2));
say(require("node:zlib").gunzipSync(require("node:zlib").gzipSync("again ".repeat(3))).toString());
say(require("node:crypto").createHash("sha256").update("pith").digest("hex"));
let fib = (n) => (n < 2 ? n : fib(n - 1) + fib(n - 2));
say(fib(24), new Intl.NumberFormat("de").format(1234567.5));
fs.writeFileSync("/tmp/unideck-node.txt", "written");
const worker = new Worker("require('node:worker_threads').parentPort.postMessage(6 * 7)", { eval: true });
worker.on("message", (answer) => {
  say("worker:", answer, fs.readFileSync("/tmp/unideck-node.txt", "utf8"));
  fs.unlinkSync("/tmp/unideck-node.txt");
  const folder = fs.mkdtempSync("/tmp/unideck-");
  const watcher = fs.watch(folder, (type, name) => {
    say("watched:", type, name);
    watcher.close();
    fs.rmSync(folder, { recursive: true });
    setTimeout(() => process.exit(22), 10);
  });
  fs.writeFileSync(folder + "/appears", "");
});
`;

test("Node runs with its threads, its compiler, its timers and its watchers", async () => {
  await using world = await World.create();
  const path = world.path("program.cjs");
  await writeFile(path, nodeScript);
  const linux = await world.runFile(process.execPath, [path, "an argument"], { cwd: "/" });

  const pith = await world.unideck(
    [
      ...["run", process.execPath, "--rm", "--memory", "512M", "--file", `${path}:/program.cjs`],
      ...["--arg", "/program.cjs", "--arg", "an argument"],
    ],
    { timeoutMs: 55_000 },
  );

  expect(linux.code).toBe(22);
  expect(programLines(pith.stdout)).toEqual(linux.stdout.split("\n"));
  expect(pith.code).toBe(22);
});

/** A hundred transactions of a thousand rows. What is there already is left alone, so it can be run again. */
const transactions = [
  // Committed means: the journal's end is on the disk, too, which SQLite leaves to time otherwise.
  "pragma synchronous = extra;",
  "pragma integrity_check;",
  "create table if not exists rows (n integer primary key, text text);",
  "create index if not exists by_text on rows (text);",
  "select 'found', count(*) from rows;",
  ...Array.from({ length: 100 }, (_, n) => {
    const first = n * 1000;
    return `begin;
with recursive c (n) as (values (${first}) union all select n + 1 from c where n < ${first + 999})
insert or ignore into rows select n, 'row ' || (n * 7919 % 100003) from c;
commit;
select 'committed', ${first + 1000};`;
  }),
  "select 'all', count(*), sum(n), min(text), max(text) from rows;",
  "pragma integrity_check;",
].join("\n");

test("a database of SQLite is whole after its machine was killed, with every row that was committed", async () => {
  await using world = await World.create();
  await world.serve();
  const script = world.path("rows.sql");
  await writeFile(script, transactions);
  const linux = await world.runFile("sqlite3", [":memory:", `.read ${script}`]);

  // At a terminal, where it tells each line at once.
  const first = world.spawnAtTerminal([
    ...["run", "/usr/bin/sqlite3", "--name", "rows", "--size", "64M", "--file", `${script}:/rows.sql`],
    ...["--arg", "/rows.db", "--arg", ".read /rows.sql"],
  ]);
  await waitForOutput(first, "committed|40000");
  await world.unideckJson(["kill", "rows"]);
  const before = (await world.unideck(["logs", "rows"])).stdout;
  await world.unideckJson(["start", "rows"]);
  const { stdout } = await world.unideck(["logs", "rows", "--follow"]);

  const committed = Number([...before.matchAll(/^committed\|(\d+)$/gm)].at(-1)?.[1]);
  const [ok, found = "", ...rest] = programLines(stdout.slice(before.length));
  const inserted = Number(/^found\|(\d+)$/.exec(found)?.[1]);
  expect(committed).toBeLessThan(100_000);
  expect(ok).toBe("ok");
  // One that was killed between its commit and its word for that counts, too.
  expect([committed, committed + 1000]).toContain(inserted);
  expect(rest).toEqual(linux.stdout.split("\n").slice(2));
  expect(rest.at(-3)).toBe("all|100000|4999950000|row 0|row 99999");
});
