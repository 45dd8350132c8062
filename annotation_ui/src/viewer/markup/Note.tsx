import { useEffect, useRef } from "react";

import type { Conflict, Gone, StoredAnnotation } from "../../../client/src/model.ts";
import { useSpeech } from "../../language";
import { authorOf, textOf } from "./notes";
import type { MarkupTexts } from "./texts";

interface NoteProps {
  note: StoredAnnotation;
  texts: MarkupTexts;
  drawn: boolean;
  chosen: boolean;
  mayChange: boolean;
  onChoose: () => void;
  onEdit: () => void;
  onRemove: () => void;
}

export function Note({ note, texts, drawn, chosen, mayChange, onChoose, onEdit, onRemove }: NoteProps) {
  const { numbers } = useSpeech();
  const item = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (chosen) item.current?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  const created = typeof note["created"] === "string" ? numbers.date(note["created"]) : "";
  return (
    <li ref={item} className="note" data-chosen={chosen}>
      <button type="button" className="note-text" aria-pressed={chosen} onClick={onChoose}>
        {textOf(note) || texts.unknown}
        <small>{[authorOf(note), created, drawn ? "" : texts.whole].filter(Boolean).join(" · ")}</small>
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
