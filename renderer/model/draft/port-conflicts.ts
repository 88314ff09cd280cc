/** Host ports of a form that are in use, found while the form is filled in. */

import { MAX_PORTS, type PortConflict } from "../../../shared/contract/instances.ts";
import { isAlive } from "../../../shared/instance-state.ts";
import { useClient } from "../../platform/client.tsx";
import { useAnswer } from "../../platform/use-answer.ts";
import { useInstances } from "../instances.ts";
import type { RunDraft } from "./draft.ts";
import { formatPorts, parsePorts } from "./ports.ts";

/** `replace`: an instance that will be gone by then. Nothing is asked while the field cannot be read. */
export function usePortConflicts(
  draft: Pick<RunDraft, "ports" | "network"> | undefined,
  replace?: string,
): readonly PortConflict[] {
  const client = useClient();
  const parsed = draft && draft.network !== "none" ? parsePorts(draft.ports) : undefined;
  const ports = parsed && "ports" in parsed ? parsed.ports.slice(0, MAX_PORTS) : [];
  // Who starts or stops an instance takes or frees ports: then they are checked again.
  const held = useInstances(({ all }) =>
    all
      .filter(isAlive)
      .map(({ id, ports: forwards }) => `${id} ${formatPorts(forwards)}`)
      .join(","),
  );
  const about = ports.length === 0 ? undefined : JSON.stringify([ports, replace, held]);
  const { value = [] } = useAnswer(about, (signal) => client.instances.checkPorts({ ports, replace }, { signal }));
  return value;
}

/** The text of the ports with another host port for one that is in use. */
export function withHostPort(text: string, { forward }: Pick<PortConflict, "forward">, host: number): string {
  const parsed = parsePorts(text);
  if ("error" in parsed) return text;
  return formatPorts(
    parsed.ports.map((one) =>
      one.host === forward.host && one.protocol === forward.protocol && one.hostAddress === forward.hostAddress
        ? { ...one, host }
        : one,
    ),
  );
}
