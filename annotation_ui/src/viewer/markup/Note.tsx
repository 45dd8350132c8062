import { useEffect, useRef } from "react";

import type { Conflict, Gone, StoredAnnotation } from "../../../client/src/model.ts";
import { type Numbers, useSpeech } from "../../language";
import type { Texts } from "../../texts/en";
import { areaText, boxText } from "../lengths";
import { authorOf, textOf } from "./notes";
import type { MarkupTexts } from "./texts";
import type { Size } from "./useSizes";

interface NoteProps {
  note: StoredAnnotation;
  texts: MarkupTexts;
  drawn: boolean;
  sizes: readonly Size[];
  chosen: boolean;
  mayChange: boolean;
  onChoose: () => void;
  onEdit: () => void;
  onRemove: () => void;
}

export function Note({ note, texts, drawn, sizes, chosen, mayChange, onChoose, onEdit, onRemove }: NoteProps) {
  const { numbers, texts: common } = useSpeech();
  const item = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (chosen) item.current?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  const created = typeof note["created"] === "string" ? numbers.date(note["created"]) : "";
  const measured = sizes
    .filter(({ widthMm, heightMm }) => widthMm > 0 || heightMm > 0)
    .map((size) => sizeText(size, numbers, common))
    .join("; ");
  return (
    <li ref={item} className="note" data-chosen={chosen}>
      <button type="button" className="note-text" aria-pressed={chosen} onClick={onChoose}>
        {textOf(note) || texts.unknown}
        <small>{[authorOf(note), created, drawn ? "" : texts.whole].filter(Boolean).join(" · ")}</small>
        {measured && <small className="note-size">{measured}</small>}
      </button>
      {mayChange && chosen && (
        <div className="actions">
          <button type="button" className="link" onClick={onEdit}>
            {texts.edit}
          </button>
          <button type="button" className="link" onClick={onRemove}>
            {texts.remove}
          </button>
        </div>
      )}
    </li>
  );
}

/** The box, and the area where it is not the box's own. */
function sizeText({ widthMm, heightMm, areaMm2 }: Size, numbers: Numbers, texts: Texts): string {
  const box = boxText(widthMm, heightMm, numbers, texts);
  const isBox = Math.abs(areaMm2 - widthMm * heightMm) <= areaMm2 * 1e-6;
  return isBox || areaMm2 === 0 ? box : `${box}, ${areaText(areaMm2, numbers, texts)}`;
}

interface CollisionProps {
  outcome: Conflict | Gone;
  texts: MarkupTexts;
  onOverwrite: () => void;
  onTheirs: () => void;
}

/** What is asked where somebody else was faster. */
export function Collision({ outcome, texts, onOverwrite, onTheirs }: CollisionProps) {
  return (
    <div className="collision" role="alert">
      <p>{outcome.kind === "gone" ? texts.removed : texts.conflict}</p>
      {outcome.kind === "conflict" && <blockquote>{textOf(outcome.annotation) || texts.unknown}</blockquote>}
      <div className="actions">
        {outcome.kind === "conflict" && (
          <button type="button" className="link" onClick={onOverwrite}>
            {texts.overwrite}
          </button>
        )}
        <button type="button" className="link" onClick={onTheirs}>
          {texts.theirs}
        </button>
      </div>
    </div>
  );
}

interface EditorProps {
  text: string;
  texts: MarkupTexts;
  onText: (text: string) => void;
  onSave: () => void;
  onCancel: () => void;
}

export function Editor({ text, texts, onText, onSave, onCancel }: EditorProps) {
  return (
    <form
      className="note-editor"
      onSubmit={(event) => {
        event.preventDefault();
        onSave();
      }}
    >
      <textarea autoFocus rows={3} aria-label={texts.text} value={text} onChange={(e) => onText(e.target.value)} />
      <div className="actions">
        <button type="submit" className="save">
          {texts.save}
        </button>
        <button type="button" className="link" onClick={onCancel}>
          {texts.cancel}
        </button>
      </div>
    </form>
  );
}
