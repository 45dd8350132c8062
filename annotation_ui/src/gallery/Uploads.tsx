import { useEffect, useRef, useState } from "react";

import { Icon } from "../icons";
import { useSpeech } from "../language";
import { type Upload, useUploads } from "./useUploads";

/** Where curators drop or choose files; the whole window takes them. */
export function Uploads({ onDone }: { onDone: () => void }) {
  const { texts } = useSpeech();
  const { uploads, add, dismiss } = useUploads(onDone);
  const over = useFileDrop(add);
  const input = useRef<HTMLInputElement>(null);
  return (
    <section className={over ? "uploads over" : "uploads"}>
      <p>
        {over ? (
          texts.dropNow
        ) : (
          <>
            {texts.drop}{" "}
            <button type="button" className="link" onClick={() => input.current?.click()}>
              {texts.choose}
            </button>
          </>
        )}
      </p>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        accept="image/jpeg,image/png,image/webp,image/tiff,.tif,.tiff,.btf"
        onChange={(event) => {
          add(event.target.files ?? []);
          event.target.value = "";
        }}
      />
      {uploads.length > 0 && (
        <ul>
          {uploads.map((upload) => (
            <UploadLine key={upload.key} upload={upload} onDismiss={() => dismiss(upload.key)} />
          ))}
        </ul>
      )}
    </section>
  );
}

function UploadLine({ upload, onDismiss }: { upload: Upload; onDismiss: () => void }) {
  const { texts, numbers } = useSpeech();
  if (upload.error === null) {
    return (
      <li>
        <span>{texts.uploading(upload.name, numbers.percent(upload.part))}</span>
        <progress max={1} value={upload.part} aria-label={upload.name} />
      </li>
    );
  }
  return (
    <li className="refused" role="alert">
      <span>{texts.uploadFailed(upload.name, upload.error || texts.unreachable)}</span>
      <button type="button" className="quiet" aria-label={texts.dismiss} onClick={onDismiss}>
        <Icon name="close" />
      </button>
    </li>
  );
}

/** Whether files are being dragged over the window; `onFiles` gets them when they are let go. */
function useFileDrop(onFiles: (files: Iterable<File>) => void): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const isFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
    const drag = (event: DragEvent) => {
      if (!isFiles(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const leave = (event: DragEvent) => event.relatedTarget === null && setOver(false);
    const drop = (event: DragEvent) => {
      if (!isFiles(event)) return;
      event.preventDefault();
      setOver(false);
      onFiles([...(event.dataTransfer?.files ?? [])]);
    };
    addEventListener("dragover", drag);
    addEventListener("dragleave", leave);
    addEventListener("drop", drop);
    return () => {
      removeEventListener("dragover", drag);
      removeEventListener("dragleave", leave);
      removeEventListener("drop", drop);
    };
  }, [onFiles]);
  return over;
}
