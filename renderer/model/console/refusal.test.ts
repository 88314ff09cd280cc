import { expect, test } from "vitest";
import { findRefusal, OutputEnd } from "./refusal.ts";

/** What OpenJDK 17 printed for a ProcessBuilder with the property os.name=Pith, where uname's sysname comes from. */
const processBuilder = `Exception in thread "main" java.lang.Error: Pith is not a supported OS platform.
	at java.base/java.lang.ProcessImpl$Platform.get(ProcessImpl.java:139)
	at java.base/java.lang.ProcessImpl.<clinit>(ProcessImpl.java:143)
	at java.base/java.lang.ProcessBuilder.start(ProcessBuilder.java:1110)
`;

test.each([
  [processBuilder, "Java's ProcessBuilder"],
  ["Caused by: java.lang.IllegalStateException: Only supported on Linux\n", "Netty"],
  ["java.lang.UnsatisfiedLinkError: Native library (com/sun/jna/pith-x86-64/libjnidispatch.so) not found", "JNA"],
  ["No native library found for os.name=Pith, os.arch=x86_64, paths=[/org/sqlite]", "SQLite's driver for Java"],
  ["Cannot determine JNI library name for ARCH='amd64' OS='pith' name='rocksdb'", "a Java library"],
  ["Unsupported OS/arch, cannot find /pith/amd64/libzstd-jni.so", "a Java library"],
  ["error: unsupported operating system: Pith", "the program"],
])("a refusal of the system's name is known by what is printed: %s", (output, by) => {
  expect(findRefusal(`started\n${output}\n`)).toBe(by);
});

test.each([
  "pith: system call 246 (kexec_load) is not supported\n",
  "java.lang.Error: Linux is not a supported OS platform.\n",
  "Pith 0.1.0 started, 3 codecs not supported\n",
  "No native library found for os.name=Linux, os.arch=x86_64\n",
])("other output is no refusal: %s", (output) => {
  expect(findRefusal(output)).toBeUndefined();
});

test("of a run's output only the end is kept, whatever the pieces", () => {
  const end = new OutputEnd();
  end.push(new TextEncoder().encode(processBuilder));
  for (let n = 0; n < 50; n++) end.push(new TextEncoder().encode("x".repeat(4000)));

  expect(end.text().length).toBeLessThan((64 << 10) + 4000);
  expect(findRefusal(end.text())).toBeUndefined();
  end.push(new TextEncoder().encode(processBuilder));
  expect(findRefusal(end.text())).toBe("Java's ProcessBuilder");
  end.clear();
  expect(end.text()).toBe("");
});
