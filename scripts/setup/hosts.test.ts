import { describe, expect, test } from "vitest";
import { hostsToTry, obstacleToWindow } from "./hosts.mjs";

const desktop = { hasDisplay: true, isRoot: false };

describe("the host that npm start opens", () => {
  test("is Electron where a window can be opened, and the web host where Electron can't be had", () => {
    expect(hostsToTry(undefined, desktop)).toEqual(["electron", "web"]);
  });

  test("is the web host without a display, and for root", () => {
    expect(hostsToTry(undefined, { ...desktop, hasDisplay: false })).toEqual(["web"]);
    expect(hostsToTry(undefined, { ...desktop, isRoot: true })).toEqual(["web"]);
  });

  test("is the one that was asked for, and no other", () => {
    expect(hostsToTry("electron", { ...desktop, isRoot: true })).toEqual(["electron"]);
    expect(hostsToTry("web", desktop)).toEqual(["web"]);
  });

  test("says why there is no window", () => {
    expect(obstacleToWindow(desktop)).toBeUndefined();
    expect(obstacleToWindow({ ...desktop, hasDisplay: false })).toBe("there is no display");
    expect(obstacleToWindow({ ...desktop, isRoot: true })).toBe("a browser's sandbox does not work for root");
  });
});
