/**
 * Credentials for registries, where `docker login` and `podman login` keep them: in files, or in a helper's store. They are
 * read when they are needed and never kept.
 */

import { execFile } from "node:child_process";
import { homedir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { readRegular } from "../lib/open-regular.ts";

export interface Credentials {
  user: string;
  secret: string;
  /** An identity token (OAuth2 refresh token), which a token server takes in the place of a password. */
  isToken: boolean;
}

const MAX_FILE_BYTES = 1 << 20;
const HELPER_MS = 30_000;
/** `docker-credential-NAME`: nothing that is a path. */
const helperRule = /^[A-Za-z0-9][A-Za-z0-9._-]{0,100}$/;

const ConfigFile = z.object({
  auths: z
    .record(z.string(), z.object({ auth: z.string().optional(), identitytoken: z.string().optional() }))
    .optional()
    .catch(undefined),
  credsStore: z.string().optional().catch(undefined),
  credHelpers: z.record(z.string(), z.string()).optional().catch(undefined),
});
type ConfigFile = z.infer<typeof ConfigFile>;

/** Docker Hub's credentials stand under the name of its first API. */
const HUB_KEYS = ["https://index.docker.io/v1/", "index.docker.io", "docker.io"];

/** What is kept for a registry; undefined where nothing is. `note` is told of a file or a helper that can't be used. */
export async function findCredentials(
  registry: string,
  environment: NodeJS.ProcessEnv,
  note: (line: string) => void,
): Promise<Credentials | undefined> {
  const keys = registry === "docker.io" ? HUB_KEYS : [registry, `https://${registry}`, `https://${registry}/v2/`];
  for (const path of configFiles(environment)) {
    const config = await readConfig(path, note);
    if (!config) continue;
    const helper = keys.map((key) => config.credHelpers?.[key]).find(Boolean) ?? config.credsStore;
    for (const key of keys) {
      const found = (helper && (await askHelper(helper, key, note))) || fromFile(config, key);
      if (found) return found;
    }
  }
  return undefined;
}

/** Podman's come first, as Podman itself has it. */
function configFiles({ DOCKER_CONFIG, REGISTRY_AUTH_FILE, XDG_RUNTIME_DIR, XDG_CONFIG_HOME, HOME }: NodeJS.ProcessEnv) {
  const home = HOME || homedir();
  return [
    REGISTRY_AUTH_FILE,
    XDG_RUNTIME_DIR && join(XDG_RUNTIME_DIR, "containers", "auth.json"),
    join(XDG_CONFIG_HOME || join(home, ".config"), "containers", "auth.json"),
    join(DOCKER_CONFIG || join(home, ".docker"), "config.json"),
  ].flatMap((path) => path || []);
}

async function readConfig(path: string, note: (line: string) => void): Promise<ConfigFile | undefined> {
  try {
    return ConfigFile.parse(JSON.parse(await readRegular(path, MAX_FILE_BYTES)));
  } catch (error) {
    const isAbsent =
      error instanceof Error && "code" in error && ["ENOENT", "file.not-found"].includes(String(error.code));
    if (!isAbsent) note(`The credentials in ${path} could not be read`);
    return undefined;
  }
}

function fromFile({ auths }: ConfigFile, key: string): Credentials | undefined {
  const { auth, identitytoken } = auths?.[key] ?? {};
  const [user = "", ...rest] = Buffer.from(auth ?? "", "base64")
    .toString("utf8")
    .split(":");
  if (identitytoken) return { user, secret: identitytoken, isToken: true };
  return user === "" ? undefined : { user, secret: rest.join(":").replace(/\0+$/, ""), isToken: false };
}

const HelperAnswer = z.object({ Username: z.string(), Secret: z.string() });

/** Asks `docker-credential-HELPER get` (github.com/docker/docker-credential-helpers, "Development"). */
async function askHelper(helper: string, key: string, note: (line: string) => void): Promise<Credentials | undefined> {
  if (!helperRule.test(helper)) {
    note(`The credential helper “${helper.slice(0, 100)}” was not asked: this can't be its name`);
    return undefined;
  }
  const answer = await new Promise<string | undefined>((resolve) => {
    const asking = execFile(
      `docker-credential-${helper}`,
      ["get"],
      { timeout: HELPER_MS, maxBuffer: MAX_FILE_BYTES },
      (error, output) => {
        // It ends with 1 where it has nothing for this registry.
        if (error && error.code !== 1) note(`docker-credential-${helper} could not be asked`);
        resolve(error ? undefined : output);
      },
    );
    asking.stdin?.on("error", () => {});
    asking.stdin?.end(`${key}\n`);
  });
  if (answer === undefined) return undefined;
  const parsed = HelperAnswer.safeParse(parseOrNothing(answer));
  if (!parsed.success) return undefined;
  const { Username, Secret } = parsed.data;
  return { user: Username, secret: Secret, isToken: Username === "<token>" };
}

function parseOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
