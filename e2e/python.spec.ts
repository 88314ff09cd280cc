/** A whole program that nobody built for this: the system's Python, with its standard library as a folder. */

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { expect, test } from "@playwright/test";
import { World } from "./support/world.ts";

/** The distribution's rather than one that stands before it in the path: that one has all modules. */
const command = existsSync("/usr/bin/python3") ? "/usr/bin/python3" : "python3";
const ask = "import os, sys; print(os.path.realpath(sys.executable), os.path.dirname(os.__file__), sep='\\n', end='')";
const [python = "", library = ""] = execFileSync(command, ["-c", ask], { encoding: "utf8" }).split("\n");

/** Arithmetic, text, files, modules in C and the libraries that these need: the same on Linux and on Pith. */
const script = `
import csv, ctypes, decimal, hashlib, io, json, math, os, re, sqlite3, ssl, struct, sys, tempfile, zlib

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
    print(list(csv.reader(open(path))), os.path.getsize(path), struct.pack("<I", 7))
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
  // The kernel names calls that it does not have yet.
  const said = pith.stdout.split("\n").filter((line) => !line.startsWith("pith: "));
  expect(said).toEqual(linux.stdout.split("\n"));
  expect(pith.code).toBe(21);
});
