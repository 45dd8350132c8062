/** How channels are shown, and its text in addresses: `c1=200:4000,00ff00;c3=g0.8` (see the glossary: rendering). */

import type { Channel, Samples } from "./useDetails";

export const COLORMAPS = ["viridis", "magma", "inferno", "plasma", "cividis", "turbo", "fire", "hot", "cool", "jet"];

export interface Look {
  /** `c1`, or `c` where all channels are shown alike. */
  field: string;
  name: string;
  visible: boolean;
  low: number;
  high: number;
  /** Six hexadecimal digits, or the name of a colormap. */
  tint: string;
  gamma: number;
  inverted: boolean;
}

export interface Scale {
  minimum: number;
  maximum: number;
  step: number;
}

/** Nothing but 8-bit colours: what is said holds for all of them. */
const PLAIN: Look = {
  field: "c",
  name: "",
  visible: true,
  low: 0,
  high: 255,
  tint: "",
  gamma: 1,
  inverted: false,
};

export function defaultLooks(samples: Samples | null): Look[] {
  return samples ? samples.channels.map(defaultLook) : [PLAIN];
}

function defaultLook(channel: Channel, index: number): Look {
  const { visible, low, high, color } = channel;
  return {
    field: `c${index + 1}`,
    name: channel.name,
    ...{ visible, low, high },
    ...{ tint: color, gamma: 1, inverted: false },
  };
}

export function scalesOf(samples: Samples | null): Scale[] {
  if (!samples) return [{ minimum: 0, maximum: 255, step: 1 }];
  const whole = !samples.type.startsWith("float");
  return samples.channels.map(({ minimum, maximum, low, high }) => {
    const [from, to] = [Math.min(minimum, low), Math.max(maximum, high)];
    return { minimum: from, maximum: to, step: whole ? 1 : (to - from) / 1000 };
  });
}

/** The looks that the fields of an address mean. What does not fit is left to the server to refuse. */
export function readLooks(fields: string[], defaults: Look[]): Look[] {
  const said = new Map(fields.map((field): [string, string] => [field.split("=")[0] ?? "", field.split("=")[1] ?? ""]));
  const named = defaults.some(({ field }) => field !== "c" && said.has(field));
  return defaults.map((look) => {
    const every = look.field === "c" ? undefined : said.get("c");
    const own = said.get(look.field);
    const visible = named ? said.has(look.field) : look.visible;
    return { ...look, visible, ...readOptions(every), ...readOptions(own) };
  });
}

function readOptions(options = ""): Partial<Look> {
  const found: Partial<Look> = {};
  for (const option of options.split(",").filter(Boolean)) {
    const window = option.split(":").map(Number);
    if (window.length === 2) [found.low, found.high] = window as [number, number];
    else if (option === "inv") found.inverted = true;
    else if (/^g[\d.]+$/.test(option)) found.gamma = Number(option.slice(1));
    else found.tint = option.toLowerCase();
  }
  return found;
}

/** The fields that make an address show these looks; none where they are the defaults. */
export function formatLooks(looks: Look[], defaults: Look[]): string[] {
  const changed = looks.map((look, index) => formatLook(look, defaults[index] as Look));
  const same = looks.every((look, index) => look.visible === defaults[index]?.visible);
  if (same && changed.every((options) => options === "")) return [];
  return looks.flatMap(({ field, visible }, index) => {
    if (!visible) return [];
    return changed[index] ? [`${field}=${changed[index]}`] : [field];
  });
}

function formatLook(look: Look, usual: Look): string {
  const options = [];
  if (look.low !== usual.low || look.high !== usual.high) options.push(`${short(look.low)}:${short(look.high)}`);
  if (look.tint !== usual.tint) options.push(look.tint);
  if (look.gamma !== usual.gamma) options.push(`g${short(look.gamma)}`);
  if (look.inverted) options.push("inv");
  return options.join(",");
}

const short = (number: number) => String(Number(number.toPrecision(6)));
