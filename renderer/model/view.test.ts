// @vitest-environment jsdom
import { beforeEach, describe, expect, test } from "vitest";
import { MOST_TILES, useView } from "./view.ts";

const stored = (state: unknown) => localStorage.setItem("unideck.view", JSON.stringify({ state, version: 0 }));

beforeEach(() => {
  localStorage.clear();
  useView.setState(useView.getInitialState(), true);
});

describe("what is on screen", () => {
  test("is remembered, but not the functions that change it", () => {
    useView.getState().openInstance("i1", "log");

    expect(JSON.parse(localStorage.getItem("unideck.view") ?? "")).toMatchObject({
      state: { section: "instances", instance: "i1", instanceTab: "log", detailOpen: true },
    });
  });

  test("comes back when the page is loaded again", async () => {
    stored({ section: "images", image: "web", listWidthPx: 400 });

    await useView.persist.rehydrate();

    expect(useView.getState()).toMatchObject({ section: "images", image: "web", listWidthPx: 400 });
  });

  test.each([[{ section: 7 }], [{ listWidthPx: 9 }], ["nonsense"], [null]])(
    "is the usual where %j was remembered",
    async (state) => {
      stored(state);

      await useView.persist.rehydrate();

      expect(useView.getState()).toMatchObject({ section: "instances", listWidthPx: 340 });
    },
  );

  test("a divider stays between its limits", () => {
    useView.getState().setListWidth(5000);
    expect(useView.getState().listWidthPx).toBe(640);
    useView.getState().setListWidth(-1);
    expect(useView.getState().listWidthPx).toBe(220);
  });
});

test("so many consoles stand side by side, and no more", () => {
  useView.getState().showConsoles(Array.from({ length: MOST_TILES + 3 }, (_, n) => `i${n}`));

  expect(useView.getState().consoles).toHaveLength(MOST_TILES);
});
