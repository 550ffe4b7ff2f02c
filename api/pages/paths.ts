/** Pages that the server makes itself: they are there without a build of the dashboard, and on either runtime. */
export const isServerPage = (path: string): boolean => /^\/(docs(\/page\.js)?|status|metrics)$/.test(path);
