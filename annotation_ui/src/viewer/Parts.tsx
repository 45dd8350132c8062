import { useEffect, useRef, useState } from "react";

import { Icon } from "../icons";
import { useSpeech } from "../language";
import { type Place, type Ways, formatPlace, readPlace } from "./parts";

interface PartsProps {
  ways: Ways;
  fields: string[];
  onFields: (fields: string[]) => void;
}

/** The ways from one picture of the image to the others. */
export function Parts({ ways, fields, onFields }: PartsProps) {
  const { texts } = useSpeech();
  const place = readPlace(fields);
  const go = (news: Partial<Place>) => onFields(formatPlace({ ...place, image: null, ...news }));
  if (ways.pages * ways.z * ways.t === 1 && ways.associated.length === 0) return null;
  return (
    <nav className="parts" aria-label={texts.parts}>
      {ways.associated.length > 0 && (
        <div className="associated">
          <button type="button" aria-pressed={place.image === null} onClick={() => go({})}>
            {texts.mainPicture}
          </button>
          {ways.associated.map(({ name, label }) => (
            <button
              key={name}
              type="button"
              aria-pressed={`image=${place.image}` === name}
              onClick={() => onFields([name])}
            >
              {label || name}
            </button>
          ))}
        </div>
      )}
      {ways.pages > 1 && <Pages count={ways.pages} page={place.page} onPage={(page) => go({ page })} />}
      {ways.z > 1 && <Axis title={texts.depth} count={ways.z} at={place.z} onMove={(z) => go({ z })} />}
      {ways.t > 1 && <Axis title={texts.time} count={ways.t} at={place.t} onMove={(t) => go({ t })} />}
    </nav>
  );
}

function Pages({ count, page, onPage }: { count: number; page: number; onPage: (page: number) => void }) {
  const { texts } = useSpeech();
  return (
    <div className="pages">
      <button
        type="button"
        aria-label={texts.previousPage}
        title={texts.previousPage}
        disabled={page <= 1}
        onClick={() => onPage(page - 1)}
      >
        <Icon name="back" />
      </button>
      <output>{texts.pageOf(page, count)}</output>
      <button
        type="button"
        aria-label={texts.nextPage}
        title={texts.nextPage}
        disabled={page >= count}
        onClick={() => onPage(page + 1)}
      >
        <Icon name="forward" />
      </button>
    </div>
  );
}

interface AxisProps {
  title: string;
  count: number;
  at: number;
  onMove: (at: number) => void;
}

/** So long nothing is asked for while the handle moves. */
const CALM_MS = 120;

function Axis({ title, count, at, onMove }: AxisProps) {
  const { texts } = useSpeech();
  const [position, setPosition] = useState(at);
  const latest = useRef(onMove);
  latest.current = onMove;
  useEffect(() => setPosition(at), [at]);
  useEffect(() => {
    if (position === at) return;
    const timer = setTimeout(() => latest.current(position), CALM_MS);
    return () => clearTimeout(timer);
  }, [position, at]);
  return (
    <label className="axis">
      <span>{title}</span>
      <input
        type="range"
        aria-label={title}
        aria-valuetext={texts.planeOf(position, count)}
        min={1}
        max={count}
        value={position}
        onChange={(event) => setPosition(event.target.valueAsNumber)}
      />
      <output>
        {position} / {count}
      </output>
    </label>
  );
}
