/** The note above the console of a program that failed because the system is not called Linux: build it to report as Linux. */

import type { Instance } from "../../../shared/contract/instances.ts";
import { rebuild } from "../../model/draft/run.ts";
import { useImages } from "../../model/images.ts";
import { useClient } from "../../platform/client.tsx";
import { Button } from "../../ui/button.tsx";
import { Note } from "../../ui/note.tsx";

/** `by`: what refused the name. Nothing is shown where the program ended well, or its image reports as Linux already. */
export function RefusalNote({ instance, by }: { instance: Instance; by: string }) {
  const client = useClient();
  const image = useImages(({ byKey }) => byKey[instance.image]);
  const { state, exit, kernel } = instance;
  const spec = image?.build?.spec;
  const isChosen = spec?.uname === "linux" || spec?.manifest?.passthrough?.uname !== undefined;
  if (state !== "exited" || exit?.code === 0 || kernel.kind !== "pith" || isChosen) return null;
  return (
    <div className="shrink-0 border-line border-b px-4 py-3.5">
      <Note
        tone="plain"
        title={`${by} runs only on a system that is called Linux`.replace(/^./, (letter) => letter.toUpperCase())}
        action={
          image &&
          spec && <Button onClick={() => void rebuild(client, image, { uname: "linux" })}>Report as Linux</Button>
        }
      >
        <p className="mt-0.5 text-fg-2">
          {image && spec
            ? "Rebuild the image with “Report as Linux”, then run it."
            : "Build the image with “Report as Linux” (--uname linux), then run it."}
        </p>
      </Note>
    </div>
  );
}
