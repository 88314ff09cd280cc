// @vitest-environment jsdom
import { screen, waitFor } from "@testing-library/react";
import { describe, expect, test } from "vitest";
import type { Check } from "../../../shared/contract/doctor.ts";
import { open, openUnconnected } from "../../test/window.tsx";
import { DoctorScreen } from "./screen.tsx";

const checkedAt = new Date().toISOString();
const checks: Check[] = [
  { id: "qemu", title: "QEMU", state: "ok", found: "7.2.22" },
  { id: "kvm", title: "Acceleration", state: "warning", found: "KVM does not work", hint: "Programs are emulated." },
  { id: "img", title: "qemu-img", state: "failed", found: "not found", command: "sudo apt-get install qemu-utils" },
];

const row = async (title: string) => {
  const heading = await screen.findByRole("heading", { name: new RegExp(`^${title}`) });
  return heading.closest("li")?.textContent ?? "";
};

describe("the doctor", () => {
  test("says that it looks, until it has looked", async () => {
    openUnconnected(<DoctorScreen />);

    expect(screen.getByText("Checking this computer…")).toBeDefined();
    expect(await screen.findByText("Nothing to check")).toBeDefined();
  });

  test("gives each check a word besides its colour", async () => {
    await open(<DoctorScreen />, { doctor: { checkedAt, checks } });

    expect(await row("QEMU")).toMatch(/ok.*7\.2\.22/);
    expect(await row("Acceleration")).toMatch(/warning.*KVM does not work.*Programs are emulated\./);
    expect(await row("qemu-img")).toMatch(/failed.*not found.*sudo apt-get install qemu-utils/);
    expect(screen.getByRole("button", { name: "Copy command" })).toBeDefined();
  });

  test("looks again when it is asked to", async () => {
    const { engine, user } = await open(<DoctorScreen />, { doctor: { checkedAt, checks } });
    await screen.findByRole("list", { name: "Checks" });

    await user.click(screen.getByRole("button", { name: "Check again" }));

    await waitFor(() => expect(engine.inputsOf("doctor.run")).toContainEqual({ refresh: true }));
  });

  test("says what went wrong when it could not look", async () => {
    await open(<DoctorScreen />, { doctor: { checkedAt: "no time", checks: [] } });

    expect((await screen.findByRole("alert")).textContent).toContain("engine.bug");
  });
});
