/**
 * Edits of editors that know a part of the model, laid over what is stored: bodies, targets, selectors and keys that
 * the editor did not touch, or never saw, stay as they were.
 */

import { copyOf, equal, listOf } from "./json.ts";
import type { Annotation, Body, SpecificTarget, Target } from "./model.ts";
import { boxOf, regionsOf, sourceOf, withRegion } from "./targets.ts";

/** Those that the store sets or that are laid over apart. */
const APART = new Set(["@context", "id", "type", "via", "canonical", "creator", "created", "modified"]);
const PARTS = new Set(["body", "target"]);

/** Body objects alone; editors take a string for one. */
export function bodiesOf(annotation: Annotation): Body[] {
  return listOf(annotation.body).map((body) => (typeof body === "string" ? { id: body } : copyOf(body)));
}

/**
 * The annotation as an editor of regions takes it: one target on `canvas` with one region. Null where none of its
 * targets has a region there that can be drawn.
 */
export function drawable(annotation: Annotation, canvas: string): (Annotation & { target: SpecificTarget }) | null {
  const place = drawablePlace(annotation, canvas);
  if (place < 0) return null;
  const selector = drawn(listOf(annotation.target)[place] as Target);
  if (!selector) return null;
  const target: SpecificTarget = { type: "SpecificResource", source: canvas, selector };
  return { ...copyOf(annotation), body: bodiesOf(annotation), target };
}

/**
 * `original` with what an editor changed between `before` and `after`, which are annotations as drawable() made them
 * and the editor gave them back.
 */
export function mergeEdit(original: Annotation, before: Annotation, after: Annotation, canvas: string): Annotation {
  const merged: Annotation = { ...copyOf(original) };
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (APART.has(name) || PARTS.has(name) || equal(before[name], after[name])) continue;
    if (after[name] === undefined) delete merged[name];
    else merged[name] = after[name];
  }
  if (!equal(before.body, after.body)) merged.body = mergeBodies(original, before, after);
  if (!equal(before.target, after.target)) mergeTarget(merged, after, canvas);
  return merged;
}

/** A new annotation as it is sent: without what the store says itself. */
export function cleanNew(annotation: Annotation): Annotation {
  const { creator: _creator, created: _created, modified: _modified, ...rest } = copyOf(annotation);
  return rest.body === undefined ? rest : { ...rest, body: bodiesOf(rest).map(cleanBody) };
}

/** Editors that know nobody's name make up a guest. */
function cleanBody(body: Body): Body {
  const { creator, ...rest } = body;
  const guest = typeof creator === "object" && creator !== null && "isGuest" in creator;
  return creator === undefined || guest ? rest : body;
}

function mergeBodies(original: Annotation, before: Annotation, after: Annotation): (string | Body)[] {
  const kept = listOf(original.body);
  const known = bodiesOf(before);
  return bodiesOf(after).map((body) => {
    const place = known.findIndex((item) => equal(item, body));
    return kept[place] ?? cleanBody(body);
  });
}

function mergeTarget(merged: Annotation, after: Annotation, canvas: string): void {
  const region = regionsOf(listOf(after.target)[0] ?? "")[0];
  if (!region) return;
  const targets = listOf(merged.target);
  const place = drawablePlace(merged, canvas);
  targets[place] = withRegion(targets[place] as Target, region);
  merged.target = Array.isArray(merged.target) ? targets : (targets[0] as Target);
}

function drawablePlace(annotation: Annotation, canvas: string): number {
  const wanted = sourceOf(canvas);
  return listOf(annotation.target).findIndex((target) => sourceOf(target) === wanted && drawn(target));
}

/** The selector of a shape before that of the box around it. */
function drawn(target: Target) {
  const regions = regionsOf(target);
  return regions.find((item) => item.type === "SvgSelector") ?? regions.find((item) => boxOf(item));
}
