/** A dialog over everything, which gives the focus back to where it was. */

import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { Button } from './controls';
import { t } from './text';

export function Dialog(props: {
  title: string;
  lead: string;
  onCancel: () => void;
  children: ComponentChildren;
}) {
  const { title, lead, onCancel, children } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    // A dialog that is taken out of the page gives the focus back to nobody.
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby={id} onCancel={onCancel}>
      <h2 id={id}>{title}</h2>
      <p>{lead}</p>
      {children}
    </dialog>
  );
}

/** Asks before something that others will notice. */
export function Confirm(props: {
  title: string;
  lead: string;
  action: string;
  onConfirm: () => void;
  onCancel: () => void;
}) {
  return (
    <Dialog title={props.title} lead={props.lead} onCancel={props.onCancel}>
      <div class="actions">
        <Button kind="plain" onPress={props.onCancel}>
          {t('cancel')}
        </Button>
        <Button kind="danger" onPress={props.onConfirm}>
          {props.action}
        </Button>
      </div>
    </Dialog>
  );
}
