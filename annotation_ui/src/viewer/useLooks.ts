/** The looks that are being set, and the address that follows them a moment later. */

import { useEffect, useMemo, useRef, useState } from "react";

import { type Look, type Scale, defaultLooks, formatLooks, readLooks, scalesOf } from "./looks";
import type { Samples } from "./useDetails";

/** So long nothing is asked for while a slider moves. */
const CALM_MS = 180;

export interface Looks {
  looks: Look[];
  scales: Scale[];
  /** Whether anything differs from how the picture is shown by default. */
  changed: boolean;
  change: (index: number, news: Partial<Look>) => void;
  reset: () => void;
}

export function useLooks(samples: Samples | null, fields: string[], onFields: (fields: string[]) => void): Looks {
  const defaults = useMemo(() => defaultLooks(samples), [samples]);
  const scales = useMemo(() => scalesOf(samples), [samples]);
  const [looks, setLooks] = useState(() => readLooks(fields, defaults));
  const latest = useRef(onFields);
  latest.current = onFields;
  const untouched = useRef(true);

  useEffect(() => {
    if (untouched.current) return;
    const timer = setTimeout(() => latest.current(formatLooks(looks, defaults)), CALM_MS);
    return () => clearTimeout(timer);
  }, [looks, defaults]);

  const set = (news: Look[]) => {
    untouched.current = false;
    setLooks(news);
  };
  return {
    looks,
    scales,
    changed: formatLooks(looks, defaults).length > 0,
    change: (index, news) => set(looks.map((look, at) => (at === index ? { ...look, ...news } : look))),
    reset: () => set(defaults),
  };
}
