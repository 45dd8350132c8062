/** Lengths and areas as people read them. PURE. */

import type { Numbers } from "../language";
import type { Texts } from "../texts/en";

type Unit = readonly [name: keyof Texts["units"], mm: number];

const UNITS: readonly Unit[] = [
  ["km", 1e6],
  ["m", 1e3],
  ["mm", 1],
  ["um", 1e-3],
  ["nm", 1e-6],
];

export const lengthText = (mm: number, numbers: Numbers, texts: Texts) => written([mm], unitOf(mm), numbers, texts);

/** Both sides in one unit, that of the longer one. */
export const boxText = (widthMm: number, heightMm: number, numbers: Numbers, texts: Texts) =>
  written([widthMm, heightMm], unitOf(Math.max(widthMm, heightMm)), numbers, texts);

export function areaText(mm2: number, numbers: Numbers, texts: Texts): string {
  const [name, mm] = unitOf(Math.sqrt(mm2));
  return `${written([mm2 / mm], [name, mm], numbers, texts)}²`;
}

/** The largest unit that the length has at least one of. */
const unitOf = (mm: number): Unit => UNITS.find(([, size]) => mm >= size * 0.999) ?? ["nm", 1e-6];

function written(lengths: number[], [name, size]: Unit, numbers: Numbers, texts: Texts): string {
  const told = lengths.map((mm) => numbers.number(Number((mm / size).toPrecision(3))));
  return `${told.join(" × ")} ${texts.units[name]}`;
}
