import { toast } from './toasts.ts';

/** All view state is in the address, so the address is the link. */
export function copyLink(): void {
  navigator.clipboard?.writeText(location.href).then(
    () => toast('Link to this view copied'),
    () => toast('The browser refused the clipboard: copy the address bar instead', { error: true }),
  );
}
