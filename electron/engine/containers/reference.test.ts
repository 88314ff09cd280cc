import { expect, it } from "vitest";
import { baseNameOf, formatReference, parseReference } from "./reference.ts";

const digest = `sha256:${"0a".repeat(32)}`;

it.each([
  ["redis", "docker.io/library/redis:latest", "redis"],
  ["redis:8-alpine", "docker.io/library/redis:8-alpine", "redis"],
  ["docker://library/redis", "docker.io/library/redis:latest", "redis"],
  ["docker.io/redis", "docker.io/library/redis:latest", "redis"],
  ["ghcr.io/owner/some.app:v1.2", "ghcr.io/owner/some.app:v1.2", "some.app"],
  ["localhost/app", "localhost/app:latest", "app"],
  ["127.0.0.1:5000/a/b/c:x", "127.0.0.1:5000/a/b/c:x", "c"],
  ["[::1]:5000/app", "[::1]:5000/app:latest", "app"],
  [`quay.io/x/y@${digest}`, `quay.io/x/y@${digest}`, "y"],
  [`quay.io/x/y:1@${digest}`, `quay.io/x/y:1@${digest}`, "y"],
  ["oci:/a/layout", "/a/layout", "layout"],
  ["oci:/a/layout:1.0", "/a/layout:1.0", "layout"],
  ["docker-archive:/a/saved.tar:me/app:2", "/a/saved.tar", ""],
  ["docker-archive:/a/saved.tar", "/a/saved.tar", "saved"],
  ["/a/saved.tar.gz", "/a/saved.tar.gz", "saved"],
])("%s names %s", (text, meant, name) => {
  const reference = parseReference(text);
  expect(formatReference(reference)).toContain(meant);
  if (name) expect(baseNameOf(reference)).toBe(name);
});

it.each([
  "",
  "docker://",
  "UPPER/case",
  "a b",
  "-host.io/x",
  "x:tag with space",
  "x@sha256:12",
  "oci:relative",
  "a/../b",
  "h.io/",
])("“%s” is refused", (text) => {
  expect(() => parseReference(text)).toThrow(expect.objectContaining({ code: "args.invalid" }));
});
