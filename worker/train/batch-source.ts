import type { Feed } from '../data/feed.ts';

/** What training takes its batches from: images, or what frozen layers made of them. */
export type BatchSource = Pick<Feed, 'define' | 'batches' | 'takeWaited'>;
