// @vitest-environment jsdom
import { screen } from "@testing-library/react";
import { describe, expect, test } from "vitest";
import { anEnded, aRunning, EVENING } from "../../test/samples.ts";
import { open } from "../../test/window.tsx";
import { Timeline } from "./timeline.tsx";

const started = { created: EVENING, starting: EVENING + 10, running: EVENING + 28 };

describe("the timeline of a start", () => {
  test("says where the time to the first output went", async () => {
    await open(<Timeline instance={aRunning()} />);

    expect(screen.getByText("90 ms")).toBeDefined();
    expect(screen.getAllByRole("listitem").map((item) => item.textContent)).toEqual([
      "QEMU 18 ms",
      "kernel 21 ms",
      "network 9.0 ms",
      "program 42 ms",
    ]);
  });

  test("is yet to come before there is any output", async () => {
    await open(<Timeline instance={aRunning({ times: started, milestones: [] })} />);

    expect(screen.getByText(/appear here after the first output/)).toBeDefined();
  });

  test("does not promise an output that never came", async () => {
    const times = { ...started, ended: EVENING + 1900 };
    await open(<Timeline instance={anEnded({ code: 0, reason: "exited" }, { times, milestones: [] })} />);

    expect(screen.getByText("It exited without output.")).toBeDefined();
  });
});
