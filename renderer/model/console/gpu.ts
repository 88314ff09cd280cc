/** Drawing a terminal with the graphics card, where there is a real one; else xterm uses the page's own elements. */

import { WebglAddon } from "@xterm/addon-webgl";
import type { Terminal } from "@xterm/xterm";

/** Graphics that a processor computes: slower to begin with and to draw than plain elements are. */
const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render/i;

/** Begins in a quiet moment, mostly before the guest's first output; does nothing where there is no such card. */
export function drawWithGpu(terminal: Terminal): void {
  requestIdleCallback(() => begin(terminal), { timeout: 300 });
}

function begin(terminal: Terminal): void {
  if (!terminal.element?.isConnected || !hasGpu()) return;
  try {
    const gpu = new WebglAddon();
    gpu.onContextLoss(() => {
      gpu.dispose();
      terminal.options.letterSpacing = 0;
    });
    terminal.loadAddon(gpu);
    spaceLetters(terminal);
  } catch {
    // No WebGL after all: xterm goes on with elements.
  }
}

/**
 * On the card every character is a whole number of device pixels wide, and xterm rounds down: 7.8 becomes 7, which
 * squeezes the text. One pixel more between the letters makes it 8.
 */
export function spaceLetters(terminal: Terminal): void {
  const context = document.createElement("canvas").getContext("2d");
  if (!context || !hasGpu()) return;
  context.font = `${terminal.options.fontSize}px ${terminal.options.fontFamily}`;
  const width = context.measureText("W").width * window.devicePixelRatio;
  terminal.options.letterSpacing = Math.round(width) - Math.floor(width);
}

let known: boolean | undefined;

function hasGpu(): boolean {
  known ??= lookForGpu();
  return known;
}

function lookForGpu(): boolean {
  const context = document.createElement("canvas").getContext("webgl2", { failIfMajorPerformanceCaveat: true });
  if (!context) return false;
  const names = context.getExtension("WEBGL_debug_renderer_info");
  const name = String(context.getParameter(names?.UNMASKED_RENDERER_WEBGL ?? context.RENDERER));
  context.getExtension("WEBGL_lose_context")?.loseContext();
  return !SOFTWARE.test(name);
}
