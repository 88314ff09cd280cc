/** The Images screen: the list, and what is known about the chosen one. */

import { ArrowLeft, Play, Trash2 } from "lucide-react";
import { useState } from "react";
import type { Image } from "../../../shared/contract/images.ts";
import { attempt } from "../../app/attempt.ts";
import { useClient } from "../../app/client.tsx";
import { useImages } from "../../store/images.ts";
import { LIST_WIDTH, useView } from "../../store/view.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { Confirm } from "../../ui/dialog.tsx";
import { formatBytes } from "../../ui/format.ts";
import { RowText } from "../../ui/list.tsx";
import { Note } from "../../ui/note.tsx";
import { Facts, Nothing, PaneHead } from "../../ui/pane.tsx";
import { SearchableList } from "../../ui/searchable-list.tsx";
import { Split } from "../../ui/split.tsx";
import { StateDot } from "../../ui/state-mark.tsx";
import { rebuild, runImage } from "../build/run.ts";
import { useBuild } from "../build/session.ts";
import { joinWords } from "../build/words.ts";
import { kernelName } from "../instances/state-words.ts";

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
  return (
    <>
      <StateDot tone={image.damage ? "bad" : "off"} />
      <RowText
        title={image.name}
        below={image.damage ?? `${kernelName(image.kernel)} · ${image.architecture}`}
        right={formatBytes(image.diskBytes)}
        rightBelow={image.programState === "changed" ? "program changed" : " "}
      />
    </>
  );
}

function Detail({ image, onDelete }: { image: Image; onDelete: () => void }) {
  const client = useClient();
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
        <div className="ml-auto flex gap-2">
          {!image.damage && (
            <Button look="main" icon={Play} onClick={() => void runImage(client, image)}>
              Run
            </Button>
          )}
          <IconButton icon={Trash2} label={`Delete ${image.name}`} onClick={onDelete} />
        </div>
      </PaneHead>
      <div className="flex flex-col gap-4 overflow-y-auto p-5">
        {image.damage && (
          <Note tone="bad" title="This image can't be read">
            {image.damage}
          </Note>
        )}
        {image.programState === "changed" && image.build && (
          <Note
            tone="busy"
            title="The program has changed since"
            action={<Button onClick={() => void rebuild(client, image)}>Rebuild</Button>}
          />
        )}
        <Facts
          facts={[
            ["Kernel", kernelName(image.kernel)],
            ["Architecture", image.architecture],
            ["Program", image.program ?? "unknown"],
            ["Arguments", <code key="arguments">{joinWords(image.arguments)}</code>],
            ["Size", `${formatBytes(image.sizeBytes)}, ${formatBytes(image.diskBytes)} on disk`],
            ["File", image.path],
            ["Built from", image.build?.program.path ?? "not by Unideck"],
          ]}
        />
      </div>
    </section>
  );
}
