/** The Images screen: the list, and what is known about the chosen one. */

import { ArrowLeft, Box, Play } from "lucide-react";
import { useState } from "react";
import type { Image } from "../../../shared/contract/images.ts";
import { attempt } from "../../app/attempt.ts";
import { useClient } from "../../app/client.tsx";
import { useEngine } from "../../store/engine.ts";
import { useImages } from "../../store/images.ts";
import { LIST_WIDTH, useView } from "../../store/view.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { useNow } from "../../ui/clock.ts";
import { Confirm } from "../../ui/dialog.tsx";
import { formatAgo, formatBytes } from "../../ui/format.ts";
import { RowText } from "../../ui/list.tsx";
import { MoreMenu } from "../../ui/menu.tsx";
import { Note } from "../../ui/note.tsx";
import { Facts, Nothing, PaneHead } from "../../ui/pane.tsx";
import { SearchableList } from "../../ui/searchable-list.tsx";
import { Split } from "../../ui/split.tsx";
import { Chip, StateDot } from "../../ui/state-mark.tsx";
import { rebuild, runImage } from "../build/run.ts";
import { useBuild } from "../build/session.ts";
import { joinWords } from "../build/words.ts";
import { kernelName } from "../instances/state-words.ts";
import { originOf } from "./origin.ts";

export function ImagesScreen() {
  const client = useClient();
  const images = useImages(({ all }) => all);
  const loaded = useImages((slice) => slice.loaded);
  const selected = useView(({ image }) => image);
  const listWidthPx = useView((view) => view.listWidthPx);
  const detailOpen = useView((view) => view.detailOpen);
  const [asked, ask] = useState<Image>();
  const { selectImage, openImage, setListWidth } = useView.getState();
  const image = images.find(({ name }) => name === selected);
  return (
    <>
      <Split
        listWidthPx={listWidthPx}
        limits={LIST_WIDTH}
        onListWidth={setListWidth}
        detailOpen={detailOpen}
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
            row={(one) => <Row image={one} />}
          />
        }
        detail={
          image ? (
            <Detail image={image} onDelete={() => ask(image)} />
          ) : (
            <Nothing>Choose an image to see what is in it.</Nothing>
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
        <p>The image file is lost. Instances that were made of it keep their own disks.</p>
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

function Detail({ image, onDelete }: { image: Image; onDelete: () => void }) {
  const client = useClient();
  const now = useNow();
  const home = useEngine(({ engine }) => engine?.home);
  const variables = Object.entries(image.environment).map(([name, value]) => `${name}=${value}`);
  const builtFrom = image.build && originOf(image.build.program.path, home);
  return (
    <section aria-label={`Image ${image.name}`} className="flex min-h-0 flex-1 flex-col">
      <PaneHead>
        <IconButton
          icon={ArrowLeft}
          label="Back to the list"
          className="-ml-2 wide:hidden"
          onClick={() => useView.getState().closeDetail()}
        />
        <h1 className="truncate">{image.name}</h1>
        <Chip tone="off">{kernelName(image.kernel)}</Chip>
        <span className="min-w-0 shrink-[99] truncate text-fg-3 text-s tabular-nums">
          {formatBytes(image.diskBytes)} on disk, {formatBytes(image.sizeBytes)} apparent
        </span>
        <div className="ml-auto flex shrink-0 items-center gap-2">
          {image.build && <Button onClick={() => void rebuild(client, image)}>Rebuild</Button>}
          {!image.damage && (
            <Button look="main" icon={Play} onClick={() => void runImage(client, image)}>
              Run
            </Button>
          )}
          <MoreMenu
            label={`More actions for ${image.name}`}
            actions={[{ label: "Delete…", keys: "Del", run: onDelete, bad: true }]}
          />
        </div>
      </PaneHead>
      <div className="flex flex-col gap-4 overflow-y-auto p-5">
        {image.damage && (
          <Note tone="bad" title="This image can't be read">
            {image.damage}
          </Note>
        )}
        {image.programState === "changed" && image.build && (
          <Note tone="busy" title="The program has changed since">
            <p>Rebuild makes the image anew, as it was made before. Instances keep their own disks.</p>
          </Note>
        )}
        <Facts
          facts={[
            ["Program", image.program ?? "unknown"],
            ["Arguments", <Code key="arguments">{joinWords(image.arguments)}</Code>],
            ["Environment", <Code key="environment">{joinWords(variables)}</Code>],
            ["Architecture", image.architecture],
            [
              "Made",
              `${formatAgo(Date.parse(image.createdAt), now)}${builtFrom ? ` from ${builtFrom}` : ", not by Unideck"}`,
            ],
            ...(image.build
              ? [["Program digest", <Code key="digest">{image.build.program.sha256}</Code>] as const]
              : []),
            ["File", <Code key="file">{image.path}</Code>],
          ]}
        />
      </div>
    </section>
  );
}

const Code = ({ children }: { children: string }) =>
  children === "" ? <span className="text-fg-3">none</span> : <code className="text-s">{children}</code>;
