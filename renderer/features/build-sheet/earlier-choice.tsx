/** What the sheet asks or says above its fields: a draft from before, a second program, an earlier build of the same one. */

import { useId } from "react";
import type { Companion } from "../../../shared/contract/programs.ts";
import { type Draft, type Earlier, replacing } from "../../model/draft/draft.ts";
import { useBuild } from "../../model/draft/session.ts";
import { useClient } from "../../platform/client.tsx";
import { Button } from "../../ui/button.tsx";
import { formatBytes } from "../../ui/format.ts";
import { Note } from "../../ui/note.tsx";

export function RestoredNote() {
  const { discardDraft } = useBuild.getState();
  return (
    <Note
      tone="plain"
      title="This is your earlier draft"
      action={<Button onClick={discardDraft}>Discard draft</Button>}
    >
      <p>It was kept when the sheet was closed.</p>
    </Note>
  );
}

export function DoubtfulNote() {
  const client = useClient();
  const doubtful = useBuild((slice) => slice.doubtful);
  const title = useBuild((slice) => slice.title);
  const { addDoubtful, buildDoubtful, dismissDoubtful } = useBuild.getState();
  if (!doubtful) return null;
  const name = doubtful.program.file.name;
  return (
    <Note tone="busy" title={`${name} is a program, too`} urgent>
      <p>
        Add it to the image of {title}, or build it instead of {title}?
      </p>
      <div className="mt-2 flex flex-wrap gap-2">
        <Button look="main" onClick={() => void addDoubtful(client)}>
          Add to the image
        </Button>
        <Button onClick={() => void buildDoubtful(client)}>Build {name} instead</Button>
        <Button look="bare" onClick={dismissDoubtful}>
          Cancel
        </Button>
      </div>
    </Note>
  );
}

export function EarlierChoice({ draft, earlier }: { draft: Draft; earlier: Earlier }) {
  const edit = useBuild((slice) => slice.edit);
  const { image, instance, otherName, isReplaced } = earlier;
  const choose = (replace: boolean) => edit(replacing(draft, { ...earlier, isReplaced: replace }));
  const doing = instance?.isAlive ? "Stops it, rebuilds the image" : "Rebuilds the image";
  return (
    <fieldset className="flex shrink-0 flex-col gap-1.5 rounded-m bg-sunken px-3 py-2.5">
      <legend className="float-left mb-1.5 font-semibold">
        {instance?.isAlive
          ? `${instance.name} runs an earlier build of this program`
          : `The image ${image} is an earlier build of this program`}
      </legend>
      <Option
        isChosen={isReplaced}
        choose={() => choose(true)}
        label={instance?.isAlive ? "Replace running instance" : instance ? "Replace instance" : "Replace image"}
        hint={
          instance
            ? `${doing} and starts it as ${instance.name}. Its old disk is deleted.`
            : `Rebuilds the image ${image}.`
        }
      />
      <Option
        isChosen={!isReplaced}
        choose={() => choose(false)}
        label="Keep both"
        hint={`Builds another image, ${otherName}.`}
      />
    </fieldset>
  );
}

interface OptionProps {
  isChosen: boolean;
  choose: () => void;
  label: string;
  hint: string;
}

function Option({ isChosen, choose, label, hint }: OptionProps) {
  const id = useId();
  return (
    <label className="grid clear-both grid-cols-[auto_1fr] gap-x-2">
      <input
        type="radio"
        name="earlier build"
        className="mt-[3px] accent-accent"
        aria-describedby={id}
        checked={isChosen}
        onChange={choose}
      />
      <span>{label}</span>
      <span id={id} className="col-start-2 text-fg-3 text-s">
        {hint}
      </span>
    </label>
  );
}

/** What belongs to an interpreter, and what it uses besides, until it is added. */
export function CompanionNote({ draft }: { draft: Draft }) {
  const companion = useBuild((slice) => slice.companion);
  const offers = useBuild((slice) => slice.offers);
  const title = useBuild((slice) => slice.title);
  const isThere = ({ folders }: Companion) =>
    folders.every((folder) => draft.files.some(({ guest }) => guest === folder.guest));
  return (
    <>
      {companion && !isThere(companion) && (
        <Note tone="busy" title={`${title} does not run without ${companion.title}`}>
          <AddCompanion companion={companion} />
        </Note>
      )}
      {offers
        .filter((offer) => !isThere(offer))
        .map((offer) => (
          <Note key={offer.title} tone="plain" title={`${title} uses ${offer.title} where they are added`}>
            <AddCompanion companion={offer} />
          </Note>
        ))}
    </>
  );
}

function AddCompanion({ companion }: { companion: Companion }) {
  return (
    <Button className="mt-2" onClick={() => useBuild.getState().addCompanion(companion)}>
      Add {companion.title} ({formatBytes(companion.sizeBytes)})
    </Button>
  );
}

/** A script is no program, but its interpreter is. */
export function ScriptNote() {
  const client = useClient();
  const script = useBuild((slice) => slice.script);
  if (!script) return null;
  const { name, interpreter, missing } = script;
  if (!interpreter)
    return (
      <Note tone="plain" title={`${name} is a script for ${missing}`}>
        <p>This computer has no {missing}. Install it, or open one that is elsewhere and add the script to it.</p>
      </Note>
    );
  return (
    <Note tone="plain" title={`${name} is a script`}>
      <p>Its interpreter can be built into an image, with the script beside it.</p>
      <Button look="main" className="mt-2" onClick={() => void useBuild.getState().takeScript(client)}>
        Run with {interpreter.name}
      </Button>
    </Note>
  );
}
