/** Regions of notes: what is drawn of them, and how drawn ones are written. In pixels of the image. PURE. */

import { regionsOf, sourceOf } from "../../../client/src/targets.ts";
import type { Annotation, Selector, Target } from "../../../client/src/model.ts";

export type Point = readonly [x: number, y: number];
export type Tool = "rectangle" | "polygon";

/** Attributes of an SVG element; of what others wrote, numbers and path data alone come into the page. */
export interface Shape {
  kind: "rect" | "polygon" | "polyline" | "path" | "circle" | "ellipse" | "line";
  attributes: Record<string, string>;
}

const ATTRIBUTES: Record<Shape["kind"], readonly string[]> = {
  rect: ["x", "y", "width", "height"],
  polygon: ["points"],
  polyline: ["points"],
  path: ["d"],
  circle: ["cx", "cy", "r"],
  ellipse: ["cx", "cy", "rx", "ry"],
  line: ["x1", "y1", "x2", "y2"],
};
const HARMLESS = /^[-+.,\d\sA-Za-z]*$/;

/** What is drawn of an annotation on a canvas of a size; percentages are understood. */
export function shapesOf(annotation: Annotation, canvas: string, width: number, height: number): Shape[] {
  const { target } = annotation;
  const targets = (Array.isArray(target) ? target : target === undefined ? [] : [target]) as Target[];
  return targets
    .filter((item) => sourceOf(item) === canvas)
    .flatMap((item) => regionsOf(item).slice(0, 1))
    .flatMap((region) => (region.type === "SvgSelector" ? svgShapes(region.value ?? "") : box(region, width, height)));
}

/** The selector of what was drawn: the corners of a rectangle, or of a polygon, as a path: Mirador draws no others. */
export function selectorOf(tool: Tool, points: readonly Point[]): Selector {
  if (tool === "polygon") {
    const corners = points.map(([x, y]) => `${Math.round(x)},${Math.round(y)}`).join(" L ");
    const value = `<svg xmlns="http://www.w3.org/2000/svg"><path d="M ${corners} Z"/></svg>`;
    return { type: "SvgSelector", value };
  }
  const { x, y, width, height } = boundsOf(points);
  const conformsTo = "http://www.w3.org/TR/media-frags/";
  return { type: "FragmentSelector", conformsTo, value: `xywh=${[x, y, width, height].join(",")}` };
}

export function boundsOf(points: readonly Point[]) {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const [x, y] = [Math.round(Math.min(...xs)), Math.round(Math.min(...ys))];
  return { x, y, width: Math.round(Math.max(...xs)) - x, height: Math.round(Math.max(...ys)) - y };
}

function box(region: Selector, width: number, height: number): Shape[] {
  const found = /(?:^|[#&])xywh=(pixel:|percent:)?([^&]+)$/.exec(region.value ?? "");
  const numbers = found?.[2]?.split(",").map(Number) ?? [];
  if (numbers.length !== 4 || !numbers.every(Number.isFinite)) return [];
  const scale = found?.[1] === "percent:" ? [width / 100, height / 100] : [1, 1];
  const [x, y, w, h] = numbers.map((number, index) => String(number * (scale[index % 2] as number)));
  return [{ kind: "rect", attributes: { x: x!, y: y!, width: w!, height: h! } }];
}

function svgShapes(svg: string): Shape[] {
  const root = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
  const found = [root, ...root.querySelectorAll("*")].filter((element) => element.localName in ATTRIBUTES);
  return found.map((element) => {
    const kind = element.localName as Shape["kind"];
    const read = ATTRIBUTES[kind].map((name) => [name, element.getAttribute(name) ?? "0"] as const);
    return { kind, attributes: Object.fromEntries(read.filter(([, value]) => HARMLESS.test(value))) };
  });
}
