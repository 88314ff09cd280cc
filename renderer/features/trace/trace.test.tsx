// @vitest-environment jsdom
import { screen, waitFor } from "@testing-library/react";
import { expect, test } from "vitest";
import { anEnded, aRunning } from "../../test/samples.ts";
import { open } from "../../test/window.tsx";
import { matches, parseCall } from "./call.ts";
import { TracePane } from "./trace-pane.tsx";

const traced = anEnded({ code: 0, reason: "exited" }, { id: "i1", trace: true });

test("a line is taken apart", () => {
  expect(parseCall('1 0.273704 openat(AT_FDCWD, "/etc/passwd", 0x0) = -1 ENOENT')).toEqual({
    thread: "1",
    seconds: "0.273704",
    name: "openat",
    arguments: 'AT_FDCWD, "/etc/passwd", 0x0',
    result: "-1 ENOENT",
    isError: true,
  });
});

test("a line of another shape is kept as it is", () => {
  expect(parseCall("something else")).toMatchObject({ name: "", arguments: "something else", isError: false });
});

test("calls are found by parts of names, any of several", () => {
  const call = parseCall("1 0.1 openat(3) = 4");

  expect(matches(call, "", false)).toBe(true);
  expect(matches(call, "read, OPEN", false)).toBe(true);
  expect(matches(call, "read", false)).toBe(false);
  expect(matches(call, "", true)).toBe(false);
});

test("the tab counts the calls of a traced run", async () => {
  await open(<TracePane instance={traced} />, {
    instances: [traced],
    traces: { i1: "1 0.1 openat(1) = -1 ENOENT\n1 0.2 read(3) = 5\n1 0.3 exit_group(0) = 0\n" },
  });

  await waitFor(() => expect(screen.getByRole("status").textContent).toBe("3 calls"));
});

test("errors only, and names, make it less", async () => {
  const { user } = await open(<TracePane instance={traced} />, {
    instances: [traced],
    traces: { i1: "1 0.1 openat(1) = -1 ENOENT\n1 0.2 openat(3) = 5\n1 0.3 read(0) = -1 EBADF\n" },
  });
  await waitFor(() => expect(screen.getByRole("status").textContent).toBe("3 calls"));

  await user.click(screen.getByRole("checkbox", { name: "Errors only" }));
  expect(screen.getByRole("status").textContent).toBe("2 of 3 calls");
  await user.type(screen.getByRole("textbox", { name: "Names of calls" }), "open");

  expect(screen.getByRole("status").textContent).toBe("1 of 3 calls");
});

test("a run that goes on without a trace is stopped and started with one", async () => {
  const plain = aRunning();
  const { engine, user } = await open(<TracePane instance={plain} />, { instances: [plain] });

  await user.click(screen.getByRole("button", { name: "Restart with trace" }));

  await waitFor(() => expect(engine.inputsOf("instances.start")).toEqual([{ id: "i1", trace: true }]));
  expect(engine.inputsOf("instances.stop")).toEqual([{ id: "i1" }]);
});

test("a run that was not traced is started again with a trace", async () => {
  const plain = anEnded({ code: 0, reason: "exited" }, { id: "i1" });
  const { engine, user } = await open(<TracePane instance={plain} />, { instances: [plain] });

  await user.click(screen.getByRole("button", { name: "Start again with trace" }));

  await waitFor(() => expect(engine.inputsOf("instances.start")).toEqual([{ id: "i1", trace: true }]));
});
