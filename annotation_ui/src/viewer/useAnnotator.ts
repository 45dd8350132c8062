/** Who may write notes on the image that is shown, and on which canvas. */

import { useEffect, useState } from "react";

import { type Session, getSession } from "../api";
import type { Segment } from "./segment";
import type { Description } from "./useDescription";

const LAYER = "/iiif/annotations/3/default/";

/** Nobody where the manifest names no notes of this server, and for parts of an image, whose canvases are others. */
export function useAnnotator(
  current: Segment,
  { manifest }: Extract<Description, { kind: "ready" }>,
): { session: Session; canvas: string } | null {
  const [session, setSession] = useState<Session | null>(null);
  const shown = manifest.items?.[0];
  const offered = shown?.annotations?.some(({ id }) => id.includes(LAYER)) ?? false;
  useEffect(() => {
    if (offered) getSession().then(setSession, () => undefined);
  }, [offered]);
  const may = session?.roles.some((role) => role === "annotate" || role === "curate" || role === "administer");
  return may && shown && current.part.length === 0 ? { session: session as Session, canvas: shown.id } : null;
}
