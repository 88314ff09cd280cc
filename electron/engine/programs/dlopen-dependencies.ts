/**
 * What the C library opens by itself while a program runs, and no header names: modules for names and character sets, and
 * the library that unwinds threads. Told by the functions that a program or a library of it imports. Pure.
 */

interface DlopenRule {
  /** Importing one of these makes it likely. */
  marks: readonly string[];
  /** Libraries that glibc then opens by name. Newer versions have some of them built in. */
  libraries: readonly string[];
}

const dlopenRules: readonly DlopenRule[] = [
  {
    marks: ["getaddrinfo", "gethostbyname", "gethostbyname_r", "gethostbyname2_r", "gethostbyaddr_r", "getnameinfo"],
    libraries: ["libnss_files.so.2", "libnss_dns.so.2"],
  },
  { marks: ["getpwnam", "getpwnam_r", "getpwuid", "getpwuid_r", "getgrnam_r"], libraries: ["libnss_files.so.2"] },
  { marks: ["pthread_exit", "pthread_cancel", "thrd_exit", "backtrace"], libraries: ["libgcc_s.so.1"] },
];

/** Opening a conversion of characters means modules of a folder beside the C library. */
const CONVERSION_MARKS = ["iconv_open"];

/** Every function by which a habit shows. */
export const DLOPEN_MARKS: readonly string[] = [...dlopenRules.flatMap(({ marks }) => marks), ...CONVERSION_MARKS];

/** Names of libraries that a program which imports `marks` may open. */
export function dlopenDependencies(marks: ReadonlySet<string>): string[] {
  const wanted = dlopenRules.filter((rule) => rule.marks.some((mark) => marks.has(mark)));
  return [...new Set(wanted.flatMap(({ libraries }) => libraries))];
}

export function convertsCharacters(marks: ReadonlySet<string>): boolean {
  return CONVERSION_MARKS.some((mark) => marks.has(mark));
}
