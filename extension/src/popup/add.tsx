/** A new bookmark or folder in a team's folder, made in the browser's own bookmarks, from where everyone gets it. */

import { useState } from 'preact/hooks';
import { Field } from '../components/controls';
import { t } from '../components/text';
import type { TeamState } from '../messages';
import { useCommand } from './background';
import { Form } from './form';
import { useNavigation } from './navigation';
import { Screen } from './shell';

interface AddProps {
  team: TeamState;
  folder: string;
}

/** `url`: null for a folder. */
function useAdd({ team, folder }: AddProps) {
  const { back, say } = useNavigation();
  const { run, busy, problem } = useCommand('add');
  const add = async (title: string, url: string | null) => {
    if (!(await run({ team: team.id, folder, title, url })).ok) return;
    back();
    say(t('added', team.name));
  };
  return { add, busy, problem };
}

export function AddBookmarkScreen(props: AddProps) {
  const { back } = useNavigation();
  const [url, setUrl] = useState('');
  const [title, setTitle] = useState('');
  const { add, busy, problem } = useAdd(props);
  return (
    <Screen title={t('addBookmark')} back={back}>
      <Form action={t('add')} busy={busy} problem={problem} onSubmit={() => void add(title, url)}>
        <Field label={t('address')} hint={t('addressHint')} value={url} onInput={setUrl} autofocus />
        <Field label={t('name')} value={title} onInput={setTitle} maxLength={1000} />
      </Form>
    </Screen>
  );
}

export function NewFolderScreen(props: AddProps) {
  const { back } = useNavigation();
  const [title, setTitle] = useState('');
  const { add, busy, problem } = useAdd(props);
  return (
    <Screen title={t('newFolder')} back={back}>
      <Form action={t('add')} busy={busy} problem={problem} onSubmit={() => void add(title, null)}>
        <Field label={t('name')} value={title} onInput={setTitle} maxLength={1000} autofocus />
      </Form>
    </Screen>
  );
}
