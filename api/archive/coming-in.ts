/**
 * A condition on `runs`: an import that is not done brings it. Until the commit it lies in the trash, where nobody may see it, take it out
 * or throw it away. Only runs in the trash need to be asked.
 */
export const COMING_IN = "EXISTS (SELECT 1 FROM import_rows WHERE source = 'runs' AND new = runs.id)";
