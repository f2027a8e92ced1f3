import type { Texts } from '../../app/texts.ts';
import type { Outputs } from '../../rpc/client.ts';
import { count, rate, timeOfDay } from '../../ui/figures.ts';

export type Overview = Outputs['overview']['show'];

/** How things stand. */
export function sentenceOf(data: Overview, t: Texts['overview']): string {
  const { forecast } = data;
  return t.sentence({
    running: data.running,
    remaining: count(data.remaining),
    rate: forecast && rate(forecast.perSecond),
    end: forecast && timeOfDay(forecast.at),
    range:
      forecast && forecast.early !== forecast.late
        ? t.range(timeOfDay(forecast.early), forecast.late === undefined ? undefined : timeOfDay(forecast.late))
        : undefined,
    planned: data.batches.filter(({ state }) => state === 'planned').length,
    done: data.batches.filter(({ state }) => state === 'done').length,
    empty: data.progress.forests === 0,
  });
}
