/** Light or dark: what the settings say, or else what the system says, and that at the very first frame too. */

import { useSettings } from "./engine.ts";

/** Settings come with the first snapshot; until then the last choice of this browser counts. */
const REMEMBERED = "unideck.theme";

/** Keeps `data-theme` of the page true from now on. */
export function followTheme(): void {
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  let wish = localStorage.getItem(REMEMBERED) ?? "system";
  const show = () => {
    const isDark = wish === "dark" || (wish !== "light" && system.matches);
    document.documentElement.dataset.theme = isDark ? "dark" : "light";
  };
  system.addEventListener("change", show);
  useSettings.subscribe(({ settings }) => {
    wish = settings.appearance.theme;
    localStorage.setItem(REMEMBERED, wish);
    show();
  });
  show();
}
