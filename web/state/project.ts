/** The project an address is in, and the path before every one of its pages: `/p/{slug}`, or nothing for `default`. */
export function projectOf(pathname: string): { project: string; basepath: string } {
  const match = /^\/p\/([a-z][a-z0-9-]{0,31})(?:\/|$)/.exec(pathname);
  const slug = match?.[1];
  return slug && slug !== 'default' ? { project: slug, basepath: `/p/${slug}` } : { project: 'default', basepath: '' };
}
