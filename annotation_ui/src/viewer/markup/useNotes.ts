/** The notes of a canvas, as they are now, and what can be done to them. */

import { useCallback, useEffect, useMemo, useRef, useState } from "react";

import { AnnotationStore } from "../../../client/src/index.ts";
import type { Annotation, Outcome, StoredAnnotation } from "../../../client/src/model.ts";
import { here } from "../../addresses";

export interface Notes {
  list: StoredAnnotation[] | null;
  /** What went wrong last; empty: nothing. */
  error: string;
  create: (annotation: Annotation) => Promise<boolean>;
  /** null where it failed. `etag`: of a version of somebody else's that is replaced. */
  update: (annotation: StoredAnnotation, changed: Annotation, etag?: string) => Promise<Outcome | null>;
  remove: (annotation: StoredAnnotation) => Promise<Outcome | null>;
}

/** `edited`: the note that is being edited. What others do to it comes to light when it is saved. */
export function useNotes(canvas: string, edited: string | null): Notes {
  const held = useRef(edited);
  held.current = edited;
  const store = useMemo(() => new AnnotationStore({ container: here("annotations/default/") }), []);
  const [list, setList] = useState<StoredAnnotation[] | null>(null);
  const [error, setError] = useState("");
  const attempt = useCallback(async <T>(act: () => Promise<T>): Promise<T | null> => {
    try {
      const done = await act();
      setError("");
      return done;
    } catch (cause) {
      setError(cause instanceof Error ? cause.message : String(cause));
      return null;
    }
  }, []);
  const load = useCallback(async () => {
    await attempt(async () => setList(await store.load(canvas, { edited: (id) => id === held.current })));
  }, [store, canvas, attempt]);

  useEffect(() => {
    const watching = store.watch(() => void load());
    void watching.ready.then(load);
    return watching.stop;
  }, [store, load]);

  const written = async <T>(act: () => Promise<T>) => {
    const done = await attempt(act);
    if (done !== null) await load();
    return done;
  };
  return {
    list,
    error,
    create: async (annotation) => (await written(() => store.create(annotation))) !== null,
    update: ({ id }, changed, etag) => written(() => store.update(id, changed, etag === undefined ? {} : { etag })),
    remove: ({ id }) => written<Outcome>(() => store.delete(id)),
  };
}
