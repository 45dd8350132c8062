/** How large notes are, as the store measures them. */

import { useEffect, useState } from "react";

import type { StoredAnnotation } from "../../../client/src/model.ts";
import { here } from "../../addresses";
import { fetchJson } from "../../api";

/** Of one region: the box around it and the area of its shape. */
export interface Size {
  widthMm: number;
  heightMm: number;
  areaMm2: number;
}

export type Sizes = ReadonlyMap<string, readonly Size[]>;

interface Page {
  next?: string;
  "pigture:measures": {
    "pigture:annotation": string;
    "pigture:width_mm": number;
    "pigture:height_mm": number;
    "pigture:area_mm2": number;
  }[];
}

const NONE: Sizes = new Map();
const PAGE = 1000;

/** By the notes' IRIs; asked for anew with every list of them, and not at all where no scale is `known`. */
export function useSizes(canvas: string, notes: readonly StoredAnnotation[] | null, known: boolean): Sizes {
  const [sizes, setSizes] = useState(NONE);
  useEffect(() => {
    if (!known || !notes?.length) return;
    const leaving = new AbortController();
    // What they say is worth less than the notes: without an answer they are shown as they are.
    measured(canvas, leaving.signal).then(setSizes, () => undefined);
    return () => leaving.abort();
  }, [canvas, notes, known]);
  return sizes;
}

async function measured(canvas: string, signal: AbortSignal): Promise<Sizes> {
  const found = new Map<string, Size[]>();
  const query = new URLSearchParams({ target: canvas, measures: "1", iris: "1", limit: String(PAGE) });
  let address: string | undefined = here(`annotations/default/?${query}`);
  while (address !== undefined) {
    const page: Page = await fetchJson<Page>(address, { signal });
    for (const told of page["pigture:measures"]) {
      const id = told["pigture:annotation"];
      const size = {
        widthMm: told["pigture:width_mm"],
        heightMm: told["pigture:height_mm"],
        areaMm2: told["pigture:area_mm2"],
      };
      found.set(id, [...(found.get(id) ?? []), size]);
    }
    address = page.next;
  }
  return found;
}
