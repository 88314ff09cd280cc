/** One image: its head with actions, and its tabs. */

import { Play } from "lucide-react";
import { useState } from "react";
import type { Image } from "../../../shared/contract/images.ts";
import { DetailHead } from "../../frame/detail-head.tsx";
import type { FilesComponent } from "../../frame/panes.ts";
import { rebuild } from "../../model/draft/run.ts";
import { useRun } from "../../model/draft/run-session.ts";
import { kernelName } from "../../model/state-words.ts";
import { type ImageTab, useView } from "../../model/view.ts";
import { useClient } from "../../platform/client.tsx";
import { Button } from "../../ui/button.tsx";
import { formatBytes } from "../../ui/format.ts";
import { MoreMenu } from "../../ui/menu.tsx";
import { Chip } from "../../ui/state-mark.tsx";
import { Tabs } from "../../ui/tabs.tsx";
import { ExportDialog } from "./export-dialog.tsx";
import { Overview } from "./overview.tsx";

interface ImageDetailProps {
  image: Image;
  Files: FilesComponent;
  onDelete: () => void;
}

export function ImageDetail({ image, Files, onDelete }: ImageDetailProps) {
  const client = useClient();
  const [exported, exportImage] = useState<string>();
  const tab = useView(({ imageTab }) => imageTab);
  const { setImageTab } = useView.getState();
  const { name } = image;
  // A rebuilt image is another one: whatever was read of it is read anew.
  const version = image.createdAt;
  return (
    <section aria-label={`Image ${name}`} className="flex min-h-0 flex-1 flex-col">
      <DetailHead
        title={name}
        state={<Chip tone="off">{kernelName(image.kernel)}</Chip>}
        facts={`${formatBytes(image.diskBytes)} on disk, ${formatBytes(image.sizeBytes)} apparent`}
      >
        {image.build && <Button onClick={() => void rebuild(client, image)}>Rebuild</Button>}
        {!image.damage && (
          <Button look="main" icon={Play} onClick={() => useRun.getState().ask(image)}>
            Run
          </Button>
        )}
        <MoreMenu
          label={`More actions for ${name}`}
          actions={[
            { label: "Export…", run: () => exportImage(name) },
            { label: "Delete…", keys: "Del", run: onDelete, bad: true },
          ]}
        />
      </DetailHead>
      <Tabs<ImageTab>
        label={`Views of ${name}`}
        value={tab}
        onChange={setImageTab}
        tabs={[
          { id: "overview", title: "Overview", content: <Overview key={`${name} ${version}`} image={image} /> },
          {
            id: "files",
            title: "Files",
            content: <Files source={{ image: name }} name={name} version={version} />,
          },
        ]}
      />
      <ExportDialog image={exported} onClose={() => exportImage(undefined)} />
    </section>
  );
}
