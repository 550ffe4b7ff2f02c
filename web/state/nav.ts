import { Activity, FlaskConical, House, KeyRound, ListOrdered, type LucideIcon, Server } from 'lucide-react';

export interface Place {
  readonly label: string;
  readonly to: '/' | '/e' | '/queue' | '/workers' | '/settings/tokens' | '/new';
  readonly icon: LucideIcon;
  readonly keys: string;
}

/** The rail's places, in order. */
export const PLACES: readonly Place[] = [
  { label: 'Home', to: '/', icon: House, keys: 'G H' },
  { label: 'Experiments', to: '/e', icon: FlaskConical, keys: 'G E' },
  { label: 'Queue', to: '/queue', icon: ListOrdered, keys: 'G Q' },
  { label: 'Workers', to: '/workers', icon: Server, keys: 'G W' },
];

export const SETTINGS: Place = { label: 'Settings', to: '/settings/tokens', icon: KeyRound, keys: '' };
export const NEW_RUN: Place = { label: 'New run', to: '/new', icon: Activity, keys: 'C' };
