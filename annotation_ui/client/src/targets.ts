/** What an annotation is about, and where on it. */

import { listOf } from "./json.ts";
import type { Annotation, Selector, SpecificTarget, Target } from "./model.ts";

/** The IRI of what a target lies on, without a fragment. */
export function sourceOf(target: Target): string {
  if (typeof target === "string") return withoutFragment(target);
  const { source } = target;
  return withoutFragment((typeof source === "object" ? source.id : source) ?? target.id ?? "");
}

/** Whether an annotation is about `iri` or a part of it. */
export function isAbout(annotation: Annotation, iri: string): boolean {
  return listOf(annotation.target).some((target) => sourceOf(target) === withoutFragment(iri));
}

/** Those selectors that say a region of an image; a fragment of the target's own IRI is one, too. */
export function regionsOf(target: Target): Selector[] {
  if (typeof target === "string") return fragmentOf(target);
  const given = listOf(target.selector).flatMap((item) => (typeof item === "string" ? fragmentOf(item) : [item]));
  const source = typeof target.source === "string" ? target.source : (target.source?.id ?? target.id ?? "");
  return [...given.filter(isRegion), ...(given.length ? [] : fragmentOf(source))];
}

/** The target with another region; selectors that are none of a region stay. */
export function withRegion(target: Target, region: Selector): SpecificTarget {
  if (typeof target === "string") return { type: "SpecificResource", source: sourceOf(target), selector: region };
  if (target.source === undefined) {
    const { selector: _, ...resource } = target;
    return { type: "SpecificResource", source: { ...resource, id: sourceOf(target) }, selector: region };
  }
  const others = listOf(target.selector).filter((item) => typeof item !== "string" && !isRegion(item));
  const moved: SpecificTarget = { type: "SpecificResource", ...target, selector: region };
  if (others.length) moved.selector = [region, ...others];
  if (typeof target.source === "string") moved.source = withoutFragment(target.source);
  return moved;
}

/** `xywh=…` of a fragment selector as x, y, width and height in pixels; null where it is none, or in percents. */
export function boxOf(selector: Selector): [number, number, number, number] | null {
  if (selector.type === "SvgSelector") return null;
  const found = /(?:^|[#&])xywh=(?:pixel:)?([^&]+)$/.exec(selector.value ?? "");
  const numbers = found?.[1]?.split(",").map(Number) ?? [];
  return numbers.length === 4 && numbers.every(Number.isFinite)
    ? (numbers as [number, number, number, number])
    : null;
}

const withoutFragment = (iri: string) => iri.replace(/#.*$/s, "");

const isRegion = (item: Selector) =>
  item.type === "SvgSelector" || (item.type === "FragmentSelector" && /(?:^|[#&])xywh=/.test(item.value ?? ""));

function fragmentOf(iri: string): Selector[] {
  const found = /#(.*)$/s.exec(iri);
  return found ? [{ type: "FragmentSelector", value: found[1] as string }].filter(isRegion) : [];
}
