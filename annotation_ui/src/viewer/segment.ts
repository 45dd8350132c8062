/** The segment of an address that names a picture: `{identifier}[@revision][;field]…`, percent-encoded. */

export interface Segment {
  /** Identifier and revision, as they stand in addresses. */
  image: string;
  /** What names a part: `page=3`, `z=5`, `image=label`. */
  part: string[];
  /** What names a rendering: `c1=200:4000,00ff00`. */
  rendering: string[];
}

const RENDERING = /^c\d*(=|$)/;

export function parseSegment(segment: string): Segment {
  const [image = "", ...fields] = segment.split(";");
  const plain = fields.map((field) => safelyDecoded(field));
  return {
    image,
    part: plain.filter((field) => !RENDERING.test(field)),
    rendering: plain.filter((field) => RENDERING.test(field)),
  };
}

export const formatSegment = ({ image, part, rendering }: Segment) => [image, ...part, ...rendering].join(";");

/** The picture itself, however it is shown. */
export const pictureOf = (segment: Segment) => formatSegment({ ...segment, rendering: [] });

function safelyDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
