/**
 * Errors that a person can meet. Everything else that is thrown is a bug and keeps its own class.
 *
 * The codes are one closed list, so that a code can be searched for, documented and translated. Each has the HTTP
 * status with which the web host answers. Their schema is in problem-schema.ts.
 */

export const problemStatus = {
  "args.invalid": 400,
  "archive.damaged": 422,
  "archive.too-large": 413,
  "archive.unsafe": 422,
  "capture.not-found": 404,
  "config.invalid": 422,
  "container.ambiguous": 409,
  "container.damaged": 422,
  "container.no-program": 422,
  "container.not-found": 404,
  "container.platform": 422,
  "container.shell-script": 422,
  "container.unsupported": 422,
  "download.changed": 409,
  "download.failed": 502,
  "download.not-found": 404,
  "download.too-large": 413,
  "download.unreachable": 503,
  "elf.not-elf": 422,
  "elf.wrong-os": 422,
  "elf.wrong-architecture": 422,
  "elf.not-a-program": 422,
  "elf.script": 422,
  "elf.damaged": 422,
  "elf.missing-libraries": 422,
  "engine.bug": 500,
  "engine.busy": 409,
  "engine.gone": 503,
  "engine.version": 409,
  "file.empty": 422,
  "file.exists": 409,
  "file.is-directory": 422,
  "file.not-found": 404,
  "file.unreadable": 403,
  "file.unsupported": 422,
  "file.changed": 409,
  "disk.full": 507,
  "disk.write-failed": 500,
  "hypervisor.failed": 500,
  "hypervisor.missing": 503,
  "hypervisor.option": 400,
  "hypervisor.unknown": 400,
  "image.damaged": 422,
  "image.exists": 409,
  "image.in-use": 409,
  "image.name": 400,
  "image.not-found": 404,
  "image.too-small": 422,
  "instance.ambiguous": 409,
  "instance.damaged": 409,
  "instance.exists": 409,
  "instance.input-lost": 409,
  "instance.name": 400,
  "instance.not-found": 404,
  "instance.not-running": 409,
  "instance.running": 409,
  "kernel.damaged": 422,
  "kernel.exists": 409,
  "kernel.not-built": 500,
  "kernel.not-found": 404,
  "network.changed": 409,
  "network.consent": 409,
  "network.exists": 409,
  "network.failed": 500,
  "network.full": 409,
  "network.in-use": 409,
  "network.invalid": 400,
  "network.not-found": 404,
  "network.privilege": 403,
  "network.unsupported": 501,
  "port.busy": 409,
  "port.invalid": 400,
  "port.not-found": 404,
  "registry.unauthorized": 403,
  "settings.invalid": 400,
  "staging.not-found": 404,
  "staging.out-of-order": 409,
  "staging.too-large": 413,
  "task.cancelled": 409,
  "task.interrupted": 409,
  "task.not-found": 404,
  "web.not-running": 409,
  "web.refused": 403,
  "web.too-many-tries": 429,
  "web.unauthorized": 401,
} as const;

export type ProblemCode = keyof typeof problemStatus;

export interface ProblemOptions {
  /** What to do, in one sentence. */
  hint?: string;
  /** Shown on request: a tool's output, a list of paths. */
  details?: string;
  cause?: unknown;
}

/** What a Problem is on the wire, in files and in the renderer's store. */
export interface ProblemReport {
  code: ProblemCode;
  message: string;
  hint?: string | undefined;
  details?: string | undefined;
}

export class Problem extends Error {
  override readonly name = "Problem";
  readonly code: ProblemCode;
  readonly hint: string | undefined;
  readonly details: string | undefined;

  constructor(code: ProblemCode, message: string, options: ProblemOptions = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.details = options.details;
  }

  report(): ProblemReport {
    return { code: this.code, message: this.message, hint: this.hint, details: this.details };
  }
}

export function isProblemCode(code: unknown): code is ProblemCode {
  return typeof code === "string" && Object.hasOwn(problemStatus, code);
}

/** The problem in an error of oRPC; undefined where its code is none of ours. By hand: a command loads no schemas. */
export function problemOnWire(error: unknown): Problem | undefined {
  if (!(error instanceof Error && "code" in error && isProblemCode(error.code))) return undefined;
  const data: unknown = "data" in error ? error.data : undefined;
  const { hint, details }: { hint?: unknown; details?: unknown } = typeof data === "object" && data ? data : {};
  return new Problem(error.code, error.message, {
    hint: textOrNothing(hint),
    details: textOrNothing(details),
    cause: error,
  });
}

const textOrNothing = (value: unknown) => (typeof value === "string" ? value : undefined);

/** The report of anything that was thrown: a problem's own, else that of a bug, with the stack in the details. */
export function reportOf(error: unknown): ProblemReport {
  if (error instanceof Problem) return error.report();
  const bug = error instanceof Error ? error : new Error(String(error));
  return {
    code: "engine.bug",
    message: `Something went wrong inside Unideck: ${bug.message}`,
    hint: "Please report this with the details below.",
    details: bug.stack,
  };
}
