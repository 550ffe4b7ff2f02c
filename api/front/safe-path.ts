/** A path of this very site, else `/`: anything else could lead a person away after a login. */
export const safePath = (path: string | null): string =>
  path !== null && path.length <= 1000 && /^\/(?![/\\])[\x20-\x7e]*$/.test(path) ? path : '/';
