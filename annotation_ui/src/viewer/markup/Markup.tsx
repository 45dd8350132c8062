/** Notes on an image, for those who may write them: a list, and shapes over the image. Loaded when it is opened. */

import type OpenSeadragon from "openseadragon";
import { useCallback, useEffect, useRef, useState } from "react";

import type { Annotation, Conflict, Gone, StoredAnnotation } from "../../../client/src/model.ts";
import { type Session, mayCurate } from "../../api";
import { Icon } from "../../icons";
import { useSpeech } from "../../language";
import "../../styles/markup.css";
import { Collision, Editor, Note } from "./Note";
import { Overlay } from "./Overlay";
import { authorOf, textOf, withText } from "./notes";
import { type Point, type Tool, selectorOf, shapesOf } from "./shapes";
import { MARKUP_TEXTS } from "./texts";
import { useNotes } from "./useNotes";
import { useSizes } from "./useSizes";

interface MarkupProps {
  viewer: OpenSeadragon.Viewer;
  canvas: string;
  /** The same canvas of the revision that is seen. */
  pinned: string;
  size: { width: number; height: number };
  /** Whether it is known how large a pixel is. */
  scaled: boolean;
  session: Session;
  onClose: () => void;
}

/** What is being written: of a new shape, or of a note. */
type Writing =
  | { kind: "new"; tool: Tool; points: Point[]; text: string }
  | { kind: "edit"; note: StoredAnnotation; text: string; lost: Conflict | Gone | null };

export default function Markup({ viewer, canvas, pinned, size, scaled, session, onClose }: MarkupProps) {
  const speech = useSpeech();
  const texts = MARKUP_TEXTS[speech.language];
  const [chosen, setChosen] = useState<string | null>(null);
  const [tool, setTool] = useState<Tool | null>(null);
  const [writing, setWriting] = useState<Writing | null>(null);
  const notes = useNotes(canvas, writing?.kind === "edit" ? writing.note.id : null);
  const list = notes.list ?? [];
  const sizes = useSizes(canvas, notes.list, scaled);
  const panel = useRef<HTMLElement>(null);
  useEffect(() => panel.current?.focus(), []);
  const drawn = useCallback(
    (points: Point[]) => {
      setWriting({ kind: "new", tool: tool ?? "rectangle", points, text: "" });
      setTool(null);
    },
    [tool],
  );
  const save = async (current: Writing, etag?: string) => {
    if (current.kind === "new") {
      if (await notes.create(newNote(canvas, pinned, current))) setWriting(null);
      return;
    }
    const outcome = await notes.update(current.note, withText(current.note, current.text), etag);
    if (outcome?.kind === "saved") setWriting(null);
    else if (outcome) setWriting({ ...current, lost: outcome });
  };
  const overwrite = (current: Extract<Writing, { kind: "edit" }>) =>
    save({ ...current, lost: null }, current.lost?.kind === "conflict" ? current.lost.etag : undefined);
  const remove = async (note: StoredAnnotation) => {
    const outcome = await notes.remove(note);
    if (outcome?.kind === "conflict") setWriting({ kind: "edit", note, text: textOf(note), lost: outcome });
  };
  const toggle = (wanted: Tool) => {
    setWriting(null);
    setTool(tool === wanted ? null : wanted);
  };
  const editor = writing && (
    <Editor
      text={writing.text}
      texts={texts}
      onText={(text) => setWriting({ ...writing, text })}
      onSave={() => void save(writing)}
      onCancel={() => setWriting(null)}
    />
  );
  return (
    <aside
      ref={panel}
      id="notes"
      className="notes"
      tabIndex={-1}
      aria-label={texts.notes}
      onKeyDown={(event) => event.key === "Escape" && (tool || writing ? (setTool(null), setWriting(null)) : onClose())}
    >
      <header>
        <h2>{texts.notes}</h2>
        <button type="button" className="close" aria-label={speech.texts.close} onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <div className="tools">
        <button type="button" aria-pressed={tool === "rectangle"} onClick={() => toggle("rectangle")}>
          {texts.drawRectangle}
        </button>
        <button type="button" aria-pressed={tool === "polygon"} onClick={() => toggle("polygon")}>
          {texts.drawPolygon}
        </button>
      </div>
      {tool && <p className="hint">{tool === "rectangle" ? texts.hintRectangle : texts.hintPolygon}</p>}
      {notes.error && <p role="alert">{texts.failed(notes.error)}</p>}
      {writing?.kind === "new" && editor}
      {notes.list?.length === 0 && !writing && <p className="hint">{texts.none}</p>}
      <ul>
        {list.map((note) =>
          writing?.kind === "edit" && writing.note.id === note.id ? (
            <li key={note.id} className="note">
              {writing.lost ? (
                <Collision
                  outcome={writing.lost}
                  texts={texts}
                  onOverwrite={() => void overwrite(writing)}
                  onTheirs={() => setWriting(null)}
                />
              ) : (
                editor
              )}
            </li>
          ) : (
            <Note
              key={note.id}
              note={note}
              texts={texts}
              drawn={shapesOf(note, canvas, size.width, size.height).length > 0}
              sizes={sizes.get(note.id) ?? []}
              chosen={note.id === chosen}
              mayChange={mayCurate(session) || authorOf(note) === session.name}
              onChoose={() => setChosen(note.id === chosen ? null : note.id)}
              onEdit={() => setWriting({ kind: "edit", note, text: textOf(note), lost: null })}
              onRemove={() => void remove(note)}
            />
          ),
        )}
      </ul>
      <Overlay
        viewer={viewer}
        canvas={canvas}
        size={size}
        notes={list}
        chosen={chosen}
        onChoose={setChosen}
        tool={tool}
        onDrawn={drawn}
        draft={writing?.kind === "new" ? writing : null}
      />
    </aside>
  );
}

/** On the canvas of every revision, with the one on which it was made as its state. */
function newNote(canvas: string, pinned: string, { tool, points, text }: Extract<Writing, { kind: "new" }>): Annotation {
  const state = pinned === canvas ? {} : { state: { type: "TimeState", cached: pinned } };
  const target = { type: "SpecificResource", source: canvas, selector: selectorOf(tool, points), ...state };
  return withText({ motivation: "commenting", target }, text);
}
