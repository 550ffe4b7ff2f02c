import { createStore } from './store.ts';

const key = 'tidemark.single-keys';

function stored(): boolean {
  try {
    return localStorage.getItem(key) !== 'off';
  } catch {
    return true;
  }
}

/** Whether keys without a modifier act; some people's input methods need them not to. */
export const singleKeys = createStore<boolean>(stored());

export function setSingleKeys(on: boolean): void {
  try {
    localStorage.setItem(key, on ? 'on' : 'off');
  } catch {
    // It then lasts until the reload.
  }
  singleKeys.set(on);
}

/** Single keys never act while a field has the focus, nor inside an open dialog or menu. */
export function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  // A dialog that was just closed keeps the focus until the next frame.
  if (target.closest('dialog:not([open])')) return false;
  return target.isContentEditable || target.closest('input, textarea, select, dialog, [role=menu]') !== null;
}
