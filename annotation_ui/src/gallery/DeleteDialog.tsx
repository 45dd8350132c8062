import { useEffect, useRef, useState } from "react";

import type { ImageItem } from "../api";
import { useSpeech } from "../language";

interface DeleteDialogProps {
  item: ImageItem;
  onDelete: () => Promise<void>;
  onClose: () => void;
}

export function DeleteDialog({ item, onDelete, onClose }: DeleteDialogProps) {
  const { texts } = useSpeech();
  const dialog = useRef<HTMLDialogElement>(null);
  const [state, setState] = useState<"asking" | "deleting" | "failed">("asking");
  useEffect(() => {
    dialog.current?.showModal();
  }, []);

  const confirm = () => {
    setState("deleting");
    onDelete().then(onClose, () => setState("failed"));
  };
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby="delete-title" onClose={onClose}>
      <h2 id="delete-title">{texts.deleteQuestion(item.label || item.identifier)}</h2>
      <p>{texts.deleteText}</p>
      {state === "failed" && <p role="alert">{texts.deleteFailed}</p>}
      <div className="actions">
        <button type="button" className="button" onClick={onClose} autoFocus>
          {texts.cancel}
        </button>
        <button type="button" className="button danger" onClick={confirm} disabled={state === "deleting"}>
          {texts.delete}
        </button>
      </div>
    </dialog>
  );
}
