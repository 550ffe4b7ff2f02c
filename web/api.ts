import { createClient } from '@tidemark/client';
import { projectOf } from './state/project.ts';

/** The project this page is in, taken from its address once: a link never crosses projects without a reload. */
export const place = projectOf(location.pathname);

export const api = createClient({ url: location.origin, project: place.project, credentials: 'same-origin' });

/** What stands before the projects: the list of them, ways to log in. */
export const front = createClient({ url: location.origin, credentials: 'same-origin' });

const encoded = (path: string): string => path.split('/').map(encodeURIComponent).join('/');

/** Where an artifact's bytes are, for `img` and download links. */
export const artifactUrl = (run: string, path: string): string => `${api.base}/runs/${run}/artifacts/${encoded(path)}`;

/** Where content-addressed bytes are. */
export const blobUrl = (digest: string): string => `${api.base}/blobs/${digest}`;
