/**
 * The JSON documents of container images: index, manifest and configuration, as the OCI image specification 1.1 and
 * Docker's image manifest version 2, schema 2 have them. Both use the same keys; only the media types differ.
 */

import { z } from "zod";
import { Problem } from "../../../../shared/problem.ts";
import { createHash } from "../../lib/crypto.ts";

/** Registries accept manifests of at most 4 MiB (OCI distribution specification 1.1, "Pushing Manifests"). */
export const MAX_DOCUMENT_BYTES = 4 << 20;
/** overlay2, on which most images were made, takes 128. */
const MAX_LAYERS = 512;

const Digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, "a SHA-256 digest");

const Platform = z.object({
  architecture: z.string(),
  os: z.string(),
  variant: z.string().optional(),
});

export const Descriptor = z.object({
  mediaType: z.string().default(""),
  digest: Digest,
  size: z.number().int().min(0),
  platform: Platform.optional(),
  annotations: z.record(z.string(), z.string()).nullish(),
});
export type Descriptor = z.infer<typeof Descriptor>;

const Index = z.object({ manifests: z.array(Descriptor).max(1000) });

const Manifest = z.object({ config: Descriptor, layers: z.array(Descriptor).max(MAX_LAYERS) });
export type Manifest = z.infer<typeof Manifest>;

const texts = z.array(z.string()).nullish();
const keys = z.record(z.string(), z.unknown()).nullish();

/** What an image says of the process in it. */
export const ImageConfig = z.object({
  architecture: z.string(),
  os: z.string(),
  variant: z.string().optional(),
  config: z
    .object({
      User: z.string().nullish(),
      ExposedPorts: keys,
      Env: texts,
      Entrypoint: texts,
      Cmd: texts,
      Volumes: keys,
      WorkingDir: z.string().nullish(),
      StopSignal: z.string().nullish(),
    })
    .nullish()
    .transform((config) => config ?? {}),
  rootfs: z.object({ diff_ids: z.array(Digest).max(MAX_LAYERS) }),
});
export type ImageConfig = z.infer<typeof ImageConfig>;

/** The `manifest.json` of `docker save`. */
const Saved = z
  .array(z.object({ Config: z.string(), RepoTags: texts, Layers: z.array(z.string()).max(MAX_LAYERS) }))
  .min(1)
  .max(1000);
export type Saved = z.infer<typeof Saved>[number];

export type ImageDocument = { kind: "index"; manifests: Descriptor[] } | { kind: "manifest"; manifest: Manifest };

/** Reads an index or a manifest. Throws container.damaged, container.unsupported for Docker's schema 1. */
export function readDocument(bytes: Buffer, name: string): ImageDocument {
  const value = parse(bytes, name);
  if (typeof value === "object" && value !== null && "schemaVersion" in value && value.schemaVersion === 1)
    throw new Problem("container.unsupported", `${name} is an image of Docker's old format (schema 1)`, {
      hint: "Pull it with a current Docker or Podman and push it again.",
    });
  const index = Index.safeParse(value);
  if (index.success) return { kind: "index", manifests: index.data.manifests };
  return { kind: "manifest", manifest: checked(Manifest, value, name) };
}

/** Throws container.damaged. */
export const readImageConfig = (bytes: Buffer, name: string): ImageConfig =>
  checked(ImageConfig, parse(bytes, name), name);

/** Reads the `manifest.json` of an archive made by `docker save`. Throws container.damaged. */
export const readSaved = (bytes: Buffer, name: string): Saved[] => checked(Saved, parse(bytes, name), name);

export const digestOf = (bytes: Buffer) => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

/** The manifests for a machine of `architecture` (`amd64`, `arm64`), which is all of them where none says what it is for. */
export function forPlatform(manifests: readonly Descriptor[], architecture: string, name: string): Descriptor[] {
  // Signatures and build records are listed as images for the platform unknown/unknown.
  const images = manifests.filter(({ platform }) => platform?.os !== "unknown");
  const found = images.filter(
    ({ platform }) => !platform || (platform.os === "linux" && platform.architecture === architecture),
  );
  if (found.length > 0) return found;
  const offered = images.map(({ platform }) =>
    [platform?.os, platform?.architecture, platform?.variant].filter(Boolean).join("/"),
  );
  throw new Problem("container.platform", `${name} has no image for linux/${architecture}`, {
    hint: offered.length > 0 ? `It has images for ${offered.join(", ")}.` : "The list of its images is empty.",
  });
}

function parse(bytes: Buffer, name: string): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch (error) {
    throw damaged(name, "it is not JSON", error);
  }
}

function checked<T>(schema: z.ZodType<T>, value: unknown, name: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw damaged(name, `${issue?.path.join(".") || "the document"}: ${issue?.message}`, result.error);
}

/** A container image whose parts do not fit together. */
export function damaged(name: string, what: string, cause?: unknown): Problem {
  return new Problem("container.damaged", `${name} can't be read as a container image: ${what}`, {
    hint: "Pull or save it again.",
    cause,
  });
}
