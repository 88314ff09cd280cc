/** The Images screen: the list, and what is known about the chosen one. */

import { Box } from "lucide-react";
import { useState } from "react";
import type { Image } from "../../../shared/contract/images.ts";
import { ListAndDetail } from "../../frame/list-and-detail.tsx";
import type { FilesComponent } from "../../frame/panes.ts";
import { useRun } from "../../model/draft/run-session.ts";
import { useBuild } from "../../model/draft/session.ts";
import { useImages } from "../../model/images.ts";
import { kernelName } from "../../model/state-words.ts";
import { useView } from "../../model/view.ts";
import { attempt } from "../../platform/attempt.ts";
import { useClient } from "../../platform/client.tsx";
import { useNow } from "../../ui/clock.ts";
import { Confirm } from "../../ui/dialog.tsx";
import { formatAgo, formatBytes } from "../../ui/format.ts";
import { RowText } from "../../ui/list.tsx";
import { Nothing } from "../../ui/pane.tsx";
import { SearchableList } from "../../ui/searchable-list.tsx";
import { StateDot } from "../../ui/state-mark.tsx";
import { ImageDetail } from "./detail.tsx";

export function ImagesScreen({ Files }: { Files: FilesComponent }) {
  const client = useClient();
  const images = useImages(({ all }) => all);
  const loaded = useImages((slice) => slice.loaded);
  const selected = useView(({ image }) => image);
  const [asked, ask] = useState<Image>();
  const { selectImage, openImage } = useView.getState();
  const image = images.find(({ name }) => name === selected);
  return (
    <>
      <ListAndDetail
        list={
          <SearchableList
            title="Images"
            items={images}
            loading={!loaded}
            empty="No image yet. Drop a Linux program on the window."
            add={{ label: "New image", run: () => useBuild.getState().choose() }}
            keyOf={({ name }) => name}
            textOf={({ name, program }) => `${name} ${program ?? ""}`}
            selected={selected}
            onSelect={({ name }) => selectImage(name)}
            onOpen={({ name }) => openImage(name)}
            onDelete={ask}
            actionsOf={(one) => [
              { label: "Run…", run: () => useRun.getState().ask(one) },
              { label: "Delete…", keys: "Del", run: () => ask(one), bad: true },
            ]}
            row={(one) => <Row image={one} />}
          />
        }
        detail={
          image ? (
            <ImageDetail image={image} Files={Files} onDelete={() => ask(image)} />
          ) : (
            <Nothing>{images.length > 0 && "Select an image"}</Nothing>
          )
        }
      />
      <Confirm
        open={asked !== undefined}
        title={`Delete ${asked?.name ?? ""}?`}
        action="Delete"
        onClose={() => ask(undefined)}
        onConfirm={() => asked && void attempt(() => client.images.remove({ name: asked.name }))}
      >
        <p>The image file is deleted. Instances created from it keep their own disks.</p>
      </Confirm>
    </>
  );
}

function Row({ image }: { image: Image }) {
  const now = useNow();
  return (
    <>
      {image.damage ? (
        <StateDot tone="bad" />
      ) : (
        <Box aria-hidden className="size-4 justify-self-center text-fg-3" strokeWidth={1.6} />
      )}
      <RowText
        title={image.name}
        below={image.damage ?? `${kernelName(image.kernel)} · ${image.architecture}`}
        right={formatBytes(image.diskBytes)}
        rightBelow={image.programState === "changed" ? "program changed" : formatAgo(Date.parse(image.createdAt), now)}
      />
    </>
  );
}
