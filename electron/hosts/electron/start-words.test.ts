import { describe, expect, test } from "vitest";
import { ownWords, questionOf, readOpenings } from "./start-words.ts";

describe("the words that the application is started with", () => {
  test("are its own without switches, and without the folder of an application that is not packaged", () => {
    expect(ownWords(["electron", "--inspect=0", "/repo", "a.img", "--x"], true)).toEqual(["a.img"]);
    expect(ownWords(["unideck", "--no-sandbox", "a.img"], false)).toEqual(["a.img"]);
  });

  test("are files, from the folder that they were named in", () => {
    expect(readOpenings(["a.img", "/b/config.json", "file:///c%20d"], "/here")).toEqual([
      { kind: "file", path: "/here/a.img" },
      { kind: "file", path: "/b/config.json" },
      { kind: "file", path: "/c d" },
    ]);
  });

  test("are links of ours", () => {
    expect(readOpenings(["unideck://run/web-server", "unideck://instance/3f9a0c11d2"], "/")).toEqual([
      { kind: "run-image", image: "web-server" },
      { kind: "show-instance", id: "3f9a0c11d2" },
    ]);
  });

  test.each([
    "unideck://run/",
    "unideck://run/../x",
    "unideck://run/a/b",
    "unideck://run/a?b",
    "unideck://run/a%2Fb",
    "unideck://delete/a",
    "unideck://run/-rf",
    "https://example.org/a.img",
    "file://host/share",
    "javascript:alert(1)",
    "",
  ])("%s asks for nothing", (word) => {
    expect(readOpenings([word], "/")).toEqual([]);
  });

  test("a link is confirmed before it acts, a file is not", () => {
    expect(questionOf({ kind: "run-image", image: "a" })?.message).toBe("Run the image a?");
    expect(questionOf({ kind: "show-instance", id: "b" })?.yes).toBe("Show");
    expect(questionOf({ kind: "file", path: "/a" })).toBeUndefined();
  });
});
