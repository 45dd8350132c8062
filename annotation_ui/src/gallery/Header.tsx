import { here } from "../addresses";
import { type Session, signOut } from "../api";
import { Icon } from "../icons";
import { LanguageSwitch, useSpeech } from "../language";

interface HeaderProps {
  query: string;
  onQuery: (query: string) => void;
  session: Session | null;
}

export function Header({ query, onQuery, session }: HeaderProps) {
  const { texts } = useSpeech();
  return (
    <header className="masthead">
      <a className="brand" href={here("")}>
        <img src={here("icon.svg")} alt="" width="28" height="28" />
        <span>Pigture</span>
      </a>
      <search className="search">
        <Icon name="search" />
        <input
          type="search"
          aria-label={texts.search}
          placeholder={texts.searchPlaceholder}
          value={query}
          onChange={(event) => onQuery(event.target.value)}
          spellCheck={false}
        />
      </search>
      <div className="aside">
        <SignIn session={session} />
        <LanguageSwitch />
      </div>
    </header>
  );
}

function SignIn({ session }: { session: Session | null }) {
  const { texts } = useSpeech();
  if (session === null) return null;
  if (session.name) {
    const leave = () => void signOut().finally(() => location.reload());
    return (
      <span className="session" title={session.name}>
        {texts.signedIn}{" "}
        <button type="button" className="link" onClick={leave}>
          {texts.signOut}
        </button>
      </span>
    );
  }
  return (
    <details className="session">
      <summary>{texts.signedOut}</summary>
      <p>{texts.signedOutHint}</p>
    </details>
  );
}
