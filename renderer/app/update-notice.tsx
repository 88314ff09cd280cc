/** Tells of a newer version once a day, where the settings name a place to ask. */

import { X } from "lucide-react";
import { useEffect, useState } from "react";
import { z } from "zod";
import { UpdateReport } from "../../shared/contract/updates.ts";
import { useSettings } from "../model/engine.ts";
import { useClient } from "../platform/client.tsx";
import { IconButton } from "../ui/button.tsx";

const STORED = "unideck.update";
const DAY_MS = 24 * 60 * 60 * 1000;
/** What was found last, and the version that was dismissed. */
const Found = z.object({
  address: z.string(),
  at: z.number(),
  newer: UpdateReport.shape.newer,
  dismissed: z.string().optional(),
});
type Found = z.infer<typeof Found>;

export function UpdateNotice() {
  const client = useClient();
  const address = useSettings(({ settings }) => settings.updates.address);
  const [found, setFound] = useState<Found | undefined>(readFound);
  const keep = (now: Found) => {
    localStorage.setItem(STORED, JSON.stringify(now));
    setFound(now);
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: only the address, and a day that has passed, ask again
  useEffect(() => {
    if (address === null) return;
    const look = () => {
      const known = readFound();
      if (known?.address === address && Math.abs(Date.now() - known.at) < DAY_MS) return;
      client.updates
        .check()
        .then(({ newer }) => keep({ address, at: Date.now(), newer, dismissed: known?.dismissed }))
        // A site that does not answer is asked again later; nobody is interrupted for it.
        .catch(() => keep({ address, at: Date.now(), newer: undefined, dismissed: known?.dismissed }));
    };
    look();
    const timer = setInterval(look, DAY_MS / 24);
    return () => clearInterval(timer);
  }, [address]);

  const newer = found?.address === address ? found?.newer : undefined;
  if (!found || !newer || newer.version === found.dismissed) return null;
  return (
    <p
      role="status"
      className="flex shrink-0 items-center gap-3 border-line border-b bg-accent-soft py-1 pr-2 pl-4 text-s select-text"
    >
      <span className="min-w-0 flex-1 wrap-anywhere">
        Unideck {newer.version} is available.{" "}
        {newer.url && (
          <a className="text-accent hover:underline" href={newer.url} target="_blank" rel="noopener noreferrer">
            Release page
          </a>
        )}
      </span>
      <IconButton icon={X} label="Dismiss" onClick={() => keep({ ...found, dismissed: newer.version })} />
    </p>
  );
}

function readFound(): Found | undefined {
  try {
    return Found.safeParse(JSON.parse(localStorage.getItem(STORED) ?? "")).data;
  } catch {
    return undefined;
  }
}
