/** Names of container images, as Docker, Podman and skopeo write them. */

import { isAbsolute } from "node:path";
import { Problem } from "../../../shared/problem.ts";

export type Reference =
  | { kind: "registry"; registry: string; repository: string; tag: string | undefined; digest: string | undefined }
  /** A folder with an OCI layout. */
  | { kind: "layout"; path: string; tag: string | undefined }
  /** A tar archive with an OCI layout, or one made by `docker save`. */
  | { kind: "archive"; path: string; tag: string | undefined };

const DOCKER_HUB = "docker.io";
const repositoryRule = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/;
const tagRule = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const digestRule = /^sha256:[0-9a-f]{64}$/;
const registryRule = /^([a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?|\[[0-9a-fA-F:]+\])(:\d{1,5})?$/;

/**
 * Reads `docker://NAME`, `oci:FOLDER[:TAG]`, `oci-archive:FILE[:TAG]`, `docker-archive:FILE[:TAG]`, the absolute path of an
 * archive, or the name of an image in a registry, where `redis` means `docker.io/library/redis:latest`. Throws args.invalid.
 */
export function parseReference(text: string): Reference {
  const [, scheme, rest = ""] = /^(docker:\/\/|oci:|oci-archive:|docker-archive:)(.*)$/s.exec(text) ?? [];
  if (scheme === "oci:") return { kind: "layout", ...pathAndTag(rest, text) };
  if (scheme === "oci-archive:" || scheme === "docker-archive:") return { kind: "archive", ...pathAndTag(rest, text) };
  if (scheme === undefined && isAbsolute(text)) return { kind: "archive", path: text, tag: undefined };
  return inRegistry(scheme === undefined ? text : rest, text);
}

function pathAndTag(text: string, whole: string): { path: string; tag: string | undefined } {
  const [, path = "", tag] = /^(.*?)(?::([^/:]+(?::[^/:]+)?))?$/s.exec(text) ?? [];
  if (!isAbsolute(path)) throw invalid(whole, "its path is not absolute");
  return { path, tag };
}

function inRegistry(name: string, whole: string): Reference {
  const [, beforeDigest = "", digest] = /^([^@]*)(?:@(.*))?$/s.exec(name) ?? [];
  if (digest !== undefined && !digestRule.test(digest)) throw invalid(whole, "its digest is not sha256:HEX");
  const [, path = "", tag] = /^(.*?)(?::([^/:]*))?$/s.exec(beforeDigest) ?? [];
  if (tag !== undefined && !tagRule.test(tag)) throw invalid(whole, `“${tag}” can't be a tag`);
  const slash = path.indexOf("/");
  const first = slash < 0 ? "" : path.slice(0, slash);
  // Docker's rule: only a host name has a dot, a port, or is localhost.
  const isHost = /[.:]/.test(first) || first === "localhost";
  const registry = isHost ? first : DOCKER_HUB;
  let repository = isHost ? path.slice(slash + 1) : path;
  if (registry === DOCKER_HUB && !repository.includes("/")) repository = `library/${repository}`;
  if (!registryRule.test(registry)) throw invalid(whole, `“${registry}” is no host`);
  if (!repositoryRule.test(repository) || repository.length > 255)
    throw invalid(whole, `“${repository}” can't be the name of a repository`);
  return { kind: "registry", registry, repository, tag: tag ?? (digest === undefined ? "latest" : undefined), digest };
}

/** The name as a person reads it. */
export function formatReference(reference: Reference): string {
  if (reference.kind !== "registry") return reference.tag ? `${reference.path}:${reference.tag}` : reference.path;
  const { registry, repository, tag, digest } = reference;
  return `${registry}/${repository}${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;
}

/** A name for an image made from it: the last word of the repository or file. */
export function baseNameOf(reference: Reference): string {
  const path = reference.kind === "registry" ? reference.repository : reference.path;
  const last = path.split("/").filter(Boolean).at(-1) ?? "image";
  return last.replace(/\.(tar|tar\.gz|tgz|oci)$/, "");
}

function invalid(text: string, why: string): Problem {
  return new Problem("args.invalid", `“${text.slice(0, 300)}” is not the name of a container image: ${why}`, {
    hint: "Examples: docker.io/library/redis:8, oci:/path/to/layout, docker-archive:/path/to/saved.tar.",
  });
}
