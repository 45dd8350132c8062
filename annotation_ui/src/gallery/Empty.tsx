import { useSpeech } from "../language";

/** What stands where images would: how to add the first one, or that a search found none. */
export function Empty({ q, onClear }: { q: string; onClear: () => void }) {
  const { texts } = useSpeech();
  if (q) {
    return (
      <section className="empty">
        <p>{texts.nothingFound(q)}</p>
        <button type="button" className="button" onClick={onClear}>
          {texts.clearSearch}
        </button>
      </section>
    );
  }
  return (
    <section className="empty">
      <h2>{texts.emptyTitle}</h2>
      <p>{texts.emptyText}</p>
      <pre>
        <code>pigture ingest photograph.tif</code>
      </pre>
      <p>{texts.emptyThen}</p>
    </section>
  );
}
