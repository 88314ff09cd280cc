/** How a missing tool is installed on the host, as a command to be copied. */

const packages = {
  "qemu-system-x86_64": { apt: "qemu-system-x86", brew: "qemu" },
  "qemu-img": { apt: "qemu-utils", brew: "qemu" },
  chromium: { apt: "chromium", brew: "--cask chromium" },
  ip: { apt: "iproute2", brew: "iproute2mac" },
  node: { apt: "nodejs", brew: "node" },
} as const;

export type InstallableTool = keyof typeof packages;

export function installCommand(tool: InstallableTool, platform: NodeJS.Platform = process.platform): string {
  return platform === "darwin" ? `brew install ${packages[tool].brew}` : `sudo apt install ${packages[tool].apt}`;
}
