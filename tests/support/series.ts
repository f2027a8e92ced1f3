/**
 * Where random series of whole migrations begin. The gate says the same of the same code, so that each run of it has the
 * same ones; `TRANSPLANT_SEED=any` takes others, and a number repeats what was found. Pure functions are tried with other
 * values each time.
 */
export function seriesFrom(text = process.env.TRANSPLANT_SEED): { seed?: number } {
  if (text === 'any') return {};
  return { seed: text === undefined || text === '' ? 20_260 : Number(text) };
}
