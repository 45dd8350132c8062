/** The part of the image in sight, kept in the address as `#xywh=x,y,w,h` (Media Fragments 1.0 §4.2.2). */

import OpenSeadragon from "openseadragon";

const FRAGMENT = /^#xywh=(?:pixel:)?(-?\d+),(-?\d+),(\d+),(\d+)$/;

export function parseRegion(hash: string): OpenSeadragon.Rect | null {
  const found = FRAGMENT.exec(hash);
  if (!found) return null;
  const [x, y, w, h] = found.slice(1).map(Number) as [number, number, number, number];
  return w > 0 && h > 0 ? new OpenSeadragon.Rect(x, y, w, h) : null;
}

/** Writes what is in sight into the address bar, so that copying it copies the view. */
export function rememberRegion(viewer: OpenSeadragon.Viewer): void {
  const image = viewer.world.getItemAt(0);
  if (!image) return;
  const whole = viewer.viewport.getZoom() <= viewer.viewport.getHomeZoom() * 1.001;
  const { x, y, width, height } = image.viewportToImageRectangle(viewer.viewport.getBoundsNoRotate());
  const hash = whole ? "" : `#xywh=${[x, y, width, height].map(Math.round).join(",")}`;
  history.replaceState(null, "", location.pathname + location.search + hash);
}
