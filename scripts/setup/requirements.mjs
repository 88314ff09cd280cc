// What Unideck needs from the system's package manager: a table, and which of it a machine lacks. Pure: what a machine
// has is asked in machine.mjs, what is installed is decided in installation.mjs.

/**
 * @typedef {"start" | "test" | "package"} Purpose
 * @typedef {object} Machine what counts of a machine
 * @property {NodeJS.Platform} platform
 * @property {string} arch as in `process.arch`
 * @property {(command: string) => boolean} has whether a program can be started
 * @property {(library: string) => boolean} hasLibrary whether programs find a shared library of that name
 * @property {(library: string) => boolean} gccFinds whether gcc would link with that file
 * @property {(modules: readonly string[]) => boolean} pythonFinds whether the system's Python has these modules
 * @property {boolean} hasRust whether a rustc compiles
 * @property {boolean} hasBrowser
 * @property {boolean} hasFonts
 * @property {boolean} hasNode a Node that is new enough, or one that comes with the npm packages
 * @property {boolean} chromiumIsSnap whether the distribution's chromium is but a hint at a snap
 *
 * @typedef {object} Requirement
 * @property {string} what for people
 * @property {string} why
 * @property {readonly Purpose[]} for
 * @property {(machine: Machine) => boolean} isThere
 * @property {(machine: Machine) => readonly string[]} apt packages; none where apt has none
 * @property {readonly string[]} [brew] formulas
 * @property {readonly string[]} [casks] of brew
 * @property {boolean} [isOptional] whether there is a way without it
 */

/** @param {Machine} machine */
const runsX64 = ({ platform, arch }) => platform === "linux" && arch === "x64";

/** Whether a compiler for x86-64 kernels is there: what kernel/toolchain.mk accepts. @param {Machine} machine */
function hasKernelCompiler(machine) {
  const { has } = machine;
  const gnu = (/** @type {string} */ prefix) => ["gcc", "ld", "nm", "objcopy"].every((tool) => has(prefix + tool));
  if (gnu("x86_64-linux-gnu-") || gnu("x86_64-elf-") || (runsX64(machine) && gnu(""))) return true;
  return ["clang", "ld.lld", "llvm-nm", "llvm-objcopy"].every(has);
}

