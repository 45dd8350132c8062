/** The list of images as it grows by scrolling and changes by itself. */

import { useCallback, useEffect, useRef, useState } from "react";

import { Failure, listImages, type ImageItem, type ImagePage } from "../api";

const BUSY_POLL_MS = 1500;
const IDLE_POLL_MS = 15_000;

export interface Images {
  /** null until the first answer. */
  items: ImageItem[] | null;
  more: boolean;
  failure: Failure | null;
  loadMore: () => void;
  refresh: () => void;
}

interface Loaded {
  q: string;
  items: ImageItem[];
  next: string | null;
  pages: number;
}

/** The first `pages` pages in one list; an image that moved between two of them appears once. */
async function readPages(q: string, pages: number, signal: AbortSignal): Promise<Loaded> {
  const items = new Map<string, ImageItem>();
  let page: ImagePage = { items: [], next: null };
  let read = 0;
  do {
    page = await listImages(q, page.next, signal);
    for (const item of page.items) items.set(item.identifier, item);
    read += 1;
  } while (page.next && read < pages);
  const shown = [...items.values()].filter((item) => item.state !== "deleted");
  return { q, items: shown, next: page.next, pages: read };
}

export function useImages(q: string): Images {
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const reading = useRef<AbortController | null>(null);

  const read = useCallback(
    async (pages: number) => {
      reading.current?.abort();
      const mine = new AbortController();
      reading.current = mine;
      try {
        setLoaded(await readPages(q, pages, mine.signal));
        setFailure(null);
      } catch (cause) {
        if (!mine.signal.aborted) setFailure(cause instanceof Failure ? cause : new Failure(0, String(cause)));
      }
    },
    [q],
  );

  useEffect(() => {
    void read(1);
    return () => reading.current?.abort();
  }, [read]);

  const pages = loaded?.pages ?? 1;
  const busy = failure !== null || (loaded?.items.some((item) => item.state === "converting") ?? false);
  useEffect(() => {
    const timer = setInterval(
      () => document.visibilityState === "visible" && void read(pages),
      busy ? BUSY_POLL_MS : IDLE_POLL_MS,
    );
    return () => clearInterval(timer);
  }, [read, pages, busy]);

  return {
    items: loaded?.q === q ? loaded.items : null,
    more: loaded?.next != null,
    failure,
    loadMore: useCallback(() => void read(pages + 1), [read, pages]),
    refresh: useCallback(() => void read(pages), [read, pages]),
  };
}
