import { z } from 'zod';
import { type MachineFacts, machineFactsSchema } from '../store/machines.ts';

const knownSchema = z.object(machineFactsSchema.shape);

/** What screens show of a machine; what a newer worker says beside it is left out. */
export function plainFacts(facts: MachineFacts): z.infer<typeof knownSchema> {
  return knownSchema.parse(facts);
}
