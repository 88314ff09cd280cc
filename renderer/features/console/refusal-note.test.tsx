// @vitest-environment jsdom
import { screen, waitFor } from "@testing-library/react";
import { expect, test } from "vitest";
import { aBuild, anEnded, anImage } from "../../test/samples.ts";
import { open } from "../../test/window.tsx";
import { ConsolePane } from "./console-pane.tsx";
import { RefusalNote } from "./refusal-note.tsx";

const refused = anEnded({ code: 1, reason: "exited" });

async function openNote(instance = refused, uname?: "linux") {
  const image = anImage({ name: instance.image, build: aBuild({ program: "/srv/web", uname }) });
  return open(<RefusalNote instance={instance} by="Netty" />, { instances: [instance], images: [image] });
}

test("a program that refuses the system's name is rebuilt to report as Linux", async () => {
  const { engine, user } = await openNote();

  expect(screen.getByRole("note").textContent).toContain("Netty runs only on a system that is called Linux");
  await user.click(screen.getByRole("button", { name: "Report as Linux" }));

  await waitFor(() =>
    expect(engine.inputsOf("images.build")[0]).toMatchObject({
      program: "/srv/web",
      name: refused.image,
      uname: "linux",
      force: true,
    }),
  );
});

test.each([
  { why: "the image reports as Linux", instance: refused, uname: "linux" as const },
  { why: "the program ended well", instance: anEnded({ code: 0, reason: "exited" }) },
  { why: "the kernel is not Pith", instance: anEnded(refused.exit, { kernel: { kind: "nanos" } }) },
])("nothing is suggested where $why", async ({ instance, uname }) => {
  await openNote(instance, uname);

  expect(screen.queryByRole("note")).toBeNull();
});

test("the console's end tells that the program refused", async () => {
  const output = 'Exception in thread "main" java.lang.Error: Pith is not a supported OS platform.\n';
  const instance = { ...refused, id: "refused", consoleBytes: output.length };
  const { engine } = await open(<ConsolePane instance={instance} />, { instances: [instance] });
  engine.write("refused", output);

  expect(await screen.findByText(/^Java's ProcessBuilder runs only on/)).toBeDefined();
});
