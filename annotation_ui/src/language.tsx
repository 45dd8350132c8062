/** The languages of the pages: the texts in force, and numbers, dates and plurals as that language writes them. */

import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from "react";

import { en, type Texts } from "./texts/en";
import { ru } from "./texts/ru";

export const LANGUAGES = { en, ru } as const;
export type Language = keyof typeof LANGUAGES;

export type PluralForms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

export interface Numbers {
  number: (n: number) => string;
  percent: (part: number) => string;
  date: (iso: string) => string;
  plural: (n: number, forms: PluralForms) => string;
}

interface Speech {
  language: Language;
  texts: Texts;
  numbers: Numbers;
  choose: (language: Language) => void;
}

const STORED = "pigture-language";
const Current = createContext<Speech | null>(null);

function isLanguage(text: string | null | undefined): text is Language {
  return text === "en" || text === "ru";
}

/** What the visitor chose before, else the first of the browser's languages that the pages speak. */
function preferred(): Language {
  const stored = localStorage.getItem(STORED);
  if (isLanguage(stored)) return stored;
  return navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase()).find(isLanguage) ?? "en";
}

function numbersOf(language: Language): Numbers {
  const number = new Intl.NumberFormat(language, { maximumSignificantDigits: 15, maximumFractionDigits: 1 });
  const percent = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 0 });
  const date = new Intl.DateTimeFormat(language, { dateStyle: "medium" });
  const rules = new Intl.PluralRules(language);
  return {
    number: (n) => number.format(n),
    percent: (part) => percent.format(part),
    date: (iso) => date.format(new Date(iso)),
    plural: (n, forms) => forms[rules.select(n)] ?? forms.other,
  };
}

export function LanguageProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState(preferred);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const speech = useMemo<Speech>(
    () => ({
      language,
      texts: LANGUAGES[language],
      numbers: numbersOf(language),
      choose: (chosen) => {
        localStorage.setItem(STORED, chosen);
        setLanguage(chosen);
      },
    }),
    [language],
  );
  return <Current value={speech}>{children}</Current>;
}

export function useSpeech(): Speech {
  const speech = useContext(Current);
  if (!speech) throw new Error("useSpeech needs a LanguageProvider above it");
  return speech;
}

export function LanguageSwitch() {
  const { language, texts, choose } = useSpeech();
  return (
    <div className="languages" role="group" aria-label={texts.language}>
      {(Object.keys(LANGUAGES) as Language[]).map((code) => (
        <button
          key={code}
          type="button"
          lang={code}
          aria-pressed={code === language}
          aria-label={LANGUAGES[code].name}
          title={LANGUAGES[code].name}
          onClick={() => choose(code)}
        >
          {code.toUpperCase()}
        </button>
      ))}
    </div>
  );
}
