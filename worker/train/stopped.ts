/** A stop that came where there is nothing to save. */
export class Stopped extends Error {}
