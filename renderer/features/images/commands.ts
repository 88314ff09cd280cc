/** What can be done with images, for the palette. */

import { type Command, MOST_OBJECTS } from "../../frame/screen.ts";
import { useRun } from "../../model/draft/run-session.ts";
import { useImages } from "../../model/images.ts";
import { kernelName } from "../../model/state-words.ts";
import { useView } from "../../model/view.ts";

export function imageCommands(): Command[] {
  const { all } = useImages.getState();
  return all.slice(0, MOST_OBJECTS).flatMap((image): Command[] => {
    const note = kernelName(image.kernel);
    return [
      {
        id: `image ${image.name}`,
        label: `Open image ${image.name}`,
        note,
        run: () => useView.getState().openImage(image.name),
      },
      {
        id: `image ${image.name} run`,
        label: `Run ${image.name}…`,
        note,
        run: () => useRun.getState().ask(image),
      },
    ];
  });
}
