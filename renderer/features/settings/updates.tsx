/** Where Unideck's newest version is announced, and what was found there. Nothing is installed. */

import { useState } from "react";
import { Settings } from "../../../shared/contract/settings.ts";
import type { UpdateReport } from "../../../shared/contract/updates.ts";
import { attempt } from "../../platform/attempt.ts";
import { useClient } from "../../platform/client.tsx";
import { Button } from "../../ui/button.tsx";
import { Group, SavedText } from "./fields.tsx";

interface UpdatesProps {
  address: string | null;
  onAddress: (address: string | null) => void;
}

export function Updates({ address, onAddress }: UpdatesProps) {
  const client = useClient();
  const [report, setReport] = useState<UpdateReport>();
  const [isChecking, setIsChecking] = useState(false);
  const check = async () => {
    setIsChecking(true);
    await attempt(async () => setReport(await client.updates.check()));
    setIsChecking(false);
  };
  return (
    <Group title="Updates">
      <SavedText
        label="Releases URL"
        wide
        value={address ?? ""}
        onSave={(text) => {
          const wanted = text.trim() === "" ? null : text.trim();
          if (!Settings.shape.updates.shape.address.safeParse(wanted).success)
            return "Must begin with https:// or http://. Empty: no checks.";
          setReport(undefined);
          onAddress(wanted);
          return undefined;
        }}
      />
      <p className="text-fg-3 text-s">
        Checked once a day while Unideck is open. Updates are announced, never installed.
      </p>
      <div className="flex items-center gap-3">
        <Button disabled={address === null || isChecking} onClick={() => void check()}>
          Check for updates
        </Button>
        <span role="status">{report && <Found report={report} />}</span>
      </div>
    </Group>
  );
}

function Found({ report: { current, newer } }: { report: UpdateReport }) {
  if (!newer) return <>Unideck {current} is up to date.</>;
  return (
    <>
      Unideck {newer.version} is available.{" "}
      {newer.url && (
        <a className="text-accent hover:underline" href={newer.url} target="_blank" rel="noopener noreferrer">
          Release page
        </a>
      )}
    </>
  );
}
