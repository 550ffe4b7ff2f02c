/** The seed of a property test: TIDEMARK_TEST_SEED repeats one; fast-check prints the seed of a failure. */
export const seeded = (numRuns: number): { numRuns: number; seed?: number } => {
  const seed = Number(process.env.TIDEMARK_TEST_SEED);
  return Number.isInteger(seed) && seed !== 0 ? { numRuns, seed } : { numRuns };
};
