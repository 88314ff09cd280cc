// @vitest-environment jsdom
import { screen, waitFor } from "@testing-library/react";
import { expect, test } from "vitest";
import { parseCrash } from "../../model/console/crash.ts";
import { useView } from "../../model/view.ts";
import { anEnded } from "../../test/samples.ts";
import { open } from "../../test/window.tsx";
import { CrashCard } from "./crash-card.tsx";

const crashed = anEnded({ code: 139, signal: "SIGSEGV", reason: "crashed" });
const report = parseCrash(
  [
    "signal: SIGSEGV (11)",
    "address: 0x18",
    "access: read",
    "cause: nothing is mapped there",
    "thread: 3",
    "rip: parse_row + 0x31",
    "rax: 0x2a",
    "#0 parse_row + 0x31",
    "#1 read_file + 0x1a8",
  ].join("\n"),
);

test("the card of a crash says what happened, where and what to try, with the registers folded", async () => {
  const { user } = await open(<CrashCard instance={crashed} report={report} />);

  const card = screen.getByRole("alert");
  expect(card.textContent).toContain("The program read address 0x18: nothing is mapped there");
  expect(card.textContent).toContain("In parse_row + 0x31, thread 3.");
  expect(card.textContent).toContain("A null pointer plus 24 bytes");
  expect(screen.getByRole("list", { name: "Backtrace" }).textContent).toContain("#1 read_file + 0x1a8");
  expect(screen.queryByText("0x2a")).toBeNull();
  await user.click(screen.getByRole("button", { name: "Registers" }));
  expect(screen.getByText("0x2a")).toBeDefined();
});

test("the program that crashed is run again with a trace, which is then shown", async () => {
  const { engine, user } = await open(<CrashCard instance={crashed} report={report} />, { instances: [crashed] });

  await user.click(screen.getByRole("button", { name: "Run with trace" }));

  await waitFor(() => expect(engine.inputsOf("instances.start")).toEqual([{ id: "i1", trace: true }]));
  expect(useView.getState()).toMatchObject({ instance: "i1", instanceTab: "trace" });
});

test("the card of a crash without a report says what is known by the signal alone", async () => {
  await open(<CrashCard instance={crashed} report={undefined} />);

  expect(screen.getByRole("alert").textContent).toContain("The program used memory that is not its own");
  expect(screen.queryByRole("button", { name: "Registers" })).toBeNull();
});
