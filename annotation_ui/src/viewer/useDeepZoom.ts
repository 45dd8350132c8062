/** OpenSeadragon on one image service, and what the controls around it need to know. */

import OpenSeadragon from "openseadragon";
import { type RefObject, useEffect, useRef, useState } from "react";

import { parseRegion, rememberRegion } from "./region";
import type { ImageInfo } from "./useDescription";

const STEP = 1.6;
const QUARTER_TURN = 90;

export interface DeepZoom {
  viewer: OpenSeadragon.Viewer | null;
  /** Screen pixels per image pixel, as a part of one. */
  scale: number;
  /** Whether everything in sight is drawn. */
  settled: boolean;
  /** Whether a tile could not be loaded. */
  broken: boolean;
}

function options(element: HTMLElement, info: ImageInfo): OpenSeadragon.Options {
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const roomy = matchMedia("(min-width: 48rem)").matches;
  return {
    element,
    tileSources: tileSourceOf(info),
    drawer: "canvas",
    // Smoothing draws by way of a second canvas, which loses a pixel at the right and the lower rim.
    smoothTileEdgesMinZoom: Infinity,
    showNavigationControl: false,
    showNavigator: roomy,
    navigatorPosition: "BOTTOM_RIGHT",
    navigatorSizeRatio: 0.16,
    navigatorAutoFade: false,
    navigatorBackground: "#101113",
    navigatorBorderColor: "#3a3c40",
    navigatorDisplayRegionColor: "#f0ede6",
    animationTime: calm ? 0 : 0.7,
    springStiffness: 9,
    zoomPerScroll: 1.3,
    visibilityRatio: 0.5,
    minZoomImageRatio: 0.7,
    maxZoomPixelRatio: 4,
    gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true, flickEnabled: true },
    gestureSettingsTouch: { dblClickToZoom: true },
    imageLoaderLimit: 12,
    maxImageCacheCount: 600,
  };
}

/**
 * OpenSeadragon puts a style element into the page unless it finds one with this mark, and the page's security policy
 * refuses inline styles. An element of no namespace is found and is no style; viewer.css does what that one would.
 */
function forbidInlineStyle(): void {
  if (document.querySelector("style[data-openseadragon-mobile-css]")) return;
  const mark = document.createElementNS(null, "style");
  mark.setAttribute("data-openseadragon-mobile-css", "true");
  document.head.append(mark);
}

export function useDeepZoom(element: RefObject<HTMLElement | null>, info: ImageInfo): DeepZoom {
  const [state, setState] = useState<DeepZoom>({ viewer: null, scale: 0, settled: false, broken: false });
  const first = useRef(info);
  const shown = useRef(info);
  useEffect(() => {
    if (!element.current) return;
    forbidInlineStyle();
    shown.current = first.current;
    const viewer = new OpenSeadragon.Viewer(options(element.current, first.current));
    const change = (news: Partial<DeepZoom>) => setState((old) => ({ ...old, ...news }));
    const measure = () => {
      const image = viewer.world.getItemAt(0);
      if (image) change({ scale: image.viewportToImageZoom(viewer.viewport.getZoom(true)) });
    };
    viewer.addHandler("open", () => {
      const image = viewer.world.getItemAt(0);
      const region = parseRegion(location.hash);
      if (region) viewer.viewport.fitBounds(image.imageToViewportRectangle(region), true);
      image.addHandler("fully-loaded-change", (event) => change({ settled: event.fullyLoaded }));
      change({ viewer, settled: image.getFullyLoaded() });
      measure();
    });
    viewer.addHandler("animation", measure);
    viewer.addHandler("animation-finish", () => {
      measure();
      rememberRegion(viewer);
    });
    viewer.addHandler("tile-load-failed", () => change({ broken: true }));
    return () => viewer.destroy();
  }, [element]);

  const { viewer } = state;
  useEffect(() => {
    if (!viewer || shown.current === info) return;
    const before = shown.current;
    shown.current = info;
    setState((old) => ({ ...old, settled: false, broken: false }));
    if (before.width === info.width && before.height === info.height) {
      layOver(viewer, info, (settled) => setState((old) => ({ ...old, settled })));
    } else {
      history.replaceState(null, "", location.pathname + location.search);
      viewer.open(tileSourceOf(info));
    }
  }, [viewer, info]);
  return state;
}

/** Shows another picture of the same size in the same place; the one before goes when nothing of it is seen. */
function layOver(viewer: OpenSeadragon.Viewer, info: ImageInfo, onSettled: (settled: boolean) => void): void {
  viewer.addTiledImage({
    tileSource: tileSourceOf(info),
    success: (event) => {
      const { item } = event as unknown as { item: OpenSeadragon.TiledImage };
      const clear = () => {
        for (let index = viewer.world.getIndexOfItem(item) - 1; index >= 0; index--)
          viewer.world.removeItem(viewer.world.getItemAt(index));
      };
      item.addHandler("fully-loaded-change", ({ fullyLoaded }) => {
        if (fullyLoaded) clear();
        onSettled(fullyLoaded);
      });
    },
  });
}

// OpenSeadragon takes a parsed info.json as well as its address.
const tileSourceOf = (info: ImageInfo) => info as unknown as OpenSeadragon.TileSourceSpecifier;

export function zoomBy(viewer: OpenSeadragon.Viewer, direction: 1 | -1): void {
  viewer.viewport.zoomBy(direction > 0 ? STEP : 1 / STEP);
  viewer.viewport.applyConstraints();
}

export function turn(viewer: OpenSeadragon.Viewer, direction: 1 | -1): void {
  viewer.viewport.setRotation(viewer.viewport.getRotation() + direction * QUARTER_TURN);
}

export function showWhole(viewer: OpenSeadragon.Viewer): void {
  viewer.viewport.setRotation(0);
  viewer.viewport.goHome();
}
