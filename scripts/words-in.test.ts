import { expect, test } from "vitest";
import { wordsIn } from "./words-in.mjs";

const texts = (source: string) => wordsIn(source).map(({ text }) => text);

test("sentences of problems, with a mark where a value stands", () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: source text
  const source = 'throw new Problem("image.damaged", `Cannot read ${name}: ${reason ?? "not a TFS file system"}`)';

  expect(texts(source)).toEqual(["Cannot read …: …", "not a TFS file system"]);
});

test("text and labels of components, not their classes", () => {
  const source = `<Button className="flex min-h-0 flex-1" label="Stop capture">
      Delete image
    </Button>`;

  expect(texts(source)).toEqual(["Stop capture", "Delete image"]);
});

test("no comments, imports, codes or regular expressions", () => {
  const source = `// A comment says "nothing of this".
import { a } from "./a file.ts";
/* nor "this one" */
const code = "image.not-found";
const pattern = /a "quoted word" here/;
const shown = "Not found";`;

  expect(texts(source)).toEqual(["Not found"]);
});

test("each with the line it begins in", () => {
  expect(wordsIn('\n\nconst a = "Two words";\n')).toEqual([{ line: 3, text: "Two words" }]);
});
