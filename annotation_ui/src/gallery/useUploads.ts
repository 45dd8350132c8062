/** Files on their way to the server, one after another. */

import { useCallback, useEffect, useRef, useState } from "react";

import { Failure, uploadFile } from "../api";

export interface Upload {
  key: number;
  name: string;
  /** 0–1 */
  part: number;
  /** Why it was refused; null while it is on its way. */
  error: string | null;
}

/** The file's name without its suffix: what the CLI takes as identifier too. */
export function identifierOf(fileName: string): string {
  return fileName.replace(/\.[^.]+$/, "").normalize("NFC") || fileName;
}

export function useUploads(onDone: () => void) {
  const [uploads, setUploads] = useState<Upload[]>([]);
  const queue = useRef<Promise<void>>(Promise.resolve());
  const count = useRef(0);
  const done = useRef(onDone);
  useEffect(() => {
    done.current = onDone;
  });

  const change = useCallback((key: number, news: Partial<Upload>) => {
    setUploads((all) => all.map((upload) => (upload.key === key ? { ...upload, ...news } : upload)));
  }, []);
  const dismiss = useCallback((key: number) => setUploads((all) => all.filter((upload) => upload.key !== key)), []);

  const send = useCallback(
    async (key: number, file: File) => {
      try {
        await uploadFile(file, identifierOf(file.name), (part) => change(key, { part }));
        dismiss(key);
      } catch (cause) {
        change(key, { error: cause instanceof Failure ? cause.message : String(cause) });
      }
      done.current();
    },
    [change, dismiss],
  );

  const add = useCallback(
    (files: Iterable<File>) => {
      for (const file of files) {
        const key = ++count.current;
        setUploads((all) => [...all, { key, name: file.name, part: 0, error: null }]);
        queue.current = queue.current.then(() => send(key, file));
      }
    },
    [send],
  );

  return { uploads, add, dismiss };
}
