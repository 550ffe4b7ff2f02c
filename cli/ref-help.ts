/** How a person names a run; for help texts and errors. */
export const REF_HELP =
  'A run is 17, cats-vs-dogs#17, latest, cats-vs-dogs#latest, or the last 4 or more characters of its id. (A bare #17 needs quotes in a shell.)';