/** @type {readonly Requirement[]} */
export const requirements = [
  {
    what: "QEMU for x86-64",
    why: "runs the virtual machines",
    for: ["start", "test"],
    isThere: ({ has }) => has("qemu-system-x86_64"),
    apt: () => ["qemu-system-x86"],
    brew: ["qemu"],
  },
  {
    what: "qemu-img",
    why: "reads and converts other disk formats",
    for: ["start", "test"],
    isThere: ({ has }) => has("qemu-img"),
    apt: () => ["qemu-utils"],
    brew: ["qemu"],
  },
  {
    what: "make",
    why: "builds the kernel",
    for: ["start", "test", "package"],
    isThere: ({ has }) => has("make"),
    apt: () => ["make"],
    brew: ["make"],
  },
  {
    what: "a C compiler and linker for x86-64",
    why: "build the kernel and the sample program",
    for: ["start", "test", "package"],
    isThere: hasKernelCompiler,
    apt: ({ arch }) => (arch === "x64" ? ["gcc", "binutils"] : ["gcc-x86-64-linux-gnu", "binutils-x86-64-linux-gnu"]),
    brew: ["llvm", "lld"],
  },
  {
    what: "Chromium",
    why: "shows the application where Electron is not available, and runs the tests",
    for: ["start", "test"],
    isThere: ({ hasBrowser }) => hasBrowser,
    apt: ({ chromiumIsSnap }) => (chromiumIsSnap ? [] : ["chromium"]),
    casks: ["chromium"],
    // Playwright's own follows (browsers.mjs).
    isOptional: true,
  },
  {
    what: "fonts",
    why: "fonts for the browser",
    for: ["start", "test"],
    isThere: ({ platform, hasFonts }) => platform !== "linux" || hasFonts,
    apt: () => ["fonts-dejavu-core"],
  },
  {
    what: "a newer Node",
    why: "runs the application and its tools",
    for: ["start", "test", "package"],
    isThere: ({ hasNode }) => hasNode,
    // On Linux it comes with the npm packages, for the processors that there is one for.
    apt: () => [],
    brew: ["node"],
  },
  {
    what: "gcc with the C library's headers and static libraries",
    why: "builds the test programs",
    for: ["test"],
    isThere: ({ has, gccFinds }) => has("gcc") && gccFinds("libc.a") && gccFinds("libasan.so"),
    apt: () => ["gcc", "libc6-dev"],
  },
  {
    what: "g++",
    why: "builds the C++ test programs",
    for: ["test"],
    isThere: ({ has, gccFinds }) => has("g++") && gccFinds("libstdc++.a"),
    apt: () => ["g++"],
  },
  {
    what: "musl-gcc",
    why: "builds the test programs that use musl",
    for: ["test"],
    isThere: ({ has }) => has("musl-gcc"),
    apt: () => ["musl-tools"],
  },
  {
    what: "ip and unshare",
    why: "give tests a network or a disk of their own",
    for: ["test"],
    isThere: ({ has }) => has("ip") && has("unshare"),
    apt: () => ["iproute2", "util-linux"],
  },
  {
    what: "Xvfb, xauth, D-Bus and unzip",
    why: "give the tests of the Electron window a display and a desktop",
    for: ["test"],
    isThere: ({ platform, has }) => platform !== "linux" || ["Xvfb", "xauth", "dbus-daemon", "unzip"].every(has),
    apt: () => ["xvfb", "xauth", "dbus", "unzip"],
  },
  {
    what: "D-Bus for Python",
    why: "stands in for a desktop's tray and notifications in the tests",
    for: ["test"],
    isThere: ({ platform, pythonFinds }) => platform !== "linux" || pythonFinds(["dbus", "gi"]),
    apt: () => ["python3-dbus", "python3-gi"],
  },
  {
    what: "GTK, NSS, GBM, ALSA and libnotify",
    why: "are libraries that Electron needs",
    for: ["test"],
    isThere: ({ platform, hasLibrary }) =>
      platform !== "linux" ||
      ["libgtk-3.so.0", "libnss3.so", "libgbm.so.1", "libasound.so.2", "libnotify.so.4"].every(hasLibrary),
    // The libraries' own packages have other names in newer systems; these depend on them in all.
    apt: () => ["libgtk-3-bin", "libnss3", "libgbm1", "libasound2-plugins", "libnotify4"],
  },
  {
    what: "Python 3 with its standard library",
    why: "is run on Pith as a whole program",
    for: ["test"],
    // Some systems have a Python that is cut down to what they need themselves.
    isThere: ({ pythonFinds }) => pythonFinds(["ctypes", "decimal", "json", "sqlite3", "ssl", "zlib"]),
    apt: () => ["python3"],
  },
  {
    what: "Go",
    why: "builds programs that are run on Pith",
    for: ["test"],
    isThere: ({ has }) => has("go"),
    apt: () => ["golang-go"],
    brew: ["go"],
  },
  {
    what: "Rust's compiler",
    why: "builds a program that is run on Pith",
    for: ["test"],
    isThere: ({ hasRust }) => hasRust,
    apt: () => ["rustc"],
    brew: ["rust"],
  },
  {
    what: "SQLite's shell, Perl and Lua",
    why: "are run on Pith as whole programs",
    for: ["test"],
    isThere: ({ has }) => has("sqlite3") && has("perl") && has("lua5.4"),
    apt: () => ["sqlite3", "perl", "lua5.4"],
  },
  {
    what: "Redis and nginx",
    why: "are run on Pith as servers",
    for: ["test"],
    isThere: ({ has }) => has("redis-server") && has("redis-benchmark") && has("nginx"),
    apt: () => ["redis-server", "nginx-light"],
  },
  {
    what: "wrk",
    why: "load-tests servers on Pith",
    for: ["test"],
    isThere: ({ has }) => has("wrk"),
    apt: () => ["wrk"],
    brew: ["wrk"],
  },
  {
    what: "cpio, xz and ssh",
    why: "build the Xen host of the tests, and reach it",
    for: ["test"],
    isThere: ({ platform, has }) => platform !== "linux" || ["cpio", "xz", "ssh", "ssh-keygen"].every(has),
    apt: () => ["cpio", "xz-utils", "openssh-client"],
  },
  {
    what: "umoci, skopeo and docker-registry",
    why: "make container images for the tests, and serve them",
    for: ["test"],
    isThere: ({ platform, has }) => platform !== "linux" || ["umoci", "skopeo", "docker-registry"].every(has),
    apt: () => ["umoci", "skopeo", "docker-registry"],
  },
  {
    what: "rsvg-convert",
    why: "draws the icons of packages",
    for: ["test", "package"],
    isThere: ({ has }) => has("rsvg-convert"),
    apt: () => ["librsvg2-bin"],
    brew: ["librsvg"],
  },
  {
    what: "dpkg-deb and rpmbuild",
    why: "make packages for Linux distributions",
    for: ["test", "package"],
    isThere: ({ platform, has }) => platform !== "linux" || (has("dpkg-deb") && has("rpmbuild")),
    apt: () => ["dpkg", "rpm"],
  },
];

/** @param {Purpose} purpose @param {Machine} machine */
export function missingOn(purpose, machine) {
  return requirements.filter((one) => one.for.includes(purpose) && !one.isThere(machine));
}
