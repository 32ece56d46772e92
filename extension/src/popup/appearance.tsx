/** How everything looks and in which language it speaks; what is chosen here holds at once, on every page. */

import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { type Preferences, prefer, UNTOUCHED } from '../browser/preferences';
import { Choice } from '../components/controls';
import { LANGUAGES, speak, type Text, t } from '../components/text';
import { useNavigation } from './navigation';
import { Screen } from './shell';

const AS_BROWSER = 'browser';

const THEMES: readonly [NonNullable<Preferences['theme']> | typeof AS_BROWSER, Text][] = [
  [AS_BROWSER, 'themeAuto'],
  ['light', 'themeLight'],
  ['dark', 'themeDark'],
];

const DENSITIES: readonly [Preferences['density'], Text][] = [
  ['comfortable', 'densityComfortable'],
  ['compact', 'densityCompact'],
];

export const PreferencesContext = createContext<Preferences>(UNTOUCHED);

/** Puts the page in the look and language that is preferred. */
export async function wear(preferred: Preferences): Promise<void> {
  await speak(preferred.language);
  const page = document.documentElement;
  page.lang = t('language');
  page.dataset.theme = preferred.theme ?? '';
  page.dataset.density = preferred.density;
  document.title = t('extensionName');
}

export function AppearanceScreen() {
  const { back } = useNavigation();
  const worn = useContext(PreferencesContext);
  const languages = LANGUAGES.map((value) => ({ value, text: ownName(value) }));
  return (
    <Screen title={t('appearance')} back={back}>
      <div class="form">
        <Choice
          label={t('theme')}
          value={worn.theme ?? AS_BROWSER}
          options={THEMES.map(([value, text]) => ({ value, text: t(text) }))}
          onChoose={(theme) => void prefer({ theme: theme === AS_BROWSER ? null : theme })}
        />
        <Choice
          label={t('density')}
          value={worn.density}
          options={DENSITIES.map(([value, text]) => ({ value, text: t(text) }))}
          onChoose={(density) => void prefer({ density })}
        />
        <Choice
          label={t('languageSetting')}
          value={worn.language ?? AS_BROWSER}
          options={[{ value: AS_BROWSER, text: t('languageAuto') }, ...languages]}
          onChoose={(language) => void prefer({ language: language === AS_BROWSER ? null : language })}
        />
      </div>
    </Screen>
  );
}

/** What those who speak it call it: "Deutsch". */
function ownName(language: string): string {
  return new Intl.DisplayNames(language, { type: 'language' }).of(language) ?? language;
}
